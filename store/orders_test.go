package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func TestInsertStoresEverything(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		tr := placed(n, buyer)
		tr.Announce = []order.Announcement{{Kind: order.AnnounceStatus, To: buyer}}
		tr.Postings = []order.Posting{{Key: string(n) + "/hold", From: "gateway:infini", To: order.Account("order:" + n), Amount: 5}}
		o := w.insert(tr)
		if o.Version != 1 {
			t.Fatalf("version %d", o.Version)
		}
		want := map[string]string{
			key("o:" + string(n)): "v1 awaiting_payment",
			key("u:1001:o"):       string(n),
			key("u:1001:a"):       string(n),
			key("due"):            string(n) + "=1",
			key("outbox"):         "st:" + string(n) + ":1001=now",
			key("reserve"):        string(n) + "=infinivoucher=11000000",
			key("ledger"):         string(n) + "\n@/hold|gateway:infini|order:@|5",
			key("seq"):            "1",
		}
		w.keys(want)
		again := w.insert(tr)
		if diff := cmp.Diff(o, again); diff != "" {
			t.Fatalf("the same insert again (-first +again):\n%s", diff)
		}
		w.keys(want)
		loaded, err := w.s.Load(t.Context(), n)
		w.ok(err)
		if diff := cmp.Diff(o, loaded); diff != "" {
			t.Fatalf("loaded (-inserted +loaded):\n%s", diff)
		}
	})
}

// What nobody can read is refused for good: asking again does not help.
func TestARecordThatNobodyCanRead(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		w.ok(w.raw.Set(t.Context(), key("o:"+string(n)), "1 x no order", 0).Err())
		_, err := w.s.Load(t.Context(), n)
		w.code(err, order.CodeInvalid)
		_, err = w.s.Claim(t.Context(), n)
		w.code(err, order.CodeInvalid)
	})
}

func TestInsertRefusals(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		before := w.dump()

		taken := placed(n, buyer)
		taken.Op = "another order"
		_, err := w.s.Insert(t.Context(), taken)
		w.code(err, order.CodeStale)

		tooMany := placed(number(t, buyer, 'b'), buyer)
		tooMany.MaxOpen = 1
		_, err = w.s.Insert(t.Context(), tooMany)
		w.code(err, order.CodeTooMany)

		foreign := placed(n, buyer)
		for foreign.Order.Buyer++; Shard(foreign.Order.Buyer, 2) == Shard(buyer, 2); foreign.Order.Buyer++ {
		}
		_, err = w.s.Insert(t.Context(), foreign)
		w.code(err, order.CodeInvalid)
		w.keys(before)
	})
}

func TestInsertWithKeepTakesTheLease(t *testing.T) {
	both(t, func(w *world) {
		tr := placed(number(t, buyer, 'a'), buyer)
		tr.Keep = true
		w.insert(tr)
		_, err := w.s.Claim(t.Context(), tr.Order.Number)
		w.code(err, order.CodeBusy)
		if wait := order.RetryAfter(err); wait <= 0 || wait > testLease {
			t.Fatalf("retry after %v", wait)
		}
	})
}

func TestCommitReplacesAndCloses(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		c := w.claim(n)
		tr := order.Transition{Order: c.Order, Op: "paid", Due: later, Keep: true, Open: true, Reserve: map[string]order.Money{"infinivoucher": 9}}
		tr.Order.Status = order.Paid
		tr.Announce = []order.Announcement{{Kind: order.AnnouncePing, To: buyer}}
		paid := w.commit(tr)
		w.keys(map[string]string{
			key("o:" + string(n)): "v2 paid",
			key("u:1001:o"):       string(n),
			key("u:1001:a"):       string(n),
			key("due"):            string(n) + "=4000000000000",
			key("lease"):          string(n) + "=lease",
			key("outbox"):         "pg:" + string(n) + ":1001=now",
			key("reserve"):        string(n) + "=infinivoucher=9",
			key("seq"):            "2",
		})
		done := order.Transition{Order: paid, Op: "done"}
		done.Order.Status = order.Delivered
		w.commit(done)
		w.keys(map[string]string{
			key("o:" + string(n)): "v3 delivered",
			key("u:1001:o"):       string(n),
			key("outbox"):         "pg:" + string(n) + ":1001=now",
			key("seq"):            "3",
		})
	})
}

func TestCommitComparesVersionAndRemembersOperations(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		first := w.insert(placed(n, buyer))
		a := order.Transition{Order: first, Op: "a", Due: later}
		a.Order.Status = order.Paid
		a.Postings = []order.Posting{{Key: string(n) + "/a", From: "gateway:infini", To: order.Account("order:" + n), Amount: 7}}
		second := w.commit(a)
		before := w.dump()

		again := w.commit(a)
		if diff := cmp.Diff(second, again); diff != "" {
			t.Fatalf("the same commit again (-first +again):\n%s", diff)
		}
		stale := order.Transition{Order: first, Op: "b", Due: later}
		_, err := w.s.Commit(t.Context(), stale)
		w.code(err, order.CodeStale)
		w.keys(before)

		latest := second
		for _, op := range []string{"b", "c", "d"} {
			latest = w.commit(order.Transition{Order: latest, Op: op, Due: later})
		}
		if again = w.commit(a); again.Version != latest.Version {
			t.Fatalf("an operation three transitions ago gave version %d, want %d", again.Version, latest.Version)
		}
		w.commit(order.Transition{Order: latest, Op: "e", Due: later})
		_, err = w.s.Commit(t.Context(), a)
		w.code(err, order.CodeStale)
		postings, err := w.s.Postings(t.Context(), n)
		w.ok(err)
		if diff := cmp.Diff(a.Postings, postings); diff != "" {
			t.Fatalf("postings (-want +got):\n%s", diff)
		}
	})
}

