package sim

import (
	"context"
	"errors"
	"time"
)

// choice is one thing that could happen next.
type choice struct {
	weight int
	act    func()
}

// run lets the story happen, until a day after the last deed.
func (w *world) run() error {
	most := stepsMax
	if w.diet.wants != nil {
		most = stepsFed
	}
	for w.tally.steps = range most {
		if err := w.revive(); err != nil {
			return err
		}
		calls := w.ready()
		if p := buried(calls); p != nil {
			w.release(p)
			continue
		}
		if e, ok := w.due(); ok {
			e.run()
			w.rest()
			continue
		}
		if pick := w.pick(w.choices(calls)); pick != nil {
			pick()
			continue
		}
		if w.over() {
			if !w.closing.IsZero() {
				return w.close()
			}
			w.leaf()
		}
		w.passTime()
	}
	_ = w.close()
	return errors.New("the story does not come to an end")
}

func (w *world) pick(from []choice) func() {
	total := 0
	for _, c := range from {
		total += c.weight
	}
	if total == 0 {
		return nil
	}
	n := w.rng.IntN(total)
	for _, c := range from {
		if n -= c.weight; n < 0 {
			return c.act
		}
	}
	return nil
}

// choices lists everything that could happen at this moment, sorted.
func (w *world) choices(calls []*parked) []choice {
	var out []choice
	for _, p := range calls {
		out = append(out, choice{4, func() { w.release(p) }})
	}
	live := w.up()
	if len(live) == 0 {
		return out
	}
	now := time.Now()
	if at, ok := w.chat.NextDue(); ok && !at.After(now) && w.writing < 4 {
		out = append(out, choice{2, w.update})
	}
	if at, ok := w.box.NextDue(); ok && !at.After(now) && !w.ticking {
		out = append(out, choice{2, w.tick})
	}
	for _, r := range live {
		out = append(out, w.ofReplica(r)...)
	}
	return out
}

func (w *world) ofReplica(r *replica) []choice {
	var out []choice
	i := r.inc
	if i.readAt.IsZero() || w.selling() && time.Since(i.readAt) > catalogueEvery {
		if !i.reading {
			out = append(out, choice{3, func() { w.readCatalogue(r, i) }})
		}
	}
	if !r.engineQuiet && i.engines < engineMax {
		out = append(out, choice{2, func() { w.stepEngine(r, i) }})
	}
	if !r.drainQuiet && i.drains < drainMax {
		out = append(out, choice{2, func() { w.stepDrain(r, i) }})
	}
	if !r.screensQuiet && !i.deferring {
		if _, _, screens := w.dueNow(); screens {
			out = append(out, choice{1, func() { w.stepDeferred(r, i) }})
		}
	}
	if r.disk.spooled && !i.carrying && !i.carryAt.After(time.Now()) {
		out = append(out, choice{1, func() { w.stepCourier(r, i) }})
	}
	return out
}

func (w *world) stepEngine(r *replica, i *incarnation) {
	i.engines++
	w.start(context.Background(), func(ctx context.Context) func() {
		worked, err := i.engine.Step(ctx)
		return func() {
			i.engines--
			r.engineQuiet = !worked || err != nil
			w.stepped(r, i, "order", err)
		}
	})
}

func (w *world) stepDrain(r *replica, i *incarnation) {
	i.drains++
	w.start(context.Background(), func(ctx context.Context) func() {
		worked, err := i.drain.Step(ctx)
		return func() {
			i.drains--
			r.drainQuiet = !worked || err != nil
			w.stepped(r, i, "outbox", err)
		}
	})
}

func (w *world) stepDeferred(r *replica, i *incarnation) {
	i.deferring = true
	w.start(context.Background(), func(ctx context.Context) func() {
		worked, _, err := i.dispatch.StepDeferred(ctx)
		return func() {
			i.deferring = false
			r.screensQuiet = !worked || err != nil
			w.stepped(r, i, "screens", err)
		}
	})
}

// stepped notes the end of one unit of work. What found nothing to do is
// quiet until something happens.
func (w *world) stepped(r *replica, i *incarnation, what string, err error) {
	if err != nil {
		w.outages++
		i.says("%s step: %v", what, err)
	}
	if r.inc == i && i.drain.Idle() == 0 { // it was told what to tell
		r.drainQuiet = false
	}
}

// rouse has replicas look for what is due in Redis: one at least, so that it
// is found, and not always all.
func (w *world) rouse() {
	engines, outbox, screens := w.dueNow()
	if !engines && !outbox && !screens {
		return
	}
	first := w.rng.IntN(len(w.replicas))
	for n, r := range w.replicas {
		if n != first && r.inc != nil && w.replicas[first].inc != nil && w.rng.IntN(3) > 0 {
			continue
		}
		r.engineQuiet = r.engineQuiet && !engines
		r.drainQuiet = r.drainQuiet && !outbox
		r.screensQuiet = r.screensQuiet && !screens
	}
}

