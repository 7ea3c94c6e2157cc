package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// kindOf sorts the keys of the bot's Redis. Everything that is not a session
// is there because of orders.
type kindOf string

const (
	keptSession kindOf = "session"
	keptRecord  kindOf = "order record"
	keptHistory kindOf = "the buyer's list"
	keptLedger  kindOf = "ledger"
	keptVendor  kindOf = "what the supplier calls it"
	keptPicture kindOf = "the picture's file id"
	keptOther   kindOf = "due, outbox and other indexes"
)

// kind tells what a key is kept for.
func kind(key string) kindOf {
	tag, rest, _ := strings.Cut(key, ":")
	if tag == "{v" {
		return keptVendor
	}
	first, _, _ := strings.Cut(rest, ":")
	switch last := rest[strings.LastIndexByte(rest, ':')+1:]; {
	case first == "u" && last == "s":
		return keptSession
	case first == "u":
		return keptHistory
	case first == "o":
		return keptRecord
	case first == "p":
		return keptPicture
	case first == "ledger":
		return keptLedger
	default:
		return keptOther
	}
}

// census is what Redis keeps at one moment.
type census struct {
	bytes map[kindOf]float64 // MEMORY USAGE of every key, exact, with the key itself
	data  float64            // what Redis has allocated for all of it, by its own account
}

// count asks for every key there is, so that nothing is left out.
func count(ctx context.Context, c *redis.Client) (census, error) {
	n := census{bytes: map[kindOf]float64{}}
	for cursor := uint64(0); ; {
		keys, next, err := c.Scan(ctx, cursor, "", 500).Result()
		if err != nil {
			return n, fmt.Errorf("keys: %w", err)
		}
		sizes, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.MemoryUsage(ctx, key, 0)
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("size of keys: %w", err)
		}
		for i, size := range sizes {
			if cmd, ok := size.(*redis.IntCmd); ok {
				n.bytes[kind(keys[i])] += float64(cmd.Val())
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	var err error
	n.data, err = allocated(ctx, c)
	return n, err
}

// allocated is all memory of Redis but what connections and the file buffer
// take, in bytes.
func allocated(ctx context.Context, c *redis.Client) (float64, error) {
	info, err := c.Info(ctx, "memory").Result()
	if err != nil {
		return 0, fmt.Errorf("memory of redis: %w", err)
	}
	var figures [3]float64
	for i, name := range []string{"used_memory:", "mem_clients_normal:", "mem_aof_buffer:"} {
		if figures[i], err = strconv.ParseFloat(field(info, name), 64); err != nil {
			return 0, fmt.Errorf("memory of redis: %s %w", name, err)
		}
	}
	return figures[0] - figures[1] - figures[2], nil
}

// per is the growth since an earlier census, divided among items; of all
// kinds, or of the ones that are named.
func (n census) per(items int, before census, kinds ...kindOf) float64 {
	if len(kinds) == 0 {
		kinds = n.kinds()
	}
	var sum float64
	for _, k := range kinds {
		sum += n.bytes[k] - before.bytes[k]
	}
	return sum / float64(items)
}

func (n census) kinds() []kindOf { return slices.Sorted(maps.Keys(n.bytes)) }

// parts lists the growth of each kind for the report.
func (n census) parts(items int, before census) string {
	var list []string
	for _, k := range n.kinds() {
		if grown := n.per(items, before, k); grown >= 1 {
			list = append(list, fmt.Sprintf("%s %.0f", k, grown))
		}
	}
	return strings.Join(list, ", ")
}
