package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// A gateway that lists nothing was paid on a link that Redis forgot, and its
// webhook was answered before: the journal knows the link, by who asked for it
// or by the webhook. Another link of the order is there by then, and is not paid.
func TestAForgottenLinkThatNoGatewayLists(t *testing.T) {
	for _, known := range []string{"to who asked", "by the webhook"} {
		w, _, n := aboutToForget(t)
		d := ordertest.Draft(n, 1001, 1)
		d.Gateway = ordertest.TwinsName
		if err := w.PlaceDraft(d); err != nil {
			t.Fatal(err)
		}
		before := w.Store.Backup()
		rest(t, w, time.Minute)
		p := w.Twins.Links(n)[0]
		w.Twins.Pay(p.External, p.Asked)
		if known == "by the webhook" {
			w.Journal.Links = nil
			hint := order.Hint{Payment: 1, External: p.External, Gateway: ordertest.TwinsName, Signed: true}
			if err := w.Hint(n, hint); err != nil {
				t.Fatal(err)
			}
		}
		w.Store.Lose(before)
		rest(t, w, time.Minute) // another link is asked for before anybody notices
		if len(w.Twins.Links(n)) != 2 {
			t.Fatalf("%s: %d links", known, len(w.Twins.Links(n)))
		}
		w.Ice.Loses(order.DoubtBehind, "a")
		rest(t, w, 3*time.Hour)
		healed(t, w, 1)
		if o := w.Look(n); o.Status != order.Delivered || o.Received() != p.Asked {
			t.Errorf("known %s: %s, received %s", known, o.Status, o.Received())
		}
		audited(t, w)
	}
}

// An order of which only the link is in a journal is found money, and only when
// somebody pays.
func TestALinkOfAnOrderThatNobodyKnows(t *testing.T) {
	for _, pays := range []bool{true, false} {
		w, before, n, p := linkAtTwins(t)
		w.Journal.Orders = nil
		redisFalls(w, before)
		rest(t, w, 5*time.Minute)
		healed(t, w, 1)
		if pays {
			w.Twins.Pay(p.External, p.Asked)
		}
		rest(t, w, 5*time.Hour)
		o := w.Look(n)
		if !o.Found || pays && (o.Reason != order.ReasonFound || len(w.Chat.Alerts(n)) != 1) || !pays && (o.Held() || len(w.Chat.Alerts(n)) > 0) {
			t.Errorf("paid %v: %+v", pays, o)
		}
		if h, err := w.Process().Engine.Replay(context.Background()); err != nil || h != (order.Healed{}) {
			t.Errorf("replayed twice: %+v, %v", h, err)
		}
	}
}

// A link that the journal gives back is valued at what it was made for, not at
// what the order misses since.
func TestAForgottenLinkIsValuedAtItsOwnSum(t *testing.T) {
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	does(t, w, "", rich("5"))
	n, err := w.Place(buyer, 2)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	before := w.Store.Backup()
	if _, err := w.Process().Engine.UseCredit(context.Background(), buyer, n); err != nil {
		t.Fatal(err)
	}
	p := twinsLink(t, w, n)
	w.Store.Lose(before)
	paidAfterALoss(t, w, n, p, p.Asked)
}