func (w *world) readCatalogue(r *replica, i *incarnation) {
	i.reading, i.readAt = true, time.Now()
	w.start(context.Background(), func(ctx context.Context) func() {
		err := i.catalog.Refresh(ctx)
		return func() {
			i.reading = false
			if err != nil {
				i.says("catalogue: %v", err)
			}
		}
	})
}

// update lets Telegram deliver one update.
func (w *world) update() {
	w.writing++
	e := w.newErrand("hook telegram")
	w.start(context.WithValue(context.Background(), errandKey{}, e), func(ctx context.Context) func() {
		w.chat.Step(ctx)
		return func() { w.writing--; w.visited(e) }
	})
}

// visited wakes the replicas that an errand came to.
func (w *world) visited(e *errand) {
	for _, r := range w.replicas {
		if r.inc != nil && (r.inc == e.to || r.inc == e.again && e.fate == fateTwice) {
			r.engineQuiet = false
			w.stepped(r, r.inc, "", nil)
		}
	}
}

// tick lets the vendors send what is due.
func (w *world) tick() {
	w.ticking = true
	e := w.newErrand("hook vendors")
	w.start(context.WithValue(context.Background(), errandKey{}, e), func(ctx context.Context) func() {
		w.box.Tick(ctx)
		return func() { w.ticking = false; w.visited(e) }
	})
}

// passTime sleeps until the next thing can happen.
func (w *world) passTime() {
	now := time.Now()
	until := now.Add(time.Hour)
	sooner := func(at time.Time) {
		if !at.IsZero() && at.Before(until) {
			until = at
		}
	}
	sooner(w.vendorsDue())
	engines, outbox, screens := w.dueNow()
	if screens {
		sooner(now.Add(time.Second))
	}
	for _, r := range w.replicas {
		if r.inc == nil {
			sooner(r.backAt)
			continue
		}
		// What is due waits for the next sweep of somebody who has nothing else to do.
		if engines {
			sooner(now.Add(r.inc.engine.Idle()))
		}
		if outbox {
			sooner(now.Add(r.inc.drain.Idle()))
		}
		if r.disk.spooled && !r.inc.carrying {
			sooner(r.inc.carryAt)
		}
	}
	if len(w.halted()) > 0 {
		sooner(now.Add(wakesUp))
	}
	if work := w.waitingWork(); work.After(now) {
		sooner(work.Add(w.lull()))
	}
	if !until.After(now) { // somebody waits for a replica that is busy or down
		until = now.Add(50 * time.Millisecond)
	}
	w.sleep(until)
	w.peekPermits()
	w.hush()
	w.rouse()
}

// lull is how long what becomes due may lie there. Once nobody has done anything
// for a while, the replicas look up only every few minutes: what is due then is
// found together.
func (w *world) lull() time.Duration {
	if time.Since(w.lastDeed) < lullAfter {
		return 0
	}
	return lullLasts
}

const (
	lullAfter = 90 * time.Minute
	lullLasts = 6 * time.Minute
)

// peekPermits notes that the replicas sweep for leftover permits now.
func (w *world) peekPermits() {
	if at := w.permitSweep(); !at.IsZero() && !at.After(time.Now()) {
		w.peeked = time.Now()
		for _, r := range w.replicas {
			r.engineQuiet = false
		}
	}
}

// selling reports whether anybody still wants to buy.
func (w *world) selling() bool {
	for _, b := range w.buyers {
		if b.left > 0 {
			return true
		}
	}
	return false
}

// over reports whether long enough has passed since anybody did anything.
func (w *world) over() bool {
	if len(w.events) > w.chores || w.busy() {
		return false
	}
	if !w.closing.IsZero() {
		return time.Since(w.closing) > leafTime
	}
	return time.Since(w.lastDeed) > w.settle+settleMore
}

const leafTime = 20 * time.Minute

// leaf has everybody look at every page of what they have, once all is quiet.
func (w *world) leaf() {
	w.closing, w.calm = time.Now(), true
	for _, b := range w.buyers {
		for _, v := range b.visits {
			b.leaf(v, pageOpen, 0)
		}
	}
}

// close ends every process and what runs of them.
func (w *world) close() error {
	for _, r := range w.replicas {
		if r.inc != nil {
			r.inc.dead.Store(true)
		}
	}
	for range 1000 {
		if p := buried(w.ready()); p != nil {
			w.release(p)
			continue
		}
		if !w.busy() {
			return nil
		}
		w.sleep(time.Now().Add(time.Minute))
	}
	return errors.New("something never ends")
}
