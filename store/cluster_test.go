package store

import (
	"context"
	"testing"

	"giftbot/order"
	"giftbot/store/redistest"
)

// A Redis Cluster refuses keys of two slots for real, and go-redis sends
// commands again on it by itself.
func TestOnACluster(t *testing.T) {
	server := redistest.StartCluster(t)
	trips := new(Trips)
	w := newWorld(t, server.URL, redistest.NewCutter(nil), func(o *Options) { o.Mode, o.Trips, o.NoResend = ModeCluster, trips, true })
	ctx := t.Context()
	w.purchase(ctx)

	n := number(t, other, 'b')
	w.cut.Cut(1)
	o := w.insert(placed(n, other))
	w.cut.Cut(1)
	if o = w.commit(order.Transition{Order: o, Op: "x", Due: 1, Open: true}); o.Version != 2 {
		t.Fatalf("version %d", o.Version)
	}
	if got := w.raw.Get(ctx, "{s00}:seq").Val() + w.raw.Get(ctx, "{s01}:seq").Val(); got != "23" && got != "32" {
		t.Fatalf("transitions per shard %s, want three and two", got)
	}
	w.cut.Cut(1)
	_, err := w.s.Claim(ctx, n)
	w.code(err, order.CodeBusy) // the first sending has the lease

	trips.Reset()
	_, err = w.s.Peek(ctx, 10)
	w.ok(err)
	if trips.Count() != 1 {
		t.Fatalf("%d round trips to one node", trips.Count())
	}
	w.ok(w.raw.ScriptFlush(ctx).Err())
	work, err := w.s.Peek(ctx, 10)
	if err != nil || len(work.Orders) != 0 {
		t.Fatalf("work %+v, %v", work, err)
	}
	reports, err := w.s.Durability(ctx)
	w.ok(err)
	w.ok(Verdict(DurabilityChecked, reports))
	w.credits(ctx)
}

// credits uses what goes over several shards, and so over several nodes.
func (w *world) credits(ctx context.Context) {
	w.t.Helper()
	o, near, far := w.sent('e')
	w.commit(holding(o, "hold", true))
	w.queued(0, 5, 1, o.Number)
	if moved, err := w.s.Clear(ctx); err != nil || moved != 2 {
		w.t.Fatalf("%d moved, %v", moved, err)
	}
	w.balance(near, 3)
	w.balance(far, 4)
	_, err := w.s.BookVendor(ctx, "plexy", "7", []order.Posting{posting("deposit/7", "bank", "supplier:plexy", 500)})
	w.ok(err)
	off := order.Sales{Off: true, By: 1, At: 2}
	w.ok(w.s.SetSales(ctx, off))
	standing, err := w.s.Standing(ctx)
	if err != nil || standing.Sales != off {
		w.t.Fatalf("standing %+v, %v", standing, err)
	}
	trial, err := w.s.Trial(ctx)
	if err != nil || len(trial.Faults) > 0 || trial.Off != 0 || trial.Accounts["supplier:plexy"] != 500 {
		w.t.Fatalf("trial %+v, %v", trial, err)
	}
}

// purchase uses the scripts from order to delivery: three transitions.
func (w *world) purchase(ctx context.Context) {
	w.t.Helper()
	n := number(w.t, buyer, 'a')
	place := placed(n, buyer)
	place.Announce = []order.Announcement{status}
	place.Postings = []order.Posting{posting(string(n)+"/1", "gateway:infini", "sales", 5)}
	w.insert(place)
	w.wake(n, hint(1))
	w.due(w.s, 10, 0, n)
	c := w.claim(n)
	w.hints(c, hint(1))
	o := w.commit(order.Transition{Order: c.Order, Op: "paid", Due: 1, Open: true, Keep: true, ClearHint: true})
	w.ok(w.s.Renew(ctx, n))
	w.ok(w.s.Acquire(ctx, permit("42", "A/0/1", 1)))
	w.ok(w.s.Release(ctx, permit("42", "A/0/1", 1), "vendor-1"))
	w.ok(w.s.Park(ctx, n, o.Version, later))
	taken := w.take(Pending{status, n})
	w.ok(w.s.Later(ctx, taken, 1))
	taken = w.take(Pending{status, n})
	w.commit(order.Transition{Order: o, Op: "done", Ack: &taken})
	w.pending(w.s, "0")
	w.save(Session{Body: []byte("x")}, 5, SessionSaved)
	ref := ReplyRef{Chat: buyer, ID: "1"}
	w.ok(w.s.Defer(ctx, ref, []byte("x"), 1))
	r, err := w.s.TakeReply(ctx, ref)
	w.ok(err)
	w.ok(w.s.AckReply(ctx, r))
	orders, total, err := w.s.OfBuyer(ctx, buyer, 0, 5)
	if err != nil || total != 1 || orders[0].Version != 3 {
		w.t.Fatalf("history: %d of %d, %v", len(orders), total, err)
	}
	w.reserved(map[string]order.Money{})
	trial, err := w.s.Trial(ctx)
	if err != nil || trial.Accounts["sales"] != 5 || len(trial.Faults) > 0 {
		w.t.Fatalf("trial %+v, %v", trial, err)
	}
	if counts, err := w.s.CountKeys(ctx); err != nil || len(counts) != 0 {
		w.t.Fatalf("sealed records %v, %v", counts, err)
	}
}
