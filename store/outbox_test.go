package store

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

var (
	status = order.Announcement{Kind: order.AnnounceStatus, To: buyer}
	ping   = order.Announcement{Kind: order.AnnouncePing, To: -42}
)

// announced is an order with announcements that are due.
func (w *world) announced(as ...order.Announcement) order.Order {
	w.t.Helper()
	tr := placed(number(w.t, buyer, 'a'), buyer)
	tr.Announce = as
	return w.insert(tr)
}

func (w *world) pending(s *Store, wantNext string, want ...Pending) {
	w.t.Helper()
	got, next, err := s.Announcements(w.t.Context(), 10)
	w.ok(err)
	if diff := cmp.Diff(want, got); diff != "" || moment(int64(next)) != wantNext {
		w.t.Fatalf("announcements: next %s, want %s (-want +got):\n%s", moment(int64(next)), wantNext, diff)
	}
}

func (w *world) take(p Pending) order.Announced {
	w.t.Helper()
	a, err := w.s.Take(w.t.Context(), p)
	if err != nil {
		w.t.Fatalf("take: %v", err)
	}
	return a
}

func TestTakeAndAck(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status, ping)
		n := o.Number
		a, b := Pending{status, n}, Pending{ping, n}
		w.pending(w.s, "0", b, a)

		taken := w.take(a)
		if diff := cmp.Diff(o, taken.Order); diff != "" || taken.Tries != 0 || taken.Number != n || moment(int64(taken.Lease)) != "lease" {
			t.Fatalf("taken %+v\n%s", taken, diff)
		}
		w.pending(w.s, "lease", b)
		_, err := w.s.Take(t.Context(), a)
		w.code(err, order.CodeBusy)

		w.ok(w.s.Ack(t.Context(), taken))
		w.code(w.s.Ack(t.Context(), taken), order.CodeStale) // it may have been another sender's
		w.pending(w.s, "0", b)
		_, err = w.s.Take(t.Context(), a)
		w.code(err, order.CodeMissing)
		got := w.dump()
		if got[key("outbox")] != "pg:"+string(n)+":-42=now" || got[key("lease")] != "" || got[key("tries")] != "" {
			t.Fatalf("after the ack: %v", got)
		}
	})
}

func TestAnnouncedAnewSurvivesTheAck(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		p := Pending{status, o.Number}
		taken := w.take(p)
		w.commit(order.Transition{Order: o, Op: "x", Due: later, Announce: []order.Announcement{status}})
		_, err := w.s.Take(t.Context(), p)
		w.code(err, order.CodeBusy) // one at a time tells it
		before := w.dump()
		w.code(w.s.Ack(t.Context(), taken), order.CodeStale)
		w.keys(before)
		w.ok(w.s.Later(t.Context(), taken, 1))
		again := w.take(p)
		if again.Order.Version != 2 || again.Tries != 1 {
			t.Fatalf("told again from version %d, tries %d", again.Order.Version, again.Tries)
		}
		w.code(w.s.Ack(t.Context(), taken), order.CodeStale) // the old lease is worth nothing
		w.ok(w.s.Ack(t.Context(), again))
		w.pending(w.s, "0")
	})
}

func TestLaterWaitsAndCountsTries(t *testing.T) {
	both(t, func(w *world) {
		p := Pending{status, w.announced(status).Number}
		taken := w.take(p)
		w.ok(w.s.Later(t.Context(), taken, later))
		w.pending(w.s, "4000000000000")
		_, err := w.s.Take(t.Context(), p)
		w.code(err, order.CodeBusy)
		w.ok(w.s.Later(t.Context(), taken, 1)) // the lease is over: no effect
		w.pending(w.s, "4000000000000")

		ahead := w.open(func(o *Options) {
			o.Offset = func() time.Duration { return time.Until(later.Time()) + time.Hour }
		})
		w.pending(ahead, "0", p)
		again, err := ahead.Take(t.Context(), p)
		w.ok(err)
		if again.Tries != 1 {
			t.Fatalf("tries %d", again.Tries)
		}
		w.ok(ahead.Ack(t.Context(), again))
		w.pending(ahead, "0")
	})
}

func TestACommitCompletesItsAnnouncement(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		p := Pending{status, o.Number}
		taken := w.take(p)
		tr := order.Transition{Order: o, Op: "delivered", Ack: &taken, Announce: []order.Announcement{ping}}
		o = w.commit(tr)
		w.pending(w.s, "0", Pending{ping, o.Number})
		w.commit(tr)
		w.pending(w.s, "0", Pending{ping, o.Number})
		if got := w.dump(); got[key("lease")] != "" || got[key("tries")] != "" {
			t.Fatalf("left behind: %v", got)
		}
	})
}

func TestACommitWithALostLeaseLeavesTheAnnouncement(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		p := Pending{status, o.Number}
		quick := w.open(func(o *Options) { o.Lease = 20 * time.Millisecond })
		lost, err := quick.Take(t.Context(), p)
		w.ok(err)
		time.Sleep(50 * time.Millisecond)
		second := w.take(p)
		w.commit(order.Transition{Order: o, Op: "x", Due: later, Ack: &lost})
		w.code(w.s.Ack(t.Context(), lost), order.CodeStale)
		got := w.dump()
		if got[key("outbox")] != "st:"+string(o.Number)+":1001=lease" || got[key("tries")] != "st:"+string(o.Number)+":1001=2" {
			t.Fatalf("the second teller lost it: %v", got)
		}
		w.ok(w.s.Ack(t.Context(), second))
		w.pending(w.s, "0")
	})
}

