package univoucher

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
)

// MaxCallbackBody is the largest callback body looked at, in bytes (DESIGN §5).
const MaxCallbackBody = 1 << 20

// ErrCallback is returned for a body that is no callback of the vendor's. It
// does not quote the body, which may hold the only copy of a secret.
var ErrCallback = errors.New("univoucher callback: unreadable")

// The status words of a callback.
const (
	callbackSuccess = "success"
	callbackError   = "error"
)

// Callback is what came of a creation, in the vendor's words (univoucher sheet
// §5). It holds secrets.
type Callback struct {
	OrderID     string
	Status      string // success, error
	Chain       int64
	Token       string
	Amount, Fee *big.Int // per card
	All         *big.Int // for all cards
	Quantity    int
	Cards       []NewCard // distinct, in the vendor's order
	Given       int       // cards in the body, readable or not
	Twice       bool      // a card stood there twice
	Creations   []string  // transactions that may have minted
	Sure        bool      // of an error: certainly no card was minted
	Funds       bool      // of an error: our wallet does not cover it
}

// ParseCallback reads a body. A single card that cannot be read does not hide
// the others.
func ParseCallback(body []byte) (Callback, error) {
	var w struct {
		wireMoney
		Error     json.RawMessage   `json:"error"`
		Cards     []json.RawMessage `json:"cards"`
		Creations *[]string         `json:"creationTransactionHashes"`
	}
	if len(body) > MaxCallbackBody || json.Unmarshal(body, &w) != nil {
		return Callback{}, ErrCallback
	}
	out := Callback{
		OrderID: w.OrderID, Status: w.Status, Chain: int64(w.Network), Token: w.Token,
		Amount: w.Amount.value, Fee: w.Fee.value, All: w.All.value, Quantity: int(w.Quantity), Given: len(w.Cards),
	}
	if w.Creations != nil {
		out.Creations = *w.Creations
	}
	out.read(w.Cards)
	reason := errorText(w.Error)
	// An error does not prove that no money moved (univoucher sheet §5), and
	// neither does one that does not say what it did.
	out.Sure = w.Status == callbackError && w.Creations != nil && len(*w.Creations) == 0 && len(w.Cards) == 0 && !unsettled(reason)
	out.Funds = strings.HasPrefix(reason, "Insufficient")
	return out, nil
}

// read takes the cards over, each once.
func (c *Callback) read(cards []json.RawMessage) {
	for _, raw := range cards {
		var w wireNewCard
		if err := json.Unmarshal(raw, &w); err != nil || w.ID == "" {
			continue
		}
		if slices.ContainsFunc(c.Cards, func(known NewCard) bool { return known.ID == string(w.ID) }) {
			c.Twice = true
			continue
		}
		c.Cards = append(c.Cards, w.card())
	}
}

// unsettled reports whether a text speaks of something that may still happen: a
// time that ran out, a line to the chain that broke, or a chain that has the
// transaction already. The vendor then has no hash to tell.
func unsettled(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{
		"timeout", "timed out", "timed-out", "time out", "timedout", "deadline", "not confirmed",
		"network", "connection", "socket", "econn", "gateway", "unavailable", "internal server error", "missing response",
		"already known", "already been used", "nonce", "replacement", "replaced", "pending",
	}, func(word string) bool { return strings.Contains(text, word) })
}
