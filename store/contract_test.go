package store

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
	"giftbot/store/redistest"
)

// The engine's tests run on a store in memory: what they assume of it is what
// this one does. miniredis, because a real server's clock cannot be moved.
func TestKeepsTheEnginesContract(t *testing.T) {
	ordertest.Contract(t, func(t *testing.T) ordertest.Subject {
		mini := redistest.StartMini(t)
		now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
		mini.SetTime(now)
		w := newWorld(t, redistest.MiniURL, redistest.NewCutter(mini.Dial), func(o *Options) { o.Lease = DefaultLease })
		s := w.s
		return ordertest.Subject{
			Store: s, Index: s, Outbox: s, Permits: s, Credits: s, Desk: s, Switch: s, Clearing: s,
			Number: func(buyer int64) order.Number {
				n, err := order.NewNumber(rand.Reader, Shard(buyer, s.Shards()))
				if err != nil {
					t.Fatal(err)
				}
				return n
			},
			Pending: func(ctx context.Context) ([]ordertest.Pending, error) {
				list, _, err := s.Announcements(ctx, 100)
				out := make([]ordertest.Pending, len(list))
				for i, p := range list {
					out[i] = ordertest.Pending(p)
				}
				return out, err
			},
			Take: func(ctx context.Context, n order.Number, a order.Announcement) (order.Announced, error) {
				return s.Take(ctx, Pending{Announcement: a, Number: n})
			},
			Later: s.Later,
			Advance: func(d time.Duration) {
				now = now.Add(d)
				mini.SetTime(now)
			},
			Now: func() order.Stamp { return order.At(now) },
		}
	})
}
