package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"giftbot/flows"
	"giftbot/order"
)

const (
	drainSweep  = 3 * time.Second
	drainBatch  = 32
	drainStep   = 20 * time.Second       // one announcement, waiting included
	gateOpens   = 250 * time.Millisecond // within that, unless somebody's press is slow
	parkedFor   = 24 * time.Hour         // somebody who blocked the bot; sooner when they are back
	refusedFor  = time.Hour              // Telegram does not accept the message: our mistake, a person looks
	unsureAfter = 2 * time.Second
	unsureMax   = 5 * time.Minute
)

// DrainParts are what a Drain is made of. People, Painter and Pictures may be
// nil, as in Parts.
type DrainParts struct {
	Outbox   Outbox
	Engine   Deliveries
	People   People
	Painter  Painter
	Pictures Pictures
	Renderer *Renderer
	Sender   *Sender
	Views    Announcer
	Env      func() flows.Env // the shop as it is at this moment
	// Enter is Dispatcher.Enter, may be nil.
	Enter func(ctx context.Context, person int64) (leave func(), err error)
	Clock Clock
	Meter Meter
	Log   *slog.Logger
}

// Drain tells what the outbox holds: it shows an order's state in the order's
// one message, rings once it is worth it, and alerts admins. It owns no
// goroutine; several Steps may run side by side.
type Drain struct {
	DrainParts
	gallery  gallery
	patience time.Duration // of a worker with a person's gate
	mu       sync.Mutex
	queue    []Waiting
	known    map[Waiting]bool
	telling  map[int64]bool       // people who are told something at this moment
	unsaved  map[order.Number]int // messages sent whose id is not stored yet
	sweepAt  time.Time
	signal   chan struct{}
}

// NewDrain makes a drain; a missing part is an error.
func NewDrain(p DrainParts) (*Drain, error) {
	if p.Outbox == nil || p.Engine == nil || p.Renderer == nil || p.Sender == nil || p.Views == nil ||
		p.Env == nil || p.Clock == nil || p.Meter == nil || p.Log == nil {
		return nil, errors.New("telegram drain: a part is missing")
	}
	return &Drain{
		DrainParts: p, gallery: gallery{p.Painter, p.Pictures, p.Renderer, p.Env}, patience: gateOpens,
		known: map[Waiting]bool{}, telling: map[int64]bool{}, unsaved: map[order.Number]int{}, signal: make(chan struct{}, 1),
	}, nil
}

// Wake has the outbox looked at now.
func (d *Drain) Wake() {
	d.mu.Lock()
	d.sweepAt = time.Time{}
	d.mu.Unlock()
	d.ring()
}

// Tell queues announcements that are known to be due, without looking for
// them first: what the engine has just stored, the ping after a delivery
// among it. It is a shortcut: the sweep finds them all the same.
func (d *Drain) Tell(list ...Waiting) {
	d.add(list)
	if len(list) > 0 {
		d.ring()
	}
}

func (d *Drain) ring() {
	select {
	case d.signal <- struct{}{}:
	default:
	}
}

// add queues what is not queued, and returns how many that were.
func (d *Drain) add(list []Waiting) (added int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range list {
		if !d.known[w] {
			d.known[w] = true
			d.queue = append(d.queue, w)
			added++
		}
	}
	return added
}

// next takes the first announcement for somebody who is not told another one at
// this moment. Whoever's chat is slow, or whose press takes its time, keeps one
// worker and not all of them.
func (d *Drain) next() (w Waiting, more, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.queue, d.free)
	if i < 0 {
		return Waiting{}, false, false
	}
	w = d.queue[i]
	d.queue = slices.Delete(d.queue, i, i+1)
	d.telling[w.To] = true
	// From here on the same announcement may be queued anew: its lease keeps
	// two from telling it at once.
	delete(d.known, w)
	return w, slices.ContainsFunc(d.queue, d.free), true
}

func (d *Drain) free(w Waiting) bool { return !d.telling[w.To] }

// told lets somebody be told the next thing.
func (d *Drain) told(person int64) {
	d.mu.Lock()
	delete(d.telling, person)
	more := len(d.queue) > 0
	d.mu.Unlock()
	if more {
		d.ring()
	}
}

// Step tells one announcement, or looks for more. worked is false when there
// is nothing to do until Idle is over. An error is for the log: nothing is
// lost by it.
func (d *Drain) Step(ctx context.Context) (worked bool, err error) {
	w, more, ok := d.next()
	if !ok {
		return d.sweep(ctx)
	}
	defer d.told(w.To)
	if more {
		d.ring()
	}
	// What was taken is told or given back even while the process shuts down:
	// else it would wait for its lease.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainStep)
	defer cancel()
	return true, d.tell(ctx, w)
}

func (d *Drain) sweep(ctx context.Context) (bool, error) {
	now := d.Clock.Now()
	d.mu.Lock()
	due := !now.Before(d.sweepAt)
	if due {
		d.sweepAt = now.Add(drainSweep)
	}
	limit := drainBatch + len(d.queue) // what waits for its person hides nothing
	d.mu.Unlock()
	if !due {
		return false, nil
	}
	list, next, err := d.Outbox.Due(ctx, limit)
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	added := d.add(list)
	d.mu.Lock()
	if len(list) == limit && added > 0 {
		d.sweepAt = time.Time{}
	} else if at := next.Time(); next > 0 && at.Before(d.sweepAt) {
		d.sweepAt = at
	}
	d.mu.Unlock()
	return added > 0, nil
}

// Idle is how long there is nothing to do unless Wake is called.
func (d *Drain) Idle() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.ContainsFunc(d.queue, d.free) {
		return 0
	}
	return max(d.sweepAt.Sub(d.Clock.Now()), 10*time.Millisecond)
}

// Run steps with a number of workers until ctx ends, and returns when all
// have stopped.
func (d *Drain) Run(ctx context.Context, workers int) {
	var all sync.WaitGroup
	for range max(workers, 1) {
		all.Go(func() { d.loop(ctx) })
	}
	all.Wait()
}

func (d *Drain) loop(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := d.guarded(ctx)
		if err != nil && ctx.Err() == nil {
			d.Meter.Count("telegram_outbox", "error")
			d.Log.Warn("outbox step", "err", err)
		}
		if worked && err == nil {
			continue
		}
		timer := time.NewTimer(d.Idle())
		select {
		case <-timer.C:
		case <-d.signal:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (d *Drain) guarded(ctx context.Context) (worked bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Meter.Count("telegram_panics", "outbox")
			worked, err = true, fmt.Errorf("outbox: panic of kind %T", r)
		}
	}()
	return d.Step(ctx)
}
