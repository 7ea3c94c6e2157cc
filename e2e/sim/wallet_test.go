package sim

import (
	"context"
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/address"
)

const (
	wantPayout  = "payout of credit"
	clocksApart = 10 * time.Minute // of two replicas, at most
)

// minding is how often a buyer looks after their money.
func (w *world) minding() int {
	if w.moneyed() {
		return 8
	}
	return 2 + w.rng.IntN(4)
}

// mind has a buyer look after the money that is theirs, a few times.
func (b *buyer) mind(times int) {
	if times == 0 {
		return
	}
	b.w.care(b.w.span(20*time.Minute, 3*time.Hour), func() {
		b.lookUp()
		b.mind(times - 1)
	})
}

// lookUp reads what a buyer has, and does what comes to their mind.
func (b *buyer) lookUp() {
	var list []order.Order
	b.w.ask(func(ctx context.Context, e *order.Engine) (err error) {
		if b.credit, err = e.Credit(ctx, b.id); err != nil {
			return err
		}
		list, _, err = e.List(ctx, b.id, 0, 20)
		return err
	}, func(err error) {
		if err == nil {
			b.manage(list)
		}
	})
}

// hears has the buyer of an order look it up soon.
func (w *world) hears(o order.Order) {
	for _, b := range w.buyers {
		if b.id == o.Buyer {
			w.care(w.span(5*time.Minute, 2*time.Hour), b.lookUp)
		}
	}
}

// manage does what comes to a buyer's mind about their orders and credit.
func (b *buyer) manage(list []order.Order) {
	w := b.w
	for _, o := range list {
		p, _, open := o.OpenPayout()
		switch {
		case open && p.State == order.PayoutWanted && w.rng.IntN(8) == 0:
			b.dropPayout(o.Number)
		case open && p.State == order.PayoutWanted && w.rng.IntN(4) > 0:
			b.typeAddress(o)
		case open && p.State == order.PayoutAddressed && w.rng.IntN(5) == 0:
			b.typeAddress(o) // another one, too soon
		case open && p.State == order.PayoutAddressed && w.rng.IntN(8) == 0:
			b.dropPayout(o.Number)
		case o.MayTakeCredit() && w.rng.IntN(6) == 0:
			b.takeCredit(o)
		}
	}
	switch {
	case b.credit == 0 || w.rng.IntN(4) == 0:
	case w.rng.IntN(3) == 0:
		b.cashOut()
	case b.left == 0: // it is there to be used
		w.tally.kind("people: come back with credit")
		w.tended()
		b.left, b.tries = 1, 0
		b.choose()
		w.after(w.span(time.Second, 10*time.Minute), b.shop)
	}
}

// wallet draws a way for a payout and an address on it. There is none when the
// shop sends nothing out.
func (w *world) wallet(e *order.Engine, o order.Order, gateways []string) (gateway string, n order.Network, to string, ok bool) {
	if len(gateways) == 0 {
		return "", n, "", false
	}
	gateway = gateways[w.rng.IntN(len(gateways))]
	var list []order.Network
	for _, n := range e.Networks(o, gateway) {
		if n.Kind == order.AddressEVM && (n.Stable || o.Number != "") {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return "", n, "", false
	}
	n = list[w.rng.IntN(len(list))]
	to, err := address.Check(n.Kind, fmt.Sprintf("0x%016x%016x%08x", w.rng.Uint64(), w.rng.Uint64(), w.rng.Uint32()))
	return gateway, n, to, err == nil
}

// someEngine is one to look things up in that are settings alone.
func (w *world) someEngine() *order.Engine {
	live := w.up()
	if len(live) == 0 {
		return nil
	}
	return live[w.rng.IntN(len(live))].inc.engine
}

func (b *buyer) typeAddress(o order.Order) {
	w, e := b.w, b.w.someEngine()
	p, _, _ := o.OpenPayout()
	if e == nil {
		return
	}
	_, n, to, ok := w.wallet(e, o, []string{p.Gateway})
	if !ok {
		return
	}
	w.tally.kind("people: type an address")
	d := w.deedsOf(o.Number)
	d.typed = append(d.typed, to)
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.SetAddress(ctx, b.id, o.Number, n.ID, to)
		return err
	}, func(err error) {
		w.tended()
		w.tell("%d wants the payout of %s by %s: %v", b.id, o.Number, n.ID, err)
		if err != nil && !unknown(err) {
			w.tally.kind("people: an address is refused, " + string(order.CodeOf(err)))
			d.typed = without(d.typed, to)
		}
		if fixed := p.FixedAt.Time(); err == nil && p.State == order.PayoutAddressed && time.Since(fixed) < order.AddressFixed-clocksApart {
			w.breaches = append(w.breaches, fmt.Sprintf("address: of %s it was changed %s after it was typed", o.Number, time.Since(fixed).Round(time.Minute)))
		}
	})
}

func without(list []string, one string) []string {
	var out []string
	for _, s := range list {
		if s != one {
			out = append(out, s)
		}
	}
	return out
}

func (b *buyer) dropPayout(n order.Number) {
	w := b.w
	w.tally.kind("people: drop a payout")
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.DropPayout(ctx, b.id, n)
		return err
	}, func(err error) { w.tended(); w.tell("%d drops the payout of %s: %v", b.id, n, err) })
}

func (b *buyer) takeCredit(o order.Order) {
	w := b.w
	w.tally.kind("people: take credit and wait no longer")
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.TakeCredit(ctx, b.id, o.Number, o.Left())
		return err
	}, func(err error) { w.tended(); w.tell("%d takes %s of %s as credit: %v", b.id, o.Left(), o.Number, err) })
}

// cashOut asks for credit to be sent to the buyer's wallet, twice in the same
// moment now and then.
func (b *buyer) cashOut() {
	w, e := b.w, b.w.someEngine()
	if e == nil {
		return
	}
	for range 1 + w.rng.IntN(5)/4 {
		gateway, n, to, ok := w.wallet(e, order.Order{}, e.PayoutGateways())
		number, err := e.NewNumber(b.id)
		if !ok || err != nil {
			return
		}
		d := w.deedsOf(number)
		d.typed = append(d.typed, to)
		b.askPayout(order.PayoutDraft{Number: number, Buyer: b.id, Language: "en", Amount: w.part(b.credit), Gateway: gateway, Network: n.ID, Address: to})
	}
}

// askPayout asks until it is known whether it worked.
func (b *buyer) askPayout(d order.PayoutDraft) {
	w := b.w
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := e.AskPayout(ctx, d)
		return err
	}, func(err error) {
		w.tended()
		w.tell("%d asks for %s of credit by %s, %s: %v", b.id, d.Amount, d.Network, d.Number, err)
		switch {
		case err == nil:
			w.tally.kind("people: credit to a wallet")
			b.note(d.Number, &visit{number: d.Number, plan: "be paid out", want: wantPayout, started: true})
		case unknown(err):
			w.after(w.span(time.Second, time.Minute), func() { b.askPayout(d) })
		default:
			w.tally.kind("people: no payout, " + string(order.CodeOf(err)))
		}
	})
}

// note keeps an order the buyer knows of without having looked.
func (b *buyer) note(n order.Number, v *visit) {
	if known := b.visit(n); known != nil {
		known.want, known.plan = v.want, v.plan
		return
	}
	b.intended++
	b.visits = append(b.visits, v)
}
