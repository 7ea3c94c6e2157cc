package journey

import (
	"net/http"
	"testing"

	"giftbot/e2e/kit"
	sandbox "giftbot/sandbox/kit"
)

// TestLinkRecovers: a gateway that stumbles over a checkout makes one all the
// same, and one only.
func TestLinkRecovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"503 before the checkout", sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusServiceUnavailable}},
		{"502 after the checkout", sandbox.Fault{Kind: sandbox.ErrorAfter, Status: http.StatusBadGateway}},
		{"connection cut before the checkout", sandbox.Fault{Kind: sandbox.DropBefore}},
		{"connection cut after the checkout", sandbox.Fault{Kind: sandbox.DropReply}},
		{"429", sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusTooManyRequests}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := kit.Open(t, kit.Options{})
			ada := shop.Person(1001, "en")
			ada.Choose(kit.Cheap())
			c.fault.Target, c.fault.Path, c.fault.Method = "infini", "/order", http.MethodPost
			shop.Fault(c.fault)
			ada.Press("Crypto or card")
			order := ada.AwaitCheckout(0)
			shop.Pay(order.ID, nil)
			codes := ada.AwaitCodes(order, 2)
			settled(t, shop)
			boughtOnce(t, shop.Control, codes)
			paid := 0
			for _, o := range shop.GatewayBooks().Orders {
				paid += count(o.Status == "paid")
			}
			if paid != 1 {
				t.Errorf("%d checkouts paid", paid)
			}
		})
	}
}

// TestLinkRefused: without a link nobody is charged, and both sides are told.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	olga := shop.Person(kit.Admin, "en")
	olga.Say("/start")
	ada := shop.Person(1001, "en")
	ada.Choose(kit.Cheap())
	shop.Infini(map[string]any{"create_errors": []map[string]any{{"status": 400, "code": 40013, "times": 50}}})
	ada.Press("Crypto or card")
	ada.WaitFor("Nothing was charged")
	olga.WaitFor("needs a person", "payment link was refused")
	if n := len(shop.SupplierBooks().Orders); n != 0 {
		t.Errorf("%d purchases", n)
	}
}

// TestNotOnOffer: what the supplier cannot deliver is refused before anybody
// pays.
func TestNotOnOffer(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Bots: -1})
	shop.Voucher(map[string]any{"balance": "1.00"})
	shop.StartBot()
	shop.AwaitReady()
	ada := shop.Person(1001, "en")
	ada.Choose(kit.Cheap())
	ada.Press("Crypto or card")
	ada.WaitFor("our supplier account is being topped up", "nothing was charged")
	if n := len(shop.GatewayBooks().Orders); n != 0 {
		t.Errorf("%d checkouts for what cannot be had", n)
	}
	ada.Say("/shop")
	ada.Press("Next ›")
	ada.Press("Steam Wallet")
	ada.Press("$100 (US) · out of stock")
	ada.WaitFor("Out of stock right now")
}
