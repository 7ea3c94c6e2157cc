package journey

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/e2e/kit"
)

// boughtOnce fails unless the supplier's books show one order with these codes.
func boughtOnce(t *testing.T, c *kit.Control, codes []string) {
	t.Helper()
	books := c.SupplierBooks()
	if len(books.Orders) != 1 || books.Orders[0].Quantity != len(codes) {
		t.Fatalf("supplier's orders: %+v", books.Orders)
	}
	if diff := cmp.Diff(books.Orders[0].Codes, codes); diff != "" {
		t.Errorf("codes at the supplier (-) and in the chat (+):\n%s", diff)
	}
}

// TestDemoPurchase is the promise of `make demo`, through /control alone.
func TestDemoPurchase(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	ada := demo.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	demo.Pay(order.ID, nil)
	codes := ada.AwaitCodes(order, 2)
	boughtOnce(t, demo.Control, codes)

	shown := ada.At(order.Message)
	if !shown.Protected {
		t.Error("the codes can be forwarded")
	}
	for _, code := range codes {
		if n := strings.Count(shown.Text, code); n != 1 {
			t.Errorf("a code is in its message %d times", n)
		}
	}
	ada.WaitFor("Your 2 codes for order", order.Number)
	for _, m := range ada.Messages() {
		if m.ID != order.Message && slices.ContainsFunc(codes, func(code string) bool { return strings.Contains(m.Text, code) }) {
			t.Errorf("message %d holds a code as well", m.ID)
		}
	}
	if n := len(demo.GatewayBooks().Orders); n != 1 {
		t.Errorf("%d checkouts were made", n)
	}
	ada.Press("Open the order")
	ada.WaitFor("How it went", "2 codes arrived")
	ada.Press("Show codes")
	kit.Eventually(t, "codes shown again", func() bool {
		return ada.Last().ID != order.Message && cmp.Equal(kit.Codes(ada.Last()), codes)
	})
	demo.AuditChat()
}

// TestLanguages: the start page follows the person's client, and falls back.
func TestLanguages(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	for id, c := range map[int64]struct{ language, words, button string }{
		2001: {"ru", "Выберите, оплатите", "Магазин"},
		2002: {"en", "Pick something, pay", "Shop"},
		2003: {"ka", "Pick something, pay", "Shop"},
		2004: {"", "Pick something, pay", "Shop"},
		2005: {"ru-RU", "Выберите, оплатите", "Магазин"},
	} {
		who := demo.Person(id, c.language)
		who.Say("/start")
		who.WaitFor("Aurora Gifts", c.words)
		who.WaitButton(c.button)
	}
	demo.AuditChat()
}

// TestServePurchase is the same purchase with the production command: two
// replicas, a real Redis and a world of its own.
func TestServePurchase(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Bots: 2})
	who := shop.Person(3001, "en")
	order := who.Order(kit.Want{Category: "Steam Wallet", Product: "$5 (US)", Quantity: 3})
	shop.Pay(order.ID, map[string]any{"confirming": true})
	who.WaitFor("It is being confirmed")
	shop.Pay(order.ID, map[string]any{"confirm": true})
	boughtOnce(t, shop.Control, who.AwaitCodes(order, 3))
}
