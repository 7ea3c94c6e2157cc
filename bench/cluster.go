package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

const slots = 16384

// redisCluster are primaries that share the slots, without replicas.
type redisCluster struct {
	nodes []*redisServer
	url   string
}

func (c *redisCluster) stop() {
	for _, n := range c.nodes {
		n.stop()
	}
}

// startCluster starts primaries and waits until every one of them knows all
// slots.
func startCluster(ctx context.Context, many int) (*redisCluster, error) {
	c := &redisCluster{}
	for range many {
		n, err := startRedis(ctx, "--cluster-enabled", "yes")
		if err != nil {
			c.stop()
			return nil, err
		}
		c.nodes = append(c.nodes, n)
	}
	if err := c.join(ctx); err != nil {
		c.stop()
		return nil, err
	}
	addrs := make([]string, many)
	for i, n := range c.nodes {
		addrs[i] = n.addr
	}
	c.url = "redis://" + strings.Join(addrs, ",")
	return c, nil
}

// join gives each node its share of the slots and has it meet the first one.
func (c *redisCluster) join(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.nodes[0].addr)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	for i, n := range c.nodes {
		from, to := share(i, len(c.nodes))
		if err := n.with(func(r *redis.Client) error {
			if err := r.ClusterAddSlotsRange(ctx, from, to).Err(); err != nil || i == 0 {
				return err
			}
			return r.ClusterMeet(ctx, host, port).Err()
		}); err != nil {
			return fmt.Errorf("cluster: %w", err)
		}
	}
	return until(ctx, func() (bool, error) {
		for _, n := range c.nodes {
			var info string
			if err := n.with(func(r *redis.Client) (err error) { info, err = r.ClusterInfo(ctx).Result(); return err }); err != nil {
				return false, fmt.Errorf("cluster: %w", err)
			}
			if field(info, "cluster_state:") != "ok" || field(info, "cluster_known_nodes:") != fmt.Sprint(len(c.nodes)) {
				return false, nil
			}
		}
		return true, nil
	})
}

// share is the i-th of many pieces of the slots, both ends included.
func share(i, many int) (from, to int) { return i * slots / many, (i+1)*slots/many - 1 }

// with asks one server by a connection of its own.
func (s *redisServer) with(do func(*redis.Client) error) error {
	c := redis.NewClient(&redis.Options{Addr: s.addr, Protocol: 2})
	defer func() { _ = c.Close() }()
	return do(c)
}
