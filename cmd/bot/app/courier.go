package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

const (
	redisWait   = 2 * time.Second // how long Redis has for a callback, before the disk takes it (DESIGN §5)
	courierTick = 3 * time.Second
	orphanAgain = time.Hour // between two tries of a callback whose order Redis does not know
)

// receiver is the engine, as the courier sees it.
type receiver interface {
	Deliver(ctx context.Context, n order.Number, line, attempt int, body []byte) error
	Hint(ctx context.Context, n order.Number, h order.Hint) error
}

// courier brings callbacks to their orders. What Redis cannot take at once goes
// to the disk and follows later: it may be the only copy of what was bought.
type courier struct {
	engine receiver
	spool  *store.Spool
	meter  order.Meter
	log    *slog.Logger
	clock  order.Clock

	mu      sync.Mutex
	orphans map[string]time.Time // spooled bodies of unknown orders, by when they are tried again
}

func newCourier(e receiver, s *store.Spool, m order.Meter, log *slog.Logger, clock order.Clock) *courier {
	return &courier{engine: e, spool: s, meter: m, log: log, clock: clock, orphans: make(map[string]time.Time)}
}

// spooled is a callback as it lies on the disk, sealed by the spool.
type spooled struct {
	Number  order.Number `json:"n"`
	Line    int          `json:"l"`
	Attempt int          `json:"a"`
	Empty   bool         `json:"e,omitempty"`
	Body    []byte       `json:"b"`
}

// keep returns nil when the body can no longer be lost.
func (c *courier) keep(ctx context.Context, p webhook.Parcel, body []byte) error {
	letter := spooled{Number: p.Number, Line: p.Line, Attempt: p.Attempt, Empty: p.Empty, Body: body}
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	err := c.deliver(ctx, letter)
	if err == nil {
		return nil
	}
	c.meter.Count("callbacks_spooled", string(order.CodeOf(err)))
	c.log.Warn("callback goes to the disk", "order", p.Number, "err", err)
	raw, err := json.Marshal(letter)
	if err != nil {
		return fmt.Errorf("encode a callback: %w", err)
	}
	// The same body again replaces itself; another one for the same purchase
	// stands beside it.
	sum := sha256.Sum256(body)
	return c.spool.Put(order.PurchaseReference(p.Number, p.Line, p.Attempt)+"."+hex.EncodeToString(sum[:8]), raw)
}

func (c *courier) deliver(ctx context.Context, s spooled) error {
	if s.Empty {
		err := c.engine.Hint(ctx, s.Number, order.Hint{})
		if order.CodeOf(err) == order.CodeMissing {
			return nil // it brought nothing
		}
		return err
	}
	return c.engine.Deliver(ctx, s.Number, s.Line, s.Attempt, s.Body)
}

// run empties the spool until ctx ends.
func (c *courier) run(ctx context.Context) {
	tick := time.NewTicker(courierTick)
	defer tick.Stop()
	for {
		if err := c.empty(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("spool", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// empty brings everything on the disk to its order. What cannot be brought now
// stays.
func (c *courier) empty(ctx context.Context) error {
	ids, err := c.spool.List()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		if c.waits(id) {
			continue
		}
		if err := c.bring(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("spooled %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (c *courier) bring(ctx context.Context, id string) error {
	raw, err := c.spool.Get(id)
	if err != nil {
		return err
	}
	var letter spooled
	if err = json.Unmarshal(raw, &letter); err != nil {
		return fmt.Errorf("decode a callback: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	err = c.deliver(ctx, letter)
	if err == nil {
		c.meter.Count("callbacks_unspooled", "")
		return c.spool.Remove(id)
	}
	if order.CodeOf(err) == order.CodeMissing {
		// Signed by us, so Redis has lost the order: it stays on the disk.
		c.meter.Count("callbacks_orphaned", "")
		c.postpone(id)
	}
	return err
}

func (c *courier) waits(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.Now().Before(c.orphans[id])
}

func (c *courier) postpone(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orphans[id] = c.clock.Now().Add(orphanAgain)
}
