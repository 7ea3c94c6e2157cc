package inventpay

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

const (
	// watch is how long after its expiry a link stays watched: a payment may
	// confirm late, and only polling is sure to notice (inventpay sheet §4, §9).
	watch = 48 * time.Hour
	// tagUnderpaid tells that the vendor saw too little and still waits.
	tagUnderpaid = "underpaid"
	microDigits  = 6
)

// Settings are the shop's settings for this gateway.
type Settings struct {
	Tolerance   order.Money // INVENTPAY_TOLERANCE
	CallbackURL string      // where each invoice's webhooks go, https; empty: only to the registered address
	Test        bool        // INVENTPAY_TEST: events marked as tests count
}

// Adapter is InventPay as the order engine's gateway.
type Adapter struct {
	client   *Client
	settings Settings
}

var _ order.Gateway = (*Adapter)(nil)

// NewAdapter returns the gateway over a client. A callback address that the
// vendor would not call is an error: every invoice would be refused.
func NewAdapter(c *Client, s Settings) (*Adapter, error) {
	if s.CallbackURL != "" && !c.usable(s.CallbackURL) {
		return nil, errors.New("inventpay: the callback address must be https")
	}
	return &Adapter{client: c, settings: s}, nil
}

// Open creates an invoice in USD whose coin the buyer picks. An invoice for
// another sum, in another currency or without a usable address is refused with
// CodeInvalid: nobody ever sees it.
func (a *Adapter) Open(ctx context.Context, r order.OpenRequest) (order.Link, error) {
	made, err := a.client.CreateInvoice(ctx, CreateInvoice{
		Key: r.Key, Amount: r.Amount.Decimal(), OrderID: r.Reference, Description: r.Description,
		CallbackURL: a.settings.CallbackURL, ExpiresIn: lifetime(r.Lifetime),
	})
	if err != nil {
		return order.Link{}, orderError("create", err)
	}
	switch {
	case made.OrderID != "" && made.OrderID != r.Reference:
		return order.Link{}, &order.Error{Code: order.CodeUnclear, Op: "inventpay create: the answer is for another order"}
	case !made.BaseAmount.Equal(r.Amount.Decimal()):
		return order.Link{}, &order.Error{Code: order.CodeInvalid, Op: "inventpay create: the invoice is for another sum"}
	case !slices.Contains([]string{currencyUSD, currencyUSDT}, made.BaseCurrency):
		return order.Link{}, &order.Error{Code: order.CodeInvalid, Op: "inventpay create: the invoice is in another currency"}
	case !a.client.usable(made.URL):
		return order.Link{}, &order.Error{Code: order.CodeInvalid, Op: "inventpay create: no usable address"}
	}
	return order.Link{External: made.PaymentID, URL: made.URL, ExpiresAt: moment(made.ExpiresAt)}, nil
}

// lifetime is whole minutes within what the vendor takes, a started one
// counted: the link must not end before the order does.
func lifetime(d time.Duration) time.Duration {
	whole := (d + time.Minute - 1).Truncate(time.Minute)
	return min(max(whole, minLifetime), maxLifetime)
}

func moment(t time.Time) order.Stamp {
	if t.IsZero() {
		return 0
	}
	return order.At(t)
}

// Link implements order.Gateway. The vendor has no call that tells the address
// of an invoice again (inventpay sheet §3): it is always CodeUnknown.
func (a *Adapter) Link(context.Context, string) (order.Link, error) {
	return order.Link{}, &order.Error{Code: order.CodeUnknown, Op: "inventpay link: there is no such call"}
}

// Read returns the vendor's record of a payment. It is in units of a coin, so
// it is valued as the share of what was asked (DESIGN §3), and counts as
// confirmed once the vendor has closed it: as paid, or after enough blocks. What
// was only seen when it closed can still be taken back by its payer.
func (a *Adapter) Read(ctx context.Context, w order.Watched) (order.Fact, error) {
	p, err := a.client.Status(ctx, w.External)
	if err != nil {
		return order.Fact{}, orderError("status", err)
	}
	if p.ID != w.External {
		return order.Fact{}, &order.Error{Code: order.CodeUnclear, Op: "inventpay status: the answer is for another payment"}
	}
	fact := order.Fact{
		External: p.ID, Raw: p.Status, Asked: w.Asked, Currency: order.Currency, ExpiresAt: moment(p.ExpiresAt),
	}
	fact.Status, fact.Tags = factStatus(p)
	if isCoin(p.Coin) { // a coin that we do not know is none to pay back in
		fact.Coin, fact.Coins = p.Coin, p.Balance
	}
	value := share(w.Asked, p.Balance, p.Required)
	switch {
	case fact.Status == order.FactPaid, fact.Status != order.FactOpen && !p.Young:
		fact.Confirmed = value
	case value.IsZero() && p.Balance.IsPositive():
		fact.Confirming = order.Money(1).Decimal() // money is there, however little it can be valued
	default:
		fact.Confirming = value
	}
	return fact, nil
}

