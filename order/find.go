package order

import (
	"context"
	"time"
)

// find looks for a purchase whose key may not be sent again, or that the
// supplier has accepted and not finished so far. It never buys.
func (j *job) find(ctx context.Context, i int) error {
	s, ok := j.supplier(i)
	if !ok {
		return j.gone(i)
	}
	a, _ := j.order.Lines[i].Last()
	receipt, err := j.lookUp(ctx, s, i, a)
	if err == nil {
		if err = j.receive(i, a.N, receipt); err != nil {
			return err
		}
	} else {
		j.notFound(i, a, s.Terms(), err)
	}
	return j.settle(ctx, i, a.N, j.permit(i, a, s.Terms()), s.Terms())
}

// notFound notes why a look brought nothing. A supplier that is asked once and
// says that there is nothing has decided; any other leaves it unclear.
func (j *job) notFound(i int, a Attempt, t SupplierTerms, err error) {
	code, now := CodeOf(err), j.e.now()
	wait := max(RetryAfter(err), j.lookAfter(a), t.Look)
	if len(a.Letters) > 0 && code != CodeLimited {
		wait = j.lookAfter(a) // the goods are here, only the supplier's books lag behind them
	}
	j.e.Log.Warn("purchase look-up", "order", j.order.Number, "code", code, "err", err)
	ev := BuyFails{
		Line: i, Attempt: a.N, Sends: a.Sends, Code: CodeUnclear, Final: j.alarming(i, a.N), Reason: ReasonUnclear,
		RetryAt: now.Add(wait), At: now,
	}
	switch {
	case t.Once && (code == CodeUnknown || len(a.Letters) > 0 && code.Refusal()):
		ev.Code, ev.Final, ev.Reason = code, true, reasonOf(code)
	case a.AcceptedAt > 0: // it was taken on: slow, not unclear
		j.try(Accepted{Line: i, Attempt: a.N, Late: now.Since(a.FirstSentAt) >= max(t.Patience, alarmAfter), RetryAt: ev.RetryAt, At: now})
		return
	}
	j.try(ev)
}

func (j *job) lookUp(ctx context.Context, s Supplier, i int, a Attempt) (Receipt, error) {
	p, err := j.purchase(i, a.N)
	if err != nil {
		return Receipt{}, err
	}
	if r, ok := j.e.Receivers[j.order.Lines[i].Supplier]; ok && len(a.Letters) > 0 {
		return j.opened(ctx, r, p, i, a)
	}
	if a.External != "" {
		return s.Read(ctx, p, a.External)
	}
	permit := Permit{
		Vendor: j.order.Lines[i].Supplier, Lock: s.Terms().lock(j.order.Lines[i].Item), Owner: PermitOwner(j.order.Number, i, a.N),
	}
	// Redis may have forgotten it. What another one has under way may look the
	// same: nothing is taken for this one's until that is known.
	if err = j.e.Permits.Acquire(ctx, permit); err != nil {
		return Receipt{}, &Error{Code: CodeUnclear, Op: "look for a purchase without its permit", RetryAfter: RetryAfter(err), Err: err}
	}
	return s.Find(ctx, p, func(external string) (bool, error) {
		held, err := j.e.Permits.Owner(ctx, permit.Vendor, external)
		return held != "" && held != permit.Owner, err
	})
}

// landsWithin is how long another worker's send of a purchase may be on its way:
// it leaves within sendWithin of being stored, and then has to arrive.
const landsWithin = time.Minute

// look asks the supplier's books before a refusal is believed. What is found
// there was bought; what is not may still be on its way for a moment. A conflict
// leads to a new attempt only when every send of the old one was answered.
func (j *job) look(ctx context.Context, s Supplier, ev BuyFails) error {
	a := j.order.Lines[ev.Line].attempt(ev.Attempt)
	receipt, err := j.lookUp(ctx, s, ev.Line, *a)
	switch {
	case err == nil:
		return j.receive(ev.Line, ev.Attempt, receipt)
	case CodeOf(err) == CodeUnknown && ev.Code != CodeConflict && j.e.now().Since(a.Before) < landsWithin:
		ev.Code, ev.RetryAt = CodeUnclear, j.e.now().Add(landsWithin)
	case CodeOf(err) == CodeUnknown && ev.Code != CodeConflict:
		ev.Final, ev.Reason = true, reasonOf(ev.Code)
	case CodeOf(err) == CodeUnknown && !a.doubtful():
		ev.Code, ev.RetryAt = CodeUnknown, 0
	default:
		j.e.Log.Warn("purchase look-up", "order", j.order.Number, "code", CodeOf(err), "err", err)
		ev.Code, ev.Final, ev.Reason = CodeUnclear, j.alarming(ev.Line, ev.Attempt), ReasonUnclear
	}
	j.try(ev)
	return nil
}

// pends notes a purchase that the supplier works on, and when to look again.
func (j *job) pends(i, n int, r Receipt) {
	now, a := j.e.now(), j.order.Lines[i].attempt(n)
	s, _ := j.supplier(i)
	t := s.Terms()
	age := now.Since(a.FirstSentAt)
	patience := max(t.Patience, alarmAfter)
	j.try(Accepted{
		Line: i, Attempt: n, External: r.External, Late: age >= patience, Mismatch: r.Mismatch,
		RetryAt: now.Add(max(pendingAfter(age), t.Look)), At: now,
	})
}

// pendingAfter is the wait before the next look at an accepted purchase
// (plexy sheet §4: after 2, 4, 8, 15 and 30 s, then every minute for an hour,
// then every ten).
func pendingAfter(age time.Duration) time.Duration {
	for _, step := range []struct{ until, wait time.Duration }{
		{2 * time.Second, 2 * time.Second}, {6 * time.Second, 4 * time.Second}, {14 * time.Second, 8 * time.Second},
		{29 * time.Second, 15 * time.Second}, {time.Minute, 30 * time.Second}, {time.Hour, time.Minute},
	} {
		if age < step.until {
			return step.wait
		}
	}
	return 10 * time.Minute
}

// lookAfter is the wait before the next look at a purchase: a quarter of its
// age, within bounds.
func (j *job) lookAfter(a Attempt) time.Duration {
	r := j.e.policy.Rules
	return min(max(j.e.now().Since(a.FirstSentAt)/4, r.ResendFirst), r.FindEvery)
}
