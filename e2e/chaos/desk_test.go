package chaos

import (
	"slices"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
)

// deskWait is how long an unclear purchase or payout waits before an admin looks
// into the vendor's books: what is there by then is all there is.
const deskWait = 40 * time.Minute

// desk has an admin go through the queue, as far as others wait for it: one
// payout of a gateway, and one purchase on a chain, is under way at a time.
func (w *world) desk() {
	w.t.Helper()
	for _, o := range w.AllOrders() {
		if !o.Held() {
			continue
		}
		if p, _, open := o.OpenPayout(); open {
			w.aboutPayout(o, p)
		} else if slices.Contains(o.Doubts, order.ReasonUnclear) {
			w.aboutPurchase(o)
		}
	}
}

// ago is how long something is past, by the world's clock.
func (w *world) ago(at order.Stamp) time.Duration { return w.World.Clock.Now().Sub(at.Time()) }

func (w *world) aboutPayout(o order.Order, p order.Payout) {
	w.t.Helper()
	number := o.Number.Pretty()
	switch {
	case p.State == order.PayoutAddressed:
		for _, id := range []int64{kit.Admin, second} {
			w.deal("an admin's word, later: " + w.staff(id).approves(number))
		}
	case p.State == order.PayoutUnclear && w.ago(p.SentAt) > deskWait:
		button := "It did not leave"
		if w.left(string(o.Number)) {
			button = "It left"
		}
		w.decide(o, button, func(now order.Order) bool { return now.Payouts[p.N-1].State != order.PayoutUnclear })
	}
}

// left reports whether a gateway's books have a payout of an order.
func (w *world) left(number string) bool {
	for _, b := range w.GatewayBooks().Withdrawals {
		if len(b.Note) >= len(number) && b.Note[:len(number)] == number {
			return true
		}
	}
	for _, b := range w.InventBooks().Withdrawals {
		if len(b.Description) >= len(number) && b.Description[:len(number)] == number {
			return true
		}
	}
	return false
}

// aboutPurchase declares that gift cards were not bought, when the vendor never
// heard of them.
func (w *world) aboutPurchase(o order.Order) {
	w.t.Helper()
	for i, l := range o.Lines {
		a, tried := l.Last()
		reference := order.PurchaseReference(o.Number, i, a.N)
		if l.Kind != order.KindCard || !tried || a.Outcome != order.OutcomeUnclear || w.ago(a.FirstSentAt) < deskWait {
			continue
		}
		known := false
		for _, r := range w.CardBooks().Requests {
			known = known || r.OrderID == reference
		}
		if !known {
			w.decide(o, "Not bought", func(now order.Order) bool { return now.Lines[i].State != order.LineUnclear })
		}
	}
}

func (w *world) staff(id int64) *client { return w.client(id, w.dice(uint64(id))) }

// decide has an admin press a button of an order, say why, and confirm it.
func (w *world) decide(o order.Order, button string, done func(order.Order) bool) {
	w.t.Helper()
	c, number := w.staff(kit.Admin), o.Number.Pretty()
	c.until = time.Now().Add(20 * time.Second)
	c.anew()
	end := "not done"
	if c.walk("/order "+number, func([]kit.Message) bool { return done(w.OrderOf(number)) },
		press(button), answer("Why?", "looked up in their books"), press("Yes, do it")) {
		end = "done"
	}
	w.deal("an admin decides, " + button + ": " + end)
	w.tell("an admin decides about %s, %s: %s", o.Number, button, end)
}