func TestMissingOrders(t *testing.T) {
	both(t, func(w *world) {
		for _, n := range []order.Number{number(t, buyer, 'z'), "Z" + number(t, buyer, 'z')[1:], "", "short"} {
			_, err := w.s.Load(t.Context(), n)
			w.code(err, order.CodeMissing)
			_, err = w.s.Claim(t.Context(), n)
			w.code(err, order.CodeMissing)
			_, err = w.s.Commit(t.Context(), order.Transition{Order: order.Order{Number: n, Version: 1}, Op: "x"})
			w.code(err, order.CodeMissing)
			w.code(w.s.Wake(t.Context(), n, order.Hint{}), order.CodeMissing)
			w.code(w.s.Park(t.Context(), n, 1, later), order.CodeMissing)
		}
		w.keys(map[string]string{})
	})
}

func TestOneOfManyClaims(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, busy := 0, 0
		for range 50 {
			wg.Go(func() {
				_, err := w.s.Claim(t.Context(), n)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case order.CodeOf(err) == order.CodeBusy:
					busy++
				}
			})
		}
		wg.Wait()
		if won != 1 || busy != 49 {
			t.Fatalf("%d won, %d found it busy", won, busy)
		}
	})
}

func TestOneOfManyCommits(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		o := w.insert(placed(n, buyer))
		results := make(chan error, 20)
		for i := range 20 {
			go func() {
				_, err := w.s.Commit(t.Context(), order.Transition{Order: o, Op: time.Duration(i).String(), Due: later})
				results <- err
			}()
		}
		won := 0
		for range 20 {
			if err := <-results; err == nil {
				won++
			} else {
				w.code(err, order.CodeStale)
			}
		}
		if won != 1 {
			t.Fatalf("%d commits from one version", won)
		}
	})
}

func TestLeaseEndsAndIsRenewed(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		quick := w.open(func(o *Options) { o.Lease = 300 * time.Millisecond })
		_, err := quick.Claim(t.Context(), n)
		w.ok(err)
		w.ok(w.s.Renew(t.Context(), n)) // by the long lease of the test
		time.Sleep(400 * time.Millisecond)
		_, err = quick.Claim(t.Context(), n)
		w.code(err, order.CodeBusy)
		w.ok(w.s.Park(t.Context(), n, 1, 1))
		w.code(w.s.Renew(t.Context(), n), order.CodeBusy)

		_, err = quick.Claim(t.Context(), n)
		w.ok(err)
		time.Sleep(400 * time.Millisecond)
		w.code(quick.Renew(t.Context(), n), order.CodeBusy)
		w.claim(n)
	})
}

func TestLeasesIgnoreTheOffset(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		w.claim(n)
		tomorrow := w.open(func(o *Options) { o.Offset = func() time.Duration { return 25 * time.Hour } })
		_, err := tomorrow.Claim(t.Context(), n)
		w.code(err, order.CodeBusy)
	})
}

func TestDueSkipsLeasedAndKnowsWhatIsNext(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		found, next, err := w.s.Due(ctx, 10)
		w.ok(err)
		if len(found) != 0 || next != 0 {
			t.Fatalf("empty: %v, next %d", found, next)
		}
		a, b, c := number(t, buyer, 'a'), number(t, buyer, 'b'), number(t, other, 'c')
		for i, n := range []order.Number{a, b, c} {
			owner := buyer
			if n == c {
				owner = other
			}
			tr := placed(n, owner)
			tr.Due = order.Stamp(10 - i)
			w.insert(tr)
		}
		d := placed(number(t, buyer, 'd'), buyer)
		d.Due = later
		w.insert(d)

		w.due(w.s, 10, later, c, b, a)
		w.due(w.s, 2, later, c, b)
		claim := w.claim(b)
		if found, next, err = w.s.Due(ctx, 10); err != nil || !cmp.Equal(found, []order.Number{c, a}) {
			t.Fatalf("with one leased: %v, %v", found, err)
		}
		if moment(int64(next)) != "lease" {
			t.Fatalf("next is %d, want the end of the lease", next)
		}
		w.commit(order.Transition{Order: claim.Order, Op: "close"})
		w.due(w.s, 10, later, c, a)
		ahead := w.open(func(o *Options) {
			o.Offset = func() time.Duration { return time.Until(later.Time()) + time.Hour }
		})
		w.due(ahead, 10, 0, c, a, d.Order.Number)
	})
}

