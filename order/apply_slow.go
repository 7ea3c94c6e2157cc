package order

import (
	"slices"
	"strconv"
	"time"
)

// recallAgain is the wait before lost goods are asked back again.
const recallAgain = time.Minute

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
	if a.resolved() || l.State != LineBuying && l.State != LineUnclear {
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
	if len(ev.Mismatch) > 0 && !slices.Contains(c.o.Doubts, ReasonGoods) {
		c.note(ev.At, "mismatch", mismatchNote(ev.Mismatch))
		c.hold(ev.At, ReasonGoods)
	}
	if ev.Late {
		c.hold(ev.At, ReasonSlow)
	}
	return nil
}

// arrived keeps a callback's content with its attempt until it is dealt with.
// The longest one counts: a callback may come twice, and with less.
func (c *change) arrived(ev Arrived) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil {
		// Redis went back to before the attempt was stored.
		l.Attempts = append(l.Attempts, Attempt{N: ev.Attempt, FirstSentAt: ev.At, Sends: 1, Once: "callback"})
		a = &l.Attempts[len(l.Attempts)-1]
		if l.State == LineWaiting {
			l.State = LineBuying
		}
	}
	last, _ := l.Last()
	expected := a.N == last.N && !a.resolved() && (l.State == LineBuying || l.State == LineUnclear)
	if !expected && !ev.Doubled {
		return nil
	}
	if len(ev.Sealed) > len(a.Letter) {
		a.Letter = ev.Sealed
	}
	if !expected {
		c.hold(ev.At, ReasonGoodsTwice)
		return nil
	}
	a.RetryAt = 0
	return nil
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
	a.External, a.Outcome, a.Recall, a.RetryAt = ev.External, OutcomeUnclear, ev.Recall, ev.At.Add(recallAgain)
	l.State = LineUnclear
	if ev.Recall {
		a.RetryAt = 0
		return nil
	}
	c.note(ev.At, "secret_lost", ev.External)
	c.hold(ev.At, ReasonSecretLost)
	return nil
}

// recalled books what came back, and credits the buyer with what the line cost
// them: nobody will bring these goods any more.
func (c *change) recalled(ev Recalled) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil || a.resolved() || l.State != LineUnclear {
		return nil
	}
	a.Outcome, a.RetryAt, a.Recall = OutcomeBack, 0, false
	l.State = LineFailed
	c.note(ev.At, "recalled", ev.Back.String())
	c.post("l"+strconv.Itoa(ev.Line)+"/a"+strconv.Itoa(ev.Attempt)+"/lost", l.account(), "losses", ev.Spent-ev.Back)
	c.creditLine(ev.Line, l, ev.At)
	c.resolved()
	c.complete(ev.At)
	return nil
}

// creditLine gives a line's price to the buyer's credit.
func (c *change) creditLine(index int, l *Line, at Stamp) {
	l.Credited = l.UnitPrice.Times(l.Quantity)
	c.note(at, "credited", l.Credited.String())
	c.post("l"+strconv.Itoa(index)+"/credit", c.account(), c.o.creditAccount(), l.Credited)
	c.do(EffectNotify)
	c.do(EffectPing)
}

// creditAccount is the buyer's store credit.
func (o Order) creditAccount() Account {
	return Account("credit:" + strconv.FormatInt(o.Buyer, 10))
}

// Credited is all money of the order that went to the buyer's credit.
func (o Order) Credited() Money {
	var sum Money
	for _, l := range o.Lines {
		sum += l.Credited
	}
	return sum
}
