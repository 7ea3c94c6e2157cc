package telegram

import (
	"context"

	"giftbot/flows"
	"giftbot/order"
)

// askMoney carries out an intent about a buyer's money. Whose money it is,
// the update says, never the intent.
func (t *turn) askMoney(ctx context.Context, i flows.Intent) flows.Result {
	switch i := i.(type) {
	case flows.ShowCredit:
		return t.credit(ctx, i)
	case flows.ShowNetworks:
		return t.networks(ctx, i)
	default:
		o, err := t.moveMoney(ctx, i)
		return flows.OrderResult{Intent: i, Order: o, Code: t.codeOf(i, err)}
	}
}

// noMoney refuses what a shop without store credit cannot do.
func noMoney(op string) error { return &order.Error{Code: order.CodeClosed, Op: op} }

func (t *turn) moveMoney(ctx context.Context, i flows.Intent) (order.Order, error) {
	buyer := t.event.person.ID
	if t.d.Credit == nil || t.d.Payouts == nil {
		return order.Order{}, noMoney("money of a buyer")
	}
	switch i := i.(type) {
	case flows.UseCredit:
		return t.d.Credit.UseCredit(ctx, buyer, i.Number)
	case flows.TakeCredit:
		return t.d.Credit.TakeCredit(ctx, buyer, i.Number, i.Left)
	case flows.AskPayout:
		return t.d.Payouts.AskPayout(ctx, order.PayoutDraft{
			Number: i.Number, Buyer: buyer, Language: t.language(), Amount: i.Amount,
			Gateway: i.Gateway, Network: i.Network, Address: i.Address,
		})
	case flows.SetAddress:
		return t.d.Payouts.SetAddress(ctx, buyer, i.Number, i.Network, i.Address)
	case flows.DropPayout:
		return t.d.Payouts.DropPayout(ctx, buyer, i.Number)
	default:
		return order.Order{}, &order.Error{Code: order.CodeInvalid, Op: "intent"}
	}
}

// credit is the person's balance and a page of what moved it; with no limit
// the balance alone.
func (t *turn) credit(ctx context.Context, i flows.ShowCredit) flows.CreditResult {
	r := flows.CreditResult{Offset: i.Offset}
	var err error
	if r.Balance, err = t.balance(ctx); err == nil && i.Limit > 0 {
		r.Movements, r.Total, err = t.d.Credit.Statement(ctx, t.event.person.ID, i.Offset, i.Limit)
	}
	r.Payouts = t.d.Payouts != nil && len(t.d.Payouts.PayoutGateways()) > 0
	r.Code = t.codeOf(i, err)
	return r
}

func (t *turn) balance(ctx context.Context) (order.Money, error) {
	if t.d.Credit == nil {
		return 0, noMoney("credit")
	}
	return t.d.Credit.Credit(ctx, t.event.person.ID)
}

// networks lists where a payout can go. CodeClosed: nowhere; CodeEvent: the
// order has none under way.
func (t *turn) networks(ctx context.Context, i flows.ShowNetworks) flows.NetworksResult {
	r := flows.NetworksResult{Number: i.Number}
	gateways, err := t.payers(ctx, i, &r)
	for _, gateway := range gateways {
		for _, n := range t.d.Payouts.Networks(r.Order, gateway) {
			r.Networks = append(r.Networks, flows.PayoutNetwork{Gateway: gateway, Network: n})
		}
	}
	if err == nil && len(r.Networks) == 0 {
		err = noMoney("networks of a payout")
	}
	r.Code = t.codeOf(i, err)
	return r
}

// payers names the gateways a payout may leave by: of an order's payout the
// one it was set aside for.
func (t *turn) payers(ctx context.Context, i flows.ShowNetworks, r *flows.NetworksResult) (gateways []string, err error) {
	if t.d.Payouts == nil {
		return nil, nil
	}
	if i.Number == "" {
		if r.Balance, err = t.balance(ctx); err != nil {
			return nil, err
		}
		return t.d.Payouts.PayoutGateways(), nil
	}
	if r.Order, err = t.d.Orders.Get(ctx, t.event.person.ID, i.Number); err != nil {
		return nil, err
	}
	p, _, ok := r.Order.OpenPayout()
	if !ok {
		return nil, &order.Error{Code: order.CodeEvent, Op: "networks of no payout"}
	}
	return []string{p.Gateway}, nil
}
