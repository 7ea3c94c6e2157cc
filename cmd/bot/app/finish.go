package app

import (
	"context"
	"time"

	"giftbot/order"
)

// finishTime is how long a purchase or a payout that is under way may still take
// once the bot was asked to stop.
const finishTime = 10 * time.Second

// finishing is a context that ends a while after ctx. A call that spends and is
// cut in the middle is one whose outcome nobody knows. After ctx none begins.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return ctx, func() {}
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finishTime, cancel) })
	return own, func() {
		stop()
		cancel()
	}
}

// payer finishes a payout that has begun.
type payer struct{ order.Payer }

// Pay implements order.Payer.
func (p payer) Pay(ctx context.Context, r order.PayoutRequest) (order.PayoutReceipt, error) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	return p.Payer.Pay(ctx, r)
}
