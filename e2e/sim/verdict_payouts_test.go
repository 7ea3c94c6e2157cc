package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// payouts holds the gateways' books of withdrawals against the orders, and
// against what people said.
func (j *judgement) payouts() {
	books := j.w.withdrawals()
	days := map[string]order.Money{}
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		t := j.tales[n]
		claimed := decimal.Zero
		for _, p := range t.stored.Payouts {
			name := payoutName(n, p.N)
			found := books[name]
			delete(books, name)
			if p.State == order.PayoutDone && p.SentAt == 0 {
				claimed = claimed.Add(p.Amount.Decimal())
				continue
			}
			j.payout(t, p, found, days)
		}
		if claimed.GreaterThan(t.returned) {
			j.fail("payout: %s of %s counts as claimed by the payer, who claimed %s", claimed, n, t.returned)
		}
		if claimed.LessThan(t.returned) && !t.stored.Held() && !vanished(t.stored) {
			j.fail("payout: the payer of %s claimed %s back, the books say %s", n, t.returned, claimed)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(books)) {
		j.fail("payout: %s is of no order", name)
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		if days[day] > j.w.outMax {
			j.fail("cap: %s left on %s, %s is allowed", days[day], day, j.w.outMax)
		}
	}
}

// payout judges one: it left once or not at all, to the wallet its buyer named,
// after an admin's word.
func (j *judgement) payout(t *tale, p order.Payout, found []withdrawal, days map[string]order.Money) {
	live, done := 0, 0
	for _, f := range found {
		if !f.dead {
			live++
			days[f.at.UTC().Format(time.DateOnly)] += onDay(f.at, p.Amount)
		}
		if f.done {
			done++
		}
		j.allowed(t, p, f)
	}
	sent := p.State == order.PayoutSent || p.State == order.PayoutUnclear
	switch {
	case live > 1:
		j.fail("payout: %s was paid out %d times", t.number, live)
	case p.State == order.PayoutDone && done != 1:
		j.fail("payout: %s counts as paid out, and %d arrived", t.number, done)
	case live > 0 && p.State != order.PayoutDone && !sent:
		j.fail("payout: %s has left, and the payout of %s is %s", p.Amount, t.number, p.State)
	}
}

// onDay is what counts for the day's sum: around midnight replicas do not agree
// which day it is.
func onDay(at time.Time, amount order.Money) order.Money {
	if of := at.UTC().Sub(at.UTC().Truncate(24 * time.Hour)); of < 6*time.Minute || of > 24*time.Hour-6*time.Minute {
		return 0
	}
	return amount
}

func (j *judgement) allowed(t *tale, p order.Payout, f withdrawal) {
	d := j.w.deedsOf(t.number)
	if !slices.Contains(d.typed, f.address) {
		j.fail("payout: %s leaves for an address that its buyer did not type", t.number)
	}
	admins := map[int64]bool{}
	for _, word := range d.words {
		if !word.at.After(f.at) {
			admins[word.admin] = true
		}
	}
	need := 1
	if p.Amount >= twoPerson {
		need = 2
	}
	if len(admins) < need {
		j.fail("payout: %s of %s left on the word of %d admins", p.Amount, t.number, len(admins))
	}
	if f.coin != "ETH" && !f.amount.Equal(p.Amount.Decimal()) {
		j.fail("payout: %s of %s left as %s %s", p.Amount, t.number, f.amount, f.coin)
	}
}

// vanished reports whether the chain took back all that an order was paid with,
// and an admin accepted it: nothing is left that the payer could have claimed.
func vanished(o order.Order) bool {
	fell := slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Falls > 0 })
	return fell && !slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Seen != 0 })
}
