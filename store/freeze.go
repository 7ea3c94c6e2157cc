package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Freezer = (*Store)(nil)

// Freeze implements order.Freezer. This machine's disk knows it first: Redis may
// lose it again.
func (s *Store) Freeze(ctx context.Context, why order.Doubt) (order.Freeze, error) {
	raw := make([]byte, 6)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return order.Freeze{}, fmt.Errorf("store: draw a freeze: %w", err)
	}
	by, _ := s.tide.name()
	f := order.Freeze{ID: hex.EncodeToString(raw), Why: why, At: order.At(s.tide.now()), By: by}
	if err := s.tide.freezes(f.ID); err != nil {
		return order.Freeze{}, err
	}
	_, err := s.run(ctx, "freeze", s.scripts.freeze, []string{shopNotes.freeze()}, f.ID, string(f.Why), int64(f.At), f.By)
	if err != nil {
		return order.Freeze{}, err
	}
	return f, s.tide.froze(f)
}

// freezes notes a freeze before Redis knows it.
func (t *Tide) freezes(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m.Frozen, t.dirty = id, true
	return t.keep()
}

// froze notes that Redis knows a freeze: the doubt it speaks of is dealt with.
func (t *Tide) froze(f order.Freeze) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.record = map[string]string{
		"id": f.ID, "why": string(f.Why), "at": strconv.FormatInt(int64(f.At), 10), "by": f.By, "stands": flag(true),
	}
	if t.m.Frozen == f.ID {
		t.m.Doubt = ""
	}
	t.dirty = true
	return t.keep()
}

// Answer implements order.Freezer.
func (s *Store) Answer(ctx context.Context, id string, h order.Healed) error {
	told, err := encodeHealed(h)
	if err != nil {
		return err
	}
	by, _ := s.tide.name()
	answer, err := s.run(ctx, "answer", s.scripts.answer, []string{shopNotes.freeze()}, id, answerField+by, told)
	if err != nil {
		return err
	}
	if answer[0] != "OK" {
		return refused("answer", order.CodeStale, nil)
	}
	return nil
}

// Lift implements order.Freezer. What the replicas took from their journals is
// added to what came out of it.
func (s *Store) Lift(ctx context.Context, id string, e order.Ending) (bool, error) {
	told, err := encodeHealed(s.tide.taken(e.Healed))
	if err != nil {
		return false, err
	}
	args := []any{id, told, len(e.Owed)}
	for _, gateway := range e.Owed {
		args = append(args, owedField+gateway)
	}
	for _, replica := range e.Gone {
		args = append(args, replica)
	}
	answer, err := s.run(ctx, "lift", s.scripts.lift, []string{shopNotes.freeze(), shopNotes.replicas()}, args...)
	return err == nil && answer[0] == "OK", err
}

// Heard implements order.Freezer.
func (s *Store) Heard(ctx context.Context, freeze, gateway string) error {
	_, err := s.run(ctx, "heard", s.scripts.heard, []string{shopNotes.freeze()}, freeze, owedField+gateway)
	return err
}

// taken adds what every replica took from its journal.
func (t *Tide) taken(h order.Healed) order.Healed {
	t.mu.Lock()
	defer t.mu.Unlock()
	for field, text := range t.record {
		if strings.HasPrefix(field, answerField) {
			one := decodeHealed(text)
			h.Spends += one.Spends
			h.Placed += one.Placed
			h.Broken += one.Broken
		}
	}
	return h
}

// LastFreeze is the freeze that stands, or the one that ended last with what came
// out of it, as of the last sweep.
func (t *Tide) LastFreeze() (f order.Freeze, stands bool, h order.Healed) {
	sight := t.Look()
	t.mu.Lock()
	defer t.mu.Unlock()
	if sight.Freeze.ID != "" {
		return sight.Freeze, true, order.Healed{}
	}
	return freezeOf(t.record), false, decodeHealed(t.record["healed"])
}

// Unsettled implements order.Freezer: orders that are due at any time, that cost
// something still, or that wait for a person.
func (s *Store) Unsettled(ctx context.Context) ([]order.Number, error) {
	cmds, err := s.pipeline(ctx, "unsettled", func(p redis.Pipeliner) {
		for shard := range s.shards {
			k := shardKeys(shard)
			p.ZRange(ctx, k.due(), 0, -1)
			p.ZRange(ctx, k.held(), 0, -1)
			p.HKeys(ctx, k.reserve())
		}
	})
	if err != nil {
		return nil, err
	}
	var all []order.Number
	for i := range cmds {
		list, err := answerAs[*redis.StringSliceCmd](cmds, i)
		if err != nil {
			return nil, err
		}
		all = append(all, numbers(list.Val())...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// answerField comes before a replica's name in the record of a freeze.
const answerField = "r:"

// owedField comes before a gateway's name there, from the end of the freeze until
// its list has answered.
const owedField = "l:"

// owedSince says whose lists have not answered since the freeze that ended last.
func owedSince(record map[string]string) order.Owed {
	owed := order.Owed{Freeze: record["id"]}
	for field := range record {
		if gateway, is := strings.CutPrefix(field, owedField); is {
			owed.Gateways = append(owed.Gateways, gateway)
		}
	}
	slices.Sort(owed.Gateways)
	return owed
}

func freezeOf(record map[string]string) order.Freeze {
	return order.Freeze{ID: record["id"], Why: order.Doubt(record["why"]), At: order.Stamp(whole(record["at"])), By: record["by"]}
}

func encodeHealed(h order.Healed) (string, error) {
	text, err := json.Marshal([]int{h.Orders, h.Spends, h.Placed, h.Found, h.Left, h.Broken, h.Unheard})
	if err != nil {
		return "", fmt.Errorf("store: encode what was healed: %w", err)
	}
	return string(text), nil
}

// decodeHealed reads what encodeHealed wrote, nothing from anything else.
func decodeHealed(text string) (h order.Healed) {
	fields := []*int{&h.Orders, &h.Spends, &h.Placed, &h.Found, &h.Left, &h.Broken, &h.Unheard}
	if err := json.Unmarshal([]byte(or(text, "[]")), &fields); err != nil {
		return order.Healed{}
	}
	return h
}
