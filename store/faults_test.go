package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/store/redistest"
)

// A reply that is lost after the commit, then the same operation: once.
func TestReExecutionChangesThingsOnce(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		s := w.open(func(o *Options) { o.NoResend = true })
		n := number(t, buyer, 'a')
		place := placed(n, buyer)
		place.Announce = []order.Announcement{status}
		place.Postings = []order.Posting{{Key: string(n) + "/hold", From: "gateway:infini", To: "order:x", Amount: 5}}
		var o order.Order
		twice := func(name string, do func() error) {
			t.Helper()
			w.cut.Cut(1)
			w.code(do(), order.CodeUnclear)
			once := w.dump()
			if err := do(); err != nil {
				t.Fatalf("%s again: %v", name, err)
			}
			if diff := cmp.Diff(once, w.dump()); diff != "" {
				t.Fatalf("%s changed things twice (-once +twice):\n%s", name, diff)
			}
		}
		twice("insert", func() (err error) { o, err = s.Insert(ctx, place); return err })
		twice("wake", func() error { return s.Wake(ctx, n, hint(1)) })
		pay := order.Transition{Order: o, Op: "pay", Due: later, Open: true, Keep: true, Announce: []order.Announcement{ping}}
		pay.Postings = []order.Posting{{Key: string(n) + "/pay", From: "gateway:infini", To: "order:x", Amount: 7}}
		twice("commit", func() (err error) { o, err = s.Commit(ctx, pay); return err })
		twice("renew", func() error { return s.Renew(ctx, n) })
		twice("park", func() error { return s.Park(ctx, n, o.Version, 1) })
		taken := w.take(Pending{status, n})
		twice("later", func() error { return s.Later(ctx, taken, 1) })
		taken = w.take(Pending{status, n})
		w.cut.Cut(1)
		w.code(s.Ack(ctx, taken), order.CodeUnclear)
		acked := w.dump()
		w.code(s.Ack(ctx, taken), order.CodeStale) // nobody knows whether it was this one that was told
		w.keys(acked)
		twice("acquire", func() error { return s.Acquire(ctx, permit("42", "A/0/1", 1)) })
		twice("release", func() error { return s.Release(ctx, permit("42", "A/0/1", 1), "ext") })
		twice("defer", func() error {
			err := s.Defer(ctx, ReplyRef{Chat: buyer, ID: "1"}, []byte("x"), 1)
			w.ok(w.raw.Set(ctx, key("r:1001:1"), "sealed anew, with another nonce", 0).Err())
			return err
		})
		twice("session", func() error { _, _, err := s.SaveSession(ctx, buyer, Session{Body: []byte("x")}, 0); return err })
		twice("session update", func() error {
			_, _, err := s.SaveSession(ctx, buyer, Session{Version: 1, Body: []byte("y")}, 77)
			return err
		})
		if postings, err := s.Postings(ctx, n); err != nil || len(postings) != 2 {
			t.Fatalf("postings %v, %v", postings, err)
		}
	})
}

// By itself the store sends the operation again: the caller notices nothing.
func TestABrokenConnectionIsTriedAgain(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.cut.Cut(1)
		o := w.insert(placed(n, buyer))
		w.cut.Cut(1)
		w.commit(order.Transition{Order: o, Op: "x", Due: 1})
		w.cut.Cut(1)
		w.due(w.s, 10, 0, n)
		w.cut.Cut(1)
		loaded, err := w.s.Load(t.Context(), n)
		w.ok(err)
		if loaded.Version != 2 {
			t.Fatalf("version %d", loaded.Version)
		}
		w.cut.Cut(2)
		_, err = w.s.Commit(t.Context(), order.Transition{Order: loaded, Op: "y", Due: 1})
		w.code(err, order.CodeUnclear)
	})
}

func TestALostClaimIsNotClaimedAgain(t *testing.T) {
	both(t, func(w *world) {
		n := w.announced(status).Number
		w.cut.Cut(1)
		_, err := w.s.Claim(t.Context(), n)
		w.code(err, order.CodeUnclear)
		_, err = w.s.Claim(t.Context(), n)
		w.code(err, order.CodeBusy)
		w.cut.Cut(1)
		_, err = w.s.Take(t.Context(), Pending{status, n})
		w.code(err, order.CodeUnclear)
		_, err = w.s.Take(t.Context(), Pending{status, n})
		w.code(err, order.CodeBusy)
	})
}

