package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"giftbot/order"
	hosted "giftbot/sandbox/infini"
	coins "giftbot/sandbox/inventpay"
)

// clerk is an admin who works the queue, from what their screen shows.
type clerk struct {
	w  *world
	id int64
}

// decision is what a clerk is about to do about an order.
type decision struct {
	name  string
	money bool // it gives some of the order's money away, or adds to it
	do    func(context.Context, *order.Engine, int64) (order.Order, error)
	said  func(admin int64, err error) // what the clerk remembers of it, may be nil
}

// work has a clerk go through the queue, and again later.
func (c *clerk) work() {
	w := c.w
	w.care(w.span(8*time.Minute, 50*time.Minute), c.work)
	var list []order.Order
	w.ask(func(ctx context.Context, e *order.Engine) (err error) {
		list, _, err = e.Waiting(ctx, 0, 40)
		return err
	}, func(err error) {
		if err != nil {
			w.tell("clerk %d sees no queue: %v", c.id, err)
			return
		}
		for _, o := range list {
			if w.rng.IntN(2) == 0 {
				c.consider(o)
			}
		}
	})
}

// consider decides about one order as the screen shows it: sometimes long after,
// sometimes twice, sometimes while somebody else decides about it.
func (c *clerk) consider(o order.Order) {
	w, after := c.w, c.w.span(2*time.Second, 5*time.Minute)
	d := c.decide(o)
	if d == nil {
		return
	}
	w.after(after, func() { c.carryOut(o, d) })
	also := w.rng.IntN(8)
	if w.diet.hasty {
		also = 1
	}
	switch also {
	case 0:
		w.tally.kind("admins: the same decision twice")
		w.after(after, func() { c.carryOut(o, d) })
	case 1:
		w.tally.kind("admins: two decide at once")
		other := &clerk{w, w.admins[0] + w.admins[1] - c.id}
		if e := other.decide(o); e != nil {
			w.after(after, func() { other.carryOut(o, e) })
		}
	}
}

func (c *clerk) carryOut(o order.Order, d *decision) {
	w := c.w
	w.ask(func(ctx context.Context, e *order.Engine) error {
		_, err := d.do(ctx, e, c.id)
		return err
	}, func(err error) {
		if err == nil && d.money {
			w.once(o, d.name)
		}
		if err == nil || unknown(err) {
			w.tended()
		}
		w.tell("clerk %d, %s: %s (held for %s, left %s): %v", c.id, o.Number, d.name, o.Reason, o.Left(), err)
		w.tally.kind("admins: " + d.name + ", " + codeWord(err))
		if d.said != nil && (err == nil || unknown(err)) {
			d.said(c.id, err)
		}
	})
}

// decide draws what a clerk does about an order: nil to leave it for later.
func (c *clerk) decide(o order.Order) *decision {
	if slices.Contains(o.Doubts, order.ReasonOver) { // whoever closes says that the gateway gave it back
		return c.aboutSurplus(o)
	}
	if p, _, open := o.OpenPayout(); open {
		return c.aboutPayout(o, p)
	}
	if slices.ContainsFunc(o.Doubts, underWay) {
		return c.aboutPurchase(o)
	}
	switch o.Doubts[c.w.rng.IntN(len(o.Doubts))] {
	case order.ReasonCurrency, order.ReasonShort:
		return c.aboutPayment(o)
	case order.ReasonOver:
		return c.aboutSurplus(o)
	case order.ReasonStock, order.ReasonLoss, order.ReasonFunds, order.ReasonBudget, order.ReasonFrozen, order.ReasonRefused, order.ReasonSupplierGone:
		return c.aboutGoods(o)
	case order.ReasonSupplierDown, order.ReasonPayoutCap:
		return nil
	default:
		return c.closing(o)
	}
}

// underWay reports whether an order waits for what becomes of a purchase.
func underWay(r order.Reason) bool {
	return r == order.ReasonUnclear || r == order.ReasonSlow || r == order.ReasonSecretLost
}

func (c *clerk) on(o order.Order, amount order.Money) func(admin int64) order.Decision {
	p, _, _ := o.OpenPayout()
	fixed := p.FixedAt
	return func(admin int64) order.Decision {
		return order.Decision{Number: o.Number, Admin: admin, Left: o.Left(), Moments: o.Moments(), Amount: amount, Why: "simulated", Fixed: fixed}
	}
}

// closing takes an order off the queue, unless that was refused for the order as
// it still is.
func (c *clerk) closing(o order.Order) *decision {
	on, d := c.on(o, 0), c.w.deedsOf(o.Number)
	if d.tried == o.Version {
		return nil
	}
	d.tried = o.Version
	return &decision{name: "close", do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
		return e.CloseHeld(ctx, on(admin))
	}}
}

