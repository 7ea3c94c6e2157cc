package store

import (
	"context"
	"fmt"
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
