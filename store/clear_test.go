package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// sent places an order that gives credit to other buyers, one of the same shard
// and one of another.
func (w *world) sent(seed byte) (o order.Order, near, far int64) {
	w.t.Helper()
	for near = buyer + 1; Shard(near, 2) != Shard(buyer, 2); near++ {
	}
	for far = buyer + 1; Shard(far, 2) == Shard(buyer, 2); far++ {
	}
	n := number(w.t, buyer, seed)
	o = w.insert(placed(n, buyer))
	o = w.commit(order.Transition{Order: o, Op: "give", Postings: []order.Posting{gift(n, "near", near, 3), gift(n, "far", far, 4)}})
	return o, near, far
}

func TestClearingBetweenShards(t *testing.T) {
	both(t, func(w *world) {
		o, near, far := w.sent('a')
		n := string(o.Number)
		got := w.dump()
		if got[key("ledger")] != n+"\n@/near|order:@|clearing|3\n@/far|order:@|clearing|4" {
			t.Errorf("ledger %q", got[key("ledger")])
		}
		want := []string{n + "/far=" + passenger{far, 4, o.Number}.String(), n + "/near=" + passenger{near, 3, o.Number}.String()}
		if got[key("transit")] != want[0]+" "+want[1] {
			t.Errorf("transit %q", got[key("transit")])
		}
		w.balance(far, 0)
		moved, err := w.s.Clear(t.Context())
		if err != nil || moved != 2 {
			t.Fatalf("%d moved, %v", moved, err)
		}
		w.balance(near, 3)
		w.balance(far, 4)
		there := shardKeys(Shard(far, 2))
		got = w.dump()
		if got[key("transit")] != "" || got[there.cleared()] != n+"/far" || got[there.ledger()] != n+"\n@/far/cleared|clearing|credit:"+string(order.CreditAccount(far)[7:])+"|4" {
			t.Errorf("cleared: %v", got)
		}
		for range 2 {
			if moved, err = w.s.Clear(t.Context()); err != nil || moved != 0 {
				t.Fatalf("%d moved again, %v", moved, err)
			}
		}
	})
}

// dying fails one command and all after it: before it is executed, or after.
type dying struct {
	lives int
	after bool
}

func (d *dying) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *dying) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return d.pass(func() error { return next(ctx, cmd) }, cmd)
	}
}

func (d *dying) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return d.pass(func() error { return next(ctx, cmds) }, cmds...)
	}
}

func (d *dying) pass(do func() error, cmds ...redis.Cmder) error {
	d.lives--
	if d.lives > 0 || d.lives == 0 && d.after {
		if err := do(); err != nil || d.lives > 0 {
			return err
		}
	}
	for _, cmd := range cmds {
		cmd.SetErr(io.EOF)
	}
	return io.EOF
}

// The process dies before or after each of its calls: what is on its way
// arrives once, and the books are right all the time.
func TestClearingThatIsKilledAnywhere(t *testing.T) {
	both(t, func(w *world) {
		sum := order.Money(0)
		// which two, and for each: the balance as remembered, as found, the end
		const calls = 1 + 2*3
		for step := range 2 * (calls + 1) {
			o, near, far := w.sent(byte('a' + step))
			sum++
			s := w.open(func(o *Options) { o.NoResend = true })
			s.rdb.AddHook(&dying{lives: 1 + step/2, after: step%2 == 1})
			moved, err := s.Clear(t.Context())
			if died := 1+step/2 <= calls; died != (err != nil) {
				t.Fatalf("step %d: %v", step, err)
			}
			got, err := w.s.Trial(t.Context())
			if err != nil || len(got.Faults) > 0 {
				t.Fatalf("step %d: %+v, %v", step, got, err)
			}
			rest, err := w.s.Clear(t.Context())
			if err != nil || moved+rest > 2 {
				t.Fatalf("step %d: %d and %d moved, %v", step, moved, rest, err)
			}
			w.balance(near, 3*sum)
			w.balance(far, 4*sum)
			if left := w.dump()[key("transit")]; left != "" {
				t.Fatalf("%s: left %q", o.Number, left)
			}
		}
	})
}

func TestManySweepsAtOnce(t *testing.T) {
	both(t, func(w *world) {
		_, near, far := w.sent('a')
		var group sync.WaitGroup
		moved := make([]int, 4)
		for i := range moved {
			s := w.open(func(*Options) {})
			group.Go(func() { moved[i], _ = s.Clear(t.Context()) })
		}
		group.Wait()
		slices.Sort(moved)
		if sum := moved[0] + moved[1] + moved[2] + moved[3]; sum != 2 {
			t.Errorf("moved %v", moved)
		}
		w.balance(near, 3)
		w.balance(far, 4)
	})
}

// One that cannot arrive holds nobody up, and stays.
func TestClearingThatCannotArrive(t *testing.T) {
	both(t, func(w *world) {
		_, near, far := w.sent('a')
		full := shardKeys(Shard(near, 2)).balance(near)
		w.ok(w.raw.Set(t.Context(), full, micros(order.MaxMoney), 0).Err())
		w.ok(w.raw.HSet(t.Context(), key("transit"), "x", "unreadable").Err())
		moved, err := w.s.Clear(t.Context())
		if moved != 1 || order.CodeOf(err) != order.CodeInvalid || !errors.Is(err, errRecord) {
			t.Fatalf("%d moved, %v", moved, err)
		}
		w.balance(far, 4)
		w.ok(w.raw.Del(t.Context(), full).Err())
		if moved, err = w.s.Clear(t.Context()); moved != 1 || !errors.Is(err, errRecord) {
			t.Fatalf("%d moved, %v", moved, err)
		}
		w.balance(near, 3)
	})
}

func TestUnreadablePassengers(t *testing.T) {
	for _, text := range []string{"", "1|2", "x|2|n", "1|x|n", "1|-2|n", "1|2|n|n"} {
		if p, err := parsePassenger(text); err == nil {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}
