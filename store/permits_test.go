package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

const vendorTag = "{v:infinivoucher}:"

func permit(lock, owner string, send int) order.Permit {
	return order.Permit{Vendor: "infinivoucher", Lock: lock, Owner: owner, Send: send, Limit: 3, Window: time.Hour}
}

func TestPermitsAreExclusiveAndIdempotent(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		w.ok(w.s.Acquire(ctx, permit("42", "A/0/1", 1)))
		w.ok(w.s.Acquire(ctx, permit("42", "A/0/1", 1)))
		err := w.s.Acquire(ctx, permit("42", "B/0/1", 1))
		w.code(err, order.CodeBusy)
		if order.RetryAfter(err) != 0 {
			t.Fatalf("nobody knows when a lock is free, got %v", order.RetryAfter(err))
		}
		if got := w.dump()[vendorTag+"rate"]; got != "A/0/1#1=now" {
			t.Fatalf("tokens %q", got)
		}
		w.ok(w.s.Acquire(ctx, permit("43", "B/0/1", 1)))
		held, err := w.s.Held(ctx, "infinivoucher")
		w.ok(err)
		for i := range held {
			if moment(int64(held[i].Since)) != "now" {
				t.Errorf("since %d", held[i].Since)
			}
			held[i].Since = 0
		}
		want := []order.Permit{{Vendor: "infinivoucher", Lock: "42", Owner: "A/0/1"}, {Vendor: "infinivoucher", Lock: "43", Owner: "B/0/1"}}
		if diff := cmp.Diff(want, held); diff != "" {
			t.Fatalf("held (-want +got):\n%s", diff)
		}
		if held, err = w.s.Held(ctx, "plexy"); err != nil || held != nil {
			t.Fatalf("another vendor holds %v, %v", held, err)
		}
	})
}

func TestReleaseFreesAndBooks(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		w.ok(w.s.Acquire(ctx, permit("42", "A/0/1", 1)))
		w.ok(w.s.Release(ctx, permit("42", "B/0/1", 1), "")) // not the holder: nothing
		w.code(w.s.Acquire(ctx, permit("42", "B/0/1", 1)), order.CodeBusy)

		w.ok(w.s.Release(ctx, permit("42", "A/0/1", 1), "vendor-1"))
		w.ok(w.s.Release(ctx, permit("42", "A/0/1", 1), "vendor-1"))
		w.keys(map[string]string{
			vendorTag + "rate": "A/0/1#1=now",
			vendorKeys("infinivoucher").owners("vendor-1"): "vendor-1=A/0/1",
		})
		owner, err := w.s.Owner(ctx, "infinivoucher", "vendor-1")
		if err != nil || owner != "A/0/1" {
			t.Fatalf("owner %q, %v", owner, err)
		}
		if owner, err = w.s.Owner(ctx, "infinivoucher", "vendor-2"); err != nil || owner != "" {
			t.Fatalf("nobody's: %q, %v", owner, err)
		}
	})
}

func TestOneVendorOrderHasOneOwner(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		w.ok(w.s.Acquire(ctx, permit("42", "A/0/1", 1)))
		w.ok(w.s.Release(ctx, permit("42", "A/0/1", 1), "vendor-1"))
		w.ok(w.s.Acquire(ctx, permit("42", "B/0/1", 1)))
		before := w.dump()
		w.code(w.s.Release(ctx, permit("42", "B/0/1", 1), "vendor-1"), order.CodeExists)
		w.keys(before)
	})
}

func TestRateTokensSlide(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		offset := time.Duration(0)
		s := w.open(func(o *Options) { o.Offset = func() time.Duration { return offset } })
		for i, lock := range []string{"1", "2", "3"} {
			offset = time.Duration(i) * time.Minute
			w.ok(s.Acquire(ctx, permit(lock, "A/"+lock+"/1", 1)))
		}
		err := s.Acquire(ctx, permit("4", "B/0/1", 1))
		w.code(err, order.CodeBusy)
		if wait := order.RetryAfter(err); wait < 57*time.Minute || wait > 58*time.Minute {
			t.Fatalf("wait %v, want the oldest token's rest of an hour", wait)
		}
		if held, _ := s.Held(ctx, "infinivoucher"); len(held) != 3 {
			t.Fatalf("a refused permit took the lock: %v", held)
		}
		w.ok(s.Acquire(ctx, permit("1", "A/1/1", 1))) // the same send costs nothing
		w.code(s.Acquire(ctx, permit("1", "A/1/1", 2)), order.CodeBusy)
		offset = time.Hour + time.Second
		w.ok(s.Acquire(ctx, permit("4", "B/0/1", 1)))
		w.code(s.Acquire(ctx, permit("5", "C/0/1", 1)), order.CodeBusy)
		card, err := w.raw.ZCard(ctx, vendorTag+"rate").Result()
		w.ok(err)
		if card != 3 {
			t.Fatalf("%d tokens kept, want the old ones gone", card)
		}
	})
}

