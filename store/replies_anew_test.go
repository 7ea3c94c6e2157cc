package store

import (
	"testing"
	"time"

	"giftbot/order"
)

// A screen that could not be shown waits with a growing pause. When a newer one
// cannot be shown either, the last wish counts: its moment, and tries of its own.
func TestAReplyDeferredAnewComesAtTheNewMoment(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		ref := ReplyRef{Chat: buyer, ID: "screen"}
		w.ok(w.s.Defer(ctx, ref, []byte("old"), 1))
		for range 3 {
			r, err := w.s.TakeReply(ctx, ref)
			w.ok(err)
			w.ok(w.s.LaterReply(ctx, r, 1))
		}
		r, err := w.s.TakeReply(ctx, ref)
		w.ok(err)
		w.ok(w.s.LaterReply(ctx, r, later))
		w.ok(w.s.Defer(ctx, ref, []byte("new"), 2))
		r, err = w.s.TakeReply(ctx, ref)
		w.ok(err)
		if string(r.Payload) != "new" || r.Tries != 0 {
			t.Errorf("taken: %q, tries %d", r.Payload, r.Tries)
		}
	})
}

// One replica draws the screen as it was while another, that has just saved a
// newer one, cannot show it: who is done with the old one does not end the new.
func TestAReplyDeferredWhileOneIsSentStays(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		ref := ReplyRef{Chat: buyer, ID: "screen"}
		w.ok(w.s.Defer(ctx, ref, []byte("old"), 1))
		quick := w.open(func(o *Options) { o.Lease = 20 * time.Millisecond })
		old, err := quick.TakeReply(ctx, ref)
		w.ok(err)
		w.ok(w.s.Defer(ctx, ref, []byte("new"), 2))
		w.ok(w.s.AckReply(ctx, old))
		time.Sleep(50 * time.Millisecond)
		r, err := w.s.TakeReply(ctx, ref)
		w.ok(err)
		if string(r.Payload) != "new" {
			t.Errorf("taken: %q", r.Payload)
		}
		w.ok(w.s.AckReply(ctx, r))
		w.keys(map[string]string{})
	})
}

// What is announced while an older state is told is not put off because the
// older one cannot be told.
func TestAnnouncedAnewSurvivesALater(t *testing.T) {
	both(t, func(w *world) {
		o := w.announced(status)
		p := Pending{status, o.Number}
		taken := w.take(p)
		w.commit(order.Transition{Order: o, Op: "x", Due: later, Announce: []order.Announcement{status}})
		w.ok(w.s.Later(t.Context(), taken, later))
		w.pending(w.s, "0", p)
		if again := w.take(p); again.Order.Version != 2 {
			t.Errorf("told from version %d", again.Order.Version)
		}
	})
}

// A reply whose key is gone can be given up, or replaced, all the same.
func TestAReplyThatCannotBeOpenedIsUnderLease(t *testing.T) {
	both(t, func(w *world) {
		ref := ReplyRef{Chat: buyer, ID: "screen"}
		old := w.open(func(o *Options) { o.Vault = mustVault(t, vaultKey("gone", "9")) })
		w.ok(old.Defer(t.Context(), ref, []byte("old"), 1))
		r, err := w.s.TakeReply(t.Context(), ref)
		if err == nil || r.Lease == 0 {
			t.Fatalf("lease %d, %v", r.Lease, err)
		}
		w.ok(w.s.AckReply(t.Context(), r))
		w.keys(map[string]string{})
	})
}
