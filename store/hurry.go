package store

import (
	"context"
	"strconv"
)

// Hurry makes everything that waits to be told to one chat due now: somebody
// who blocked the bot is back. It looks at the orders of that person's shard.
// What is being told at this moment is left alone. Idempotent; what was told
// meanwhile stays gone.
func (s *Store) Hurry(ctx context.Context, chat int64) error {
	return s.hurry(ctx, Shard(chat, s.shards), chat)
}

// HurryAll is Hurry for somebody who is told of other people's orders: it looks at
// every shard.
func (s *Store) HurryAll(ctx context.Context, chat int64) error {
	for shard := range s.shards {
		if err := s.hurry(ctx, shard, chat); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) hurry(ctx context.Context, shard int, chat int64) error {
	k := shardKeys(shard)
	suffix := ":" + strconv.FormatInt(chat, 10)
	_, err := s.run(ctx, "hurry", s.scripts.hurry, []string{k.outbox(), k.lease()}, suffix, s.offsetMillis())
	return err
}