// factStatus translates the status words (inventpay sheet §4). Nothing but
// COMPLETED is paid.
func factStatus(p Payment) (order.FactStatus, []string) {
	switch p.Status {
	case StatusCompleted:
		return order.FactPaid, nil
	case StatusExpired, StatusFailed, StatusCancelled:
		if p.Balance.IsPositive() && (!p.Required.IsPositive() || p.Balance.LessThan(p.Required)) {
			return order.FactShort, nil
		}
		return order.FactExpired, nil // nothing, or all of it too late
	case StatusPending, StatusConfirming, StatusProcessing:
		return order.FactOpen, nil
	case StatusUnderpaid:
		return order.FactOpen, []string{tagUnderpaid}
	default:
		return order.FactOpen, []string{order.TagUnknownStatus}
	}
}

// share values a balance as asked × balance / required, rounded down to a
// micro-unit: 0 when nothing says what was required. The sizes are bounded by
// rest.Amount.
func share(asked order.Money, balance, required decimal.Decimal) decimal.Decimal {
	switch {
	case !required.IsPositive():
		return decimal.Zero
	case balance.Equal(required):
		return asked.Decimal()
	}
	value, _ := asked.Decimal().Mul(balance).QuoRem(required, microDigits)
	return value
}

// Terms implements order.Gateway. The same request sent twice may make two
// invoices (inventpay sheet §6).
func (a *Adapter) Terms() order.GatewayTerms {
	return order.GatewayTerms{Tolerance: a.settings.Tolerance, Watch: watch, Twins: true}
}

// Health asks for something cheap that needs the key.
func (a *Adapter) Health(ctx context.Context) error {
	_, err := a.Balances(ctx)
	return err
}

// Balances returns what can be paid out, by coin, in its units.
func (a *Adapter) Balances(ctx context.Context) (map[string]decimal.Decimal, error) {
	list, err := a.client.Balances(ctx)
	if err != nil {
		return nil, orderError("balance", err)
	}
	out := make(map[string]decimal.Decimal, len(list))
	for _, b := range list {
		out[b.Coin] = b.Available
	}
	return out, nil
}

// EnsureWebhook registers the merchant's webhook address unless it is
// registered already.
func (a *Adapter) EnsureWebhook(ctx context.Context, address string) error {
	now, err := a.client.Webhook(ctx)
	if err != nil {
		return orderError("webhook config", err)
	}
	if now.URL == address {
		return nil
	}
	if err := a.client.SetWebhook(ctx, address); err != nil {
		return orderError("webhook url", err)
	}
	return nil
}

// Hint says which payment an event speaks of. ok is false for an event that
// is none of our orders' and for a test: it is acknowledged and ignored.
func (e Event) Hint() (n order.Number, hint order.Hint, ok bool) {
	if e.Test {
		return "", order.Hint{}, false
	}
	return e.hint()
}

// Hint is Event.Hint, except that tests count where the settings say so.
func (a *Adapter) Hint(e Event) (n order.Number, hint order.Hint, ok bool) {
	if a.settings.Test {
		return e.hint()
	}
	return e.Hint()
}

func (e Event) hint() (n order.Number, hint order.Hint, ok bool) {
	n, payment, err := order.ParseReference(e.OrderID)
	if !e.Known || err != nil {
		return "", order.Hint{}, false
	}
	return n, order.Hint{Event: e.ID, Payment: payment, External: e.PaymentID, Signed: true}, true
}

// orderError translates a client error to the engine's codes.
func orderError(op string, err error) error {
	return ordererr.From(Vendor+" "+op, err, 0, refusalCode)
}

func refusalCode(e *rest.Error) order.Code {
	if e.Code == CodeLocalMinimum {
		return order.CodeTooSmall
	}
	return ordererr.ByStatus(e)
}
