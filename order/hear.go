package order

import (
	"cmp"
	"context"
	"slices"
)

// twin takes a second link that a gateway made of one request. Such a gateway's
// record carries no reference: only its signature says whose it is.
func (j *job) twin(i int, h Hint) bool {
	p := j.order.Payments[i]
	g, ok := j.e.Gateways[p.Gateway]
	if !ok || !g.Terms().Twins || h.External == "" || p.External == h.External {
		return false
	}
	if h.Signed {
		j.wasAsked(i)
		j.try(Twin{Payment: i, External: h.External, At: j.e.now()})
	}
	return true
}

// stranger reports whether a link was made by none of a payment's requests, at a
// gateway whose record does not say what it was asked for: each was answered with
// another link, so the number was given away. The first link of an order is placed
// with it, number and sum: another one was made of the same request.
func (j *job) stranger(i int, h Hint) bool {
	p := j.order.Payments[i]
	g, ok := j.e.Gateways[p.Gateway]
	if !ok || !g.Terms().Twins || !h.Signed || h.External == "" || h.External == p.External || h.Gateway != "" && h.Gateway != p.Gateway {
		return false
	}
	placed := i == 0 || i == 1 && j.order.Payments[0].Gateway == CreditGateway
	answered := p.Sends == 0 || p.Sends == 1 && p.External != ""
	return answered && !placed
}

// valued is news of a stranger's link with the sum that the journal knows: without
// one, a person says what it is worth.
func (j *job) valued(i int, h Hint) Hint {
	if h.Asked != 0 || !j.stranger(i, h) {
		return h
	}
	h.Gateway = j.order.Payments[i].Gateway
	if j.e.Memory == nil {
		return h
	}
	known, err := j.e.Memory.Remembered()
	if err != nil {
		j.e.Log.Warn("sum of a link", "order", j.order.Number, "err", err)
	}
	same := func(l Linked) bool {
		return l.Number == j.order.Number && l.Gateway == h.Gateway && l.External == h.External && l.Asked != 0
	}
	if at := slices.IndexFunc(known.Links, same); at >= 0 {
		h.Asked = known.Links[at].Asked
	}
	return h
}

// spokenOf is the index of the payment a hint speaks of: the one with its id,
// else the attempt it names, -1 for none.
func (j *job) spokenOf(h Hint) int {
	if h.Payment < 1 || h.Payment > len(j.order.Payments) {
		return -1
	}
	gateway := cmp.Or(h.Gateway, j.order.Payments[h.Payment-1].Gateway)
	same := func(p Payment) bool { return h.External != "" && p.External == h.External && p.Gateway == gateway }
	if i := slices.IndexFunc(j.order.Payments, same); i >= 0 {
		return i
	}
	return h.Payment - 1
}

// adopt takes the gateway's id of a payment whose answer was lost, once the
// gateway's own record under that id names our reference and amount: a hint
// with another order's id would show this buyer somebody else's link. One of
// another amount is watched beside it.
func (j *job) adopt(ctx context.Context, i int, external string) error {
	g, err := j.gateway(i)
	if err != nil {
		return err
	}
	p := j.order.Payments[i]
	fact, err := g.Read(ctx, Watched{External: external, Reference: j.order.Number.Reference(p.N), Asked: p.Asked})
	named := err == nil && fact.External == external && fact.Reference == j.order.Number.Reference(p.N)
	switch {
	case named && fact.Asked != p.Asked: // its number was given to another wish since
		j.try(Met{N: p.N, Gateway: p.Gateway, External: external, Fact: fact, At: j.e.now()})
	case named:
		j.wasAsked(i)
		j.try(Opened{Payment: i, Link: Link{External: external, ExpiresAt: fact.ExpiresAt}, At: j.e.now()})
	case err == nil || CodeOf(err).Refusal():
		j.e.Log.Warn("hint of another payment", "order", j.order.Number)
		j.e.Meter.Count("hints_refused", p.Gateway)
	default:
		j.turn.payments[i] = j.e.now().Add(max(RetryAfter(err), vendorWait))
		j.stays(j.turn.payments[i]) // until the gateway answers
	}
	return nil
}

// wasAsked counts a planned link as asked for: its gateway has it, so Redis went
// back to before the request was stored.
func (j *job) wasAsked(i int) {
	p := j.order.Payments[i]
	if p.State != PaymentPlanned {
		return
	}
	key := PaymentKey(j.e.policy.Shop, j.order.Number, p.N, p.Gateway, p.Asked)
	j.try(Opening{Payment: i, Key: key, Return: j.e.returnTo(j.order.Number), At: j.e.now()})
}

// listed looks for a link of which only our reference is known in its gateway's
// own list, and reports whether no other one is made so far: it was found, or the
// list does not answer.
func (j *job) listed(ctx context.Context, i int) (bool, error) {
	p := j.order.Payments[i]
	lister, ok := j.e.Lists[p.Gateway]
	if !ok {
		return false, nil
	}
	list, err := lister.Payments(ctx, j.e.now().Add(-searchBack))
	at := slices.IndexFunc(list, func(l Listed) bool {
		return l.Reference == j.order.Number.Reference(p.N) && !j.order.knows(Hint{Gateway: p.Gateway, External: l.External})
	})
	switch {
	case at < 0 && err != nil: // nobody knows whether it was paid
		j.e.Log.Warn("payments listed", "gateway", p.Gateway, "err", err)
		j.turn.payments[i] = j.e.now().Add(max(RetryAfter(err), vendorWait))
		return true, nil
	case at < 0:
		return false, nil // which says nothing: it may not be paid so far
	}
	err = j.adopt(ctx, i, list[at].External)
	return j.order.Payments[i].External != "" || j.turn.payments[i] > j.e.now(), err
}
