package catalog

import (
	"time"

	"giftbot/order"
)

// Balance returns what the shop can still spend at a supplier, as last read,
// and whether it is known: never read, or older than Config.MaxAge, is not.
func (c *Catalogue) Balance(supplier string) (order.Money, bool) {
	balance, age, ok := c.BalanceAge(supplier)
	return balance, ok && age <= c.cfg.MaxAge
}

// BalanceAge returns the balance as last read and how old it is, false when
// it was never read.
func (c *Catalogue) BalanceAge(supplier string) (order.Money, time.Duration, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, s := range c.shelves {
		if s.source.Name() == supplier && s.balanceAt != 0 {
			return s.balance, order.At(c.cfg.Clock.Now()).Since(s.balanceAt), true
		}
	}
	return 0, 0, false
}

// Available checks that the balance at a supplier, less what open orders
// will still cost there, covers a cost. CodeSupply: it does not, or the
// balance is not known.
func (c *Catalogue) Available(supplier string, cost, reserved order.Money) error {
	balance, known := c.Balance(supplier)
	if !known || cost < 0 || reserved < 0 || balance-reserved < cost {
		return &order.Error{Code: order.CodeSupply, Op: "cover by " + supplier}
	}
	return nil
}
