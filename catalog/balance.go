package catalog

import (
	"maps"
	"slices"
	"time"

	"giftbot/order"
)

// Balance returns what an account at a supplier still holds, as last read, and
// whether it is known: never read, or older than Config.MaxAge, is not.
func (c *Catalogue) Balance(purse string) (order.Money, bool) {
	balance, age, ok := c.BalanceAge(purse)
	return balance, ok && age <= c.cfg.MaxAge
}

// BalanceAge returns the balance as last read and how old it is, false when
// it was never read.
func (c *Catalogue) BalanceAge(purse string) (order.Money, time.Duration, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, s := range c.shelves {
		if b, ok := s.balances[purse]; ok {
			return b.amount, order.At(c.cfg.Clock.Now()).Since(b.at), true
		}
	}
	return 0, 0, false
}

// count takes over what was read of a supplier's accounts. What is missing from
// an answer that is not complete stays as it was, and grows old.
func (s *shelf) count(read map[string]order.Money, at order.Stamp, complete bool) {
	if complete || s.balances == nil {
		s.balances = make(map[string]balance, len(read))
	}
	for purse, amount := range read {
		s.balances[purse] = balance{amount: amount, at: at}
	}
}

// Purses lists the accounts whose balance was ever read, by supplier and name.
func (c *Catalogue) Purses() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var all []string
	for _, s := range c.shelves {
		all = append(all, slices.Sorted(maps.Keys(s.balances))...)
	}
	return all
}

// Available checks that the balance of an account at a supplier, less what open orders
// will still cost there, covers a cost. CodeSupply: it does not, or the
// balance is not known.
func (c *Catalogue) Available(purse string, cost, reserved order.Money) error {
	balance, known := c.Balance(purse)
	if !known || cost < 0 || reserved < 0 || balance-reserved < cost {
		return &order.Error{Code: order.CodeSupply, Op: "cover by " + purse}
	}
	return nil
}
