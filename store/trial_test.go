package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

// trial asserts that all is well, and what the accounts come to.
func (w *world) trial(want map[order.Account]order.Money) {
	w.t.Helper()
	got, err := w.s.Trial(w.t.Context())
	w.ok(err)
	if diff := cmp.Diff(Trial{Accounts: want}, got); diff != "" {
		w.t.Fatalf("trial (-want +got):\n%s", diff)
	}
}

// traded leaves one of everything in the books: an order with credit given and
// spent, some to another buyer that arrived and some that did not.
func (w *world) traded() order.Number {
	w.t.Helper()
	ctx := w.t.Context()
	o := w.credited(buyer, 'a', 100)
	n := o.Number
	o = w.commit(order.Transition{Order: o, Op: "x", Postings: []order.Posting{gift(n, "hold", buyer, -30), gift(n, "to/1", other, 7)}})
	if moved, err := w.s.Clear(ctx); err != nil || moved != 1 {
		w.t.Fatalf("%d moved, %v", moved, err)
	}
	w.commit(order.Transition{Order: o, Op: "y", Postings: []order.Posting{gift(n, "to/2", other, 5), posting(string(n)+"/paid", "gateway:infini", "order:"+string(n), 82)}})
	_, err := w.s.BookVendor(ctx, "plexy", "7", []order.Posting{posting("deposit/7", "bank", "supplier:plexy", 500)})
	w.ok(err)
	return n
}

func TestTrialSumsAllLedgers(t *testing.T) {
	both(t, func(w *world) {
		w.trial(map[order.Account]order.Money{})
		own := order.Account("order:" + w.traded())
		want := map[order.Account]order.Money{
			own: 0, "gateway:infini": -82, "credit:1001": 70, "credit:1002": 7, "clearing": 5, "bank": -500, "supplier:plexy": 500,
		}
		w.trial(want)
		if moved, err := w.s.Clear(t.Context()); err != nil || moved != 1 {
			t.Fatalf("%d moved, %v", moved, err)
		}
		want["credit:1002"], want["clearing"] = 12, 0
		w.trial(want)
	})
}

// A wrong entry of each sort, and what is seen of it.
func TestTrialSeesDamage(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		n := string(w.traded())
		there := shardKeys(Shard(other, 2))
		push := func(ledger, line string) func() { return func() { w.ok(w.raw.RPush(ctx, ledger, line).Err()) } }
		set := func(key, value string) func() { return func() { w.ok(w.raw.Set(ctx, key, value, 0).Err()) } }
		// the dumps of a real server are put back between the cases
		type damage struct {
			do   func()
			off  order.Money
			want []string // each in one fault, and no fault without one
		}
		cases := map[string]damage{
			"one leg":              {push(key("ledger"), "N\n@/k|gateway:infini||9"), -9, []string{`"N/k" has one leg`, "do not balance by -0.000009"}},
			"the other leg":        {push(key("ledger"), "N\n@/k||sales|9"), 9, []string{`"N/k" has one leg`, "do not balance by 0.000009"}},
			"a key twice":          {push(key("ledger"), n+"\n@/hold|credit:1001|order:@|0"), 0, []string{n + `/hold" stands twice`}},
			"a key twice, far off": {push(there.ledger(), n+"\n@/paid|a|b|1"), 0, []string{n + `/paid" stands twice`}},
			"a vendor's key twice": {push("{v:plexy}:ledger", "8\ndeposit/7|a|b|1"), 0, []string{`"deposit/7" stands twice`}},
			"a balance altered":    {set(key("u:1001:c"), "71"), 0, []string{`credit:1001: the balance is "71", the ledger says 70`, "after the last movement it was 70"}},
			"a balance gone":       {func() { w.ok(w.raw.Del(ctx, key("u:1001:c")).Err()) }, 0, []string{`the balance is "", the ledger`, "after the last"}},
			"a balance of nobody":  {set(shardKeys(Shard(77, 2)).balance(77), "1"), 0, []string{`credit:77: the balance is "1", the ledger says 0`, "after the last movement it was 0"}},
			"a movement lost":      {func() { w.ok(w.raw.RPop(ctx, key("u:1001:l")).Err()) }, 0, []string{"after the last movement it was 100"}},
			"a movement unread":    {func() { w.ok(w.raw.RPush(ctx, key("u:1001:l"), "x").Err()) }, 0, []string{"last movement is unreadable"}},
			"a movement of nobody": {func() { w.ok(w.raw.RPush(ctx, shardKeys(Shard(77, 2)).movements(77), "1|n|k|5|5").Err()) }, 0, []string{"credit:77: the balance is \"\", after the last movement it was 5"}},
			"credit unposted":      {push(key("ledger"), "N\n@/k|order:x|credit:1001|1"), 0, []string{`credit:1001: the balance is "70", the ledger says 71`}},
			"never sent off":       {push(there.ledger(), "N\n@/k/cleared|clearing|sales|1"), 0, []string{`"N/k": 0.000001 came, and nobody sent it`}},
			"lost on the way":      {func() { w.ok(w.raw.Del(ctx, key("transit")).Err()) }, 0, []string{n + `/to/2": 0.000005 was sent, and is nowhere`}},
			"never left":           {func() { w.ok(w.raw.HSet(ctx, key("transit"), "N/k", "1002|5|N").Err()) }, 0, []string{`transit of "N/k": 0.000005, and the ledger sent off 0.00`}},
			"changed on the way":   {func() { w.ok(w.raw.HSet(ctx, key("transit"), n+"/to/2", "1002|6|"+n).Err()) }, 0, []string{`to/2": 0.000006, and the ledger sent off 0.000005`}},
			"transit unread":       {func() { w.ok(w.raw.HSet(ctx, key("transit"), n+"/to/2", "x").Err()) }, 0, []string{`to/2" is unreadable`, "is nowhere"}},
			"arrived as another":   {push(there.ledger(), n+"\n@/to/2/cleared|clearing|sales|4"), 0, []string{`to/2": 0.000005 was sent, 0.000004 came`}},
		}
		for i, line := range unreadable() {
			cases[fmt.Sprint("unreadable ", i)] = damage{push(key("ledger"), line), 0, []string{key("ledger") + ", line 3: unreadable"}}
		}
		for name, d := range cases {
			t.Run(name, func(t *testing.T) {
				before := w.saved()
				d.do()
				got, err := w.s.Trial(ctx)
				w.ok(err)
				for _, want := range d.want {
					if !slices.ContainsFunc(got.Faults, func(f string) bool { return strings.Contains(f, want) }) {
						t.Errorf("nothing of %q", want)
					}
				}
				if len(got.Faults) != len(d.want) || got.Off != d.off {
					t.Errorf("off %d, faults %q", got.Off, got.Faults)
				}
				before()
			})
		}
		if got, err := w.s.Trial(ctx); err != nil || len(got.Faults) > 0 {
			t.Fatalf("put back: %q %v", got.Faults, err)
		}
	})
}

