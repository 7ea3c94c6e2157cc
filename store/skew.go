package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"giftbot/order"
)

// skew is how far the clock of Redis, offset included, is ahead of this
// process's. Moments that callers name by their own clock are written by
// Redis's: a process that is behind would otherwise park an order at a moment
// that has passed there, and get it back at once, again and again.
type skew struct {
	now   func() time.Time // nil: the two clocks count as one
	ahead atomic.Int64     // milliseconds
}

// seen notes what Redis's clock says at this moment.
func (s *skew) seen(redis order.Stamp) {
	if s.now != nil {
		s.ahead.Store(int64(redis - order.At(s.now())))
	}
}

// toRedis is a moment of this process's by the clock of Redis; 0 stays never.
func (s *skew) toRedis(at order.Stamp) int64 {
	if at == 0 {
		return 0
	}
	return max(1, int64(at)+s.ahead.Load())
}

// fromRedis is the reverse of toRedis.
func (s *skew) fromRedis(at order.Stamp) order.Stamp {
	if at == 0 {
		return 0
	}
	return max(1, at-order.Stamp(s.ahead.Load()))
}

// compareClocks asks Redis for its time once; later every claim and take
// compares again.
func (s *Store) compareClocks(ctx context.Context) error {
	at, err := s.rdb.Time(ctx).Result()
	if err != nil {
		return redisError("time", fmt.Errorf("compare clocks: %w", err))
	}
	s.clocks.seen(order.At(at.Add(s.offset())))
	return nil
}

// leased notes the clock of Redis by the end of a lease that it has just given.
func (s *Store) leased(ends order.Stamp) {
	s.clocks.seen(ends.Add(s.offset() - s.lease))
}
