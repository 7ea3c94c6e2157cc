package order

import (
	"context"
	"fmt"
)

// hintHolders is how many orders one unknown supplier order id may wake.
const hintHolders = 16

// Hint stores that there is news about an order, durably, and has it looked
// at. It is all a webhook does before it is answered. News of a gateway about an
// order that Redis has forgotten is kept as found money, once all journals have
// been asked. CodeBusy: they are being asked. CodeMissing: no such order, and the
// news says nothing of a payment.
func (e *Engine) Hint(ctx context.Context, n Number, h Hint) error {
	if _, lists := e.Lists[h.Gateway]; h.Signed && !lists {
		e.linked(Linked{Number: n, Payment: h.Payment, Gateway: h.Gateway, External: h.External})
	}
	err := e.hint(ctx, n, h)
	if err != nil && CodeOf(err) == CodeMissing && h.Gateway != "" && h.Signed {
		if e.halted() { // a journal may know the order: the gateway tells of it again
			return &Error{Code: CodeBusy, Op: "news of an order that is looked for"}
		}
		return e.foundOrder(ctx, n, h)
	}
	return err
}

// hint stores news of an order that is there.
func (e *Engine) hint(ctx context.Context, n Number, h Hint) error {
	if err := e.Index.Wake(ctx, n, h); err != nil {
		return fmt.Errorf("wake %s: %w", n, err)
	}
	e.Wake(n)
	return nil
}

// Wake has an order looked at by this process. It is a shortcut only: the
// sweep finds every order that is due.
func (e *Engine) Wake(n Number) { e.queue.add(n) }

// HintSupplier has the order looked at that a supplier's order belongs to. An
// id that belongs to none may be a purchase whose answer was lost: then the
// orders with a purchase under way are looked at, a bounded number.
func (e *Engine) HintSupplier(ctx context.Context, supplier, external string) error {
	owner, err := e.Permits.Owner(ctx, supplier, external)
	if err != nil {
		return fmt.Errorf("owner of a supplier order: %w", err)
	}
	if owner != "" {
		return e.hintOwner(ctx, owner)
	}
	held, err := e.Permits.Held(ctx, supplier)
	if err != nil {
		return fmt.Errorf("purchases under way: %w", err)
	}
	for _, p := range held[:min(len(held), hintHolders)] {
		if err := e.hintOwner(ctx, p.Owner); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) hintOwner(ctx context.Context, owner string) error {
	n, _, _, err := ParsePermitOwner(owner)
	if err != nil {
		return fmt.Errorf("owner of a purchase: %w", err)
	}
	if err := e.Hint(ctx, n, Hint{}); err != nil && CodeOf(err) != CodeMissing {
		return err
	}
	return nil
}

// lookNow makes purchases that the supplier has accepted due for a look: news
// came, so the wait for it is over.
func (o Order) lookNow() Order {
	o = o.clone()
	for i := range o.Lines {
		for k := range o.Lines[i].Attempts {
			if a := &o.Lines[i].Attempts[k]; (a.External != "" || a.AcceptedAt > 0) && !a.resolved() {
				a.RetryAt = 0
			}
		}
	}
	return o
}
