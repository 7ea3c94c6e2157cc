package infinivoucher

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

const (
	purchases  = 4 // per window, one under the vendor's limit (infinivoucher sheet §7)
	window     = 10 * time.Second
	replayFor  = 23 * time.Hour   // the vendor forgets keys after 24 h (§6)
	limitedFor = 10 * time.Second // least pause after a 429 (§5)
	conflicts  = 3                // identical STOCK_CONFLICT answers before a new key (§6)

	// fresh is how old a price may be when it decides about a purchase (§9).
	fresh = 60 * time.Second
	// lookBack is how long before the first send a lost purchase is looked
	// for. The sheet says 2 min (§6); our clock may be off by 4 min besides
	// (DESIGN §5).
	lookBack = 6 * time.Minute
)

// Adapter is InfiniVoucher as the order engine's supplier and as a source of
// the catalogue. It keeps the last product list it read.
type Adapter struct {
	client *Client
	now    func() time.Time
	turn   chan struct{} // held while the list is read
	last   atomic.Pointer[listed]
}

// listed is one reading of the product list.
type listed struct {
	at       time.Time
	listings []Listing
}

// Listing is one product as it is sold at this moment. It has the fields of
// the catalogue's own listing, so that one converts to the other.
type Listing struct {
	Item         string
	Name         string
	CategoryID   string
	CategoryName string
	Price        decimal.Decimal // major units of Currency
	Currency     string
	Stock        int // 0 when not sellable
}

var _ order.Supplier = (*Adapter)(nil)

// NewAdapter returns the supplier over a client. now is the clock prices age
// by; nil means time.Now.
func NewAdapter(c *Client, now func() time.Time) *Adapter {
	if now == nil {
		now = time.Now
	}
	return &Adapter{client: c, now: now, turn: make(chan struct{}, 1)}
}

// Name is the provider name.
func (a *Adapter) Name() string { return Vendor }

// Terms implements order.Supplier.
func (a *Adapter) Terms() order.SupplierTerms {
	return order.SupplierTerms{Sends: purchases, Window: window, ReplayFor: replayFor, ConflictMax: conflicts}
}

// Buy sends one purchase. An answer without all its codes (a replayed one may
// lack them) is completed by reading the order.
func (a *Adapter) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	wanted := Wanted{ProductID: p.Item, Quantity: p.Quantity, Ceiling: a.ceiling(p)}
	r, err := a.client.Buy(ctx, Purchase{Key: p.Key, ProductID: p.Item, Quantity: p.Quantity})
	if err != nil {
		return order.Receipt{}, orderError("buy", err)
	}
	if r.Order.Status == StatusCompleted && len(r.Codes) < p.Quantity {
		r = a.complete(ctx, r)
	}
	return receipt(p, r, wanted), nil
}

// complete reads the codes an answer lacked; the longer list counts. A
// completed order whose codes cannot be read now is left pending: what it lacks
// is paid, and still to be had. Only where reading is refused the answer is all
// there is.
func (a *Adapter) complete(ctx context.Context, r Receipt) Receipt {
	again, err := a.client.Order(ctx, r.Order.ID)
	if err == nil && again.Order.ID == r.Order.ID && len(again.Codes) > len(r.Codes) {
		r.Codes = again.Codes
	}
	if err != nil && rest.KindOf(err) != rest.KindRefused {
		r.Codes = nil
	}
	if len(r.Codes) == 0 {
		r.Order.Status = StatusPending
	}
	return r
}

// ceiling is the unit price a purchase may have cost: what was expected, or
// what Cost said since. 0 if neither is known.
func (a *Adapter) ceiling(p order.Purchase) decimal.Decimal {
	known, ok := a.known(p.Item)
	if ok && known.Price.GreaterThan(p.UnitCost.Decimal()) {
		return known.Price
	}
	return p.UnitCost.Decimal()
}

// Read fetches a purchase by the vendor's order id. What was wanted is the
// engine's to compare; the receipt is only checked against itself.
func (a *Adapter) Read(ctx context.Context, p order.Purchase, external string) (order.Receipt, error) {
	r, err := a.client.Order(ctx, external)
	if err != nil {
		return order.Receipt{}, orderError("order", err)
	}
	if r.Order.ID != external {
		return order.Receipt{}, unclear("order: the answer is for another order")
	}
	return receipt(p, r, Wanted{ProductID: r.Order.ProductID, Quantity: r.Order.Quantity}), nil
}

