package picture

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Card is what one picture shows. The words are in the buyer's language; those
// in letters that the fonts lack (Arabic, Chinese) are replaced by English
// ones. Only Amount, CardID, Secret and Redeem must be there.
type Card struct {
	Amount  string // formatted, without the token: "25", "1 250,50"
	Token   string // "USDC"
	Network string // as people call it: "BNB Chain"
	Chain   int64  // EIP-155 id: picks colours and emblem; an unknown one gets neutral ones
	CardID  string // decimal text (univoucher sheet §3)
	Title   string // whose card it is: the shop's name; "" is "Gift card"
	Caption string // below the QR code; "" is "Scan to redeem"
	IDLabel string // above the card id; "" is "Card ID"
	Secret  string `json:"-"` // in the QR code only
	Redeem  string // address of the page that redeems; in the QR code, and below it without the scheme
}

// ErrIncomplete is returned for a card that lacks what must be in its QR code,
// or has it on several lines. The text names the field, never its value.
var ErrIncomplete = errors.New("gift card is incomplete")

// ErrTooMuch is returned when the QR code would be too dense for a phone.
var ErrTooMuch = errors.New("too much for a QR code that a phone can read")

// Payload is the text of the QR code. It is as secret as the card: no log, no
// error.
func Payload(c Card) string {
	return "UniVoucher gift card\nCard ID: " + c.CardID + "\nSecret: " + c.Secret + "\nRedeem: " + c.Redeem + "\n"
}

// check refuses a card whose QR code would not redeem it.
func (c Card) check() error {
	for _, field := range []struct{ name, value string }{
		{"amount", c.Amount}, {"card id", c.CardID}, {"secret", c.Secret}, {"redeem address", c.Redeem},
	} {
		broken := strings.ContainsFunc(field.value, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
		if strings.TrimSpace(field.value) == "" || broken {
			return fmt.Errorf("%w: %s", ErrIncomplete, field.name)
		}
	}
	return nil
}

// Format implements fmt.Formatter, so that no verb prints the secret.
func (c Card) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("gift card " + c.CardID)) }

// LogValue implements slog.LogValuer without the secret.
func (c Card) LogValue() slog.Value { return slog.StringValue("gift card " + c.CardID) }

// site is the redeem address as people type it.
func (c Card) site() string {
	site := strings.TrimPrefix(strings.TrimPrefix(c.Redeem, "https://"), "http://")
	return strings.TrimSuffix(site, "/")
}

// groups splits a number so that it can be read aloud: three digits at a time,
// never one alone at the end. What is no number stays whole.
func groups(id string) []string {
	if strings.ContainsFunc(id, func(r rune) bool { return r < '0' || r > '9' }) {
		return []string{id}
	}
	var parts []string
	for len(id) > 4 {
		parts = append(parts, id[:3])
		id = id[3:]
	}
	return append(parts, id)
}
