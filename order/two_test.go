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
	t.Parallel()
	seeds := uint64(500)
	if raced {
		seeds = 60
	}
	for seed := uint64(1); seed <= seeds; seed++ {
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
		case op == "journal" && r.Intn(2) == 0:
			w.Clock.Advance(time.Duration(r.Intn(100)) * time.Minute) // longer than anybody waits for a callback
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
	if err := everything(w, r); err != nil {
		return err
	}
	for step := range 4000 {
		if step == 600 || step == 700 {
			payAll(w, r)
		}
		if step == 300 && r.Intn(3) == 0 {
			for _, n := range w.Numbers() {
				_, _ = both[r.Intn(2)].Engine.PayBy(context.Background(), w.Look(n).Buyer, n, ordertest.TwinsName)
			}
		}
		letters(w, both[r.Intn(2)])
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

// everything places orders of every supplier, over both gateways, and draws how
// the suppliers will behave.
func everything(w *ordertest.World, r *ordertest.Random) error {
	drafts := []func(order.Number, int64, int) order.Draft{ordertest.Draft, ordertest.Draft, ordertest.CardDraft, ordertest.CardDraft, ordertest.TopUpDraft, twinDraft}
	for buyer := range int64(4) {
		n, err := w.Draw(1001 + buyer)
		if err != nil {
			return err
		}
		if err = w.PlaceDraft(drafts[r.Intn(len(drafts))](n, 1001+buyer, 1+r.Intn(2))); err != nil {
			return err
		}
	}
	w.Twins.LoseOpen = r.Intn(3)
	w.Supplier.Answers(ordertest.Answer{}, ordertest.Answer{Lost: r.Intn(2) == 0}, ordertest.Answer{Pending: r.Intn(5) == 0})
	for range 3 {
		w.TopUps.Answers(ordertest.Answer{Lost: r.Intn(3) == 0, Takes: time.Duration(r.Intn(300)) * time.Second, Failed: r.Intn(6) == 0})
		w.Cards.Mints(mint(r))
	}
	w.Cards.Recalls = r.Intn(2) == 0
	w.Cards.Takes = time.Duration(r.Intn(3600)) * time.Second
	w.Store.NotCopied, w.Journal.Fails = max(0, r.Intn(6)-3), max(0, r.Intn(6)-3)
	return nil
}

// mint draws how a request for cards goes.
func mint(r *ordertest.Random) ordertest.Mint {
	m := ordertest.Mint{Lost: r.Intn(4) == 0, Twice: r.Intn(8) == 0, Calls: r.Intn(4) - 1, Late: time.Duration(r.Intn(3)*r.Intn(3)) * time.Hour}
	switch r.Intn(10) {
	case 0:
		m.Fails = "reverted"
	case 1:
		m.Doubts, m.Never = "timed out", r.Intn(2) == 0
	case 2:
		m.Fewer = 1
	case 3:
		m.Err = &order.Error{Code: []order.Code{order.CodeNotSent, order.CodeInvalid, order.CodeUnclear}[r.Intn(3)], Op: "create"}
	default:
	}
	return m
}

// letters hands over what has arrived, to the one process or the other.
func letters(w *ordertest.World, p *ordertest.Process) {
	for _, l := range w.Cards.Letters() {
		n, line, attempt, err := order.ParsePurchaseReference(l.Reference)
		for range 60 {
			if err == nil && p.Engine.Deliver(context.Background(), n, line, attempt, l.Body) == nil {
				break
			}
		}
	}
}

// payAll pays one link of what has any and is not paid, and sends some of the
// webhooks.
func payAll(w *ordertest.World, r *ordertest.Random) {
	for _, n := range w.Numbers() {
		for _, g := range []*ordertest.Gateway{w.Gateway, w.Twins} {
			links := g.Links(n)
			if len(links) == 0 {
				continue
			}
			p := links[r.Intn(len(links))]
			if w.Received(n) == 0 || r.Intn(12) == 0 {
				g.Pay(p.External, p.Asked)
			}
			if r.Intn(2) == 0 || g == w.Twins { // polling alone does not find a twin that was paid
				_ = hint(w, n, p)
			}
		}
	}
}

// hint sends the webhook of a link, as signed.
func hint(w *ordertest.World, n order.Number, p *ordertest.Payable) error {
	_, payment, err := order.ParseReference(p.Reference)
	if err != nil {
		return err
	}
	return w.Hint(n, order.Hint{Payment: payment, External: p.External, Signed: true})
}