func TestNothingIsSentWhenRedisIsAway(t *testing.T) {
	both(t, func(w *world) {
		w.cut.Down(true)
		away, err := New(w.base)
		w.ok(err)
		defer away.Close()
		_, err = away.Insert(t.Context(), placed(number(t, buyer, 'a'), buyer))
		w.code(err, order.CodeNotSent)
		if !errors.Is(err, redistest.ErrDown) {
			t.Fatalf("the cause is lost: %v", err)
		}
		w.code(away.Ping(t.Context()), order.CodeNotSent)
		_, _, err = away.Due(t.Context(), 10)
		w.code(err, order.CodeNotSent)
		w.cut.Down(false)
		w.ok(away.Ping(t.Context()))
		w.keys(map[string]string{})
	})
}

func TestAnEndedContextIsUnclear(t *testing.T) {
	both(t, func(w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.s.Insert(ctx, placed(number(t, buyer, 'a'), buyer))
		w.code(err, order.CodeUnclear)
	})
}

func TestScriptsAreSentAgainToANodeThatForgotThem(t *testing.T) {
	both(t, func(w *world) {
		forget := func() { w.ok(w.raw.ScriptFlush(t.Context()).Err()) }
		forget()
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer))
		forget()
		w.due(w.s, 10, 0, n)
		forget()
		w.claim(n)
	})
}

func TestNoPlaintextInRedis(t *testing.T) {
	both(t, func(w *world) {
		const secret = "CODE-XYZZY-12345"
		n := number(t, buyer, 'a')
		tr := placed(n, buyer)
		sealed, err := testVault(t).Seal(n, "goods", []byte(secret))
		w.ok(err)
		tr.Order.Lines[0].Goods = sealed
		w.insert(tr)
		w.ok(w.s.Defer(t.Context(), ReplyRef{Chat: buyer, ID: "1"}, []byte(secret), 1))
		w.raw.Set(t.Context(), "control", secret, 0)
		found := 0
		for _, k := range w.raw.Keys(t.Context(), "*").Val() {
			value, unreadable := w.raw.Get(t.Context(), k).Result()
			if unreadable == nil && strings.Contains(value, secret) {
				found++
			}
		}
		for _, text := range w.dump() {
			if text != secret && strings.Contains(text, secret) {
				found++
			}
		}
		if found != 1 {
			t.Fatalf("the secret was found %d times, want only the planted control", found)
		}
		o, err := w.s.Load(t.Context(), n)
		w.ok(err)
		plain, err := testVault(t).Open(n, "goods", o.Lines[0].Goods)
		if err != nil || string(plain) != secret {
			t.Fatalf("opened %q, %v", plain, err)
		}
	})
}

func TestCommittedWritesSurviveAKill(t *testing.T) {
	server := redistest.Start(t)
	w := newWorld(t, server.URL, redistest.NewCutter(nil))
	n := number(t, buyer, 'a')
	o := w.insert(placed(n, buyer))
	w.commit(order.Transition{Order: o, Op: "x", Due: later})
	before := w.dump()
	server.Kill()
	_, err := w.s.Load(t.Context(), n)
	if code := order.CodeOf(err); code != order.CodeNotSent && code != order.CodeUnclear {
		t.Fatalf("with Redis dead: %v", err)
	}
	server.Restart()
	deadline := time.Now().Add(10 * time.Second)
	for (w.s.Ping(t.Context()) != nil || w.raw.Ping(t.Context()).Err() != nil) && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	w.keys(before)
	w.due(w.s, 10, later)
}

// Leases that end in many zeros are written with an exponent by some servers.
func TestRoundMoments(t *testing.T) {
	mini := redistest.StartMini(t)
	w := newWorld(t, redistest.MiniURL, redistest.NewCutter(mini.Dial))
	for _, at := range []int64{1_800_000_000, 1_732_157_870, 2_000_000_000} {
		mini.FlushAll()
		mini.SetTime(time.Unix(at, 0))
		n := w.announced(status).Number
		claim := w.claim(n)
		_, err := w.s.Claim(t.Context(), n)
		w.code(err, order.CodeBusy)
		w.wake(n, hint(1))
		w.wake(n, hint(2))
		taken := w.take(Pending{status, n})
		if want := order.Stamp(at*1000) + order.Stamp(testLease.Milliseconds()); taken.Lease != want {
			t.Fatalf("lease %d, want %d", taken.Lease, want)
		}
		w.ok(w.s.Renew(t.Context(), n))
		w.ok(w.s.Acquire(t.Context(), permit("1", "A", 1)))
		w.ok(w.s.Acquire(t.Context(), permit("1", "A", 1)))
		w.commit(order.Transition{Order: claim.Order, Op: "x", Due: later, Ack: &taken})
		work, err := w.s.Peek(t.Context(), 5)
		w.ok(err)
		if len(work.Announcements) != 0 || !cmp.Equal(work.Orders, []order.Number{n}) {
			t.Fatalf("work %+v", work)
		}
	}
}
