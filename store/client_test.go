package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"giftbot/order"
	"giftbot/store/redistest"
)

func TestShardsAreStable(t *testing.T) {
	// Stored orders depend on these: they never change.
	for id, want := range map[int64]int{1001: 2, 1002: 3, -5: 6, 0: 4, 1 << 62: 4} {
		if got := Shard(id, DefaultShards); got != want {
			t.Errorf("Shard(%d) = %d, want %d", id, got, want)
		}
	}
	counts := make([]int, DefaultShards)
	for id := range int64(16_000) {
		counts[Shard(id, DefaultShards)]++
	}
	for shard, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("shard %d has %d of 16000", shard, n)
		}
	}
}

func TestEveryKeyHasItsTag(t *testing.T) {
	s, v := shardKeys(7), vendorKeys("infinivoucher")
	for _, k := range []string{
		s.order("N"), s.history(1), s.open(1), s.session(1), s.due(), s.lease(), s.hints(), s.outbox(),
		s.replies(), s.reply("1:x"), s.tries(), s.ledger(), s.reserve(), s.seq(),
		s.balance(1), s.movements(1), s.transit(), s.cleared(), s.held(),
	} {
		if tagOf(k) != "s07" {
			t.Errorf("key %q has tag %q", k, tagOf(k))
		}
	}
	for _, k := range []string{v.locks(), v.rate(), v.budget(), v.owners("x")} {
		if tagOf(k) != "v:infinivoucher" {
			t.Errorf("key %q has tag %q", k, tagOf(k))
		}
	}
	for k, want := range map[string]string{"a": "", "{a": "", "{}a": "", "x{a}b{c}": "a"} {
		if tagOf(k) != want {
			t.Errorf("tag of %q is %q", k, tagOf(k))
		}
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]redis.UniversalOptions{
		"redis://h":                      {Addrs: []string{"h:6379"}},
		"redis://h:1/2":                  {Addrs: []string{"h:1"}, DB: 2},
		"redis://:p%40ss@h:1":            {Addrs: []string{"h:1"}, Password: "p@ss"},
		"redis://u:p@a:1,b:2,c?master=m": {Addrs: []string{"a:1", "b:2", "c:6379"}, Username: "u", Password: "p", MasterName: "m"},
		"redis://[::1]:7":                {Addrs: []string{"[::1]:7"}},
		"redis://[::1]":                  {Addrs: []string{"[::1]:6379"}},
		"unix:///run/redis.sock?db=3":    {Addrs: []string{"/run/redis.sock"}, DB: 3},
	} {
		got, err := address(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		view := func(o redis.UniversalOptions) string {
			return fmt.Sprint(o.Addrs, o.Username, o.Password, o.DB, o.MasterName)
		}
		if diff := cmp.Diff(view(want), view(*got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	secure, err := address("rediss://h:1")
	if err != nil || secure.TLSConfig == nil || secure.TLSConfig.ServerName != "h" {
		t.Errorf("rediss: %+v, %v", secure, err)
	}
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":           {},
		"no scheme":         {URL: "hunter2@h:1"},
		"another scheme":    {URL: "http://:hunter2@h"},
		"no host":           {URL: "redis://:hunter2@"},
		"empty host":        {URL: "redis://:hunter2@a,,b", Mode: ModeCluster},
		"bad database":      {URL: "redis://:hunter2@h/x"},
		"bad escape":        {URL: "redis://:hunter2%zz@h"},
		"no socket":         {URL: "unix://"},
		"two in single":     {URL: "redis://:hunter2@a,b"},
		"sentinel, no name": {URL: "redis://:hunter2@a", Mode: ModeSentinel},
		"unknown mode":      {URL: "redis://:hunter2@a", Mode: "double"},
		"too many shards":   {URL: "redis://:hunter2@a", Shards: MaxShards + 1},
		"negative shards":   {URL: "redis://:hunter2@a", Shards: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes the password", name)
		}
	}
	for _, mode := range []Mode{"", ModeCluster, ModeSentinel} {
		s, err := New(Options{URL: "redis://127.0.0.1:1?master=m", Mode: mode})
		if err != nil {
			t.Errorf("mode %q: %v", mode, err)
			continue
		}
		if s.Shards() != DefaultShards || s.lease != DefaultLease || s.Close() != nil {
			t.Errorf("mode %q: %+v", mode, s)
		}
	}
}

func TestGuardRefusesTwoTags(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		script := redis.NewScript("return {'ran'}")
		for name, keys := range map[string][]string{
			"two tags": {"{s00}:a", "{s01}:a"}, "no tag": {"plain"}, "one without": {"{s00}:a", "b"},
		} {
			if _, err := w.s.once(ctx, script, keys); err == nil || !strings.Contains(err.Error(), "hash tag") {
				t.Errorf("%s: %v", name, err)
			}
			_, err := w.s.pipeline(ctx, "test", func(p redis.Pipeliner) { p.MGet(ctx, keys...) })
			if err == nil {
				t.Errorf("%s in a pipeline: accepted", name)
			}
		}
		if answer, err := w.s.once(ctx, script, []string{"{s00}:a", "{s00}:b"}); err != nil || answer[0] != "ran" {
			t.Errorf("one tag: %v, %v", answer, err)
		}
	})
}

// The round trips DESIGN and PROOF (R4) count on.
func TestRoundTrips(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		trips := new(Trips)
		s := w.open(func(o *Options) { o.Trips = trips })
		n := number(t, buyer, 'a')
		var o order.Order
		for _, step := range []struct {
			name string
			want int64
			do   func() error
		}{
			{"insert", 1, func() (err error) { o, err = s.Insert(ctx, placed(n, buyer)); return err }},
			{"wake", 1, func() error { return s.Wake(ctx, n, hint(1)) }},
			{"due", 1, func() error { _, _, err := s.Due(ctx, 10); return err }},
			{"peek", 1, func() error { _, err := s.Peek(ctx, 10); return err }},
			{"claim", 1, func() error { _, err := s.Claim(ctx, n); return err }},
			{"commit", 1, func() error {
				_, err := s.Commit(ctx, order.Transition{Order: o, Op: "x", Due: 1, Announce: []order.Announcement{status}})
				return err
			}},
			{"load", 1, func() error { _, err := s.Load(ctx, n); return err }},
			{"take", 1, func() error { _, err := s.Take(ctx, Pending{status, n}); return err }},
			{"standing", 1, func() error { _, err := s.Standing(ctx); return err }},
			{"waiting", 1, func() error { _, _, err := s.Waiting(ctx, 0, 10); return err }},
			{"balance", 1, func() error { _, err := s.Balance(ctx, buyer); return err }},
			{"movements", 1, func() error { _, _, err := s.Movements(ctx, buyer, 0, 10); return err }},
			{"acquire", 1, func() error { return s.Acquire(ctx, permit("1", "A", 1)) }},
			{"release", 1, func() error { return s.Release(ctx, permit("1", "A", 1), "x") }},
			{"session", 1, func() error { _, _, err := s.SaveSession(ctx, buyer, Session{}, 1); return err }},
			{"history", 2, func() error { _, _, err := s.OfBuyer(ctx, buyer, 0, 5); return err }},
		} {
			trips.Reset()
			w.ok(step.do())
			if got := trips.Count(); got != step.want {
				t.Errorf("%s: %d round trips, want %d", step.name, got, step.want)
			}
		}
	})
}

