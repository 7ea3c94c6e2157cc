package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// Work is what waits at one moment over all shards: what is due and not under
// lease, the longest waiting first, and when each kind next needs a look
// (0 = nothing is planned).
type Work struct {
	Orders           []order.Number
	Announcements    []Pending
	Replies          []ReplyRef
	NextOrder        order.Stamp
	NextAnnouncement order.Stamp
	NextReply        order.Stamp
}

// Peek lists all three kinds of work, at most limit of each, in one pipeline.
// It takes nothing: claim or take what you work on.
func (s *Store) Peek(ctx context.Context, limit int) (Work, error) {
	found, err := s.peek(ctx, limit, shardKeys.due, shardKeys.outbox, shardKeys.replies)
	if err != nil {
		return Work{}, err
	}
	w := Work{NextOrder: found[0].next, NextAnnouncement: found[1].next, NextReply: found[2].next}
	w.Orders = numbers(found[0].members)
	if w.Announcements, err = pendings(found[1].members); err != nil {
		return Work{}, err
	}
	w.Replies, err = replyRefs(found[2].members)
	return w, err
}

// Due lists orders whose time has come and that nobody works on, at most
// limit, longest waiting first, and when to look again if there are none
// (0 = nothing is planned). One pipeline.
func (s *Store) Due(ctx context.Context, limit int) ([]order.Number, order.Stamp, error) {
	g := s.newSight()
	found, err := s.peekAnd(ctx, limit, g.fill, shardKeys.due)
	if err != nil {
		return nil, 0, err
	}
	return numbers(found[0].members), found[0].next, s.look(ctx, g)
}

// waiting is what one kind of set holds over all shards.
type waiting struct {
	members []string
	next    order.Stamp
}

type scored struct {
	score  int64
	member string
}

// peek looks into the given sets of every shard in one pipeline.
func (s *Store) peek(ctx context.Context, limit int, sets ...func(shardKeys) string) ([]waiting, error) {
	return s.peekAnd(ctx, limit, func(context.Context, redis.Pipeliner) {}, sets...)
}

// peekAnd is peek with further questions in the same pipeline.
func (s *Store) peekAnd(ctx context.Context, limit int, more func(context.Context, redis.Pipeliner), sets ...func(shardKeys) string) ([]waiting, error) {
	cmds, err := s.pipeline(ctx, "peek", func(p redis.Pipeliner) {
		for shard := range s.shards {
			keys := []string{shardKeys(shard).lease()}
			for _, set := range sets {
				keys = append(keys, set(shardKeys(shard)))
			}
			s.scripts.peek.EvalSha(ctx, p, keys, s.offsetMillis(), limit)
		}
		more(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	found := make([][]scored, len(sets))
	out := make([]waiting, len(sets))
	for shard := range s.shards {
		cmd, err := answerAs[*redis.Cmd](cmds, shard)
		if err != nil {
			return nil, err
		}
		perSet, ok := cmd.Val().([]any)
		if !ok || len(perSet) != len(sets) {
			return nil, errAnswer
		}
		for i, one := range perSet {
			if err := collect(one, &found[i], &out[i].next); err != nil {
				return nil, err
			}
		}
	}
	for i := range sets {
		out[i].members = oldest(found[i], limit)
		out[i].next = s.clocks.fromRedis(out[i].next)
	}
	return out, nil
}

// collect reads {next, score, member, …} of one set of one shard.
func collect(answer any, found *[]scored, next *order.Stamp) error {
	list, ok := answer.([]any)
	if !ok || len(list)%2 != 1 {
		return errAnswer
	}
	words := make([]string, len(list))
	for i, word := range list {
		if words[i], ok = word.(string); !ok {
			return errAnswer
		}
	}
	at, err := score(words[0])
	if err != nil {
		return err
	}
	if at != 0 && (*next == 0 || order.Stamp(at) < *next) {
		*next = order.Stamp(at)
	}
	for i := 1; i < len(words); i += 2 {
		at, err := score(words[i])
		if err != nil {
			return err
		}
		*found = append(*found, scored{at, words[i+1]})
	}
	return nil
}

// score reads a moment in milliseconds, as the scripts write it.
func score(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errAnswer
	}
	return n, nil
}

// oldest sorts by moment, then by name so that equal moments come in a stable
// order, and returns the first names.
func oldest(found []scored, limit int) []string {
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
	})
	found = found[:min(limit, len(found))]
	var names []string
	for _, f := range found {
		names = append(names, f.member)
	}
	return names
}

func numbers(members []string) []order.Number {
	var out []order.Number
	for _, m := range members {
		out = append(out, order.Number(m))
	}
	return out
}

func pendings(members []string) ([]Pending, error) {
	var out []Pending
	for _, m := range members {
		p, err := parseAnnouncement(m)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func replyRefs(members []string) ([]ReplyRef, error) {
	var out []ReplyRef
	for _, m := range members {
		r, err := parseReply(m)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
