package catalog

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

const usd = 100 * order.Cent

func TestFaceFits(t *testing.T) {
	f := Face{Min: 5 * usd, Max: 100 * usd, Step: 10 * usd}
	for amount, want := range map[order.Money]bool{
		5 * usd: true, 15 * usd: true, 10 * usd: true, 100 * usd: true, 12 * usd: false, 4 * usd: false, 101 * usd: false, 0: false, -5 * usd: false,
	} {
		if got := f.Fits(amount); got != want {
			t.Errorf("%s: %v", amount, got)
		}
	}
	if (Face{}).Fits(0) || !(Face{Min: 1, Max: 3}).Fits(2) {
		t.Error("no amounts, or no step")
	}
}

func TestQuote(t *testing.T) {
	open := Product{
		Face: Face{Min: 5 * usd, Max: 500 * usd, Step: order.Cent}, Rate: decimal.New(101, -2), Extra: 10 * order.Cent,
		Markup: Markup{Percent: decimal.New(10, 0)},
	}
	cost, price, err := open.Quote(25 * usd)
	if err != nil || cost != 25_350_000 || price != 27_890_000 {
		t.Errorf("25 USD cost %d and sell for %d, %v", cost, price, err)
	}
	fixed := Product{Cost: 1, Price: 2}
	if cost, price, err = fixed.Quote(0); err != nil || cost != 1 || price != 2 {
		t.Errorf("a fixed price: %d, %d, %v", cost, price, err)
	}
	for name, quote := range map[string]error{"none of it": last(open.Quote(0)), "too much": last(open.Quote(501 * usd)), "fixed": last(fixed.Quote(usd))} {
		if !errors.Is(quote, errPrice) {
			t.Errorf("%s: %v", name, quote)
		}
	}
}

func last(_, _ order.Money, err error) error { return err }

func TestFieldAccepts(t *testing.T) {
	f, err := NewField(FieldRule{Key: "player_id", Label: "Player ID", Format: "[0-9]{6}|x+"})
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{"123456": true, "xx": true, "1234567": false, "a123456": false, "": false, "123456\n": false} {
		if f.Accepts(value) != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
	free, err := NewField(FieldRule{Key: "name", Label: "Name"})
	if err != nil || !free.Accepts("whatever") || free.Accepts(strings.Repeat("x", longestValue+1)) || free.Accepts("two\tparts") {
		t.Errorf("any value: %v", err)
	}
	for _, bad := range []FieldRule{{Label: "no key"}, {Key: "no label"}, {Key: "k", Label: "l", Format: "["}} {
		if _, err := NewField(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
