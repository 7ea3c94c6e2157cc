package order

import (
	"context"
	"fmt"
	"time"
)

const (
	// attemptsMax is how many refused purchases a line survives before a
	// person decides.
	attemptsMax = 5
	// alarmAfter is how long a purchase may stay unclear before admins hear
	// of it (DESIGN §3: two minutes).
	alarmAfter = 2 * time.Minute
	// releaseTime bounds giving a permit back.
	releaseTime = 5 * time.Second
	// sendWithin is how long after it was begun a purchase may leave: a process that
	// slept longer may find it given up, and paid back.
	sendWithin = 30 * time.Second
)

func (j *job) supplier(line int) (Supplier, bool) {
	s, ok := j.e.Suppliers[j.order.Lines[line].Supplier]
	return s, ok
}

// buy sends one purchase: permit → attempt → call → record → release. The
// attempt is stored before the first byte leaves.
func (j *job) buy(ctx context.Context, effect Effect) error {
	i := effect.Index
	s, ok := j.supplier(i)
	if !ok {
		return j.gone(i)
	}
	if j.e.halted() {
		j.turn.lines[i] = j.e.now().Add(haltAgain)
		return nil
	}
	a := j.attempt(i, effect.Kind == EffectBuy)
	if effect.Kind == EffectBuy {
		if sell, err := j.worthBuying(ctx, i, s); err != nil || !sell {
			return err
		}
	}
	permit := j.permit(i, a, s.Terms())
	switch err := j.e.Permits.Acquire(ctx, permit); {
	case err == nil:
	case CodeOf(err) == CodeBudget:
		return j.fails(i, CodeBudget, ReasonBudget)
	default:
		return j.postpone(i, err)
	}
	started := j.e.now()
	going, err := j.store(ctx, i, a, s.Terms())
	if err != nil || !going {
		return err
	}
	if j.e.halted() { // since it was stored
		return j.notSent(i, a.N, &Error{Code: CodeLoss, Op: "purchase under a freeze"})
	}
	if j.e.now().Since(started) > sendWithin {
		return j.notSent(i, a.N, &Error{Code: CodeNotSent, Op: "purchase stored too long ago"})
	}
	return j.send(ctx, i, a.N, s, permit)
}

// store keeps the attempt before its bytes leave, and reports whether they are
// ours to send: somebody else may have settled it, or may be sending it. What
// cannot be repeated is also kept by a replica of Redis and by this machine's
// own journal.
func (j *job) store(ctx context.Context, i int, a Attempt, t SupplierTerms) (bool, error) {
	once := ""
	if t.Once {
		var err error
		if once, err = j.e.newOp(); err != nil {
			return false, err
		}
	}
	if err := j.apply(Buying{Line: i, Attempt: a.N, Key: a.Key, Once: once, At: j.e.now()}); err != nil {
		return false, err
	}
	j.copied, j.spends = t.Once, true
	err := j.commit(ctx, true)
	j.copied, j.spends = false, false
	if code := CodeOf(err); code == CodeNotCopied || code == CodeLoss {
		return false, j.notSent(i, a.N, err)
	}
	if err != nil {
		return false, err
	}
	stored := j.order.Lines[i].attempt(a.N)
	if stored == nil || stored.resolved() || stored.Once != once {
		return false, nil
	}
	cost := j.order.Lines[i].UnitCost.Times(j.order.Lines[i].Quantity)
	if err := j.e.journal(PermitOwner(j.order.Number, i, a.N), cost, t.Once); err != nil {
		return false, j.notSent(i, a.N, err)
	}
	return true, nil
}

// journal keeps on this machine's disk that something is about to leave. What
// cannot be repeated is there before it does, with how far Redis was seen.
func (e *Engine) journal(owner string, cost Money, once bool) error {
	if !once {
		if e.Memory == nil {
			return nil
		}
		return e.Memory.Sending(owner)
	}
	if e.Tide != nil {
		if err := e.Tide.Keep(); err != nil {
			return err
		}
	}
	return e.Journal.Spending(owner, cost)
}

// notSent notes that the attempt's bytes stayed here: it may be sent later.
func (j *job) notSent(i, n int, why error) error {
	j.e.Log.Warn("purchase not sent", "order", j.order.Number, "line", i, "err", why)
	j.e.Meter.Count("purchases_failed", string(CodeOf(why)))
	sends := 0
	if a := j.order.Lines[i].attempt(n); a != nil {
		sends = a.Sends
	}
	return j.apply(BuyFails{Line: i, Attempt: n, Sends: sends, Code: CodeNotSent, RetryAt: j.e.now().Add(vendorWait), At: j.e.now()})
}

