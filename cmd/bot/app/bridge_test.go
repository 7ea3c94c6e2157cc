package app

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"giftbot/handlers/telegram"
	"giftbot/store"
)

func sealedBy(t *testing.T, s *store.Store, id string) sessions {
	t.Helper()
	v, err := store.NewVault([]store.Key{{ID: id, Secret: bytes.Repeat([]byte(id), 32)}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sessions{s, v, store.NewPacker(sessionWords)}
}

// A conversation whose key is gone begins anew: its person must be able to come
// for their codes all the same, and Telegram must not send their updates for ever.
func TestAConversationWhoseKeyIsGoneBeginsAnew(t *testing.T) {
	s, err := store.New(store.Options{URL: "redis://" + miniredis.RunT(t).Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	before, after := sealedBy(t, s, "a"), sealedBy(t, s, "b")
	r, _, err := before.Save(t.Context(), 7, 1, 0, []byte(`{"g":"ru"}`))
	if err != nil || r != telegram.SaveOK {
		t.Fatalf("%d, %v", r, err)
	}
	saved, err := after.Load(t.Context(), 7, 2)
	if err != nil || saved.Version != 1 || bytes.Contains(saved.Data, []byte("ru")) {
		t.Fatalf("loaded %+v, %v", saved, err)
	}
	var found telegram.Saved
	if r, found, err = after.Save(t.Context(), 7, 2, 0, []byte(`{}`)); err != nil || r != telegram.SaveStale || found.Version != 1 {
		t.Fatalf("saved over it: %d %+v, %v", r, found, err)
	}
	if r, found, err = after.Save(t.Context(), 7, 1, 1, []byte(`{}`)); err != nil || r != telegram.SaveDup || !found.Seen {
		t.Fatalf("saved twice: %d %+v, %v", r, found, err)
	}
	if r, _, err = after.Save(t.Context(), 7, 2, 1, []byte(`{"g":"en"}`)); err != nil || r != telegram.SaveOK {
		t.Fatalf("%d, %v", r, err)
	}
	if saved, err = after.Load(t.Context(), 7, 3); err != nil || string(saved.Data) != `{"g":"en"}` {
		t.Fatalf("loaded %+v, %v", saved, err)
	}
}

// A screen that waits to be drawn needs no key: nothing but the wish is stored.
func TestADeferredScreenWhoseKeyIsGoneIsDrawn(t *testing.T) {
	url := "redis://" + miniredis.RunT(t).Addr()
	open := func(id string) redraws {
		v, err := store.NewVault([]store.Key{{ID: id, Secret: bytes.Repeat([]byte(id), 32)}}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.New(store.Options{URL: url, Vault: v})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return redraws{s}
	}
	before, after := open("a"), open("b")
	if err := before.Defer(t.Context(), 7, 1); err != nil {
		t.Fatal(err)
	}
	r, err := after.Take(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	if err = after.Done(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if users, next, err := after.Due(t.Context(), 1); len(users) != 0 || next != 0 || err != nil {
		t.Fatalf("left: %v, next %d, %v", users, next, err)
	}
}
