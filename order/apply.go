package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Apply returns what an order becomes by an event, and what has to be told
// and booked because of it. It is pure: the same order and event give the
// same result, and o is not changed. An event that has already been applied
// changes nothing; one that is impossible in the order's status is CodeEvent.
func Apply(o Order, ev Event) (Order, []Effect, error) {
	to, known := allowed(o.Status, ev.Kind())
	if !known {
		return o, nil, impossible(o, ev)
	}
	c := change{o: o.clone()}
	if err := c.apply(ev); err != nil {
		return o, nil, err
	}
	if !to.has(c.o.Status) {
		return o, nil, impossible(o, ev)
	}
	return c.o, c.effects, nil
}

func impossible(o Order, ev Event) error {
	return &Error{Code: CodeEvent, Op: fmt.Sprintf("%s in %s", ev.Kind(), o.Status)}
}

// change collects what one event does to one order.
type change struct {
	o       Order
	effects []Effect
}

func (c *change) apply(ev Event) error {
	switch ev := ev.(type) {
	case Planned:
		return c.planned(ev)
	case Opening:
		return c.opening(ev)
	case Opened:
		return c.opened(ev)
	case OpenFails:
		return c.openFails(ev)
	case Read:
		return c.read(ev)
	case Unread:
		return c.unread(ev)
	case Unwatch:
		return c.unwatch(ev)
	case Expire:
		return c.expire(ev)
	case Cancel:
		return c.cancel(ev)
	case Buying:
		return c.buying(ev)
	case Bought:
		return c.bought(ev)
	case BuyFails:
		return c.buyFails(ev)
	case Shown:
		c.shown(ev)
	default:
		return c.applySlow(ev)
	}
	return nil
}

// applySlow applies the events of suppliers and gateways that take their time.
func (c *change) applySlow(ev Event) error {
	switch ev := ev.(type) {
	case Twin:
		return c.twin(ev)
	case Met:
		return c.met(ev)
	case Accepted:
		return c.accepted(ev)
	case Arrived:
		return c.arrived(ev)
	case Lost:
		return c.lost(ev)
	case Recalled:
		return c.recalled(ev)
	default:
		return c.applyMoney(ev)
	}
}

// applyMoney applies the events by which money is decided and sent out.
func (c *change) applyMoney(ev Event) error {
	switch ev := ev.(type) {
	case UseCredit:
		return c.credited(ev)
	case CreditShort:
		c.creditShort(ev)
	case GiveBack:
		return c.giveBack(ev)
	case Again:
		return c.again(ev)
	case GiveUp:
		return c.giveUp(ev)
	case ByHand:
		return c.byHand(ev)
	case Close:
		return c.closes(ev)
	default:
		return c.applyPayout(ev)
	}
	return nil
}

func (c *change) applyPayout(ev Event) error {
	switch ev := ev.(type) {
	case PayOut:
		return c.payOut(ev)
	case Addressed:
		return c.addressed(ev)
	case Approved:
		return c.approved(ev)
	case PayingOut:
		return c.payingOut(ev)
	case PaidOut:
		return c.paidOut(ev)
	case PayOutFails:
		return c.payOutFails(ev)
	case DropPayOut:
		return c.dropPayOut(ev)
	}
	return nil
}

// payment is a checkout link of the order: of no other payment a gateway tells.
func (c *change) payment(index int) (*Payment, error) {
	if index < 0 || index >= len(c.o.Payments) || !c.o.Payments[index].link() {
		return nil, &Error{Code: CodeEvent, Op: "payment index"}
	}
	return &c.o.Payments[index], nil
}

func (c *change) line(index int) (*Line, error) {
	if index < 0 || index >= len(c.o.Lines) {
		return nil, &Error{Code: CodeEvent, Op: "line index"}
	}
	return &c.o.Lines[index], nil
}

// note adds a moment to the timeline.
func (c *change) note(at Stamp, what, note string) {
	c.o.Timeline = append(c.o.Timeline, Moment{At: at, What: what, Note: note})
}

func (c *change) do(kind EffectKind) {
	c.effects = append(c.effects, Effect{Kind: kind})
}

func (c *change) post(key string, from, to Account, amount Money) {
	if amount == 0 {
		return
	}
	p := Posting{Key: string(c.o.Number) + "/" + key, From: from, To: to, Amount: amount}
	c.effects = append(c.effects, Effect{Kind: EffectPost, Posting: p})
}

