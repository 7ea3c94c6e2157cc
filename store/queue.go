package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Desk = (*Store)(nil)

// Waiting lists orders that wait for a person, the one that has waited longest
// first, and how many there are. Two round trips: which, then the orders.
func (s *Store) Waiting(ctx context.Context, offset, limit int) ([]order.Order, int, error) {
	offset, limit = max(offset, 0), max(limit, 0)
	cmds, err := s.pipeline(ctx, "waiting", func(p redis.Pipeliner) {
		for shard := range s.shards {
			held := shardKeys(shard).held()
			p.ZCard(ctx, held)
			p.ZRangeWithScores(ctx, held, 0, int64(max(offset+limit, 1))-1)
		}
	})
	if err != nil {
		return nil, 0, err
	}
	all, total, err := heldIn(cmds)
	if err != nil {
		return nil, 0, err
	}
	page := pageOf(all, offset, limit)
	if len(page) == 0 {
		return nil, total, nil
	}
	orders, err := s.loadHeld(ctx, page)
	return orders, total, err
}

// heldIn reads how many orders wait, and the first of each shard.
func heldIn(cmds []redis.Cmder) ([]redis.Z, int, error) {
	var all []redis.Z
	total := 0
	for i := 0; i < len(cmds); i += 2 {
		count, err := answerAs[*redis.IntCmd](cmds, i)
		if err != nil {
			return nil, 0, err
		}
		first, err := answerAs[*redis.ZSliceCmd](cmds, i+1)
		if err != nil {
			return nil, 0, err
		}
		total += int(count.Val())
		all = append(all, first.Val()...)
	}
	return all, total, nil
}

// pageOf sorts by moment, then by number so that equal moments come in a stable
// order, and cuts a page.
func pageOf(all []redis.Z, offset, limit int) []order.Number {
	name := func(z redis.Z) string { return fmt.Sprint(z.Member) }
	slices.SortFunc(all, func(a, b redis.Z) int {
		return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(name(a), name(b)))
	})
	from := min(offset, len(all))
	var page []order.Number
	for _, z := range all[from:min(from+limit, len(all))] {
		page = append(page, order.Number(name(z)))
	}
	return page
}

// loadHeld reads orders of several shards in one pipeline. Those that a person
// has dealt with meanwhile are left out.
func (s *Store) loadHeld(ctx context.Context, numbers []order.Number) ([]order.Order, error) {
	cmds, err := s.pipeline(ctx, "waiting", func(p redis.Pipeliner) {
		for _, n := range numbers {
			p.Get(ctx, shardKeys(n.Shard()).order(n))
		}
	})
	if err != nil {
		return nil, err
	}
	var orders []order.Order
	for i := range cmds {
		record, err := answerAs[*redis.StringCmd](cmds, i)
		if err != nil {
			return nil, err
		}
		if errors.Is(record.Err(), redis.Nil) {
			continue
		}
		if record.Err() != nil {
			return nil, redisError("waiting", record.Err())
		}
		o, err := s.decodeOrder(record.Val())
		if err != nil {
			return nil, err
		}
		if o.Held() {
			orders = append(orders, o)
		}
	}
	return orders, nil
}