// A sender told a status late: another one had its lease, told what was newer,
// and is done or not. It is told again, once, without a trace of the old lease.
func TestALateStatusIsAnnouncedAnew(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		p := Pending{status, o.Number}
		quick := w.open(func(o *Options) { o.Lease = 20 * time.Millisecond })
		lost, err := quick.Take(t.Context(), p)
		w.ok(err)
		if lost.Term != 20*time.Millisecond {
			t.Errorf("term %s", lost.Term)
		}
		time.Sleep(50 * time.Millisecond)
		for _, told := range []bool{false, true} {
			second := w.take(p)
			if told {
				w.ok(w.s.Ack(t.Context(), second))
			}
			w.code(w.s.Ack(t.Context(), lost), order.CodeStale)
			w.ok(w.s.Later(t.Context(), lost, 1))
			if !told {
				w.pending(w.s, "lease")
				w.code(w.s.Ack(t.Context(), second), order.CodeStale)
				w.ok(w.s.Later(t.Context(), second, 1))
			}
			w.pending(w.s, "0", p)
		}
		w.ok(w.s.Ack(t.Context(), w.take(p)))
		w.pending(w.s, "0")
		if got := w.dump(); got[key("outbox")]+got[key("lease")]+got[key("tries")] != "" {
			t.Errorf("left behind: %v", got)
		}
	})
}

// What is not there to be told is not announced anew.
func TestLaterOfALostLeaseMakesNothingUp(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(ping)
		rung := w.take(Pending{ping, o.Number})
		w.ok(w.s.Ack(t.Context(), rung))
		before := w.dump()
		w.ok(w.s.Later(t.Context(), rung, 1)) // it would ring twice
		w.ok(w.s.Later(t.Context(), order.Announced{Announcement: status, Number: number(t, buyer, 'z'), Lease: 1}, 1))
		w.keys(before)
	})
}

func TestAnAnnouncementWithoutItsOrderGoes(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		w.ok(w.raw.Del(t.Context(), key("o:"+string(o.Number))).Err())
		_, err := w.s.Take(t.Context(), Pending{status, o.Number})
		w.code(err, order.CodeMissing)
		w.pending(w.s, "0")
	})
}

func TestReplies(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		ref := ReplyRef{Chat: buyer, ID: "update:7"}
		w.ok(w.s.Defer(ctx, ref, []byte("another"), 9))
		w.ok(w.s.Defer(ctx, ref, []byte("secret text"), 5))
		refs, next, err := w.s.DueReplies(ctx, 10)
		w.ok(err)
		if !cmp.Equal(refs, []ReplyRef{ref}) || next != 0 {
			t.Fatalf("due: %v next %d", refs, next)
		}
		got := w.dump()
		if got[key("replies")] != "1001:update:7=5" || bytes.Contains([]byte(got[key("r:1001:update:7")]), []byte("secret")) {
			t.Fatalf("stored: %v", got)
		}
		r, err := w.s.TakeReply(ctx, ref)
		w.ok(err)
		if string(r.Payload) != "secret text" || r.Tries != 0 {
			t.Fatalf("taken: %q tries %d", r.Payload, r.Tries)
		}
		_, err = w.s.TakeReply(ctx, ref)
		w.code(err, order.CodeBusy)
		w.ok(w.s.LaterReply(ctx, r, 1))
		r, err = w.s.TakeReply(ctx, ref)
		w.ok(err)
		if r.Tries != 1 {
			t.Fatalf("tries %d", r.Tries)
		}
		w.ok(w.s.AckReply(ctx, r))
		w.ok(w.s.AckReply(ctx, r))
		w.keys(map[string]string{})
	})
}

func TestRepliesNeedAVault(t *testing.T) {
	both(t, func(w *world) {
		bare := w.open(func(o *Options) { o.Vault = nil })
		if err := bare.Defer(t.Context(), ReplyRef{Chat: 1, ID: "x"}, []byte("x"), 1); err == nil {
			t.Error("deferred without a vault")
		}
		if _, err := bare.TakeReply(t.Context(), ReplyRef{Chat: 1, ID: "x"}); err == nil {
			t.Error("taken without a vault")
		}
		w.keys(map[string]string{})
	})
}

func TestPeekFindsAllKindsAtOnce(t *testing.T) {
	both(t, func(w *world) {
		trips := new(Trips)
		s := w.open(func(o *Options) { o.Trips = trips })
		o := w.announced(status)
		w.ok(w.s.Defer(t.Context(), ReplyRef{Chat: other, ID: "x"}, []byte("x"), later))
		_, _, _ = s.Due(t.Context(), 1)
		trips.Reset()
		got, err := s.Peek(t.Context(), 10)
		w.ok(err)
		want := Work{Orders: []order.Number{o.Number}, Announcements: []Pending{{status, o.Number}}, NextReply: later}
		if diff := cmp.Diff(want, got); diff != "" || trips.Count() != 1 {
			t.Fatalf("%d round trips (-want +got):\n%s", trips.Count(), diff)
		}
	})
}

func TestAnnounceWithoutAChange(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced()
		p := Pending{status, o.Number}
		w.pending(w.s, "0")
		w.ok(w.s.Announce(t.Context(), p))
		w.ok(w.s.Announce(t.Context(), p))
		w.pending(w.s, "0", p)

		// Asked for while it is being told: told once more afterwards.
		taken := w.take(p)
		w.ok(w.s.Announce(t.Context(), p))
		w.code(w.s.Ack(t.Context(), taken), order.CodeStale)
		w.ok(w.s.Later(t.Context(), taken, 1))
		w.pending(w.s, "0", p)
		w.ok(w.s.Ack(t.Context(), w.take(p)))
		w.pending(w.s, "0")

		w.code(w.s.Announce(t.Context(), Pending{status, number(t, buyer, 'z')}), order.CodeMissing)
	})
}
