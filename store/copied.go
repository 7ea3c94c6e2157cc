package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// copyWait is how long a replica has to confirm a write (DESIGN §3).
const copyWait = 500 * time.Millisecond

// commitCopied commits, and where the primary has replicas waits until one of
// them has the write: on the same connection, because WAIT speaks of what its
// own connection wrote. CodeNotCopied: stored, and not confirmed.
func (s *Store) commitCopied(ctx context.Context, o order.Order, keys []string, args []any) (order.Order, error) {
	node, err := s.primaryOf(ctx, keys[0])
	if err != nil {
		return order.Order{}, redisError("commit", err)
	}
	replicas, err := replicasOf(ctx, node)
	if err != nil {
		return order.Order{}, redisError("commit", err)
	}
	if replicas == 0 {
		return s.commitPlain(ctx, o, keys, args)
	}
	answer, copies, err := s.runAndWait(ctx, node, keys, args)
	if err != nil {
		return order.Order{}, redisError("commit", err)
	}
	stored, err := s.transitioned("commit", answer, o, o.Version+1)
	if err == nil && (copies < 1 || answer[0] != "OK") {
		// ALREADY: another connection wrote it, and its WAIT was lost.
		err = refused("commit", order.CodeNotCopied, nil)
	}
	return stored, err
}

func (s *Store) runAndWait(ctx context.Context, node *redis.Client, keys []string, args []any) ([]string, int64, error) {
	if err := s.scripts.commit.Load(ctx, node).Err(); err != nil {
		return nil, 0, err
	}
	var script *redis.Cmd
	var wait *redis.IntCmd
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		script = p.EvalSha(ctx, s.scripts.commit.Hash(), keys, args...)
		wait = redis.NewIntCmd(ctx, "wait", 1, copyWait.Milliseconds())
		return p.Process(ctx, wait)
	})
	if err != nil {
		return nil, 0, err
	}
	answer, err := script.StringSlice()
	if err == nil && len(answer) == 0 {
		err = errEmptyAnswer
	}
	return answer, wait.Val(), err
}

// primaryOf is the node that holds a key.
func (s *Store) primaryOf(ctx context.Context, key string) (*redis.Client, error) {
	switch c := s.rdb.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	default:
		return nil, fmt.Errorf("%w: client %T", errAnswer, c)
	}
}

// replicasOf is how many replicas a primary has at this moment.
func replicasOf(ctx context.Context, node *redis.Client) (int, error) {
	text, err := node.Info(ctx, "replication").Result()
	if err != nil && strings.Contains(err.Error(), "is not supported") {
		return 0, nil // the demo's Redis in memory knows no replication
	}
	if err != nil {
		return 0, err
	}
	var connected string
	readInfo(text, map[string]*string{"connected_slaves": &connected})
	return strconv.Atoi(connected)
}

// commitSpending commits what lets something leave, and compares once more, with
// the Redis that has just stored it and on the same connection: CodeLoss when
// that is not the one of which every replica has said that it misses nothing, or
// when a freeze stands.
func (s *Store) commitSpending(ctx context.Context, o order.Order, keys []string, args []any, copied bool) (order.Order, error) {
	node, err := s.primaryOf(ctx, keys[0])
	if err != nil {
		return order.Order{}, redisError("commit", err)
	}
	replicas := 0
	if copied {
		if replicas, err = replicasOf(ctx, node); err != nil {
			return order.Order{}, redisError("commit", err)
		}
	}
	k := shardKeys(o.Number.Shard())
	least := s.least(k)
	said, err := s.askedCommit(ctx, node, keys, args, replicas > 0)
	if err != nil {
		return order.Order{}, redisError("commit", err)
	}
	s.counted(k, said.answer, least)
	stored, err := s.transitioned("commit", said.answer, o, o.Version+1)
	switch {
	case err != nil:
	case !s.tide.lets(said.redis, said.record):
		err = refused("commit", order.CodeLoss, nil)
	case replicas > 0 && (said.copies < 1 || said.answer[0] != "OK"):
		err = refused("commit", order.CodeNotCopied, nil)
	}
	return stored, err
}

// said is what came back from a commit that lets something leave.
type said struct {
	answer []string
	copies int64
	redis  string            // which one stored it
	record map[string]string // the freeze as it stands there, or where it lives
}

// askedCommit has a node commit, and say who it is. A node that does not know the
// script (restarted, promoted) gets it.
func (s *Store) askedCommit(ctx context.Context, node *redis.Client, keys []string, args []any, wait bool) (said, error) {
	out, err := s.runAndAsk(ctx, node, keys, args, wait)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err = s.scripts.commit.Load(ctx, node).Err(); err == nil {
			out, err = s.runAndAsk(ctx, node, keys, args, wait)
		}
	}
	return out, err
}

func (s *Store) runAndAsk(ctx context.Context, node *redis.Client, keys []string, args []any, wait bool) (said, error) {
	_, single := s.rdb.(*redis.Client)
	asks := s.identity == nil && s.tide.asks()
	var script *redis.Cmd
	var info *redis.StringCmd
	var record *redis.MapStringStringCmd
	copies := redis.NewIntCmd(ctx, "wait", 1, copyWait.Milliseconds())
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		script = p.EvalSha(ctx, s.scripts.commit.Hash(), keys, args...)
		if asks {
			info = p.Info(ctx, "replication")
		}
		if single {
			record = p.HGetAll(ctx, shopNotes.freeze())
		}
		if wait {
			return p.Process(ctx, copies)
		}
		return nil
	})
	if err != nil {
		return said{}, err
	}
	if !single {
		if record = s.rdb.HGetAll(ctx, shopNotes.freeze()); record.Err() != nil {
			return said{}, record.Err()
		}
	}
	out := said{copies: copies.Val(), record: record.Val(), redis: unnamed}
	switch {
	case asks:
		out.redis = readReplication(info.Val()).id
	case s.identity != nil:
		out.redis = or(s.identity(), unnamed)
	}
	if out.answer, err = script.StringSlice(); err == nil && len(out.answer) == 0 {
		err = errEmptyAnswer
	}
	return out, err
}

// lets reports whether something may leave that a Redis has just stored.
func (t *Tide) lets(id string, record map[string]string) bool {
	look := t.Look()
	t.mu.Lock()
	defer t.mu.Unlock()
	return look.Spends() && !stands(record) && slices.Contains(strings.Split(t.epoch(), ","), id)
}
