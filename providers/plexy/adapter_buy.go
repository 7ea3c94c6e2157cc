package plexy

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
)

const (
	// lookBack is how long before its first send a lost order is looked for
	// (plexy sheet §11).
	lookBack = 10 * time.Minute
	// anyAge is for what does not change: whether a product is a top-up.
	anyAge = 1 << 62 * time.Nanosecond
	// justCreated is how long an order may be unknown to the vendor that has
	// just taken it, and rereads how often it is asked again (§5).
	justCreated = 2 * time.Minute
	rereads     = 2
	rereadAfter = time.Second

	maxValue = 200 // characters of an account field
)

// Buy sends one purchase. What the vendor would refuse, or carry out for the
// wrong account, is CodeInvalid and not sent. A 409 is looked up in the
// vendor's orders and never bought again (plexy sheet §5).
func (a *Adapter) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	product, currency, ok := splitItem(p.Item)
	if !ok || p.Quantity != 1 {
		return order.Receipt{}, invalid("buy: item or quantity")
	}
	if err := a.acceptable(ctx, p); err != nil {
		return order.Receipt{}, err
	}
	wire := Purchase{Key: p.Key, ProductID: product, Currency: currency, Reference: p.Reference, Test: a.settings.Test}
	if p.Face != 0 {
		wire.Amount = p.Face.String()
	}
	for _, part := range p.Details.Account {
		wire.Account = append(wire.Account, Entry{Key: part.Key, Value: NewSecret(part.Value)})
	}
	o, err := a.client.Create(ctx, wire)
	a.funds.Store(nil) // the balance is another one now
	if e := rest.As(err); e != nil && e.Status == http.StatusConflict {
		return a.conflict(ctx, p, err)
	}
	if err != nil {
		return order.Receipt{}, orderError("buy", err)
	}
	return a.receipt(ctx, p, o)
}

// conflict looks for the order that a 409 speaks of.
func (a *Adapter) conflict(ctx context.Context, p order.Purchase, cause error) (order.Receipt, error) {
	r, err := a.Find(ctx, p, func(string) (bool, error) { return false, nil })
	if err != nil {
		return order.Receipt{}, &order.Error{Code: order.CodeUnclear, Op: "plexy buy: conflict", RetryAfter: order.RetryAfter(err), Err: cause}
	}
	return r, nil
}

// acceptable checks a purchase against what is known about its product,
// however old: prices are the engine's to compare. CodeNotSent: nothing is
// known, and nothing can be read now.
func (a *Adapter) acceptable(ctx context.Context, p order.Purchase) error {
	l, err := a.look(ctx, p.Item, anyAge, a.notes.known())
	if order.CodeOf(err) == order.CodeUnclear && err != nil {
		return &order.Error{Code: order.CodeNotSent, Op: "plexy buy: product", RetryAfter: order.RetryAfter(err), Err: err}
	}
	switch {
	case err != nil:
		return err
	case slices.Contains([]string{HiddenTransfer, HiddenType, HiddenFields, HiddenPrice, HiddenCurrency}, l.Hidden):
		return invalid("buy: product is " + l.Hidden)
	case l.open() && !l.fits(p.Face) || !l.open() && p.Face != 0:
		return invalid("buy: amount")
	case !a.complete(l, p):
		return invalid("buy: account fields")
	default:
		return nil
	}
}

// complete reports whether the account has exactly the product's fields, each
// once and in its format. A top-up to a wrong account cannot be taken back.
func (a *Adapter) complete(l Listing, p order.Purchase) bool {
	given := p.Details.Account
	if l.Kind != order.KindTopUp {
		return len(given) == 0
	}
	product, _, _ := splitItem(l.Item)
	wanted := a.compiled(Product{ID: product, CategoryID: l.CategoryID})
	for _, f := range wanted {
		i := slices.IndexFunc(given, func(part order.Part) bool { return part.Key == f.Key })
		if i < 0 || !f.accepts(given[i].Value) {
			return false
		}
	}
	return len(given) == len(wanted)
}

