package order

import (
	"context"
	"fmt"
	"slices"
)

// replace puts an order that the journal knows in the place of what was found of
// it: a webhook came between a loss and its notice. Its money stays booked, and
// its payments are read again. What a person has decided about is left to them.
func (e *Engine) replace(ctx context.Context, found, o Order) (int, error) {
	for range claimTries {
		if !found.Found {
			return 0, nil // another replica was as quick
		}
		if found.decided() {
			e.Log.Error("the journal knows an order whose money a person gave away", "order", o.Number)
			return 0, nil
		}
		whole := e.asked(o).with(found).spentLike(found)
		err := e.swap(ctx, whole)
		if err != nil && CodeOf(err) == CodeCredit {
			if whole, err = e.shortOfCredit(ctx, whole); err == nil {
				err = e.swap(ctx, whole)
			}
		}
		if err == nil {
			e.Meter.Count("journal_orders_placed", "found")
			e.Log.Error("the journal knows the order that money was found of", "order", o.Number)
			e.Wake(o.Number)
			return 1, nil
		}
		if CodeOf(err) != CodeStale {
			return 0, fmt.Errorf("replace %s: %w", o.Number, err)
		}
		if found, err = e.Store.Load(ctx, o.Number); err != nil {
			return 0, fmt.Errorf("replace %s: %w", o.Number, err)
		}
	}
	return 0, &Error{Code: CodeBusy, Op: "replace " + string(o.Number)}
}

func (e *Engine) swap(ctx context.Context, o Order) error {
	_, err := e.save(ctx, Transition{
		Order: o, Aside: true, Wake: true, Listed: true, Reserve: o.Reserve(), Open: o.Unpaid(),
		Announce: e.stillHeld(o), Postings: creditPostings(o),
	})
	return err
}

// decided reports whether a person has said anything about the order.
func (o Order) decided() bool {
	said := slices.ContainsFunc(o.Timeline, func(m Moment) bool { return m.By != 0 })
	return said || o.Returned != 0 || len(o.Payouts) > 0 || o.Vouched() > 0
}

// with is an order with the payments that were found of it, and their money.
func (o Order) with(found Order) Order {
	o = o.clone()
	o.Version = found.Version
	for i, f := range found.Payments {
		if f.gap() {
			continue
		}
		if i < len(o.Payments) && o.Payments[i].link() && o.Payments[i].Gateway == f.Gateway {
			o.Payments[i].adopts(f)
			continue
		}
		c := change{o: o}
		c.keep(f)
		o = c.o
	}
	o.Timeline = append(o.Timeline, found.Timeline...)
	return o
}

// adopts makes a link of a journal's order the one that was found: its sum is
// known now, so that what nobody could value is valued when it is read.
func (p *Payment) adopts(f Payment) {
	p.State, p.External, p.ExpiresAt = f.State, f.External, f.ExpiresAt
	p.Seen, p.Confirming, p.Ended, p.Falls = f.Seen, f.Confirming, f.Ended, f.Falls
	p.Kept, p.Fell, p.Now, p.Coin, p.Coins, p.Unknown = f.Kept, f.Fell, f.Now, f.Coin, f.Coins, f.Unknown
}