func TestErrorsSayWhatIsTrue(t *testing.T) {
	for text, want := range map[string]order.Code{
		"LOADING Redis is loading":      order.CodeNotSent,
		"READONLY You can't write":      order.CodeNotSent,
		"OOM command not allowed":       order.CodeNotSent,
		"MISCONF Redis is configured":   order.CodeNotSent,
		"CLUSTERDOWN The cluster is do": order.CodeNotSent,
		"ERR anything else":             order.CodeUnclear,
		"NOPERM in the middle":          order.CodeUnclear,
	} {
		err := redisError("test", answered(text))
		if order.CodeOf(err) != want || brokenConnection(context.Background(), answered(text)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if redisError("test", nil) != nil {
		t.Error("nil became an error")
	}
	timeout, cancel := context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	if brokenConnection(context.Background(), timeout.Err()) {
		t.Error("a timeout would be sent again")
	}
}

type answered string

func (e answered) Error() string { return string(e) }
func (answered) RedisError()     {}

func TestDurability(t *testing.T) {
	server := redistest.Start(t)
	w := newWorld(t, server.URL, redistest.NewCutter(nil))
	durable, err := w.s.Durability(t.Context())
	w.ok(err)
	if len(durable) != 1 || durable[0].ReplicationID == "" || durable[0].Version == "" || durable[0].Replicas != "0" {
		t.Fatalf("report %+v", durable)
	}
	mini := redistest.StartMini(t)
	demo := newWorld(t, redistest.MiniURL, redistest.NewCutter(mini.Dial))
	silent, err := demo.s.Durability(t.Context())
	w.ok(err)
	if len(silent) != 1 || !silent[0].Denied {
		t.Fatalf("miniredis reports %+v", silent)
	}
	type verdicts struct{ checked, vouched, unsafe bool }
	for name, c := range map[string]struct {
		nodes []NodeReport
		want  verdicts
	}{
		"durable":    {durable, verdicts{true, true, true}},
		"silent":     {silent, verdicts{false, true, true}},
		"one silent": {append(silent, durable...), verdicts{false, true, true}},
		"none":       {nil, verdicts{false, false, true}},
		"no file":    {[]NodeReport{{AppendOnly: "no", AppendFsync: "always", MaxMemoryPolicy: "noeviction"}}, verdicts{false, false, true}},
		"everysec":   {[]NodeReport{{AppendOnly: "yes", AppendFsync: "everysec", MaxMemoryPolicy: "noeviction"}}, verdicts{false, false, true}},
		"evicts":     {[]NodeReport{{AppendOnly: "yes", AppendFsync: "always", MaxMemoryPolicy: "allkeys-lru"}}, verdicts{false, false, true}},
	} {
		got := verdicts{
			Verdict(DurabilityChecked, c.nodes) == nil, Verdict(DurabilityVouched, c.nodes) == nil, Verdict(DurabilityUnsafe, c.nodes) == nil,
		}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	w.ok(w.raw.ConfigSet(t.Context(), "appendfsync", "everysec").Err())
	weak, err := w.s.Durability(t.Context())
	w.ok(err)
	if err := Verdict(DurabilityChecked, weak); err == nil || !strings.Contains(err.Error(), "appendfsync") {
		t.Fatalf("weak: %v", err)
	}
}
