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
		if balance, ok := s.balances[purse]; ok && s.balanceAt != 0 {
			return balance, order.At(c.cfg.Clock.Now()).Since(s.balanceAt), true
		}
	}
	return 0, 0, false
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
