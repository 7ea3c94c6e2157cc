package order

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Draft is an order as a checkout wants it.
type Draft struct {
	Number   Number // drawn when the checkout was shown: placing it twice is one order
	Buyer    int64
	Language string
	Gateway  string // may be empty when credit pays for everything
	Credit   Money  // how much of the buyer's credit to use
	Lines    []DraftLine
}

// DraftLine is one product of a draft.
type DraftLine struct {
	Product   string
	Supplier  string
	Item      string
	Name      string
	Quantity  int
	UnitPrice Money
	UnitCost  Money
	Kind      Kind
	Face      Money // of one piece, for goods of any amount
	Purse     string
	Details   Details
	Usual     time.Duration
}

const (
	// maxQuantity is what one purchase may hold (infinivoucher sheet §3).
	maxQuantity = 100
	// maxLines is how many purchases one order may need.
	maxLines = 20
	// maxPayments is how many links one order may ask for.
	maxPayments = 6
)

// NewNumber draws an order number for a buyer.
func (e *Engine) NewNumber(buyer int64) (Number, error) {
	return NewNumber(e.Random, e.policy.Shard(buyer))
}

// Place stores a new order and asks for its checkout link. Placing the same
// draft again returns the order as it is, also when it would be refused by now.
// Errors: CodeInvalid, CodeTooSmall, CodeSupply (the supplier's balance does not
// cover it), CodeTooMany.
func (e *Engine) Place(ctx context.Context, d Draft) (Order, error) {
	o, err := e.draft(d)
	if err != nil {
		return e.placed(ctx, d, err)
	}
	if err = e.covered(ctx, o); err != nil {
		return e.placed(ctx, d, err)
	}
	effects, err := e.payments(&o, d)
	if err != nil {
		return e.placed(ctx, d, err)
	}
	if err = e.Journal.Placed(o.Number, o.Buyer, o.Total, e.firstKey(o)); err != nil {
		return Order{}, fmt.Errorf("journal: %w", err)
	}
	stored, err := e.insert(ctx, o, effects)
	if err != nil {
		return e.placed(ctx, d, err)
	}
	e.Meter.Count("orders_placed", d.Gateway)
	e.ordered(stored)
	return stored, nil
}

// ordered keeps a new order on this machine's disk: nobody can have paid for it
// so far, because its link is asked for only now.
func (e *Engine) ordered(o Order) {
	if e.Memory == nil {
		return
	}
	if err := e.Memory.Ordered(o); err != nil {
		e.Meter.Count("journal_failed", "ordered")
		e.Log.Error("a new order is not in the journal", "order", o.Number, "err", err)
	}
}

// linked keeps a gateway's id of a link on this machine's disk: Redis may forget
// it, and not every gateway lists what it took.
func (e *Engine) linked(l Linked) {
	if e.Memory == nil || l.External == "" {
		return
	}
	if err := e.Memory.Linked(l); err != nil {
		e.Meter.Count("journal_failed", "linked")
		e.Log.Error("a payment link is not in the journal", "order", l.Number, "err", err)
	}
}

// payments adds how the order is paid: the buyer's credit, and a link for what
// that leaves.
func (e *Engine) payments(o *Order, d Draft) ([]Effect, error) {
	var events []Event
	now := o.CreatedAt
	if d.Credit > 0 {
		events = append(events, UseCredit{N: 1, Amount: min(d.Credit, o.Total), At: now})
	}
	rest := o.Total - min(d.Credit, o.Total)
	if rest > 0 {
		g, ok := e.Gateways[d.Gateway]
		if !ok {
			return nil, &Error{Code: CodeInvalid, Op: "draft gateway"}
		}
		if rest < g.Terms().Least {
			return nil, &Error{Code: CodeTooSmall, Op: "draft rest"}
		}
		events = append(events, Planned{N: len(events) + 1, Gateway: d.Gateway, Asked: rest, Lifetime: e.policy.TTL, At: now})
	}
	effects, err := applyAll(o, events...)
	return slices.DeleteFunc(effects, func(e Effect) bool { return e.Kind != EffectPost }), err
}

// firstKey is the request id of the order's link, "" without one.
func (e *Engine) firstKey(o Order) string {
	p, ok := o.Shown()
	if !ok {
		return ""
	}
	return PaymentKey(e.policy.Shop, o.Number, p.N, p.Gateway, p.Asked)
}

// placed returns the order a draft has become before, or why it cannot. Where
// nobody can say whether it has, that counts: “nothing was ordered” must be true.
func (e *Engine) placed(ctx context.Context, d Draft, why error) (Order, error) {
	if _, err := ParseNumber(string(d.Number)); err != nil {
		return Order{}, why
	}
	o, err := e.Get(ctx, d.Buyer, d.Number)
	if err != nil && CodeOf(err) == CodeMissing {
		err = why
	}
	return o, err
}

