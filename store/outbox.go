package store

import (
	"context"
	"strconv"

	"giftbot/order"
)

// Pending names an announcement that waits to be told.
type Pending struct {
	order.Announcement
	Number order.Number
}

// Announcements lists announcements that are due and that nobody tells right
// now, at most limit, and when to look again if there are none (0 = nothing
// is planned). One pipeline.
func (s *Store) Announcements(ctx context.Context, limit int) ([]Pending, order.Stamp, error) {
	found, err := s.peek(ctx, limit, shardKeys.outbox)
	if err != nil {
		return nil, 0, err
	}
	list, err := pendings(found[0].members)
	return list, found[0].next, err
}

// Take leases an announcement and returns it with its order, in one round
// trip. CodeBusy: somebody else tells it, or it is not due yet; CodeMissing:
// it was told. A take whose answer is lost is not sent again.
func (s *Store) Take(ctx context.Context, p Pending) (order.Announced, error) {
	k, err := s.shardOf("take", p.Number)
	if err != nil {
		return order.Announced{}, err
	}
	got, err := s.take(ctx, k, k.outbox(), announcementMember(p.Number, p.Announcement), k.order(p.Number))
	if err != nil {
		return order.Announced{}, err
	}
	o, err := s.decodeOrder(got.record)
	if err != nil {
		return order.Announced{}, err
	}
	return order.Announced{Announcement: p.Announcement, Number: p.Number, Order: o, Lease: got.lease, Term: s.lease, Tries: got.tries}, nil
}

// Ack removes an announcement that was told. CodeStale: the lease was lost, or
// it was announced anew in the meantime. Then nothing changes, and what was told
// may be older than what stands: Later has it told again. Again for the same
// lease it is CodeStale, which costs one more telling and nothing else: nobody
// remembers who told what is gone, and another sender may have.
func (s *Store) Ack(ctx context.Context, a order.Announced) error {
	k, err := s.shardOf("ack", a.Number)
	if err != nil {
		return err
	}
	keys := []string{k.outbox(), k.lease(), k.tries()}
	answer, err := s.run(ctx, "ack", s.scripts.ack, keys, announcementMember(a.Number, a.Announcement), int64(a.Lease))
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("ack", order.CodeStale, nil)
	}
	return nil
}

// Later gives an announcement back, to be told at a moment. One that was
// announced anew since it was taken keeps that moment. If the lease was
// lost, a status is announced anew for that moment, unless it waits already:
// what another sender has shown since may be hidden by what this one showed
// late. A ping or an alert is left alone then, it must not come twice.
// Idempotent.
func (s *Store) Later(ctx context.Context, a order.Announced, at order.Stamp) error {
	k, err := s.shardOf("later", a.Number)
	if err != nil {
		return err
	}
	keys := []string{k.outbox(), k.lease()}
	if a.Kind == order.AnnounceStatus {
		keys = append(keys, k.order(a.Number))
	}
	return s.later(ctx, keys, announcementMember(a.Number, a.Announcement), a.Lease, at)
}

// Announce has something told about an order that has not changed. It is due
// now. Idempotent. CodeMissing: no such order.
func (s *Store) Announce(ctx context.Context, p Pending) error {
	k, err := s.shardOf("announce", p.Number)
	if err != nil {
		return err
	}
	keys := []string{k.order(p.Number), k.outbox()}
	answer, err := s.run(ctx, "announce", s.scripts.announce, keys, announcementMember(p.Number, p.Announcement), s.offsetMillis())
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("announce", order.CodeMissing, errNoOrder)
	}
	return nil
}

// taken is what the take script hands out.
type taken struct {
	lease  order.Stamp
	tries  int
	record string
}

func (s *Store) take(ctx context.Context, k shardKeys, set, member, record string) (taken, error) {
	keys := []string{set, k.lease(), k.tries(), record}
	answer, err := s.once(ctx, s.scripts.take, keys, member, s.lease.Milliseconds(), s.offsetMillis())
	if err != nil {
		return taken{}, redisError("take", err)
	}
	switch answer[0] {
	case "OK":
	case "BUSY":
		return taken{}, refused("take", order.CodeBusy, nil)
	default:
		return taken{}, refused("take", order.CodeMissing, nil)
	}
	lease, err := score(answer[1])
	if err != nil {
		return taken{}, err
	}
	tries, err := strconv.Atoi(answer[2])
	if err != nil {
		return taken{}, errAnswer
	}
	s.leased(order.Stamp(lease))
	return taken{lease: order.Stamp(lease), tries: tries, record: answer[3]}, nil
}

func (s *Store) later(ctx context.Context, keys []string, member string, lease, at order.Stamp) error {
	_, err := s.run(ctx, "later", s.scripts.later, keys, member, int64(lease), s.clocks.toRedis(at))
	return err
}
