package catalog

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// Markup is what the shop puts on top of a supplier's cost.
type Markup struct {
	Percent decimal.Decimal // of the cost of one piece
	Fixed   decimal.Decimal // USD per piece
}

// errPrice is wrapped when an item's price cannot be used.
var errPrice = errors.New("price")

// price returns what one piece costs us, rounded up to a micro-unit, and what
// the buyer pays for it: cost × (1 + percent) + fixed, rounded up to a cent,
// never below cost.
func (m Markup) price(asked decimal.Decimal) (cost, price order.Money, err error) {
	if !asked.IsPositive() {
		return 0, 0, fmt.Errorf("%w: not positive", errPrice)
	}
	if cost, err = order.MoneyRoundedUp(asked); err != nil {
		return 0, 0, fmt.Errorf("%w: %w", errPrice, err)
	}
	hundred := decimal.New(100, 0)
	// Shift instead of a division: every digit is kept until the rounding.
	wanted := asked.Mul(hundred.Add(m.Percent)).Shift(-2).Add(m.Fixed)
	if price, err = upToCent(decimal.Max(wanted, asked)); err != nil {
		return 0, 0, fmt.Errorf("%w: %w", errPrice, err)
	}
	return cost, price, nil
}

func upToCent(d decimal.Decimal) (order.Money, error) {
	m, err := order.MoneyRoundedUp(d.RoundCeil(2))
	if err != nil {
		return 0, err
	}
	return m, nil
}

// inDollars reports whether a currency is counted 1:1 as the shop currency
// (DESIGN §3).
func inDollars(currency string) bool {
	switch currency {
	case order.Currency, "USDT", "USDC":
		return true
	default:
		return false
	}
}
