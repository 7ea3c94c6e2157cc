package infini

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Order statuses, infini sheet §5.
const (
	statusPending    = "pending"
	statusProcessing = "processing"
	statusPaid       = "paid"
	statusPartial    = "partial_paid"
	statusExpired    = "expired"
)

// Payment states in the books.
const (
	// Confirming means seen on chain and not final yet.
	Confirming = "confirming"
	// Confirmed means settled to the merchant.
	Confirmed = "confirmed"
	// Unclaimed means received more than 24 h after expiry: the vendor keeps
	// it for a manual claim and the order does not move (infini sheet §7).
	Unclaimed = "unclaimed"
	// Fallen means confirmed once and gone again with a re-organised chain.
	Fallen = "fallen"
)

type payment struct {
	id        string
	request   *request        // what it answers, nil when it came by the hosted checkout
	amount    decimal.Decimal // value in the order's currency
	fallen    decimal.Decimal // was part of amount, until the chain was re-organised
	currency  string          // what was sent, such as USDT
	method    int
	at        time.Time
	confirmAt time.Time // when a confirming payment confirms by itself; zero = on request
	state     string
}

type order struct {
	id, requestID, reference, token string
	description, alias, email, host string
	amount                          decimal.Decimal
	currency                        string
	successURL, failureURL          string
	methods                         []int
	status                          string
	tags                            []string
	createdAt, updatedAt, expiresAt time.Time
	payments                        []*payment
	returned                        decimal.Decimal // surplus that the payer claimed back
	requested                       []*request      // payments of a self-built checkout, paid or not
}

func (o *order) sum(state string) decimal.Decimal {
	total := decimal.Zero
	for _, p := range o.payments {
		if p.state == state {
			total = total.Add(p.amount)
		}
	}
	return total
}

func (o *order) remaining() decimal.Decimal {
	return o.amount.Sub(o.sum(Confirmed)).Sub(o.sum(Confirming))
}

func (o *order) final() bool {
	return o.status == statusPaid || o.status == statusPartial || o.status == statusExpired
}

func (o *order) expired(now time.Time) bool { return !now.Before(o.expiresAt) }

func (o *order) tag(name string) {
	if !slices.Contains(o.tags, name) {
		o.tags = append(o.tags, name)
	}
}

// sameAs tells whether two creates asked for the same thing.
func (o *order) sameAs(b *order) bool {
	return o.reference == b.reference && o.amount.Equal(b.amount) && o.currency == b.currency
}

// nextChange is when time alone moves the order; false when never.
func (o *order) nextChange() (time.Time, bool) {
	next, ok := o.expiresAt, !o.final()
	for _, p := range o.payments {
		if p.state == Confirming && !p.confirmAt.IsZero() && (!ok || p.confirmAt.Before(next)) {
			next, ok = p.confirmAt, true
		}
	}
	return next, ok
}

// settleLocked brings all open orders up to the present; the lock is held.
func (v *Vendor) settleLocked() {
	now := v.nowLocked()
	v.open = slices.DeleteFunc(v.open, func(o *order) bool {
		v.settle(o, now)
		return o.final() && o.sum(Confirming).IsZero()
	})
	for _, w := range v.withdrawals {
		v.settleWithdrawal(w, now)
	}
}

// settle lets time act on one order, change by change in the order they were
// due; at the same instant a payment confirms before the order expires.
func (v *Vendor) settle(o *order, now time.Time) {
	for {
		at, moves := o.nextChange()
		if !moves || at.After(now) {
			return
		}
		if o.confirmDue(at) {
			v.moneyMoved(o, at)
			continue
		}
		v.expire(o, at)
	}
}

// confirmDue confirms the payments whose time has come and reports if any did.
func (o *order) confirmDue(at time.Time) bool {
	moved := false
	for _, p := range o.payments {
		if p.state == Confirming && !p.confirmAt.IsZero() && !at.Before(p.confirmAt) {
			p.state, moved = Confirmed, true
		}
	}
	return moved
}

// expire closes an order at its deadline, infini sheet §5.
func (v *Vendor) expire(o *order, now time.Time) {
	o.status = statusExpired
	if o.sum(Confirmed).IsPositive() {
		o.status = statusPartial
		o.tag("underpaid")
	}
	o.updatedAt = now
	v.announce(o, "order.expired")
}

// moneyMoved re-reads the order after a payment was seen or confirmed, and
// announces what changed. After a final status only amounts and tags move.
func (v *Vendor) moneyMoved(o *order, now time.Time) {
	o.updatedAt = now
	confirmed := o.sum(Confirmed)
	if confirmed.GreaterThan(o.amount) {
		o.tag("overpaid")
	}
	switch {
	case o.status == statusPaid && !o.expired(now):
		v.announce(o, "order.completed")
	case o.final():
		o.tag("late")
		if confirmed.IsPositive() && confirmed.LessThan(o.amount) {
			o.tag("underpaid")
		}
		v.announce(o, "order.late_payment")
	case confirmed.IsPositive() && confirmed.GreaterThanOrEqual(o.amount.Sub(v.set.tolerance())):
		v.markPaid(o)
	default:
		o.status = statusProcessing
		v.announce(o, "order.processing")
	}
}

func (v *Vendor) markPaid(o *order) {
	if o.sum(Confirmed).LessThan(o.amount) {
		o.tag("underpaid")
	}
	o.status = statusPaid
	v.announce(o, "order.completed")
	if s := v.subOfOrder[o.id]; s != nil && s.status == subPending {
		v.movePeriod(s, o.updatedAt)
	}
}
