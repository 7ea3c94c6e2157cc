package telegram

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"giftbot/flows"
	"giftbot/order"
)

const (
	redrawAfter = 3 * time.Second
	redrawSweep = 10 * time.Second
	redrawBatch = 16
	redrawSoon  = time.Second
	redrawTries = 8 // after that the person has long pressed something else
)

// errNothing: what the screen is about could not be looked at.
var errNothing = errors.New("nothing to draw so far")

// StepDeferred draws screens whose answer could not be sent in time. worked
// is false when nobody waits, or everybody is busy; next is when to look again.
func (d *Dispatcher) StepDeferred(ctx context.Context) (worked bool, next order.Stamp, err error) {
	users, next, err := d.Deferred.Due(ctx, redrawBatch+d.gates.inside()) // who is busy hides nobody
	if err != nil {
		return false, 0, fmt.Errorf("deferred screens: %w", err)
	}
	for i, user := range users {
		leave, free := d.gates.try(user)
		if !free { // they press something: that draws a screen, and nobody else waits for it
			next = d.now().Add(redrawSoon)
			continue
		}
		worked = true
		if i < len(users)-1 {
			d.ringRedraw() // another worker begins with the rest
		}
		err = errors.Join(err, d.redrawScreen(ctx, user))
		leave()
	}
	return worked, next, err
}

func (d *Dispatcher) redrawScreen(ctx context.Context, user int64) error {
	r, err := d.Deferred.Take(ctx, user)
	switch order.CodeOf(err) {
	case order.CodeBusy, order.CodeMissing:
		return nil
	default:
	}
	if err != nil {
		return fmt.Errorf("take a deferred screen: %w", err)
	}
	err = d.drawAgain(ctx, user)
	switch FaultOf(err) {
	case FaultNone, FaultRefused, FaultEntities:
		return d.Deferred.Done(ctx, r)
	case FaultUnreachable:
		if err = d.unreachable(ctx, user); err != nil {
			return err
		}
		return d.Deferred.Done(ctx, r)
	default:
	}
	if r.Tries >= redrawTries {
		d.Meter.Count("telegram_deferred", "given up")
		return d.Deferred.Done(ctx, r)
	}
	wait := max(retryAfter(err), redrawAfter<<min(r.Tries, 6))
	return d.Deferred.Later(ctx, r, d.now().Add(wait))
}

// drawAgain shows a person's saved screen where it was shown, or anew. A panic
// is an error: the screen is tried and given up like any other.
func (d *Dispatcher) drawAgain(ctx context.Context, user int64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Meter.Count("telegram_panics", "redraw")
			err = fmt.Errorf("%w: panic of kind %T", errNothing, r)
			d.Log.Error("a screen cannot be drawn", "err", err)
		}
	}()
	e := event{person: flows.Person{ID: user}}
	known, cached := d.cache.get(user)
	d.cache.drop(user)
	h, _, err := d.session(ctx, e)
	if err != nil {
		return err
	}
	if cached && known.version == h.version { // it knows which message shows the screen by now
		h = known
		d.cache.put(user, h)
	}
	e.person.Language, e.pressed = h.session.Language, h.session.Message
	t := turn{d: d, event: e, answer: d.newAnswer(ctx, ""), done: map[flows.Intent]flows.Result{}, sure: true}
	out, err := t.again(ctx, h.session)
	if err != nil {
		return err
	}
	if len(out.Replies) == 0 {
		return errNothing
	}
	for _, reply := range out.Replies {
		m := d.gallery.message(ctx, h.session.Language, user, reply.View)
		m.Protect = reply.Protect || confidential(reply.View)
		if _, err := d.show(ctx, e.pressed, reply.Place, m); err != nil {
			return err
		}
		if err := d.retell(ctx, e, h, reply); err != nil {
			return err
		}
	}
	return nil
}

// RunDeferred draws deferred screens with a number of workers until ctx ends,
// and returns when all have stopped.
func (d *Dispatcher) RunDeferred(ctx context.Context, workers int) {
	if d.Deferred == nil {
		return
	}
	var all sync.WaitGroup
	workers = max(workers, 1)
	for n := range workers {
		all.Go(func() { d.redrawLoop(ctx, time.Duration(n)*redrawSweep, time.Duration(workers)*redrawSweep) })
	}
	all.Wait()
}

// redrawLoop is one worker. While nothing happens all together sweep once every
// redrawSweep: each after its own time, then once in a round.
func (d *Dispatcher) redrawLoop(ctx context.Context, first, round time.Duration) {
	d.pause(ctx, 0, first)
	for ctx.Err() == nil {
		worked, next, err := d.StepDeferred(ctx)
		if err != nil && ctx.Err() == nil {
			d.Meter.Count("telegram_deferred", "error")
			d.Log.Warn("deferred screens", "err", err)
		}
		if !worked || err != nil {
			d.pause(ctx, next, round)
		}
	}
}

// ringRedraw wakes a worker.
func (d *Dispatcher) ringRedraw() {
	select {
	case d.redraw <- struct{}{}:
	default:
	}
}

// pause waits for the next sweep, sooner when something is known to be due or
// this process deferred a screen.
func (d *Dispatcher) pause(ctx context.Context, next order.Stamp, wait time.Duration) {
	if next > 0 {
		wait = min(wait, max(next.Since(d.now()), 50*time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.redraw:
	case <-ctx.Done():
	}
}
