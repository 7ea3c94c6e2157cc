package order

import (
	"slices"
	"strconv"
	"time"
)

func (c *change) buying(ev Buying) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	last, open := l.Last()
	switch {
	case l.State == LineWaiting && ev.Attempt == last.N+1:
		l.Attempts = append(l.Attempts, Attempt{N: ev.Attempt, Key: ev.Key, FirstSentAt: ev.At, Sends: 1, Once: ev.Once})
	case open && ev.Attempt == last.N && last.resendable():
		a := &l.Attempts[len(l.Attempts)-1]
		a.Before, a.SentAt = max(a.SentAt, a.FirstSentAt), ev.At
		a.Sends++
		a.RetryAt, a.Once = 0, ev.Once
		if ev.Once != "" { // nothing of it has left so far: what may come of it is as old as this
			a.FirstSentAt = ev.At
		}
	default:
		return &Error{Code: CodeEvent, Op: "buying a line that is " + string(l.State)}
	}
	if l.State == LineWaiting {
		l.State = LineBuying
	}
	if c.o.Status != Fulfilling {
		c.fulfilling(ev.At)
	}
	return nil
}

func (c *change) fulfilling(at Stamp) {
	c.o.Status = Fulfilling
	c.note(at, string(Fulfilling), "")
	c.do(EffectNotify)
}

func (c *change) bought(ev Bought) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil {
		return &Error{Code: CodeEvent, Op: "bought without an attempt"}
	}
	if a.Outcome == OutcomeDone {
		switch {
		case a.External != ev.External:
			c.stock(l, ev)
		case len(ev.Mismatch) > 0:
			c.mismatch(a, ev.At, ev.Mismatch)
		}
		c.idle(l, ev.At)
		return nil
	}
	if a.Recall || a.Outcome == OutcomeBack {
		return nil // it is taken back: whoever got it now could not use it
	}
	a.Outcome, a.External, a.Code, a.RetryAt = OutcomeDone, ev.External, "", 0
	if len(ev.Mismatch) == 0 {
		a.Letters = nil
	}
	if l.State == LineGot || l.Credited > 0 || c.o.Left()-c.o.kept() < l.UnitPrice.Times(ev.Got) {
		c.stock(l, ev)
		return nil
	}
	why := l.Why
	l.State, l.Got, l.Paid, l.Goods, l.Why = LineGot, ev.Got, ev.Total, ev.Sealed, ""
	c.settled(why)
	c.resolved()
	c.note(ev.At, "bought", strconv.Itoa(ev.Got))
	key := "l" + strconv.Itoa(ev.Line) + "/a" + strconv.Itoa(ev.Attempt)
	c.post(key+"/cost", l.account(), "goods", ev.Total)
	c.post(key+"/sale", c.account(), "sales", l.UnitPrice.Times(ev.Got))
	c.doubts(l, a, ev)
	c.complete(ev.At)
	c.afterwards()
	return nil
}

// afterwards shows goods that come when the others are delivered already.
func (c *change) afterwards() {
	switch c.o.Status {
	case Ready:
		c.do(EffectNotify)
	case Delivered:
		c.do(EffectNotify)
		c.do(EffectPing)
	default:
	}
}

// settled takes back why a line had failed, once no line waits for a decision
// because of it any more.
func (c *change) settled(why Reason) {
	undecided := func(l Line) bool { return l.State == LineFailed && l.Credited == 0 && l.Why == why }
	if why != "" && !slices.ContainsFunc(c.o.Lines, undecided) {
		c.releaseHold(why)
	}
}

// stock books a purchase that the line did not need any more: the shop's own,
// never the buyer's.
func (c *change) stock(l *Line, ev Bought) {
	if !slices.ContainsFunc(c.o.Timeline, func(m Moment) bool { return m.What == "bought_twice" && m.Note == ev.External }) {
		c.note(ev.At, "bought_twice", ev.External)
		c.post("stock/"+ev.External, l.account(), "stock", ev.Total)
		c.hold(ev.At, ReasonGoodsTwice)
	}
	c.idle(l, ev.At)
}

