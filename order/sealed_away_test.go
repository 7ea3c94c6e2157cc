package order_test

import (
	"errors"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// rotated is a vault that lost the key of what was sealed before.
type rotated struct{ order.Vault }

func (rotated) Open(order.Number, string, []byte) ([]byte, error) {
	return nil, errors.New("sealed with an unknown key")
}

// A payout whose address no key opens any more stays: its money is the buyer's
// credit again, a person hears of it, and the gateway is free for others.
func TestAPayoutWithoutItsAddressStays(t *testing.T) {
	for _, tried := range []bool{false, true} {
		w, n := outOfStock(t)
		does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork))
		e := w.Process().Engine
		if tried { // put off once, with the gateway's permit in its hand
			w.Payer.Plans(ordertest.Paying{Err: &order.Error{Code: order.CodeLimited, Op: "pay out", RetryAfter: time.Minute}})
			does(t, w, n, approves(ordertest.Admin), wait(time.Second))
		}
		e.Vault = rotated{e.Vault}
		if !tried {
			does(t, w, n, approves(ordertest.Admin))
		}
		rest(t, w, 10*time.Minute)
		o := w.Look(n)
		if o.Payouts[0].State != order.PayoutDropped || o.Reason != order.ReasonPayoutRefused || len(w.Payer.Sendings()) != 0 {
			t.Fatalf("tried %v: %s, held %q, %d made", tried, o.Payouts[0].State, o.Reason, len(w.Payer.Sendings()))
		}
		if held, err := e.Permits.Held(t.Context(), "payouts"); err != nil || len(held) != 0 {
			t.Errorf("tried %v: %+v, %v", tried, held, err)
		}
		if w.Credit(buyer) != ordertest.Amount("20") {
			t.Errorf("tried %v: credit %s", tried, w.Credit(buyer))
		}
		audited(t, w)
	}
}

// A payout that was sent is followed without its address as far as that goes:
// to a person, after the time that payouts may take.
func TestASentPayoutWithoutItsAddressIsForAPerson(t *testing.T) {
	w, n := outOfStock(t)
	w.Payer.Plans(ordertest.Paying{Takes: 1000})
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(time.Second))
	if p := w.Look(n).Payouts[0]; p.State != order.PayoutSent || p.External == "" {
		t.Fatalf("%+v", p)
	}
	e := w.Process().Engine
	e.Vault = rotated{e.Vault}
	rest(t, w, 3*time.Hour)
	if o := w.Look(n); o.Reason != order.ReasonPayoutUnclear || o.Payouts[0].State != order.PayoutUnclear {
		t.Errorf("held %q, %s", o.Reason, o.Payouts[0].State)
	}
}
