package ordertest

import (
	"context"

	"giftbot/order"
)

var (
	_ order.Store   = (*View)(nil)
	_ order.Index   = (*View)(nil)
	_ order.Outbox  = (*View)(nil)
	_ order.Permits = (*View)(nil)
)

// View is the store as one process sees it: every call goes through its gate.
type View struct {
	s *Store
	g *Gate
}

// View opens the store for one process. A nil gate never fails.
func (s *Store) View(g *Gate) *View { return &View{s: s, g: g} }

// locked makes one call with the store to itself.
func locked[T any](v *View, op string, call func() (T, error)) (T, error) {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	return pass(v.g, op, call)
}

func lockedDo(v *View, op string, call func() error) error {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	return do(v.g, op, call)
}

// Insert implements order.Store.
func (v *View) Insert(_ context.Context, t order.Transition) (order.Order, error) {
	return locked(v, "insert", func() (order.Order, error) { return v.s.insert(t) })
}

// Claim implements order.Store.
func (v *View) Claim(_ context.Context, n order.Number) (order.Claim, error) {
	return locked(v, "claim", func() (order.Claim, error) { return v.s.claim(n) })
}

// Commit implements order.Store.
func (v *View) Commit(_ context.Context, t order.Transition) (order.Order, error) {
	return locked(v, "commit", func() (order.Order, error) { return v.s.commit(t) })
}

// Load implements order.Store.
func (v *View) Load(_ context.Context, n order.Number) (order.Order, error) {
	return locked(v, "load", func() (order.Order, error) { return v.s.load(n) })
}

// Park implements order.Store.
func (v *View) Park(_ context.Context, n order.Number, version int64, due order.Stamp) error {
	return lockedDo(v, "park", func() error { return v.s.park(n, version, due) })
}

// OfBuyer implements order.Index.
func (v *View) OfBuyer(_ context.Context, buyer int64, offset, limit int) ([]order.Order, int, error) {
	var total int
	list, err := locked(v, "of_buyer", func() ([]order.Order, error) {
		var list []order.Order
		list, total = v.s.ofBuyer(buyer, offset, limit)
		return list, nil
	})
	return list, total, err
}

// Wake implements order.Index.
func (v *View) Wake(_ context.Context, n order.Number, h order.Hint) error {
	return lockedDo(v, "wake", func() error { return v.s.wake(n, h) })
}

// Due implements order.Index.
func (v *View) Due(_ context.Context, limit int) ([]order.Number, order.Stamp, error) {
	var next order.Stamp
	list, err := locked(v, "due", func() ([]order.Number, error) {
		var list []order.Number
		list, next = v.s.dueNow(limit)
		return list, nil
	})
	return list, next, err
}

// Ack implements order.Outbox.
func (v *View) Ack(_ context.Context, a order.Announced) error {
	return lockedDo(v, "ack", func() error {
		if r := v.s.orders[a.Number]; r == nil || !r.ack(a) {
			return refuse("ack", order.CodeStale)
		}
		return nil
	})
}

// Acquire implements order.Permits.
func (v *View) Acquire(_ context.Context, p order.Permit) error {
	return lockedDo(v, "acquire", func() error { return v.s.acquire(p) })
}

// Release implements order.Permits.
func (v *View) Release(_ context.Context, p order.Permit, external string) error {
	return lockedDo(v, "release", func() error { return v.s.release(p, external) })
}

// Held implements order.Permits.
func (v *View) Held(_ context.Context, vendor string) ([]order.Permit, error) {
	return locked(v, "held", func() ([]order.Permit, error) { return v.s.held(vendor), nil })
}

// Owner implements order.Permits.
func (v *View) Owner(_ context.Context, vendor, external string) (string, error) {
	return locked(v, "owner", func() (string, error) { return v.s.owners[vendor+"\n"+external], nil })
}
