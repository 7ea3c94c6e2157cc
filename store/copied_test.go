package store

import (
	"fmt"
	"testing"

	"giftbot/order"
	"giftbot/store/redistest"
)

// A commit that has to be copied is an ordinary one where there is no replica.
func TestACopiedCommitWithoutReplicas(t *testing.T) {
	both(t, func(w *world) {
		o := w.insert(placed(number(w.t, buyer, 'a'), buyer))
		o.Reason = "x"
		stored := w.commit(order.Transition{Order: o, Op: "a", Due: later, Copied: true})
		if stored.Version != 2 {
			w.t.Errorf("version %d", stored.Version)
		}
		if again, err := w.s.Commit(w.t.Context(), order.Transition{Order: o, Op: "a", Due: later, Copied: true}); err != nil || again.Version != 2 {
			w.t.Errorf("the same again: version %d, %v", again.Version, err)
		}
	})
}

// With a replica that answers, the commit is confirmed. With one that does
// not, it is stored and said not to be copied.
func TestACopiedCommitWaitsForAReplica(t *testing.T) {
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replica := redistest.StartReplica(t, primary)
	w := newWorld(t, primary.URL, redistest.NewCutter(nil))
	o := w.insert(placed(number(w.t, buyer, 'a'), buyer))
	o = w.copied(o, "a")

	replica.Freeze(t)
	got, err := w.s.Commit(t.Context(), order.Transition{Order: o, Op: "b", Due: later, Copied: true})
	if order.CodeOf(err) != order.CodeNotCopied || got.Version != o.Version+1 {
		t.Fatalf("version %d, %v", got.Version, err)
	}
	if stored, err := w.s.Load(t.Context(), o.Number); err != nil || stored.Version != got.Version {
		t.Errorf("stored %d, %v", stored.Version, err)
	}
	// The same again: it stands there, and nobody knows whether it was copied.
	if _, err := w.s.Commit(t.Context(), order.Transition{Order: o, Op: "b", Due: later, Copied: true}); order.CodeOf(err) != order.CodeNotCopied {
		t.Errorf("again: %v", err)
	}
	replica.Thaw(t)
	w.copied(got, "c")
}

// copied commits until a replica has it: on a busy machine half a second may be
// too short.
func (w *world) copied(o order.Order, op string) order.Order {
	w.t.Helper()
	for i := range 20 {
		stored, err := w.s.Commit(w.t.Context(), order.Transition{Order: o, Op: fmt.Sprint(op, i), Due: later, Copied: true})
		if err == nil {
			return stored
		}
		if order.CodeOf(err) != order.CodeNotCopied {
			w.t.Fatal(err)
		}
		o = stored
	}
	w.t.Fatal("never copied")
	return o
}
