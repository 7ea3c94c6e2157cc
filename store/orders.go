package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var (
	_ order.Store  = (*Store)(nil)
	_ order.Index  = (*Store)(nil)
	_ order.Outbox = (*Store)(nil)
)

var (
	errShard   = errors.New("the order number is of another shard than its buyer")
	errAnswer  = errors.New("store: a script gave an unknown answer")
	errNoOrder = errors.New("no such order")
)

// Insert stores a new order as version 1. With Keep it is under lease at once.
// CodeStale: the number is taken; CodeTooMany: MaxOpen is reached; CodeCredit:
// the buyer's credit does not cover it; CodeInvalid: number and buyer are of
// different shards.
func (s *Store) Insert(ctx context.Context, t order.Transition) (order.Order, error) {
	o := t.Order
	if o.Number.Shard() != Shard(o.Buyer, s.shards) {
		return order.Order{}, refused("insert", order.CodeInvalid, errShard)
	}
	w, err := s.write(t)
	if err != nil {
		return order.Order{}, refused("insert", order.CodeInvalid, err)
	}
	k := shardKeys(o.Number.Shard())
	keys := []string{
		k.order(o.Number), k.history(o.Buyer), k.open(o.Buyer), k.due(), k.lease(), k.outbox(), k.reserve(), k.ledger(), k.seq(),
		k.held(), k.balance(o.Buyer), k.movements(o.Buyer), k.transit(),
	}
	return s.compute(w.purse, func(b balanceArgs) (order.Order, error) {
		least := s.least(k)
		args := []any{
			string(o.Number), operation(t.Op), w.body, s.clocks.toRedis(t.Due), s.keep(t), s.offsetMillis(),
			flag(t.Open), t.MaxOpen, w.reserve, w.ledger, flag(o.Held()), b.read, b.next, b.lines, w.transit,
		}
		answer, err := s.run(ctx, "insert", s.scripts.insert, keys, append(args, w.announce...)...)
		if err != nil {
			return order.Order{}, err
		}
		s.counted(k, answer, least)
		return s.transitioned("insert", answer, o, 1)
	})
}

// Commit stores one transition made from Order.Version. With Keep the lease is
// renewed, otherwise it is given back; Aside leaves lease, hints and due time
// alone, a worker that has the order finds it stale. CodeStale: the order moved on;
// CodeCredit: the buyer's credit does not cover it; CodeMissing: there is no
// such order.
func (s *Store) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	o := t.Order
	k, err := s.shardOf("commit", o.Number)
	if err != nil {
		return order.Order{}, err
	}
	w, err := s.write(t)
	if err != nil {
		return order.Order{}, refused("commit", order.CodeInvalid, err)
	}
	keys := []string{
		k.order(o.Number), k.due(), k.lease(), k.hints(), k.outbox(), k.tries(), k.reserve(), k.ledger(), k.open(o.Buyer), k.seq(),
		k.held(), k.balance(o.Buyer), k.movements(o.Buyer), k.transit(),
	}
	if t.Listed {
		keys = append(keys, k.history(o.Buyer))
	}
	return s.compute(w.purse, func(b balanceArgs) (order.Order, error) {
		args := []any{
			string(o.Number), o.Version, o.Version + 1, operation(t.Op), w.body, s.dueOf(t), s.keep(t), s.offsetMillis(),
			flag(t.ClearHint), flag(t.Open), w.reserve, w.ledger, w.ack, w.ackLease,
			flag(o.Held()), b.read, b.next, b.lines, w.transit,
		}
		args = append(args, w.announce...)
		switch {
		case t.Spends && s.tide != nil:
			return s.commitSpending(ctx, o, keys, args, t.Copied)
		case t.Copied:
			return s.commitCopied(ctx, o, keys, args)
		}
		return s.commitPlain(ctx, o, keys, args)
	})
}

// least is what a shard's counter has to be more than after a write.
func (s *Store) least(k shardKeys) int64 {
	if s.tide == nil {
		return 0
	}
	return s.tide.highest()[k] + 1
}

// counted notes a shard's counter after a write, which is in the answer of a
// script that has written.
func (s *Store) counted(k shardKeys, answer []string, least int64) {
	if s.tide != nil && len(answer) > 1 && answer[0] == "OK" {
		s.tide.saw(int(k), whole(answer[1]), least)
	}
}

func (s *Store) commitPlain(ctx context.Context, o order.Order, keys []string, args []any) (order.Order, error) {
	k := shardKeys(o.Number.Shard())
	least := s.least(k)
	answer, err := s.run(ctx, "commit", s.scripts.commit, keys, args...)
	if err != nil {
		return order.Order{}, err
	}
	s.counted(k, answer, least)
	return s.transitioned("commit", answer, o, o.Version+1)
}

// written is a transition in the words of the scripts.
type written struct {
	body, reserve, ledger, ack string
	ackLease                   int64
	announce                   []any
	purse                      purse
	transit                    string // "posting key|passenger" lines
}

func (s *Store) write(t order.Transition) (written, error) {
	var w written
	plain, err := order.Encode(t.Order)
	if err != nil {
		return w, err
	}
	body, err := s.packer.Pack(plain)
	if err != nil {
		return w, err
	}
	w.body = string(body)
	if w.reserve, err = encodeReserve(t.Reserve); err != nil {
		return w, err
	}
	booked, err := w.sort(t.Order, t.Postings)
	if err != nil {
		return w, err
	}
	if w.ledger, err = encodePostings(t.Order.Number, booked); err != nil {
		return w, err
	}
	if t.Ack != nil {
		w.ack, w.ackLease = announcementMember(t.Ack.Number, t.Ack.Announcement), int64(t.Ack.Lease)
	}
	for _, a := range t.Announce {
		w.announce = append(w.announce, announcementMember(t.Order.Number, a))
	}
	return w, nil
}