// Find looks for a purchase whose answer was lost (sheet §6, rule 5): same
// product and quantity, made since the first send, owned by nobody else.
// Exactly one at the price we knew is adopted. CodeUnknown: there is none.
// CodeUnclear: there are several, or one at another price.
func (a *Adapter) Find(ctx context.Context, p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	candidates, err := a.candidates(ctx, p, owned)
	switch {
	case err != nil:
		return order.Receipt{}, err
	case len(candidates) == 0:
		return order.Receipt{}, &order.Error{Code: order.CodeUnknown, Op: "infinivoucher find"}
	case len(candidates) > 1:
		return order.Receipt{}, unclear("find: several purchases fit")
	case !a.priced(p, candidates[0].UnitPrice):
		return order.Receipt{}, unclear("find: a purchase fits, but not its price")
	}
	r, err := a.client.Order(ctx, candidates[0].ID)
	if err != nil {
		return order.Receipt{}, orderError("order", err)
	}
	if r.Order.ID != candidates[0].ID {
		return order.Receipt{}, unclear("find: the answer is for another order")
	}
	return receipt(p, r, Wanted{ProductID: p.Item, Quantity: p.Quantity, Ceiling: a.ceiling(p)}), nil
}

func (a *Adapter) candidates(ctx context.Context, p order.Purchase, owned func(string) (bool, error)) ([]Order, error) {
	from := p.FirstSentAt.Time().Add(-lookBack - a.client.Skew().Ahead.Abs())
	all, err := a.client.Orders(ctx, OrderFilter{From: from})
	if err != nil {
		return nil, orderError("orders", err)
	}
	var out []Order
	for _, o := range all {
		older := !o.CreatedAt.IsZero() && o.CreatedAt.Before(from)
		if o.ID == "" || o.ProductID != p.Item || o.Quantity != p.Quantity || older {
			continue
		}
		taken, err := owned(o.ID)
		if err != nil {
			return nil, &order.Error{Code: order.CodeUnclear, Op: "infinivoucher find: owner", Err: err}
		}
		if !taken {
			out = append(out, o)
		}
	}
	return out, nil
}

// priced reports whether a unit price is one we knew when we bought.
func (a *Adapter) priced(p order.Purchase, price decimal.Decimal) bool {
	if up, err := order.MoneyRoundedUp(price); err == nil && (p.UnitCost == 0 || up == p.UnitCost) {
		return true
	}
	known, ok := a.known(p.Item)
	return ok && known.Price.Equal(price)
}

// receipt translates a vendor receipt, with the rules it breaks.
func receipt(p order.Purchase, r Receipt, w Wanted) order.Receipt {
	out := order.Receipt{
		External: r.Order.ID, Item: r.Order.ProductID, Quantity: r.Order.Quantity,
		Failed:  r.Order.Status == StatusFailed,
		Pending: r.Order.Status != StatusCompleted && r.Order.Status != StatusFailed,
	}
	broken := Check(w, r)
	total, told := taken(r)
	if !told && !out.Pending { // it was not free, and a failed one may have kept it (sheet §4)
		total = max(p.UnitCost.Times(p.Quantity), 1)
		if !slices.Contains(broken, MismatchTotal) {
			broken = append(broken, MismatchTotal)
		}
	}
	out.Total = total
	for _, c := range r.Codes {
		out.Pieces = append(out.Pieces, order.Piece{Code: c.Reveal()})
	}
	for _, m := range broken {
		out.Mismatch = append(out.Mismatch, string(m))
	}
	return out
}

// taken is what an order took from the wallet, false if the answer does not say,
// or says what no wallet holds.
func taken(r Receipt) (order.Money, bool) {
	sum := r.Order.Total
	if r.Wallet {
		sum = r.Deducted
	}
	total, err := order.MoneyRoundedUp(sum)
	return total, err == nil && (r.Wallet || r.Order.Told)
}

// Listings reads everything the vendor sells at this moment, for the
// catalogue. What it read also answers Cost for the next minute.
func (a *Adapter) Listings(ctx context.Context) ([]Listing, error) {
	if err := a.refresh(ctx, 0); err != nil {
		return nil, err
	}
	return slices.Clone(a.last.Load().listings), nil
}

