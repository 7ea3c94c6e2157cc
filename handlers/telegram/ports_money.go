package telegram

import (
	"context"

	"giftbot/flows"
	"giftbot/order"
)

// Credit is what buyers have with the shop. Every method that names an order
// refuses other people's with order.CodeMissing.
type Credit interface {
	// Credit is a buyer's balance.
	Credit(ctx context.Context, buyer int64) (order.Money, error)
	// Statement lists what moved it, newest first, and how many movements there are.
	Statement(ctx context.Context, buyer int64, offset, limit int) ([]order.Movement, int, error)
	UseCredit(ctx context.Context, buyer int64, n order.Number) (order.Order, error)
	TakeCredit(ctx context.Context, buyer int64, n order.Number, left order.Money) (order.Order, error)
}

// Payouts is what buyers may ask to be sent to their own wallet, and where to.
type Payouts interface {
	// PayoutGateways names the gateways that send money out; none: payouts are off.
	PayoutGateways() []string
	// Networks lists where a gateway can send an order's money, or a buyer's
	// credit for the zero order.
	Networks(o order.Order, gateway string) []order.Network
	AskPayout(ctx context.Context, d order.PayoutDraft) (order.Order, error)
	SetAddress(ctx context.Context, buyer int64, n order.Number, network, address string) (order.Order, error)
	DropPayout(ctx context.Context, buyer int64, n order.Number) (order.Order, error)
}

// Desk is what admins see of all orders.
type Desk interface {
	// Find returns any order.
	Find(ctx context.Context, n order.Number) (order.Order, error)
	// Waiting lists the orders that wait for a person, the one held longest first.
	Waiting(ctx context.Context, offset, limit int) ([]order.Order, int, error)
	// Look has an order's payments and purchases read now.
	Look(ctx context.Context, admin int64, n order.Number) (order.Order, error)
}

// PayDesk is what admins have to know of an order's payout.
type PayDesk interface {
	// PayersOf names the gateways that could send the order's money out.
	PayersOf(o order.Order) []string
	// Address opens where a payout goes: personal.
	Address(o order.Order, payout int) (string, error)
	// Approvals is how many admins a payout of that sum needs.
	Approvals(amount order.Money) int
}

// Refunds is what admins decide about money that goes back.
type Refunds interface {
	Refund(ctx context.Context, d order.Decision) (order.Order, error)
	PayOut(ctx context.Context, d order.Decision, gateway string) (order.Order, error)
	ApprovePayout(ctx context.Context, d order.Decision) (order.Order, error)
	RefusePayout(ctx context.Context, d order.Decision) (order.Order, error)
	SettlePayout(ctx context.Context, d order.Decision, left bool) (order.Order, error)
}

// Decisions is what admins decide about orders that are stuck.
type Decisions interface {
	TryAgain(ctx context.Context, d order.Decision, anyway bool) (order.Order, error)
	NotBought(ctx context.Context, d order.Decision) (order.Order, error)
	ConfirmByHand(ctx context.Context, d order.Decision) (order.Order, error)
	CloseHeld(ctx context.Context, d order.Decision) (order.Order, error)
}

// Sales is the switch of the whole shop.
type Sales interface {
	SetSales(ctx context.Context, admin int64, off bool) error
	Standing(ctx context.Context) (order.Standing, error)
}

// Vendors is what admins ask of the vendors.
type Vendors interface {
	// Balances says what we have at every vendor. A vendor that is slow or
	// fails is named so in the result; it does not keep the others.
	Balances(ctx context.Context) (flows.BalancesResult, error)
	// Resume puts a product on sale again that its supplier overcharged.
	// CodeUnknown: it is not off sale.
	Resume(ctx context.Context, product string) error
}

// Admin is how the shop is run from the chat. The zero value: not at all.
type Admin struct {
	IDs       []int64 // who may
	Desk      Desk
	PayDesk   PayDesk
	Refunds   Refunds
	Decisions Decisions
	Sales     Sales
	Vendors   Vendors
}

// complete reports whether an admin finds everything they may ask for.
func (a Admin) complete() bool {
	return len(a.IDs) == 0 || a.Desk != nil && a.PayDesk != nil && a.Refunds != nil && a.Decisions != nil && a.Sales != nil && a.Vendors != nil
}

var (
	_ Orders     = (*order.Engine)(nil)
	_ Actions    = (*order.Engine)(nil)
	_ Deliveries = (*order.Engine)(nil)
	_ Credit     = (*order.Engine)(nil)
	_ Payouts    = (*order.Engine)(nil)
	_ Desk       = (*order.Engine)(nil)
	_ PayDesk    = (*order.Engine)(nil)
	_ Refunds    = (*order.Engine)(nil)
	_ Decisions  = (*order.Engine)(nil)
	_ Sales      = (*order.Engine)(nil)
)
