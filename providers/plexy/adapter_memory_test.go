package plexy

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

// watched is a memory that tells what is written, in order, and calls during
// while it is read or written.
type watched struct {
	memory
	wrote  []string // "key=value"
	during func()
}

func (w *watched) Notes(ctx context.Context) (map[string]string, error) {
	w.busy()
	return w.memory.Notes(ctx)
}

func (w *watched) Note(ctx context.Context, key, value string) error {
	w.busy()
	err := w.memory.Note(ctx, key, value)
	if err == nil {
		w.wrote = append(w.wrote, key+"="+value)
	}
	return err
}

func (w *watched) busy() {
	if w.during != nil {
		w.during()
	}
}

func watchedNotebook() (*notebook, *watched) {
	w := &watched{memory: memory{notes: map[string]string{}}}
	return newNotebook(w), w
}

func mustRead(t *testing.T, n *notebook) notes {
	t.Helper()
	all, err := n.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// whileHeld runs a test while somebody reads a memory that does not answer, until
// release is called.
func whileHeld(t *testing.T, body func(t *testing.T, n *notebook, w *watched, release func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n, w := watchedNotebook()
		answer := make(chan struct{})
		w.during = func() { <-answer }
		go func() { _, _ = n.read(t.Context()) }()
		synctest.Wait()
		body(t, n, w, func() {
			w.during = nil
			close(answer)
			synctest.Wait()
		})
	})
}

// ended runs f with a context that ends while f waits, and fails if f did not wait.
func ended(t *testing.T, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	returned := false
	go func() {
		f(ctx)
		returned = true
	}()
	synctest.Wait()
	if returned {
		t.Error("did not wait for its turn")
	}
	cancel()
	synctest.Wait()
	if !returned {
		t.Error("still waits although its context has ended")
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	whileHeld(t, func(t *testing.T, n *notebook, _ *watched, release func()) {
		ended(t, func(ctx context.Context) {
			if _, err := n.lock(ctx); err != ctx.Err() { //nolint:errorlint // exactly this one, not one that wraps it
				t.Errorf("lock: %v", err)
			}
		})
		ended(t, func(ctx context.Context) {
			if _, err := n.read(ctx); !errors.Is(err, ctx.Err()) || codeOf(err) != order.CodeNotSent {
				t.Errorf("read: %v", err)
			}
		})
		release()
		mustRead(t, n) // nobody who gave up has kept the turn
	})
}

// A pause whose context ends before its turn comes holds at once, and is written later.
func TestGivingUpLosesNothing(t *testing.T) {
	whileHeld(t, func(t *testing.T, n *notebook, w *watched, release func()) {
		ended(t, func(ctx context.Context) { n.write(ctx, "pause:500", "charged 200 %") })
		if n.known().paused("500") == "" {
			t.Error("not paused while the memory does not answer")
		}
		if !n.first("order-1") || n.first("order-1") {
			t.Error("orders are not told apart while the memory does not answer")
		}
		release()
		if n.known().paused("500") == "" {
			t.Error("a reading that began before the pause has undone it")
		}
		if got := mustRead(t, n); got.paused("500") == "" {
			t.Errorf("read %v", got)
		}
		if diff := cmp.Diff([]string{"pause:500=charged 200 %"}, w.wrote); diff != "" {
			t.Error(diff)
		}
	})
}

// A free turn is taken whatever the context says: the memory judges it.
func TestFreeTurnNeedsNoContext(t *testing.T) {
	n, w := watchedNotebook()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 50 { // a select between two ready cases would choose at random
		n.write(ctx, "charge:"+strconv.Itoa(i), "1")
		if _, err := n.read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.wrote) != 50 {
		t.Errorf("%d of 50 are written", len(w.wrote))
	}
}

// What could not be written is written in the order of keys, each value once and in its last form.
func TestLateWritesAreSorted(t *testing.T) {
	n, w := watchedNotebook()
	w.err = errors.New("away")
	var want []string
	for i := range 30 {
		key := "charge:" + strconv.Itoa(100+i*7%30)
		n.write(t.Context(), key, "1")
		n.write(t.Context(), key, "2")
		want = append(want, key+"=2")
	}
	slices.Sort(want)
	w.err = nil
	for range 2 {
		mustRead(t, n)
		if diff := cmp.Diff(want, w.wrote); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A value that changes while an older one is being written is not taken for written.
func TestChangedWhileWritten(t *testing.T) {
	n, w := watchedNotebook()
	w.during = func() {
		w.during = nil
		n.note("charge:500", "120")
	}
	n.write(t.Context(), "charge:500", "110")
	if diff := cmp.Diff([]string{"charge:500=110"}, w.wrote); diff != "" {
		t.Error(diff)
	}
	if got := mustRead(t, n); got["charge:500"] != "120" || w.notes["charge:500"] != "120" {
		t.Errorf("read %v, kept %v", got, w.notes)
	}
	if left := n.waiting(); len(left) != 0 {
		t.Errorf("still to be written: %v", left)
	}
}
