package infinivoucher

import (
	"encoding/json"
	"net/http"

	"giftbot/providers/rest"
)

// The vendor's codes (infinivoucher sheet §5), as they stand in
// rest.Error.Code.
const (
	CodeUnauthorized = "UNAUTHORIZED"       // key missing or invalid
	CodeForbidden    = "FORBIDDEN"          // scope, or our address
	CodeFrozen       = "WALLET_FROZEN"      // no purchase until the vendor thaws it
	CodeFunds        = "INSUFFICIENT_FUNDS" // the wallet is too low
	CodeStock        = "OUT_OF_STOCK"       // fewer there than wanted
	CodeConflict     = "STOCK_CONFLICT"     // concurrent purchase: the same request again
)

// Codes of our own.
const (
	CodePages = "pages" // the paging does not end
	CodeLocal = "local_invalid"
)

// refused is an error found before anything was sent.
func refused(endpoint, message string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindRefused, Code: CodeLocal, Message: message}
}

// classify reads an answer's error form (sheet §2). Three readings of ours
// lean to "unclear", because a refusal lets the engine buy anew:
// an error answer under a success status, a success answer under an error
// status, and a 409 whose code the sheet does not know (it could be a key
// that is still being worked on).
func classify(r rest.Response) rest.Verdict {
	byStatus := rest.ByStatus(r.Status)
	var w struct {
		Success *bool `json:"success"`
		Error   struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	readable := json.Unmarshal(r.Body, &w) == nil
	v := rest.Verdict{Kind: byStatus, Code: w.Error.Code, Message: w.Error.Message}
	switch {
	case byStatus == "" && readable && w.Success != nil && !*w.Success:
		v.Kind = rest.KindUnclear
	case byStatus == "":
		return rest.Verdict{}
	case byStatus == rest.KindRefused && readable && w.Success != nil && *w.Success:
		v.Kind = rest.KindUnclear
	case r.Status == http.StatusConflict && v.Code != CodeStock && v.Code != CodeConflict:
		v.Kind = rest.KindUnclear
	}
	return v
}

// requestID finds meta.requestId, for the log.
func requestID(r rest.Response) string {
	var w struct {
		Meta struct {
			RequestID string `json:"requestId"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(r.Body, &w); err != nil {
		return ""
	}
	return w.Meta.RequestID
}
