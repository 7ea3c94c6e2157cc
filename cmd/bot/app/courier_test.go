package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// post is the engine: it takes what it is brought, or refuses.
type post struct {
	err   error
	got   []string
	hints int
}

func (p *post) Deliver(_ context.Context, n order.Number, line, attempt int, body []byte) error {
	if p.err == nil {
		p.got = append(p.got, order.PurchaseReference(n, line, attempt)+" "+string(body))
	}
	return p.err
}

func (p *post) Hint(context.Context, order.Number, order.Hint) error {
	if p.err == nil {
		p.hints++
	}
	return p.err
}

// silence counts nothing.
type silence struct{}

func (silence) Count(string, string) {}

func newTestCourier(t *testing.T, dir string, p *post, clock *handClock) *Courier {
	t.Helper()
	vault, err := store.NewVault([]store.Key{{ID: "k1", Secret: []byte(strings.Repeat("s", 32))}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spool, err := store.OpenSpool(dir, vault)
	if err != nil {
		t.Fatal(err)
	}
	return NewCourier(p, spool, silence{}, slog.New(slog.DiscardHandler), clock)
}

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestACallbackWaitsOnTheDiskForRedis(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeUnclear, Op: "redis is away"}}
	c := newTestCourier(t, dir, p, clock)
	parcel := webhook.Parcel{Number: "3F7KQW2M9X", Line: 1, Attempt: 2}
	for range 2 { // the vendor tries again: one file
		if err := c.Keep(t.Context(), parcel, []byte("planted-secret")); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Keep(t.Context(), parcel, []byte("another body")); err != nil {
		t.Fatal(err)
	}
	if n := files(t, dir); n != 2 {
		t.Fatalf("%d files", n)
	}
	if err := c.Empty(t.Context()); err == nil || len(p.got) != 0 {
		t.Errorf("emptied while Redis is away: %v", p.got)
	}

	p.err = nil // and another process, after a restart
	if err := newTestCourier(t, dir, p, clock).Empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(p.got) != 2 || files(t, dir) != 0 || !strings.Contains(strings.Join(p.got, "|"), "3F7KQW2M9X-1-2 planted-secret") {
		t.Errorf("brought %q, %d files left", p.got, files(t, dir))
	}
}

func TestACallbackOfAForgottenOrderIsNeverThrownAway(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeMissing, Op: "no such order"}}
	c := newTestCourier(t, dir, p, clock)
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	if err := c.Empty(t.Context()); err == nil {
		t.Error("a forgotten order is no news")
	}
	p.err = nil
	if err := c.Empty(t.Context()); err != nil || len(p.got) != 0 {
		t.Errorf("tried again at once: %v %v", p.got, err)
	}
	clock.now = clock.now.Add(orphanAgain)
	if err := c.Empty(t.Context()); err != nil || len(p.got) != 1 || files(t, dir) != 0 {
		t.Errorf("brought %v, %v", p.got, err)
	}
}

// Redis forgets an order when it comes back without its last writes; a journal
// brings the order back within minutes. Whoever bought the card does not wait an
// hour for it.
func TestACallbackFollowsItsOrderSoonAfterAJournalBroughtThatBack(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeMissing, Op: "no such order"}}
	c := newTestCourier(t, dir, p, clock)
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	_ = c.Empty(t.Context())
	p.err = nil
	clock.now = clock.now.Add(time.Minute)
	if err := c.Empty(t.Context()); err != nil || len(p.got) != 1 || len(c.orphans) != 0 {
		t.Errorf("brought %v, %v; %d remembered", p.got, err, len(c.orphans))
	}
}

// One that nobody brings back is looked for ever less often, and at least once an
// hour.
func TestAForgottenOrderIsLookedForLessAndLess(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeMissing, Op: "no such order"}}
	c := newTestCourier(t, dir, p, clock)
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	tries := 0
	for range 24 * 60 {
		if c.Empty(t.Context()) != nil {
			tries++
		}
		clock.now = clock.now.Add(time.Minute)
	}
	if tries < 24 || tries > 32 {
		t.Errorf("%d tries in a day", tries)
	}
}

func TestWithoutRedisAndDiskTheVendorHasToTryAgain(t *testing.T) {
	dir := t.TempDir()
	p := &post{err: &order.Error{Code: order.CodeUnclear, Op: "redis is away"}}
	c := newTestCourier(t, dir, p, &handClock{})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err == nil {
		t.Error("kept nowhere, and called kept")
	}
	// One that brings nothing is only a reason to look.
	p.err = nil
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1, Empty: true}, nil); err != nil || p.hints != 1 || len(p.got) != 0 {
		t.Errorf("%v, %d hints", err, p.hints)
	}
}

// passing is a spool whose files another process brings to their orders between
// List and Get.
type passing struct{ *store.Spool }

func (s passing) Get(id string) ([]byte, error) {
	if err := s.Remove(id); err != nil {
		return nil, err
	}
	return s.Spool.Get(id)
}

func TestACallbackThatAnotherProcessBroughtIsNoTrouble(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeUnclear, Op: "redis is away"}}
	c := newTestCourier(t, dir, p, clock)
	if err := c.Keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	spool, ok := c.spool.(*store.Spool)
	if !ok {
		t.Fatalf("the spool is a %T", c.spool)
	}
	p.err = nil
	if err := NewCourier(p, passing{spool}, silence{}, slog.New(slog.DiscardHandler), clock).Empty(t.Context()); err != nil || len(p.got) != 0 || files(t, dir) != 0 {
		t.Errorf("brought %v, %d files left: %v", p.got, files(t, dir), err)
	}
}

func TestTheCourierOfAReplicaEmptiesTheDiskAtItsStart(t *testing.T) {
	dir, clock := t.TempDir(), &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	p := &post{err: &order.Error{Code: order.CodeUnclear, Op: "redis is away"}}
	at := &courier{newTestCourier(t, dir, p, clock)}
	if err := at.keep(t.Context(), webhook.Parcel{Number: "3F7KQW2M9X", Attempt: 1}, []byte("body")); err != nil {
		t.Fatal(err)
	}
	p.err = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it looks once, whatever happens
	at.run(ctx)
	if len(p.got) != 1 || files(t, dir) != 0 {
		t.Errorf("brought %v, %d files left", p.got, files(t, dir))
	}
}
