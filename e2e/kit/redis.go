package kit

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"giftbot/store"
)

// redisDump reads every key with its value as text.
func redisDump(t testing.TB, addr string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: addr, DisableIdentity: true})
	defer func() { _ = client.Close() }() // a connection that only read
	dump := make(map[string]string)
	scan := client.Scan(ctx, 0, "*", 1000).Iterator()
	for scan.Next(ctx) {
		dump[scan.Val()] = redisValue(ctx, client, scan.Val())
	}
	if err := scan.Err(); err != nil {
		t.Fatalf("read Redis: %v", err)
	}
	return dump
}

func redisValue(ctx context.Context, client *redis.Client, key string) string {
	switch client.Type(ctx, key).Val() {
	case "string":
		return store.Readable(client.Get(ctx, key).Val())
	case "hash":
		return fmt.Sprint(client.HGetAll(ctx, key).Val())
	case "list":
		return fmt.Sprint(client.LRange(ctx, key, 0, -1).Val())
	case "set":
		return fmt.Sprint(client.SMembers(ctx, key).Val())
	case "zset":
		return fmt.Sprint(client.ZRangeWithScores(ctx, key, 0, -1).Val())
	case "stream":
		return fmt.Sprint(client.XRange(ctx, key, "-", "+").Val())
	default:
		return ""
	}
}