// saved keeps the lists, hashes and texts as they are, to be put back.
func (w *world) saved() (restore func()) {
	w.t.Helper()
	ctx := w.t.Context()
	names, err := w.raw.Keys(ctx, "*").Result()
	w.ok(err)
	kept := make(map[string]func() error)
	for _, key := range names {
		switch kind := w.raw.Type(ctx, key).Val(); kind {
		case "string":
			value := w.raw.Get(ctx, key).Val()
			kept[key] = func() error { return w.raw.Set(ctx, key, value, 0).Err() }
		case "list":
			lines := w.raw.LRange(ctx, key, 0, -1).Val()
			kept[key] = func() error { return w.raw.RPush(ctx, key, lines).Err() }
		case "hash":
			fields := w.raw.HGetAll(ctx, key).Val()
			kept[key] = func() error { return w.raw.HSet(ctx, key, fields).Err() }
		}
	}
	return func() {
		now, err := w.raw.Keys(ctx, "*").Result()
		w.ok(err)
		for _, key := range now {
			if kind := w.raw.Type(ctx, key).Val(); kind != "zset" && kind != "set" {
				w.ok(w.raw.Del(ctx, key).Err())
			}
		}
		for _, put := range kept {
			w.ok(put())
		}
	}
}

func TestLedgersAreReadInPages(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		var lines []any
		for i := range 2*ledgerPage + 1 {
			line, err := encodePostings(n, []order.Posting{posting(fmt.Sprint("k", i), "a", "b", 1)})
			w.ok(err)
			lines = append(lines, line)
		}
		w.ok(w.raw.RPush(t.Context(), key("ledger"), lines...).Err())
		w.trial(map[order.Account]order.Money{"a": -2*ledgerPage - 1, "b": 2*ledgerPage + 1})
	})
}

// More buyers than one pipeline asks about.
func TestTrialReadsAllBalances(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		o := w.insert(placed(n, buyer))
		var gifts []order.Posting
		for to := int64(2000); to < 2000+scanPage+20; to++ {
			gifts = append(gifts, gift(n, fmt.Sprint(to), to, 1))
		}
		w.commit(order.Transition{Order: o, Op: "x", Postings: gifts})
		if moved, err := w.s.Clear(t.Context()); err != nil || moved != len(gifts) {
			t.Fatalf("%d moved, %v", moved, err)
		}
		last := shardKeys(Shard(2000+scanPage+19, 2)).balance(2000 + scanPage + 19)
		w.ok(w.raw.Set(t.Context(), last, "2", 0).Err())
		got, err := w.s.Trial(t.Context())
		w.ok(err)
		if len(got.Faults) != 2 || got.Accounts["order:"+order.Account(n)] != -scanPage-20 {
			t.Errorf("faults %q", got.Faults)
		}
	})
}
