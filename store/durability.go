package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Durability is what REDIS_DURABILITY asks for.
type Durability string

// The policies.
const (
	DurabilityChecked Durability = "checked" // sell only on a Redis that was seen to be durable
	DurabilityVouched Durability = "vouched" // where CONFIG is denied, the operator vouches
	DurabilityUnsafe  Durability = "unsafe"  // sell on anything, loudly
)

// NodeReport is what one primary says about how well it keeps data. A field
// is empty when the node would not say.
type NodeReport struct {
	Addr            string
	Denied          bool // CONFIG is refused or not known
	AppendOnly      string
	AppendFsync     string
	MaxMemoryPolicy string
	ReplicationID   string // changes when another node becomes primary
	Version         string
	Replicas        string // connected replicas, as a number
}

// Durability asks every primary. miniredis knows neither CONFIG nor INFO
// sections; it reports as denied.
func (s *Store) Durability(ctx context.Context) ([]NodeReport, error) {
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		return clusterReports(ctx, c)
	}
	c, ok := s.rdb.(*redis.Client)
	if !ok {
		return nil, errors.New("store: unknown kind of client")
	}
	report, err := nodeReport(ctx, c)
	if err != nil {
		return nil, err
	}
	return []NodeReport{report}, nil
}

func clusterReports(ctx context.Context, c *redis.ClusterClient) ([]NodeReport, error) {
	var mu sync.Mutex
	var reports []NodeReport
	err := c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		report, err := nodeReport(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, report)
		return nil
	})
	if err != nil {
		return nil, redisError("durability", err)
	}
	return reports, nil
}

func nodeReport(ctx context.Context, c *redis.Client) (NodeReport, error) {
	r := NodeReport{Addr: c.Options().Addr}
	for _, setting := range []struct {
		name   string
		target *string
	}{{"appendonly", &r.AppendOnly}, {"appendfsync", &r.AppendFsync}, {"maxmemory-policy", &r.MaxMemoryPolicy}} {
		values, err := c.ConfigGet(ctx, setting.name).Result()
		if err = unlessRefused(err); err != nil {
			return r, redisError("durability", err)
		}
		*setting.target = values[setting.name]
		r.Denied = r.Denied || values[setting.name] == ""
	}
	for _, section := range []string{"server", "replication"} {
		text, err := c.Info(ctx, section).Result()
		if err = unlessRefused(err); err != nil {
			return r, redisError("durability", err)
		}
		readInfo(text, map[string]*string{
			"redis_version": &r.Version, "master_replid": &r.ReplicationID, "connected_slaves": &r.Replicas,
		})
	}
	return r, nil
}

// unlessRefused drops answers of Redis (denied, unknown command): only a
// broken connection remains an error.
func unlessRefused(err error) error {
	if _, answered := errors.AsType[redis.Error](err); answered && !refusedBeforeStart(err) {
		return nil
	}
	return err
}

func readInfo(text string, fields map[string]*string) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if target, wanted := fields[name]; wanted {
			*target = value
		}
	}
}

// Verdict says whether the shop may sell on these nodes (DESIGN §4): nil, or
// an error that names the node and the setting.
func Verdict(policy Durability, nodes []NodeReport) error {
	if policy == DurabilityUnsafe {
		return nil
	}
	if len(nodes) == 0 {
		return errors.New("store: no Redis primary was found")
	}
	for _, n := range nodes {
		if err := n.verdict(policy); err != nil {
			return err
		}
	}
	return nil
}

func (n NodeReport) verdict(policy Durability) error {
	if n.Denied {
		if policy == DurabilityVouched {
			return nil
		}
		return fmt.Errorf("store: Redis %s does not tell whether it keeps data; set REDIS_DURABILITY=vouched if you know that it does", n.Addr)
	}
	for _, c := range []struct{ setting, is, must string }{
		{"appendonly", n.AppendOnly, "yes"},
		{"appendfsync", n.AppendFsync, "always"},
		{"maxmemory-policy", n.MaxMemoryPolicy, "noeviction"},
	} {
		if c.is != c.must {
			return fmt.Errorf("store: Redis %s has %s %q, selling needs %q", n.Addr, c.setting, c.is, c.must)
		}
	}
	return nil
}
