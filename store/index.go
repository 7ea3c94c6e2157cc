package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

const (
	numberLength = 10 // characters of an order number in a buyer's history
	noLimit      = 1<<31 - 1
	unreadHints  = 32 // more news than this about one order are not kept
)

// OfBuyer lists a buyer's orders, newest first, and how many there are. It
// takes two round trips: the numbers, then the orders.
func (s *Store) OfBuyer(ctx context.Context, buyer int64, offset, limit int) ([]order.Order, int, error) {
	k := shardKeys(Shard(buyer, s.shards))
	numbers, total, err := s.historyPage(ctx, k.history(buyer), offset, limit)
	if err != nil || len(numbers) == 0 {
		return nil, total, err
	}
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = k.order(n)
	}
	cmds, err := s.pipeline(ctx, "orders of a buyer", func(p redis.Pipeliner) { p.MGet(ctx, keys...) })
	if err != nil {
		return nil, 0, err
	}
	records, err := answerAs[*redis.SliceCmd](cmds, 0)
	if err != nil {
		return nil, 0, err
	}
	var orders []order.Order
	for _, record := range records.Val() {
		text, there := record.(string)
		if !there {
			continue
		}
		o, err := s.decodeOrder(text)
		if err != nil {
			return nil, 0, err
		}
		orders = append(orders, o)
	}
	return orders, total, nil
}

// historyPage cuts a page out of a history, counted from its end.
func (s *Store) historyPage(ctx context.Context, key string, offset, limit int) ([]order.Number, int, error) {
	if offset < 0 || limit < 1 {
		offset, limit = max(offset, 0), max(limit, 0)
	}
	to := -int64(offset*numberLength) - 1
	from := to - int64(limit*numberLength) + 1
	cmds, err := s.pipeline(ctx, "orders of a buyer", func(p redis.Pipeliner) {
		p.StrLen(ctx, key)
		p.GetRange(ctx, key, from, to)
	})
	if err != nil {
		return nil, 0, err
	}
	length, err := answerAs[*redis.IntCmd](cmds, 0)
	if err != nil {
		return nil, 0, err
	}
	page, err := answerAs[*redis.StringCmd](cmds, 1)
	if err != nil {
		return nil, 0, err
	}
	total := int(length.Val()) / numberLength
	if offset >= total || limit == 0 {
		return nil, total, nil
	}
	return pageNumbers(page.Val()), total, nil
}

// pageNumbers cuts a piece of a history into its numbers, last first.
func pageNumbers(page string) []order.Number {
	var numbers []order.Number
	for end := len(page); end >= numberLength; end -= numberLength {
		numbers = append(numbers, order.Number(page[end-numberLength:end]))
	}
	return numbers
}

// Wake makes an order due now and keeps the hint for its next claim. A hint
// that already waits unread is not kept twice. CodeMissing: no such order.
func (s *Store) Wake(ctx context.Context, n order.Number, hint order.Hint) error {
	k, err := s.shardOf("wake", n)
	if err != nil {
		return err
	}
	line, err := encodeHint(hint)
	if err != nil {
		return err
	}
	keys := []string{k.order(n), k.due(), k.hints()}
	most := unreadHints
	if hint.Letter != nil {
		most = noLimit // it may hold the only copy of what was bought
	}
	answer, err := s.run(ctx, "wake", s.scripts.wake, keys, string(n), s.offsetMillis(), line, most)
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("wake", order.CodeMissing, errNoOrder)
	}
	return nil
}
