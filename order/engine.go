package order

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"
)

// Parts are what an engine is made of. Every one is a port.
type Parts struct {
	Store     Store
	Index     Index
	Outbox    Outbox
	Permits   Permits
	Gateways  map[string]Gateway
	Suppliers map[string]Supplier
	Receivers map[string]Receiver // suppliers that call back
	Recallers map[string]Recaller // suppliers that take goods back
	Payers    map[string]Payer    // gateways that send money out
	Credits   Credits
	Clearing  Clearing
	Desk      Desk
	Switch    Switch
	Vault     Vault
	Journal   Journal
	Memory    Memory            // nil: only Journal remembers
	Tide      Tide              // nil: losses in Redis go unnoticed
	Freezer   Freezer           // with Tide
	Lists     map[string]Lister // gateways that list what was paid
	Funds     Funds
	Clock     Clock
	Meter     Meter
	Random    io.Reader    // nil: crypto/rand
	Log       *slog.Logger // nil: slog.Default
	Keep      func(n Number) (stop func())
	Told      func(Number, []Announcement) // what a commit left to tell at once, may be nil
}

// Funds knows what a supplier's account still covers.
type Funds interface {
	// Balance returns the last balance read of an account at a supplier, and
	// whether one was ever read.
	Balance(purse string) (Money, bool)
}

// Policy is what the operator settled.
type Policy struct {
	Shop     string                // part of every derived key: the bot's id
	Admins   []int64               // chats that get alerts
	Shard    func(buyer int64) int // where a buyer's orders live
	TTL      time.Duration         // how long a buyer has to pay
	MinOrder Money
	MaxLoss  decimal.Decimal     // percent of the price an item may cost above it
	MaxOpen  int                 // open orders per buyer, 0 for no limit
	DailyMax Money               // what may be bought at one supplier in a day (UTC), 0 for no limit
	Return   func(Number) string // where the checkout leads back to, may be nil
	Rules    Rules

	PayoutMax Money // what may be sent to buyers' wallets in a day (UTC); 0: payouts are off
	TwoPerson Money // from here on a payout needs two admins' words; 0: never
}

// ceiling is the most one piece may cost when it is bought.
func (p Policy) ceiling(price Money) Money {
	allowed := price.Decimal().Mul(decimal.NewFromInt(100).Add(p.MaxLoss)).Div(decimal.NewFromInt(100))
	ceiling, err := MoneyRoundedDown(allowed)
	if err != nil {
		return price
	}
	return ceiling
}

// Engine moves orders. It owns no goroutine: Step does one unit of work, Run
// only loops over it, and a simulator may own the schedule instead.
type Engine struct {
	Parts
	policy Policy
	queue  *queue
	paused *paused

	healing healing
}

// NewEngine checks that everything is there.
func NewEngine(parts Parts, policy Policy) (*Engine, error) {
	if parts.Store == nil || parts.Index == nil || parts.Outbox == nil || parts.Permits == nil || parts.Vault == nil ||
		parts.Journal == nil || parts.Funds == nil || parts.Clock == nil || parts.Meter == nil {
		return nil, &Error{Code: CodeInvalid, Op: "new engine: a part is missing"}
	}
	if policy.Shop == "" || policy.Shard == nil || policy.TTL <= 0 {
		return nil, &Error{Code: CodeInvalid, Op: "new engine: policy"}
	}
	if parts.Random == nil {
		parts.Random = rand.Reader
	}
	if parts.Log == nil {
		parts.Log = slog.Default()
	}
	return &Engine{Parts: parts, policy: policy, queue: newQueue(), paused: newPaused()}, nil
}

func (e *Engine) now() Stamp { return At(e.Clock.Now()) }

// newOp draws an operation id: 48 random bits in eight characters, unique
// among the few operations one order remembers.
func (e *Engine) newOp() (string, error) {
	raw := make([]byte, 6)
	if _, err := io.ReadFull(e.Random, raw); err != nil {
		return "", fmt.Errorf("draw an operation id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// Step does one unit of work: it moves one order as far as it goes now, or
// looks for orders whose time has come. worked is false when there is nothing
// to do until Idle is over. The error is for the log; the work is not lost.
func (e *Engine) Step(ctx context.Context) (worked bool, err error) {
	// The sweep comes first, when it is time: under steady load the queue is
	// never empty, and orders that only the sweep knows must not starve.
	if worked, err = e.sweep(ctx); worked || err != nil {
		return worked, err
	}
	n, ok := e.queue.take()
	if !ok {
		return false, nil
	}
	claim, err := e.Store.Claim(ctx, n)
	switch code := CodeOf(err); {
	case err == nil:
	case code == CodeBusy || code == CodeMissing:
		return true, nil
	default:
		return true, fmt.Errorf("claim %s: %w", n, err)
	}
	if e.Keep != nil {
		defer e.Keep(n)()
	}
	return true, e.work(ctx, claim)
}

// Run steps until ctx ends. Several may run side by side.
func (e *Engine) Run(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := e.guarded(ctx)
		if err != nil && ctx.Err() == nil {
			e.Meter.Count("order_step_errors", string(CodeOf(err)))
			e.Log.Warn("order step", "err", err)
		}
		if !worked || err != nil {
			e.queue.wait(ctx, e.Idle())
		}
	}
}

// guarded keeps a panic over one order from ending the shop: the order's lease
// runs out, and it is tried again.
func (e *Engine) guarded(ctx context.Context) (worked bool, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			e.Meter.Count("order_panics", "")
			worked, err = true, &Error{Code: CodeInvalid, Op: fmt.Sprintf("panic of kind %T", cause)}
		}
	}()
	return e.Step(ctx)
}

// Idle is how long there is nothing to do unless somebody wakes the engine.
func (e *Engine) Idle() time.Duration {
	return max(e.queue.nextSweep(e.Clock.Now()), 10*time.Millisecond)
}

const (
	sweepEvery  = 3 * time.Second
	sweepLimit  = 64
	permitEvery = 30 * time.Second
)

// sweep looks for due orders in one round trip, and from time to time for
// permits whose attempt is resolved.
func (e *Engine) sweep(ctx context.Context) (bool, error) {
	now := e.Clock.Now()
	if !e.queue.beginSweep(now) {
		return false, nil
	}
	due, next, err := e.Index.Due(ctx, sweepLimit)
	if err != nil {
		e.queue.endSweep(now, 0)
		return false, fmt.Errorf("sweep: %w", err)
	}
	e.queue.add(due...)
	err = e.guard(ctx)
	e.queue.endSweep(now, next)
	if err != nil {
		return len(due) > 0, err
	}
	if e.queue.permitsDue(now) {
		return len(due) > 0, e.freePermits(ctx)
	}
	return len(due) > 0, nil
}
