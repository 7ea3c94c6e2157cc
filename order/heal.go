package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// healing is what this process has done under a freeze. It is a shortcut only:
// whoever starts anew does it once more.
type healing struct {
	mu    sync.Mutex
	id    string
	since Stamp
	out   Healed

	unheard []string // gateways whose list did not answer
	askAt   Stamp    // when they are asked again

	linksMu sync.Mutex
	links   []Linked // in the journal, that wait for what other journals say
	spends  []Spent  // likewise
}

func (h *healing) keep(links []Linked) {
	h.linksMu.Lock()
	defer h.linksMu.Unlock()
	h.links = links
}

func (h *healing) nobodys() []Linked {
	h.linksMu.Lock()
	defer h.linksMu.Unlock()
	return h.links
}

func (h *healing) keepSpends(spends []Spent) {
	h.linksMu.Lock()
	defer h.linksMu.Unlock()
	h.spends = spends
}

func (h *healing) nobodysSpends() []Spent {
	h.linksMu.Lock()
	defer h.linksMu.Unlock()
	return h.spends
}

// halted reports whether nothing may leave at this moment. It asks nobody.
func (e *Engine) halted() bool { return e.Tide != nil && !e.Tide.Look().Spends() }

// frozen reports whether a freeze stands, or is about to: nothing new is sold.
func (e *Engine) frozen() bool {
	if e.Tide == nil {
		return false
	}
	s := e.Tide.Look()
	return s.Freeze.ID != "" || s.Doubt != ""
}

// skips reports whether an error is one that stays however often it is tried: of
// a record or a line that nobody can read, or that makes no sense. It is logged and
// counted, for a person; everything else goes on, else one order stops the shop.
func (e *Engine) skips(h *Healed, err error, what string) bool {
	if err == nil || !CodeOf(err).Refusal() && CodeOf(err) != CodeEvent {
		return false
	}
	h.Broken++
	e.Meter.Count("healing_skipped", string(CodeOf(err)))
	e.Log.Error("after a loss: this needs a person", "what", what, "err", err)
	return true
}

// Replay gives Redis back what only this machine's disk remembers: orders first,
// then their links, then what was sent for them. Twice is once. It is called
// before the engine's first step, and under every freeze. What is of no use stops
// nothing else (Healed.Broken).
func (e *Engine) Replay(ctx context.Context) (Healed, error) {
	if e.Memory == nil {
		return Healed{}, nil
	}
	known, err := e.Memory.Remembered()
	if err != nil {
		return Healed{}, fmt.Errorf("journal: %w", err)
	}
	h := Healed{Broken: known.Broken}
	if known.Broken > 0 {
		e.Meter.Count("healing_skipped", "journal")
		e.Log.Error("lines of the journal that nobody can read", "lines", known.Broken)
	}
	for _, o := range known.Orders {
		again, failed := e.placeAgain(ctx, o)
		if failed != nil && !e.skips(&h, failed, string(o.Number)) {
			return h, fmt.Errorf("journal: %w", failed)
		}
		h.Placed += again
	}
	if err = e.relinkAll(ctx, known.Links, &h); err != nil {
		return h, fmt.Errorf("journal: %w", err)
	}
	err = e.recoverAll(ctx, known.Spent, &h)
	return h, err
}

// relinkAll tells orders of links that they have forgotten. Those of orders that
// nobody knows wait: another replica's journal may have the order. So do those
// without their sum: whoever made the link knows it.
func (e *Engine) relinkAll(ctx context.Context, links []Linked, h *Healed) error {
	var nobodys []Linked
	for _, l := range links {
		if l.Asked == 0 {
			nobodys = append(nobodys, l)
			continue
		}
		switch _, err := e.relink(ctx, l); {
		case err != nil && CodeOf(err) == CodeMissing:
			nobodys = append(nobodys, l)
		case err != nil && !e.skips(h, err, string(l.Number)):
			return err
		}
	}
	e.healing.keep(nobodys)
	return nil
}

// findLinks keeps the links of orders that nobody knows as found money, once all
// journals have been asked; and puts what left for such orders before a person.
func (e *Engine) findLinks(ctx context.Context, h *Healed) error {
	for _, l := range e.healing.nobodys() {
		_, err := e.unknown(ctx, l.Gateway, Listed{External: l.External, Reference: l.Number.Reference(l.Payment), Asked: l.Asked})
		if err != nil && !e.skips(h, err, string(l.Number)) {
			return fmt.Errorf("find links: %w", err)
		}
	}
	e.healing.keep(nil)
	return e.findSpends(ctx, h)
}

