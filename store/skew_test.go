package store

import (
	"testing"
	"time"

	"giftbot/order"
)

// A process whose clock is off names moments by it. Redis must wake it at that
// moment and not at once: else a slow clock polls without a pause.
func TestDueMomentsAreOfTheCallersClock(t *testing.T) {
	for _, off := range []time.Duration{-4 * time.Minute, 4 * time.Minute} {
		both(t, func(w *world) {
			slow := w.open(func(o *Options) { o.Clock = func() time.Time { return time.Now().Add(off) } })
			n := w.sleeping()
			mine := func() order.Stamp { return order.At(time.Now().Add(off)) }
			near := func(got, want order.Stamp) {
				t.Helper()
				if d := got.Since(want).Abs(); d > 2*time.Second {
					t.Errorf("clock off by %v: %v apart", off, d)
				}
			}
			c, err := slow.Claim(t.Context(), n)
			w.ok(err)
			w.ok(slow.Park(t.Context(), n, c.Order.Version, mine().Add(30*time.Second)))
			list, next, err := slow.Due(t.Context(), 10)
			w.ok(err)
			if len(list) != 0 {
				t.Fatalf("clock off by %v: parked for half a minute and due at once", off)
			}
			near(next, mine().Add(30*time.Second))
			_, seen, err := w.s.Due(t.Context(), 10)
			w.ok(err)
			near(seen, order.At(time.Now()).Add(30*time.Second))
		})
	}
}
