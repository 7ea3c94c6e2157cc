package order

import (
	"context"
	"time"
)

const (
	// recallAgain is the wait before lost goods are asked back again.
	recallAgain = time.Minute
	// recallPatience is how long goods may be on their way back before a person
	// hears of it.
	recallPatience = 30 * time.Minute
)

// loses notes goods that nobody can use, and has them taken back where the
// supplier does that, and has not said that they were used.
func (j *job) loses(i, n int, r Receipt) {
	s, _ := j.supplier(i)
	now, a := j.e.now(), j.order.Lines[i].attempt(n)
	ev := Lost{Line: i, Attempt: n, External: r.External, Mismatch: r.Mismatch, RetryAt: now.Add(max(j.lookAfter(*a), recallAgain)), At: now}
	if s.Terms().Recalls && a.Code != CodeConflict {
		ev.Recall, ev.RetryAt = true, 0
	}
	j.try(ev)
}

// recall takes goods back that nobody can use. It is asked for again until the
// supplier's books say that it is done.
func (j *job) recall(ctx context.Context, i int) error {
	s, ok := j.supplier(i)
	r, can := j.e.Recallers[j.order.Lines[i].Supplier]
	a, _ := j.order.Lines[i].Last()
	now := j.e.now()
	ev := Lost{Line: i, Attempt: a.N, External: a.External, RetryAt: now.Add(j.e.policy.Rules.FindEvery), At: now}
	if !ok || !can {
		return j.apply(ev)
	}
	p, err := j.purchase(i, a.N)
	if err != nil {
		return err
	}
	back, err := r.Recall(ctx, p, a.External)
	ev.At = j.e.now()
	switch {
	case err == nil:
		j.try(Recalled{Line: i, Attempt: a.N, Spent: p.UnitCost.Times(p.Quantity), Back: back, At: ev.At})
	case CodeOf(err) == CodeConflict:
		ev.Used = true
		j.try(ev)
	default:
		j.e.Log.Warn("recall", "order", j.order.Number, "code", CodeOf(err), "err", err)
		ev.Recall, ev.Late = true, ev.At.Since(a.LostAt) >= recallPatience
		ev.RetryAt = ev.At.Add(max(RetryAfter(err), min(max(recallAgain, ev.At.Since(a.LostAt)/4), j.e.policy.Rules.FindEvery)))
		j.try(ev)
	}
	return j.settle(ctx, i, a.N, j.permit(i, a, s.Terms()), s.Terms())
}
