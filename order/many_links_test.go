package order_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// lostLast is a world with an order of so many links of which the last one's
// answer was lost, at a gateway that does not make it again.
func lostLast(t *testing.T, links int) (*ordertest.World, order.Number) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	d := creditDraft(t, w, "0")
	d.Gateway = ordertest.TwinsName
	if err := w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	for i := 2; i <= links; i++ {
		if w.Gateway.Replays = i < links; i == links {
			w.Gateway.LoseOpen = 1
		}
		gateway := []string{ordertest.GatewayName, ordertest.TwinsName}[i%2]
		if _, err := w.Process().Engine.PayBy(context.Background(), buyer, d.Number, gateway); err != nil {
			t.Fatalf("link %d: %v", i, err)
		}
		rest(t, w, 10*time.Second)
	}
	if o := w.Look(d.Number); len(o.Payments) != links || o.Payments[links-1].State != order.PaymentLost {
		t.Fatalf("%+v", o.Payments)
	}
	return w, d.Number
}

// An order has as many links as somebody may wish for, and one more in the place
// of a lost one. That one is forgotten: what it brings is booked all the same.
func TestALinkBeyondThoseWishedForIsFound(t *testing.T) {
	for _, known := range []bool{true, false} {
		w, n := lostLast(t, 6)
		before := w.Store.Backup()
		rest(t, w, 5*time.Minute)
		links := w.Gateway.Links(n)
		p := links[len(links)-1]
		if p.Reference != n.Reference(7) {
			t.Fatalf("%s", p.Reference)
		}
		w.Gateway.Pay(p.External, p.Asked)
		if !known {
			before = ordertest.NewWorld(1).Store.Backup()
		}
		w.Store.Lose(before)
		h := order.Hint{Payment: 7, External: p.External, Gateway: ordertest.GatewayName, Signed: true}
		if err := w.Hint(n, h); err != nil {
			t.Fatalf("known %v: %v", known, err)
		}
		rest(t, w, time.Hour)
		o := w.Look(n)
		if o.Received() != p.Asked || known && o.Status != order.Delivered || !known && o.Reason != order.ReasonFound {
			t.Errorf("known %v: %s, booked %s, held %v", known, o.Status, o.Received(), o.Doubts)
		}
	}
}

// However many twins a gateway tells of: no link is asked for under a number of
// which no news would be taken.
func TestNoLinkBeyondTheNumbersThatAreTaken(t *testing.T) {
	w, n := lostLast(t, 2)
	for i := range 24 {
		told := order.Hint{Payment: 1, External: "twin-" + strconv.Itoa(i), Gateway: ordertest.TwinsName, Signed: true}
		if err := w.Hint(n, told); err != nil {
			t.Fatal(err)
		}
	}
	rest(t, w, 3*time.Hour)
	if links := w.Gateway.Links(n); len(links) != 1 || len(w.Look(n).Payments) != 26 {
		t.Errorf("%d links, %d payments", len(links), len(w.Look(n).Payments))
	}
}
