package infinivoucher

import (
	"encoding/json"
	"errors"
)

const (
	// MaxWebhookBody is the largest body looked at, in bytes (sheet §8).
	MaxWebhookBody = 16 << 10

	maxWord = 64
)

// ErrHint is returned for a body that is no hint. It does not quote the body.
var ErrHint = errors.New("infinivoucher webhook: the body is not a hint")

// Hint is an unsigned webhook: anybody can send one. It is a reason to read
// the order with our own key, at most once a minute per id, and nothing else
// (infinivoucher sheet §8).
type Hint struct {
	Event   string
	OrderID string
	Status  string
}

// ParseHint reads a webhook body. ErrHint: too large, not JSON, or with an
// order id that no order of the vendor's can have.
func ParseHint(body []byte) (Hint, error) {
	if len(body) > MaxWebhookBody {
		return Hint{}, ErrHint
	}
	var w struct {
		Event string `json:"event"`
		Data  struct {
			OrderID string `json:"order_id"`
			Status  string `json:"status"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return Hint{}, ErrHint
	}
	if !plain(w.Data.OrderID) || w.Data.OrderID == "" || !plain(w.Event) || !plain(w.Data.Status) {
		return Hint{}, ErrHint
	}
	return Hint{Event: w.Event, OrderID: w.Data.OrderID, Status: w.Data.Status}, nil
}

// plain reports whether a word is short and made of letters, digits, - _ . only.
func plain(s string) bool {
	if len(s) > maxWord {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
