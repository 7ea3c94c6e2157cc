package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// TestTwoReplicas has two processes with clocks four minutes apart work on
// the same orders. The seed decides who steps next, what fails, and when a
// process stalls so long that its lease runs out.
func TestTwoReplicas(t *testing.T) {
	for seed := uint64(1); seed <= 300; seed++ {
		if err := replicas(seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func replicas(seed uint64) error {
	w := ordertest.NewWorld(seed)
	r := ordertest.NewRandom(seed)
	faults := 0
	plan := func(call int, op string) ordertest.Fault {
		switch {
		case call > 400 || r.Intn(25) != 0:
		case op == "buy" || op == "read" || op == "open":
			w.Clock.Advance(time.Duration(r.Intn(25)) * time.Second) // longer than a lease
		default:
			faults++
			return []ordertest.Fault{ordertest.FailBefore, ordertest.FailAfter}[r.Intn(2)]
		}
		return ordertest.OK
	}
	both := []*ordertest.Process{
		w.Join(&ordertest.Gate{Plan: plan}, w.Clock),
		w.Join(&ordertest.Gate{Plan: plan}, ordertest.Skewed{Clock: w.Clock, Off: 4 * time.Minute}),
	}
	if r.Intn(2) == 0 {
		both[1] = w.Join(&ordertest.Gate{Plan: plan}, ordertest.Skewed{Clock: w.Clock, Off: -4 * time.Minute})
	}
	for buyer := range int64(3) {
		if _, err := w.Place(1001+buyer, 1+r.Intn(2)); err != nil {
			return err
		}
	}
	w.Supplier.Answers(ordertest.Answer{}, ordertest.Answer{Lost: r.Intn(2) == 0}, ordertest.Answer{Pending: r.Intn(5) == 0})
	for step := range 4000 {
		if step == 600 || step == 700 {
			payAll(w, r)
		}
		p := both[r.Intn(2)]
		// Errors are the faults drawn above; the audit judges the outcome.
		_, _ = p.Engine.Step(context.Background())
		_, _ = p.Sender.Step(context.Background())
		w.Clock.Advance(time.Duration(r.Intn(800)) * time.Millisecond)
	}
	if _, err := w.RestFor(80 * time.Hour); err != nil {
		return err
	}
	return w.Audit(faults + 100)
}

// payAll pays what has a link and is not paid, and sends some of the webhooks.
func payAll(w *ordertest.World, r *ordertest.Random) {
	for _, n := range w.Numbers() {
		for _, p := range w.Gateway.Links(n)[:min(1, len(w.Gateway.Links(n)))] {
			if p.Paying == 0 {
				w.Gateway.Pay(p.External, p.Asked)
			}
			if r.Intn(2) == 0 {
				_ = w.Hint(n, order.Hint{Payment: 1, External: p.External}) // lost webhooks are part of the play
			}
		}
	}
}