// placeAgain stores an order that Redis has forgotten, as it was placed, and
// returns 1 when it had. Its link may have been asked for: the same request
// leaves again, and hints may bring its id. Without the credit it used, which
// may be spent, the link alone pays for it.
func (e *Engine) placeAgain(ctx context.Context, o Order) (int, error) {
	found, err := e.Store.Load(ctx, o.Number)
	if err == nil && found.Found && !o.Found {
		return e.replace(ctx, found, o)
	}
	if err == nil || CodeOf(err) != CodeMissing {
		return 0, err
	}
	o = e.asked(o)
	err = e.store(ctx, o)
	if err != nil && CodeOf(err) == CodeCredit {
		if o, err = e.shortOfCredit(ctx, o); err == nil {
			err = e.store(ctx, o)
		}
	}
	switch {
	case err != nil && CodeOf(err) == CodeStale:
		return 0, nil // another replica was as quick
	case err != nil:
		return 0, fmt.Errorf("place %s again: %w", o.Number, err)
	}
	e.Meter.Count("journal_orders_placed", "")
	e.Log.Error("Redis forgot an order that the journal knows", "order", o.Number)
	e.Wake(o.Number)
	return 1, nil
}

func (e *Engine) store(ctx context.Context, o Order) error {
	op, err := e.newOp()
	if err != nil {
		return err
	}
	t := Transition{Order: o, Op: op, Due: e.now(), Reserve: o.Reserve(), Open: o.Unpaid(), Announce: e.stillHeld(o), Postings: creditPostings(o)}
	_, err = e.again(ctx, func(ctx context.Context) (Order, error) { return e.Store.Insert(ctx, t) })
	return err
}

// asked is an order whose link counts as asked for.
func (e *Engine) asked(o Order) Order {
	for i, p := range o.Payments {
		if p.State != PaymentPlanned {
			continue
		}
		key := PaymentKey(e.policy.Shop, o.Number, p.N, p.Gateway, p.Asked)
		if next, _, err := Apply(o, Opening{Payment: i, Key: key, Return: e.returnTo(o.Number), At: o.CreatedAt}); err == nil {
			o = next
		}
	}
	return o
}

// creditPostings take the credit again that a new order had used.
func creditPostings(o Order) []Posting {
	var list []Posting
	for _, p := range o.Payments {
		if p.Gateway == CreditGateway && p.Seen > 0 {
			list = append(list, creditPosting(o, p))
		}
	}
	return list
}

// stillHeld tells of an order that is put back while it waits for a person.
func (e *Engine) stillHeld(o Order) []Announcement {
	if !o.Held() {
		return nil
	}
	announce, _ := e.told(o, []Effect{{Kind: EffectAlert}, {Kind: EffectNotify}})
	return announce
}

// shortOfCredit is an order whose credit was spent since Redis forgot it. Its link
// alone pays for goods. What was to be sent to a wallet may have left: what there
// is of the credit is taken, and a person says what became of the payout.
func (e *Engine) shortOfCredit(ctx context.Context, o Order) (Order, error) {
	if !o.withdraws() {
		return withoutCredit(o), nil
	}
	left, err := e.Credit(ctx, o.Buyer)
	if err != nil {
		return o, err
	}
	o = o.clone()
	for i := range o.Payments {
		p := &o.Payments[i]
		p.Seen = min(p.Seen, left)
		p.Asked, left = p.Seen, left-p.Seen
	}
	_, i, _ := o.OpenPayout()
	o, _, err = Apply(o, PayOutFails{Payout: i, Code: CodeUnclear, At: e.now()})
	return o, err
}

// withoutCredit is a new order of which the link alone is left to pay.
func withoutCredit(o Order) Order {
	o = o.clone()
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Gateway == CreditGateway {
			p.Seen = 0
		}
	}
	if o.Status != AwaitingPayment { // paid by credit alone: it is not, and takes a link
		o.Status = AwaitingPayment
	}
	return o
}

// guard stops spending when this replica has found a loss, and heals under a
// freeze. It is part of the sweep.
func (e *Engine) guard(ctx context.Context) error {
	if e.Tide == nil || e.Freezer == nil {
		return e.findLinks(ctx, &Healed{})
	}
	e.healing.mu.Lock()
	defer e.healing.mu.Unlock()
	switch s := e.Tide.Look(); {
	case s.Doubt != "":
		f, err := e.Freezer.Freeze(ctx, s.Doubt)
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		e.Meter.Count("freezes", string(s.Doubt))
		e.Log.Error("Redis may have lost something: spending stops", "why", s.Doubt, "freeze", f.ID)
		return nil
	case s.Freeze.ID == "" && s.Waits:
		return nil
	case s.Freeze.ID == "":
		err := e.askOwed(ctx, s.Owed)
		return errors.Join(e.findLinks(ctx, &Healed{}), err)
	case !s.Answered:
		return e.answer(ctx, s)
	case s.Heals && (len(s.Silent) == 0 || e.now().Since(s.Freeze.At) >= answerPatience):
		return e.heal(ctx, s)
	}
	return nil
}

