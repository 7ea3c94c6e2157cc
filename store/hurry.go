package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// hurried is the score of an announcement that waits no longer: long past.
const hurried = 1

// Hurry makes everything that waits to be told to one chat due now: somebody
// who blocked the bot is back. Idempotent; what was told meanwhile stays gone.
func (s *Store) Hurry(ctx context.Context, chat int64) error {
	k := shardKeys(Shard(chat, s.shards))
	cmds, err := s.pipeline(ctx, "hurry", func(p redis.Pipeliner) { p.ZRange(ctx, k.outbox(), 0, -1) })
	if err != nil {
		return err
	}
	var waiting []redis.Z
	suffix := ":" + strconv.FormatInt(chat, 10)
	for _, member := range cmds[0].(*redis.StringSliceCmd).Val() {
		if strings.HasSuffix(member, suffix) {
			waiting = append(waiting, redis.Z{Score: hurried, Member: member})
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	_, err = s.pipeline(ctx, "hurry", func(p redis.Pipeliner) {
		p.ZAddArgs(ctx, k.outbox(), redis.ZAddArgs{XX: true, Members: waiting})
	})
	return err
}
