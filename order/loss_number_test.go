package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// givenAway is a world in which a link at the gateway of coins was forgotten and
// its number given to a link of another sum there: the small one is for 5, the big
// one for 20.
func givenAway(t *testing.T) (w *ordertest.World, n order.Number, small, big *ordertest.Payable) {
	t.Helper()
	ctx := context.Background()
	w = ordertest.NewWorld(1)
	w.Freezes("a")
	does(t, w, "", rich("15"))
	d := creditDraft(t, w, "0")
	d.Gateway = ordertest.TwinsName
	if err := w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	n = d.Number
	rest(t, w, time.Minute)
	before, e := w.Store.Backup(), w.Process().Engine
	if _, err := e.UseCredit(ctx, buyer, n); err != nil {
		t.Fatal(err)
	}
	small = twinsLink(t, w, n) // the third payment
	w.Store.Lose(before)
	if _, err := e.PayBy(ctx, buyer, n, ordertest.GatewayName); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	big = twinsLink(t, w, n) // the third once more
	if small.Asked != ordertest.Amount("5") || big.Asked != ordertest.Amount("20") || small.Reference != big.Reference {
		t.Fatalf("%+v %+v", small, big)
	}
	return w, n, small, big
}

// told hands over what the gateway of coins signs: a number and an id, no sum.
func told(t *testing.T, w *ordertest.World, n order.Number, payment int, external string) {
	t.Helper()
	if err := w.Hint(n, order.Hint{Payment: payment, External: external, Gateway: ordertest.TwinsName, Signed: true}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
}

// A webhook without a sum tells of a link whose number another one has: its sum is
// what the journal knows, else a person says what it is worth. It is not the other
// one's.
func TestAWebhookOfANumberThatWasGivenAway(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, late := range []bool{true, false} {
			w, n, small, _ := givenAway(t)
			if !known {
				w.Journal.Links = nil
			}
			if !late {
				w.Twins.Pay(small.External, small.Asked)
			}
			told(t, w, n, 3, small.External)
			if late {
				w.Twins.Pay(small.External, small.Asked)
			}
			w.Ice.Loses(order.DoubtBehind, "a")
			rest(t, w, 100*time.Hour)
			o := w.Look(n)
			if known && o.Received() != small.Asked || !known && (o.Received() != 0 || o.Reason != order.ReasonFound || len(w.Chat.Alerts(n)) != 1) {
				t.Errorf("known %v, late %v: booked %s, held %v, alerts %v", known, late, o.Received(), o.Doubts, w.Chat.Alerts(n))
			}
			if len(w.Supplier.Sales()) > 0 || w.Credit(buyer) > ordertest.Amount("20") {
				t.Errorf("known %v, late %v: %s, credit %s", known, late, o.Status, w.Credit(buyer))
			}
			if err := w.Audit(0); known && err != nil {
				t.Errorf("late %v: %v", late, err)
			}
		}
	}
}

// The link that has the number is valued at its own sum, whatever was told before.
func TestTheLinkThatHasTheNumberKeepsItsSum(t *testing.T) {
	w, n, small, big := givenAway(t)
	told(t, w, n, 3, small.External)
	w.Twins.Pay(big.External, big.Asked)
	told(t, w, n, 3, big.External)
	rest(t, w, 100*time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Received() != big.Asked || o.Held() {
		t.Errorf("%s, booked %s, held %v", o.Status, o.Received(), o.Doubts)
	}
	audited(t, w)
}

// More was asked for on the forgotten link than on the one that has its number: all
// of it is booked.
func TestAWebhookOfALinkForMoreThanTheOneWithItsNumber(t *testing.T) {
	w, n, p := forgottenLink(t)
	part, first := ordertest.Amount("5"), w.Gateway.Links(n)[0]
	w.Gateway.Pay(first.External, part)
	if err := w.Hint(n, order.Hint{Payment: 1, External: first.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	if other := twinsLink(t, w, n); other.Asked == p.Asked || other.Reference != p.Reference {
		t.Fatalf("%+v %+v", other, p)
	}
	told(t, w, n, 2, p.External)
	paidAfterALoss(t, w, n, p, part+p.Asked)
}

// The answer to a second link's request was lost, and it was asked for again: two
// links of one sum, and whichever is paid counts at once.
func TestATwinOfALaterLinkStaysOne(t *testing.T) {
	for paid := range 2 {
		w := ordertest.NewWorld(1)
		n, err := w.Place(buyer, 2)
		if err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		w.Twins.LoseOpen = 1
		twinsLink(t, w, n)
		links := w.Twins.Links(n)
		if len(links) != 2 {
			t.Fatalf("%d links", len(links))
		}
		w.Twins.Pay(links[paid].External, links[paid].Asked)
		told(t, w, n, 2, links[paid].External)
		rest(t, w, time.Minute)
		if o := w.Look(n); o.Status != order.Delivered || o.Received() != links[paid].Asked || o.Held() {
			t.Errorf("link %d: %s, booked %s, held %v", paid, o.Status, o.Received(), o.Doubts)
		}
		audited(t, w)
	}
}

// Two webhooks of one number come before one look, each about another link: both
// are followed, though the first one's link was closed and is read at once.
func TestTwoWebhooksOfOneNumberBeforeOneLook(t *testing.T) {
	for _, first := range []int{0, 1} {
		w := ordertest.NewWorld(1)
		w.Twins.LoseOpen = 1
		d := creditDraft(t, w, "0")
		d.Gateway = ordertest.TwinsName
		if err := w.PlaceDraft(d); err != nil {
			t.Fatal(err)
		}
		n := d.Number
		rest(t, w, 60*time.Hour)
		links := w.Twins.Links(n)
		if len(links) != 2 || w.Look(n).Payments[0].State != order.PaymentClosed {
			t.Fatalf("%d links, %+v", len(links), w.Look(n).Payments)
		}
		w.Twins.Pay(links[0].External, links[0].Asked) // nobody knows this one
		for _, p := range []*ordertest.Payable{links[first], links[1-first]} {
			if err := w.Hint(n, order.Hint{Payment: 1, External: p.External, Gateway: ordertest.TwinsName, Signed: true}); err != nil {
				t.Fatal(err)
			}
		}
		rest(t, w, 100*time.Hour)
		if o := w.Look(n); o.Received() != links[0].Asked {
			t.Errorf("link %d first: %s came, %s booked, %s", first, links[0].Asked, o.Received(), o.Status)
		}
		audited(t, w)
	}
}
