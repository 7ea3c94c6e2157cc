package inventpay

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"giftbot/providers/rest"
)

// Codes of our own, as they stand in rest.Error.Code: the vendor has none, its
// HTTP status decides (inventpay sheet §2).
const (
	CodeLocalInvalid    = "local_invalid"     // refused before sending: the vendor would not take it
	CodeLocalMinimum    = "local_minimum"     // refused before sending: below the smallest invoice
	CodeNoWithdrawalKey = "no_withdrawal_key" // refused before sending: payouts are not set up
	CodeContradiction   = "contradiction"     // HTTP status and "success" say different things
	CodeConflict        = "conflict"          // 409, of which the sheet knows nothing
)

// refused is an error found before anything was sent.
func refused(endpoint, code, message string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindRefused, Code: code, Message: message}
}

// wireError is the envelope as far as it concerns errors. The status record
// comes without one.
type wireError struct {
	Success json.RawMessage `json:"success"`
	Error   json.RawMessage `json:"error"`
	Message json.RawMessage `json:"message"`
	Details json.RawMessage `json:"details"`
}

// classify reads an answer's error form. Status and envelope that contradict
// each other, and a conflict, leave open what was done.
func classify(r rest.Response) rest.Verdict {
	byStatus := rest.ByStatus(r.Status)
	var w wireError
	if err := json.Unmarshal(r.Body, &w); err != nil {
		w = wireError{} // not JSON: the status alone decides, and success is judged by its decoder
	}
	v := rest.Verdict{Kind: byStatus, Message: w.text()}
	told := len(w.Success) > 0 && string(w.Success) != "null"
	good := string(w.Success) == "true"
	switch {
	case byStatus == "" && (good || !told):
		return rest.Verdict{}
	case byStatus == "", byStatus == rest.KindRefused && good:
		v.Kind, v.Code = rest.KindUnclear, CodeContradiction
	case r.Status == http.StatusConflict:
		v.Kind, v.Code = rest.KindUnclear, CodeConflict
	}
	return v
}

// text joins what the vendor says about an error.
func (w wireError) text() string {
	var parts []string
	for _, raw := range []json.RawMessage{w.Error, w.Message, w.Details} {
		var plain string
		if err := json.Unmarshal(raw, &plain); err != nil {
			plain = string(bytes.TrimSpace(raw)) // details may be an object
		}
		if plain != "" {
			parts = append(parts, plain)
		}
	}
	return strings.Join(parts, " ")
}
