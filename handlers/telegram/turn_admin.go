package telegram

import (
	"context"
	"fmt"
	"slices"

	"giftbot/flows"
	"giftbot/order"
)

// runsTheShop is the one place that says who is an admin: one of the settings,
// in a private chat, in their own words. A group is not answered as one, and a
// message that was passed on, or sent by way of a bot, may be somebody else's.
func (d *Dispatcher) runsTheShop(e event) bool {
	return e.group == nil && !e.elsewhere && !e.relayed && slices.Contains(d.Admin.IDs, e.person.ID)
}

// askAdmin carries out an intent of an admin. For anybody else nothing happens:
// it should not have come so far, and it is logged.
func (t *turn) askAdmin(ctx context.Context, i flows.Intent) flows.Result {
	if !t.env.Person.Admin {
		t.d.Log.Warn("an admin's intent of somebody else", "intent", fmt.Sprintf("%T", i))
		t.d.Meter.Count("telegram_intent_refused", string(order.CodeDenied))
		return denied(i)
	}
	switch i := i.(type) {
	case flows.AdminBalances:
		r, err := t.d.Admin.Vendors.Balances(ctx)
		r.Code = t.codeOf(i, err)
		return r
	case flows.AdminQueue:
		list, total, err := t.d.Admin.Desk.Waiting(ctx, i.Offset, i.Limit)
		return flows.QueueResult{Orders: list, Total: total, Offset: i.Offset, Code: t.codeOf(i, err)}
	case flows.AdminSales:
		return t.sales(ctx, i)
	default:
		return t.askAboutOne(ctx, i)
	}
}

// denied is the refusal of an admin's intent.
func denied(i flows.Intent) flows.Result {
	switch i.(type) {
	case flows.AdminBalances:
		return flows.BalancesResult{Code: order.CodeDenied}
	case flows.AdminQueue:
		return flows.QueueResult{Code: order.CodeDenied}
	case flows.AdminSales:
		return flows.SalesResult{Code: order.CodeDenied}
	default:
		return flows.AdminOrderResult{Intent: i, Code: order.CodeDenied}
	}
}

func (t *turn) sales(ctx context.Context, i flows.AdminSales) flows.SalesResult {
	if i.Set {
		if err := t.d.Admin.Sales.SetSales(ctx, t.event.person.ID, i.Off); err != nil {
			return flows.SalesResult{Code: t.codeOf(i, err)}
		}
	}
	s, err := t.d.Admin.Sales.Standing(ctx)
	return flows.SalesResult{Sales: s.Sales, Code: t.codeOf(i, err)}
}

// askAboutOne looks at one order or product, or decides about it.
func (t *turn) askAboutOne(ctx context.Context, i flows.Intent) flows.Result {
	switch i := i.(type) {
	case flows.AdminOrder:
		o, err := t.d.Admin.Desk.Find(ctx, i.Number)
		return t.card(i, o, err)
	case flows.AdminDo:
		o, err := t.decide(ctx, i)
		if o.Number == "" {
			// A refusal shows what stands; that it cannot be read is not the news.
			o, _ = t.d.Admin.Desk.Find(ctx, i.Decision.Number)
		}
		return t.card(i, o, err)
	case flows.AdminResume:
		return flows.AdminOrderResult{Intent: i, Code: t.codeOf(i, t.d.Admin.Vendors.Resume(ctx, i.Product))}
	default:
		err := &order.Error{Code: order.CodeInvalid, Op: "intent"}
		return flows.AdminOrderResult{Intent: i, Code: t.codeOf(i, err)}
	}
}

// decide has an admin's decision carried out. Who decides is whoever sent the
// update, whatever the intent says.
func (t *turn) decide(ctx context.Context, i flows.AdminDo) (order.Order, error) {
	d, a := i.Decision, t.d.Admin
	d.Admin = t.event.person.ID
	switch i.What {
	case flows.AdminRefund:
		return a.Refunds.Refund(ctx, d)
	case flows.AdminPayOut:
		return a.Refunds.PayOut(ctx, d, i.Gateway)
	case flows.AdminApprove:
		return a.Refunds.ApprovePayout(ctx, d)
	case flows.AdminRefuse:
		return a.Refunds.RefusePayout(ctx, d)
	case flows.AdminLeft, flows.AdminStayed:
		return a.Refunds.SettlePayout(ctx, d, i.What == flows.AdminLeft)
	case flows.AdminAgain, flows.AdminAnyway:
		return a.Decisions.TryAgain(ctx, d, i.What == flows.AdminAnyway)
	case flows.AdminNotBought:
		return a.Decisions.NotBought(ctx, d)
	case flows.AdminConfirm:
		return a.Decisions.ConfirmByHand(ctx, d)
	case flows.AdminClose:
		return a.Decisions.CloseHeld(ctx, d)
	case flows.AdminLook:
		return a.Desk.Look(ctx, d.Admin, d.Number)
	default:
		return order.Order{}, &order.Error{Code: order.CodeInvalid, Op: "admin decision"}
	}
}

// card is an order with what an admin has to know to decide about it.
func (t *turn) card(i flows.Intent, o order.Order, err error) flows.AdminOrderResult {
	r := flows.AdminOrderResult{Intent: i, Order: o, Code: t.codeOf(i, err)}
	if o.Number == "" || t.d.Payouts == nil {
		return r
	}
	for _, gateway := range t.d.Admin.PayDesk.PayersOf(o) {
		if len(t.d.Payouts.Networks(o, gateway)) > 0 {
			r.Payers = append(r.Payers, gateway)
		}
	}
	p, n, open := o.OpenPayout()
	if !open {
		return r
	}
	r.Approvals = t.d.Admin.PayDesk.Approvals(p.Amount)
	if p.Network == "" {
		return r
	}
	r.Network = t.network(o, p)
	if r.Address, err = t.d.Admin.PayDesk.Address(o, n); err != nil && r.Code == "" {
		r.Code = t.codeOf(i, err) // what cannot be read must not be approved
	}
	return r
}

// network is where a payout goes: as its gateway describes it, or as far as the
// order remembers when the gateway sends nothing there any more.
func (t *turn) network(o order.Order, p order.Payout) order.Network {
	for _, n := range t.d.Payouts.Networks(o, p.Gateway) {
		if n.ID == p.Network {
			return n
		}
	}
	return order.Network{ID: p.Network, Coin: p.Coin}
}