// attempt returns the attempt to send: a new one, or the open one again.
func (j *job) attempt(i int, fresh bool) Attempt {
	l := j.order.Lines[i]
	last, _ := l.Last()
	if !fresh {
		return last
	}
	n := last.N + 1
	return Attempt{N: n, Key: PurchaseKey(j.e.policy.Shop, j.order.Number, i, n, l.Item, l.Quantity)}
}

func (j *job) permit(i int, a Attempt, t SupplierTerms) Permit {
	l := j.order.Lines[i]
	p := Permit{
		Vendor: l.Supplier, Lock: t.lock(l.Item), Owner: PermitOwner(j.order.Number, i, a.N),
		Send: a.Sends + 1, Limit: t.Sends, Window: t.Window,
	}
	if a.Sends == 0 && j.e.policy.DailyMax > 0 {
		p.Cost, p.DailyMax = l.UnitCost.Times(l.Quantity), j.e.policy.DailyMax
		p.Day = j.e.now().Time().Format(time.DateOnly)
	}
	return p
}

// lock names what only one purchase at a time may hold.
func (t SupplierTerms) lock(item string) string {
	if t.Lock == nil {
		return item
	}
	return t.Lock(item)
}

const (
	permitFirst = 200 * time.Millisecond
	permitSlow  = time.Minute
)

// postpone leaves the line as it is until a permit may be free: soon at first,
// more rarely the longer the order has waited. A long wait is told.
func (j *job) postpone(i int, err error) error {
	if CodeOf(err) != CodeBusy {
		return fmt.Errorf("permit: %w", err)
	}
	j.e.Meter.Count("permits_busy", "")
	now := j.e.now()
	paid, _ := j.order.since(Paid)
	wait := max(RetryAfter(err), now.Since(paid)/8, permitFirst)
	j.turn.lines[i] = now.Add(min(wait, permitSlow))
	if now.Since(paid) < alarmAfter {
		return nil
	}
	return j.applyNews(BuyFails{Line: i, Code: CodeBusy, At: now})
}

// worthBuying checks the cost once more: the price was fixed when the order
// was placed, the supplier's was not.
func (j *job) worthBuying(ctx context.Context, i int, s Supplier) (bool, error) {
	l := j.order.Lines[i]
	if len(l.Attempts)-l.Tried >= attemptsMax {
		return false, j.fails(i, CodeConflict, ReasonStock)
	}
	cost, err := s.Cost(ctx, Wanted{Item: l.Item, Quantity: l.Quantity, Face: l.Face})
	switch code := CodeOf(err); {
	case err == nil:
	case code == CodeStock || code == CodeUnknown:
		return false, j.fails(i, code, ReasonStock)
	case code == CodeFunds:
		return false, j.fails(i, code, ReasonFunds)
	default:
		j.e.Log.Warn("cost check", "order", j.order.Number, "err", err)
		paid, _ := j.order.since(Paid)
		j.turn.lines[i] = j.e.now().Add(max(RetryAfter(err), vendorWait, min(j.e.now().Since(paid)/8, j.e.policy.Rules.FindEvery)))
		return false, j.applyNews(BuyFails{Line: i, Code: CodeNotSent, At: j.e.now()})
	}
	if cost > max(j.e.policy.ceiling(l.UnitPrice), l.Most) {
		return false, j.apply(BuyFails{Line: i, Code: CodePrice, Final: true, Reason: ReasonLoss, Asks: cost, At: j.e.now()})
	}
	return true, nil
}

// gone deals with a supplier that is not configured any more. An attempt under
// way may have bought: it stays unclear.
func (j *job) gone(i int) error {
	l := j.order.Lines[i]
	if l.State == LineWaiting {
		return j.fails(i, CodeInvalid, ReasonSupplierGone)
	}
	a, _ := l.Last()
	return j.apply(BuyFails{Line: i, Attempt: a.N, Code: CodeUnclear, Final: true, RetryAt: j.e.now().Add(j.e.policy.Rules.FindEvery), At: j.e.now()})
}

// fails settles a line that was not tried, for a person to decide about.
func (j *job) fails(i int, code Code, reason Reason) error {
	return j.apply(BuyFails{Line: i, Code: code, Final: true, Reason: reason, At: j.e.now()})
}

func (j *job) send(ctx context.Context, i, n int, s Supplier, permit Permit) error {
	purchase, err := j.purchase(i, n)
	if err != nil {
		return err
	}
	if j.e.now().Since(purchase.FirstSentAt) >= j.e.policy.Rules.Replay {
		return nil // the vendor forgets keys: from here on only look
	}
	receipt, err := s.Buy(ctx, purchase)
	if err == nil {
		err = j.receive(i, n, receipt)
	} else {
		err = j.bounced(ctx, i, n, s, err)
	}
	if err != nil {
		return err
	}
	return j.settle(ctx, i, n, permit, s.Terms())
}

