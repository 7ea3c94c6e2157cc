package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// bank is a supplier that tells what was paid in.
type bank struct {
	list  []order.Deposit
	err   error
	asked int
}

func (b *bank) Deposits(context.Context) ([]order.Deposit, error) {
	b.asked++
	return b.list, b.err
}

func bookStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.New(store.Options{URL: "redis://" + miniredis.RunT(t).Addr(), Vault: nil})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st
}

func newBooks(l ledger, n notes, clock order.Clock, at map[string]order.Depositor) *books {
	return &books{
		depositors: at, ledger: l, notes: n, clock: clock, metrics: webhook.NewMetrics(), log: slog.New(slog.DiscardHandler),
		booked: make(map[string]bool),
	}
}

// Two replicas ask a supplier once in five minutes, and book each deposit once.
func TestDepositsAreBookedOnce(t *testing.T) {
	st := bookStore(t)
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	plexy := &bank{list: []order.Deposit{{ID: "d1", Purse: "plexy:USD", Amount: 10_000_000}, {ID: "d1", Purse: "plexy:USDT", Amount: 3_000_000}}}
	at := map[string]order.Depositor{"plexy": plexy, "infinivoucher": &bank{}}
	one, two := newBooks(st, st.VendorNotes(bookNotes), clock, at), newBooks(st, st.VendorNotes(bookNotes), clock, at)
	one.sweep(t.Context())
	two.sweep(t.Context())
	if plexy.asked != 1 {
		t.Errorf("asked %d times in one stretch", plexy.asked)
	}
	clock.now = clock.now.Add(booksEvery)
	plexy.list = append(plexy.list, order.Deposit{ID: "d2", Purse: "plexy:USD", Amount: 500_000})
	two.sweep(t.Context())
	clock.now = clock.now.Add(booksEvery)
	one.sweep(t.Context())

	got, err := one.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[order.Account]order.Money{owner: -13_500_000, "supplier:plexy:USD": 10_500_000, "supplier:plexy:USDT": 3_000_000}
	if diff := cmp.Diff(want, got.accounts); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !got.kept["plexy"] || got.kept["infinivoucher"] {
		t.Errorf("kept %v", got.kept)
	}
	if sum := got.sum(map[string]bool{"plexy:USD": true, "plexy:USDT": true}); sum != 13_500_000 {
		t.Errorf("sum %v", sum)
	}
	all, err := st.VendorNotes(bookNotes).Notes(t.Context())
	if err != nil || len(all) != 3 { // whose turn it was, of two suppliers, and one account
		t.Errorf("notes %v, %v", all, err)
	}
}

// Redis may come back without a deposit that it had booked.
func TestADepositThatRedisForgotIsBookedAnew(t *testing.T) {
	redis := miniredis.RunT(t)
	st, err := store.New(store.Options{URL: "redis://" + redis.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	at := map[string]order.Depositor{"plexy": &bank{list: []order.Deposit{{ID: "d1", Purse: "plexy:USD", Amount: 10_000_000}}}}
	b := newBooks(st, st.VendorNotes(bookNotes), clock, at)
	b.sweep(t.Context())
	redis.FlushAll()
	for range bookedFor / booksEvery {
		clock.now = clock.now.Add(booksEvery)
		b.sweep(t.Context())
	}
	got, err := b.read(t.Context())
	if err != nil || got.accounts["supplier:plexy:USD"] != 10_000_000 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASupplierThatFailsDoesNotKeepTheOthers(t *testing.T) {
	st := bookStore(t)
	good := &bank{list: []order.Deposit{{ID: "d1", Purse: "plexy:USD", Amount: 1}}}
	at := map[string]order.Depositor{"infinivoucher": &bank{err: errors.New("shape")}, "plexy": good}
	b := newBooks(st, st.VendorNotes(bookNotes), &handClock{now: time.Unix(1_800_000_000, 0)}, at)
	b.sweep(t.Context())
	got, err := b.read(t.Context())
	if err != nil || !got.kept["plexy"] || got.kept["infinivoucher"] || got.accounts["supplier:plexy:USD"] != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// page is a ledger that can be slow or fail.
type page struct {
	mu    sync.Mutex
	reads int
	trial store.Trial
	err   error
	hang  chan struct{}
}

func (p *page) BookVendor(context.Context, string, string, []order.Posting) (bool, error) {
	return true, p.err
}

func (p *page) Trial(context.Context) (store.Trial, error) {
	p.mu.Lock()
	p.reads++
	p.mu.Unlock()
	if p.hang != nil {
		<-p.hang
	}
	return p.trial, p.err
}

// slate is the notes of one replica.
type slate map[string]string

func (s slate) Notes(context.Context) (map[string]string, error)    { return s, nil }
func (s slate) Note(_ context.Context, key, value string) error     { s[key] = value; return nil }
func (s slate) First(context.Context, string, string) (bool, error) { return true, nil }

func TestTheBooksAreReadOnceAMinute(t *testing.T) {
	clock := &handClock{now: time.Unix(1_800_000_000, 0)}
	p := &page{trial: store.Trial{Accounts: map[order.Account]order.Money{"a": 1}, Faults: []string{"x"}}}
	b := newBooks(p, slate{}, clock, nil)
	for range 3 {
		if got, err := b.read(t.Context()); err != nil || got.accounts["a"] != 1 {
			t.Fatal(got, err)
		}
	}
	clock.now = clock.now.Add(59 * time.Second)
	if _, err := b.read(t.Context()); err != nil || p.reads != 1 {
		t.Errorf("read %d times, %v", p.reads, err)
	}
	clock.now = clock.now.Add(time.Second)
	p.err = errors.New("redis")
	if got, err := b.read(t.Context()); err == nil || got == nil || p.reads != 2 {
		t.Errorf("read %d times, %v", p.reads, err)
	}
	p.err, p.hang = nil, make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = b.read(t.Context())
	}()
	for { // until the first one reads
		p.mu.Lock()
		reads := p.reads
		p.mu.Unlock()
		if reads == 3 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if got, err := b.read(t.Context()); err != nil || got == nil || got.accounts["a"] != 1 {
		t.Errorf("while it is read: %v, %v", got, err)
	}
	close(p.hang)
	<-done
}

func TestADepositThatCannotBeBookedIsTriedAgain(t *testing.T) {
	p, s := &page{err: errors.New("redis")}, slate{}
	b := newBooks(p, s, &handClock{now: time.Unix(1_800_000_000, 0)}, map[string]order.Depositor{"plexy": &bank{list: []order.Deposit{{ID: "1", Purse: "plexy:USD", Amount: 1}}}})
	b.sweep(t.Context())
	if len(b.booked) != 0 || s[keptNote+"plexy"] != "" {
		t.Errorf("booked %v, notes %v", b.booked, s)
	}
	p.err = nil
	b.sweep(t.Context())
	if len(b.booked) != 1 || s[keptNote+"plexy"] == "" {
		t.Errorf("booked %v, notes %v", b.booked, s)
	}
}

// carrier is what stands between two buyers' shards.
type carrier struct {
	moved, asked int
	err          error
}

func (c *carrier) Clear(context.Context) (int, error) {
	c.asked++
	return c.moved, c.err
}

func TestClearingGoesOnAfterAnError(t *testing.T) {
	a := &App{metrics: webhook.NewMetrics(), log: slog.New(slog.DiscardHandler)}
	c := &carrier{moved: 2, err: errors.New("one cannot arrive")}
	a.clearOnce(t.Context(), c)
	a.clearOnce(t.Context(), c)
	if c.asked != 2 {
		t.Errorf("asked %d times", c.asked)
	}
}
