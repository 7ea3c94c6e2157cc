package sim

import (
	"context"
	"time"

	"giftbot/order"
)

// look at an order once in a while until it is what somebody waits for.
func (b *buyer) await(v *visit, tries int, ready func(order.Order) bool, then func(order.Order)) {
	w := b.w
	if tries == 0 {
		return
	}
	w.after(w.span(time.Minute, 14*time.Minute), func() {
		var o order.Order
		w.ask(func(ctx context.Context, e *order.Engine) (err error) {
			o, err = e.Get(ctx, b.id, v.number)
			return err
		}, func(err error) {
			if err == nil && ready(o) {
				then(o)
				return
			}
			b.await(v, tries-1, ready, then)
		})
	})
}

// tooLittle reports whether the buyer has to choose.
func tooLittle(o order.Order) bool {
	return o.Status == order.Confirming && o.Flags.Has(order.FlagShort) && !o.Held()
}

// payShort pays too little, and then does what the plan says.
func (b *buyer) payShort(v *visit) {
	part := []string{"0.6", "0.35", "0.9"}[b.w.rng.IntN(3)]
	b.pay(v, payment{part: part})
	switch v.plan {
	case "pay short, then the rest":
		b.await(v, 12, tooLittle, func(order.Order) { b.payRest(v, 0) })
	case "pay short, then credit":
		b.await(v, 12, tooLittle, func(o order.Order) { b.useCredit(v, func() { b.payRest(v, 0) }) })
	case "pay short, take credit":
		b.await(v, 12, tooLittle, func(order.Order) { b.giveUp(v) })
	}
}

// payRest asks for a link for what is missing, and pays there; where there is
// none for so little, on the one there is.
func (b *buyer) payRest(v *visit, tries int) {
	w, known := b.w, len(v.links)
	gateway := w.gateways[w.rng.IntN(len(w.gateways))]
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.PayBy(ctx, b.id, v.number, gateway)
		return err
	}, func(err error) {
		w.deed()
		w.tell("%d asks to pay the rest of %s by %s: %v", b.id, v.number, gateway, err)
		switch {
		case unknown(err) && tries < 6:
			w.after(w.span(time.Second, time.Minute), func() { b.payRest(v, tries+1) })
		case err == nil:
			w.after(w.span(time.Minute, 4*time.Minute), func() { b.payNewest(v, known, 0) })
		case order.CodeOf(err) == order.CodeTooSmall:
			w.tally.kind("people: the rest is too small for a link")
			b.pay(v, payment{})
		}
	})
}

// payNewest waits for another link than the buyer knew, and pays on it.
func (b *buyer) payNewest(v *visit, known, tries int) {
	b.readLink(v)
	switch {
	case len(v.links) > known:
		b.w.tally.kind("people: pay the rest by another link")
		b.pay(v, payment{})
	case tries < 10:
		b.w.after(b.w.span(10*time.Second, time.Minute), func() { b.payNewest(v, known, tries+1) })
	}
}

// useCredit pays from the buyer's credit what the order lacks, then goes on.
func (b *buyer) useCredit(v *visit, then func()) {
	w := b.w
	paid := false
	w.ask(func(ctx context.Context, e *order.Engine) error {
		o, err := e.UseCredit(ctx, b.id, v.number)
		paid = err == nil && o.Missing() == 0
		return err
	}, func(err error) {
		w.deed()
		w.tell("%d pays %s from credit: %v", b.id, v.number, err)
		if err == nil {
			w.tally.kind("people: use credit")
			b.credit = 0 // as far as they know
		}
		if !paid {
			then()
		}
	})
}

// giveUp cancels an order and takes what it has as credit.
func (b *buyer) giveUp(v *visit) {
	w := b.w
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.Cancel(ctx, b.id, v.number, true)
		return err
	}, func(err error) {
		w.deed()
		w.tally.kind("people: cancel with money seen, " + codeWord(err))
		w.tell("%d cancels %s, knowing that it becomes credit: %v", b.id, v.number, err)
	})
}

func codeWord(err error) string {
	if err == nil {
		return "done"
	}
	return string(order.CodeOf(err))
}

// beside places another order of the same kind in the same moment, paid from
// the same credit.
func (b *buyer) beside(d order.Draft) {
	w, e := b.w, b.w.someEngine()
	if e == nil {
		return
	}
	number, err := e.NewNumber(b.id)
	if err != nil {
		return
	}
	d.Number = number
	b.recalls(number)
	w.tally.kind("people: two checkouts with one credit")
	b.placeAgain(d, b.wants)
}

// recalls keeps what is wanted now of an order that may show up when something
// else is.
func (b *buyer) recalls(n order.Number) {
	if b.asides == nil {
		b.asides = make(map[order.Number]goal)
	}
	b.asides[n] = b.wants
}

// placeAgain places until it is known whether it worked.
func (b *buyer) placeAgain(d order.Draft, g goal) {
	w := b.w
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.Place(ctx, d)
		return err
	}, func(err error) {
		w.deed()
		w.tell("%d places %s beside it with %s of credit: %v", b.id, d.Number, d.Credit, err)
		switch {
		case err == nil:
			b.intended++
			b.seeAs(d.Number, 0, g)
		case unknown(err):
			w.after(w.span(time.Second, time.Minute), func() { b.placeAgain(d, g) })
		default:
			w.tally.kind("people: refused at the checkout, " + string(order.CodeOf(err)))
		}
	})
}
