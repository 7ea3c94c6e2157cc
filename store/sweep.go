package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

var _ order.Tide = (*Tide)(nil)

// sight is what a sweep reads beside the work, in the same pipeline.
type sight struct {
	tide     *Tide
	shards   int
	info     bool
	least    []int64 // what the counters have to be at least
	frozen   string  // the freeze known before
	sequence []*redis.StringCmd
	hints    []*redis.IntCmd
	record   *redis.MapStringStringCmd
	replicas *redis.MapStringStringCmd
	said     *redis.StringCmd
	sign     *redis.Script
	beats    []any // what this replica says of itself, when it is time to
}

func (s *Store) newSight() *sight {
	if s.tide == nil {
		return nil
	}
	_, single := s.rdb.(*redis.Client)
	return &sight{
		tide: s.tide, shards: s.shards, info: single && s.identity == nil && s.tide.asks(),
		sign: s.scripts.sign, least: s.tide.highest(), frozen: s.tide.frozen(),
	}
}

// fill adds the questions to a pipeline, again when it is sent again.
func (g *sight) fill(ctx context.Context, p redis.Pipeliner) {
	if g == nil {
		return
	}
	g.sequence, g.hints = nil, nil
	for shard := range g.shards {
		g.sequence = append(g.sequence, p.Get(ctx, shardKeys(shard).seq()))
		if g.frozen != "" {
			g.hints = append(g.hints, p.HLen(ctx, shardKeys(shard).hints()))
		}
	}
	g.record, g.replicas = p.HGetAll(ctx, shopNotes.freeze()), p.HGetAll(ctx, shopNotes.replicas())
	if id, epoch, due := g.tide.beat(); due || g.beats != nil {
		if due {
			g.beats = []any{id, epoch}
		}
		g.sign.EvalSha(ctx, p, []string{shopNotes.replicas()}, g.beats...)
	}
	if g.info {
		g.said = p.Info(ctx, "replication")
	}
}

// compare holds what was read against what this replica has seen. It reports
// whether this replica has to say that it misses nothing.
func (g *sight) compare() (signs bool, err error) {
	if g.said != nil && g.said.Err() == nil {
		g.tide.answers(readReplication(g.said.Val()))
	}
	for shard, cmd := range g.sequence {
		if err := cmd.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return false, redisError("sweep", err)
		}
		g.tide.saw(shard, whole(cmd.Val()), g.least[shard])
	}
	unread := 0
	for _, cmd := range g.hints {
		unread += int(cmd.Val())
	}
	return g.tide.learn(g.record.Val(), g.replicas.Val(), g.frozen, unread), nil
}

// look compares after a sweep, says that nothing is missing when that is news,
// and keeps what was seen now and then.
func (s *Store) look(ctx context.Context, g *sight) error {
	if g == nil {
		return nil
	}
	if err := s.which(ctx); err != nil {
		return err
	}
	signs, err := g.compare()
	if err != nil {
		return err
	}
	if signs {
		if err := s.sign(ctx); err != nil {
			return err
		}
	}
	return s.tide.keepSometimes()
}

// which asks a Redis of several nodes, or one that cannot say it, which one it is.
func (s *Store) which(ctx context.Context) error {
	if s.identity != nil {
		s.tide.answers(replication{id: or(s.identity(), unnamed)})
		return nil
	}
	c, several := s.rdb.(*redis.ClusterClient)
	if !several || !s.tide.asks() {
		return nil
	}
	var mu sync.Mutex
	var ids []string
	err := c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		info, err := node.Info(ctx, "replication").Result()
		if err != nil {
			return unlessRefused(err)
		}
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, readReplication(info).id)
		return nil
	})
	if err != nil {
		return redisError("sweep", err)
	}
	slices.Sort(ids)
	s.tide.answers(replication{id: strings.Join(ids, ",")})
	return nil
}

// sign says for all replicas that this one misses nothing of what it has seen. On
// a new disk that is no answer while there are open orders.
func (s *Store) sign(ctx context.Context) error {
	if s.tide.fresh() {
		if doubt, err := s.begin(ctx); doubt || err != nil {
			return err
		}
	}
	id, epoch := s.tide.name()
	_, err := s.run(ctx, "sign", s.scripts.sign, []string{shopNotes.replicas()}, id, epoch)
	if err == nil {
		s.tide.signed(epoch)
	}
	return err
}

// begin takes a new disk into use, and reports whether there is a doubt: open
// orders, and nobody who says what was spent for them.
func (s *Store) begin(ctx context.Context) (doubt bool, err error) {
	open, err := s.Unsettled(ctx)
	if err != nil {
		return false, err
	}
	now, err := s.rdb.Time(ctx).Result()
	if err != nil {
		return false, redisError("sweep", err)
	}
	return s.tide.begins(len(open) > 0 && !s.tide.vouched(now.UnixMilli())), nil
}

// Leave says that this replica goes, and that nobody has to wait for it. A loss
// that comes later is one that it has not seen.
func (s *Store) Leave(ctx context.Context) error {
	if s.tide == nil || !s.tide.Look().Spends() {
		return nil
	}
	if err := s.tide.Keep(); err != nil {
		return err
	}
	id, _ := s.tide.name()
	return redisError("leave", s.rdb.HDel(ctx, shopNotes.replicas(), id).Err())
}

func (t *Tide) frozen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.m.Frozen
}

func (t *Tide) fresh() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.m.Fresh
}

func (t *Tide) name() (id, epoch string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.m.ID, t.epoch()
}

// begins takes a new disk into use, with a doubt or without.
func (t *Tide) begins(doubt bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m.Fresh, t.dirty = false, true
	if doubt {
		t.doubts(order.DoubtEmpty)
	}
	return doubt
}
