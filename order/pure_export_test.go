package order

import "time"

// What the pure model (pure_*_test.go) needs of the engine's own rules: it asks
// what work is due exactly as a worker does, and waits as long.
const (
	AlarmAfter     = alarmAfter
	AttemptsMax    = attemptsMax
	SendWithin     = sendWithin
	VendorWait     = vendorWait
	LostGrace      = lostGrace
	OpenFirst      = openFirst
	PermitFirst    = permitFirst
	PermitSlow     = permitSlow
	PermitSlack    = permitSlack
	AttemptSlack   = attemptSlack
	PayoutLook     = payoutLook
	PayoutPatience = payoutPatience
	RecallAgain    = recallAgain
	RecallPatience = recallPatience
	LetterPatience = letterPatience
	LandsWithin    = landsWithin
)

// Turn is what one claim knows beyond the order.
type Turn struct{ t turn }

// NewTurn is the turn of a claim that has just begun.
func NewTurn() Turn { return Turn{newTurn()} }

// Begin makes it the turn of another claim.
func (t Turn) Begin() Turn {
	clear(t.t.read)
	clear(t.t.lines)
	clear(t.t.payments)
	t.t.payout = 0
	return t
}

// Read notes that a payment was read in this turn.
func (t Turn) Read(i int) { t.t.read[i] = true }

// HasRead reports whether a payment was read in this turn.
func (t Turn) HasRead(i int) bool { return t.t.read[i] }

// WaitLine keeps a line until a moment.
func (t Turn) WaitLine(i int, at Stamp) { t.t.lines[i] = at }

// WaitPayment keeps a payment until a moment.
func (t Turn) WaitPayment(i int, at Stamp) { t.t.payments[i] = at }

// Waits is until when a payment has to wait.
func (t Turn) Waits(i int) Stamp { return t.t.payments[i] }

// WaitPayout keeps the payout until a moment.
func (t *Turn) WaitPayout(at Stamp) { t.t.payout = at }

// Next is the effect an order needs now, or when it will need one.
func (t Turn) Next(o Order, now Stamp, r Rules) (Effect, Stamp) { return next(o, now, t.t, r) }

// Resolved reports whether it is known what became of an attempt.
func (a Attempt) Resolved() bool { return a.resolved() }

// Doubtful reports whether an earlier send of an attempt may have bought.
func (a Attempt) Doubtful() bool { return a.doubtful() }

// Done reports whether an attempt needs its permit no more.
func (a Attempt) Done(t SupplierTerms) bool { return a.done(t) }

// IsOpen reports whether a payout is neither done nor dropped.
func (p Payout) IsOpen() bool { return p.open() }

// IsLink reports whether a payment is a checkout link.
func (p Payment) IsLink() bool { return p.link() }

// Sooner is the earlier of two moments, 0 for never.
func Sooner(a, b Stamp) Stamp { return sooner(a, b) }

// LookNow makes accepted purchases due for a look.
func LookNow(o Order) Order { return o.lookNow() }

// PollAfter is the wait before the next read of a payment.
func PollAfter(o Order, p Payment, now Stamp, r Rules) time.Duration { return pollAfter(o, p, now, r) }

// Unreadable reports whether an unread payment is one for a person.
func Unreadable(o Order, p Payment, now Stamp) bool { return unreadable(o, p, now) }

// ResendAfter is the wait before the same purchase goes out again.
func ResendAfter(sends int, r Rules) time.Duration { return resendAfter(sends, r) }

// PendingAfter is the wait before the next look at an accepted purchase.
func PendingAfter(age time.Duration) time.Duration { return pendingAfter(age) }

// Forgot reports whether an order knows less than the journal.
func Forgot(o Order, ev Event) bool { return forgot(o, ev) }

// ReasonOf says what a person is told about a refused purchase.
func ReasonOf(c Code) Reason { return reasonOf(c) }

// Micros is an amount as posting keys have it.
func Micros(m Money) string { return micros(m) }
