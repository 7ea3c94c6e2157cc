package order

import "time"

// Rules are the numbers Next goes by.
type Rules struct {
	PollFirst   time.Duration // between two reads of a fresh payment
	PollSlow    time.Duration // between two reads of an older one
	PollWatch   time.Duration // after the order ended
	Watch       time.Duration // how long after its expiry a link stays watched
	Replay      time.Duration // how long one key may be sent again
	FindEvery   time.Duration // between two looks for a purchase beyond Replay
	ResendFirst time.Duration // before an unclear purchase is sent again
	ResendSlow  time.Duration // the longest such wait
}

// DefaultRules are DESIGN §3's and §5's numbers.
func DefaultRules() Rules {
	return Rules{
		PollFirst: 30 * time.Second, PollSlow: 10 * time.Minute, PollWatch: time.Hour,
		Watch: 48 * time.Hour, Replay: 23 * time.Hour, FindEvery: 10 * time.Minute,
		ResendFirst: 2 * time.Second, ResendSlow: 10 * time.Minute,
	}
}

// turn is what the present claim knows beyond the stored order: which payments
// it has read, because a claim reads each open payment once, and what has to
// wait although the order says that it is due: for a permit, a vendor, a limit.
// A wait of one line or payment keeps no other.
type turn struct {
	read     map[int]bool
	lines    map[int]Stamp
	payments map[int]Stamp
	payout   Stamp
}

func newTurn() turn {
	return turn{read: make(map[int]bool), lines: make(map[int]Stamp), payments: make(map[int]Stamp)}
}

// next returns the effect the order needs now; without one, the moment it will
// need one, 0 for never. It is derived from the order alone, so that nothing
// has to be remembered over a crash.
func next(o Order, now Stamp, t turn, r Rules) (Effect, Stamp) {
	var soonest Stamp
	for _, find := range []func(Order, Stamp, turn, Rules) (Effect, Stamp){nextGoods, nextPayment, nextPayout, nextEnd} {
		effect, at := find(o, now, t, r)
		if effect.Kind != EffectNone {
			return effect, 0
		}
		soonest = sooner(soonest, at)
	}
	return Effect{}, soonest
}

