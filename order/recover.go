package order

import (
	"context"
	"fmt"
	"slices"
)

// Spent is a line of the journal: an outside call was about to leave. Without a
// key it cannot be repeated.
type Spent struct {
	Owner string // PermitOwner
	At    Stamp
	Keyed bool // it can, under its derived key
}

// Recover gives attempts back that Redis has forgotten and the journal has not:
// they may have been sent, so they are looked for and never made again. It is
// called before the engine's first step; somebody else may work on the orders.
func (e *Engine) Recover(ctx context.Context, list []Spent) error {
	var h Healed
	err := e.recoverAll(ctx, list, &h)
	if err == nil && h.Broken > 0 {
		return &Error{Code: CodeInvalid, Op: "lines of a journal"}
	}
	return err
}

// recoverAll is Recover, and counts what it gave back. What left for orders that
// nobody knows waits: another replica's journal may have the order.
func (e *Engine) recoverAll(ctx context.Context, list []Spent, h *Healed) error {
	var nobodys []Spent
	for _, s := range list {
		again, err := e.giveAgain(ctx, s)
		switch {
		case err != nil && CodeOf(err) == CodeMissing:
			e.Meter.Count("journal_orders_missing", "")
			e.Log.Error("the journal knows a spend of an order that Redis does not", "owner", s.Owner)
			nobodys = append(nobodys, s)
		case err != nil && !e.skips(h, err, s.Owner):
			return fmt.Errorf("journal: %w", err)
		}
		h.Spends += again
	}
	e.healing.keepSpends(nobodys)
	return nil
}

// giveAgain gives one line of a journal back to its order, and returns 1 when the
// order had forgotten it. CodeMissing: there is no such order.
func (e *Engine) giveAgain(ctx context.Context, s Spent) (int, error) {
	n, ev, err := s.event()
	if err != nil {
		return 0, err
	}
	return e.recover(ctx, n, ev)
}

// event is what a line of a journal means for its order.
func (s Spent) event() (Number, Event, error) {
	n, line, attempt, err := ParsePermitOwner(s.Owner)
	if err != nil {
		return "", nil, &Error{Code: CodeInvalid, Op: "line of a journal", Err: err}
	}
	arrived := Arrived{Line: line, Attempt: attempt, At: s.At}
	switch {
	case line < 0:
		return n, PayOutFails{Payout: -1 - line, Code: CodeUnclear, At: s.At}, nil
	case s.Keyed:
		return n, keyed{arrived}, nil
	}
	return n, arrived, nil
}

// findSpends puts what left for orders that nobody knows before a person, once
// all journals have been asked: an order without lines that says what it was.
func (e *Engine) findSpends(ctx context.Context, h *Healed) error {
	for _, s := range e.healing.nobodysSpends() {
		again, err := e.foundSpend(ctx, s)
		if err != nil && CodeOf(err) == CodeMissing {
			err = &Error{Code: CodeInvalid, Op: "spend of an order of another shop", Err: err}
		}
		if err != nil && !e.skips(h, err, s.Owner) {
			return fmt.Errorf("find spends: %w", err)
		}
		h.Spends += again
	}
	e.healing.keepSpends(nil)
	return nil
}

func (e *Engine) foundSpend(ctx context.Context, s Spent) (int, error) {
	again, err := e.giveAgain(ctx, s)
	if err == nil || CodeOf(err) != CodeMissing {
		return again, err // a journal had the order
	}
	n, _, err := s.event()
	if err != nil {
		return 0, err
	}
	if err := e.insertFound(ctx, n, "journal"); err != nil {
		return 0, err
	}
	return e.giveAgain(ctx, s)
}

// keyed is a purchase under a derived key; the key is derived from the order.
type keyed struct{ Arrived }

// recover gives one spend back, and returns 1 when the order had forgotten it.
func (e *Engine) recover(ctx context.Context, n Number, ev Event) (int, error) {
	for range claimTries {
		o, err := e.Store.Load(ctx, n)
		if err != nil {
			return 0, err
		}
		if ev = e.named(o, ev); !forgot(o, ev) {
			return 0, nil
		}
		e.Meter.Count("journal_attempts_recovered", "")
		e.Log.Error("Redis forgot a purchase that the journal knows", "order", n)
		if err = e.remember(ctx, o, ev); CodeOf(err) != CodeStale || err == nil {
			return 1, err
		}
	}
	return 0, &Error{Code: CodeBusy, Op: "recover " + string(n)}
}

// named gives a purchase under a derived key its key.
func (e *Engine) named(o Order, ev Event) Event {
	k, is := ev.(keyed)
	if !is {
		return ev
	}
	arrived := k.Arrived
	if arrived.Line >= 0 && arrived.Line < len(o.Lines) {
		l := o.Lines[arrived.Line]
		arrived.Key = PurchaseKey(e.policy.Shop, o.Number, arrived.Line, arrived.Attempt, l.Item, l.Quantity)
	}
	return arrived
}

// forgot reports whether an order knows less than the journal.
func forgot(o Order, ev Event) bool {
	switch ev := ev.(type) {
	case Arrived:
		if o.Found {
			return !o.spentFor(PermitOwner(o.Number, ev.Line, ev.Attempt))
		}
		return forgotPurchase(o, ev)
	case PayOutFails:
		if o.Found {
			return !o.spentFor(PayoutOwner(o.Number, ev.Payout))
		}
		if ev.Payout >= len(o.Payouts) {
			return !slices.Contains(o.Doubts, ReasonPayoutUnclear)
		}
		p := o.Payouts[ev.Payout]
		return p.open() && !p.left() && (p.Sends == 0 || ev.At >= p.RetryAt)
	default:
		return false
	}
}

// spentFor reports whether a found order says that something left for it.
func (o Order) spentFor(owner string) bool {
	return slices.ContainsFunc(o.Timeline, func(m Moment) bool { return m.What == "spent" && m.Note == owner })
}

// spent notes what left for an order of which nobody knows more, for a person.
func (c *change) spent(at Stamp, owner string, reason Reason) {
	if c.o.Found && !c.o.spentFor(owner) {
		c.note(at, "spent", owner)
	}
	c.hold(at, reason)
}

// spentLike is an order with what left for what was found of it: it is not sent
// again.
func (o Order) spentLike(found Order) Order {
	for _, m := range found.Timeline {
		if m.What != "spent" {
			continue
		}
		_, ev, err := Spent{Owner: m.Note, At: m.At}.event()
		if err != nil {
			continue
		}
		if next, _, err := Apply(o, ev); err == nil {
			o = next
		}
	}
	return o
}

// forgotPurchase reports whether an order does not know an attempt, or not that
// it was sent again.
func forgotPurchase(o Order, ev Arrived) bool {
	if ev.Line < 0 || ev.Line >= len(o.Lines) {
		return false
	}
	a := o.Lines[ev.Line].attempt(ev.Attempt)
	return a == nil || a.Once != "" && a.resendable() && ev.At >= a.RetryAt
}

// remember stores what the journal knows beside whoever works on the order.
func (e *Engine) remember(ctx context.Context, o Order, ev Event) error {
	_, err := e.saveAside(ctx, o, ev)
	return err
}
