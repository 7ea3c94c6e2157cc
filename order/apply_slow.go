package order

import (
	"slices"
	"strconv"
	"strings"
)

// accepted notes that the supplier took a purchase on. The buyer's message
// ticks on with every look.
func (c *change) accepted(ev Accepted) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil {
		return &Error{Code: CodeEvent, Op: "accepted without an attempt"}
	}
	if a.Outcome == OutcomeRefused && !c.reopened(l, a, ev) {
		c.hold(ev.At, ReasonGoodsTwice)
		return nil
	}
	if a.resolved() || a.Recall || l.State != LineBuying && l.State != LineUnclear {
		return nil
	}
	if a.AcceptedAt == 0 {
		a.AcceptedAt = ev.At
	}
	if ev.External != "" {
		a.External = ev.External
	}
	a.Outcome, a.Code, a.RetryAt = OutcomeNone, "", ev.RetryAt
	l.State = LineBuying
	c.resolved()
	c.do(EffectNotify)
	c.mismatch(a, ev.At, ev.Mismatch)
	if ev.Late {
		c.hold(ev.At, ReasonSlow)
	}
	return nil
}

// reopened has a line wait again for a purchase that was believed to be refused:
// a send of it came later than another one that was. It reports false when the
// line's money went elsewhere meanwhile.
func (c *change) reopened(l *Line, a *Attempt, ev Accepted) bool {
	last, _ := l.Last()
	open := l.State == LineWaiting || l.State == LineFailed && l.Credited == 0
	if c.o.Status != Fulfilling || !open || last.N != a.N || c.o.Left() < l.UnitPrice.Times(l.Quantity) {
		a.External = ev.External
		return false
	}
	why := l.Why
	a.Outcome, l.State, l.Why = OutcomeNone, LineBuying, ""
	c.settled(why)
	return true
}

// mismatch holds the order because of checks that failed: once, however often
// they are read. A person who has closed it knows of them.
func (c *change) mismatch(a *Attempt, at Stamp, rules []string) {
	known := strings.Split(a.Odd, ",")
	fresh := slices.DeleteFunc(slices.Clone(rules), func(r string) bool { return slices.Contains(known, r) })
	if len(fresh) == 0 {
		return
	}
	a.Odd = strings.Trim(a.Odd+","+mismatchNote(fresh), ",")
	c.note(at, "mismatch", mismatchNote(fresh))
	c.hold(at, ReasonGoods)
}

// arrived keeps a callback's content with its attempt until it is dealt with.
// What belongs to no purchase under way is for a person.
func (c *change) arrived(ev Arrived) error {
	l, err := c.line(ev.Line)
	if err != nil && c.o.Found && len(ev.Sealed) == 0 {
		c.spent(ev.At, PermitOwner(c.o.Number, ev.Line, ev.Attempt), ReasonUnclear)
		return nil // the journal knows a purchase of an order that nobody does: a person looks
	}
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	forgotten := a == nil
	switch {
	case forgotten:
		a = c.remember(l, ev)
	case len(ev.Sealed) == 0 && a.Once != "" && a.resendable():
		a.Sends++ // Redis went back to before it was sent again
	}
	last, _ := l.Last()
	switch {
	case a.N != last.N || a.resolved() || l.State != LineBuying && l.State != LineUnclear:
		if !ev.Doubled && !forgotten {
			return settledLetter(ev)
		}
		c.hold(ev.At, ReasonGoodsTwice)
	case !c.o.buys():
		c.hold(ev.At, ReasonGoodsTwice)
	case !a.Recall:
		a.RetryAt = 0
	}
	if len(ev.Sealed) > 0 {
		a.Letters = append(slices.Clone(a.Letters), ev.Sealed)
	}
	return nil
}

// settledLetter refuses a letter that was thought to be about a purchase under
// way, so that whoever brought it looks at it again.
func settledLetter(ev Arrived) error {
	if len(ev.Sealed) == 0 {
		return nil
	}
	return &Error{Code: CodeEvent, Op: "a letter about a settled purchase"}
}

// remember gives back an attempt that Redis has lost: it went back to before
// the attempt was stored.
func (c *change) remember(l *Line, ev Arrived) *Attempt {
	at := slices.IndexFunc(l.Attempts, func(a Attempt) bool { return a.N > ev.Attempt })
	if at < 0 {
		at = len(l.Attempts)
	}
	once := "callback"
	if ev.Key != "" { // it may be sent again
		once = ""
	}
	for i := range at { // another attempt followed: they were refused
		if a := &l.Attempts[i]; !a.resolved() && (ev.Key != "" || len(a.Letters) == 0) {
			a.Outcome, a.Letters, a.RetryAt = OutcomeRefused, nil, 0
		}
	}
	l.Attempts = slices.Insert(l.Attempts, at, Attempt{N: ev.Attempt, Key: ev.Key, FirstSentAt: ev.At, Sends: 1, Once: once})
	switch {
	case l.State != LineWaiting:
	case c.o.buys():
		l.State = LineBuying
	default: // nobody looks for it as long as nothing is paid
		l.State = LineUnclear
	}
	if c.o.Status == Paid {
		c.fulfilling(ev.At)
	}
	return &l.Attempts[at]
}

// buys reports whether an order in this status is bought for, or will be.
func (o Order) buys() bool {
	switch o.Status {
	case AwaitingPayment, Confirming, Paid, Fulfilling:
		return true
	default:
		return false
	}
}

// underWay reports whether a purchase for the order may have been sent.
func (o Order) underWay() bool {
	return slices.ContainsFunc(o.Lines, func(l Line) bool { return len(l.Attempts) > 0 })
}

// lost notes goods that exist and that nobody can use.
func (c *change) lost(ev Lost) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil || a.resolved() || l.State != LineBuying && l.State != LineUnclear {
		return nil
	}
	if a.LostAt == 0 {
		a.LostAt = ev.At
		c.note(ev.At, "secret_lost", ev.External)
	}
	a.External, a.Outcome, a.Recall, a.RetryAt = ev.External, OutcomeUnclear, ev.Recall, ev.RetryAt
	if ev.Used {
		a.Code = CodeConflict
	}
	l.State = LineUnclear
	c.mismatch(a, ev.At, ev.Mismatch)
	if !ev.Recall || ev.Late {
		c.hold(ev.At, ReasonSecretLost)
	}
	return nil
}

// recalled books what came back, and credits the buyer with what the line cost
// them: nobody will bring these goods any more. While their money is in doubt,
// a person decides about the credit.
func (c *change) recalled(ev Recalled) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil || a.resolved() || l.State != LineUnclear {
		return nil
	}
	a.Outcome, a.RetryAt, a.Recall, a.Letters = OutcomeBack, 0, false, nil
	l.State = LineFailed
	c.note(ev.At, "recalled", ev.Back.String())
	c.post("l"+strconv.Itoa(ev.Line)+"/a"+strconv.Itoa(ev.Attempt)+"/lost", l.account(), "losses", max(ev.Spent-ev.Back, 0))
	if c.o.stopped() { // the doubt may go away by itself, and the money must not be with nobody
		l.Why = ReasonRefused
		c.hold(ev.At, ReasonRefused)
	} else {
		c.giveUpLine(l)
	}
	c.resolved()
	c.complete(ev.At)
	return nil
}

// Credited is all money of the order that went to the buyer's credit.
func (o Order) Credited() Money { return o.Returned }
