package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// halfInCoin is an order of 20 that cannot be bought: 10 came in another coin,
// 10 from credit.
func halfInCoin(t *testing.T) (*ordertest.World, order.Number) {
	t.Helper()
	w, n := outOfStock(t)
	o := w.Look(n)
	p := &o.Payments[0]
	credit := *p
	credit.N, credit.Gateway, credit.External, credit.URL, credit.Seen, credit.Asked = 2, order.CreditGateway, "", "", 10_000_000, 10_000_000
	p.Seen, p.Asked, p.Coin, p.Coins = 10_000_000, 10_000_000, "BTC", "0.001"
	o.Payments = append(o.Payments, credit)
	keep(t, w, o, "halfInCoin")
	return w, n
}

func keep(t *testing.T, w *ordertest.World, o order.Order, op string) {
	t.Helper()
	next := order.Transition{Order: o, Op: op, Due: w.Clock.Stamp().Add(30 * 24 * time.Hour)}
	if _, err := w.Process().Engine.Store.Commit(t.Context(), next); err != nil {
		t.Fatal(err)
	}
}

// sendsInCoin has 10 of an order sent in the coin it was paid in, and returns how
// much of that left. answer is what the gateway says of it.
func sendsInCoin(t *testing.T, w *ordertest.World, n order.Number, answer order.PayoutAnswer) (decimal.Decimal, error) {
	t.Helper()
	e, o := w.Process().Engine, w.Look(n)
	i := len(o.Payouts)
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Amount: 10_000_000, Why: "x"}
	if _, err := e.PayOut(t.Context(), d, ordertest.GatewayName); err != nil {
		t.Fatal(err)
	}
	o, err := e.SetAddress(t.Context(), buyer, n, ordertest.OtherNetwork, "bc1qbuyer")
	if err != nil {
		return decimal.Zero, err
	}
	d.Fixed = o.Payouts[i].FixedAt
	if _, err = e.ApprovePayout(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	at := w.Clock.Stamp()
	o, _ = run(t, w.Look(n), order.PayingOut{Payout: i, Once: "x", At: at}, order.PaidOut{Payout: i, Receipt: order.PayoutReceipt{External: o.Payouts[i].Coins, State: answer}, At: at})
	keep(t, w, o, "sendsInCoin"+o.Payouts[i].Gateway+string(rune('0'+i)))
	return decimal.RequireFromString(o.Payouts[i].Coins), nil
}

// What was received of a coin leaves once, however many payouts there are: the
// rest of the order's money was never that coin.
func TestACoinLeavesOnce(t *testing.T) {
	w, n := halfInCoin(t)
	if out, err := sendsInCoin(t, w, n, order.PayoutCompleted); err != nil || out.String() != "0.001" {
		t.Fatalf("%s left: %v", out, err)
	}
	if out, err := sendsInCoin(t, w, n, order.PayoutCompleted); order.CodeOf(err) != order.CodeTooSmall {
		t.Errorf("another %s left, of 0.001 that were received: %v", out, err)
	}
	if list := w.Process().Engine.Networks(w.Look(n), ordertest.GatewayName); len(list) != 1 || !list[0].Stable {
		t.Errorf("offered are %v, want the stable coin alone", list)
	}
}

// What a gateway sent back is there again.
func TestACoinThatCameBack(t *testing.T) {
	w, n := halfInCoin(t)
	if _, err := sendsInCoin(t, w, n, order.PayoutRejected); err != nil {
		t.Fatal(err)
	}
	if out, err := sendsInCoin(t, w, n, order.PayoutCompleted); err != nil || out.String() != "0.001" {
		t.Errorf("%s left: %v", out, err)
	}
}

// A gateway that tells of another sum, or under another id, tells of something
// else than our payout: a person looks, and can say how it ended.
func TestPayoutOfAnotherSum(t *testing.T) {
	for name, other := range map[string]func(s *ordertest.Sending){
		"sum":     func(s *ordertest.Sending) { s.Amount = decimal.NewFromInt(200) },
		"network": func(s *ordertest.Sending) { s.Network = ordertest.OtherNetwork },
		"address": func(s *ordertest.Sending) { s.Address = "0xsomebody" },
	} {
		t.Run(name, func(t *testing.T) {
			w := ordertest.NewWorld(1)
			w.Payer.Plans(ordertest.Paying{Takes: 3})
			n := approvedPayout(t, w, buyer)
			rest(t, w, time.Second)
			other(w.Payer.Sendings()[0])
			rest(t, w, 2*time.Hour)
			o := w.Look(n)
			if p := o.Payouts[0]; o.Reason != order.ReasonPayoutUnclear || p.State != order.PayoutUnclear {
				t.Fatalf("payout %s, held for %q", p.State, o.Reason)
			}
			d := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Why: "in the gateway's list"}
			o, err := w.Process().Engine.SettlePayout(context.Background(), d, true)
			if err != nil || o.Payouts[0].State != order.PayoutDone {
				t.Errorf("%s: %v", o.Payouts[0].State, err)
			}
		})
	}
}

// An answer under another id than the payout's is asked for again later, and not
// at once.
func TestPayoutUnderAnotherID(t *testing.T) {
	o := order.Order{
		Number: "0000000000", Buyer: buyer, Status: order.Refunding,
		Payouts: []order.Payout{{N: 1, Gateway: ordertest.GatewayName, State: order.PayoutSent, Amount: 5, SentAt: 1, External: "a", Once: "o", RetryAt: 10}},
	}
	o, effects := run(t, o, order.PaidOut{Receipt: order.PayoutReceipt{External: "b", State: order.PayoutCompleted}, RetryAt: 1000, At: 20})
	if o.Reason != order.ReasonPayoutUnclear || o.Payouts[0].State != order.PayoutUnclear || count(effects, order.EffectPost) != 0 {
		t.Errorf("held for %q, payout %s, %v", o.Reason, o.Payouts[0].State, effects)
	}
	if kind, at := order.NextOf(o, 21, nil); kind == order.EffectFollow || at != 1000 {
		t.Errorf("%v at %d, want nothing before 1000", kind, at)
	}
}
