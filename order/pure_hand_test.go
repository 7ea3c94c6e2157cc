package order_test

import (
	"slices"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// hand is one worker over one claim. It does what the engine's job does, with
// its rules and waits (buy.go, find.go, pay.go, send.go, letter.go, recall.go).
type hand struct {
	life
	m       *model
	o       order.Order
	pending []order.Event
	effects []order.Effect
	turn    order.Turn
	boots   bool // has not worked its journal off
	hints   bool
	seen    int // how many
	copied  bool
	parked  bool
	later   order.Stamp
}

var pureRules = order.DefaultRules()

func (h *hand) rules() order.Rules {
	if h.m.bug == bugKeyForEver {
		r := pureRules
		r.Replay *= 1000
		return r
	}
	return pureRules
}

// claim leases the order.
func (h *hand) claim() error {
	m := h.m
	if err := h.boot(); err != nil {
		return err
	}
	f, err := m.before(&h.life, portClaim)
	if err != nil {
		return err
	}
	s := &m.store
	if s.lease > m.now {
		return errBusy
	}
	s.lease = m.now.Add(leaseFor)
	if s.taken == 0 {
		s.taken = s.hinted
	}
	if err = m.after(&h.life, f); err != nil {
		return err
	}
	h.o, h.pending, h.effects = s.o, h.pending[:0], h.effects[:0]
	h.turn = h.turn.Begin()
	h.hints, h.seen, h.copied, h.parked, h.later = s.hinted > 0, s.hinted, false, false, 0
	return nil
}

// boot starts a process again that has died: nothing is done before the journal
// is worked off.
func (h *hand) boot() error {
	h.boots, h.dead = h.boots || h.dead, false
	if !h.boots {
		return nil
	}
	err := h.restart()
	h.boots = err != nil
	return err
}

// restart works the journal off, as a process does before its first step.
func (h *hand) restart() error {
	for _, s := range h.m.journal {
		for range 4 {
			o, err := h.m.load(&h.life)
			if err != nil {
				return err
			}
			if !order.Forgot(o, s) {
				break
			}
			err = h.m.aside(&h.life, o, s, false)
			if err == nil {
				break
			}
			if order.CodeOf(err) != order.CodeStale {
				return err
			}
		}
	}
	return nil
}

func (m *model) load(l *life) (order.Order, error) {
	f, err := m.before(l, portLoad)
	if err != nil {
		return order.Order{}, err
	}
	o := m.store.o
	return o, m.after(l, f)
}

// aside applies one event and stores it without a claim.
func (m *model) aside(l *life, o order.Order, ev order.Event, person bool) error {
	next, effects, err := m.happens(o, ev)
	if err != nil {
		return err
	}
	_, err = m.save(l, &transition{o: next, effects: effects, aside: true, person: person})
	return err
}

// happens applies an event and counts the edge.
func (m *model) happens(o order.Order, ev order.Event) (order.Order, []order.Effect, error) {
	next, effects, err := order.Apply(o, ev)
	if err != nil {
		return o, nil, err
	}
	m.tally.edges[statusIndex(o.Status)][kindIndex(ev.Kind())][statusIndex(next.Status)]++
	if m.tells && (len(effects) > 0 || !same(o, next)) {
		m.say("%s %+v: %s → %s, held %q", ev.Kind(), ev, o.Status, next.Status, next.Reason)
	}
	return next, effects, nil
}

// work is one turn of a worker.
func (h *hand) work() error {
	if err := h.claim(); err != nil {
		return err
	}
	h.assume()
	if err := h.learn(); err != nil {
		return err
	}
	for done := 0; !h.parked; done++ {
		effect, _ := h.turn.Next(h.o, h.m.now, h.rules())
		if effect.Kind == order.EffectNone {
			break
		}
		if done >= 200 {
			h.m.fault("no end of " + string(effect.Kind))
			return errUnclear
		}
		if err := h.perform(effect); err != nil {
			return err
		}
	}
	return h.park()
}

func (h *hand) perform(effect order.Effect) error {
	i := effect.Index
	switch effect.Kind {
	case order.EffectOpen:
		return h.open(i)
	case order.EffectLink:
		return h.link(i)
	case order.EffectReopen:
		p, left := h.o.Payments[i], h.o.ExpiresAt.Since(h.m.now)
		return h.apply(order.Planned{N: len(h.o.Payments) + 1, Gateway: p.Gateway, Asked: p.Asked, Lifetime: max(left, time.Minute), At: h.m.now})
	case order.EffectRead:
		return h.read(i)
	case order.EffectExpire:
		return h.apply(order.Expire{At: h.m.now})
	case order.EffectClose:
		return h.apply(order.Unwatch{Payment: i, At: h.m.now})
	case order.EffectBuy, order.EffectResend:
		return h.buy(effect)
	case order.EffectFind:
		return h.find(i)
	case order.EffectRecall:
		return h.recall(i)
	case order.EffectCredit:
		return h.takeCredit()
	case order.EffectPayOut:
		return h.payOut(i)
	case order.EffectFollow:
		return h.follow(i)
	default:
		return h.apply(order.DropPayOut{Payout: i, Why: "no address", At: h.m.now})
	}
}

// apply adds an event, which is stored by the next commit.
func (h *hand) apply(ev order.Event) error {
	o, effects, err := h.m.happens(h.o, ev)
	if err != nil {
		return err
	}
	h.o = o
	h.pending = append(h.pending, ev)
	h.effects = append(h.effects, effects...)
	return nil
}

// try applies news that may have become pointless meanwhile.
func (h *hand) try(ev order.Event) { _ = h.apply(ev) }

// news adds an event unless it brings nothing new.
func (h *hand) news(ev order.Event) error {
	before, effects := h.o, len(h.effects)
	if err := h.apply(ev); err != nil {
		return err
	}
	if len(h.effects) == effects && same(before, h.o) {
		h.pending = h.pending[:len(h.pending)-1]
	}
	return nil
}

// same reports whether an event without effects changed nothing.
func same(a, b order.Order) bool {
	if a.Status != b.Status || len(a.Timeline) != len(b.Timeline) || a.ExpiresAt != b.ExpiresAt || !slices.Equal(a.Flags, b.Flags) ||
		!slices.Equal(a.Doubts, b.Doubts) || !slices.Equal(a.Payments, b.Payments) || a.Returned != b.Returned {
		return false
	}
	for i := range a.Lines {
		x, y := &a.Lines[i], &b.Lines[i]
		if x.State != y.State || x.Credited != y.Credited || len(x.Attempts) != len(y.Attempts) {
			return false
		}
		for k := range x.Attempts {
			if x.Attempts[k].RetryAt != y.Attempts[k].RetryAt || x.Attempts[k].Outcome != y.Attempts[k].Outcome || x.Attempts[k].Code != y.Attempts[k].Code {
				return false
			}
		}
	}
	return true
}

// commit stores what was applied; what somebody else moved is applied again to
// what it has become.
func (h *hand) commit(keep bool) error {
	for range 5 {
		t := transition{o: h.o, effects: h.effects, keep: keep, clear: h.hints, copied: h.copied, due: h.m.now, seen: h.seen}
		if !keep {
			t.due = h.due()
		}
		stored, err := h.m.save(&h.life, &t)
		code := order.CodeOf(err)
		if err == nil || code == order.CodeNotCopied {
			if h.hints {
				h.seen = 0
			}
			h.o, h.pending, h.effects, h.hints = h.m.store.o, h.pending[:0], h.effects[:0], false
			if err == nil {
				h.o = stored
			}
			return err
		}
		if code != order.CodeStale {
			return err
		}
		if err := h.rebase(); err != nil {
			return err
		}
	}
	return errStale
}

func (h *hand) rebase() error {
	var fresh order.Order
	var err error
	for range 3 {
		if fresh, err = h.m.load(&h.life); err == nil || h.dead {
			break
		}
	}
	if err != nil {
		return err
	}
	events := slices.Clone(h.pending)
	h.o, h.pending, h.effects = fresh, h.pending[:0], h.effects[:0]
	for _, ev := range events {
		err := h.apply(ev)
		if err != nil && order.CodeOf(err) != order.CodeEvent {
			return err
		}
		if _, letter := ev.(order.Arrived); err != nil && letter {
			h.stays(h.m.now)
		}
	}
	return nil
}

func (h *hand) stays(until order.Stamp) {
	h.hints = false
	h.later = order.Sooner(h.later, until)
}

// commitAll commits, and gives the order back when nothing more is due.
func (h *hand) commitAll() error {
	effect, _ := h.turn.Next(h.o, h.m.now, h.rules())
	keep := effect.Kind != order.EffectNone
	if err := h.commit(keep); err != nil {
		return err
	}
	h.parked = !keep
	return nil
}

func (h *hand) due() order.Stamp {
	effect, at := h.turn.Next(h.o, h.m.now, h.rules())
	if effect.Kind != order.EffectNone {
		return h.m.now
	}
	return order.Sooner(at, h.later)
}

// park ends this turn.
func (h *hand) park() error {
	m := h.m
	if h.parked {
		return nil
	}
	if len(h.pending) > 0 || h.hints {
		return h.commit(false)
	}
	due := h.due()
	f, err := m.before(&h.life, portPark)
	if err != nil {
		return err
	}
	s := &m.store
	if s.o.Version == h.o.Version {
		s.due, s.lease = m.lazily(due), 0
		if s.hinted > h.seen {
			s.due = m.now
		}
		s.taken = 0
	}
	return m.after(&h.life, f)
}

// lazily has a worker come later and later while nothing happens: it may be
// that late, and a day of polling judges no more than a few looks.
func (m *model) lazily(due order.Stamp) order.Stamp {
	if due <= m.now {
		return due
	}
	most := 2
	if m.quiet {
		most = 8
	}
	m.idle = min(m.idle+1, most)
	return due + min((due-m.now)<<m.idle/2, order.Stamp((20*time.Hour).Milliseconds()))
}

// assume is where a planted bug takes an attempt without an outcome for one that
// failed.
func (h *hand) assume() {
	if h.m.bug != bugCrashFailed {
		return
	}
	for i, l := range h.o.Lines {
		if a, ok := l.Last(); ok && l.State == order.LineBuying && a.Outcome == "" && a.AcceptedAt == 0 {
			h.try(order.BuyFails{Line: i, Attempt: a.N, Code: order.CodeInvalid, At: h.m.now})
		}
	}
}

// learn takes what webhooks and callbacks said.
func (h *hand) learn() error {
	s := &h.m.store
	n := s.hinted
	if n == 0 {
		return nil
	}
	if h.m.tells {
		h.m.say("  hints %+v", s.hints[:n])
	}
	h.o = order.LookNow(h.o)
	hints := s.hints
	for k := range n {
		var err error
		if hint := hints[k]; hint.letter > 0 {
			err = h.letter(hint.letter - 1)
		} else if hint.payment > 0 {
			err = h.spoken(hint)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spoken follows a hint about a payment.
func (h *hand) spoken(hint webhook) error {
	i := hint.payment - 1
	if i >= len(h.o.Payments) {
		return nil
	}
	gateway := h.o.Payments[i].Gateway
	for k, p := range h.o.Payments {
		if hint.ext != "" && p.External == hint.ext && p.Gateway == gateway {
			i = k
			break
		}
	}
	p := h.o.Payments[i]
	switch {
	case h.turn.HasRead(i) || !p.IsLink():
	case h.m.bug == bugTrustWebhook && p.External != "":
		fact := order.Fact{External: p.External, Asked: p.Asked, Currency: order.Currency, Status: order.FactPaid, Confirmed: p.Asked.Decimal()}
		return h.apply(order.Read{Payment: i, Fact: fact, At: h.m.now})
	case p.Gateway == ordertest.TwinsName && hint.ext != "" && p.External != hint.ext:
		if hint.signed {
			h.wasAsked(i)
			h.try(order.Twin{Payment: i, External: hint.ext, At: h.m.now})
		}
	case p.External == "" && hint.ext != "":
		return h.adopt(i, hint.ext)
	case p.State == order.PaymentClosed && p.External != "":
		if err := h.read(i); err != nil {
			return err
		}
		if !h.turn.HasRead(i) {
			h.stays(min(h.turn.Waits(i), h.m.now.Add(pureRules.PollSlow)))
		}
	}
	return nil
}
