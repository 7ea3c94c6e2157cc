package order

import (
	"context"
	"fmt"
)

// Spent is a line of the journal: an outside call that cannot be repeated was
// about to leave.
type Spent struct {
	Owner string // PermitOwner
	At    Stamp
}

// Recover gives attempts back that Redis has forgotten and the journal has not:
// they may have been sent, so they are looked for and never made again. It is
// called before the engine's first step; somebody else may work on the orders.
func (e *Engine) Recover(ctx context.Context, list []Spent) error {
	for _, s := range list {
		n, line, attempt, err := ParsePermitOwner(s.Owner)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		var ev Event = Arrived{Line: line, Attempt: attempt, At: s.At}
		if line < 0 {
			ev = PayOutFails{Payout: -1 - line, Code: CodeUnclear, At: s.At}
		}
		if err := e.recover(ctx, n, ev); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	return nil
}

func (e *Engine) recover(ctx context.Context, n Number, ev Event) error {
	for range claimTries {
		o, err := e.Store.Load(ctx, n)
		if err != nil && CodeOf(err) == CodeMissing {
			e.Meter.Count("journal_orders_missing", "")
			e.Log.Error("the journal knows a purchase of an order that Redis does not", "order", n)
			return nil
		}
		if err != nil || !forgot(o, ev) {
			return err
		}
		e.Meter.Count("journal_attempts_recovered", "")
		e.Log.Error("Redis forgot a purchase that the journal knows", "order", n)
		if err = e.remember(ctx, o, ev); CodeOf(err) != CodeStale || err == nil {
			return err
		}
	}
	return &Error{Code: CodeBusy, Op: "recover " + string(n)}
}

// forgot reports whether an order knows less than the journal.
func forgot(o Order, ev Event) bool {
	switch ev := ev.(type) {
	case Arrived:
		return forgotPurchase(o, ev)
	case PayOutFails:
		if ev.Payout >= len(o.Payouts) {
			return true
		}
		p := o.Payouts[ev.Payout]
		return p.open() && !p.left() && (p.Sends == 0 || ev.At >= p.RetryAt)
	default:
		return false
	}
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
