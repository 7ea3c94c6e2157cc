package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// beforeItsLink is a world with a placed order, the store as it was before its
// link was asked for, and the link.
func beforeItsLink(t *testing.T, gateway string) (*ordertest.World, order.Number, ordertest.Backup, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	w.Gateway.Replays = false
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	d := ordertest.Draft(n, 1001, 1)
	d.Gateway = gateway
	if err := w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	before := w.Store.Backup()
	rest(t, w, time.Minute)
	return w, n, before, linksAt(w, gateway).Links(n)[0]
}

func linksAt(w *ordertest.World, gateway string) *ordertest.Gateway {
	if gateway == ordertest.TwinsName {
		return w.Twins
	}
	return w.Gateway
}

// Redis keeps the order and forgets that its link was asked for. The gateway
// refuses to make it again, and lists what was paid on it: that is booked.
func TestAForgottenLinkIsFoundInTheGatewaysList(t *testing.T) {
	w, n, before, p := beforeItsLink(t, ordertest.GatewayName)
	w.Gateway.Pay(p.External, p.Asked)
	w.Journal.Links = nil
	redisFalls(w, before)
	rest(t, w, 10*time.Minute)
	if h := healed(t, w, 1); h.Found != 1 {
		t.Errorf("healed %+v", h)
	}
	rest(t, w, 3*time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Received() != p.Asked || len(w.Gateway.Links(n)) != 1 {
		t.Errorf("%s, received %s, %d links", o.Status, o.Received(), len(w.Gateway.Links(n)))
	}
	audited(t, w)
}

// It is paid only after the loss was healed, and its webhook never comes: whoever
// is about to make another link looks first.
func TestAForgottenLinkIsLookedForBeforeAnother(t *testing.T) {
	w, n, before, p := beforeItsLink(t, ordertest.GatewayName)
	redisFalls(w, before)
	rest(t, w, 20*time.Second)
	healed(t, w, 1)
	w.Gateway.Pay(p.External, p.Asked)
	rest(t, w, 10*time.Minute)
	if o := w.Look(n); o.Status != order.Delivered || len(w.Gateway.Links(n)) != 1 {
		t.Errorf("%s, received %s, %d links", o.Status, o.Received(), len(w.Gateway.Links(n)))
	}
	audited(t, w)
}

// A webhook speaks of a link before the order has asked for it once more: it is
// that link, or its twin, and both are watched.
func TestAWebhookOfAForgottenLink(t *testing.T) {
	for _, gateway := range []string{ordertest.GatewayName, ordertest.TwinsName} {
		for _, noticed := range []bool{true, false} {
			w, n, before, p := beforeItsLink(t, gateway)
			linksAt(w, gateway).Away = true // nothing is asked for before the webhook
			w.Store.Lose(before)
			if noticed {
				w.Ice.Loses(order.DoubtBehind, "a")
			}
			if err := w.Hint(n, order.Hint{Payment: 1, External: p.External, Gateway: gateway, Signed: true}); err != nil {
				t.Fatal(err)
			}
			linksAt(w, gateway).Away = false
			linksAt(w, gateway).Pay(p.External, p.Asked)
			rest(t, w, 3*time.Hour)
			if o := w.Look(n); o.Status != order.Delivered || o.Received() != p.Asked {
				t.Errorf("%s, noticed %v: %s, received %s", gateway, noticed, o.Status, o.Received())
			}
			audited(t, w)
		}
	}
}

// The number of a forgotten link was given to credit since: it is watched all the
// same. What nobody can value is valued by a person.
func TestANumberThatWasGivenAway(t *testing.T) {
	for _, second := range []string{ordertest.GatewayName, ordertest.TwinsName} {
		first := map[string]string{ordertest.TwinsName: ordertest.GatewayName, ordertest.GatewayName: ordertest.TwinsName}[second]
		for _, late := range []bool{false, true} {
			w := ordertest.NewWorld(1)
			w.Freezes("a")
			does(t, w, "", rich("5"))
			d := creditDraft(t, w, "0")
			d.Gateway = first
			if err := w.PlaceDraft(d); err != nil {
				t.Fatal(err)
			}
			rest(t, w, time.Minute)
			before, n, ctx := w.Store.Backup(), d.Number, context.Background()
			if _, err := w.Process().Engine.PayBy(ctx, buyer, n, second); err != nil {
				t.Fatal(err)
			}
			rest(t, w, time.Minute)
			p := linksAt(w, second).Links(n)[0]
			w.Store.Lose(before)
			if _, err := w.Process().Engine.UseCredit(ctx, buyer, n); err != nil {
				t.Fatal(err)
			}
			pays := func() { linksAt(w, second).Pay(p.External, p.Asked) }
			if !late {
				pays()
			}
			if err := w.Hint(n, order.Hint{Payment: 2, External: p.External, Gateway: second, Signed: true}); err != nil {
				t.Fatal(err)
			}
			rest(t, w, time.Minute)
			if late {
				pays()
			}
			rest(t, w, time.Hour)
			o := w.Look(n)
			if second == ordertest.GatewayName && (o.Status != order.Delivered || o.Held() || w.Credit(buyer) != ordertest.Amount("5")) {
				t.Errorf("late %v: %s, held %v, credit %s", late, o.Status, o.Doubts, w.Credit(buyer))
			}
			if second == ordertest.TwinsName && (o.Reason != order.ReasonFound || len(w.Chat.Alerts(n)) != 1) {
				t.Errorf("late %v: %s, held %v, %+v", late, o.Status, o.Doubts, o.Payments)
			}
		}
	}
}
