package order

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// job is one claimed order on its way: the state as of the last commit plus
// the events since, so that they can be applied again to a newer state.
type job struct {
	e       *Engine
	order   Order
	pending []Event
	effects []Effect
	hints   bool // the claim brought hints, the next commit clears them
	turn    turn
	copied  bool  // the next commit must reach a replica, where there is one
	spends  bool  // something leaves after the next commit
	parked  bool  // the last commit ended the lease
	later   Stamp // hints that could not be followed are looked at again then
}

func (e *Engine) job(claim Claim) *job {
	return &job{e: e, order: claim.Order, turn: newTurn(), hints: len(claim.Hints) > 0}
}

// effectsMax is how much one claim does. An order that still needs something is
// one that nothing helps on: its lease runs out instead of a processor.
const effectsMax = 200

// work moves a claimed order as far as it goes now, then stores when it next
// needs somebody.
func (e *Engine) work(ctx context.Context, claim Claim) error {
	j := e.job(claim)
	if err := j.learn(ctx, claim.Hints); err != nil {
		return err
	}
	for done := 0; ctx.Err() == nil && !j.parked; done++ {
		effect, _ := next(j.order, e.now(), j.turn, e.policy.Rules)
		if effect.Kind == EffectNone {
			break
		}
		if done >= effectsMax {
			return &Error{Code: CodeInvalid, Op: "no end of " + string(effect.Kind) + " for " + string(j.order.Number)}
		}
		if err := j.perform(ctx, effect); err != nil {
			return fmt.Errorf("%s of %s: %w", effect.Kind, j.order.Number, err)
		}
	}
	return j.park(ctx)
}

