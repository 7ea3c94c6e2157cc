package main

import (
	"context"
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/sandbox/infini"
	"giftbot/store"
)

const (
	tillWait      = 10 * time.Second // the slowest supplier takes 4 purchases in 10 s
	tillPatience  = 60
	sentMessages  = 10_000_000 // messages of a bot that is not new: their ids are stored
	watchedFor    = 50 * time.Hour
	announcements = 64
)

// till is a shop whose orders this benchmark moves itself, so that days pass
// in a moment: the engine step by step, the sandbox's webhooks, and in place
// of the chat the record of what a buyer was shown.
type till struct {
	*shop
	engine *order.Engine
	store  *store.Store // the engine's
	end    func()
	sold   []order.Number
	shown  int
}

// openTill opens the shop, and an engine that only moves when it is told.
func openTill(ctx context.Context, redis string) (*till, error) {
	s, err := openShop(ctx, shopOptions{redis: redis, five: true, passive: true})
	if err != nil {
		return nil, err
	}
	t := &till{shop: s}
	engine, own, stop, err := s.hurried(ctx, redis)
	if err != nil {
		s.stop()
		return nil, err
	}
	t.engine, t.store, t.end = engine, own, func() { s.stop(); stop() }
	// Its journal is seen to be as empty as Redis before anything is sold.
	if err = t.settle(ctx); err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

// sell places orders, pays them and lets them be delivered.
func (t *till) sell(ctx context.Context, drafts []order.Draft) error {
	numbers := make([]order.Number, len(drafts))
	for i, d := range drafts {
		var err error
		if d.Number, err = t.engine.NewNumber(d.Buyer); err != nil {
			return fmt.Errorf("draw a number: %w", err)
		}
		if _, err = t.engine.Place(ctx, d); err != nil {
			return fmt.Errorf("place an order: %w", err)
		}
		numbers[i] = d.Number
	}
	t.sold = append(t.sold, numbers...)
	err := t.await(ctx, numbers, "a link", time.Second, func(o order.Order) bool { return o.Payments[0].External != "" })
	if err != nil {
		return err
	}
	for _, n := range numbers {
		o, failed := t.store.Load(ctx, n)
		if failed != nil {
			return failed
		}
		if _, err = t.world.Infini.Pay(o.Payments[0].External, infini.PayOptions{}); err != nil {
			return fmt.Errorf("pay: %w", err)
		}
	}
	err = t.await(ctx, numbers, "its goods", tillWait, func(o order.Order) bool { return o.Status == order.Delivered && o.Message != 0 })
	t.world.Clock.Advance(tillWait)
	return err
}

// close lets the time pass after which nobody looks at the links any more.
func (t *till) close(ctx context.Context) error {
	t.world.Clock.Advance(watchedFor)
	return t.await(ctx, t.sold, "its end", time.Hour, func(o order.Order) bool { return o.Payments[0].State == order.PaymentClosed })
}

// await moves everything until all orders are as wanted; whenever nothing
// moves any more, some time passes.
func (t *till) await(ctx context.Context, numbers []order.Number, what string, pause time.Duration, wanted func(order.Order) bool) error {
	var last order.Order
	for range tillPatience {
		for _, n := range numbers {
			t.engine.Wake(n) // webhooks came to the shop, not to this engine
		}
		if err := t.settle(ctx); err != nil {
			return err
		}
		open := numbers[:0:0]
		for _, n := range numbers {
			o, err := t.store.Load(ctx, n)
			if err != nil {
				return err
			}
			if !wanted(o) {
				open, last = append(open, n), o
			}
		}
		if numbers = open; len(numbers) == 0 {
			return nil
		}
		t.world.Clock.Advance(pause)
	}
	return fmt.Errorf("order %s, %s, still waits for %s", last.Number, last.Status, what)
}

// settle does everything there is to do at this moment.
func (t *till) settle(ctx context.Context) error {
	for {
		worked, err := t.engine.Step(ctx)
		if err != nil {
			return err
		}
		told, err := t.tell(ctx)
		if err != nil {
			return err
		}
		if !worked && told == 0 && t.world.Tick(ctx) == 0 {
			return ctx.Err()
		}
	}
}

// tell records that what is to be told was told.
func (t *till) tell(ctx context.Context) (int, error) {
	list, _, err := t.store.Announcements(ctx, announcements)
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		if err := t.tellOne(ctx, p); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (t *till) tellOne(ctx context.Context, p store.Pending) error {
	a, err := t.store.Take(ctx, p)
	if err != nil {
		return err
	}
	if a.Kind != order.AnnounceStatus {
		return t.store.Ack(ctx, a)
	}
	message := a.Order.Message
	if message == 0 {
		t.shown++
		message = sentMessages + t.shown
	}
	err = t.engine.Shown(ctx, a, message)
	if order.CodeOf(err) == order.CodeStale {
		return t.store.Later(ctx, a, order.At(t.world.Clock.Now()))
	}
	return err
}
