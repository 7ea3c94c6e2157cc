package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

const (
	// firstBooks is how long after the start suppliers are first asked for deposits.
	firstBooks = 10 * time.Second
	booksEvery = 5 * time.Minute
	booksTime  = time.Minute // for one supplier
	// bookedFor is how long a deposit that was booked is not booked again: Redis
	// may come back without it. A second time changes nothing.
	bookedFor = time.Hour
	// trialFor is how long the books are shown as they were read, trialTime how
	// long reading them may take: it takes longer the more orders there are.
	trialFor  = time.Minute
	trialTime = 30 * time.Second
	// bookNotes is where replicas note who asks a supplier, and whose deposits
	// are booked.
	bookNotes = "books"
	sweptNote = "swept:"
	keptNote  = "kept:"
	// owner is the account that deposits at suppliers come from.
	owner order.Account = "owner"
)

// ledger is the store's side of the books: *store.Store.
type ledger interface {
	BookVendor(ctx context.Context, vendor, id string, postings []order.Posting) (bool, error)
	Trial(ctx context.Context) (store.Trial, error)
}

// notes is what replicas tell each other: store.VendorNotes.
type notes interface {
	Notes(ctx context.Context) (map[string]string, error)
	Note(ctx context.Context, key, value string) error
	First(ctx context.Context, key, value string) (bool, error)
}

var (
	_ ledger = (*store.Store)(nil)
	_ notes  = store.VendorNotes{}
)

// books keeps an account for every supplier that tells what was paid in there,
// so that it can be held against the balance the supplier tells.
type books struct {
	depositors map[string]order.Depositor
	ledger     ledger
	notes      notes
	clock      order.Clock
	metrics    *webhook.Metrics
	log        *slog.Logger

	booked map[string]bool // by this replica, since a moment: they need not be asked about again
	since  order.Stamp
	busy   sync.Mutex // held while the books are read
	last   atomic.Pointer[reading]
}

// reading is the books at one moment.
type reading struct {
	at       order.Stamp
	accounts map[order.Account]order.Money
	kept     map[string]bool // vendors with an account
}

func (a *App) buildBooks(context.Context) error {
	a.books = &books{
		depositors: a.vendors.depositors, ledger: a.store, notes: a.store.VendorNotes(bookNotes), clock: a.outside.Clock,
		metrics: a.metrics, log: a.log, booked: make(map[string]bool),
	}
	return nil
}

// run books deposits until ctx ends.
func (b *books) run(ctx context.Context) {
	if len(b.depositors) == 0 {
		return
	}
	for wait := firstBooks; sleep(ctx, wait); wait = booksEvery {
		b.sweep(ctx)
	}
}

// sweep asks every supplier whose turn it is on this replica.
func (b *books) sweep(ctx context.Context) {
	if now := order.At(b.clock.Now()); now.Since(b.since).Abs() >= bookedFor {
		clear(b.booked)
		b.since = now
	}
	for _, vendor := range slices.Sorted(maps.Keys(b.depositors)) {
		if err := b.deposits(ctx, vendor); err != nil && ctx.Err() == nil {
			b.metrics.Count("deposits_failed", vendor)
			b.log.Warn("deposits are not booked", "vendor", vendor, "err", err)
		}
	}
}

// deposits books what was paid in at one supplier, each deposit once.
func (b *books) deposits(ctx context.Context, vendor string) error {
	ctx, cancel := context.WithTimeout(ctx, booksTime)
	defer cancel()
	if ours, err := b.turn(ctx, vendor); err != nil || !ours {
		return err
	}
	list, err := b.depositors[vendor].Deposits(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := b.deposit(ctx, vendor, d); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil // an account that nothing was paid into says nothing
	}
	return b.notes.Note(ctx, keptNote+vendor, "1")
}

// turn reports whether this replica asks the supplier in this stretch of time.
// Asking twice would only cost calls: a deposit is booked once by its id.
func (b *books) turn(ctx context.Context, vendor string) (bool, error) {
	prefix := sweptNote + vendor + ":"
	now := prefix + strconv.FormatInt(b.clock.Now().Unix()/int64(booksEvery/time.Second), 10)
	first, err := b.notes.First(ctx, now, "1")
	if err != nil || !first {
		return false, err
	}
	all, err := b.notes.Notes(ctx)
	if err != nil {
		return false, err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(key, prefix) && key != now {
			if err := b.notes.Note(ctx, key, ""); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

func (b *books) deposit(ctx context.Context, vendor string, d order.Deposit) error {
	id := d.Purse + "/" + d.ID
	if b.booked[id] {
		return nil
	}
	news, err := b.ledger.BookVendor(ctx, vendor, id, []order.Posting{
		{Key: "deposit/" + id, From: owner, To: accountOf(d.Purse), Amount: d.Amount},
	})
	if err != nil {
		return fmt.Errorf("book a deposit: %w", err)
	}
	b.booked[id] = true
	if news {
		b.metrics.Count("deposits_booked", vendor)
	}
	return nil
}

// accountOf is the account of a purse at a supplier.
func accountOf(purse string) order.Account { return order.Account("supplier:" + purse) }

// read returns the books, at most a minute old; older ones while they are being
// read for somebody else, and none before they were ever read.
func (b *books) read(ctx context.Context) (*reading, error) {
	now, last := order.At(b.clock.Now()), b.last.Load()
	if last != nil && now.Since(last.at).Abs() < trialFor || !b.busy.TryLock() {
		return last, nil
	}
	defer b.busy.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trialTime)
	defer cancel()
	noted, err := b.notes.Notes(ctx)
	if err != nil {
		return last, err
	}
	trial, err := b.ledger.Trial(ctx)
	if err != nil {
		return last, err
	}
	b.metrics.Set("ledger_faults", "", float64(len(trial.Faults)))
	if len(trial.Faults) > 0 || trial.Off != 0 {
		b.log.Error("the books do not balance", "off", trial.Off, "faults", len(trial.Faults))
	}
	kept := make(map[string]bool)
	for vendor := range b.depositors {
		kept[vendor] = noted[keptNote+vendor] != ""
	}
	b.last.Store(&reading{at: now, accounts: trial.Accounts, kept: kept})
	return b.last.Load(), nil
}

// sum adds up the accounts of purses.
func (r *reading) sum(purses map[string]bool) order.Money {
	var sum order.Money
	for purse := range purses {
		sum += r.accounts[accountOf(purse)]
	}
	return sum
}
