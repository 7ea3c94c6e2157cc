package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// A person vouched for money of a link that Redis had forgotten; then the link is
// found. It may be the very same money: a person decides, and it counts once.
func TestAFoundLinkOfMoneyThatWasVouchedFor(t *testing.T) {
	for first, second := range map[string]string{ordertest.GatewayName: ordertest.TwinsName, ordertest.TwinsName: ordertest.GatewayName} {
		w := ordertest.NewWorld(1)
		w.Freezes("a")
		d := creditDraft(t, w, "0")
		d.Gateway = first
		if err := w.PlaceDraft(d); err != nil {
			t.Fatal(err)
		}
		n, ctx := d.Number, context.Background()
		rest(t, w, time.Minute)
		before := w.Store.Backup()
		if _, err := w.Process().Engine.PayBy(ctx, buyer, n, second); err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		p := linksAt(w, second).Links(n)[0]
		linksAt(w, second).Pay(p.External, p.Asked)
		w.Store.Lose(before) // nobody noticed so far
		vouched := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Amount: p.Asked, Why: "seen at the service"}
		if _, err := w.Process().Engine.ConfirmByHand(ctx, vouched); err != nil {
			t.Fatal(err)
		}
		rest(t, w, 5*time.Minute)
		w.Ice.Loses(order.DoubtBehind, "a")
		rest(t, w, 3*time.Hour)
		healed(t, w, 1)
		o := w.Look(n)
		if o.Reason != order.ReasonTwice || len(w.Chat.Alerts(n)) != 1 || w.Credit(buyer) != 0 {
			t.Fatalf("found at %s: %s, held %v, credit %s, alerts %v", second, o.Status, o.Doubts, w.Credit(buyer), w.Chat.Alerts(n))
		}
		same := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Why: "the same money"}
		if _, err := w.Process().Engine.CloseHeld(ctx, same); err != nil {
			t.Fatal(err)
		}
		rest(t, w, 100*time.Hour)
		if o = w.Look(n); o.Status != order.Delivered || o.Held() || o.Received() != p.Asked || w.Credit(buyer) != 0 {
			t.Errorf("found at %s: %s, received %s, credit %s, held %v", second, o.Status, o.Received(), w.Credit(buyer), o.Doubts)
		}
		if err := w.Audit(0); err != nil {
			t.Errorf("found at %s: %v", second, err)
		}
	}
}
