package plexy

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"giftbot/providers/rest"
)

// CodeBalance is the only code the Gate API names (plexy sheet §2): the
// balance does not cover the order, and nothing was ordered.
const CodeBalance = "insufficient_balance"

// Codes of our own.
const (
	CodePages = "pages" // the paging does not end, or does not fit together
	CodeLocal = "local_invalid"
	codeOdd   = "odd" // the vendor's code does not look like one
)

// codeShape is what a code may look like in a log: a short number, or words an
// API says no with. Neither a voucher code nor what a buyer typed fits.
var codeShape = regexp.MustCompile(`^([0-9]{1,5}|(` + codeWord + `)([_.-](` + codeWord + `))*)$`)

const codeWord = `insufficient|balance|funds|invalid|missing|required|unknown|not|found|available|unavailable|supported|allowed|product|order|agent|` +
	`topup|request|amount|customer|account|field|parameter|external|ref|currency|code|quantity|test|key|idempotency|conflict|duplicate|exists|already|` +
	`in|out|of|range|too|small|large|low|high|min|max|step|limit|limited|rate|exceeded|many|validation|format|malformed|bad|api|error|unauthorized|` +
	`unauthenticated|forbidden|denied|inactive|disabled|blocked|internal|server|timeout|failed|mismatch`

// refused is an error found before anything was sent.
func refused(endpoint, message string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindRefused, Code: CodeLocal, Message: message}
}

// classify reads an answer's error form. Two readings of ours lean to
// "unclear", because a refusal ends an attempt: an order under a 400, and
// a 409, which may be a key that is still being worked on (sheet §5).
func classify(r rest.Response) rest.Verdict {
	kind := rest.ByStatus(r.Status)
	if kind == "" {
		return rest.Verdict{}
	}
	if r.Status == http.StatusConflict || r.Status == http.StatusBadRequest && isOrder(r.Body) {
		kind = rest.KindUnclear
	}
	return rest.Verdict{Kind: kind, Code: codeIn(r.Body), Message: named(r.Body)}
}

// isOrder reports whether a body is an order.
func isOrder(body []byte) bool {
	var w struct {
		ID      json.RawMessage `json:"id"`
		Product json.RawMessage `json:"product_id"`
		Status  json.RawMessage `json:"status"`
	}
	return json.Unmarshal(body, &w) == nil && len(w.ID) > 0 && len(w.Product) > 0 && len(w.Status) > 0
}

// codeIn finds the vendor's code in an error body. The Gate API shows none of its
// bodies, so the forms of sheet §2 are tried in their order: {"error":"code"},
// {"code":"…"}, {"error":{"code":…}}, {"code":1}, plain text. What does not look
// like a code is passed over.
func codeIn(body []byte) string {
	var w struct {
		Error json.RawMessage `json:"error"`
		Code  json.RawMessage `json:"code"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return shaped(strings.TrimSpace(string(body)))
	}
	var inner struct {
		Code json.RawMessage `json:"code"`
		Type json.RawMessage `json:"type"`
	}
	_ = json.Unmarshal(w.Error, &inner) // another form of the body then
	odd := ""
	for _, raw := range []json.RawMessage{w.Error, w.Code, inner.Code, inner.Type} {
		switch found := shaped(scalar(raw)); found {
		case "":
		case codeOdd:
			odd = codeOdd
		default:
			return found
		}
	}
	return odd
}

// shaped returns a code that looks like one, codeOdd for anything else.
func shaped(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToLower(text)
	if len(text) <= 40 && codeShape.MatchString(text) {
		return text
	}
	return codeOdd
}

// named lists the fields of our request that an error body speaks of: a 400
// about one of them asks for another setting (sheet §11). The vendor's own
// words are not kept, they may quote an account.
func named(body []byte) string {
	var found []string
	for _, field := range []string{"product_id", "topup_request", "amount", "customer_account", "external_ref", "currency_code", "quantity", "test", "idempotency"} {
		if mention(field).Match(body) {
			found = append(found, field)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "about " + strings.Join(found, " ")
}

func mention(field string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b` + field + `\b`)
}