func TestPermitsWithoutALimit(t *testing.T) {
	both(t, func(w *world) {
		for send := range 20 {
			p := permit("1", "A/0/1", send)
			p.Limit, p.Window = 0, 0
			w.ok(w.s.Acquire(t.Context(), p))
		}
		if got := w.dump(); got[vendorTag+"rate"] != "" {
			t.Fatalf("tokens without a limit: %v", got)
		}
	})
}

func TestBudgetIsComparedAndWrittenOnce(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		take := func(lock, read, next string, want order.Code, wantFound string) {
			t.Helper()
			found, err := w.s.AcquireWithin(ctx, permit(lock, "A/"+lock+"/1", 1), Budget{Day: "2026-01-31", Read: read, Next: next})
			w.code(err, want)
			if found != wantFound {
				t.Fatalf("found %q, want %q", found, wantFound)
			}
		}
		take("1", "", "100", "", "100")
		take("1", "100", "200", "", "100") // the same purchase again: not booked
		take("2", "", "100", order.CodeStale, "100")
		take("2", "100", "250", "", "250")
		if got := w.dump()[vendorTag+"budget"]; got != "2026-01-31=250" {
			t.Fatalf("budget %q", got)
		}
	})
}

func TestDailyBudgetOverReplicas(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		spend := func(s *Store, lock, day string, cost order.Money) error {
			return s.Acquire(ctx, order.Permit{
				Vendor: "infinivoucher", Lock: lock, Owner: lock + "/0/1", Send: 1, Limit: 100, Window: time.Hour,
				Cost: cost, DailyMax: 100, Day: day,
			})
		}
		other := w.open(func(*Options) {})
		w.ok(spend(w.s, "a", "2026-01-31", 60))
		w.ok(spend(w.s, "a", "2026-01-31", 60)) // the same purchase again
		w.ok(spend(other, "b", "2026-01-31", 30))
		w.code(spend(w.s, "c", "2026-01-31", 11), order.CodeBudget)
		w.ok(spend(w.s, "c", "2026-01-31", 10))
		w.code(spend(other, "d", "2026-01-31", 1), order.CodeBudget)
		w.ok(spend(other, "d", "2026-02-01", 100))
		held, err := w.s.Held(ctx, "infinivoucher")
		w.ok(err)
		if len(held) != 4 {
			t.Errorf("%d permits, want the 4 that were granted: a refused one takes nothing", len(held))
		}
	})
}

// A payout that is put off and sent again later is booked once, and what this
// process remembers of the day is what Redis has.
func TestDailyBudgetOfWhatIsSentAgain(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		payout := func(lock, owner string, send int) order.Permit {
			return order.Permit{Vendor: "payouts", Lock: lock, Owner: owner, Send: send, Cost: 100, DailyMax: 500, Day: "2026-01-31"}
		}
		for send := range 5 {
			w.ok(w.s.Acquire(ctx, payout("infini", "A/-1/1", send+1)))
		}
		w.ok(w.s.Acquire(ctx, payout("inventpay", "B/-1/1", 1)))
		if got := w.dump()["{v:payouts}:budget"]; got != "2026-01-31=200" {
			t.Errorf("budget %q, want two payouts", got)
		}
	})
}

// What this process remembers may be more than Redis has: it may have lost some.
func TestDailyBudgetIsFullWhereRedisSaysSo(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		purchase := func(lock string, cost order.Money) order.Permit {
			return order.Permit{Vendor: "infinivoucher", Lock: lock, Owner: lock + "/0/1", Send: 1, Cost: cost, DailyMax: 100, Day: "2026-01-31"}
		}
		w.ok(w.s.Acquire(ctx, purchase("a", 90)))
		w.ok(w.raw.HSet(ctx, vendorTag+"budget", "2026-01-31", "20").Err())
		w.ok(w.s.Acquire(ctx, purchase("b", 80)))
		w.code(w.s.Acquire(ctx, purchase("c", 1)), order.CodeBudget)
	})
}
