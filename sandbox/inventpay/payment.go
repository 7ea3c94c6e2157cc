package inventpay

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Payment statuses, inventpay sheet §4.
const (
	statusPending    = "PENDING"
	statusProcessing = "PROCESSING" // all the money was seen, no confirmation yet
	statusConfirming = "CONFIRMING" // confirmations are being counted
	statusUnderpaid  = "UNDERPAID"
	statusCompleted  = "COMPLETED"
	statusExpired    = "EXPIRED"
	statusFailed     = "FAILED"
	statusCancelled  = "CANCELLED"
)

// Transfer states in the books.
const (
	// Confirming means seen on chain and not final yet.
	Confirming = "confirming"
	// Confirmed means final.
	Confirmed = "confirmed"
	// Unclaimed means that the payment was closed: the coins are on the address
	// and in nobody's balance (their fate is undocumented, inventpay sheet §7).
	Unclaimed = "unclaimed"
	// Fallen means confirmed once and gone again with a re-organised chain.
	Fallen = "fallen"
)

type transfer struct {
	hash      string
	amount    decimal.Decimal // coin units
	fallen    decimal.Decimal // was part of amount, until the chain was re-organised
	at        time.Time
	confirmAt time.Time // when it confirms by itself; zero = on request
	state     string
}

type payment struct {
	id, orderID, description, callback, host string
	base                                     decimal.Decimal
	baseCurrency                             string
	rates                                    []Rate
	choice                                   bool // made by create_invoice: the buyer picks the coin
	coin                                     Coin // zero until picked
	address                                  string
	required                                 decimal.Decimal // coin units, zero until a coin is picked
	status                                   string          // PENDING as long as it is open; the rest is live
	shown                                    string          // set by a test: the status endpoint says this word
	reason                                   string          // of FAILED
	underpaid                                bool            // short when it expired
	createdAt, expiresAt, completedAt        time.Time
	transfers                                []*transfer
	fee, settled                             decimal.Decimal // coin units
}

func (p *payment) rate(code string) (Rate, bool) {
	i := slices.IndexFunc(p.rates, func(r Rate) bool { return r.Code == code })
	if i < 0 {
		return Rate{}, false
	}
	return p.rates[i], true
}

// take binds the payment to a coin of its rates.
func (p *payment) take(code string) {
	r, _ := p.rate(code)
	p.coin, p.required, p.address = r.Coin, r.Amount, r.address(p.id)
}

func (p *payment) sum(states ...string) decimal.Decimal {
	total := decimal.Zero
	for _, t := range p.transfers {
		if slices.Contains(states, t.state) {
			total = total.Add(t.amount)
		}
	}
	return total
}

// seen is the money that counts for the price, confirmed or not.
func (p *payment) seen() decimal.Decimal { return p.sum(Confirming, Confirmed) }

// balance is what lies on the address.
func (p *payment) balance() decimal.Decimal { return p.sum(Confirming, Confirmed, Unclaimed) }

// remaining is what is still missing in the coin, negative when overpaid.
func (p *payment) remaining() decimal.Decimal { return p.required.Sub(p.seen()) }

func (p *payment) final() bool { return p.status != statusPending }

// covered tells whether the whole price was seen in time; such a payment does
// not expire any more, it waits for its confirmations (inventpay sheet §4).
func (p *payment) covered() bool {
	return p.required.IsPositive() && !p.remaining().IsPositive()
}

// confirmations of the youngest transfer: all blocks, or the part that time has
// brought so far.
func (p *payment) confirmations(now time.Time) int {
	if p.balance().IsZero() {
		return 0
	}
	least := p.coin.Confirmations
	for _, t := range p.transfers {
		if t.state == Confirming {
			least = min(least, t.blocks(p.coin.Confirmations, now))
		}
	}
	return least
}

func (t *transfer) blocks(all int, now time.Time) int {
	if t.confirmAt.IsZero() {
		return 0
	}
	whole, passed := t.confirmAt.Sub(t.at), now.Sub(t.at)
	return min(all-1, int(int64(all)*int64(passed)/max(1, int64(whole))))
}

// live is the status at a moment, inventpay sheet §4.
func (p *payment) live(now time.Time) string {
	switch {
	case p.final() || p.balance().IsZero():
		return p.status
	case p.sum(Confirming).IsZero():
		return statusUnderpaid
	case p.confirmations(now) == 0:
		return statusProcessing
	}
	return statusConfirming
}

// nextChange is when time alone moves the payment; false when never.
func (p *payment) nextChange() (time.Time, bool) {
	next, ok := p.expiresAt, !p.final() && !p.covered()
	for _, t := range p.transfers {
		if t.state == Confirming && !t.confirmAt.IsZero() && (!ok || t.confirmAt.Before(next)) {
			next, ok = t.confirmAt, true
		}
	}
	return next, ok
}

// settle lets time act on one payment, change by change in the order they were
// due; at the same instant a transfer confirms before the payment expires.
func (v *Vendor) settle(p *payment, now time.Time) {
	for {
		at, moves := p.nextChange()
		if !moves || at.After(now) {
			return
		}
		if due := p.due(at); len(due) > 0 {
			v.confirm(p, due, at)
			continue
		}
		v.expire(p)
	}
}

func (p *payment) due(at time.Time) []*transfer {
	var due []*transfer
	for _, t := range p.transfers {
		if t.state == Confirming && !t.confirmAt.IsZero() && !at.Before(t.confirmAt) {
			due = append(due, t)
		}
	}
	return due
}

// confirm makes transfers final and tells what follows from it.
func (v *Vendor) confirm(p *payment, due []*transfer, at time.Time) {
	for _, t := range due {
		t.state = Confirmed
	}
	switch {
	case p.status == statusCompleted:
		v.credit(p) // overpayment: no event, no status (inventpay sheet §7)
	case p.required.LessThanOrEqual(p.sum(Confirmed)):
		v.complete(p, at)
	case p.sum(Confirming).IsZero() && !p.final():
		v.announce(p, eventUnderpaid)
	}
}

func (v *Vendor) complete(p *payment, at time.Time) {
	p.status, p.completedAt = statusCompleted, at
	v.credit(p)
	for _, event := range v.set.paidEvents() {
		v.announce(p, event)
	}
}

// credit books what arrived into the merchant's balance, less the vendor's fee
// (inventpay sheet §7).
func (v *Vendor) credit(p *payment) {
	gross := p.sum(Confirmed)
	fee := gross.Mul(v.set.FeeRate).RoundCeil(p.coin.Decimals)
	a := v.account(p.coin.Code)
	a.fees = a.fees.Add(fee.Sub(p.fee))
	a.earned = a.earned.Add(gross.Sub(fee).Sub(p.settled))
	p.fee, p.settled = fee, gross.Sub(fee)
}

// expire closes a payment that was not covered in time.
func (v *Vendor) expire(p *payment) {
	p.underpaid = p.balance().IsPositive()
	v.close(p, statusExpired)
	v.announce(p, eventExpired)
}

// close ends a payment unpaid; what lies on its address is nobody's.
func (v *Vendor) close(p *payment, status string) {
	p.status = status
	for _, t := range p.transfers {
		if t.state != Fallen {
			t.state = Unclaimed
		}
	}
}
