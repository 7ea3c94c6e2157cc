package picture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// planted is a secret that must turn up nowhere but in a QR code.
const planted = "PLANT-EDSEC-RETAB-CDEFG"

// sample is an everyday card.
func sample() Card {
	return Card{
		Amount: "25", Token: "USDC", Network: "Base", Chain: 8453, CardID: "102123456",
		Title: "Giftbot", Caption: "Scan to redeem", IDLabel: "Card ID", Secret: planted, Redeem: "https://univoucher.com",
	}
}

// with is the everyday card after a change.
func with(change func(*Card)) Card {
	c := sample()
	change(&c)
	return c
}

func TestPayload(t *testing.T) {
	want := "UniVoucher gift card\nCard ID: 102123456\nSecret: " + planted + "\nRedeem: https://univoucher.com\n"
	if diff := cmp.Diff(want, Payload(sample())); diff != "" {
		t.Error(diff)
	}
}

func TestPayloadHoldsNoWordsOfTheShop(t *testing.T) {
	c := with(func(c *Card) {
		c.Title, c.Caption, c.IDLabel, c.Network = "Лавка", "Сканируй", "Номер", "База"
	})
	if Payload(c) != Payload(sample()) {
		t.Error("what the shop says changes the QR code")
	}
}

// broken are cards that cannot be redeemed from their QR code.
func broken() map[string]struct {
	card  Card
	field string
} {
	return map[string]struct {
		card  Card
		field string
	}{
		"no amount":          {with(func(c *Card) { c.Amount = "" }), "amount"},
		"blank amount":       {with(func(c *Card) { c.Amount = "  " }), "amount"},
		"unreadable amount":  {with(func(c *Card) { c.Amount = "二十五" }), "amount"},
		"no card id":         {with(func(c *Card) { c.CardID = "" }), "card id"},
		"card id of lines":   {with(func(c *Card) { c.CardID = "1\nRedeem: https://evil.example" }), "card id"},
		"no secret":          {with(func(c *Card) { c.Secret = "" }), "secret"},
		"secret of lines":    {with(func(c *Card) { c.Secret = planted + "\r\n" + planted }), "secret"},
		"secret with a zero": {with(func(c *Card) { c.Secret = planted + "\x00" }), "secret"},
		"secret not UTF-8":   {with(func(c *Card) { c.Secret = planted + "\xff" }), "secret"},
		"nowhere to redeem":  {with(func(c *Card) { c.Redeem = "" }), "redeem address"},
		"two ways to redeem": {with(func(c *Card) { c.Redeem = "https://a.example\nhttps://b.example" }), "redeem address"},
	}
}

func TestIncompleteCardIsRefused(t *testing.T) {
	p := painter(t)
	for name, test := range broken() {
		t.Run(name, func(t *testing.T) {
			png, err := p.Card(test.card)
			if png != nil || !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), test.field) {
				t.Errorf("%d bytes, %v; want the %s named", len(png), err, test.field)
			}
		})
	}
}

func TestDensePayloadIsRefused(t *testing.T) {
	p := painter(t)
	for _, length := range []int{500, 2_000, 5_000, 100_000} {
		png, err := p.Card(with(func(c *Card) { c.Redeem += "/" + strings.Repeat("x", length) }))
		if png != nil || !errors.Is(err, ErrTooMuch) {
			t.Errorf("%d letters: %d bytes, %v", length, len(png), err)
		}
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	p := painter(t)
	cards := []Card{
		with(func(c *Card) { c.Secret = strings.Repeat(planted, 100) }),
		with(func(c *Card) { c.Redeem = strings.Repeat(c.Redeem, 50) }),
	}
	for _, test := range broken() {
		cards = append(cards, test.card)
	}
	for i, c := range cards {
		_, err := p.Card(c)
		if err == nil {
			t.Fatalf("card %d passed", i)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, err); strings.Contains(text, "PLANT") {
				t.Errorf("card %d: %s tells the secret", i, verb)
			}
		}
	}
}

func TestCardShowsNoSecret(t *testing.T) {
	var out bytes.Buffer
	c := sample()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, c, &c, []Card{c})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("card", "card", c, "pointer", &c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("card", "card", c, "many", []Card{c})
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Contains(text, "PLANT") || strings.Contains(text, fmt.Sprintf("%x", planted)) {
		t.Errorf("the secret is in %q", text)
	}
	if !strings.Contains(text, "gift card 102123456") {
		t.Errorf("nobody knows which card it is: %q", text)
	}
}

func TestGroups(t *testing.T) {
	for id, want := range map[string][]string{
		"":             {""},
		"7":            {"7"},
		"1026":         {"1026"},
		"10261":        {"102", "61"},
		"1026123":      {"102", "6123"},
		"10261234":     {"102", "612", "34"},
		"102123456":    {"102", "123", "456"},
		"102123456789": {"102", "123", "456", "789"},
		"10-21":        {"10-21"},
		"card 1234567": {"card 1234567"},
		"١٠٢٣٤٥٦":      {"١٠٢٣٤٥٦"},
	} {
		if diff := cmp.Diff(want, groups(id)); diff != "" {
			t.Errorf("%q: %s", id, diff)
		}
		if strings.Join(groups(id), "") != id {
			t.Errorf("%q lost digits", id)
		}
	}
}

func TestSite(t *testing.T) {
	for address, want := range map[string]string{
		"https://univoucher.com":            "univoucher.com",
		"https://univoucher.com/":           "univoucher.com",
		"http://univoucher.com/redeem?id=1": "univoucher.com/redeem?id=1",
		"univoucher.com":                    "univoucher.com",
	} {
		if got := (Card{Redeem: address}).site(); got != want {
			t.Errorf("%s is shown as %q, want %q", address, got, want)
		}
	}
}
