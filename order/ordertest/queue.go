package ordertest

import (
	"cmp"
	"context"
	"slices"

	"giftbot/order"
)

var _ order.Desk = (*View)(nil)

// Waiting implements order.Desk.
func (v *View) Waiting(_ context.Context, offset, limit int) ([]order.Order, int, error) {
	var total int
	list, err := locked(v, "waiting", func() ([]order.Order, error) {
		held := v.s.waiting()
		total = len(held)
		var list []order.Order
		for _, r := range cut(held, offset, limit) {
			list = append(list, r.order)
		}
		return list, nil
	})
	return list, total, err
}

// waiting lists what waits for a person, longest first.
func (s *Store) waiting() []*record {
	var held []*record
	for _, r := range s.orders {
		if r.held != 0 {
			held = append(held, r)
		}
	}
	slices.SortFunc(held, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.held, b.held), cmp.Compare(a.order.Number, b.order.Number))
	})
	return held
}
