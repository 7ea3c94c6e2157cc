package infini

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"giftbot/providers/rest"
)

// The vendor's codes (infini sheet §8), as they stand in rest.Error.Code.
const (
	CodeInvalid           = "400"
	CodeRequestID         = "40001" // request_id is no UUID; in one sample any invalid request
	CodeExpiryPast        = "40002"
	CodeAmount            = "40003"
	CodeAmountDecimals    = "40004"
	CodeExpiresIn         = "40005"
	CodeMinimum           = "40006"
	CodeChainOrToken      = "40007"
	CodeSuccessURL        = "40008"
	CodeFailureURL        = "40009"
	CodePayMethod         = "40010"
	CodeWholeAmount       = "40012" // JPY and KRW have no decimals
	CodePayMethodOff      = "40013"
	CodeCurrency          = "40016"
	CodeRate              = "40017" // exchange rate not available at the moment: same request later
	CodeOrderUnknown      = "40401"
	CodePaymentUnknown    = "40402"
	CodeRequestExists     = "40901" // request_id was used before
	CodeReferenceExists   = "40902" // client_reference was used before
	CodePaymentConflict3  = "40903" // 40903 to 40912: payment conflicts, card limits, region
	CodePaymentConflict4  = "40904"
	CodePaymentConflict5  = "40905"
	CodeOrderExpired      = "40906"
	CodeTokenNotAllowed   = "40907"
	CodePaymentConflict8  = "40908"
	CodePaymentConflict9  = "40909"
	CodePaymentConflict10 = "40910"
	CodePaymentConflict11 = "40911"
	CodePaymentConflict12 = "40912"

	CodeSubscriptionUnknown  = "43000" // sheet §12
	CodeSubscriptionCanceled = "43002" // was canceled before
)

// Codes for answers and requests the vendor gives no code for.
const (
	CodeAddress      = "ip_not_allowed" // our address is not on the key's allow-list
	CodeSignature    = "bad_signature"  // key, signature or clock
	CodeLocalInvalid = "local_invalid"  // refused before sending: the vendor would not take it
	CodeLocalMinimum = "local_minimum"  // refused before sending: below our own minimum
)

// Exists reports whether an error says that the order was created before,
// under an id this answer does not tell (infini sheet §9).
func Exists(err error) bool {
	e := rest.As(err)
	return e != nil && (e.Code == CodeRequestExists || e.Code == CodeReferenceExists)
}

// refused is an error found before anything was sent.
func refused(endpoint, code, message string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindRefused, Code: code, Message: message}
}

// wireError is the error form, with and without a code (sheet §2, §3).
type wireError struct {
	Code    *flexInt `json:"code"`
	Message string   `json:"message"`
	Detail  string   `json:"detail"`
}

// classify reads an answer's error form. A non-zero code is an error even
// under HTTP 200 (sheet §3).
func classify(r rest.Response) rest.Verdict {
	byStatus := rest.ByStatus(r.Status)
	var w wireError
	if err := json.Unmarshal(r.Body, &w); err != nil && !partial(err) {
		return rest.Verdict{Kind: byStatus} // success is judged by its decoder
	}
	v := rest.Verdict{Kind: byStatus, Message: withoutMail(w.Message + " " + w.Detail)}
	switch {
	case byStatus == "" && (w.Code == nil || *w.Code == 0):
		return rest.Verdict{}
	case byStatus == "":
		v.Kind = byCode(int64(*w.Code))
	case byStatus == rest.KindRefused && w.Code != nil && !refusal(int64(*w.Code)):
		v.Kind = rest.KindUnclear // status and code contradict each other
	}
	v.Code = codeText(w)
	return v
}

// withoutMail masks addresses of people the vendor quotes, and joins the rest.
func withoutMail(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if strings.Contains(word, "@") {
			words[i] = "[masked]"
		}
	}
	return strings.Join(words, " ")
}

// partial reports whether JSON was read but for a field of another type:
// a code is still worth having next to a message that is no string.
func partial(err error) bool {
	_, ok := errors.AsType[*json.UnmarshalTypeError](err)
	return ok
}

func codeText(w wireError) string {
	switch {
	case w.Code != nil:
		return strconv.FormatInt(int64(*w.Code), 10)
	case strings.Contains(w.Message, "ip not in whitelist"):
		return CodeAddress
	case strings.Contains(w.Message, "client request can't be validated"):
		return CodeSignature
	default:
		return ""
	}
}

// byCode is what a non-zero code under HTTP 200 means. Only what looks like
// the vendor's refusals is one; everything else may have taken effect.
func byCode(code int64) rest.Kind {
	switch {
	case code == 429 || code/100 == 429:
		return rest.KindLimited
	case refusal(code):
		return rest.KindRefused
	default:
		return rest.KindUnclear
	}
}

// refusal reports whether a code definitely refuses: 4xx, 4xxxx, except the
// missing exchange rate, after which the same request is to be sent again.
func refusal(code int64) bool {
	return (code >= 400 && code <= 499 || code >= 40000 && code <= 49999) && strconv.FormatInt(code, 10) != CodeRate
}
