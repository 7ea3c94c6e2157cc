package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// searchBack is how far back gateways are asked for payments that we have
// forgotten: as long as a link is watched at most, and a day.
const searchBack = 4 * 24 * time.Hour

// maxNumber is the highest number that a link is asked for under, and that news is
// taken of. Beside the links somebody wished for (maxPayments), credit, twins, found
// ones and those in the place of lost ones have numbers.
const maxNumber = 4 * maxPayments

// foundOrder keeps a payment whose order nobody knows any more, durably, before
// its webhook is answered: an order without lines, which waits for a person as
// soon as its gateway confirms money for it. CodeMissing: the number is none of
// this shop's.
func (e *Engine) foundOrder(ctx context.Context, n Number, h Hint) error {
	if _, known := e.Gateways[h.Gateway]; !known || h.External == "" || h.Payment < 1 || h.Payment > maxNumber {
		return &Error{Code: CodeMissing, Op: "found money of " + string(n)}
	}
	if err := e.insertFound(ctx, n, h.Gateway); err != nil {
		return err
	}
	e.Meter.Count("payments_found", h.Gateway)
	e.Log.Error("a payment of an order that Redis does not know", "order", n, "gateway", h.Gateway)
	if err := e.Index.Wake(ctx, n, h); err != nil {
		return fmt.Errorf("wake %s: %w", n, err)
	}
	e.Wake(n)
	return nil
}

// insertFound stores an order that nobody knows, for what was found of it.
// CodeMissing: the number is none of this shop's.
func (e *Engine) insertFound(ctx context.Context, n Number, by string) error {
	buyer, ok := e.nobody(n)
	if !ok {
		return &Error{Code: CodeMissing, Op: "found of " + string(n)}
	}
	now := e.now()
	o := Order{
		Number: n, Buyer: buyer, Status: Cancelled, Found: true, CreatedAt: now, ExpiresAt: now,
		Timeline: []Moment{{At: now, What: "found", Note: by}},
	}
	_, err := e.insert(ctx, o, nil)
	if err != nil && CodeOf(err) != CodeStale { // stale: somebody else was as quick
		return err
	}
	return nil
}

// nobody is an id that no person has, on the shard of an order: the buyer of
// found money until a person says whose it is.
func (e *Engine) nobody(n Number) (int64, bool) {
	if _, err := ParseNumber(string(n)); err != nil {
		return 0, false
	}
	for id := int64(-1); id > -4096; id-- {
		if e.policy.Shard(id) == n.Shard() {
			return id, true
		}
	}
	return 0, false // of a shop with more shards
}

// discover takes in a payment that the order does not know, because Redis went
// back to before it was asked for. The gateway's own record says whose it is,
// or, where that names no reference, its signature.
func (j *job) discover(ctx context.Context, h Hint) {
	g, ok := j.e.Gateways[h.Gateway]
	if !ok || h.External == "" || h.Payment < 1 || h.Payment > maxNumber || j.order.knows(h) {
		return
	}
	// Where nobody remembers what it was made for, and its gateway cannot tell, a
	// person values it.
	fact, err := g.Read(ctx, Watched{External: h.External, Reference: j.order.Number.Reference(h.Payment), Asked: h.Asked})
	switch {
	case err != nil && CodeOf(err).Refusal(), err == nil && !ours(fact, j.order.Number.Reference(h.Payment), h):
		j.e.Log.Warn("hint of another payment", "order", j.order.Number)
		j.e.Meter.Count("hints_refused", h.Gateway)
	case err != nil:
		j.stays(j.e.now().Add(max(RetryAfter(err), vendorWait)))
	default:
		j.e.Log.Error("a payment that Redis does not know", "order", j.order.Number, "gateway", h.Gateway)
		j.try(Met{N: h.Payment, Gateway: h.Gateway, External: h.External, Fact: fact, At: j.e.now()})
	}
}

func ours(f Fact, reference string, h Hint) bool {
	return f.External == h.External && (f.Reference == reference || f.Reference == "" && h.Signed)
}

// knows reports whether the order has the payment of a hint under its gateway's
// id. That it has the number is not enough: Redis may have gone back, and the
// number have been given to another link since.
func (o Order) knows(h Hint) bool {
	return slices.ContainsFunc(o.Payments, func(p Payment) bool { return p.Gateway == h.Gateway && p.External == h.External })
}

// taken reports whether the number of a payment is another one's.
func (o Order) taken(n int) bool { return n <= len(o.Payments) && !o.Payments[n-1].gap() }

// gap reports a payment that is not known: it keeps the number of one that may
// be found later.
func (p Payment) gap() bool { return p.State == PaymentGap }

// met adds a payment that Redis had forgotten. Those before it which are not
// known either keep their numbers.
func (c *change) met(ev Met) error {
	if ev.N < 1 || ev.N > maxNumber || ev.External == "" {
		return &Error{Code: CodeEvent, Op: "number of a found payment"}
	}
	if c.o.knows(Hint{Payment: ev.N, Gateway: ev.Gateway, External: ev.External}) {
		return nil
	}
	expires := ev.Fact.ExpiresAt
	if expires == 0 {
		expires = ev.At
	}
	p := c.keep(Payment{ // when it was asked for nobody knows: before a person vouched for money, perhaps
		N: ev.N, Gateway: ev.Gateway, State: PaymentOpen, Asked: ev.Fact.Asked, SentAt: c.o.CreatedAt, External: ev.External,
		ExpiresAt: expires, Twin: true,
	})
	c.note(ev.At, "met", ev.Gateway+" "+ev.External)
	c.unvalued(p, ev.Fact, ev.At)
	return nil
}