// sooner returns the earlier of two moments where 0 means never.
func sooner(a, b Stamp) Stamp {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func nextGoods(o Order, now Stamp, t turn, r Rules) (Effect, Stamp) {
	if o.Status != Paid && o.Status != Fulfilling {
		return Effect{}, 0
	}
	stopped := o.stopped()
	var soonest Stamp
	for i, l := range o.Lines {
		kind, at := lineNeeds(l, now, r)
		switch {
		case stopped && kind == EffectBuy:
			continue
		case stopped && kind == EffectResend:
			kind = EffectFind // it may be bought already: that much has to be known
		}
		if kind == EffectNone {
			continue
		}
		if at = max(at, t.lines[i]); at <= now {
			return Effect{Kind: kind, Index: i}, 0
		}
		soonest = sooner(soonest, at)
	}
	return Effect{}, soonest
}

// stops reports whether a hold forbids further purchases. A hold because of
// one line does not stop the others.
func (r Reason) stops() bool {
	switch r {
	case ReasonShort, ReasonLate, ReasonCurrency, ReasonLower, ReasonMismatch, ReasonUnread, ReasonAfterEnd, ReasonFound, ReasonPayoutLeft:
		return true
	default:
		return false
	}
}

// lineNeeds says what a line needs and when.
func lineNeeds(l Line, now Stamp, r Rules) (EffectKind, Stamp) {
	a, _ := l.Last()
	switch l.State {
	case LineWaiting:
		return EffectBuy, a.RetryAt
	case LineBuying, LineUnclear:
		switch {
		case a.Recall:
			return EffectRecall, a.RetryAt
		case a.External != "" || a.AcceptedAt > 0 || len(a.Letters) > 0 || !a.resendable() || now.Since(a.FirstSentAt) >= r.Replay:
			return EffectFind, a.RetryAt
		}
		return EffectResend, a.RetryAt
	default:
		return EffectNone, 0
	}
}

func nextPayment(o Order, now Stamp, t turn, r Rules) (Effect, Stamp) {
	var soonest Stamp
	for i := range o.Payments {
		kind, at := paymentNeeds(o, i, now, t.read[i], r)
		if kind == EffectNone {
			continue
		}
		if at = max(at, t.payments[i]); at <= now {
			return Effect{Kind: kind, Index: i}, 0
		}
		soonest = sooner(soonest, at)
	}
	return Effect{}, soonest
}

func paymentNeeds(o Order, i int, now Stamp, read bool, r Rules) (EffectKind, Stamp) {
	p := o.Payments[i]
	wanted := (o.Status == AwaitingPayment || o.Status == Confirming) && now < o.ExpiresAt && i == o.shown()
	switch {
	case p.State == PaymentOpen:
		return openPaymentNeeds(o, p, wanted, now, read, r)
	case !wanted:
		return EffectNone, 0
	case p.State == PaymentPlanned || p.State == PaymentSent:
		return EffectOpen, p.RetryAt
	case p.State == PaymentLost:
		return EffectReopen, p.RetryAt
	default:
		return EffectNone, 0
	}
}

func openPaymentNeeds(o Order, p Payment, wanted bool, now Stamp, read bool, r Rules) (EffectKind, Stamp) {
	switch {
	case wanted && p.URL == "" && p.RetryAt <= now:
		return EffectLink, 0
	case !read:
		return EffectRead, 0
	case now >= p.ExpiresAt.Add(r.Watch) && !p.Confirming:
		return EffectClose, 0
	}
	at := now.Add(pollAfter(o, p, now, r))
	if justClosed := p.ExpiresAt.Add(expirySlack); now < justClosed {
		at = sooner(at, justClosed) // hear of the end promptly
	}
	if wanted && p.URL == "" {
		at = sooner(at, p.RetryAt)
	}
	return EffectRead, at
}

const (
	// expirySlack lets a gateway close a link before we ask it whether it did.
	expirySlack = 2 * time.Second
	// expiryGrace is how long an order waits for a gateway that does not say
	// that its link has ended.
	expiryGrace = time.Hour
)

// pollAfter is the wait before the next read: a quarter of the link's age,
// within bounds; rarely once the order has ended; ever more rarely once it is
// paid, because only a second payment by mistake can still arrive.
func pollAfter(o Order, p Payment, now Stamp, r Rules) time.Duration {
	switch o.Status {
	case AwaitingPayment, Confirming:
	case Expired, Cancelled:
		if now.Since(p.ExpiresAt) > r.PollWatch {
			return r.PollWatch
		}
	default:
		return max(r.PollWatch, now.Since(p.SentAt))
	}
	return min(max(now.Since(p.SentAt)/4, r.PollFirst), r.PollSlow)
}

// unreadable reports whether a payment that cannot be read is one for a
// person: the order waits for it, and its link ended long ago.
func unreadable(o Order, p Payment, now Stamp) bool {
	return (o.Status == AwaitingPayment || o.Status == Confirming) && now >= p.ExpiresAt.Add(expiryGrace)
}

// nextPayout sends a payout that may leave, follows one that has left, and
// gives one up whose address never came.
func nextPayout(o Order, now Stamp, t turn, _ Rules) (Effect, Stamp) {
	p, i, ok := o.OpenPayout()
	if !ok {
		return Effect{}, 0
	}
	var kind EffectKind
	at := max(p.RetryAt, t.payout)
	switch p.State {
	case PayoutWanted:
		kind, at = EffectDrop, p.AskedAt.Add(addressFor)
	case PayoutApproved:
		if kind = EffectPayOut; o.fell() > 0 || o.outTwice() {
			return Effect{}, 0 // what it would pay out may not be there
		}
	case PayoutSent:
		kind = EffectFollow
		if p.External == "" { // whoever sent it has not come back
			at = max(at, p.SentAt.Add(payoutAnswer))
		}
	case PayoutUnclear:
		if kind = EffectFollow; p.External == "" {
			return Effect{}, 0
		}
	default:
		return Effect{}, 0
	}
	if at <= now {
		return Effect{Kind: kind, Index: i}, 0
	}
	return Effect{}, at
}

const (
	// addressFor is how long a buyer may take to say where a payout goes. Then
	// it is credit.
	addressFor = 14 * 24 * time.Hour
	// payoutAnswer is how long the answer to a payout may take before nobody
	// knows what became of it.
	payoutAnswer = 2 * time.Minute
)

// nextEnd closes an order that nobody paid, once no gateway would still take
// money for it; and one whose buyer did not choose what becomes of too little.
func nextEnd(o Order, now Stamp, t turn, _ Rules) (Effect, Stamp) {
	if o.Status != AwaitingPayment && o.Status != Confirming || o.Held() || o.onItsWay() {
		return Effect{}, 0
	}
	if o.Status == Confirming && o.Freed > 0 && o.Missing() > 0 && o.Missing() <= o.Freed {
		return Effect{Kind: EffectCredit}, 0
	}
	ends := o.ExpiresAt
	switch {
	case o.moneySeen() && !o.Flags.Has(FlagShort):
		return Effect{}, 0
	case o.moneySeen():
		ends = o.chooseUntil()
	}
	if now < ends {
		return Effect{}, ends
	}
	for i, p := range o.Payments {
		if p.State != PaymentOpen {
			continue
		}
		if !t.read[i] || !p.Ended && now < p.ExpiresAt.Add(expiryGrace) {
			return Effect{}, 0 // nextPayment says when it is read again
		}
	}
	return Effect{Kind: EffectExpire}, 0
}

// resendAfter is the wait before the same purchase goes out again: doubling
// with every send, within bounds.
func resendAfter(sends int, r Rules) time.Duration {
	wait := r.ResendFirst
	for range sends - 1 {
		if wait *= 2; wait >= r.ResendSlow {
			return r.ResendSlow
		}
	}
	return wait
}

// Reserve returns what the order will still cost, per account at a supplier.
func (o Order) Reserve() map[string]Money {
	switch o.Status {
	case AwaitingPayment, Confirming, Paid, Fulfilling:
	default:
		return nil
	}
	var open map[string]Money
	for _, l := range o.Lines {
		if l.State == LineGot || l.State == LineFailed {
			continue
		}
		if open == nil {
			open = make(map[string]Money)
		}
		open[l.purse()] += l.UnitCost.Times(l.Quantity)
	}
	return open
}
