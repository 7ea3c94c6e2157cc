package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Clearing = (*Store)(nil)

// clearedSuffix ends the key of the posting that brings in what another
// posting, of the key without it, sent off.
const clearedSuffix = "/cleared"

// passenger is an amount on its way to a buyer's credit, from an order of
// somebody else.
type passenger struct {
	buyer  int64
	amount order.Money
	number order.Number
}

// String is how a passenger stands in transit: "<buyer>|<micros>|<order>".
func (p passenger) String() string {
	return strconv.FormatInt(p.buyer, 10) + "|" + micros(p.amount) + "|" + string(p.number)
}

func parsePassenger(text string) (passenger, error) {
	f := strings.Split(text, "|")
	if len(f) != 3 {
		return passenger{}, fmt.Errorf("store: transit: %w", errRecord)
	}
	buyer, badBuyer := strconv.ParseInt(f[0], 10, 64)
	amount, badAmount := parseBalance(f[1])
	if badBuyer != nil || badAmount != nil {
		return passenger{}, fmt.Errorf("store: transit: %w", errRecord)
	}
	return passenger{buyer, amount, order.Number(f[2])}, nil
}

// Clear brings everything that is in transit to its buyer's credit, each
// posting once, and says how much that was. One that cannot arrive stays, and
// is in the error. Idempotent: booked over there first, then forgotten here.
func (s *Store) Clear(ctx context.Context) (int, error) {
	moved := 0
	shards, err := s.transits(ctx)
	if err != nil {
		return 0, err
	}
	var failed []error
	for shard, transit := range shards {
		for _, key := range slices.Sorted(maps.Keys(transit)) {
			arrived, err := s.arrive(ctx, key, transit[key])
			if arrived {
				moved++
			}
			if err == nil {
				err = redisError("clear", s.rdb.HDel(ctx, shardKeys(shard).transit(), key).Err())
			}
			failed = append(failed, err)
		}
	}
	return moved, errors.Join(failed...)
}

// transits reads what is on its way, per shard that it left.
func (s *Store) transits(ctx context.Context) ([]map[string]string, error) {
	cmds, err := s.pipeline(ctx, "transit", func(p redis.Pipeliner) {
		for shard := range s.shards {
			p.HGetAll(ctx, shardKeys(shard).transit())
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]map[string]string, len(cmds))
	for shard := range cmds {
		entries, err := answerAs[*redis.MapStringStringCmd](cmds, shard)
		if err != nil {
			return nil, err
		}
		all[shard] = entries.Val()
	}
	return all, nil
}

// arrive books one passenger in the receiver's shard, and reports whether it
// was not there before.
func (s *Store) arrive(ctx context.Context, key, text string) (bool, error) {
	who, err := parsePassenger(text)
	if err != nil {
		return false, err
	}
	own := key + clearedSuffix
	ledger, err := encodePostings(who.number, []order.Posting{{Key: own, From: order.ClearingAccount, To: order.CreditAccount(who.buyer), Amount: who.amount}})
	if err != nil {
		return false, err
	}
	k := shardKeys(Shard(who.buyer, s.shards))
	keys := []string{k.cleared(), k.balance(who.buyer), k.movements(who.buyer), k.ledger(), k.seq()}
	arrived := false
	to := purse{who.buyer, []step{{who.number, strings.TrimPrefix(own, string(who.number)+"/"), who.amount}}}
	_, err = s.compute(to, func(b balanceArgs) (order.Order, error) {
		least := s.least(k)
		answer, failed := s.run(ctx, "clear", s.scripts.clear, keys, key, b.read, b.next, b.lines, ledger, s.offsetMillis())
		if failed == nil && answer[0] == "CREDIT" {
			failed = &movedBalance{found: answer[1]}
		}
		s.counted(k, answer, least)
		arrived = failed == nil && answer[0] == "OK"
		return order.Order{}, failed
	})
	return arrived, err
}