func (c *clerk) refund(o order.Order, amount order.Money, name string) *decision {
	on := c.on(o, amount)
	return &decision{
		name: name, money: true,
		do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
			return e.Refund(ctx, on(admin))
		},
	}
}

// once notes that a decision about money was carried out. Of two that were made
// from one screen, one has to be refused.
func (w *world) once(o order.Order, name string) {
	d := w.deedsOf(o.Number)
	if before := d.done[o.Version]; before != "" {
		w.breaches = append(w.breaches, fmt.Sprintf("twice: %s was decided about by %q and %q from one screen", o.Number, before, name))
	}
	if d.done == nil {
		d.done = map[int64]string{}
	}
	d.done[o.Version] = name
}

// aboutPayment decides about a payment that is not what was asked. The money of
// a wrong coin is in the gateway's own record.
func (c *clerk) aboutPayment(o order.Order) *decision {
	w := c.w
	if w.rng.IntN(3) == 0 || len(w.deedsOf(o.Number).hand) > 0 { // nobody confirms the same money twice
		if o.CanRefund() {
			return c.refund(o, 0, "refund")
		}
		return c.closing(o)
	}
	amount := []order.Money{0, o.Missing(), o.Total}[w.rng.IntN(3)]
	on := c.on(o, amount)
	return &decision{
		name: "confirm by hand", money: true,
		do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
			return e.ConfirmByHand(ctx, on(admin))
		},
		said: func(int64, error) {
			d := w.deedsOf(o.Number)
			if amount == 0 {
				amount = o.Missing()
			}
			d.hand = append(d.hand, amount)
		},
	}
}

// aboutSurplus looks whether the payer has claimed it back.
func (c *clerk) aboutSurplus(o order.Order) *decision {
	var kept order.Money
	for _, p := range o.Payments {
		kept += p.Kept
	}
	for _, b := range c.w.box.Infini.Books().Orders {
		if n, _, err := order.ParseReference(b.ClientReference); err == nil && n == o.Number && b.Returned.IsPositive() {
			return c.closing(o)
		}
	}
	if kept == 0 {
		return c.closing(o)
	}
	return c.refund(o, kept, "surplus to credit")
}

// aboutGoods decides about what the supplier does not deliver.
func (c *clerk) aboutGoods(o order.Order) *decision {
	w := c.w
	switch n := w.rng.IntN(20); {
	case n < 6:
		return c.again(o)
	case n < 10:
		return c.refund(o, 0, "refund")
	case n < 11:
		return c.refund(o, o.Left()+order.Cent, "refund more than there is")
	case n < 13:
		return c.refund(o, w.part(o.Left()), "refund a part")
	case n < 19:
		return c.payOut(o)
	default:
		return c.closing(o)
	}
}

func (c *clerk) again(o order.Order) *decision {
	on, anyway := c.on(o, 0), c.w.rng.IntN(2) == 0
	return &decision{name: "try again", do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
		return e.TryAgain(ctx, on(admin), anyway)
	}}
}

func (c *clerk) payOut(o order.Order) *decision {
	w, e := c.w, c.w.someEngine()
	if e == nil {
		return nil
	}
	gateways := e.PayersOf(o)
	if len(gateways) == 0 {
		return nil
	}
	amount := order.Money(0)
	if w.rng.IntN(4) == 0 {
		amount = w.part(o.Left())
	}
	on, gateway := c.on(o, amount), gateways[w.rng.IntN(len(gateways))]
	w.hears(o)
	return &decision{name: "payout", money: true, do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
		return e.PayOut(ctx, on(admin), gateway)
	}}
}

// aboutPurchase looks into the supplier's books first. Now and then a clerk does
// not, and what comes of the purchase is the shop's.
func (c *clerk) aboutPurchase(o order.Order) *decision {
	w, careless := c.w, c.w.rng.IntN(10) == 0
	if w.rng.IntN(6) == 0 || w.diet.careless {
		return c.refund(o, 0, "refund while nobody knows")
	}
	i, a, is := o.Doubtful() // what the button on their screen is about
	if !is || o.Lines[i].State != order.LineUnclear || time.Since(a.FirstSentAt.Time()) < 40*time.Minute || !careless && w.boughtFor(o, i) {
		return nil
	}
	on := c.on(o, 0)
	return &decision{
		name: "not bought",
		do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
			return e.NotBought(ctx, on(admin))
		},
		said: func(int64, error) {
			w.deedsOf(o.Number).gaveUp = true
			w.locks.givenUp(o.Lines[i].Item, a.Key)
		},
	}
}