// accepts reports whether a value is one line, bounded and in the format.
func (f field) accepts(value string) bool {
	if strings.TrimSpace(value) == "" || len([]rune(value)) > maxValue || strings.ContainsAny(value, "\r\n\t\x00") {
		return false
	}
	return f.Format == "" || f.format.MatchString(value)
}

// Read fetches a purchase by the vendor's order id. An order that was just
// created and is not known yet is asked for again. CodeUnclear: it is not
// there, or the answer is for another one.
func (a *Adapter) Read(ctx context.Context, p order.Purchase, external string) (order.Receipt, error) {
	o, err := a.client.Order(ctx, external)
	for range rereads {
		e := rest.As(err)
		if e == nil || e.Status != http.StatusNotFound || order.At(a.now()).Since(p.FirstSentAt) >= justCreated {
			break
		}
		if gaveUp := pause(ctx, rereadAfter); gaveUp != nil {
			return order.Receipt{}, gaveUp
		}
		o, err = a.client.Order(ctx, external)
	}
	switch e := rest.As(err); {
	case e != nil && e.Status == http.StatusNotFound:
		return order.Receipt{}, &order.Error{Code: order.CodeUnclear, Op: "plexy order: not there", Err: err}
	case err != nil:
		return order.Receipt{}, orderError("order", err)
	case o.ID != external:
		return order.Receipt{}, unclear("order: the answer is for another order")
	}
	return a.receipt(ctx, p, o)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &order.Error{Code: order.CodeUnclear, Op: "plexy order", Err: ctx.Err()}
	}
}

// Find looks for a purchase whose answer was lost: the order that carries our
// key or our reference (plexy sheet §6). It never buys. CodeUnknown: there is
// none among all orders of the product since the first send. CodeUnclear:
// several, somebody else's, or not everything could be read.
func (a *Adapter) Find(ctx context.Context, p order.Purchase, owned func(external string) (bool, error)) (order.Receipt, error) {
	product, _, ok := splitItem(p.Item)
	if !ok {
		return order.Receipt{}, invalid("find: item")
	}
	w := a.wanted(p)
	since := window{from: p.FirstSentAt.Time().Add(-lookBack - a.client.Skew().Ahead.Abs())}
	var found []string
	err := a.client.Orders(ctx, OrderFilter{ProductID: product}, func(orders []Order) bool {
		for _, o := range orders {
			if ours, _ := o.Ours(w); ours && !slices.Contains(found, o.ID) {
				found = append(found, o.ID)
			}
		}
		return len(found) > 0 || since.passed(orders)
	})
	switch {
	case err != nil:
		return order.Receipt{}, orderError("orders", err)
	case len(found) == 0:
		return order.Receipt{}, &order.Error{Code: order.CodeUnknown, Op: "plexy find"}
	case len(found) > 1:
		return order.Receipt{}, unclear("find: several orders are ours")
	}
	taken, err := owned(found[0])
	if err != nil {
		return order.Receipt{}, &order.Error{Code: order.CodeUnclear, Op: "plexy find: owner", Err: err}
	}
	if taken {
		return order.Receipt{}, unclear("find: the order belongs to another purchase")
	}
	return a.Read(ctx, p, found[0])
}

// window says when a list has passed a moment. The vendor's sort order is not
// documented: only a list that was seen to go back in time, and never forward,
// is believed to hold nothing newer on its next page.
type window struct {
	from    time.Time
	last    time.Time
	falling bool
	mixed   bool
}

func (w *window) passed(orders []Order) bool {
	for _, o := range orders {
		at := o.CreatedAt
		w.mixed = w.mixed || at.IsZero() || !w.last.IsZero() && at.After(w.last)
		w.falling = w.falling || at.Before(w.last)
		w.last = at
	}
	return w.falling && !w.mixed && w.last.Before(w.from)
}