func (e *Engine) draft(d Draft) (Order, error) {
	now := e.now()
	o := Order{
		Number: d.Number, Buyer: d.Buyer, Language: d.Language, Status: AwaitingPayment,
		CreatedAt: now, ExpiresAt: now.Add(e.policy.TTL),
		Timeline: []Moment{{At: now, What: "placed"}},
	}
	if _, err := ParseNumber(string(d.Number)); err != nil || d.Buyer == 0 || len(d.Lines) == 0 {
		return Order{}, &Error{Code: CodeInvalid, Op: "draft"}
	}
	if d.Credit < 0 || d.Credit > MaxMoney {
		return Order{}, &Error{Code: CodeInvalid, Op: "draft credit"}
	}
	for _, l := range d.Lines {
		if err := e.addLine(&o, l); err != nil {
			return Order{}, err
		}
	}
	if o.Total < e.policy.MinOrder {
		return Order{}, &Error{Code: CodeTooSmall, Op: "draft total"}
	}
	return o, nil
}

// addLine adds what one purchase can hold as one line, and more as several.
func (e *Engine) addLine(o *Order, l DraftLine) error {
	s, known := e.Suppliers[l.Supplier]
	if !known || l.Item == "" || l.Quantity < 1 || l.Quantity > maxQuantity || l.Face < 0 ||
		l.UnitPrice <= 0 || l.UnitCost <= 0 || max(l.UnitPrice, l.UnitCost, l.Face) > MaxMoney/maxQuantity/10 {
		return &Error{Code: CodeInvalid, Op: "draft line"}
	}
	pieces := s.Terms().Pieces
	if pieces <= 0 {
		pieces = maxQuantity
	}
	for left := l.Quantity; left > 0; left -= pieces {
		if err := e.addPurchase(o, l, min(left, pieces)); err != nil {
			return err
		}
	}
	o.Total += l.UnitPrice.Times(l.Quantity)
	if o.Total > MaxMoney || len(o.Lines) > maxLines {
		return &Error{Code: CodeInvalid, Op: "draft total"}
	}
	return nil
}

func (e *Engine) addPurchase(o *Order, l DraftLine, quantity int) error {
	line := Line{
		Product: l.Product, Supplier: l.Supplier, Item: l.Item, Name: l.Name, Quantity: quantity,
		UnitPrice: l.UnitPrice, UnitCost: l.UnitCost, State: LineWaiting,
		Kind: l.Kind, Face: l.Face, Purse: l.Purse, Usual: int(l.Usual / time.Second),
	}
	if line.Purse == l.Supplier {
		line.Purse = ""
	}
	if !l.Details.empty() {
		var err error
		if line.Details, err = seal(e.Vault, o.Number, detailsPurpose(len(o.Lines)), l.Details); err != nil {
			return err
		}
	}
	o.Lines = append(o.Lines, line)
	return nil
}

// PayBy asks for another checkout link in place of the shown one, which stays
// watched. CodeEvent: the order takes no payment any more; CodeTooMany: it had
// enough links; CodeInvalid: no such gateway.
func (e *Engine) PayBy(ctx context.Context, buyer int64, n Number, gateway string) (Order, error) {
	var o Order
	for range claimTries { // whatever it is that came between, it is looked at again
		found, err := e.Get(ctx, buyer, n)
		if err != nil {
			return Order{}, err
		}
		o = found
		has, err := e.payable(o, gateway)
		if has || err != nil {
			return o, err
		}
		if o, err = e.plan(ctx, o, gateway); CodeOf(err) != CodeStale {
			return o, err
		}
	}
	return o, &Error{Code: CodeBusy, Op: "pay by " + gateway}
}

// payable reports whether an order shows a link of a gateway for what it lacks
// already; an error says why there can be none.
func (e *Engine) payable(o Order, gateway string) (has bool, err error) {
	g, ok := e.Gateways[gateway]
	switch {
	case !ok:
		return false, &Error{Code: CodeInvalid, Op: "pay by " + gateway}
	case o.Missing() == 0:
		return false, &Error{Code: CodeEvent, Op: "pay what is paid"}
	case o.Missing() < g.Terms().Least:
		return false, &Error{Code: CodeTooSmall, Op: "pay by " + gateway}
	}
	p, ok := o.Shown()
	return ok && p.Gateway == gateway && p.Asked == o.Missing() && p.State != PaymentRefused && !p.Ended, nil
}

const claimTries = 4

// plan stores the wish for another link beside whoever works on the order.
func (e *Engine) plan(ctx context.Context, o Order, gateway string) (Order, error) {
	if len(o.Payments) >= maxPayments {
		return o, &Error{Code: CodeTooMany, Op: "links of an order"}
	}
	ev := Planned{N: len(o.Payments) + 1, Gateway: gateway, Asked: o.Missing(), Lifetime: e.policy.TTL, At: e.now()}
	stored, err := e.saveAside(ctx, o, ev)
	if err != nil {
		return o, err
	}
	e.Wake(o.Number)
	return stored, nil
}