func (j *job) purchase(i, n int) (Purchase, error) {
	l := j.order.Lines[i]
	a := l.attempt(n)
	details, err := j.e.details(j.order, i)
	return Purchase{
		Key: a.Key, Reference: PurchaseReference(j.order.Number, i, n), Item: l.Item, Quantity: l.Quantity,
		Face: l.Face, Details: details, FirstSentAt: a.FirstSentAt, UnitCost: l.UnitCost, Purse: l.purse(),
	}, err
}

// settle stores the outcome, then gives the permit back if the attempt is
// resolved. A crash between the two leaves the permit to the sweeper.
func (j *job) settle(ctx context.Context, i, n int, permit Permit, t SupplierTerms) error {
	if err := j.commitAll(ctx); err != nil {
		return err
	}
	a := j.order.Lines[i].attempt(n)
	if a == nil || !a.done(t) {
		return nil
	}
	// As with what was just stored, the caller's end does not count: a permit
	// kept over a shutdown would keep everybody else from the product.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	err := j.e.Permits.Release(ctx, permit, a.External)
	if err != nil && CodeOf(err) == CodeExists {
		j.try(anothers(i, *a, j.e.now()))
		j.parked = false // there is something to store again
		err = j.e.Permits.Release(ctx, permit, "")
	}
	if err != nil {
		j.e.Log.Warn("permit release", "order", j.order.Number, "err", err)
	}
	return nil
}

// receive turns a receipt into an event. What the supplier has not finished
// is looked at again; what does not fit is kept and shown to a person.
func (j *job) receive(i, n int, r Receipt) error {
	l := j.order.Lines[i]
	now := j.e.now()
	pieces := certain(r.Pieces, l.Quantity)
	switch {
	case r.Lost:
		j.loses(i, n, r)
		return nil
	case r.Failed && r.Total == 0:
		j.try(BuyFails{Line: i, Attempt: n, Code: CodeInvalid, Final: true, External: r.External, Reason: ReasonRefused, At: now})
		return nil
	case r.Failed:
		j.try(BuyFails{Line: i, Attempt: n, Code: CodeUnclear, Final: true, External: r.External, Reason: ReasonRefused, RetryAt: now.Add(j.e.policy.Rules.FindEvery), At: now})
		return nil
	case r.Pending || len(pieces) == 0:
		j.pends(i, n, r)
		return nil
	}
	sealed, err := seal(j.e.Vault, j.order.Number, goodsPurpose(i), r.Pieces)
	if err != nil {
		return err
	}
	j.try(Bought{Line: i, Attempt: n, External: r.External, Got: len(pieces), Total: max(r.Total, 0), Sealed: sealed, Mismatch: r.Mismatch, At: now})
	return nil
}

// bounced turns a failed purchase into an event by its code. A refusal counts
// only when no earlier send of the attempt may have bought; a conflict that
// repeats itself may be a cached answer. Both are looked into at the supplier
// before anything else is bought (infinivoucher sheet §6 rules 3 and 5).
func (j *job) bounced(ctx context.Context, i, n int, s Supplier, err error) error {
	code, now := CodeOf(err), j.e.now()
	j.e.Log.Warn("purchase", "order", j.order.Number, "line", i, "attempt", n, "code", code, "err", err)
	j.e.Meter.Count("purchases_failed", string(code))
	a := j.order.Lines[i].attempt(n)
	ev := BuyFails{Line: i, Attempt: n, Sends: a.Sends, Code: code, At: now}
	ev.RetryAt = now.Add(max(RetryAfter(err), resendAfter(a.Sends, j.e.policy.Rules)))
	switch {
	case code == CodeConflict && a.Conflicts+1 >= s.Terms().ConflictMax, code != CodeConflict && code.Refusal() && a.doubtful():
		return j.look(ctx, s, ev)
	case code == CodeConflict:
	case code == CodeLimited || code == CodeNotSent:
		ev.Final = a.Outcome == OutcomeUnclear && j.alarming(i, n)
	default:
		ev.Final, ev.Reason = code.Refusal() || j.alarming(i, n), reasonOf(code)
	}
	j.try(ev)
	return nil
}

// reasonOf says what a person is told about a refused purchase.
func reasonOf(code Code) Reason {
	switch code {
	case CodeStock:
		return ReasonStock
	case CodeFunds:
		return ReasonFunds
	case CodeFrozen:
		return ReasonFrozen
	case CodeUnclear:
		return ReasonUnclear
	default:
		return ReasonRefused
	}
}

// alarming reports whether an attempt has been unclear long enough for a
// person to hear of it.
func (j *job) alarming(i, n int) bool {
	a := j.order.Lines[i].attempt(n)
	return a != nil && j.e.now().Since(a.FirstSentAt) >= alarmAfter
}
