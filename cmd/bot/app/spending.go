package app

import (
	"context"
	"sync"
	"time"

	"giftbot/catalog"
	"giftbot/order"
)

// spending remembers what this replica bought since a supplier's balance was
// last read: the balance in the catalogue is up to a minute old, and a
// checkout must not count the same money twice.
type spending struct {
	clock order.Clock
	mu    sync.Mutex
	made  map[string][]spent
}

type spent struct {
	at     time.Time
	amount order.Money
}

func newSpending(clock order.Clock) *spending {
	return &spending{clock: clock, made: make(map[string][]spent)}
}

// keepSpending is longer than a balance is ever trusted.
const keepSpending = time.Hour

func (s *spending) add(purse string, amount order.Money) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	kept := s.made[purse][:0]
	for _, m := range s.made[purse] {
		if now.Sub(m.at) < keepSpending {
			kept = append(kept, m)
		}
	}
	s.made[purse] = append(kept, spent{at: now, amount: amount})
}

// within sums what was spent in the last stretch of time.
func (s *spending) within(purse string, age time.Duration) order.Money {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.clock.Now().Add(-age)
	var sum order.Money
	for _, m := range s.made[purse] {
		if !m.at.Before(since) {
			sum += m.amount
		}
	}
	return sum
}

// watch returns the supplier with its purchases counted.
func (s *spending) watch(supplier order.Supplier) order.Supplier {
	return watched{Supplier: supplier, spending: s}
}

type watched struct {
	order.Supplier
	spending *spending
}

// Buy implements order.Supplier. A purchase that has begun is finished, and one
// whose outcome is unclear counts as made, at the expected cost.
func (w watched) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	receipt, err := w.Supplier.Buy(ctx, p)
	switch {
	case err == nil && receipt.Total > 0 && !receipt.Failed:
		w.spending.add(p.Purse, receipt.Total)
	case err == nil || order.CodeOf(err) == order.CodeUnclear:
		w.spending.add(p.Purse, p.UnitCost.Times(p.Quantity))
	}
	return receipt, err
}

// funds is a supplier's balance as last read, less what was spent since.
type funds struct {
	catalog  *catalog.Catalogue
	spending *spending
}

func (v vendors) funds(c *catalog.Catalogue) order.Funds {
	return funds{catalog: c, spending: v.spent}
}

// Balance implements order.Funds.
func (f funds) Balance(purse string) (order.Money, bool) {
	balance, known := f.catalog.Balance(purse)
	if !known {
		return 0, false
	}
	_, age, _ := f.catalog.BalanceAge(purse)
	return balance - f.spending.within(purse, age), true
}