// Nor at what another link was made for that has its number since.
func TestAForgottenLinkOfANumberThatWasGivenAway(t *testing.T) {
	w, n, p := forgottenLink(t)
	part := ordertest.Amount("5")
	w.Gateway.Pay(w.Gateway.Links(n)[0].External, part)
	if err := w.Hint(n, order.Hint{Payment: 1, External: w.Gateway.Links(n)[0].External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	if other := twinsLink(t, w, n); other.Asked == p.Asked || other.External == p.External || len(w.Look(n).Payments) != 2 {
		t.Fatalf("%+v, %d payments", other, len(w.Look(n).Payments))
	}
	paidAfterALoss(t, w, n, p, part+p.Asked)
}

// A replica that only answered its webhook does not know the sum: it waits for the
// journal of who made the link.
func TestALinkWithoutItsSumWaits(t *testing.T) {
	w, n, p := forgottenLink(t)
	told := w.Journal.Links[len(w.Journal.Links)-1]
	told.Asked = 0
	w.Journal.Links = append([]order.Linked{told}, w.Journal.Links...)
	paidAfterALoss(t, w, n, p, p.Asked)
}

// forgottenLink is a placed order that Redis has forgotten a link of, at the gateway
// that knows coins alone.
func forgottenLink(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	n, err := w.Place(buyer, 2)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	before := w.Store.Backup()
	p := twinsLink(t, w, n)
	w.Store.Lose(before)
	return w, n, p
}

// twinsLink asks for a link at the gateway that knows coins alone.
func twinsLink(t *testing.T, w *ordertest.World, n order.Number) *ordertest.Payable {
	t.Helper()
	if _, err := w.Process().Engine.PayBy(context.Background(), buyer, n, ordertest.TwinsName); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	links := w.Twins.Links(n)
	return links[len(links)-1]
}

// paidAfterALoss pays a forgotten link, has the loss noticed, and compares what
// is booked.
func paidAfterALoss(t *testing.T, w *ordertest.World, n order.Number, p *ordertest.Payable, want order.Money) {
	t.Helper()
	w.Twins.Pay(p.External, p.Asked)
	w.Ice.Loses(order.DoubtBehind, "a")
	rest(t, w, time.Hour)
	healed(t, w, 1)
	if o := w.Look(n); o.Received() != want {
		t.Errorf("%s came, and %s is booked: %+v", want, o.Received(), o.Payments)
	}
	rest(t, w, 100*time.Hour)
	if err := w.Audit(0); err != nil {
		t.Error(err)
	}
}

// One replica made the link, another one's journal has the order: it is no found
// money, and nobody is alerted.
func TestALinkWaitsForTheJournalThatHasItsOrder(t *testing.T) {
	w, before, n, p := linkAtTwins(t)
	w.Twins.Pay(p.External, p.Asked)
	w.Store.Lose(before)
	ctx, engine, others := context.Background(), w.Process().Engine, w.Journal.Orders
	w.Journal.Orders = nil
	if h, err := engine.Replay(ctx); err != nil || h != (order.Healed{}) {
		t.Fatalf("%+v, %v", h, err)
	}
	if o, err := engine.Find(ctx, n); order.CodeOf(err) != order.CodeMissing {
		t.Fatalf("%+v, %v", o, err)
	}
	w.Journal.Orders = others
	w.Ice.Loses(order.DoubtBehind, "a")
	rest(t, w, 3*time.Hour)
	if h := healed(t, w, 1); h.Placed != 1 || h.Found != 0 {
		t.Errorf("healed %+v", h)
	}
	if o := w.Look(n); o.Status != order.Delivered || o.Received() != p.Asked || len(w.Chat.Alerts(n)) > 0 {
		t.Errorf("%s, received %s, alerts %v", o.Status, o.Received(), w.Chat.Alerts(n))
	}
	audited(t, w)
}

// linkAtTwins is a world with an order and its link at the gateway that knows
// coins alone, and what its Redis will go back to.
func linkAtTwins(t *testing.T) (*ordertest.World, ordertest.Backup, order.Number, *ordertest.Payable) {
	t.Helper()
	w, before, n := aboutToForget(t)
	d := ordertest.Draft(n, 1001, 1)
	d.Gateway = ordertest.TwinsName
	if err := w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	return w, before, n, w.Twins.Links(n)[0]
}

// What is kept of news is only what a gateway has signed that lists nothing.
func TestForgedNewsIsNotKept(t *testing.T) {
	w, _, n, p := linkAtTwins(t)
	w.Journal.Links = nil
	for _, h := range []order.Hint{
		{Payment: 1, External: p.External, Gateway: ordertest.TwinsName},
		{Payment: 1, Gateway: ordertest.TwinsName, Signed: true},
		{Payment: 1, External: "x", Gateway: ordertest.GatewayName, Signed: true},
	} {
		if err := w.Hint(n, h); err != nil || len(w.Journal.Links) > 0 {
			t.Errorf("%+v: %v, kept %+v", h, err, w.Journal.Links)
		}
	}
}
