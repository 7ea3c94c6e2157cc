package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// What one voucher costs here, in micro-units.
const (
	priceOfOne order.Money = 12_500_000
	costOfOne  order.Money = 10_000_000
)

// takePattern sells one voucher and reads what that left in Redis.
func takePattern(ctx context.Context) (p pattern, err error) {
	server, err := startRedis(ctx)
	if err != nil {
		return p, err
	}
	defer server.stop()
	t, err := openTill(ctx, server.url)
	if err != nil {
		return p, err
	}
	defer t.end()
	drafts, err := t.drafts(order.KindVoucher, 1)
	if err != nil {
		return p, err
	}
	if err = t.sell(ctx, drafts); err == nil {
		err = t.close(ctx)
	}
	if err != nil {
		return p, err
	}
	p.number = t.sold[0]
	tag := fmt.Sprintf("{s%02d}:", p.number.Shard())
	return p, server.with(func(c *redis.Client) error {
		var failed error
		if p.record, failed = c.Get(ctx, tag+"o:"+string(p.number)).Result(); failed != nil {
			return fmt.Errorf("pattern: %w", failed)
		}
		lines, failed := c.LRange(ctx, tag+"ledger", 0, -1).Result()
		if failed != nil {
			return fmt.Errorf("pattern: %w", failed)
		}
		p.ledger = linesOf(lines, p.number)
		if len(p.ledger) == 0 {
			return errors.New("pattern: no ledger line")
		}
		return nil
	})
}

// linesOf are the ledger lines of one order.
func linesOf(lines []string, n order.Number) []string {
	var out []string
	for _, l := range lines {
		if strings.HasPrefix(l, string(n)+"\n") {
			out = append(out, l)
		}
	}
	return out
}

// operations are what R6 times.
func operations() []struct {
	name string
	do   func(*stock, context.Context) (time.Duration, error)
} {
	return []struct {
		name string
		do   func(*stock, context.Context) (time.Duration, error)
	}{{"claim", (*stock).claim}, {"transition", (*stock).transition}, {"history page", (*stock).history}}
}

// scale is R6.
func scale(ctx context.Context, s settings) ([]result, error) {
	p, err := takePattern(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	full, err := openStock(ctx, p, s.count(manyOrders))
	defer full.stop()
	if err != nil {
		return nil, err
	}
	filled := time.Since(began)
	few, err := openStock(ctx, p, fewOrders)
	defer few.stop()
	if err != nil {
		return nil, err
	}
	durable, err := compareStocks(ctx, s.rounds, full, few)
	if err != nil {
		return nil, err
	}
	for _, x := range []*stock{full, few} {
		if err = x.server.with(func(c *redis.Client) error { return c.ConfigSet(ctx, "appendfsync", "no").Err() }); err != nil {
			return nil, fmt.Errorf("fsync: %w", err)
		}
	}
	hasty, err := compareStocks(ctx, s.rounds, full, few)
	if err != nil {
		return nil, err
	}
	return scaleResults(s.count(manyOrders), filled, durable, hasty), nil
}

// compareStocks measures each operation on both sides by turns.
func compareStocks(ctx context.Context, count int, full, few *stock) ([]rounds, error) {
	var all []rounds
	for _, op := range operations() {
		for _, x := range []*stock{full, few} { // connections, caches
			if _, err := op.do(x, ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", op.name, err)
			}
		}
		r, err := interleave(count,
			func() (time.Duration, error) { return op.do(full, ctx) }, func() (time.Duration, error) { return op.do(few, ctx) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

func scaleResults(many int, filled time.Duration, durable, hasty []rounds) []result {
	about := []string{
		"The store's claim of an order, any of all there are.",
		"The store's commit of an order: another version with a line in the ledger, a reservation and another due moment.",
		fmt.Sprintf("The newest %d of the %d orders of anybody.", pageOfList, perBuyer),
	}
	var list []result
	for i, op := range operations() {
		list = append(list, result{
			name: "R6, " + op.name, unit: "×", values: durable[i].ratios(1), limit: scaleLimit, aim: scaleAim,
			ours: fmt.Sprintf("%s Median time, one at a time, in a Redis that holds %d orders.", about[i], many), rival: fmt.Sprintf("the same where there are %d.", fewOrders),
			detail: fmt.Sprintf("%s; without waiting for the disk (`appendfsync no`) %s × (%s)",
				durable[i].sides("an operation"), number(median(hasty[i].ratios(1))), hasty[i].sides("an operation")),
		})
	}
	list[0].ours += fmt.Sprintf(" The records of a delivered order were copied under other numbers and people's ids, with history, ledger lines and the supplier's name for it, one in %d of them open and due later; "+
		"the orders of the transitions are stored by the store's own insert. Filled in %s.", openShare, filled.Round(time.Second))
	return list
}
