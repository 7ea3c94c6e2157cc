package order_test

import (
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// receive turns what a vendor says into an event.
func (h *hand) receive(i, n int, r slip) {
	m, now := h.m, h.m.now
	l := &h.o.Lines[i]
	found := attemptOf(l, n)
	if found == nil {
		return
	}
	a, t := *found, m.terms(i)
	age := now.Since(a.FirstSentAt)
	switch {
	case r.lost:
		ev := order.Lost{Line: i, Attempt: n, External: r.ext, Mismatch: r.mismatch, RetryAt: now.Add(max(h.lookAfter(a), order.RecallAgain)), At: now}
		if t.Recalls && a.Code != order.CodeConflict {
			ev.Recall, ev.RetryAt = true, 0
		}
		h.try(ev)
	case r.fail && r.total == 0:
		h.try(order.BuyFails{Line: i, Attempt: n, Code: order.CodeInvalid, Final: true, External: r.ext, Reason: order.ReasonRefused, At: now})
	case r.fail:
		h.try(order.BuyFails{Line: i, Attempt: n, Code: order.CodeUnclear, Final: true, External: r.ext, Reason: order.ReasonRefused, RetryAt: now.Add(pureRules.FindEvery), At: now})
	case r.pending || r.got == 0:
		h.try(order.Accepted{
			Line: i, Attempt: n, External: r.ext, Late: age >= max(t.Patience, order.AlarmAfter), Mismatch: r.mismatch,
			RetryAt: now.Add(max(order.PendingAfter(age), t.Look)), At: now,
		})
	default:
		got := min(r.got, l.Quantity)
		h.try(order.Bought{Line: i, Attempt: n, External: r.ext, Got: got, Total: r.total, Sealed: []byte{byte(r.first), byte(got)}, Mismatch: r.mismatch, At: now})
	}
}

func (h *hand) lookAfter(a order.Attempt) time.Duration {
	return min(max(h.m.now.Since(a.FirstSentAt)/4, pureRules.ResendFirst), pureRules.FindEvery)
}

func (h *hand) alarming(a order.Attempt) bool {
	return h.m.now.Since(a.FirstSentAt) >= order.AlarmAfter
}

// bounced turns a failed purchase into an event by its code.
func (h *hand) bounced(i, n int, t order.SupplierTerms, err error) error {
	code, now := order.CodeOf(err), h.m.now
	a := *attemptOf(&h.o.Lines[i], n)
	ev := order.BuyFails{Line: i, Attempt: n, Sends: a.Sends, Code: code, RetryAt: now.Add(order.ResendAfter(a.Sends, pureRules)), At: now}
	switch {
	case code == order.CodeConflict && a.Conflicts+1 >= t.ConflictMax, code != order.CodeConflict && code.Refusal() && a.Doubtful():
		return h.lookInto(ev)
	case code == order.CodeConflict:
	case code == order.CodeLimited || code == order.CodeNotSent:
		ev.Final = a.Outcome == order.OutcomeUnclear && h.alarming(a)
	default:
		ev.Final, ev.Reason = code.Refusal() || h.alarming(a), order.ReasonOf(code)
	}
	h.try(ev)
	return nil
}

// lookInto asks the supplier's books before a refusal is believed.
func (h *hand) lookInto(ev order.BuyFails) error {
	a := *attemptOf(&h.o.Lines[ev.Line], ev.Attempt)
	r, err := h.lookUp(ev.Line, a)
	switch {
	case h.dead:
		return errCrash
	case err == nil:
		h.receive(ev.Line, ev.Attempt, r)
		return nil
	case order.CodeOf(err) == order.CodeUnknown && ev.Code != order.CodeConflict && h.m.now.Since(a.Before) < order.LandsWithin:
		ev.Code, ev.RetryAt = order.CodeUnclear, h.m.now.Add(order.LandsWithin)
	case order.CodeOf(err) == order.CodeUnknown && ev.Code != order.CodeConflict:
		ev.Final, ev.Reason = true, order.ReasonOf(ev.Code)
	case order.CodeOf(err) == order.CodeUnknown && !a.Doubtful():
		ev.Code, ev.RetryAt = order.CodeUnknown, 0
	default:
		ev.Code, ev.Final, ev.Reason = order.CodeUnclear, h.alarming(a), order.ReasonUnclear
	}
	h.try(ev)
	return nil
}

// find looks for a purchase that may not be sent again, or is under way.
func (h *hand) find(i int) error {
	a, _ := h.o.Lines[i].Last()
	t := h.m.terms(i)
	r, err := h.lookUp(i, a)
	switch {
	case h.dead:
		return errCrash
	case err == nil:
		h.receive(i, a.N, r)
	default:
		h.notFound(i, a, t, err)
	}
	return h.settle(i, a.N, t)
}

func (h *hand) notFound(i int, a order.Attempt, t order.SupplierTerms, err error) {
	code, now := order.CodeOf(err), h.m.now
	wait := max(h.lookAfter(a), t.Look)
	if len(a.Letters) > 0 && code != order.CodeLimited {
		wait = h.lookAfter(a)
	}
	ev := order.BuyFails{Line: i, Attempt: a.N, Sends: a.Sends, Code: order.CodeUnclear, Final: h.alarming(a), Reason: order.ReasonUnclear, RetryAt: now.Add(wait), At: now}
	switch {
	case t.Once && (code == order.CodeUnknown || len(a.Letters) > 0 && code.Refusal()):
		ev.Code, ev.Final, ev.Reason = code, true, order.ReasonOf(code)
	case a.AcceptedAt > 0:
		h.try(order.Accepted{Line: i, Attempt: a.N, Late: now.Since(a.FirstSentAt) >= max(t.Patience, order.AlarmAfter), RetryAt: ev.RetryAt, At: now})
		return
	}
	h.try(ev)
}

func (h *hand) lookUp(i int, a order.Attempt) (slip, error) {
	card := h.o.Lines[i].Supplier == ordertest.CardName
	if card && len(a.Letters) > 0 {
		return h.opened(i, a)
	}
	p := portFind
	if a.External != "" {
		p = portStatus
	}
	m := h.m
	f, err := m.before(&h.life, p)
	if err != nil {
		return slip{}, err
	}
	var r slip
	switch {
	case card && a.External != "":
		r = slip{ext: a.External, lost: true}
	case card:
		r, err = m.findCards(i, a)
	case m.shop.away:
		err = refusals[order.CodeNotSent]
	case m.shop.unread > 0 && p == portFind:
		m.shop.unread--
		err = errUnclear
	case a.External != "":
		r, err = m.fetch(a.External)
	default:
		r, err = m.look(i, a)
	}
	if lost := m.after(&h.life, f); lost != nil {
		return slip{}, lost
	}
	return r, err
}

// opened reads every letter about a purchase; the one with the most pieces counts.
func (h *hand) opened(i int, a order.Attempt) (slip, error) {
	var best slip
	var found, strange bool
	var refused, unclear error
	for _, sealed := range a.Letters {
		r, err := h.m.opens(&h.life, i, a, int(sealed[0]))
		switch {
		case h.dead:
			return slip{}, errCrash
		case err == nil && !found:
			best, found = r, true
		case err == nil:
			strange = strange || r.got > 0 && r.first != best.first
			if r.got > best.got {
				best = r
			}
		case order.CodeOf(err).Refusal():
			refused = err
		default:
			unclear = err
		}
	}
	switch {
	case !found && unclear != nil:
		return slip{}, unclear
	case !found:
		return slip{}, refused
	case strange:
		best.mismatch = []string{"another_letter"}
	}
	if unclear != nil {
		best.mismatch = []string{"unread_letter"}
	}
	return best, nil
}

func (m *model) opens(l *life, i int, a order.Attempt, k int) (slip, error) {
	f, err := m.before(l, portReceive)
	if err != nil {
		return slip{}, err
	}
	r, err := m.receive(i, a, k)
	if lost := m.after(l, f); lost != nil {
		return slip{}, lost
	}
	return r, err
}

// letter takes a callback's content over into the order.
func (h *hand) letter(k int) error {
	m := h.m
	c := m.cards.asked[m.cards.letters[k].creation]
	l := &h.o.Lines[c.line]
	a := attemptOf(l, c.attempt)
	if a != nil {
		for _, sealed := range a.Letters {
			if int(sealed[0]) == k {
				return nil
			}
		}
	}
	ev := order.Arrived{Line: c.line, Attempt: c.attempt, Sealed: []byte{byte(k)}, At: m.now}
	last, tried := l.Last()
	settled := tried && (c.attempt < last.N || l.State == order.LineGot || l.State == order.LineFailed || a != nil && a.Resolved())
	if !settled {
		return h.apply(ev)
	}
	if a == nil {
		ev.Doubled = true
		return h.apply(ev)
	}
	r, err := m.opens(&h.life, c.line, *a, k)
	switch {
	case h.dead:
		return errCrash
	case err != nil && order.CodeOf(err).Refusal():
		return nil
	case err != nil && m.now.Since(a.FirstSentAt) < order.LetterPatience:
		h.stays(m.now.Add(max(h.lookAfter(*a), order.VendorWait)))
		return nil
	case err == nil && (len(r.mismatch) == 0 || a.Outcome == order.OutcomeBack) && (r.got == 0 || len(l.Goods) > 0 && int(l.Goods[0]) == r.first):
		return nil
	}
	ev.Doubled = true
	return h.apply(ev)
}

// recall takes goods back that nobody can use.
func (h *hand) recall(i int) error {
	m := h.m
	a, _ := h.o.Lines[i].Last()
	l := h.o.Lines[i]
	ev := order.Lost{Line: i, Attempt: a.N, External: a.External, RetryAt: m.now.Add(pureRules.FindEvery), At: m.now}
	f, err := m.before(&h.life, portRecall)
	var back order.Money
	if err == nil {
		back, err = m.recall(a.External)
		if f == doubled {
			back, err = m.recall(a.External)
		}
		if lost := m.after(&h.life, f); lost != nil {
			err = lost
		}
	}
	ev.At = m.now
	switch {
	case h.dead:
		return errCrash
	case err == nil:
		h.try(order.Recalled{Line: i, Attempt: a.N, Spent: l.UnitCost.Times(l.Quantity), Back: back, At: m.now})
	case order.CodeOf(err) == order.CodeConflict:
		ev.Used = true
		h.try(ev)
	default:
		ev.Recall, ev.Late = true, m.now.Since(a.LostAt) >= order.RecallPatience
		ev.RetryAt = m.now.Add(min(max(order.RecallAgain, m.now.Since(a.LostAt)/4), pureRules.FindEvery))
		h.try(ev)
	}
	return h.settle(i, a.N, m.terms(i))
}
