package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// listDown keeps a gateway's list from answering while down says so, and counts
// how often it was asked.
func listDown(w *ordertest.World, down *bool) *int {
	asked := new(int)
	w.Process().Gate.Plan = func(_ int, op string) ordertest.Fault {
		if op != "payments" {
			return ordertest.OK
		}
		if *asked++; *down {
			return ordertest.FailBefore
		}
		return ordertest.OK
	}
	return asked
}

// forgottenAndPaid is a world whose Redis has forgotten a paid link, or all of
// its order; no journal knows of either, and no webhook comes.
func forgottenAndPaid(t *testing.T, orderKnown bool) (*ordertest.World, order.Number, ordertest.Backup, *ordertest.Payable) {
	t.Helper()
	w, n, before, p := beforeItsLink(t, ordertest.GatewayName)
	if !orderKnown {
		w, before, n = aboutToForget(t)
		if err := w.PlaceDraft(ordertest.Draft(n, 1001, 1)); err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		p = w.Gateway.Links(n)[0]
		w.Journal.Orders = nil
	}
	w.Gateway.Pay(p.External, p.Asked)
	w.Journal.Links = nil
	return w, n, before, p
}

// sweeps lets time pass in which no order is due: the sweep alone has work.
func sweeps(t *testing.T, w *ordertest.World, d time.Duration) {
	t.Helper()
	for end := w.Clock.Now().Add(d); w.Clock.Now().Before(end); w.Clock.Advance(time.Second) {
		rest(t, w, 0)
	}
}

// The gateway's list is away while a freeze heals, and after it: what was paid is
// found when it answers again.
func TestAListThatIsAwayWhileAFreezeHeals(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, away := range []time.Duration{time.Minute, 10 * time.Minute} {
			w, n, before, p := forgottenAndPaid(t, known)
			down := true
			asked := listDown(w, &down)
			redisFalls(w, before)
			sweeps(t, w, away)
			if stands := away == time.Minute; w.Ice.Stands() != stands {
				t.Errorf("order known %v, after %v: stands %v", known, away, w.Ice.Stands())
			}
			if *asked > 3+2*int(away/(30*time.Second)) {
				t.Errorf("order known %v: asked %d times in %v", known, *asked, away)
			}
			down = false
			sweeps(t, w, time.Minute)
			if h := healed(t, w, 1); away == time.Minute && h.Found != 1 {
				t.Errorf("order known %v: healed %+v", known, h)
			}
			*asked = 0
			sweeps(t, w, 10*time.Minute)
			rest(t, w, 100*time.Hour)
			o := w.Look(n)
			if *asked > 0 || o.Received() != p.Asked || len(w.Gateway.Links(n)) != 1 {
				t.Errorf("order known %v, away %v: received %s, %d links, asked %d times more", known, away, o.Received(), len(w.Gateway.Links(n)), *asked)
			}
			if known && o.Status != order.Delivered || !known && o.Reason != order.ReasonFound {
				t.Errorf("order known %v, away %v: %s, held %v", known, away, o.Status, o.Doubts)
			}
			if known {
				audited(t, w)
			}
		}
	}
}

// Whoever is about to make another link and cannot see the list waits: the first
// one may be paid.
func TestNoOtherLinkWhileTheListIsAway(t *testing.T) {
	w, n, before, p := forgottenAndPaid(t, true)
	down := true
	listDown(w, &down)
	w.Store.Lose(before) // nobody noticed so far
	rest(t, w, 10*time.Minute)
	if len(w.Gateway.Links(n)) != 1 {
		t.Fatalf("%d links", len(w.Gateway.Links(n)))
	}
	down = false
	rest(t, w, 3*time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Received() != p.Asked || len(w.Gateway.Links(n)) != 1 {
		t.Errorf("%s, received %s, %d links", o.Status, o.Received(), len(w.Gateway.Links(n)))
	}
	audited(t, w)
}

// The replica that healed dies while a list is owed: whoever serves asks on, and
// whoever starts after that does not ask once more.
func TestAnOwedListIsAskedByWhoeverServes(t *testing.T) {
	w, n, before, p := forgottenAndPaid(t, false)
	down := true
	listDown(w, &down)
	redisFalls(w, before)
	sweeps(t, w, 10*time.Minute)
	if h := healed(t, w, 1); h.Unheard != 1 || h.Found != 0 {
		t.Fatalf("healed %+v", h)
	}
	w.Boot()
	asked := listDown(w, &down)
	sweeps(t, w, 2*time.Minute)
	if *asked < 2 || *asked > 5 {
		t.Errorf("the next one asked %d times in two minutes", *asked)
	}
	down = false
	lost, plan := 0, w.Process().Gate.Plan
	w.Process().Gate.Plan = func(n int, op string) ordertest.Fault {
		if op == "heard" && lost < 2 { // not stored, then stored without an answer
			lost++
			return []ordertest.Fault{ordertest.FailBefore, ordertest.FailAfter}[lost-1]
		}
		return plan(n, op)
	}
	sweeps(t, w, time.Minute)
	if lost != 2 {
		t.Errorf("%d failures, want a list that is asked until somebody could note that it answered", lost)
	}
	if o := w.Look(n); o.Reason != order.ReasonFound || o.Received() != p.Asked {
		t.Errorf("%s: received %s of %s", o.Reason, o.Received(), p.Asked)
	}
	w.Boot()
	asked = listDown(w, &down)
	sweeps(t, w, 10*time.Minute)
	if *asked != 0 {
		t.Errorf("asked %d times more", *asked)
	}
}
