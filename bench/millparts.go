package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// realClock is the clock of production.
type realClock struct{}

// Now implements order.Clock.
func (realClock) Now() time.Time { return time.Now() }

// disk is what an engine keeps on its machine: what is about to leave, and how
// far it has seen Redis.
type disk struct {
	dir     string
	own     bool // the folder goes with it
	journal *store.Journal
	tide    *store.Tide
}

// openDisk opens both in a folder that outlives them, or in one of their own.
func openDisk(dir string, now func() time.Time) (d disk, err error) {
	if d.dir = dir; dir == "" {
		if d.dir, err = os.MkdirTemp("", "giftbot-bench-journal-"); err != nil {
			return d, fmt.Errorf("journal folder: %w", err)
		}
		d.own = true
	}
	if d.journal, _, err = store.OpenJournal(d.dir, now); err == nil {
		d.tide, err = store.OpenTide(d.dir, rand.Reader, now)
	}
	if err != nil {
		d.close()
		return d, fmt.Errorf("journal: %w", err)
	}
	return d, nil
}

func (d disk) close() {
	if d.journal != nil {
		_ = d.journal.Close()
	}
	if d.own {
		_ = os.RemoveAll(d.dir)
	}
}

// counted is production's metrics, as far as a mill needs them.
type counted struct{ *webhook.Metrics }

// Took implements telegram.Meter.
func (c counted) Took(name, label string, d time.Duration) { c.Observe(name, label, d) }

// CatalogueRead implements catalog.Meter.
func (c counted) CatalogueRead(supplier string, _ bool) { c.Count("catalogue_reads", supplier) }

// CatalogueAge implements catalog.Meter.
func (c counted) CatalogueAge(supplier string, seconds int64) {
	c.Set("catalogue_age_seconds", supplier, float64(seconds))
}

// notices are the stored announcements, as the drain wants them.
type notices struct{ *store.Store }

// Due implements telegram.Outbox.
func (n notices) Due(ctx context.Context, limit int) ([]telegram.Waiting, order.Stamp, error) {
	pending, next, err := n.Announcements(ctx, limit)
	list := make([]telegram.Waiting, len(pending))
	for i, p := range pending {
		list[i] = telegram.Waiting(p)
	}
	return list, next, err
}

// Take implements telegram.Outbox.
func (n notices) Take(ctx context.Context, w telegram.Waiting) (order.Announced, error) {
	return n.Store.Take(ctx, store.Pending(w))
}