// idle ends a line that counts as under way when nothing of it is: what was
// bought for it went to the shop's stock, because its money was not there. Left
// as it is, it would be looked for without end; a person decides.
func (c *change) idle(l *Line, at Stamp) {
	last, _ := l.Last()
	if l.State != LineBuying && l.State != LineUnclear || !last.resolved() {
		return
	}
	l.State, l.Why = LineFailed, ""
	c.resolved()
	c.hold(at, ReasonGoodsTwice)
	c.complete(at)
}

// doubts holds the order for a person where the goods are not exactly what
// was wanted. What is certain is delivered all the same.
func (c *change) doubts(l *Line, a *Attempt, ev Bought) {
	c.mismatch(a, ev.At, ev.Mismatch)
	if ev.Got < l.Quantity {
		l.Credited = l.UnitPrice.Times(l.Quantity - ev.Got)
		c.hold(ev.At, ReasonFewer)
	}
}

// resolved takes back what was only said about lines under way, once no line
// is any more.
func (c *change) resolved() {
	unclear, waiting := false, false
	for _, l := range c.o.Lines {
		unclear = unclear || l.State == LineUnclear
		waiting = waiting || l.State == LineWaiting || l.State == LineBuying
	}
	if !unclear {
		c.o.Flags = c.o.Flags.Without(FlagUnclear)
		c.releaseHold(ReasonUnclear)
		c.releaseHold(ReasonSecretLost)
	}
	if !unclear && !waiting {
		c.o.Flags = c.o.Flags.Without(FlagSupplierDown)
		c.releaseHold(ReasonSupplierDown)
		c.releaseHold(ReasonSlow)
	}
}

// releaseHold takes back one reason. The order stays held for the others.
func (c *change) releaseHold(reason Reason) {
	at := slices.Index(c.o.Doubts, reason)
	if at < 0 {
		return
	}
	c.o.Doubts = slices.Delete(c.o.Doubts, at, at+1)
	if last := len(c.o.Doubts) - 1; last >= 0 {
		c.o.Reason = c.o.Doubts[last]
		return
	}
	c.o.Doubts, c.o.Reason = nil, ""
	c.o.Flags = c.o.Flags.Without(FlagHeld)
	c.do(EffectNotify) // nobody is looking any more
}

func (c *change) buyFails(ev BuyFails) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	if l.State == LineGot || l.State == LineFailed || ev.Attempt == 0 && ev.Final && l.State != LineWaiting {
		return nil // settled, or sent by somebody meanwhile
	}
	if a := l.attempt(ev.Attempt); a != nil {
		if a.resolved() || a.Recall { // what is taken back was bought, whatever a late look says
			return nil
		}
		if ev.Sends > 0 && ev.Sends < a.Sends { // somebody has sent it again meanwhile
			a.count(ev.Code)
			return nil
		}
		a.Code, a.RetryAt = ev.Code, ev.RetryAt
		a.count(ev.Code)
		if ev.External != "" {
			a.External = ev.External
		}
		if a.Outcome = outcomeOf(ev, a.Outcome); a.resolved() {
			a.Letters = nil
		}
	}
	c.lineFails(l, ev)
	c.resolved()
	return nil
}

// count keeps how many sends were answered so that they did nothing.
func (a *Attempt) count(code Code) {
	if code == CodeLimited || code == CodeNotSent || code.Refusal() {
		a.Known++
	}
	if code == CodeConflict {
		a.Conflicts++
	}
}

// doubtful reports whether a send before the newest one may have bought: a
// refusal of the newest then says nothing about the attempt.
func (a *Attempt) doubtful() bool {
	return a.Outcome == OutcomeUnclear || a.Known+1 < a.Sends
}

// outcomeOf tells a definite refusal from "nobody knows". A request that did
// not go out, or was put off, leaves what was known.
func outcomeOf(ev BuyFails, before Outcome) Outcome {
	switch {
	case ev.Code == CodeLimited || ev.Code == CodeNotSent || ev.Code == CodeConflict && !ev.Final:
		return before
	case ev.Code.Refusal():
		return OutcomeRefused
	default:
		return OutcomeUnclear
	}
}

