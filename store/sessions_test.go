package store

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (w *world) save(session Session, update int64, want Saved) Session {
	w.t.Helper()
	outcome, got, err := w.s.SaveSession(w.t.Context(), buyer, session, update)
	w.ok(err)
	if outcome != want {
		w.t.Fatalf("saved from version %d with update %d: %s, want %s", session.Version, update, outcome, want)
	}
	return got
}

func TestSessionSaves(t *testing.T) {
	both(t, func(w *world) {
		empty, err := w.s.LoadSession(t.Context(), buyer)
		w.ok(err)
		if empty.Version != 0 || empty.Body != nil {
			t.Fatalf("nobody's session: %+v", empty)
		}
		body := []byte("a \x00\xff body")
		first := w.save(Session{Body: body}, 900, SessionSaved)
		w.keys(map[string]string{key("u:1001:s"): "1 B\x00\x00\x03\x84" + string(body)})
		loaded, err := w.s.LoadSession(t.Context(), buyer)
		w.ok(err)
		if diff := cmp.Diff(first, loaded); diff != "" || loaded.Version != 1 || !bytes.Equal(loaded.Body, body) {
			t.Fatalf("loaded (-saved +loaded):\n%s", diff)
		}
	})
}

func TestSessionDuplicatesAndStale(t *testing.T) {
	both(t, func(w *world) {
		first := w.save(Session{Body: []byte("a")}, 900, SessionSaved)
		second := w.save(Session{Version: first.Version, Body: []byte("b")}, 901, SessionSaved)

		if got := w.save(Session{Version: second.Version, Body: []byte("x")}, 900, SessionDuplicate); !cmp.Equal(got, second) {
			t.Fatalf("a duplicate returned %+v", got)
		}
		if got := w.save(Session{Version: first.Version, Body: []byte("x")}, 902, SessionStale); !cmp.Equal(got, second) {
			t.Fatalf("a stale save returned %+v", got)
		}
		if got := w.save(Session{Version: 5, Body: []byte("x")}, 0, SessionStale); !cmp.Equal(got, second) {
			t.Fatalf("a stale save returned %+v", got)
		}
		third := w.save(Session{Version: second.Version, Body: []byte("c")}, 0, SessionSaved)
		w.save(Session{Version: second.Version, Body: []byte("c")}, 0, SessionSaved) // the same save again
		w.save(Session{Version: second.Version, Body: []byte("d")}, 0, SessionStale)
		w.keys(map[string]string{key("u:1001:s"): "3 C\x00\x00\x03\x85\x00\x00\x03\x84c"})

		seen, session, err := w.s.Seen(t.Context(), buyer, 901)
		w.ok(err)
		if !seen || !cmp.Equal(session, third) {
			t.Fatalf("seen %v, session %+v", seen, session)
		}
		if seen, _, _ = w.s.Seen(t.Context(), buyer, 907); seen {
			t.Fatal("an unknown update was seen")
		}
		if seen, _, _ = w.s.Seen(t.Context(), other, 901); seen {
			t.Fatal("another person's update was seen")
		}
	})
}

func TestAStaleSaveWithoutASession(t *testing.T) {
	both(t, func(w *world) {
		got := w.save(Session{Version: 3, Body: []byte("x")}, 1, SessionStale)
		if got.Version != 0 {
			t.Fatalf("got %+v", got)
		}
		w.keys(map[string]string{})
	})
}

func TestSessionRemembersTheLatestUpdates(t *testing.T) {
	both(t, func(w *world) {
		s := Session{Body: []byte(strings.Repeat("b", 100))}
		for update := int64(1); update <= SeenUpdates+5; update++ {
			s = w.save(s, update, SessionSaved)
		}
		w.save(s, 6, SessionDuplicate)
		w.save(s, SeenUpdates+5, SessionDuplicate)
		s = w.save(s, 5, SessionSaved) // long forgotten
		loaded, err := w.s.LoadSession(t.Context(), buyer)
		w.ok(err)
		if !cmp.Equal(loaded, s) {
			t.Fatalf("loaded version %d with %d bytes", loaded.Version, len(loaded.Body))
		}
	})
}

func TestUnreadableSessions(t *testing.T) {
	for _, record := range []string{"x", "1 ", "1 B", "x A", "1 @", "1 Bxyz"} {
		if _, _, err := decodeSession(record); err == nil {
			t.Errorf("%q was read", record)
		}
	}
}
