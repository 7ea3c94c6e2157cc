package order

import (
	"strconv"
	"time"
)

// settle decides what the newly read record means for the order.
func (c *change) settle(p *Payment, ev Read, added Money) {
	switch c.o.Status {
	case AwaitingPayment, Confirming:
		c.settleOpen(p, ev, added)
	case Expired:
		c.settleLate(ev, added)
	case Cancelled, Refunding, Refunded:
		if added > 0 && c.o.Found { // nobody knows whose it is
			c.hold(ev.At, ReasonFound)
		}
		if added > 0 { // it goes to the buyer's credit
			c.o.Flags = c.o.Flags.With(FlagLate)
		}
	default:
		c.settleExtra(p, ev, added)
	}
}

// settleExtra names money that arrives after the order was paid. It goes to
// the buyer's credit.
func (c *change) settleExtra(p *Payment, ev Read, added Money) {
	if added == 0 {
		return
	}
	flag, what := FlagOver, "over"
	if p.Seen == added && c.o.Received() > added {
		flag, what = FlagTwice, "twice"
	}
	if !c.o.Flags.Has(flag) {
		c.o.Flags = c.o.Flags.With(flag)
		c.note(ev.At, what, added.String())
	}
}

// settleOpen compares what arrived with what was asked. What the gateway has
// not decided waits; what is short is the buyer's choice.
func (c *change) settleOpen(p *Payment, ev Read, added Money) {
	switch {
	case ev.Fact.Status == FactOpen:
		c.settleUndecided(p, ev, added)
	case ev.Fact.Status == FactPaid && p.Seen+ev.Tolerance < p.Asked:
		c.confirming(ev.At, 1)
		c.hold(ev.At, ReasonShort, FlagShort) // it says paid, and is not
	case c.o.Missing() <= ev.Tolerance && c.o.Left() > 0:
		c.pays(ev.At, ev.Fact.Status == FactExpired)
	case p.Seen > 0:
		c.short(ev.At, added)
	case p.money():
		c.confirming(ev.At, added)
	default:
		c.othersShort(ev.At)
	}
	if c.o.Status == Confirming && p.Confirming && p.ExpiresAt > 0 && ev.At >= p.ExpiresAt.Add(undecidedAfter) {
		c.hold(ev.At, ReasonLate, FlagLate)
	}
}

func (c *change) settleUndecided(p *Payment, ev Read, added Money) {
	if !p.money() {
		c.othersShort(ev.At)
		return
	}
	c.confirming(ev.At, added)
	switch {
	case p.Confirming:
	case c.o.Missing() > 0:
		c.short(ev.At, added)
	case p.ExpiresAt > 0 && ev.At >= p.ExpiresAt.Add(undecidedAfter):
		c.hold(ev.At, ReasonLate, FlagLate)
	}
}

// othersShort gives the buyer the choice about what other payments brought, once
// nothing is on its way any more that could make it enough.
func (c *change) othersShort(at Stamp) {
	if c.o.moneySeen() && !c.o.onItsWay() && c.o.Missing() > 0 {
		c.short(at, 0)
	}
}

// undecidedAfter is how long after its link's end a payment may stay under way
// before a person looks.
const undecidedAfter = 6 * time.Hour

// settleLate looks at money that comes after the order expired. In full, it is
// bought for as long as that costs the shop nothing; credit that was given back
// is asked for again. Less is the buyer's choice, once; everything else is credit.
func (c *change) settleLate(ev Read, added Money) {
	if added == 0 {
		return
	}
	c.o.Flags = c.o.Flags.With(FlagLate)
	switch missing := c.o.Missing(); {
	case missing <= ev.Tolerance:
		c.pays(ev.At, true)
	case c.o.Freed > 0 && missing <= c.o.Freed+ev.Tolerance:
		c.forgive(missing - c.o.Freed)
		c.confirming(ev.At, added)
	case c.o.Returned == c.o.Freed:
		c.short(ev.At, added)
	}
}

// unread notes that the gateway cannot tell what arrived, long after the link
// ended: nobody knows whether the order was paid.
func (c *change) unread(ev Unread) error {
	if _, err := c.payment(ev.Payment); err != nil {
		return err
	}
	c.hold(ev.At, ReasonUnread)
	return nil
}

// pays moves the order on to be bought for. What is missing is within the
// tolerance, and the shop's loss.
func (c *change) pays(at Stamp, late bool) {
	if c.o.stopped() {
		c.confirming(at, 1)
		return
	}
	c.forgive(c.o.Missing())
	c.o.Flags = c.o.Flags.Without(FlagShort)
	if late {
		c.o.Flags = c.o.Flags.With(FlagLate)
	}
	c.o.Status, c.o.Freed = Paid, 0
	c.note(at, string(Paid), c.o.Left().String())
	c.do(EffectNotify)
	if over := c.o.Left() - c.o.Total; over > 0 {
		c.o.Flags = c.o.Flags.With(FlagOver)
	}
	if c.o.underWay() { // Redis went back to before it was paid
		c.fulfilling(at)
	}
}

// forgive books what the shop bears itself.
func (c *change) forgive(amount Money) {
	if amount <= 0 {
		return
	}
	c.o.Forgiven += amount
	c.post("forgiven/"+micros(c.o.Forgiven), "losses", c.account(), amount)
}

func micros(m Money) string { return strconv.FormatInt(int64(m), 10) }

// short gives the buyer the choice between paying the rest and taking what
// came as credit.
func (c *change) short(at Stamp, added Money) {
	c.confirming(at, added)
	if c.o.Flags.Has(FlagShort) {
		return
	}
	c.o.Flags = c.o.Flags.With(FlagShort)
	c.o.ExpiresAt = max(c.o.ExpiresAt, at) // the choice lasts from now on, however late it comes
	c.note(at, "short", c.o.Missing().String())
	c.do(EffectNotify)
	c.do(EffectPing)
}

// confirming shows that money is on its way or not what was asked.
func (c *change) confirming(at Stamp, added Money) {
	if c.o.Status == Confirming {
		if added > 0 {
			c.do(EffectNotify)
		}
		return
	}
	c.o.Status = Confirming
	c.note(at, string(Confirming), "")
	c.do(EffectNotify)
}