// keep adds a payment under its number, where that is free. Those before it which
// are not known either keep theirs.
func (c *change) keep(p Payment) *Payment {
	if c.o.taken(p.N) {
		p.N = len(c.o.Payments) + 1
	}
	for n := len(c.o.Payments) + 1; n <= p.N; n++ {
		c.o.Payments = append(c.o.Payments, Payment{N: n, State: PaymentGap})
	}
	c.o.Payments[p.N-1] = p
	return &c.o.Payments[p.N-1]
}

// unvalued puts money before a person that nobody can value, because what it was
// asked for is forgotten, and reports whether it did: once for all that its
// gateway says.
func (c *change) unvalued(p *Payment, f Fact, at Stamp) bool {
	if p.Asked != 0 || f.Asked != 0 || !f.Confirming.IsPositive() && !f.Coins.IsPositive() && f.Status != FactPaid {
		return false
	}
	if says := string(ReasonMismatch) + " " + f.Coins.String() + " " + f.Coin; says != p.Judged {
		if says != p.Odd {
			c.worse(at, ReasonFound, f.Coins.String()+" "+f.Coin)
		}
		p.Odd = says
		c.hold(at, ReasonFound)
	}
	return true
}

// setAside books found money that a person answered by hand: it is nobody's
// credit.
func (c *change) setAside(at Stamp) {
	left := c.o.Left()
	if !c.o.Found || left <= 0 {
		return
	}
	c.o.Returned += left
	c.note(at, "aside", left.String())
	c.post("aside/"+micros(c.o.Returned), c.account(), "aside", left)
}

// owner reads whose found money is, as an admin wrote it: the buyer's id comes
// first in the reason. CodeInvalid: it does not.
func owner(why string) (int64, error) {
	word, _, _ := strings.Cut(strings.TrimSpace(why), " ")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 {
		return 0, &Error{Code: CodeInvalid, Op: "found money without its buyer's id"}
	}
	return id, nil
}

// search asks gateways that list what they took for references of ours that no
// order has, and counts them. A list that does not answer, or that could not be
// worked off, says nothing: it is asked again.
func (e *Engine) search(ctx context.Context, gateways []string, h *Healed) (err error) {
	e.healing.unheard, e.healing.askAt = nil, 0
	for _, name := range gateways {
		lister, here := e.Lists[name]
		if !here { // this replica has no such gateway any more: another one may
			e.healing.unheard = append(e.healing.unheard, name)
			e.healing.askAt = max(e.healing.askAt, e.now().Add(vendorWait))
			continue
		}
		list, silent := lister.Payments(ctx, e.now().Add(-searchBack))
		if silent != nil {
			e.Log.Warn("payments listed", "gateway", name, "err", silent)
		}
		var lost error
		for _, p := range list {
			is, failed := e.unknown(ctx, name, p)
			if is {
				h.Found++
			}
			if !e.skips(h, failed, p.Reference) {
				lost = errors.Join(lost, failed)
			}
		}
		if silent != nil || lost != nil {
			e.healing.unheard = append(e.healing.unheard, name)
			e.healing.askAt = max(e.healing.askAt, e.now().Add(max(RetryAfter(silent), vendorWait)))
		}
		err = errors.Join(err, lost)
	}
	return err
}

// askOwed asks on for the lists that are owed since a freeze ended, from time to
// time until each has answered once: there may be money in it that nobody knows of.
func (e *Engine) askOwed(ctx context.Context, owed Owed) error {
	if len(owed.Gateways) == 0 || e.now() < e.healing.askAt {
		return nil
	}
	err := e.search(ctx, owed.Gateways, &Healed{})
	for _, name := range owed.Gateways {
		if !slices.Contains(e.healing.unheard, name) {
			err = errors.Join(err, e.Freezer.Heard(ctx, owed.Freeze, name))
		}
	}
	return err
}

// searchOn asks those gateways again whose list did not answer under the freeze
// that stands.
func (e *Engine) searchOn(ctx context.Context, h *Healed) error {
	if len(e.healing.unheard) == 0 || e.now() < e.healing.askAt {
		return nil
	}
	return e.search(ctx, e.healing.unheard, h)
}

// unknown takes in a listed payment that no order has, and reports whether it is
// one.
func (e *Engine) unknown(ctx context.Context, gateway string, p Listed) (bool, error) {
	n, attempt, err := ParseReference(p.Reference)
	if err != nil {
		return false, nil //nolint:nilerr // not ours
	}
	l := Linked{Number: n, Payment: attempt, Gateway: gateway, External: p.External, Asked: p.Asked}
	is, err := e.relink(ctx, l)
	if err == nil || CodeOf(err) != CodeMissing {
		return is, err
	}
	err = e.foundOrder(ctx, n, l.hint()) // all journals have been asked
	if err != nil && CodeOf(err) == CodeMissing {
		return false, nil // of another shop
	}
	return err == nil, err
}

// relink tells an order of a link that it has forgotten, and reports whether it
// had. CodeMissing: there is no such order.
func (e *Engine) relink(ctx context.Context, l Linked) (forgotten bool, err error) {
	o, err := e.Store.Load(ctx, l.Number)
	if err != nil || o.knows(l.hint()) {
		return false, err
	}
	return true, e.hint(ctx, l.Number, l.hint())
}
