package univoucher

import (
	"context"
	"errors"
	"math/big"
	"unicode/utf8"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

// Buy asks for one creation, once. The cards come in a callback: the receipt is
// pending. A refusal means that definitely nothing was bought; CodeUnclear that
// it may have been; CodeNotSent that nothing left.
func (a *Adapter) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	w, err := a.wants(p)
	if err != nil {
		return order.Receipt{}, err
	}
	request, err := a.request(w)
	if err != nil {
		return order.Receipt{}, err
	}
	points, err := a.fee(ctx, w.token.Chain)
	switch {
	case err != nil && order.CodeOf(err) == order.CodeUnknown:
		return order.Receipt{}, refusal("fee", err)
	case err != nil:
		return order.Receipt{}, &order.Error{Code: order.CodeNotSent, Op: "univoucher buy: fee", RetryAfter: order.RetryAfter(err), Err: err}
	}
	created, err := a.client.Create(ctx, request)
	if err != nil {
		return order.Receipt{}, buyError(err)
	}
	a.spent(w.token.Chain)
	return w.accepted(created, points), nil
}

// request is the creation of a purchase: the same fields are the same bytes.
func (a *Adapter) request(w wanted) (CreateRequest, error) {
	if _, _, _, err := order.ParsePurchaseReference(w.Reference); err != nil {
		return CreateRequest{}, refusal("reference", err)
	}
	if utf8.RuneCountInString(w.Details.Message) > maxMessage {
		return CreateRequest{}, refusal("message", errors.New("longer than 100 characters"))
	}
	path, err := a.tokens.Path(w.Reference)
	if err != nil {
		return CreateRequest{}, &order.Error{Code: order.CodeNotSent, Op: "univoucher buy", Err: err}
	}
	auth, err := a.tokens.Auth(w.Reference)
	if err != nil {
		return CreateRequest{}, &order.Error{Code: order.CodeNotSent, Op: "univoucher buy", Err: err}
	}
	return CreateRequest{
		Chain: w.token.Chain, Token: w.token.Address, Amount: w.amount, Quantity: w.Quantity, Key: w.key, OrderID: w.Reference,
		CallbackURL: a.settings.CallbackBase + path, AuthToken: auth, Message: w.Details.Message,
	}, nil
}

// accepted holds what the vendor took on against what was asked. Money is
// moving: what does not fit is told, and is no error.
func (w wanted) accepted(c Created, points int64) order.Receipt {
	broken := w.differs(c.OrderID, c.Chain, c.Token, c.Amount, c.Quantity)
	if !sameAddress(c.Issuer, w.key.Address()) {
		broken = append(broken, MismatchIssuer)
	}
	if w.dearer(c.All, points) {
		broken = append(broken, MismatchTotal)
	}
	total, err := w.total(c.All)
	if err != nil {
		broken = addOnce(broken, MismatchTotal)
	}
	return order.Receipt{Item: w.Item, Quantity: w.Quantity, Total: total, Pending: true, Mismatch: words(broken)}
}

// differs compares what every answer about a creation says.
func (w wanted) differs(orderID string, chain int64, token string, amount *big.Int, quantity int) []Mismatch {
	var out []Mismatch
	add := func(broken bool, m Mismatch) {
		if broken {
			out = append(out, m)
		}
	}
	add(orderID != w.Reference, MismatchOrder)
	add(chain != w.token.Chain, MismatchNetwork)
	add(!sameAddress(token, w.token.Address), MismatchToken)
	add(!equal(amount, w.amount), MismatchAmount)
	add(quantity != w.Quantity, MismatchQuantity)
	return out
}

// dearer reports whether a creation costs more than amount and fee by over 2 %,
// or does not say what it costs.
func (w wanted) dearer(all *big.Int, points int64) bool {
	if all == nil {
		return true
	}
	limit := withFee(w.amount, points, w.Quantity)
	limit.Mul(limit, big.NewInt(102))
	return new(big.Int).Mul(all, big.NewInt(100)).Cmp(limit) > 0
}

// total is what a creation costs us: the tokens it took, and our estimate of
// its gas.
func (w wanted) total(all *big.Int) (order.Money, error) {
	if all == nil {
		return 0, order.ErrMoney
	}
	sum, err := w.token.dollars(all, order.MoneyRoundedUp)
	if err != nil {
		return 0, err
	}
	return sum + w.token.GasUSD, nil
}

// buyError says what a failed creation means (univoucher sheet §2, §6). After
// a 429 it is looked for as well: there is no key that keeps a second one away.
func buyError(err error) error {
	if e := rest.As(err); e != nil && e.Kind == rest.KindLimited {
		return unclear("create", e.RetryAfter, e)
	}
	return ordererr.From(Vendor+" create", err, 0, func(e *rest.Error) order.Code {
		if funds(e.Code) {
			return order.CodeFunds
		}
		return order.CodeInvalid
	})
}

func funds(code string) bool {
	switch code {
	case CodeBalance, CodeTokenBalance, CodeGas, CodeInsufficient:
		return true
	default:
		return false
	}
}

func addOnce(list []Mismatch, m Mismatch) []Mismatch {
	for _, have := range list {
		if have == m {
			return list
		}
	}
	return append(list, m)
}

func words(list []Mismatch) []string {
	var out []string
	for _, m := range list {
		out = append(out, string(m))
	}
	return out
}
