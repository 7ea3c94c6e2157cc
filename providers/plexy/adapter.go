package plexy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

const (
	replayFor  = 23 * time.Hour   // plexy sheet §6
	patience   = 30 * time.Minute // sheet §4: then a person hears of it, and polling goes on
	limitedFor = 5 * time.Second  // least pause after a 429: no limits are published (§5)
	conflicts  = 3

	// fresh is how old a price or a balance may be when it decides about a
	// purchase.
	fresh = 60 * time.Second
	// probeEvery is the least time between two health probes (§5).
	probeEvery = time.Minute
)

// Field is something a top-up has to say about the buyer's account. Format is
// a regular expression the whole value matches, "" for any.
type Field struct {
	Key, Label, Format, Example string
}

// Settings are the shop's own decisions.
type Settings struct {
	Test bool // every order is a test, and only tests are delivered (plexy sheet §9)
	// AccountFields are the fields of a top-up by product id ("456") or by
	// category ("category:10"); the product's own count first. No endpoint
	// describes them, so a top-up without any is not sold.
	AccountFields map[string][]Field
	// CostPercent is what a product is expected to be charged, in percent of
	// its price or face value, until a charge was seen: there is no quote.
	CostPercent decimal.Decimal
	// MaxChargePercent is the charge above which a product is paused.
	MaxChargePercent decimal.Decimal
}

// Adapter is Plexy as the order engine's supplier and as a source of the
// catalogue. It keeps what it read about products and balances.
type Adapter struct {
	client   *Client
	settings Settings
	fields   map[string][]field // compiled AccountFields
	notes    *notebook
	now      func() time.Time

	turn  chan struct{} // held while one product or the balance is read
	shelf atomic.Pointer[shelf]
	funds atomic.Pointer[funds]

	probe  sync.Mutex
	probed time.Time
	health error
}

// field is a Field with its format compiled.
type field struct {
	Field
	format *regexp.Regexp
}

var _ order.Supplier = (*Adapter)(nil)

// NewAdapter returns the supplier over a client. now is the clock prices age
// by; nil means time.Now. Errors: percents that are not positive or leave no
// room, a field without a key, a format that does not compile.
func NewAdapter(c *Client, s Settings, m Memory, now func() time.Time) (*Adapter, error) {
	if now == nil {
		now = time.Now
	}
	if !s.CostPercent.IsPositive() || s.MaxChargePercent.LessThan(s.CostPercent) {
		return nil, errors.New("plexy: the cost percent must be positive, and the highest charge percent not below it")
	}
	a := &Adapter{client: c, settings: s, fields: make(map[string][]field), notes: newNotebook(m), now: now, turn: make(chan struct{}, 1)}
	for product, list := range s.AccountFields {
		for _, f := range list {
			format, err := regexp.Compile(`^(?:` + f.Format + `)$`)
			if err != nil || f.Key == "" {
				return nil, fmt.Errorf("plexy: account fields of %q: a key is missing or a format does not compile", product)
			}
			a.fields[product] = append(a.fields[product], field{Field: f, format: format})
		}
	}
	return a, nil
}

// Name is the provider name.
func (a *Adapter) Name() string { return Vendor }

// Terms implements order.Supplier. One purchase at a time per currency is
// unresolved, so that the check of the balance before it holds.
func (a *Adapter) Terms() order.SupplierTerms {
	return order.SupplierTerms{
		Sends: 2, Window: time.Second, ReplayFor: replayFor, ConflictMax: conflicts, Pieces: 1,
		Lock: lock, Frees: true, Patience: patience,
	}
}

func lock(item string) string {
	if _, currency, ok := splitItem(item); ok {
		return "currency:" + currency
	}
	return item
}

// Item names a product and the currency it is charged in: "456@USD".
func Item(product, currency string) string { return product + "@" + currency }

func splitItem(item string) (product, currency string, ok bool) {
	product, currency, ok = strings.Cut(item, "@")
	return product, currency, ok && integer.MatchString(product) && currencyCode.MatchString(currency)
}

// Purse names our account in a currency: "plexy:USD".
func Purse(currency string) string { return Vendor + ":" + currency }

// dollar reports whether a currency counts 1:1 as USD (DESIGN §3).
func dollar(currency string) bool {
	return slices.Contains([]string{"USD", "USDT", "USDC"}, currency)
}

// Health asks whether the vendor is up, at most once a minute: in between the
// last answer is given again.
func (a *Adapter) Health(ctx context.Context) error {
	a.probe.Lock()
	defer a.probe.Unlock()
	at := a.now()
	if !a.probed.IsZero() && at.Sub(a.probed).Abs() < probeEvery {
		return a.health
	}
	err := a.client.Health(ctx)
	if err != nil {
		err = orderError("health", err)
	}
	if ctx.Err() == nil { // a caller that gave up says nothing about the vendor
		a.probed, a.health = at, err
	}
	return err
}

// Pending lists the orders that the vendor has not finished: a slow sweep for
// what polling forgot (sheet §4). The references are order.PurchaseReference.
func (a *Adapter) Pending(ctx context.Context) ([]Unfinished, error) {
	all, err := a.client.Unfinished(ctx)
	if err != nil {
		return nil, orderError("pending", err)
	}
	return all, nil
}

// funds is one reading of the balances.
type funds struct {
	at    time.Time
	purse map[string]order.Money
}

// Balances returns what is left in each dollar currency, by purse, rounded
// down. It also shows that key and agent fit (sheet §11).
func (a *Adapter) Balances(ctx context.Context) (map[string]order.Money, error) {
	at := a.now() // before the call: what it returns is at least this old
	all, err := a.client.Balance(ctx)
	if err != nil {
		return nil, orderError("balance", err)
	}
	next := &funds{at: at, purse: make(map[string]order.Money)}
	for _, f := range all {
		if !dollar(f.Currency) {
			continue
		}
		left, err := order.MoneyRoundedDown(f.Available)
		if err != nil {
			return nil, &order.Error{Code: order.CodeInvalid, Op: "plexy balance", Err: err}
		}
		next.purse[Purse(f.Currency)] = left
	}
	a.funds.Store(next)
	return next.purse, nil
}

// available is what is left in a currency, from knowledge at most a minute old
// and not older than our last purchase.
func (a *Adapter) available(ctx context.Context, currency string) (order.Money, error) {
	if last := a.funds.Load(); last != nil && a.now().Sub(last.at).Abs() < fresh {
		return last.purse[Purse(currency)], nil
	}
	purses, err := a.Balances(ctx)
	return purses[Purse(currency)], err
}

// orderError translates a client error to the engine's codes.
func orderError(op string, err error) error {
	return ordererr.From(Vendor+" "+op, err, limitedFor, refusalCode)
}

// refusalCode reads sheet §5.
func refusalCode(e *rest.Error) order.Code {
	if e.Code == CodeBalance {
		return order.CodeFunds
	}
	return ordererr.ByStatus(e)
}

func unclear(what string) error {
	return &order.Error{Code: order.CodeUnclear, Op: "plexy " + what}
}

func invalid(what string) error {
	return &order.Error{Code: order.CodeInvalid, Op: "plexy " + what}
}