// wanted is what an order of this purchase looks like.
func (a *Adapter) wanted(p order.Purchase) Wanted {
	product, currency, _ := splitItem(p.Item)
	w := Wanted{
		ProductID: product, Currency: currency, Key: p.Key, Reference: p.Reference, Test: a.settings.Test,
		TopUp: len(p.Details.Account) > 0, Face: p.Face.Decimal(),
	}
	base := a.base(p, product)
	if !base.IsPositive() {
		// The product was not read yet: what was expected to be charged says
		// what it costs.
		base = p.UnitCost.Decimal().Shift(2).DivRound(a.notes.known().percent(product, a.settings.CostPercent), 8)
	}
	w.Ceiling = base.Mul(a.settings.MaxChargePercent).Shift(-2)
	return w
}

// base is what charges are a percentage of: the face value, or the price of a
// product as it was last read. 0 if neither is known.
func (a *Adapter) base(p order.Purchase, product string) decimal.Decimal {
	if p.Face > 0 {
		return p.Face.Decimal()
	}
	if s := a.shelf.Load(); s != nil {
		return s.products[product].Price
	}
	return decimal.Zero
}

// receipt translates an order, with the rules it breaks, and learns from what
// was charged. CodeUnclear: the order is not this purchase's.
func (a *Adapter) receipt(ctx context.Context, p order.Purchase, o Order) (order.Receipt, error) {
	w := a.wanted(p)
	if _, possible := o.Ours(w); !possible {
		return order.Receipt{}, unclear("order: the answer is for another purchase")
	}
	broken := Check(w, o)
	a.learn(ctx, p, o, broken)
	out := order.Receipt{External: o.ID, Item: Item(o.ProductID, o.Currency), Quantity: 1}
	for _, m := range broken {
		out.Mismatch = append(out.Mismatch, string(m))
	}
	switch o.Status {
	case StatusFailed:
		out.Failed = true
		return out, nil
	case StatusCompleted:
		out.Pieces = pieces(w, o, broken)
	}
	out.Total = total(p, o)
	out.Pending = len(out.Pieces) == 0
	return out, nil
}

// total is what the order took, rounded up. What cannot be read is what was
// expected.
func total(p order.Purchase, o Order) order.Money {
	up, err := order.MoneyRoundedUp(o.Charged.Decimal)
	if err != nil || !o.Charged.Set || up < 0 {
		return p.UnitCost
	}
	return up
}

// pieces is what a completed order brought. A test where none was wanted, or
// another product, is not the buyer's (sheet §9); nor is what nobody can read.
func pieces(w Wanted, o Order, broken []Mismatch) []order.Piece {
	for _, m := range []Mismatch{MismatchTest, MismatchProduct, MismatchContent} {
		if slices.Contains(broken, m) {
			return nil
		}
	}
	if w.TopUp {
		proof := o.Content.VendorOrder().Reveal()
		if proof == "" {
			proof = o.ID
		}
		return []order.Piece{{Proof: proof}}
	}
	codes := o.Content.Codes()
	piece := order.Piece{Code: codes[0].Value.Reveal()}
	for _, e := range codes[1:] {
		piece.Parts = append(piece.Parts, order.Part{Key: e.Key, Value: e.Value.Reveal()})
	}
	return []order.Piece{piece}
}

// learn notes what a product is charged, and pauses it when that is too much:
// an order cannot be cancelled, the next one can be prevented (sheet §8).
func (a *Adapter) learn(ctx context.Context, p order.Purchase, o Order, broken []Mismatch) {
	product, _, _ := splitItem(p.Item)
	for _, m := range []Mismatch{MismatchTest, MismatchProduct, MismatchReference, MismatchCurrency, MismatchAmount} {
		if slices.Contains(broken, m) {
			return
		}
	}
	if !o.Charged.IsPositive() || o.Status == StatusFailed {
		return
	}
	text := "more than expected"
	if base := a.base(p, product); base.IsPositive() {
		percent := o.Charged.Shift(2).Div(base).RoundUp(4)
		text = percent.String() + " %"
		a.notes.write(ctx, noteCharge+product, percent.String())
	}
	if slices.Contains(broken, MismatchCharge) && a.notes.first(o.ID) {
		a.notes.write(ctx, notePause+product, "charged "+text)
	}
}
