package order

import (
	"slices"
	"strconv"
	"time"
)

// read books what a gateway confirms. Facts are booked as differences against
// the highest total ever read, so the same record read twice, late or out of
// order never counts twice.
func (c *change) read(ev Read) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	if p.Twin && p.External == "" {
		return nil // meanwhile it turned out to be another payment of the order
	}
	if !c.bound(*p, ev.Fact) {
		c.hold(ev.At, ReasonMismatch)
		return nil
	}
	if ev.Fact.Currency != Currency || slices.Contains(ev.Fact.Tags, TagWrongCurrency) {
		c.hold(ev.At, ReasonCurrency, FlagWrongCurrency)
		return nil
	}
	confirmed, err := MoneyRoundedDown(ev.Fact.Confirmed)
	if err != nil || confirmed < 0 {
		c.hold(ev.At, ReasonMismatch)
		return nil //nolint:nilerr // an amount nobody can read holds the order for a person, whatever is wrong with it
	}
	if slices.Contains(ev.Fact.Tags, TagUnknownStatus) {
		c.hold(ev.At, ReasonStatus)
	} else {
		c.releaseHold(ReasonStatus)
	}
	p.Confirming = ev.Fact.Confirming.IsPositive()
	p.Ended = p.Ended || ev.Fact.Status != FactOpen
	if confirmed < p.Seen {
		c.hold(ev.At, ReasonLower)
		return nil
	}
	added := confirmed - p.Seen
	p.Seen = confirmed
	if !p.Confirming && (p.Seen == 0 || ev.Fact.Status != FactOpen) {
		c.releaseHold(ReasonUnread) // only a record that decides: no alert at each failure
	}
	if added > 0 {
		c.note(ev.At, "received", added.String())
		c.post("p"+strconv.Itoa(p.N)+"/"+strconv.FormatInt(int64(confirmed), 10),
			Account("gateway:"+p.Gateway), c.account(), added)
	}
	c.settle(p, ev, added)
	return nil
}

// TagWrongCurrency is the tag a gateway fact carries when the payer sent
// another coin than the link asked for.
const TagWrongCurrency = "wrong_currency"

// bound reports whether a gateway's record speaks of the payment we asked for.
func (c *change) bound(p Payment, f Fact) bool {
	return f.External == p.External && f.Asked == p.Asked &&
		(f.Reference == "" || f.Reference == c.o.Number.Reference(p.N))
}

func (c *change) account() Account { return Account("order:" + string(c.o.Number)) }

// settle decides what the newly read record means for the order.
func (c *change) settle(p *Payment, ev Read, added Money) {
	switch c.o.Status {
	case AwaitingPayment, Confirming:
		c.settleOpen(p, ev, added)
	case Expired:
		if added > 0 {
			c.hold(ev.At, ReasonLate, FlagLate)
		}
	case Cancelled:
		if added > 0 {
			c.hold(ev.At, ReasonAfterEnd, FlagLate)
		}
	default:
		c.settleExtra(p, ev, added)
	}
}

// settleExtra looks at money that arrives after the order was paid.
func (c *change) settleExtra(p *Payment, ev Read, added Money) {
	if added == 0 {
		return
	}
	if p.Seen == added && len(c.o.Payments) > 1 {
		c.hold(ev.At, ReasonTwice, FlagTwice)
		return
	}
	c.hold(ev.At, ReasonOver, FlagOver)
}

func (c *change) settleOpen(p *Payment, ev Read, added Money) {
	switch ev.Fact.Status {
	case FactPaid:
		c.settlePaid(p, ev)
	case FactShort:
		c.confirming(ev.At, added)
		c.hold(ev.At, ReasonShort, FlagShort)
	case FactExpired:
		if p.money() {
			c.confirming(ev.At, added)
		}
		if p.Seen > 0 {
			c.hold(ev.At, ReasonLate, FlagLate)
		}
	case FactOpen:
		if p.money() {
			c.confirming(ev.At, added)
		}
	}
	if c.o.Status == Confirming && p.money() && p.ExpiresAt > 0 && ev.At >= p.ExpiresAt.Add(undecidedAfter) {
		c.hold(ev.At, ReasonLate, FlagLate)
	}
}

// undecidedAfter is how long after its link's end a payment may stay under way
// before a person looks.
const undecidedAfter = 6 * time.Hour

// unread notes that the gateway cannot tell what arrived, long after the link
// ended: nobody knows whether the order was paid.
func (c *change) unread(ev Unread) error {
	if _, err := c.payment(ev.Payment); err != nil {
		return err
	}
	c.hold(ev.At, ReasonUnread)
	return nil
}

// settlePaid compares what arrived with what was asked. Only an exact payment
// is fulfilled by itself; a shortfall within the tolerance counts as exact.
func (c *change) settlePaid(p *Payment, ev Read) {
	switch received := c.o.Received(); {
	case received > c.o.Total:
		c.confirming(ev.At, 1)
		c.hold(ev.At, ReasonOver, FlagOver)
	case received+ev.Tolerance < c.o.Total:
		c.confirming(ev.At, 1)
		c.hold(ev.At, ReasonShort, FlagShort)
	case c.o.Held():
		c.confirming(ev.At, 1)
	default:
		c.o.Status = Paid
		c.note(ev.At, string(Paid), p.Seen.String())
		c.do(EffectNotify)
		if c.o.underWay() { // Redis went back to before it was paid
			c.fulfilling(ev.At)
		}
	}
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
