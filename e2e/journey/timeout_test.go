package journey

import (
	"net/http"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
	sandbox "giftbot/sandbox/kit"
)

// spending are the calls that spend money, one at each supplier.
func spending() []sandbox.Fault {
	return []sandbox.Fault{
		{Target: "infinivoucher", Path: "/orders/buy", Method: http.MethodPost},
		{Target: "plexy", Path: "/orders", Method: http.MethodPost},
		{Target: "univoucher", Path: "/cards/create", Method: http.MethodPost},
	}
}

// spent is what the suppliers' own books say.
func spent(shop *kit.Shop) (vouchers, topUps, cards int) {
	for _, r := range shop.CardBooks().Requests {
		cards += len(r.Cards)
	}
	return len(shop.SupplierBooks().Orders), len(shop.PlexyBooks().TopUps), cards
}

// TestSpendingCallFails: whatever becomes of the call that spends, and of its
// answer, each supplier is paid once and each buyer gets the goods once. Where
// nobody can know whether cards were made, none is made a second time.
func TestSpendingCallFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		cards bool // they were made
	}{
		{"slow", sandbox.Fault{Kind: sandbox.Delay, DelayMS: 3000}, true},
		{"503 before", sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusServiceUnavailable}, false},
		{"502 after", sandbox.Fault{Kind: sandbox.ErrorAfter, Status: http.StatusBadGateway}, true},
		{"cut before", sandbox.Fault{Kind: sandbox.DropBefore}, false},
		{"cut after", sandbox.Fault{Kind: sandbox.DropReply}, true},
		{"timeout before", sandbox.Fault{Kind: sandbox.HoldBefore}, false},
		{"timeout after", sandbox.Fault{Kind: sandbox.HoldAfter}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Without cards it takes 90 minutes until that is certain.
			shop := kit.Open(t, kit.Options{Clock: !c.cards})
			quickCards(shop.Control)
			shop.Change("plexy", map[string]any{"pending_for": "500ms"})
			failedSpending(t, shop, c.fault, c.cards)
		})
	}
}

// afterTimeout is how long it may take until a call was given up after half a
// minute, another one perhaps as well, and what follows.
const afterTimeout = time.Minute + kit.Patience

func failedSpending(t *testing.T, shop *kit.Shop, fault sandbox.Fault, cards bool) {
	t.Helper()
	olga := shop.Person(kit.Admin, "en")
	olga.Say("/start")
	ada, boris, carla := shop.Person(1001, "en"), shop.Person(1002, "en"), shop.Person(1004, "en")
	codes, topUp, card := ada.Order(kit.Cheap()), boris.OrderTopUp(kit.Steam()), carla.OrderCard(kit.Cards25(1))
	for _, call := range spending() {
		fault.Target, fault.Path, fault.Method = call.Target, call.Path, call.Method
		shop.Fault(fault)
	}
	for _, o := range []kit.Checkout{codes, topUp, card} {
		shop.PayAt(o, nil)
	}
	kit.Within(t, afterTimeout, "codes", func() bool { return len(kit.Codes(ada.At(codes.Message))) == 2 })
	kit.Within(t, afterTimeout, "topped up", func() bool { return contains(boris.At(topUp.Message).Text, "Done: 25 USD credited") })
	if cards {
		kit.Within(t, afterTimeout, "card", func() bool { return carla.At(card.Message).PhotoURL != "" })
		scanCard(t, shop, carla, card.Message)
		delivered(t, shop, card)
	} else {
		neverMade(t, shop, olga, carla, card)
	}
	delivered(t, shop, codes)
	delivered(t, shop, topUp)
	vouchers, topUps, made := spent(shop)
	if vouchers != 1 || topUps != 1 || made != count(cards) {
		t.Errorf("%d vouchers, %d top-ups, %d cards", vouchers, topUps, made)
	}
	for _, f := range shop.Faults() {
		if f.Hits != 1 {
			t.Errorf("the fault at %s hit %d times: this tests nothing", f.Target, f.Hits)
		}
	}
}

// neverMade waits until it is certain that no card was made: a person is told,
// and none was made meanwhile.
func neverMade(t *testing.T, shop *kit.Shop, olga, carla *kit.Person, o kit.Checkout) {
	t.Helper()
	kit.Within(t, afterTimeout, "call that nobody knows the outcome of", func() bool {
		last, sent := shop.OrderOf(o.Number).Lines[0].Last()
		return sent && last.Outcome == order.OutcomeUnclear
	})
	shop.Advance(95 * time.Minute)
	shop.AdvanceUntil("alert", time.Minute, func() bool {
		return olga.Sees("needs a person", o.Number) && carla.Sees(o.Number, "We have your payment of")
	})
	shop.AdvanceUntil("certainty", time.Minute, func() bool { return shop.OrderOf(o.Number).Lines[0].State == order.LineFailed })
	if l := shop.OrderOf(o.Number).Lines[0]; len(l.Attempts) != 1 || l.Attempts[0].Sends != 1 {
		t.Errorf("it was sent again: %+v", l.Attempts)
	}
}
