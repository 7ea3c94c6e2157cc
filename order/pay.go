package order

import (
	"bytes"
	"context"
	"slices"
	"time"
)

const (
	// lostGrace is how long a link that exists under an unknown id may still
	// be announced by a webhook before another one is made.
	lostGrace = 90 * time.Second
	// vendorWait is the pause after a vendor did not answer a reading call.
	vendorWait = 30 * time.Second
	openFirst  = time.Second
)

func (j *job) gateway(i int) (Gateway, error) {
	g, ok := j.e.Gateways[j.order.Payments[i].Gateway]
	if !ok {
		return nil, &Error{Code: CodeInvalid, Op: "gateway " + j.order.Payments[i].Gateway + " is not configured"}
	}
	return g, nil
}

// open asks for a checkout link. Creating one moves no money, but a second
// link is a second way to pay: the request is stored before it leaves, and
// leaves again with the same id and the same bytes.
func (j *job) open(ctx context.Context, i int) error {
	g, err := j.gateway(i)
	if err != nil {
		return err
	}
	placed, p := j.order, j.order.Payments[i]
	key := PaymentKey(j.e.policy.Shop, j.order.Number, p.N, p.Gateway, p.Asked)
	if err = j.apply(Opening{Payment: i, Key: key, Return: j.e.returnTo(j.order.Number), At: j.e.now()}); err != nil {
		return err
	}
	if p.Sends == 0 && !slices.ContainsFunc(placed.Payments[:i], Payment.link) {
		j.e.ordered(placed) // who placed it may not have heard so far that it is stored
	}
	if err = j.commit(ctx, true); err != nil {
		return err
	}
	if i >= len(j.order.Payments) || j.order.Payments[i].State != PaymentSent {
		return nil // the order ended meanwhile, or the link is there: nothing leaves that is not stored
	}
	link, err := g.Open(ctx, j.openRequest(i))
	if err != nil {
		return j.openFailed(i, err)
	}
	p = j.order.Payments[i]
	j.e.linked(Linked{Number: j.order.Number, Payment: p.N, Gateway: p.Gateway, External: link.External, Asked: p.Asked})
	j.try(Opened{Payment: i, Link: link, Twins: g.Terms().Twins, At: j.e.now()})
	return nil
}

func (j *job) openRequest(i int) OpenRequest {
	p := j.order.Payments[i]
	return OpenRequest{
		Key: p.Key, Reference: j.order.Number.Reference(p.N), Amount: p.Asked,
		Lifetime: time.Duration(p.Lifetime) * time.Second, Description: "Order " + j.order.Number.Pretty(), ReturnURL: p.Return,
	}
}

func (e *Engine) returnTo(n Number) string {
	if e.policy.Return == nil {
		return ""
	}
	return e.policy.Return(n)
}

func (j *job) openFailed(i int, err error) error {
	code := CodeOf(err)
	j.e.Log.Warn("checkout link", "order", j.order.Number, "code", code, "err", err)
	j.e.Meter.Count("payments_open_failed", string(code))
	now := j.e.now()
	retry := now.Add(max(RetryAfter(err), resendAfter(j.order.Payments[i].Sends, Rules{ResendFirst: openFirst, ResendSlow: vendorWait})))
	if code == CodeExists {
		retry = now.Add(lostGrace)
	}
	j.try(OpenFails{Payment: i, Code: code, RetryAt: retry, At: now})
	return nil
}

// link fetches the address of a payment whose id alone is known.
func (j *job) link(ctx context.Context, i int) error {
	p := j.order.Payments[i]
	link, err := j.address(ctx, i)
	if err == nil && link.URL == "" {
		err = &Error{Code: CodeUnclear, Op: "link without an address"}
	}
	if err != nil {
		j.e.Log.Warn("checkout address", "order", j.order.Number, "err", err)
		wait := max(RetryAfter(err), vendorWait)
		j.try(OpenFails{Payment: i, Code: CodeOf(err), RetryAt: j.e.now().Add(wait), At: j.e.now()})
		return nil
	}
	link.External = p.External
	if link.ExpiresAt == 0 {
		link.ExpiresAt = p.ExpiresAt
	}
	j.try(Opened{Payment: i, Link: link, At: j.e.now()})
	return nil
}

func (j *job) address(ctx context.Context, i int) (Link, error) {
	g, err := j.gateway(i)
	if err != nil {
		return Link{}, err
	}
	return g.Link(ctx, j.order.Payments[i].External)
}

// reopen plans another link in place of one that exists but cannot be found: not
// by a webhook so far, and not in its gateway's list.
func (j *job) reopen(ctx context.Context, i int) error {
	if done, err := j.listed(ctx, i); done || err != nil {
		return err
	}
	p, now := j.order.Payments[i], j.e.now()
	if len(j.order.Payments) >= maxNumber { // nobody would take news of it
		j.turn.payments[i] = now.Add(vendorWait)
		return nil
	}
	left := j.order.ExpiresAt.Time().Sub(now.Time())
	return j.apply(Planned{N: len(j.order.Payments) + 1, Gateway: p.Gateway, Asked: p.Asked, Lifetime: max(left, time.Minute), At: now})
}

// read asks the gateway what arrived.
func (j *job) read(ctx context.Context, i int) error {
	fact, terms, err := j.fact(ctx, i)
	if err != nil {
		j.e.Log.Warn("payment read", "order", j.order.Number, "code", CodeOf(err), "err", err)
		j.e.Meter.Count("payments_read_failed", string(CodeOf(err)))
		return j.unread(i, err)
	}
	j.turn.read[i] = true
	return j.applyNews(Read{Payment: i, Fact: fact, Tolerance: terms.Tolerance, Keeps: terms.Keeps, At: j.e.now()})
}

func (j *job) fact(ctx context.Context, i int) (Fact, GatewayTerms, error) {
	g, err := j.gateway(i)
	if err != nil {
		return Fact{}, GatewayTerms{}, err
	}
	p := j.order.Payments[i]
	fact, err := g.Read(ctx, Watched{External: p.External, Reference: j.order.Number.Reference(p.N), Asked: p.Asked})
	return fact, g.Terms(), err
}

// unread waits for a gateway that does not answer. A person hears of it when
// the order cannot end without the answer.
func (j *job) unread(i int, err error) error {
	now, p := j.e.now(), j.order.Payments[i]
	j.turn.payments[i] = now.Add(max(RetryAfter(err), pollAfter(j.order, p, now, j.e.policy.Rules)))
	if !unreadable(j.order, p, now) {
		return nil
	}
	return j.applyNews(Unread{Payment: i, At: now})
}

// applyNews adds an event unless it brings nothing new, so that polling costs
// no write.
func (j *job) applyNews(ev Event) error {
	before := j.order
	if err := j.apply(ev); err != nil {
		return err
	}
	if unchanged(before, j.order) {
		j.pending = j.pending[:len(j.pending)-1]
	}
	return nil
}

// unchanged reports whether two states of an order are stored the same.
func unchanged(a, b Order) bool {
	x, errX := Encode(a)
	y, errY := Encode(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