// transitioned reads the answer of insert and commit.
func (s *Store) transitioned(op string, answer []string, o order.Order, version int64) (order.Order, error) {
	switch answer[0] {
	case "OK":
		o.Version = version
		return o, nil
	case "ALREADY":
		return s.decodeOrder(answer[1])
	case "STALE":
		return order.Order{}, refused(op, order.CodeStale, nil)
	case "TOOMANY":
		return order.Order{}, refused(op, order.CodeTooMany, nil)
	case "CREDIT":
		return order.Order{}, &movedBalance{found: answer[1]}
	case "MISSING":
		return order.Order{}, refused(op, order.CodeMissing, errNoOrder)
	default:
		return order.Order{}, errAnswer
	}
}

// Claim leases an order for this worker, due or not. CodeBusy: it is under
// lease, RetryAfter says for how long at most. A claim whose answer is lost is
// not sent again: the lease runs out by itself.
func (s *Store) Claim(ctx context.Context, n order.Number) (order.Claim, error) {
	k, err := s.shardOf("claim", n)
	if err != nil {
		return order.Claim{}, err
	}
	keys := []string{k.order(n), k.lease(), k.hints()}
	answer, err := s.once(ctx, s.scripts.claim, keys, string(n), s.lease.Milliseconds())
	if err != nil {
		return order.Claim{}, redisError("claim", err)
	}
	switch answer[0] {
	case "OK":
		return s.claimed(answer)
	case "BUSY":
		return order.Claim{}, &order.Error{Code: order.CodeBusy, Op: "redis claim", RetryAfter: millis(answer[1])}
	default:
		return order.Claim{}, refused("claim", order.CodeMissing, errNoOrder)
	}
}

func (s *Store) claimed(answer []string) (order.Claim, error) {
	if len(answer) < 4 { // damaged hints end the answer early
		return order.Claim{}, errRecord
	}
	ends, err := score(answer[3])
	if err != nil {
		return order.Claim{}, err
	}
	s.leased(order.Stamp(ends))
	o, err := s.decodeOrder(answer[1])
	if err != nil {
		return order.Claim{}, err
	}
	hints, err := decodeHints(answer[2])
	if err != nil {
		return order.Claim{}, err
	}
	return order.Claim{Order: o, Hints: hints}, nil
}

// Load reads an order without claiming it. CodeMissing: no such order.
func (s *Store) Load(ctx context.Context, n order.Number) (order.Order, error) {
	k, err := s.shardOf("load", n)
	if err != nil {
		return order.Order{}, err
	}
	record, err := s.get(ctx, k.order(n))
	if errors.Is(err, redis.Nil) {
		return order.Order{}, refused("load", order.CodeMissing, errNoOrder)
	}
	if err != nil {
		return order.Order{}, redisError("load", err)
	}
	return s.decodeOrder(record)
}

// Park gives a claimed order back without a new version, to be looked at
// again at due (0 = never, until something wakes it). News that came after
// the claim keep it due now. CodeStale: the order is not of this version any
// more, somebody else may have it; CodeMissing: no such order. Idempotent.
func (s *Store) Park(ctx context.Context, n order.Number, version int64, due order.Stamp) error {
	k, err := s.shardOf("park", n)
	if err != nil {
		return err
	}
	keys := []string{k.order(n), k.due(), k.lease(), k.hints()}
	answer, err := s.run(ctx, "park", s.scripts.park, keys, string(n), version, s.clocks.toRedis(due), s.offsetMillis())
	if err != nil {
		return err
	}
	switch answer[0] {
	case "OK":
		return nil
	case "STALE":
		return refused("park", order.CodeStale, nil)
	default:
		return refused("park", order.CodeMissing, errNoOrder)
	}
}

// Renew prolongs the lease on an order. CodeBusy: the lease ran out, somebody
// else may have the order.
func (s *Store) Renew(ctx context.Context, n order.Number) error {
	k, err := s.shardOf("renew", n)
	if err != nil {
		return err
	}
	answer, err := s.run(ctx, "renew", s.scripts.renew, []string{k.lease()}, string(n), s.lease.Milliseconds())
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("renew", order.CodeBusy, nil)
	}
	return nil
}

// shardOf returns the keys of the shard a number names. CodeMissing: this
// shop has no such shard.
func (s *Store) shardOf(op string, n order.Number) (shardKeys, error) {
	shard := n.Shard()
	if shard < 0 || shard >= s.shards {
		return 0, refused(op, order.CodeMissing, errNoOrder)
	}
	return shardKeys(shard), nil
}

// get reads one string, a second time when the connection breaks.
func (s *Store) get(ctx context.Context, key string) (string, error) {
	value, err := s.rdb.Get(ctx, key).Result()
	if !s.noResend && brokenConnection(ctx, err) {
		value, err = s.rdb.Get(ctx, key).Result()
	}
	return value, err
}

func (s *Store) offsetMillis() int64 { return s.offset().Milliseconds() }

// dueOf is the due moment for the commit script: "" to leave it alone, "now"
// for at once.
func (s *Store) dueOf(t order.Transition) string {
	switch {
	case t.Aside && t.Wake:
		return "now"
	case t.Aside:
		return ""
	}
	return strconv.FormatInt(s.clocks.toRedis(t.Due), 10)
}

// keep is the lease a transition asks for, in milliseconds.
func (s *Store) keep(t order.Transition) int64 {
	if !t.Keep {
		return 0
	}
	return s.lease.Milliseconds()
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func millis(text string) time.Duration {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}
