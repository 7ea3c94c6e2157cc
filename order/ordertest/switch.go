package ordertest

import (
	"context"

	"giftbot/order"
)

var _ order.Switch = (*View)(nil)

// SetSales implements order.Switch.
func (v *View) SetSales(_ context.Context, sales order.Sales) error {
	return lockedDo(v, "set_sales", func() error { v.s.sales = sales; return nil })
}

// Sales implements order.Switch.
func (v *View) Sales(context.Context) (order.Sales, error) {
	return locked(v, "sales", func() (order.Sales, error) { return v.s.sales, nil })
}

// Standing implements order.Index.
func (v *View) Standing(context.Context) (order.Standing, error) {
	return locked(v, "standing", func() (order.Standing, error) {
		return order.Standing{Reserved: v.s.reserved(), Sales: v.s.sales}, nil
	})
}

func (s *Store) reserved() map[string]order.Money {
	sum := make(map[string]order.Money)
	for _, r := range s.orders {
		for supplier, m := range r.reserve {
			sum[supplier] += m
		}
	}
	return sum
}
