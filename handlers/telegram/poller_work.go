package telegram

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/go-telegram/bot/models"
)

const (
	againFirst   = 500 * time.Millisecond // before an update is handled again
	againLast    = 30 * time.Second
	givenUpAfter = 5 * time.Minute // of failing alone, with everything behind it blocked
)

// arrival is one update on its way through the poller.
type arrival struct {
	id     int64
	update *models.Update // nil: cannot be read
	person int64
	done   bool
	since  time.Time // it fails since then
	failed time.Time // and did so last then
}

// admit takes in a batch and returns how many of it are new.
func (p *Poller) admit(ctx context.Context, batch []json.RawMessage) int {
	fresh := 0
	for _, raw := range batch {
		var head struct {
			ID int64 `json:"update_id"`
		}
		if err := json.Unmarshal(raw, &head); err != nil || head.ID == 0 {
			p.unreadable(len(raw)) // the offset of a later one confirms it
			continue
		}
		if p.knows(head.ID) {
			continue
		}
		fresh++
		p.enqueue(ctx, p.read(head.ID, raw))
	}
	return fresh
}

func (p *Poller) knows(id int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[id] != nil
}

// read decodes an update. One that cannot be read counts as handled: it would
// come back for 24 hours and block everything behind it.
func (p *Poller) read(id int64, raw json.RawMessage) *arrival {
	a := &arrival{id: id, update: new(models.Update)}
	if err := json.Unmarshal(raw, a.update); err != nil {
		p.unreadable(len(raw))
		return &arrival{id: id, done: true}
	}
	e, _ := read(a.update, "") // who it is of is known even of what is ignored
	a.person = e.person.ID
	return a
}

func (p *Poller) unreadable(size int) {
	p.meter.Count("telegram_bad_update", "unreadable")
	p.log.Warn("update cannot be read", "bytes", size)
}

// enqueue puts an arrival behind the others of its person.
func (p *Poller) enqueue(ctx context.Context, a *arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.window, p.known[a.id] = append(p.window, a), a
	if a.done {
		return
	}
	p.open++
	lane, working := p.lanes[a.person]
	p.lanes[a.person] = append(lane, a)
	if !working {
		p.workers.Go(func() { p.work(ctx, a.person) })
	}
}

// work handles what waits in a person's lane. When ctx ends the rest is left
// for the next start.
func (p *Poller) work(ctx context.Context, person int64) {
	for a := p.next(person); a != nil; a = p.next(person) {
		if !p.settle(ctx, a) {
			return
		}
		p.finish(a, time.Now())
	}
}

func (p *Poller) next(person int64) *arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	lane := p.lanes[person]
	if len(lane) == 0 {
		delete(p.lanes, person)
		return nil
	}
	p.lanes[person] = lane[1:]
	return lane[0]
}

// settle tries until the update is handled, or given up, or ctx ends: false.
func (p *Poller) settle(ctx context.Context, a *arrival) bool {
	for again := newBackoff(againFirst, againLast); ctx.Err() == nil; {
		if p.attempt(ctx, a) {
			return true
		}
		if p.sleep(ctx, again.next()) != nil {
			return false
		}
		if p.settled(a) {
			return true
		}
	}
	return false
}

func (p *Poller) settled(a *arrival) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.done
}

// attempt handles an update once, in its own time: it is not cut short because
// the process stops.
func (p *Poller) attempt(ctx context.Context, a *arrival) bool {
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-p.room }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handleTimeout)
	defer cancel()
	started := time.Now()
	err := p.guard.guarded(ctx, a.update)
	if err == nil {
		p.meter.Took("telegram_polled", "handled", time.Since(started))
		return true
	}
	p.meter.Took("telegram_polled", "retry", time.Since(started))
	p.meter.Count("telegram_poll", "retry")
	p.log.Warn("update is tried again", "err", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.failed = time.Now(); a.since.IsZero() {
		a.since = a.failed
	}
	return false
}

// finish marks an arrival as handled.
func (p *Poller) finish(a *arrival, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.done {
		return
	}
	a.done, p.lastOK = true, now
	p.close()
}

// close counts one arrival less. The lock is held.
func (p *Poller) close() {
	p.open--
	if p.open == 0 {
		select {
		case p.idle <- struct{}{}:
		default:
		}
	}
}

// unjam gives the first update up when it alone has silenced the bot for a
// while: Telegram gives out no more than it has, most of that was handled, and
// the first fails all the same. With Redis down little of it is handled, so
// nothing is given up.
func (p *Poller) unjam(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.window) == 0 || 2*p.open >= len(p.window) {
		return
	}
	a := p.window[0]
	alone := now.Sub(a.since) >= givenUpAfter && now.Sub(p.lastOK) >= givenUpAfter && a.failed.After(p.lastOK)
	if a.done || a.since.IsZero() || !alone {
		return
	}
	p.meter.Count("telegram_bad_update", "given up")
	p.log.Error("an update fails and fails and blocks all others, it is given up", "since", a.since.UTC())
	a.done = true
	p.close()
}

// backoff is a pause that doubles, spread so that many do not end together.
type backoff struct{ pause, first, last time.Duration }

func newBackoff(first, last time.Duration) *backoff { return &backoff{first, first, last} }

// next is the pause to make now: between half of it and all.
func (b *backoff) next() time.Duration {
	half := b.pause / 2
	b.pause = min(2*b.pause, b.last)
	return half + rand.N(half+1) //nolint:gosec // spreads retries; nobody gains by guessing it
}

func (b *backoff) reset() { b.pause = b.first }