func (c *change) lineFails(l *Line, ev BuyFails) {
	a := l.attempt(ev.Attempt)
	switch {
	case a != nil && a.Outcome == OutcomeUnclear:
		l.State = LineUnclear
		c.unclear(ev)
	case ev.Final:
		l.State, l.Why, l.Asks = LineFailed, ev.Reason, ev.Asks
		c.note(ev.At, "failed", string(ev.Code))
		if c.o.Flags.Has(FlagLate) && !c.o.stopped() {
			c.giveUpLine(l) // it was paid late: bought only as long as nothing stands against it
		} else {
			c.hold(ev.At, ev.Reason)
		}
		c.complete(ev.At)
	case a != nil && a.Outcome == OutcomeRefused: // try again with a new attempt
		l.State = LineWaiting
	default:
		c.slow(ev)
	}
}

func (c *change) unclear(ev BuyFails) {
	if ev.Final {
		c.hold(ev.At, ReasonUnclear, FlagUnclear)
		return
	}
	if !c.o.Flags.Has(FlagUnclear) {
		c.o.Flags = c.o.Flags.With(FlagUnclear)
		c.note(ev.At, "unclear", string(ev.Code))
		c.do(EffectNotify)
	}
}

// slowAlarm is how long a paid order may wait for its supplier before a
// person hears of it.
const slowAlarm = 10 * time.Minute

// slow notes that a purchase has to wait: the buyer hears of it at once, the
// admins when it lasts. It is tried again all the same.
func (c *change) slow(ev BuyFails) {
	if !c.o.Flags.Has(FlagSupplierDown) {
		c.o.Flags = c.o.Flags.With(FlagSupplierDown)
		c.do(EffectNotify)
	}
	if paid, ok := c.o.since(Paid); ok && ev.At.Since(paid) >= slowAlarm {
		c.hold(ev.At, ReasonSupplierDown)
	}
}

// complete moves the order on when no line is under way any more. Beside goods
// that came, what the supplier does not have is the buyer's credit.
func (c *change) complete(at Stamp) {
	got, undecided := false, false
	for _, l := range c.o.Lines {
		switch l.State {
		case LineGot:
			got = got || l.Got > 0
		case LineFailed:
			undecided = undecided || l.Credited == 0
		default:
			return
		}
	}
	if got && undecided {
		undecided = c.giveUpMissing()
	}
	switch open := c.o.Status == Paid || c.o.Status == Fulfilling; {
	case got && open:
		c.o.Status = Ready
		c.note(at, string(Ready), "")
		c.do(EffectNotify)
	case !got && !undecided && open:
		c.o.Status = Refunded
		c.note(at, string(Refunded), "")
		c.do(EffectNotify)
	}
	c.spread(at)
}

// giveUpMissing gives up lines whose supplier definitely does not deliver, and
// reports whether others are left for a person.
func (c *change) giveUpMissing() (undecided bool) {
	for i := range c.o.Lines {
		l := &c.o.Lines[i]
		switch {
		case l.State != LineFailed || l.Credited > 0:
		case (l.Why == ReasonStock || l.Why == ReasonRefused) && !c.o.stopped():
			c.giveUpLine(l)
		default:
			undecided = true
		}
	}
	if !undecided {
		c.releaseHold(ReasonStock)
		c.releaseHold(ReasonRefused)
	}
	return undecided
}

// resolved reports whether it is known what became of an attempt.
func (a *Attempt) resolved() bool {
	return a.Outcome == OutcomeDone || a.Outcome == OutcomeRefused || a.Outcome == OutcomeBack
}

// resendable reports whether the attempt's bytes may leave again. A supplier
// that is asked once is asked again only when nothing of any send arrived.
func (a *Attempt) resendable() bool {
	return !a.resolved() && (a.Once == "" || a.Known >= a.Sends)
}

// done reports whether an attempt needs its permit no more.
func (a *Attempt) done(t SupplierTerms) bool {
	return a.resolved() || t.Frees && a.AcceptedAt > 0 && a.External != ""
}

// purse names the account at the supplier that pays for the line.
func (l Line) purse() string {
	if l.Purse != "" {
		return l.Purse
	}
	return l.Supplier
}

func (l Line) account() Account { return Account("supplier:" + l.purse()) }

func (l *Line) attempt(n int) *Attempt {
	for i := range l.Attempts {
		if l.Attempts[i].N == n {
			return &l.Attempts[i]
		}
	}
	return nil
}