func (e *Engine) answer(ctx context.Context, s Sight) error {
	h, err := e.Replay(ctx)
	if err == nil {
		err = e.Freezer.Answer(ctx, s.Freeze.ID, h)
	}
	if err != nil && CodeOf(err) != CodeStale {
		return fmt.Errorf("answer a freeze: %w", err)
	}
	return nil
}

// heal has everything looked at again, once, and ends the freeze when it was, or
// when vendors take too long to be asked. Gateways whose list did not answer are
// asked on after that, by every replica: who healed may not be there any more.
func (e *Engine) heal(ctx context.Context, s Sight) error {
	w := &e.healing
	if w.id != s.Freeze.ID {
		out, err := e.reread(ctx, s)
		if err != nil {
			return fmt.Errorf("heal: %w", err)
		}
		w.id, w.since, w.out = s.Freeze.ID, e.now(), out
		return nil // how many are unread is known after the next sweep
	}
	found := w.out.Found
	if err := e.searchOn(ctx, &w.out); err != nil || w.out.Found > found {
		return err // what was found is unread after the next sweep
	}
	if (s.Unread > 0 || len(w.unheard) > 0) && e.now().Since(w.since) < unreadPatience {
		return nil
	}
	w.out.Left, w.out.Unheard = s.Unread, len(w.unheard)
	first, err := e.Freezer.Lift(ctx, s.Freeze.ID, Ending{Healed: w.out, Owed: w.unheard, Gone: s.Silent})
	if err != nil {
		return fmt.Errorf("lift a freeze: %w", err)
	}
	if first {
		e.Log.Warn("spending goes on", "freeze", s.Freeze.ID, "orders", w.out.Orders, "found", w.out.Found, "unread", w.out.Left, "owed", w.unheard)
	}
	return nil
}

// reread makes every order that is not settled due, with a reason to read closed
// payments too, and looks for payments of orders that nobody knows. Where a
// journal is missing, what was about to leave counts as sent.
func (e *Engine) reread(ctx context.Context, s Sight) (Healed, error) {
	blind := len(s.Silent) > 0 || s.Freeze.Why == DoubtEmpty && s.Alone
	numbers, err := e.Freezer.Unsettled(ctx)
	if err != nil {
		return Healed{}, err
	}
	h := Healed{Orders: len(numbers)}
	for _, n := range numbers {
		err = e.lookAgain(ctx, n, blind)
		if err != nil && CodeOf(err) != CodeMissing && !e.skips(&h, err, string(n)) {
			return h, err
		}
	}
	if err = e.findLinks(ctx, &h); err != nil {
		return h, err
	}
	err = e.search(ctx, sortedKeys(e.Lists), &h)
	return h, err
}

func (e *Engine) lookAgain(ctx context.Context, n Number, blind bool) error {
	o, err := e.Store.Load(ctx, n)
	if err != nil {
		return err
	}
	if blind {
		if err = e.countAsSent(ctx, o); err != nil {
			return err
		}
	}
	hints := []Hint{{}}
	for _, p := range o.Payments {
		if p.State == PaymentClosed && p.External != "" {
			hints = append(hints, Hint{Payment: p.N, External: p.External, Gateway: p.Gateway})
		}
	}
	for _, h := range hints {
		if err := e.Index.Wake(ctx, n, h); err != nil {
			return fmt.Errorf("wake %s: %w", n, err)
		}
	}
	e.Wake(n)
	return nil
}

// countAsSent takes for sent what was about to leave when Redis lost something
// and nobody's journal says whether it did.
func (e *Engine) countAsSent(ctx context.Context, o Order) error {
	var errs []error
	now := e.now()
	for i, l := range o.Lines {
		s, ok := e.Suppliers[l.Supplier]
		a, sent := l.Last()
		switch {
		case !ok || !s.Terms().Once || !o.buys() || o.Status == AwaitingPayment:
		case l.State == LineWaiting:
			_, err := e.recover(ctx, o.Number, Arrived{Line: i, Attempt: a.N + 1, At: now})
			errs = append(errs, err)
		case sent && a.resendable():
			_, err := e.recover(ctx, o.Number, Arrived{Line: i, Attempt: a.N, At: max(now, a.RetryAt)})
			errs = append(errs, err)
		}
	}
	if p, i, open := o.OpenPayout(); open && (p.State == PayoutAddressed || p.State == PayoutApproved) {
		_, err := e.recover(ctx, o.Number, PayOutFails{Payout: i, Code: CodeUnclear, At: max(now, p.RetryAt)})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