// boughtFor reports whether a supplier's books have a purchase of a line.
func (w *world) boughtFor(o order.Order, line int) bool {
	l := o.Lines[line]
	for _, b := range w.box.InfiniVoucher.Books().Orders {
		for n := range attemptsMost {
			if b.IdempotencyKey == order.PurchaseKey(shopID, o.Number, line, n+1, l.Item, l.Quantity) && b.Status != "FAILED" {
				return true
			}
		}
	}
	ours := func(reference string) bool {
		n, i, _, err := order.ParsePurchaseReference(reference)
		return err == nil && n == o.Number && i == line
	}
	for _, b := range w.box.Plexy.Books().Orders {
		if ours(b.ExternalRef) && b.Status != "failed" {
			return true
		}
	}
	for _, r := range w.box.UniVoucher.Books().Requests {
		if ours(r.OrderID) && (len(r.Cards) > 0 || r.State == "pending" || r.State == "stuck") {
			return true
		}
	}
	return false
}

// aboutPayout decides about money that waits to leave, or may have left.
func (c *clerk) aboutPayout(o order.Order, p order.Payout) *decision {
	w, on := c.w, c.on(o, p.Amount)
	switch {
	case p.State == order.PayoutUnclear || p.State == order.PayoutSent:
		return c.aboutSent(o, p)
	case p.State == order.PayoutAddressed && w.rng.IntN(8) > 0:
		return &decision{
			name: "approve",
			do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
				w.approves(o.Number, admin)
				return e.ApprovePayout(ctx, on(admin))
			},
		}
	case p.State == order.PayoutAddressed || p.State == order.PayoutApproved && w.rng.IntN(6) == 0:
		return &decision{name: "refuse a payout", do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
			return e.RefusePayout(ctx, on(admin))
		}}
	case slices.Contains(o.Doubts, order.ReasonOver):
		return c.aboutSurplus(o)
	case p.State == order.PayoutWanted && !slices.Contains(o.Doubts, order.ReasonPayoutUnclear):
		return c.closing(o)
	default:
		return nil
	}
}

// approves notes an admin's word before it leaves them.
func (w *world) approves(n order.Number, admin int64) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	d := w.deedsOf(n)
	d.words = append(d.words, approval{admin, time.Now()})
}

// aboutSent looks a payout up at the gateway, as a person does there, and has
// the gateway finish what hangs.
func (c *clerk) aboutSent(o order.Order, p order.Payout) *decision {
	w := c.w
	if time.Since(p.SentAt.Time()) < 15*time.Minute {
		return nil
	}
	left := false
	for _, found := range w.withdrawals()[payoutName(o.Number, p.N)] {
		switch {
		case found.dead:
		case found.done:
			left = true
		default:
			w.finish(found)
			return nil
		}
	}
	if p.State != order.PayoutUnclear {
		return nil
	}
	on := c.on(o, p.Amount)
	return &decision{name: "settle a payout", do: func(ctx context.Context, e *order.Engine, admin int64) (order.Order, error) {
		return e.SettlePayout(ctx, on(admin), left)
	}}
}

// finish has a gateway's people end a payout that hangs.
func (w *world) finish(found withdrawal) {
	w.tally.kind("admins: have a gateway finish a payout")
	w.tended()
	end := []string{"completed", "completed", "failed", "cancelled"}[w.rng.IntN(4)]
	var err error
	if found.gateway == "infini" {
		err = w.box.Infini.Apply(hosted.Change{FinishWithdrawal: &hosted.WithdrawalEnd{RequestID: found.id, Status: end}})
	} else {
		err = w.box.InventPay.Apply(coins.Change{FinishWithdrawal: &coins.WithdrawalEnd{WithdrawalID: found.id, Status: end}})
	}
	w.mishapped(found.gateway, "a payout is ended: "+end, err)
}

// stop takes everything off sale for a while.
func (w *world) stop() {
	w.sales(true, 0)
	w.after(w.span(5*time.Minute, 40*time.Minute), func() { w.sales(false, 0) })
}

func (w *world) sales(off bool, tries int) {
	w.ask(func(ctx context.Context, e *order.Engine) error { return e.SetSales(ctx, w.admins[0], off) }, func(err error) {
		w.tell("clerk %d, sales off %v: %v", w.admins[0], off, err)
		w.tally.kind("admins: sales off and on, " + codeWord(err))
		if err != nil && tries < 30 {
			w.after(w.span(10*time.Second, time.Minute), func() { w.sales(off, tries+1) })
		}
	})
}
