package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"giftbot/order"
)

// slow is a vendor whose answer takes its time. A call that is cut before that
// has an outcome nobody knows.
type slow struct {
	order.Supplier
	order.Payer

	takes time.Duration
}

func (s slow) answer(ctx context.Context) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return &order.Error{Code: order.CodeUnclear, Op: "cut"}
	}
}

func (s slow) Buy(ctx context.Context, _ order.Purchase) (order.Receipt, error) {
	return order.Receipt{Total: 1}, s.answer(ctx)
}

func (s slow) Pay(ctx context.Context, _ order.PayoutRequest) (order.PayoutReceipt, error) {
	return order.PayoutReceipt{}, s.answer(ctx)
}

// A bot that is asked to stop lets what it spends come to its end, and does not
// wait for ever.
func TestWhatIsSpentIsNotCutByAStop(t *testing.T) {
	for _, tc := range []struct {
		takes, stopped time.Duration
		ends           bool
	}{
		{5 * time.Second, time.Second, true},
		{finishTime + 5*time.Second, time.Second, false},
		{time.Second, 0, false}, // before it began
	} {
		synctest.Test(t, func(t *testing.T) {
			v := vendors{spent: newSpending(&handClock{}), payers: map[string]order.Payer{}}
			v.pays("pay", slow{takes: tc.takes})
			supplier := v.spent.watch(slow{takes: tc.takes})
			for name, call := range map[string]func(context.Context) error{
				"purchase": func(ctx context.Context) error {
					_, err := supplier.Buy(ctx, order.Purchase{})
					return err
				},
				"payout": func(ctx context.Context) error {
					_, err := v.payers["pay"].Pay(ctx, order.PayoutRequest{})
					return err
				},
			} {
				ctx, stop := context.WithCancel(t.Context())
				if tc.stopped == 0 {
					stop()
				}
				time.AfterFunc(tc.stopped, stop)
				if err := call(ctx); (err == nil) != tc.ends {
					t.Errorf("a %s of %v, stopped after %v: %v", name, tc.takes, tc.stopped, err)
				}
				stop()
			}
		})
	}
}
