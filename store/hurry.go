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
	k := shardKeys(Shard(chat, s.shards))
	suffix := ":" + strconv.FormatInt(chat, 10)
	_, err := s.run(ctx, "hurry", s.scripts.hurry, []string{k.outbox(), k.lease()}, suffix, s.offsetMillis())
	return err
}
