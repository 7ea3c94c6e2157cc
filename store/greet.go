package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// greeting marks what is said on a new connection before it is used.
type greeting struct{}

// greet meets the Redis behind every new connection before anything else is said
// there: what this replica writes next must not hide that something is missing.
func (s *Store) greet(ctx context.Context, c *redis.Conn) error {
	ctx = context.WithValue(ctx, greeting{}, true)
	id, primary, err := s.whois(ctx, c)
	if err != nil || !primary || !s.tide.meets(id) {
		return err
	}
	return s.meet(ctx, c, id)
}

// whois asks a connection which Redis is behind it, "-" when it does not say.
func (s *Store) whois(ctx context.Context, c *redis.Conn) (id string, primary bool, err error) {
	if s.identity != nil {
		id = or(s.identity(), unnamed)
		s.tide.answers(replication{id: id})
		return id, true, nil
	}
	if !s.tide.asks() {
		return unnamed, true, nil
	}
	info, err := c.Info(ctx, "replication").Result()
	if err != nil {
		if err = unlessRefused(err); err == nil {
			s.tide.silent()
		}
		return unnamed, true, err
	}
	r := readReplication(info)
	if _, several := s.rdb.(*redis.ClusterClient); !several && r.primary {
		s.tide.answers(r) // from here on nothing leaves before all replicas have compared
	}
	return or(r.id, unnamed), r.primary, nil
}

// unnamed is a Redis that does not say which one it is.
const unnamed = "-"

// meet compares how far each shard was when this Redis was first met. Shards
// that live on another node are left out.
func (s *Store) meet(ctx context.Context, c *redis.Conn, id string) error {
	cmds := make([]*redis.Cmd, s.shards)
	_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for shard := range s.shards {
			k := shardKeys(shard)
			cmds[shard] = s.scripts.floor.Eval(ctx, p, []string{k.floor(), k.seq()}, id)
		}
		return nil
	})
	if _, answered := errors.AsType[redis.Error](err); err != nil && !answered {
		return fmt.Errorf("meet redis: %w", err)
	}
	all := true
	for shard, cmd := range cmds {
		switch answer, err := cmd.StringSlice(); {
		case err == nil && len(answer) == 2:
			s.tide.floor(shard, id, whole(answer[1]))
		case redis.HasErrorPrefix(err, "MOVED"), redis.HasErrorPrefix(err, "ASK"):
		default:
			all = false // it is loading, or is no primary: the next connection asks again
		}
	}
	if all {
		s.tide.met(id)
	}
	return nil
}

// met notes that this process has compared the floors of a Redis.
func (t *Tide) met(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[id] = true
}
