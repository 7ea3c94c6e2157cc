package order_test

import (
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// open asks for a checkout link: stored first, sent again with the same id.
func (h *hand) open(i int) error {
	m := h.m
	if err := h.apply(order.Opening{Payment: i, Key: linkNames[i], At: m.now}); err != nil {
		return err
	}
	if err := h.commit(true); err != nil {
		return err
	}
	if i >= len(h.o.Payments) || h.o.Payments[i].State != order.PaymentSent {
		return nil
	}
	link, err := h.asked(i)
	if h.dead {
		return errCrash
	}
	if err != nil {
		code := order.CodeOf(err)
		wait := order.ResendAfter(h.o.Payments[i].Sends, order.Rules{ResendFirst: order.OpenFirst, ResendSlow: order.VendorWait})
		if code == order.CodeExists {
			wait = order.LostGrace
		}
		h.try(order.OpenFails{Payment: i, Code: code, RetryAt: m.now.Add(wait), At: m.now})
		return nil
	}
	h.try(order.Opened{Payment: i, Link: link, Twins: h.o.Payments[i].Gateway == ordertest.TwinsName, At: m.now})
	return nil
}

func (h *hand) asked(i int) (order.Link, error) {
	m, p := h.m, h.o.Payments[i]
	f, err := m.before(&h.life, portOpen)
	if err != nil {
		return order.Link{}, err
	}
	if m.gate.away {
		return order.Link{}, errUnclear
	}
	if m.linkCode != "" {
		return order.Link{}, refusals[m.linkCode]
	}
	link, err := m.gate.open(p, m.now)
	if f == doubled && err == nil {
		link, err = m.gate.open(p, m.now)
	}
	if lost := m.after(&h.life, f); lost != nil {
		return order.Link{}, lost
	}
	return link, err
}

// link fetches the address of a payment whose id alone is known.
func (h *hand) link(i int) error {
	m, p := h.m, h.o.Payments[i]
	f, err := m.before(&h.life, portLink)
	var link order.Link
	if err == nil {
		l := m.gate.find(p.External)
		switch {
		case m.gate.away:
			err = errUnclear
		case l == nil || l.twins:
			err = refusals[order.CodeUnknown]
		default:
			link = l.address()
		}
		if lost := m.after(&h.life, f); lost != nil {
			err = lost
		}
	}
	if h.dead {
		return errCrash
	}
	if err != nil {
		h.try(order.OpenFails{Payment: i, Code: order.CodeOf(err), RetryAt: m.now.Add(order.VendorWait), At: m.now})
		return nil
	}
	link.External = p.External
	h.try(order.Opened{Payment: i, Link: link, At: m.now})
	return nil
}

// fact reads a gateway's record of a link.
func (h *hand) fact(ext string, asked order.Money) (order.Fact, error) {
	m := h.m
	f, err := m.before(&h.life, portRead)
	if err != nil {
		return order.Fact{}, err
	}
	l := m.gate.find(ext)
	if m.gate.away || l == nil {
		return order.Fact{}, errUnclear
	}
	answer := l.answer(&m.gate, m.now, f == outdated && m.now < l.expires.Add(40*time.Hour)) // old for a while, not for good
	if f != outdated {
		l.before = answer
	}
	fact := l.fact(answer)
	if l.twins {
		fact.Asked = asked
	}
	return fact, m.after(&h.life, f)
}

// read asks the gateway what arrived.
func (h *hand) read(i int) error {
	m, p := h.m, h.o.Payments[i]
	fact, err := h.fact(p.External, p.Asked)
	if h.dead {
		return errCrash
	}
	if err != nil {
		h.turn.WaitPayment(i, m.now.Add(order.PollAfter(h.o, p, m.now, pureRules)))
		if !order.Unreadable(h.o, p, m.now) {
			return nil
		}
		return h.news(order.Unread{Payment: i, At: m.now})
	}
	h.turn.Read(i)
	return h.news(order.Read{Payment: i, Fact: fact, Tolerance: m.gate.accepts, Keeps: m.gate.keeps, At: m.now})
}

// adopt takes the id of a payment whose answer was lost from a webhook.
func (h *hand) adopt(i int, ext string) error {
	p := h.o.Payments[i]
	fact, err := h.fact(ext, p.Asked)
	switch {
	case h.dead:
		return errCrash
	case err == nil && fact.Asked == p.Asked && fact.Reference == references[p.N]:
		h.wasAsked(i)
		h.try(order.Opened{Payment: i, Link: order.Link{External: ext, ExpiresAt: fact.ExpiresAt}, At: h.m.now})
	case err != nil:
		at := h.m.now.Add(order.VendorWait)
		h.turn.WaitPayment(i, at)
		h.stays(at)
	}
	return nil
}

// wasAsked counts a planned link as asked for: its gateway has it.
func (h *hand) wasAsked(i int) {
	if h.o.Payments[i].State == order.PaymentPlanned {
		h.try(order.Opening{Payment: i, Key: linkNames[i], At: h.m.now})
	}
}

// The terms of the three suppliers.
var (
	voucherTerms = order.SupplierTerms{ConflictMax: 3}
	topUpTerms   = order.SupplierTerms{ConflictMax: 3, Pieces: 1, Frees: true, Patience: 30 * time.Minute}
	cardTerms    = order.SupplierTerms{Once: true, Look: time.Minute, Patience: 30 * time.Minute}
)

func (m *model) terms(i int) order.SupplierTerms {
	switch m.store.o.Lines[i].Supplier {
	case ordertest.TopUpName:
		return topUpTerms
	case ordertest.CardName:
		t := cardTerms
		t.Recalls = m.cards.recalls
		return t
	default:
		return voucherTerms
	}
}

// buy sends one purchase: permit → attempt → call → record → release.
func (h *hand) buy(effect order.Effect) error {
	m, i := h.m, effect.Index
	t := m.terms(i)
	last, _ := h.o.Lines[i].Last()
	n, key := last.N, last.Key
	if effect.Kind == order.EffectBuy {
		n = last.N + 1
		key = keyNames[i<<4|n]
		if sell, err := h.worthBuying(i); err != nil || !sell {
			return err
		}
	} else if m.bug == bugNewKey {
		key = keyNames[256+m.calls%256]
	}
	if err := m.acquire(&h.life, i, n); err != nil {
		return h.postponed(i, err)
	}
	started := m.now
	going, err := h.stored(i, n, key, t)
	if err != nil || !going {
		return err
	}
	if m.now.Since(started) > order.SendWithin {
		return h.notSent(i, n)
	}
	a := *attemptOf(&h.o.Lines[i], n)
	if m.now.Since(a.FirstSentAt) >= h.rules().Replay {
		return nil
	}
	if m.bug == bugNewKey {
		a.Key = key
	}
	r, err := m.bought(&h.life, i, a)
	switch {
	case h.dead:
		return errCrash
	case err == nil:
		h.receive(i, n, r)
	case h.bounced(i, n, t, err) != nil:
		return errCrash
	}
	return h.settle(i, n, t)
}

// postponed deals with a permit that is not to be had.
func (h *hand) postponed(i int, err error) error {
	m := h.m
	switch order.CodeOf(err) {
	case order.CodeBudget:
		return h.fails(i, order.CodeBudget, order.ReasonBudget)
	case order.CodeBusy:
		paid := m.paidAt(h.o)
		h.turn.WaitLine(i, m.now.Add(min(max(m.now.Since(paid)/8, order.PermitFirst), order.PermitSlow)))
		if m.now.Since(paid) < order.AlarmAfter {
			return nil
		}
		return h.news(order.BuyFails{Line: i, Code: order.CodeBusy, At: m.now})
	default:
		return err
	}
}

func (m *model) paidAt(o order.Order) order.Stamp {
	for k := range o.Timeline {
		if o.Timeline[k].What == string(order.Paid) {
			return o.Timeline[k].At
		}
	}
	return 0
}

// lock is a permit that somebody holds.
type lock struct {
	owner int
	since order.Stamp
}

// lockOf names what only one purchase at a time may hold: a line's own item, or
// one currency of top-ups, one chain of cards.
func (m *model) lockOf(i int) int {
	switch m.store.o.Lines[i].Supplier {
	case ordertest.TopUpName:
		return 6
	case ordertest.CardName:
		return 7
	default:
		return i
	}
}

func (m *model) acquire(l *life, i, n int) error {
	f, err := m.before(l, portAcquire)
	if err != nil {
		return err
	}
	k := &m.locks[m.lockOf(i)]
	switch {
	case m.busy > 0:
		m.busy--
		err = errBusy
	case m.budget > 0:
		m.budget--
		err = refusals[order.CodeBudget]
	case k.owner != 0 && k.owner != ownerOf(i, n) && !m.swept(*k):
		err = errBusy
	default:
		*k = lock{ownerOf(i, n), m.now}
	}
	if lost := m.after(l, f); lost != nil {
		return lost
	}
	return err
}

// swept reports whether the sweeper has freed a permit that a crash left.
func (m *model) swept(k lock) bool {
	line, age := k.owner>>8, m.now.Since(k.since)
	a := attemptOf(&m.store.o.Lines[line], k.owner&255)
	if a == nil {
		return age >= order.AttemptSlack
	}
	return age >= order.PermitSlack && a.Done(m.terms(line))
}

// worthBuying checks the cost once more.
func (h *hand) worthBuying(i int) (bool, error) {
	m, l := h.m, &h.o.Lines[i]
	if len(l.Attempts)-l.Tried >= order.AttemptsMax {
		return false, h.fails(i, order.CodeConflict, order.ReasonStock)
	}
	cost, err := m.cost(&h.life, i)
	switch code := order.CodeOf(err); {
	case h.dead:
		return false, errCrash
	case err == nil:
	case code == order.CodeStock || code == order.CodeUnknown:
		return false, h.fails(i, code, order.ReasonStock)
	case code == order.CodeFunds:
		return false, h.fails(i, code, order.ReasonFunds)
	default:
		wait := min(m.now.Since(m.paidAt(h.o))/8, pureRules.FindEvery)
		h.turn.WaitLine(i, m.now.Add(max(order.VendorWait, wait)))
		return false, h.news(order.BuyFails{Line: i, Code: order.CodeNotSent, At: m.now})
	}
	if cost > max(l.UnitPrice, l.Most) {
		return false, h.apply(order.BuyFails{Line: i, Code: order.CodePrice, Final: true, Reason: order.ReasonLoss, Asks: cost, At: m.now})
	}
	return true, nil
}

func (m *model) cost(l *life, i int) (order.Money, error) {
	f, err := m.before(l, portCost)
	if err != nil {
		return 0, err
	}
	cost := m.shop.price
	line := &m.store.o.Lines[i]
	switch card := line.Supplier == ordertest.CardName; {
	case card && m.cards.away:
		err = errUnclear
	case card:
		cost = cardPrice
	case m.shop.away:
		err = refusals[order.CodeNotSent]
	case m.shop.stock < line.Quantity:
		err = refusals[order.CodeStock]
	}
	if lost := m.after(l, f); lost != nil {
		return 0, lost
	}
	return cost, err
}

func (h *hand) fails(i int, code order.Code, reason order.Reason) error {
	return h.apply(order.BuyFails{Line: i, Code: code, Final: true, Reason: reason, At: h.m.now})
}

// stored keeps the attempt before its bytes leave, and reports whether they are
// ours to send.
func (h *hand) stored(i, n int, key string, t order.SupplierTerms) (bool, error) {
	m, once := h.m, ""
	if t.Once {
		once = m.drawn()
	}
	if err := h.apply(order.Buying{Line: i, Attempt: n, Key: key, Once: once, At: m.now}); err != nil {
		return false, err
	}
	h.copied = t.Once
	err := h.commit(true)
	h.copied = false
	if order.CodeOf(err) == order.CodeNotCopied && err != nil {
		return false, h.notSent(i, n)
	}
	if err != nil {
		return false, err
	}
	l := &h.o.Lines[i]
	a := attemptOf(l, n)
	if a == nil || a.Resolved() || a.Once != once && m.bug != bugMintAgain {
		return false, nil
	}
	if m.bug == bugNoJournal {
		return true, nil
	}
	spent := order.Arrived{Line: i, Attempt: n, At: m.now}
	if !t.Once {
		spent.Key = key
	}
	err = m.journaled(&h.life, spent)
	if h.dead {
		return false, errCrash
	}
	if err != nil {
		return false, h.notSent(i, n)
	}
	return true, nil
}

// drawn is a word for one send.
func (m *model) drawn() string {
	m.onces++
	return onceNames[m.onces%len(onceNames)]
}

// journaled keeps on this machine that something leaves that cannot be repeated.
func (m *model) journaled(l *life, ev order.Event) error {
	f, err := m.before(l, portJournal)
	if err != nil {
		return err
	}
	if m.journalFails > 0 {
		m.journalFails--
		err = errUnclear
	} else {
		m.journal = append(m.journal, ev)
	}
	if lost := m.after(l, f); lost != nil {
		return lost
	}
	return err
}

func (h *hand) notSent(i, n int) error {
	sends := 0
	if a := attemptOf(&h.o.Lines[i], n); a != nil {
		sends = a.Sends
	}
	return h.apply(order.BuyFails{Line: i, Attempt: n, Sends: sends, Code: order.CodeNotSent, RetryAt: h.m.now.Add(order.VendorWait), At: h.m.now})
}

// bought is the call itself.
func (m *model) bought(l *life, i int, a order.Attempt) (slip, error) {
	f, err := m.before(l, portBuy)
	if err != nil {
		return slip{}, err
	}
	var r slip
	if m.store.o.Lines[i].Supplier == ordertest.CardName {
		r, err = m.create(i, a)
	} else {
		ask, scripted := m.shop.next()
		if !scripted && m.store.o.Lines[i].Supplier == ordertest.TopUpName {
			ask.takes = 20 * time.Second
		}
		r, err = m.sell(i, a, ask)
		if f == doubled && err == nil {
			r, err = m.sell(i, a, ask)
		}
	}
	if lost := m.after(l, f); lost != nil {
		if m.bug == bugTimeoutNo && !l.dead {
			return slip{}, refusals[order.CodeInvalid]
		}
		return slip{}, lost
	}
	return r, err
}

// settle stores the outcome, then gives the permit back.
func (h *hand) settle(i, n int, t order.SupplierTerms) error {
	m := h.m
	if err := h.commitAll(); err != nil {
		return err
	}
	l := &h.o.Lines[i]
	a := attemptOf(l, n)
	if a == nil || !a.Done(t) {
		return nil
	}
	f, err := m.before(&h.life, portRelease)
	if err != nil {
		return nil //nolint:nilerr // the sweeper gives it back
	}
	m.owns(a.External, ownerOf(i, n), l.Supplier == ordertest.CardName)
	if k := &m.locks[m.lockOf(i)]; k.owner == ownerOf(i, n) {
		*k = lock{}
	}
	if m.after(&h.life, f) != nil && h.dead {
		return errCrash
	}
	return nil
}

// owns notes whose purchase a vendor's order is.
func (m *model) owns(ext string, owner int, card bool) {
	switch {
	case ext == "":
	case card:
		mask := setsOf(ext)
		for k := range m.cards.sets {
			if mask&(1<<k) != 0 && m.cards.sets[k].owner == 0 {
				m.cards.sets[k].owner = owner
			}
		}
	default:
		for k := range m.shop.sales {
			if saleNames[k] == ext && m.shop.sales[k].owner == 0 {
				m.shop.sales[k].owner = owner
			}
		}
	}
}

// attemptOf is a line's attempt by its number, nil for none.
func attemptOf(l *order.Line, n int) *order.Attempt {
	for i := range l.Attempts {
		if l.Attempts[i].N == n {
			return &l.Attempts[i]
		}
	}
	return nil
}
