package infini

import (
	"context"
	"net/url"
	"slices"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

// watch is how long after its expiry a link stays watched: the vendor takes
// late money for 24 h, told two ways (infini sheet §11, DESIGN §3).
const watch = 48 * time.Hour

// Adapter is Infini as the order engine's gateway.
type Adapter struct {
	client *Client
	terms  AdapterTerms
}

// AdapterTerms are the shop's settings for this gateway.
type AdapterTerms struct {
	PayMethods []int       // INFINI_PAY_METHODS
	Tolerance  order.Money // INFINI_TOLERANCE
}

var _ order.Gateway = (*Adapter)(nil)

// NewAdapter returns the gateway over a client.
func NewAdapter(c *Client, t AdapterTerms) *Adapter {
	t.PayMethods = slices.Clone(t.PayMethods)
	return &Adapter{client: c, terms: t}
}

// Open creates a checkout link in USD. If the order is there and only its
// address is not, the link comes without URL and without an error: its id
// must not be lost.
func (a *Adapter) Open(ctx context.Context, r order.OpenRequest) (order.Link, error) {
	created, err := a.client.Create(ctx, CreateOrder{
		RequestID: r.Key, Amount: r.Amount.Decimal(), Currency: order.Currency, Reference: r.Reference,
		Description: r.Description, ExpiresIn: r.Lifetime, SuccessURL: r.ReturnURL, FailureURL: r.ReturnURL,
		PayMethods: a.terms.PayMethods,
	})
	if err != nil {
		return order.Link{}, orderError("create", err)
	}
	if created.Reference != "" && created.Reference != r.Reference || created.RequestID != "" && created.RequestID != r.Key {
		return order.Link{}, &order.Error{Code: order.CodeUnclear, Op: "infini create: the answer is for another order"}
	}
	if a.usable(created.CheckoutURL) {
		return order.Link{External: created.OrderID, URL: created.CheckoutURL}, nil
	}
	link, err := a.Link(ctx, created.OrderID)
	if err != nil {
		return order.Link{External: created.OrderID}, nil //nolint:nilerr // the engine asks for the address again
	}
	return link, nil
}

// Link fetches the checkout address of an order.
func (a *Adapter) Link(ctx context.Context, external string) (order.Link, error) {
	again, err := a.client.Reissue(ctx, external)
	if err != nil {
		return order.Link{}, orderError("reissue", err)
	}
	if again.OrderID != external {
		return order.Link{}, &order.Error{Code: order.CodeUnclear, Op: "infini reissue: the answer is for another order"}
	}
	if !a.usable(again.CheckoutURL) {
		return order.Link{}, &order.Error{Code: order.CodeUnclear, Op: "infini reissue: no usable address"}
	}
	return order.Link{External: external, URL: again.CheckoutURL}, nil
}

// usable reports whether a buyer may be sent to an address: https, or
// anything on loopback when the vendor itself is there.
func (a *Adapter) usable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && a.client.rest.Local() && rest.Loopback(u)
}

// Read returns the vendor's record of an order. A price in fractions of a
// micro-unit has no Money: Asked is then 0, which fits no payment.
func (a *Adapter) Read(ctx context.Context, p order.Watched) (order.Fact, error) {
	external := p.External
	o, err := a.client.Query(ctx, external)
	if err != nil {
		return order.Fact{}, orderError("query", err)
	}
	if o.ID != external {
		return order.Fact{}, &order.Error{Code: order.CodeUnclear, Op: "infini query: the answer is for another order"}
	}
	asked, err := order.MoneyFromDecimal(o.Amount)
	if err != nil {
		asked = 0
	}
	fact := order.Fact{
		External: o.ID, Reference: o.Reference, Status: factStatus(o.Status), Raw: o.Status,
		Asked: asked, Currency: o.Currency, Confirmed: o.Confirmed, Confirming: o.Confirming, Tags: o.Tags,
	}
	if !known(o.Status) {
		fact.Tags = append(slices.Clone(fact.Tags), order.TagUnknownStatus)
	}
	if !o.ExpiresAt.IsZero() {
		fact.ExpiresAt = order.At(o.ExpiresAt)
	}
	return fact, nil
}

// Terms implements order.Gateway.
func (a *Adapter) Terms() order.GatewayTerms {
	return order.GatewayTerms{Tolerance: a.terms.Tolerance, Watch: watch}
}

// known reports whether a status word is one of the sheet's (§5).
func known(word string) bool {
	return slices.Contains([]string{"pending", "processing", "paid", "partial_paid", "expired"}, word)
}

// factStatus translates the status words (infini sheet §5).
func factStatus(word string) order.FactStatus {
	switch word {
	case "paid":
		return order.FactPaid
	case "partial_paid":
		return order.FactShort
	case "expired":
		return order.FactExpired
	default:
		return order.FactOpen
	}
}

// Hint says which payment an event speaks of. ok is false for an event that
// is none of our orders': it is acknowledged and ignored.
func (e Event) Hint() (n order.Number, hint order.Hint, ok bool) {
	n, payment, err := order.ParseReference(e.Reference)
	if !e.Known || err != nil {
		return "", order.Hint{}, false
	}
	return n, order.Hint{Event: e.ID, Payment: payment, External: e.OrderID, Signed: true}, true
}

// orderError translates a client error to the engine's codes.
func orderError(op string, err error) error {
	return ordererr.From(Vendor+" "+op, err, 0, refusalCode)
}

func refusalCode(e *rest.Error) order.Code {
	switch e.Code {
	case CodeRequestExists, CodeReferenceExists:
		return order.CodeExists
	case CodeMinimum, CodeLocalMinimum:
		return order.CodeTooSmall
	case CodeOrderUnknown, CodePaymentUnknown:
		return order.CodeUnknown
	case CodeAddress, CodeSignature:
		return order.CodeDenied
	}
	return ordererr.ByStatus(e)
}
