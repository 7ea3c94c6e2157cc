package order

import (
	"context"
	"fmt"
	"slices"
)

// Deliver keeps what a supplier's callback brought for a purchase, sealed and
// durable, and has the order looked at. CodeMissing: no such order.
func (e *Engine) Deliver(ctx context.Context, n Number, line, attempt int, body []byte) error {
	sealed, err := e.Vault.Seal(n, letterPurpose(line, attempt), body)
	if err != nil {
		return fmt.Errorf("seal a letter of %s: %w", n, err)
	}
	return e.Hint(ctx, n, Hint{Letter: &Letter{Line: line, Attempt: attempt, Sealed: sealed}})
}

// letter takes a callback's content over into the order, so that the hint can
// go. The content is checked by the next look at the purchase.
func (j *job) letter(ctx context.Context, l Letter) error {
	if l.Line < 0 || l.Line >= len(j.order.Lines) || l.Attempt < 1 {
		j.e.Meter.Count("letters_refused", "line")
		return nil
	}
	doubled, err := j.doubled(ctx, l)
	if err != nil {
		j.e.Log.Warn("letter", "order", j.order.Number, "code", CodeOf(err), "err", err)
		j.hints = false // it stays until it can be read
		j.wait = j.e.now().Add(max(RetryAfter(err), vendorWait))
		return nil
	}
	return j.applyNews(Arrived{Line: l.Line, Attempt: l.Attempt, Sealed: l.Sealed, Doubled: doubled, At: j.e.now()})
}

// doubled reports whether a letter speaks of something else than what its line
// already has: goods that nobody ordered.
func (j *job) doubled(ctx context.Context, l Letter) (bool, error) {
	line := j.order.Lines[l.Line]
	if last, ok := line.Last(); !ok || l.Attempt >= last.N && line.State != LineGot && line.State != LineFailed {
		return false, nil
	}
	r, ok := j.e.Receivers[line.Supplier]
	if !ok || line.attempt(l.Attempt) == nil {
		return true, nil
	}
	body, err := j.e.Vault.Open(j.order.Number, letterPurpose(l.Line, l.Attempt), l.Sealed)
	if err != nil {
		return true, nil //nolint:nilerr // kept for a person, whatever it is
	}
	p, err := j.purchase(l.Line, l.Attempt)
	if err != nil {
		return false, err
	}
	receipt, err := r.Receive(ctx, p, body)
	switch {
	case err != nil && CodeOf(err).Refusal():
		return false, nil // it brought nothing
	case err != nil:
		return false, err
	}
	return j.strange(l.Line, receipt.Pieces)
}

// strange reports whether one of the pieces is not among the line's goods.
func (j *job) strange(i int, pieces []Piece) (bool, error) {
	var have []Piece
	if goods := j.order.Lines[i].Goods; len(goods) > 0 {
		var err error
		if have, err = unseal[[]Piece](j.e.Vault, j.order.Number, goodsPurpose(i), goods); err != nil {
			return false, err
		}
	}
	for _, p := range pieces {
		if !slices.ContainsFunc(have, func(h Piece) bool { return h.id() == p.id() }) {
			return true, nil
		}
	}
	return false, nil
}

// recall takes goods back that nobody can use. It is asked for again until the
// supplier's books say that it is done.
func (j *job) recall(ctx context.Context, i int) error {
	s, ok := j.supplier(i)
	r, can := j.e.Recallers[j.order.Lines[i].Supplier]
	a, _ := j.order.Lines[i].Last()
	if !ok || !can {
		return j.apply(Lost{Line: i, Attempt: a.N, External: a.External, At: j.e.now()})
	}
	p, err := j.purchase(i, a.N)
	if err != nil {
		return err
	}
	back, err := r.Recall(ctx, p, a.External)
	now := j.e.now()
	switch {
	case err == nil:
		j.try(Recalled{Line: i, Attempt: a.N, Spent: p.UnitCost.Times(p.Quantity), Back: back, At: now})
	case CodeOf(err) == CodeConflict:
		j.try(Lost{Line: i, Attempt: a.N, External: a.External, At: now})
	default:
		j.e.Log.Warn("recall", "order", j.order.Number, "code", CodeOf(err), "err", err)
		j.wait = now.Add(max(RetryAfter(err), recallAgain))
		return nil
	}
	return j.settle(ctx, i, a.N, j.permit(i, a, s.Terms()), s.Terms())
}

// Spent is a line of the journal: an outside call that cannot be repeated was
// about to leave.
type Spent struct {
	Owner string // PermitOwner
	At    Stamp
}

// Recover gives attempts back that Redis has forgotten and the journal has not:
// they may have been sent, so they are looked for and never made again. It is
// called before the engine's first step.
func (e *Engine) Recover(ctx context.Context, list []Spent) error {
	for _, s := range list {
		n, line, attempt, err := ParsePermitOwner(s.Owner)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		o, err := e.Store.Load(ctx, n)
		switch {
		case CodeOf(err) == CodeMissing && err != nil:
			e.Meter.Count("journal_orders_missing", "")
			e.Log.Error("the journal knows a purchase of an order that Redis does not", "order", n)
		case err != nil:
			return fmt.Errorf("journal: %w", err)
		case line < 0 || line >= len(o.Lines) || o.Lines[line].attempt(attempt) != nil:
		default:
			if err := e.recover(ctx, n, Arrived{Line: line, Attempt: attempt, At: s.At}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) recover(ctx context.Context, n Number, ev Arrived) error {
	claim, err := e.Store.Claim(ctx, n)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	e.Meter.Count("journal_attempts_recovered", "")
	e.Log.Error("Redis forgot a purchase that the journal knows", "order", n)
	j := &job{e: e, order: claim.Order, done: make(reads)}
	if err := j.apply(ev); err != nil {
		return err
	}
	return j.park(ctx)
}