// covered checks that the shop sells, and that every supplier's balance, less
// what open orders will still cost, pays for the order.
func (e *Engine) covered(ctx context.Context, o Order) error {
	standing, err := e.Index.Standing(ctx)
	if err != nil {
		return fmt.Errorf("standing: %w", err)
	}
	switch {
	case standing.Sales.Off:
		return &Error{Code: CodeClosed, Op: "place"}
	case e.frozen():
		return &Error{Code: CodeLoss, Op: "place"}
	}
	for _, l := range o.Lines {
		if e.Paused(l.Supplier, l.Item) {
			return &Error{Code: CodePaused, Op: "place"}
		}
	}
	need := o.Reserve()
	for _, supplier := range sortedKeys(need) {
		balance, known := e.Funds.Balance(supplier)
		if !known || balance-standing.Reserved[supplier] < need[supplier] {
			e.Meter.Count("orders_not_covered", supplier)
			return &Error{Code: CodeSupply, Op: "cover by " + supplier}
		}
	}
	return nil
}

// Get returns one order of one buyer. CodeMissing: there is none, or it is
// somebody else's.
func (e *Engine) Get(ctx context.Context, buyer int64, n Number) (Order, error) {
	o, err := e.Store.Load(ctx, n)
	if err != nil {
		return Order{}, fmt.Errorf("order %s: %w", n, err)
	}
	if o.Buyer != buyer {
		return Order{}, &Error{Code: CodeMissing, Op: "order of another buyer"}
	}
	return o, nil
}

// List returns a buyer's orders, newest first, and how many there are.
func (e *Engine) List(ctx context.Context, buyer int64, offset, limit int) ([]Order, int, error) {
	list, total, err := e.Index.OfBuyer(ctx, buyer, offset, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("orders of a buyer: %w", err)
	}
	return list, total, nil
}

// Recheck looks at an order's payment soon, at most every ten seconds:
// CodeTooSoon with the order as it is.
func (e *Engine) Recheck(ctx context.Context, buyer int64, n Number) (Order, error) {
	o, err := e.Get(ctx, buyer, n)
	if err != nil {
		return Order{}, err
	}
	if !e.queue.mayRecheck(n, e.Clock.Now()) {
		return o, &Error{Code: CodeTooSoon, Op: "recheck"}
	}
	if err := e.Hint(ctx, n, Hint{}); err != nil {
		return o, err
	}
	return o, nil
}

// Cancel ends an order that is not paid. The payment is read first: money that
// was seen makes it CodeEvent, unless the buyer knows that it becomes credit.
// CodeBusy: somebody works on the order, try again in a moment.
func (e *Engine) Cancel(ctx context.Context, buyer int64, n Number, money bool) (Order, error) {
	o, err := e.Get(ctx, buyer, n)
	if err != nil {
		return Order{}, err
	}
	if o.Status == Cancelled {
		return o, nil
	}
	claim, err := e.Store.Claim(ctx, n)
	if err != nil {
		return o, fmt.Errorf("cancel: %w", err)
	}
	if e.Keep != nil {
		defer e.Keep(n)()
	}
	j := e.job(claim)
	refused := j.learn(ctx, claim.Hints)
	if refused == nil {
		refused = j.cancel(ctx, money)
	}
	if err := j.park(ctx); err != nil {
		return o, err
	}
	if refused == nil && j.order.Status != Cancelled { // somebody else moved it meanwhile
		refused = &Error{Code: CodeEvent, Op: "cancel in " + string(j.order.Status)}
	}
	return j.order, refused
}

func (j *job) cancel(ctx context.Context, money bool) error {
	for i, p := range j.order.Payments {
		if p.State != PaymentOpen {
			continue
		}
		if err := j.read(ctx, i); err != nil {
			return err
		}
		if !j.turn.read[i] {
			return &Error{Code: CodeBusy, Op: "cancel: the payment cannot be read"}
		}
	}
	return j.apply(Cancel{Money: money, At: j.e.now()})
}

// Shown records that an announcement was told: the status message shows the
// order as it was taken, in the given message. An order that was ready is
// delivered by it. CodeStale: the order has moved on since, take again.
func (e *Engine) Shown(ctx context.Context, a Announced, message int) error {
	if a.Order.Message == message && a.Order.Status != Ready {
		if err := e.Outbox.Ack(ctx, a); err != nil {
			return fmt.Errorf("acknowledge: %w", err)
		}
		return nil
	}
	o, effects, err := Apply(a.Order, Shown{Message: message, Goods: a.Order.Status == Ready, At: e.now()})
	if err != nil {
		return err
	}
	t := Transition{Order: o, Reserve: o.Reserve(), Open: o.Unpaid(), Aside: true, Ack: &a}
	t.Announce, t.Postings = e.told(o, effects)
	_, err = e.save(ctx, t)
	return err
}