// Balance returns what the wallet can still spend, rounded down. CodeFrozen:
// the wallet is not active. CodeInvalid: it is not in dollars.
func (a *Adapter) Balance(ctx context.Context) (order.Money, error) {
	w, _, err := a.client.Wallet(ctx, 0)
	switch {
	case err != nil:
		return 0, orderError("wallet", err)
	case w.Status != "ACTIVE":
		return 0, &order.Error{Code: order.CodeFrozen, Op: "infinivoucher wallet"}
	case !dollar(w.Currency):
		return 0, &order.Error{Code: order.CodeInvalid, Op: "infinivoucher wallet: currency"}
	}
	balance, err := order.MoneyRoundedDown(w.Balance)
	if err != nil {
		return 0, &order.Error{Code: order.CodeInvalid, Op: "infinivoucher wallet: balance", Err: err}
	}
	return balance, nil
}

// Cost returns the unit cost of an item, rounded up, from a list at most a
// minute old. CodeUnknown: not sold, or not in dollars. CodeStock: fewer than
// quantity there.
func (a *Adapter) Cost(ctx context.Context, w order.Wanted) (order.Money, error) {
	if err := a.refresh(ctx, fresh); err != nil {
		return 0, err
	}
	l, ok := a.known(w.Item)
	switch {
	case !ok || !dollar(l.Currency) || !l.Price.IsPositive():
		return 0, &order.Error{Code: order.CodeUnknown, Op: "infinivoucher cost"}
	case l.Stock < w.Quantity:
		return 0, &order.Error{Code: order.CodeStock, Op: "infinivoucher cost"}
	}
	cost, err := order.MoneyRoundedUp(l.Price)
	if err != nil {
		return 0, &order.Error{Code: order.CodeUnknown, Op: "infinivoucher cost", Err: err}
	}
	return cost, nil
}

// refresh reads the product list unless the last one is younger than maxAge.
// One caller reads at a time; the others wait for what it brings.
func (a *Adapter) refresh(ctx context.Context, maxAge time.Duration) error {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return &order.Error{Code: order.CodeNotSent, Op: "infinivoucher products", Err: ctx.Err()}
	}
	at := a.now() // before the call: what it returns is at least this old
	if last := a.last.Load(); last != nil && at.Sub(last.at).Abs() < maxAge {
		return nil
	}
	categories, err := a.client.Products(ctx, ProductFilter{})
	if err != nil {
		return orderError("products", err)
	}
	next := &listed{at: at}
	for _, c := range categories {
		for _, p := range c.Products {
			next.listings = append(next.listings, listing(c, p))
		}
	}
	a.last.Store(next)
	return nil
}

func listing(c Category, p Product) Listing {
	return Listing{
		Item: p.ID, Name: p.Name, CategoryID: c.ID, CategoryName: c.Name,
		Price: p.Price, Currency: p.Currency, Stock: p.Stock,
	}
}

// known returns what was last read about an item, however old. It never calls
// the vendor and never waits.
func (a *Adapter) known(item string) (Listing, bool) {
	last := a.last.Load()
	if last == nil {
		return Listing{}, false
	}
	i := slices.IndexFunc(last.listings, func(l Listing) bool { return l.Item == item })
	if i < 0 {
		return Listing{}, false
	}
	return last.listings[i], true
}

// orderError translates a client error to the engine's codes.
func orderError(op string, err error) error {
	return ordererr.From(Vendor+" "+op, err, limitedFor, refusalCode)
}

func refusalCode(e *rest.Error) order.Code {
	switch e.Code {
	case CodeStock:
		return order.CodeStock
	case CodeConflict:
		return order.CodeConflict
	case CodeFunds:
		return order.CodeFunds
	case CodeFrozen:
		return order.CodeFrozen
	case CodeUnauthorized, CodeForbidden:
		return order.CodeDenied
	}
	if e.Status == http.StatusPaymentRequired {
		return order.CodeFunds
	}
	return ordererr.ByStatus(e)
}

func unclear(what string) error {
	return &order.Error{Code: order.CodeUnclear, Op: "infinivoucher " + what}
}
