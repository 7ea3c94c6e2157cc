package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// permitSlack keeps the sweeper from an attempt that a worker is about to
	// release by itself.
	permitSlack = 15 * time.Second
	// attemptSlack is how long a permit may be held before its attempt is
	// stored. It is longer than clocks of two replicas are ever apart: a permit
	// taken away too early lets two purchases of one product run side by side.
	attemptSlack = 5 * time.Minute
)

// freePermits releases what a crash left behind: permits of attempts whose
// outcome is stored. One that cannot be freed does not keep the others.
func (e *Engine) freePermits(ctx context.Context) error {
	var errs []error
	for _, vendor := range append(sortedKeys(e.Suppliers), payoutVendor) {
		held, err := e.Permits.Held(ctx, vendor)
		if err != nil {
			errs = append(errs, fmt.Errorf("permits of %s: %w", vendor, err))
			continue
		}
		if s, ok := e.Suppliers[vendor]; ok {
			e.paused.set(vendor, held, s.Terms().Patience, e.now())
		}
		for _, p := range held {
			errs = append(errs, e.freePermit(ctx, p))
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) freePermit(ctx context.Context, p Permit) error {
	age := e.now().Since(p.Since)
	if age < permitSlack {
		return nil
	}
	n, line, attempt, err := ParsePermitOwner(p.Owner)
	if err != nil {
		return fmt.Errorf("permit owner: %w", err)
	}
	o, err := e.Store.Load(ctx, n)
	if err != nil && CodeOf(err) != CodeMissing {
		return fmt.Errorf("permit of %s: %w", n, err)
	}
	if line < 0 {
		return e.freePayout(ctx, p, o, -1-line, age)
	}
	var a Attempt
	if err == nil && line >= 0 && line < len(o.Lines) && o.Lines[line].attempt(attempt) != nil {
		a = *o.Lines[line].attempt(attempt)
	}
	if a.N == 0 && age < attemptSlack || a.N != 0 && !a.done(e.Suppliers[p.Vendor].Terms()) {
		return nil
	}
	err = e.Permits.Release(ctx, p, a.External)
	if err != nil && CodeOf(err) == CodeExists {
		if err = e.ownedByAnother(ctx, n, line, a); err == nil {
			err = e.Permits.Release(ctx, p, "")
		}
	}
	if err != nil {
		return fmt.Errorf("free a permit: %w", err)
	}
	e.Meter.Count("permits_freed", p.Vendor)
	return nil
}

// freePayout releases the permit of a payout whose end is known, or that was
// never stored.
func (e *Engine) freePayout(ctx context.Context, p Permit, o Order, payout int, age time.Duration) error {
	known := payout >= len(o.Payouts) && age >= attemptSlack
	if payout < len(o.Payouts) {
		known = o.Payouts[payout].known()
	}
	if !known {
		return nil
	}
	if err := e.Permits.Release(ctx, p, ""); err != nil {
		return fmt.Errorf("free a permit: %w", err)
	}
	e.Meter.Count("permits_freed", p.Vendor)
	return nil
}

// ownedByAnother holds an order whose purchase turns out to belong to another
// one: two buyers may have the same codes.
func (e *Engine) ownedByAnother(ctx context.Context, n Number, line int, a Attempt) error {
	claim, err := e.Store.Claim(ctx, n)
	if err != nil {
		return fmt.Errorf("a purchase of two orders: %w", err)
	}
	j := e.job(Claim{Order: claim.Order}) // its hints stay
	if err := j.applyNews(anothers(line, a, e.now())); err != nil {
		return err
	}
	return j.park(ctx)
}

// anothers says that the purchase of an attempt is booked to another order.
func anothers(line int, a Attempt, at Stamp) Event {
	return Bought{Line: line, Attempt: a.N, External: a.External, Mismatch: []string{"order_of_another"}, At: at}
}
