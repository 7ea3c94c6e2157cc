package app

import (
	"context"
	"log/slog"
	"time"

	"giftbot/order"
	"giftbot/store"
)

// renewEvery is well below the lease of ten seconds.
const renewEvery = store.DefaultLease / 3

// keeper renews the lease of an order while a worker is busy with it, so that
// a slow vendor does not bring a second worker to the same order.
func keeper(s *store.Store, log *slog.Logger) func(order.Number) func() {
	return func(n order.Number) func() {
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(renewEvery, func() { renew(ctx, s, n, log) })
		return func() {
			timer.Stop()
			cancel()
		}
	}
}

func renew(ctx context.Context, s *store.Store, n order.Number, log *slog.Logger) {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := s.Renew(ctx, n); err != nil && ctx.Err() == nil {
			log.Warn("lease not renewed", "order", n, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}
