package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Switch = (*Store)(nil)

// salesNote is the field of the shop's notes that stops all sales.
const salesNote = "sales"

// SetSales stops or starts all sales, for all replicas.
func (s *Store) SetSales(ctx context.Context, sales order.Sales) error {
	return redisError("set sales", s.rdb.HSet(ctx, shopNotes.notes(), salesNote, encodeSales(sales)).Err())
}

// Sales returns what SetSales was told last.
func (s *Store) Sales(ctx context.Context) (order.Sales, error) {
	text, err := s.rdb.HGet(ctx, shopNotes.notes(), salesNote).Result()
	if errors.Is(err, redis.Nil) {
		return order.Sales{}, nil
	}
	if err != nil {
		return order.Sales{}, redisError("sales", err)
	}
	return decodeSales(text)
}

// encodeSales writes "<off 1/0> <by> <at>".
func encodeSales(s order.Sales) string {
	return flag(s.Off) + " " + strconv.FormatInt(s.By, 10) + " " + strconv.FormatInt(int64(s.At), 10)
}

// decodeSales reads what encodeSales wrote.
func decodeSales(text string) (order.Sales, error) {
	f := strings.Fields(text)
	if len(f) != 3 || f[0] != flag(true) && f[0] != flag(false) {
		return order.Sales{}, fmt.Errorf("store: sales: %w", errRecord)
	}
	by, badBy := strconv.ParseInt(f[1], 10, 64)
	at, badAt := strconv.ParseInt(f[2], 10, 64)
	if badBy != nil || badAt != nil {
		return order.Sales{}, fmt.Errorf("store: sales: %w", errRecord)
	}
	return order.Sales{Off: f[0] == flag(true), By: by, At: order.Stamp(at)}, nil
}

// Standing sums what open orders will still cost, per supplier, and says
// whether the shop sells: one pipeline over all shards.
func (s *Store) Standing(ctx context.Context) (order.Standing, error) {
	cmds, err := s.pipeline(ctx, "standing", func(p redis.Pipeliner) {
		for shard := range s.shards {
			p.HVals(ctx, shardKeys(shard).reserve())
		}
		p.HMGet(ctx, shopNotes.notes(), salesNote) // unlike HGET it has no error when nothing was set
	})
	if err != nil {
		return order.Standing{}, err
	}
	standing := order.Standing{Reserved: make(map[string]order.Money)}
	for shard := range s.shards {
		if err = addReserves(standing.Reserved, cmds, shard); err != nil {
			return order.Standing{}, err
		}
	}
	notes, err := answerAs[*redis.SliceCmd](cmds, s.shards)
	if err != nil {
		return order.Standing{}, err
	}
	if text, set := noted(notes.Val()); set {
		standing.Sales, err = decodeSales(text)
	}
	return standing, err
}

// addReserves adds what the orders of one shard will still cost.
func addReserves(sum map[string]order.Money, cmds []redis.Cmder, shard int) error {
	reserves, err := answerAs[*redis.StringSliceCmd](cmds, shard)
	if err != nil {
		return err
	}
	for _, text := range reserves.Val() {
		if err := addReserve(sum, text); err != nil {
			return err
		}
	}
	return nil
}

// noted is the one value an HMGET of one field answered.
func noted(values []any) (string, bool) {
	if len(values) != 1 {
		return "", false
	}
	text, set := values[0].(string)
	return text, set
}
