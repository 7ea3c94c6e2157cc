package univoucher

import (
	"encoding/json"
	"net/http"
	"strings"

	"giftbot/providers/rest"
)

// The vendor names its errors by their text alone (univoucher sheet §2). These
// are our codes for the texts, as they stand in rest.Error.Code.
const (
	CodeMissing      = "MISSING_PARAMETERS"
	CodePrivateKey   = "INVALID_PRIVATE_KEY"
	CodeNetwork      = "INVALID_NETWORK"
	CodeToken        = "INVALID_TOKEN"
	CodeAmount       = "INVALID_AMOUNT"
	CodeQuantity     = "INVALID_QUANTITY"
	CodeCallback     = "INVALID_CALLBACK"
	CodeBalance      = "INSUFFICIENT_BALANCE"
	CodeTokenBalance = "INSUFFICIENT_TOKEN_BALANCE"
	CodeGas          = "INSUFFICIENT_GAS"
	CodeInsufficient = "INSUFFICIENT_OTHER" // a text that begins like the three above
	CodeNoID         = "MISSING_ID"
	CodeNoCard       = "CARD_NOT_FOUND"
	CodeNoChain      = "CHAIN_NOT_FOUND"
)

// Codes of our own.
const (
	CodePages = "pages" // the paging does not end
	CodeLocal = "local_invalid"
	CodeRPC   = "rpc_error" // a chain's node refused
)

// codeOf names an error text, "" for one that the sheet does not know.
func codeOf(text string) string {
	switch text {
	case "Missing required parameters":
		return CodeMissing
	case "Invalid private key format":
		return CodePrivateKey
	case "Invalid network":
		return CodeNetwork
	case "Invalid token address":
		return CodeToken
	case "Invalid amount format":
		return CodeAmount
	case "Quantity must be between 1 and 100":
		return CodeQuantity
	case "Invalid callback URL":
		return CodeCallback
	case "Insufficient balance":
		return CodeBalance
	case "Insufficient token balance":
		return CodeTokenBalance
	case "Insufficient native balance for gas fees":
		return CodeGas
	case "Either id or slotId parameter is required":
		return CodeNoID
	case "Card not found":
		return CodeNoCard
	case "Chain not found", "Chain not found or inactive":
		return CodeNoChain
	}
	if strings.HasPrefix(text, "Insufficient") {
		return CodeInsufficient
	}
	return ""
}

// refused is an error found before anything was sent.
func refused(endpoint, message string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindRefused, Code: CodeLocal, Message: message}
}

// classify reads an answer's error form (sheet §2). Four readings of ours lean
// to "unclear", because a refusal lets the engine buy anew: an error text under
// a success status, a success under an error status, 425, which says that the
// same request may be processed later, and 409, which the sheet does not list and
// which may say that it is processed already.
func classify(r rest.Response) rest.Verdict {
	byStatus := rest.ByStatus(r.Status)
	var w struct {
		Success *bool           `json:"success"`
		Error   json.RawMessage `json:"error"`
	}
	readable := json.Unmarshal(r.Body, &w) == nil
	text := errorText(w.Error)
	v := rest.Verdict{Kind: byStatus, Code: codeOf(text), Message: text}
	switch {
	case byStatus == "" && readable && (text != "" || w.Success != nil && !*w.Success):
		v.Kind = rest.KindUnclear
	case byStatus == "":
		return rest.Verdict{}
	case r.Status == http.StatusTooEarly, r.Status == http.StatusConflict, byStatus == rest.KindRefused && readable && w.Success != nil && *w.Success:
		v.Kind = rest.KindUnclear
	}
	return v
}

// errorText reads the text of an error; a vendor that sends anything else there
// has still sent an error.
func errorText(raw json.RawMessage) string {
	var text string
	switch err := json.Unmarshal(raw, &text); {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case err != nil:
		return "error without a text"
	}
	return text
}
