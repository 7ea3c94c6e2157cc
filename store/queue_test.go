package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

// holding is a transition that leaves an order with a person, or takes it back.
func holding(o order.Order, op string, held bool) order.Transition {
	o.Flags = o.Flags.Without(order.FlagHeld)
	if held {
		o.Flags = o.Flags.With(order.FlagHeld)
	}
	return order.Transition{Order: o, Op: op}
}

func (w *world) queued(offset, limit, wantTotal int, want ...order.Number) {
	w.t.Helper()
	list, total, err := w.s.Waiting(w.t.Context(), offset, limit)
	w.ok(err)
	var got []order.Number
	for _, o := range list {
		got = append(got, o.Number)
	}
	if diff := cmp.Diff(want, got); diff != "" || total != wantTotal {
		w.t.Fatalf("%d wait, want %d (-want +got):\n%s", total, wantTotal, diff)
	}
}

func TestTheQueueOverShards(t *testing.T) {
	both(t, func(w *world) {
		offset := -time.Hour
		early := w.open(func(o *Options) { o.Offset = func() time.Duration { return offset } })
		a, b, c := number(t, buyer, 'a'), number(t, other, 'b'), number(t, buyer, 'c')
		third := w.commit(holding(w.insert(placed(a, buyer)), "hold", true))
		for _, n := range []order.Number{b, c} {
			of := buyer
			if n == b {
				of = other
			}
			tr := placed(n, of)
			tr.Order.Flags = tr.Order.Flags.With(order.FlagHeld)
			_, err := early.Insert(t.Context(), tr)
			w.ok(err)
			offset += time.Minute
		}
		if got := w.dump()[key("held")]; got == "" || w.raw.ZScore(t.Context(), key("held"), string(a)).Val() < float64(time.Now().Add(-time.Minute).UnixMilli()) {
			t.Errorf("held %q", got)
		}
		w.queued(0, 10, 3, b, c, a)
		w.queued(1, 1, 3, c)
		w.queued(0, 0, 3)
		w.queued(-1, -1, 3)
		w.queued(3, 5, 3)

		// what moves it on keeps its place, what is dealt with is gone
		since := w.raw.ZScore(t.Context(), key("held"), string(a)).Val()
		time.Sleep(5 * time.Millisecond)
		third = w.commit(holding(third, "still", true))
		if got := w.raw.ZScore(t.Context(), key("held"), string(a)).Val(); got != since {
			t.Errorf("since %v, then since %v", since, got)
		}
		w.commit(holding(third, "dealt with", false))
		w.queued(0, 10, 2, b, c)

		// an order that moved on, or is gone, between the two round trips
		w.ok(w.raw.ZAdd(t.Context(), key("held"), w.raw.ZRangeWithScores(t.Context(), key("held"), 0, 0).Val()...).Err())
		w.ok(w.raw.Rename(t.Context(), key("o:"+string(c)), key("o:gone")).Err())
		w.queued(0, 10, 2, b)
	})
}

func TestAnUnreadableOrderInTheQueue(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.commit(holding(w.insert(placed(n, buyer)), "hold", true))
		w.ok(w.raw.Set(t.Context(), key("o:"+string(n)), "x", 0).Err())
		if _, _, err := w.s.Waiting(t.Context(), 0, 5); err == nil {
			t.Error("it was read")
		}
	})
}
