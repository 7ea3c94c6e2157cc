package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"giftbot/order"
)

// purposeReply is the vault purpose of deferred replies.
const purposeReply = "reply"

var errNoVault = errors.New("store: replies need a vault")

// ReplyRef names a reply that could not be sent at once.
type ReplyRef struct {
	Chat int64
	ID   string // chosen by the sender; the same id in one chat is one reply
}

// Reply is a deferred reply under lease.
type Reply struct {
	ReplyRef
	Payload []byte
	Lease   order.Stamp // proof of the lease
	Tries   int         // how often it was taken before
}

// Defer keeps a reply to be sent at a moment, sealed by the vault. The same
// chat and id again replace what waits: the newest reply is the one to send.
// Idempotent.
func (s *Store) Defer(ctx context.Context, r ReplyRef, payload []byte, at order.Stamp) error {
	if s.vault == nil {
		return errNoVault
	}
	member := r.member()
	sealed, err := s.vault.Seal(order.Number(member), purposeReply, payload)
	if err != nil {
		return fmt.Errorf("seal a reply: %w", err)
	}
	k := shardKeys(Shard(r.Chat, s.shards))
	_, err = s.run(ctx, "defer", s.scripts.deferred, []string{k.replies(), k.reply(member), k.tries()}, member, sealed, s.clocks.toRedis(at))
	return err
}

// DueReplies lists replies that are due and that nobody sends right now, at
// most limit, and when to look again if there are none (0 = nothing is
// planned). One pipeline.
func (s *Store) DueReplies(ctx context.Context, limit int) ([]ReplyRef, order.Stamp, error) {
	found, err := s.peek(ctx, limit, shardKeys.replies)
	if err != nil {
		return nil, 0, err
	}
	list, err := replyRefs(found[0].members)
	return list, found[0].next, err
}

// TakeReply leases a reply and returns it. CodeBusy: somebody else sends it,
// or it is not due yet; CodeMissing: it was sent. One that cannot be opened
// comes without its payload, under lease all the same.
func (s *Store) TakeReply(ctx context.Context, r ReplyRef) (Reply, error) {
	if s.vault == nil {
		return Reply{}, errNoVault
	}
	k, member := shardKeys(Shard(r.Chat, s.shards)), r.member()
	got, err := s.take(ctx, k, k.replies(), member, k.reply(member))
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{ReplyRef: r, Lease: got.lease, Tries: got.tries}
	if reply.Payload, err = s.vault.Open(order.Number(member), purposeReply, []byte(got.record)); err != nil {
		return reply, fmt.Errorf("open a reply: %w", err)
	}
	return reply, nil
}

// AckReply removes a reply that was sent, or that nobody wants any more. One
// that was deferred anew since it was taken stays. Idempotent.
func (s *Store) AckReply(ctx context.Context, r Reply) error {
	k, member := shardKeys(Shard(r.Chat, s.shards)), r.member()
	keys := []string{k.replies(), k.lease(), k.tries(), k.reply(member)}
	_, err := s.run(ctx, "ack", s.scripts.ack, keys, member, int64(r.Lease))
	return err
}

// LaterReply gives a reply back, to be sent at a moment. One that was deferred
// anew since it was taken keeps its own. Idempotent.
func (s *Store) LaterReply(ctx context.Context, r Reply, at order.Stamp) error {
	k := shardKeys(Shard(r.Chat, s.shards))
	return s.later(ctx, []string{k.replies(), k.lease()}, r.member(), r.Lease, at)
}

func (r ReplyRef) member() string { return strconv.FormatInt(r.Chat, 10) + ":" + r.ID }

func parseReply(member string) (ReplyRef, error) {
	chat, id, ok := strings.Cut(member, ":")
	n, err := strconv.ParseInt(chat, 10, 64)
	if !ok || err != nil {
		return ReplyRef{}, fmt.Errorf("store: reply: %w", errRecord)
	}
	return ReplyRef{Chat: n, ID: id}, nil
}
