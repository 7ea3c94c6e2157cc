package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// CourierTick is how long a courier waits between two looks at the disk.
const CourierTick = 3 * time.Second

const (
	redisWait   = 2 * time.Second // how long Redis has for a callback, before the disk takes it (DESIGN §5)
	orphanSoon  = time.Minute     // before a callback whose order Redis does not know is tried again,
	orphanAgain = time.Hour       // twice as long each time, up to this
)

// Receiver is the engine, as the courier sees it.
type Receiver interface {
	Deliver(ctx context.Context, n order.Number, line, attempt int, body []byte) error
	Hint(ctx context.Context, n order.Number, h order.Hint) error
}

// Spool is the disk, as the courier sees it; see store.Spool.
type Spool interface {
	Put(id string, body []byte) error
	List() ([]string, error)
	Get(id string) ([]byte, error)
	Remove(id string) error
}

var _ Spool = (*store.Spool)(nil)

// Courier brings callbacks to their orders. What Redis cannot take at once goes
// to the disk and follows later: it may be the only copy of what was bought. It
// starts nothing by itself: somebody calls Empty.
type Courier struct {
	engine Receiver
	spool  Spool
	meter  order.Meter
	log    *slog.Logger
	clock  order.Clock

	mu      sync.Mutex
	orphans map[string]orphan // spooled bodies of unknown orders
}

// orphan is when the body of an unknown order is tried again, and how long it
// waited for that.
type orphan struct {
	at   time.Time
	wait time.Duration
}

// NewCourier returns a courier that knows of no orphans yet.
func NewCourier(e Receiver, s Spool, m order.Meter, log *slog.Logger, clock order.Clock) *Courier {
	return &Courier{engine: e, spool: s, meter: m, log: log, clock: clock, orphans: make(map[string]orphan)}
}

// spooled is a callback as it lies on the disk, sealed by the spool.
type spooled struct {
	Number  order.Number `json:"n"`
	Line    int          `json:"l"`
	Attempt int          `json:"a"`
	Empty   bool         `json:"e,omitempty"`
	Body    []byte       `json:"b"`
}

// Keep returns nil when the body can no longer be lost: Redis has it, or the disk.
func (c *Courier) Keep(ctx context.Context, p webhook.Parcel, body []byte) error {
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

func (c *Courier) deliver(ctx context.Context, s spooled) error {
	if s.Empty {
		err := c.engine.Hint(ctx, s.Number, order.Hint{})
		if order.CodeOf(err) == order.CodeMissing {
			return nil // it brought nothing
		}
		return err
	}
	return c.engine.Deliver(ctx, s.Number, s.Line, s.Attempt, s.Body)
}

// Empty brings everything on the disk to its order. What cannot be brought now
// stays.
func (c *Courier) Empty(ctx context.Context) error {
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

func (c *Courier) bring(ctx context.Context, id string) error {
	raw, err := c.spool.Get(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // brought meanwhile by the process before this one, which had not ended
	}
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
		c.forget(id)
		return c.spool.Remove(id)
	}
	if order.CodeOf(err) == order.CodeMissing {
		// Signed by us, so Redis has lost the order: it stays on the disk, until a
		// journal has brought the order back.
		c.meter.Count("callbacks_orphaned", "")
		c.postpone(id)
	}
	return err
}

func (c *Courier) waits(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.Now().Before(c.orphans[id].at)
}

func (c *Courier) postpone(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := min(max(2*c.orphans[id].wait, orphanSoon), orphanAgain)
	c.orphans[id] = orphan{at: c.clock.Now().Add(wait), wait: wait}
}

func (c *Courier) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.orphans, id)
}

// courier is the Courier of a replica, at work.
type courier struct{ *Courier }

func newCourier(e Receiver, s Spool, m order.Meter, log *slog.Logger, clock order.Clock) *courier {
	return &courier{NewCourier(e, s, m, log, clock)}
}

func (c *courier) keep(ctx context.Context, p webhook.Parcel, body []byte) error {
	return c.Keep(ctx, p, body)
}

// run empties the spool until ctx ends.
func (c *courier) run(ctx context.Context) {
	tick := time.NewTicker(CourierTick)
	defer tick.Stop()
	for {
		if err := c.Empty(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("spool", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
