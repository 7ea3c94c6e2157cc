package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"giftbot/order"
	"giftbot/store/redistest"
)

const (
	testLease = 1000 * time.Second // far from now, so that a dump can tell them apart
	later     = order.Stamp(4_000_000_000_000)
	buyer     = int64(1001)
	other     = int64(1002)
)

// world is one kind of Redis with a store on it.
type world struct {
	t    *testing.T
	s    *Store
	cut  *redistest.Cutter
	raw  redis.UniversalClient
	base Options
}

// both runs a test on a real redis-server and on miniredis: same suite, same
// answers.
func both(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Run("redis", func(t *testing.T) {
		server := redistest.Start(t)
		test(newWorld(t, server.URL, redistest.NewCutter(nil)))
	})
	t.Run("miniredis", func(t *testing.T) {
		mini := redistest.StartMini(t)
		test(newWorld(t, redistest.MiniURL, redistest.NewCutter(mini.Dial)))
	})
}

func newWorld(t *testing.T, url string, cut *redistest.Cutter, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, cut: cut, base: Options{URL: url, Shards: 2, Lease: testLease, Dialer: cut.Dial, Guard: true, Vault: testVault(t)}}
	for _, c := range change {
		c(&w.base)
	}
	w.s = w.open(func(*Options) {})
	w.raw = w.open(func(o *Options) { o.Guard = false }).rdb
	return w
}

// open makes another store on the same Redis: a second replica.
func (w *world) open(change func(*Options)) *Store {
	w.t.Helper()
	o := w.base
	change(&o)
	s, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func testVault(t testing.TB) *Vault {
	t.Helper()
	v, err := NewVault([]Key{{ID: "k1", Secret: []byte(strings.Repeat("s", minSecret))}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// number is a fixed order number on the shard of a buyer.
func number(t testing.TB, buyer int64, seed byte) order.Number {
	t.Helper()
	n, err := order.NewNumber(strings.NewReader(strings.Repeat(string(rune(seed)), 8)), Shard(buyer, 2))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// placed is the transition that places a small order, due at once.
func placed(n order.Number, buyer int64) order.Transition {
	return order.Transition{
		Op: "place " + string(n), Due: 1, Open: true,
		Order: order.Order{
			Number: n, Buyer: buyer, Language: "en", Status: order.AwaitingPayment, Total: 12_500_000, CreatedAt: 7,
			Lines: []order.Line{{Product: "p", Supplier: "infinivoucher", Item: "42", Name: "Card", Quantity: 1, UnitPrice: 12_500_000, State: order.LineWaiting}},
		},
		Reserve: map[string]order.Money{"infinivoucher": 11_000_000},
	}
}

func (w *world) insert(t order.Transition) order.Order {
	w.t.Helper()
	o, err := w.s.Insert(w.t.Context(), t)
	if err != nil {
		w.t.Fatalf("insert: %v", err)
	}
	return o
}

func (w *world) claim(n order.Number) order.Claim {
	w.t.Helper()
	c, err := w.s.Claim(w.t.Context(), n)
	if err != nil {
		w.t.Fatalf("claim: %v", err)
	}
	return c
}

func (w *world) commit(t order.Transition) order.Order {
	w.t.Helper()
	o, err := w.s.Commit(w.t.Context(), t)
	if err != nil {
		w.t.Fatalf("commit: %v", err)
	}
	return o
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// code asserts the code of an error; "" wants none.
func (w *world) code(err error, want order.Code) {
	w.t.Helper()
	if err == nil && want == "" {
		return
	}
	if got := order.CodeOf(err); err == nil || got != want {
		w.t.Fatalf("got %v, want code %q", err, want)
	}
}

// keys asserts the whole content of Redis.
func (w *world) keys(want map[string]string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.dump()); diff != "" {
		w.t.Fatalf("keys (-want +got):\n%s", diff)
	}
}

// dump reads every key as text. Scores close to now are "now", close to the
// end of a lease taken now "lease"; order bodies are reduced to their status.
func (w *world) dump() map[string]string {
	w.t.Helper()
	ctx := w.t.Context()
	all, err := w.raw.Keys(ctx, "*").Result()
	w.ok(err)
	out := make(map[string]string)
	for _, key := range all {
		kind, err := w.raw.Type(ctx, key).Result()
		w.ok(err)
		out[key] = w.text(ctx, key, kind)
	}
	return out
}

func (w *world) text(ctx context.Context, key, kind string) string {
	w.t.Helper()
	var parts []string
	switch kind {
	case "string":
		value, err := w.raw.Get(ctx, key).Result()
		w.ok(err)
		return w.record(key, value)
	case "list":
		lines, err := w.raw.LRange(ctx, key, 0, -1).Result()
		w.ok(err)
		parts = lines
	case "set":
		members, err := w.raw.SMembers(ctx, key).Result()
		w.ok(err)
		slices.Sort(members)
		parts = members
	case "hash":
		fields, err := w.raw.HGetAll(ctx, key).Result()
		w.ok(err)
		for f, v := range fields {
			parts = append(parts, f+"="+v)
		}
		slices.Sort(parts)
	case "zset":
		members, err := w.raw.ZRangeWithScores(ctx, key, 0, -1).Result()
		w.ok(err)
		for _, m := range members {
			parts = append(parts, fmt.Sprint(m.Member)+"="+moment(int64(m.Score)))
		}
	default:
		w.t.Fatalf("key %s is a %s", key, kind)
	}
	return strings.Join(parts, " ")
}

func (w *world) record(key, value string) string {
	w.t.Helper()
	if !strings.Contains(key, "}:o:") {
		return value
	}
	o, err := w.s.decodeOrder(value)
	w.ok(err)
	return "v" + strconv.FormatInt(o.Version, 10) + " " + string(o.Status)
}

func moment(at int64) string {
	const slack = 60_000
	now := time.Now().UnixMilli()
	switch {
	case at > now-slack && at < now+slack:
		return "now"
	case at > now+testLease.Milliseconds()-slack && at < now+testLease.Milliseconds()+slack:
		return "lease"
	default:
		return strconv.FormatInt(at, 10)
	}
}

// key is a key on the shard of the usual buyer.
func key(rest string) string { return shardKeys(Shard(buyer, 2)).tag(rest) }
