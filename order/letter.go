package order

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
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
		if j.order.Found && j.order.Held() { // a journal may come that has its lines
			j.stays(j.e.now().Add(j.e.policy.Rules.PollWatch))
		}
		return nil
	}
	if j.hasLetter(l) {
		return nil
	}
	ev := Arrived{Line: l.Line, Attempt: l.Attempt, Sealed: l.Sealed, At: j.e.now()}
	if !j.settled(l) {
		return j.apply(ev)
	}
	doubled, err := j.doubled(ctx, l)
	switch {
	case err != nil:
		j.e.Log.Warn("letter", "order", j.order.Number, "code", CodeOf(err), "err", err)
		a := j.order.Lines[l.Line].attempt(l.Attempt)
		j.stays(j.e.now().Add(max(RetryAfter(err), j.lookAfter(*a), vendorWait)))
		return nil
	case !doubled:
		return nil
	}
	ev.Doubled = true
	return j.apply(ev)
}

// settled reports whether a letter speaks of a purchase that nobody waits for
// any more.
func (j *job) settled(l Letter) bool {
	line := j.order.Lines[l.Line]
	last, ok := line.Last()
	if !ok {
		return false
	}
	a := line.attempt(l.Attempt)
	return l.Attempt < last.N || line.State == LineGot || line.State == LineFailed || a != nil && a.resolved()
}

// hasLetter reports whether the same content was kept already: vendors call
// back more than once.
func (j *job) hasLetter(l Letter) bool {
	a := j.order.Lines[l.Line].attempt(l.Attempt)
	if a == nil {
		return false
	}
	body, err := j.e.Vault.Open(j.order.Number, letterPurpose(l.Line, l.Attempt), l.Sealed)
	return err == nil && slices.ContainsFunc(a.Letters, func(sealed []byte) bool {
		kept, err := j.e.Vault.Open(j.order.Number, letterPurpose(l.Line, l.Attempt), sealed)
		return err == nil && bytes.Equal(kept, body)
	})
}

// letterPatience is how old a purchase may be whose further letter cannot be
// read: then a person gets it as it is.
const letterPatience = 48 * time.Hour

// doubled reports whether a letter about a settled purchase brings something
// else than what its line already has: goods that nobody ordered.
func (j *job) doubled(ctx context.Context, l Letter) (bool, error) {
	line := j.order.Lines[l.Line]
	r, ok := j.e.Receivers[line.Supplier]
	a := line.attempt(l.Attempt)
	if !ok || a == nil {
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
	case err != nil && j.e.now().Since(a.FirstSentAt) >= letterPatience:
		return true, nil
	case err != nil:
		return false, err
	case len(receipt.Mismatch) > 0 && a.Outcome != OutcomeBack:
		return true, nil // what does not fit may be goods all the same
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
	return others(have, pieces), nil
}

// others reports whether one of the pieces is not among those at hand.
func others(have, pieces []Piece) bool {
	return slices.ContainsFunc(pieces, func(p Piece) bool {
		return !slices.ContainsFunc(have, func(h Piece) bool { return h.id() == p.id() })
	})
}

// opened reads every letter about a purchase. The one with the most pieces
// counts; what another brings beyond it, or what cannot be read, is told.
func (j *job) opened(ctx context.Context, r Receiver, p Purchase, i int, a Attempt) (Receipt, error) {
	var got []Receipt
	var refused, unclear error
	for _, sealed := range a.Letters {
		body, err := j.e.Vault.Open(j.order.Number, letterPurpose(i, a.N), sealed)
		if err != nil {
			unclear = fmt.Errorf("open a letter: %w", err)
			continue
		}
		switch receipt, err := r.Receive(ctx, p, body); {
		case err == nil:
			got = append(got, receipt)
		case CodeOf(err).Refusal():
			refused = err
		default:
			unclear = err
		}
	}
	switch {
	case len(got) == 0 && unclear != nil:
		return Receipt{}, unclear
	case len(got) == 0:
		return Receipt{}, refused
	}
	best := slices.MaxFunc(got, func(a, b Receipt) int { return cmp.Compare(len(a.Pieces), len(b.Pieces)) })
	for _, other := range got {
		if others(best.Pieces, other.Pieces) {
			best.Mismatch = append(slices.Clone(best.Mismatch), "another_letter")
			break
		}
	}
	if unclear != nil {
		best.Mismatch = append(slices.Clone(best.Mismatch), "unread_letter")
	}
	return best, nil
}