// hold puts the order before a person: admins are alerted once per reason,
// the buyer's message says that somebody is looking.
func (c *change) hold(at Stamp, reason Reason, flags ...Flag) {
	for _, f := range flags {
		c.o.Flags = c.o.Flags.With(f)
	}
	if slices.Contains(c.o.Doubts, reason) {
		return
	}
	c.o.Flags = c.o.Flags.With(FlagHeld)
	c.o.Doubts = append(c.o.Doubts, reason)
	c.o.Reason = reason
	c.note(at, "held", string(reason))
	c.do(EffectAlert)
	c.do(EffectNotify)
	waitsForUs := reason == ReasonPayout || reason == ReasonPayoutCap || reason == ReasonPayoutLeft // the buyer knows, or can do nothing
	if c.o.Status != Ready && c.o.Status != Delivered && !waitsForUs {
		c.do(EffectPing) // an edit does not ring, and the buyer waits for goods
	}
}

func (c *change) planned(ev Planned) error {
	if ev.N != len(c.o.Payments)+1 {
		return &Error{Code: CodeEvent, Op: "planned twice"}
	}
	c.o.Payments = append(c.o.Payments, Payment{
		N: len(c.o.Payments) + 1, Gateway: ev.Gateway, State: PaymentPlanned,
		Asked: ev.Asked, Lifetime: int(ev.Lifetime / time.Second),
	})
	if c.o.Status == Confirming { // the rest of a payment that is short
		c.o.ExpiresAt = max(c.o.ExpiresAt, ev.At.Add(ev.Lifetime))
	}
	c.do(EffectNotify)
	return nil
}

func (c *change) opening(ev Opening) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	if p.State != PaymentPlanned && p.State != PaymentSent {
		return &Error{Code: CodeEvent, Op: "opening a " + string(p.State) + " payment"}
	}
	if p.State == PaymentPlanned {
		p.State, p.SentAt, p.Key, p.Return = PaymentSent, ev.At, ev.Key, ev.Return
	}
	p.Sends++
	p.RetryAt = 0
	return nil
}

func (c *change) opened(ev Opened) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	if p.External != "" && ev.Link.External != p.External && ev.Twins {
		return c.twin(Twin{Payment: ev.Payment, External: ev.Link.External, At: ev.At})
	}
	if p.External != "" && ev.Link.External != p.External {
		// Two links under one reference: keep ours, a person looks.
		c.hold(ev.At, ReasonMismatch)
		return nil
	}
	p.External = ev.Link.External
	c.takeOver(p)
	if p.State == PaymentClosed || p.URL != "" {
		return nil
	}
	p.State, p.URL, p.RetryAt = PaymentOpen, ev.Link.URL, 0
	p.ExpiresAt = ev.Link.ExpiresAt
	if p.ExpiresAt == 0 {
		p.ExpiresAt = p.SentAt + Stamp(p.Lifetime)*1000
	}
	if p.URL != "" && (c.o.Status == AwaitingPayment || c.o.Status == Confirming) {
		c.o.ExpiresAt = max(c.o.ExpiresAt, p.ExpiresAt)
		c.do(EffectNotify)
	}
	return nil
}

func (c *change) openFails(ev OpenFails) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	if p.State != PaymentSent && p.State != PaymentLost && p.State != PaymentOpen {
		return nil
	}
	switch {
	case p.External != "": // the link exists, only its address is missing
		p.RetryAt = ev.RetryAt
	case ev.Code == CodeExists:
		p.State, p.RetryAt = PaymentLost, ev.RetryAt
	case ev.Code.Refusal():
		p.State = PaymentRefused
		c.refusedLink(ev)
	default:
		if p.Sends == 1 {
			c.do(EffectNotify) // the first failure: the buyer hears that it takes longer
		}
		p.RetryAt = ev.RetryAt
	}
	return nil
}

// refusedLink closes an order that nobody can pay and that nobody paid.
func (c *change) refusedLink(ev OpenFails) {
	if c.o.Status != AwaitingPayment || c.o.moneySeen() {
		return
	}
	for _, p := range c.o.Payments {
		if p.link() && p.State != PaymentRefused && p.State != PaymentClosed {
			return
		}
	}
	c.o.Status = Cancelled
	c.o.Reason = ReasonInvoice
	c.note(ev.At, "cancelled", string(ev.Code))
	c.do(EffectAlert)
	c.do(EffectNotify)
	c.spread(ev.At)
}

func (c *change) unwatch(ev Unwatch) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	p.State = PaymentClosed
	p.URL, p.Return = "", ""
	return nil
}

func (c *change) shown(ev Shown) {
	if ev.Message != 0 {
		c.o.Message = ev.Message
	}
	if c.o.Status == Ready && ev.Goods {
		c.o.Status = Delivered
		c.note(ev.At, string(Delivered), "")
		c.do(EffectPing)
	}
}

// mismatchNote joins rule names for the timeline.
func mismatchNote(rules []string) string { return strings.Join(rules, ",") }
