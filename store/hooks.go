package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Trips counts round trips to Redis: a command is one, a pipeline is one per
// node. Greeting a new connection and loading scripts do not count.
type Trips struct{ n atomic.Int64 }

// Count returns the round trips since the start or the last Reset.
func (t *Trips) Count() int64 { return t.n.Load() }

// Reset starts counting from zero and returns what was counted.
func (t *Trips) Reset() int64 { return t.n.Swap(0) }

func (t *Trips) add(ctx context.Context, cmds ...redis.Cmder) {
	if ctx.Value(greeting{}) != nil {
		return
	}
	for _, cmd := range cmds {
		switch cmd.Name() {
		case "hello", "auth", "select", "client", "script", "cluster", "command", "readonly":
		default:
			t.n.Add(1)
			return
		}
	}
}

// hooked adds the hooks to a client of one node.
func hooked(c *redis.Client, o Options) redis.UniversalClient {
	addHooks(c, o)
	return c
}

// cluster adds the hooks to every node, so that trips are counted per node.
func cluster(c *redis.ClusterClient, o Options) redis.UniversalClient {
	c.OnNewNode(func(node *redis.Client) { addHooks(node, o) })
	return c
}

func addHooks(c *redis.Client, o Options) {
	if o.Guard {
		c.AddHook(guard{})
	}
	if o.Trips != nil {
		c.AddHook(counter{o.Trips})
	}
}

type counter struct{ trips *Trips }

func (h counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.trips.add(ctx, cmd)
		return next(ctx, cmd)
	}
}

func (h counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		h.trips.add(ctx, cmds...)
		return next(ctx, cmds)
	}
}

// guard refuses what a Redis Cluster would refuse, or would only accept by
// luck: a script or a multi-key command whose keys do not share one hash tag.
type guard struct{}

func (guard) DialHook(next redis.DialHook) redis.DialHook { return next }

func (guard) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if err := oneTag(cmd.Args()); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

func (guard) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			if err := oneTag(cmd.Args()); err != nil {
				cmd.SetErr(err)
				return err
			}
		}
		return next(ctx, cmds)
	}
}

// oneTag checks the keys of one command.
func oneTag(args []any) error {
	keys := keysOf(args)
	for _, key := range keys {
		if tagOf(key) == "" {
			return fmt.Errorf("store: key %q has no hash tag", key)
		}
		if tagOf(key) != tagOf(keys[0]) {
			return fmt.Errorf("store: keys %q and %q have two hash tags", keys[0], key)
		}
	}
	return nil
}

// keysOf returns the keys of the commands this package uses.
func keysOf(args []any) []string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = fmt.Sprint(a)
	}
	switch strings.ToLower(words[0]) {
	case "eval", "evalsha":
		n, err := strconv.Atoi(words[2])
		if err != nil || 3+n > len(words) {
			return []string{""}
		}
		return words[3 : 3+n]
	case "mget":
		return words[1:]
	case "get", "getrange", "strlen", "hget", "hmget", "hset", "hdel", "hgetall", "hvals", "lrange", "lindex", "llen", "zcard", "zrange":
		return words[1:2]
	default:
		return nil
	}
}