func (w *world) due(s *Store, limit int, wantNext order.Stamp, want ...order.Number) {
	w.t.Helper()
	found, next, err := s.Due(w.t.Context(), limit)
	w.ok(err)
	if diff := cmp.Diff(want, found); diff != "" || next != wantNext {
		w.t.Fatalf("due: next %d, want %d (-want +got):\n%s", next, wantNext, diff)
	}
}

func TestParkGivesBackUnchanged(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		w.claim(n)
		w.ok(w.s.Park(t.Context(), n, 1, later))
		got := w.dump()
		if got[key("due")] != string(n)+"=4000000000000" || got[key("lease")] != "" || got[key("o:"+string(n))] != "v1 awaiting_payment" {
			t.Fatalf("parked: %v", got)
		}
		w.ok(w.s.Park(t.Context(), n, 1, 0))
		if got := w.dump(); got[key("due")] != "" {
			t.Fatalf("parked for good: %v", got)
		}
	})
}

// A worker that slept over its lease takes nothing from the next one.
func TestALateParkChangesNothing(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		quick := w.open(func(o *Options) { o.Lease = 20 * time.Millisecond })
		late, err := quick.Claim(t.Context(), n)
		w.ok(err)
		time.Sleep(50 * time.Millisecond)
		c := w.claim(n)
		w.commit(order.Transition{Order: c.Order, Op: "x", Due: later, Keep: true})
		w.wake(n, hint(2))
		before := w.dump()
		for _, version := range []int64{late.Order.Version, 0, 3, 22} {
			w.code(w.s.Park(t.Context(), n, version, 1), order.CodeStale)
		}
		w.keys(before)
	})
}

func TestReserved(t *testing.T) {
	both(t, func(w *world) {
		a := placed(number(t, buyer, 'a'), buyer)
		a.Reserve["plexy"] = 3
		o := w.insert(a)
		w.insert(placed(number(t, other, 'b'), other))
		w.reserved(map[string]order.Money{"infinivoucher": 22_000_000, "plexy": 3})
		w.commit(order.Transition{Order: o, Op: "x", Reserve: map[string]order.Money{"plexy": 1, "none": 0}})
		w.reserved(map[string]order.Money{"infinivoucher": 11_000_000, "plexy": 1})
		bad := placed(number(t, buyer, 'c'), buyer)
		bad.Reserve = map[string]order.Money{"x": -1}
		_, err := w.s.Insert(t.Context(), bad)
		w.code(err, order.CodeInvalid)
	})
}

func (w *world) reserved(want map[string]order.Money) {
	w.t.Helper()
	got, err := w.s.Standing(w.t.Context())
	w.ok(err)
	if diff := cmp.Diff(want, got.Reserved); diff != "" {
		w.t.Fatalf("reserved (-want +got):\n%s", diff)
	}
}

func TestOfBuyerPages(t *testing.T) {
	both(t, func(w *world) {
		var newestFirst []order.Number
		for seed := byte('a'); seed < 'h'; seed++ {
			n := number(t, buyer, seed)
			w.insert(placed(n, buyer))
			newestFirst = append([]order.Number{n}, newestFirst...)
		}
		w.insert(placed(number(t, other, 'z'), other))
		for _, page := range []struct{ offset, limit, from, to int }{
			{0, 3, 0, 3}, {3, 3, 3, 6}, {6, 3, 6, 7}, {7, 3, 7, 7}, {100, 3, 7, 7}, {0, 100, 0, 7}, {0, 0, 0, 0},
		} {
			orders, total, err := w.s.OfBuyer(t.Context(), buyer, page.offset, page.limit)
			w.ok(err)
			var got []order.Number
			for _, o := range orders {
				got = append(got, o.Number)
			}
			if total != 7 || !cmp.Equal(append([]order.Number{}, newestFirst[page.from:page.to]...), append([]order.Number{}, got...)) {
				t.Errorf("page %+v: %v of %d", page, got, total)
			}
		}
		orders, total, err := w.s.OfBuyer(t.Context(), 999, 0, 5)
		if err != nil || total != 0 || orders != nil {
			t.Fatalf("nobody: %v %d %v", orders, total, err)
		}
	})
}

func TestUnreadableRecords(t *testing.T) {
	for _, record := range []string{"", "1", "1 op", "x op {}", "1 op {"} {
		if _, err := (&Store{packer: NewPacker(orderWords)}).decodeOrder(record); err == nil {
			t.Errorf("%q was read", record)
		}
	}
	if _, err := decodeHints("[1]\n"); !errors.Is(err, errRecord) {
		t.Errorf("hint: %v", err)
	}
	for _, member := range []string{"", "st", "st:x", "st:x:y", "a:b:1:c"} {
		if _, err := parseAnnouncement(member); !errors.Is(err, errRecord) {
			t.Errorf("announcement %q: %v", member, err)
		}
	}
	for _, text := range []string{"x", "a=", "a=-1", "a=9007199254740992"} {
		if err := addReserve(map[string]order.Money{}, text); !errors.Is(err, errRecord) {
			t.Errorf("reserve %q: %v", text, err)
		}
	}
}