// learn takes what webhooks said: the id of a payment whose answer was lost,
// and a reason to read one that seemed final. Open payments are read anyway.
func (j *job) learn(ctx context.Context, hints []Hint) error {
	if len(hints) > 0 {
		j.order = j.order.lookNow()
	}
	for _, h := range hints {
		var err error
		switch i := j.spokenOf(h); {
		case h.Letter != nil:
			err = j.letter(ctx, *h.Letter)
		case i < 0 || j.order.Payments[i].gap():
			j.discover(ctx, h)
		case !j.turn.read[i] || h.External != "" && h.External != j.order.Payments[i].External: // of another link no read says anything
			err = j.hear(ctx, i, h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hear follows a hint about a payment of the order.
func (j *job) hear(ctx context.Context, i int, h Hint) error {
	p := j.order.Payments[i]
	h = j.valued(i, h)
	switch {
	case h.Gateway != "" && h.Gateway != p.Gateway: // its number was given away since
		j.discover(ctx, h)
	case !p.link(): // no gateway has it
	case h.Asked != p.Asked && h.External != p.External && (h.Asked != 0 || j.stranger(i, h)): // likewise, to a link of another sum
		j.discover(ctx, h)
	case j.twin(i, h):
	case p.External == "" && h.External != "":
		return j.adopt(ctx, i, h.External)
	case h.External != "" && h.External != p.External:
		j.discover(ctx, h)
	case p.State == PaymentClosed && p.External != "":
		if err := j.read(ctx, i); err != nil {
			return fmt.Errorf("read again: %w", err)
		}
		if !j.turn.read[i] { // a hint that could not be followed stays, and nothing else is due
			j.stays(min(j.turn.payments[i], j.e.now().Add(j.e.policy.Rules.PollSlow)))
		}
	}
	return nil
}

// stays keeps the claim's hints for another look at a moment.
func (j *job) stays(until Stamp) {
	j.hints = false
	j.later = sooner(j.later, until)
}

// apply adds an event to the job. It is stored by the next commit.
func (j *job) apply(ev Event) error {
	o, effects, err := Apply(j.order, ev)
	if err != nil {
		return err
	}
	j.order = o
	j.pending = append(j.pending, ev)
	j.effects = append(j.effects, effects...)
	return nil
}

// try applies news that may have become pointless meanwhile.
func (j *job) try(ev Event) {
	if err := j.apply(ev); err != nil {
		j.e.Meter.Count("order_events_refused", string(ev.Kind()))
	}
}

func (j *job) perform(ctx context.Context, effect Effect) error {
	switch effect.Kind {
	case EffectOpen:
		return j.open(ctx, effect.Index)
	case EffectLink:
		return j.link(ctx, effect.Index)
	case EffectReopen:
		return j.reopen(ctx, effect.Index)
	case EffectRead:
		return j.read(ctx, effect.Index)
	case EffectExpire:
		return j.apply(Expire{At: j.e.now()})
	case EffectClose:
		return j.apply(Unwatch{Payment: effect.Index, At: j.e.now()})
	case EffectBuy, EffectResend:
		return j.buy(ctx, effect)
	case EffectFind:
		return j.find(ctx, effect.Index)
	case EffectRecall:
		return j.recall(ctx, effect.Index)
	default:
		return j.performMoney(ctx, effect)
	}
}

func (j *job) performMoney(ctx context.Context, effect Effect) error {
	switch effect.Kind {
	case EffectCredit:
		return j.takeCredit(ctx)
	case EffectPayOut:
		return j.payOut(ctx, effect.Index)
	case EffectFollow:
		return j.follow(ctx, effect.Index)
	case EffectDrop:
		return j.apply(DropPayOut{Payout: effect.Index, Why: "no address", At: j.e.now()})
	default:
		return &Error{Code: CodeInvalid, Op: "effect " + string(effect.Kind)}
	}
}

// commit stores everything since the last commit. When somebody else moved
// the order, the events are applied again to what it has become.
func (j *job) commit(ctx context.Context, keep bool) error {
	for range 5 {
		t := j.transition(keep)
		t.Copied, t.Spends = j.copied, j.spends
		stored, err := j.e.save(ctx, t)
		if err == nil {
			j.order, j.pending, j.effects, j.hints = stored, nil, nil, false
			return nil
		}
		if code := CodeOf(err); code == CodeNotCopied || code == CodeLoss {
			j.order, j.pending, j.effects, j.hints = stored, nil, nil, false
			return err
		}
		if CodeOf(err) != CodeStale {
			return err
		}
		if err := j.rebase(ctx); err != nil {
			return err
		}
	}
	return &Error{Code: CodeStale, Op: "commit " + string(j.order.Number)}
}

// commitAll commits, and gives the order back with the same script when there
// is nothing more to do now.
func (j *job) commitAll(ctx context.Context) error {
	effect, _ := next(j.order, j.e.now(), j.turn, j.e.policy.Rules)
	keep := effect.Kind != EffectNone
	if !keep {
		j.e.queue.dueAt(j.due())
	}
	if err := j.commit(ctx, keep); err != nil {
		return err
	}
	j.parked = !keep
	return nil
}

func (j *job) rebase(ctx context.Context) error {
	fresh, err := j.e.again(ctx, func(ctx context.Context) (Order, error) { return j.e.Store.Load(ctx, j.order.Number) })
	if err != nil {
		return fmt.Errorf("load again: %w", err)
	}
	j.e.Meter.Count("order_stale", "")
	events := j.pending
	j.order, j.pending, j.effects = fresh, nil, nil
	for _, ev := range events {
		err := j.apply(ev)
		if err != nil && CodeOf(err) != CodeEvent {
			return err
		}
		if _, letter := ev.(Arrived); err != nil && letter {
			j.stays(j.e.now()) // its line was settled meanwhile
		}
	}
	return nil
}

func (j *job) transition(keep bool) Transition {
	t := Transition{
		Order: j.order, Keep: keep, ClearHint: j.hints,
		Reserve: j.order.Reserve(), Open: j.order.Unpaid(),
	}
	if keep {
		// While the lease is kept, a crash must not wait for the old due time.
		t.Due = j.e.now()
	} else {
		t.Due = j.due()
	}
	t.Announce, t.Postings = j.e.told(j.order, j.effects)
	return t
}

// due is when the order next needs work, 0 for never.
func (j *job) due() Stamp {
	now := j.e.now()
	effect, at := next(j.order, now, j.turn, j.e.policy.Rules)
	if effect.Kind != EffectNone {
		return now
	}
	return sooner(at, j.later)
}

// park ends this turn of work on the order; its due time brings it back.
func (j *job) park(ctx context.Context) error {
	if j.parked {
		return nil
	}
	due := j.due()
	j.e.queue.dueAt(due)
	if len(j.pending) > 0 || j.hints {
		return j.commit(ctx, false)
	}
	err := j.e.Store.Park(ctx, j.order.Number, j.order.Version, due)
	if err != nil && CodeOf(err) == CodeStale {
		// Whoever moved it stored when it is due, or its lease runs out and it
		// is looked at again: what this worker knows decides nothing any more.
		j.e.Meter.Count("order_stale", "park")
		j.e.Log.DebugContext(ctx, "order moved on before it was parked", "order", j.order.Number)
		return nil
	}
	if err != nil {
		return fmt.Errorf("park: %w", err)
	}
	return nil
}

// save commits one transition under one operation id. A lost answer is asked
// for again with the same id: the script then changes nothing more.
func (e *Engine) save(ctx context.Context, t Transition) (Order, error) {
	op, err := e.newOp()
	if err != nil {
		return Order{}, err
	}
	t.Op = op
	stored, err := e.again(ctx, func(ctx context.Context) (Order, error) { return e.Store.Commit(ctx, t) })
	if err != nil {
		return stored, err
	}
	// While the worker goes on, what there is to tell may be outdated in a
	// moment: it is left to the sweep, or to the commit that ends the work.
	if len(t.Announce) > 0 && !t.Keep && e.Told != nil {
		e.Told(t.Order.Number, t.Announce)
	}
	return stored, nil
}

const saveTries = 3

// again repeats an idempotent store call whose answer was lost. The context is
// not the caller's: what happened outside must be written even while the
// process shuts down.
func (e *Engine) again(ctx context.Context, call func(context.Context) (Order, error)) (Order, error) {
	var errs error
	for range saveTries {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		o, err := call(own)
		cancel()
		if code := CodeOf(err); err == nil || code != CodeUnclear && code != CodeNotSent {
			return o, err
		}
		errs = errors.Join(errs, err)
	}
	return Order{}, errs
}

// told turns effects into announcements and postings.
func (e *Engine) told(o Order, effects []Effect) ([]Announcement, []Posting) {
	var announce []Announcement
	var postings []Posting
	for _, effect := range effects {
		switch effect.Kind {
		case EffectNotify, EffectPing:
			if o.Found {
				continue // nobody is there to be told
			}
		default:
		}
		switch effect.Kind {
		case EffectNotify:
			announce = append(announce, Announcement{Kind: AnnounceStatus, To: o.Buyer})
		case EffectPing:
			announce = append(announce, Announcement{Kind: AnnouncePing, To: o.Buyer})
		case EffectAlert:
			e.Meter.Count("orders_held", string(o.Reason))
			for _, admin := range e.policy.Admins {
				announce = append(announce, Announcement{Kind: AnnounceAlert, To: admin})
			}
		case EffectPost:
			postings = append(postings, effect.Posting)
		default:
		}
	}
	return unique(announce), postings
}

func unique(list []Announcement) []Announcement {
	seen := make(map[Announcement]bool, len(list))
	out := list[:0]
	for _, a := range list {
		if !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}
