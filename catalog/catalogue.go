package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"giftbot/order"
)

const (
	// MinInterval is the least time between two reads of one supplier
	// (infinivoucher sheet §7: cache the catalogue ≥ 60 s).
	MinInterval = time.Minute
	// firstRetry is the wait while a supplier was never read.
	firstRetry = 5 * time.Second
	// readLimit bounds one supplier's part of a refresh.
	readLimit = 45 * time.Second
	// supplierName is the longest name that leaves room for a hashed id.
	supplierName = 16
	// oldAfter is the default of Config.MaxAge.
	oldAfter = 30 * time.Minute
	// tick is how often Run looks whether a supplier is due.
	tick = time.Second
)

// Meter is told about every read of a supplier.
type Meter interface {
	// CatalogueRead counts one attempt.
	CatalogueRead(supplier string, ok bool)
	// CatalogueAge is the age of what is sold, in seconds, −1 when the
	// supplier was never read.
	CatalogueAge(supplier string, seconds int64)
}

// Config is what a catalogue is made from.
type Config struct {
	Sources  []Source // in the order products are met
	Markup   Markup
	Clock    order.Clock
	Meter    Meter
	Log      *slog.Logger
	Interval time.Duration // between reads of a supplier, at least MinInterval; 0 for MinInterval
	MaxAge   time.Duration // after this a list that cannot be read again is hidden; 0 for 30 minutes
}

// Catalogue is what all suppliers sell. It is safe for concurrent use.
type Catalogue struct {
	cfg     Config
	now     atomic.Pointer[snapshot]
	rebuilt sync.Mutex // one rebuild at a time: the last one knows all that was read
	mu      sync.RWMutex
	shelves []*shelf
}

// shelf is what is known of one supplier. Catalogue.mu guards it.
type shelf struct {
	source   Source
	reading  sync.Mutex // one read at a time
	list     []Listing
	readAt   order.Stamp // last successful read, 0 if none
	triedAt  order.Stamp
	hidden   bool               // too old to sell
	tried    bool               // asked once, and answered or not
	balances map[string]balance // by purse
}

// balance is what an account held when it was asked for.
type balance struct {
	amount order.Money
	at     order.Stamp
}

// New makes an empty catalogue; Refresh or Run fills it.
func New(cfg Config) (*Catalogue, error) {
	if cfg.Clock == nil || cfg.Meter == nil || cfg.Log == nil {
		return nil, errors.New("catalogue needs a clock, a meter and a log")
	}
	cfg.Interval = max(cfg.Interval, MinInterval)
	if cfg.MaxAge <= 0 {
		cfg.MaxAge = oldAfter
	}
	c := &Catalogue{cfg: cfg}
	for _, s := range cfg.Sources {
		if name := s.Name(); name == "" || len(name) > supplierName || !plain(name) {
			return nil, fmt.Errorf("supplier name %q: 1 to %d of A-Z a-z 0-9 _ -", name, supplierName)
		}
		c.shelves = append(c.shelves, &shelf{source: s})
	}
	c.now.Store(newBuilder(cfg.Markup).build())
	return c, nil
}

// Snapshot is the catalogue as it is now. It costs one atomic load.
func (c *Catalogue) Snapshot() Snapshot { return c.now.Load() }

// Tried reports whether every supplier was asked once, whatever it answered.
func (c *Catalogue) Tried() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return !slices.ContainsFunc(c.shelves, func(s *shelf) bool { return !s.tried })
}

// Hidden lists what suppliers sell and the shop does not, with the reason.
func (c *Catalogue) Hidden() []Hidden { return append([]Hidden(nil), c.now.Load().hidden...) }

// Run refreshes until ctx is done. It never ends by itself. A supplier that is
// slow to answer does not keep the others.
func (c *Catalogue) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range c.shelves {
		all.Go(func() { c.keep(ctx, s) })
	}
	all.Wait()
}

// keep refreshes one supplier's shelf until ctx is done.
func (c *Catalogue) keep(ctx context.Context, s *shelf) {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		if err := c.renew(ctx, s); err != nil && ctx.Err() == nil {
			c.cfg.Log.Warn("catalogue not refreshed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// Refresh reads every supplier that is due, one after the other: at most once
// per Interval, sooner only while it was never read. A supplier that fails
// keeps its last list; its error is returned, joined with those of others. A
// read that is under way is not waited for.
func (c *Catalogue) Refresh(ctx context.Context) error {
	var failed []error
	for _, s := range c.shelves {
		failed = append(failed, c.renew(ctx, s))
	}
	return errors.Join(failed...)
}

// renew reads one supplier if that is due.
func (c *Catalogue) renew(ctx context.Context, s *shelf) error {
	if !s.reading.TryLock() {
		return nil
	}
	defer s.reading.Unlock()
	var err error
	if c.due(s) {
		if err = c.read(ctx, s); err != nil {
			err = fmt.Errorf("read %s: %w", s.source.Name(), err)
		}
		c.rebuild()
	}
	c.age(s)
	return err
}

func (c *Catalogue) due(s *shelf) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	wait := c.cfg.Interval
	if s.readAt == 0 {
		wait = firstRetry
	}
	// A clock that went back must not stop the refresh.
	since := order.At(c.cfg.Clock.Now()).Since(s.triedAt)
	return s.triedAt == 0 || since >= wait || since < 0
}

// read asks a supplier for its list and our balance there. The lock is not
// held while waiting.
func (c *Catalogue) read(ctx context.Context, s *shelf) error {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	c.mu.Lock()
	s.triedAt = order.At(c.cfg.Clock.Now())
	c.mu.Unlock()
	list, listErr := s.source.Read(ctx)
	asked := order.At(c.cfg.Clock.Now()) // what is bought from here on may not be in the answer
	balances, balanceErr := s.source.Balances(ctx)
	now := order.At(c.cfg.Clock.Now())

	c.mu.Lock()
	defer c.mu.Unlock()
	s.tried = true
	if listErr == nil {
		s.list, s.readAt, s.hidden = list, now, false
	} else if s.readAt != 0 && now.Since(s.readAt) > c.cfg.MaxAge {
		s.hidden = true
	}
	s.count(balances, asked, balanceErr == nil)
	c.cfg.Meter.CatalogueRead(s.source.Name(), listErr == nil)
	return errors.Join(listErr, balanceErr)
}

// rebuild puts a new snapshot in place of the old one, whole.
func (c *Catalogue) rebuild() {
	c.rebuilt.Lock()
	defer c.rebuilt.Unlock()
	c.mu.RLock()
	b := newBuilder(c.cfg.Markup)
	for _, s := range c.shelves {
		if s.readAt != 0 && !s.hidden {
			b.add(s.source.Name(), s.list, s.readAt)
		}
	}
	c.mu.RUnlock()
	c.now.Store(b.build())
}

func (c *Catalogue) age(s *shelf) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	age := int64(-1)
	if s.readAt != 0 {
		age = int64(order.At(c.cfg.Clock.Now()).Since(s.readAt) / time.Second)
	}
	c.cfg.Meter.CatalogueAge(s.source.Name(), age)
}
