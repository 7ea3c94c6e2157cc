package app

import (
	"context"
	"time"

	"giftbot/order"
)

// clearEvery is how often credit that belongs to another buyer than the order
// it came from is carried over.
const clearEvery = 30 * time.Second

// clear carries store credit to whom it belongs, until ctx ends. All replicas
// may do it: what one moved, the others find gone.
func (a *App) clear(ctx context.Context) {
	for sleep(ctx, clearEvery) {
		a.clearOnce(ctx, a.store)
	}
}

func (a *App) clearOnce(ctx context.Context, c order.Clearing) {
	moved, err := c.Clear(ctx)
	if err != nil && ctx.Err() == nil {
		a.metrics.Count("clearing", "failed")
		a.log.Warn("credit is not carried over", "err", err)
	}
	for range moved {
		a.metrics.Count("clearing", "moved")
	}
}
