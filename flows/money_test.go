package flows

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// networks of a gateway as a shop could have them.
func someNetworks() []PayoutNetwork {
	known := func(id, coin, chain string, kind order.AddressKind, fee string, least order.Money, stable bool) PayoutNetwork {
		return PayoutNetwork{Gateway: "inventpay", Network: order.Network{
			ID: id, Coin: coin, Chain: chain, Kind: kind, Fee: decimal.RequireFromString(fee), Known: fee != "0", Least: least, Stable: stable,
		}}
	}
	return []PayoutNetwork{
		known("bsc-usdt", "USDT", "BNB Smart Chain", order.AddressEVM, "0.3", 2*dollar, true),
		known("tron-usdt", "USDT", "Tron", order.AddressTron, "2.5", 4*dollar, true),
		known("solana-usdc", "USDC", "Solana", order.AddressSolana, "0", 5*dollar, true),
	}
}

// cashier answers the intents about money as the engine would.
func (c *chat) cashier(i Intent) Result {
	r := OrderResult{Intent: i, Order: c.order}
	switch i := i.(type) {
	case ShowCredit:
		return c.creditPage(i)
	case ShowNetworks:
		return NetworksResult{Number: i.Number, Order: c.order, Balance: c.credit.Balance, Networks: c.networks}
	case UseCredit:
		r.Code = c.useCredit()
	case TakeCredit:
		if i.Left != c.order.Left() {
			r.Code = order.CodeEvent
			break
		}
		c.toCredit(i.Left)
		c.order.Status, c.order.Flags, c.order.Reason = order.Refunded, nil, ""
		c.order.Lines[0].State, c.order.Lines[0].Credited = order.LineFailed, c.order.Total
		c.note("refunded", "")
	case AskPayout:
		c.payoutOfCredit(i)
	case SetAddress:
		c.addressed(i.Network)
	case DropPayout:
		c.order.Payouts[0].State = order.PayoutDropped
		c.note("payout_dropped", "")
		c.toCredit(c.order.Left())
		c.order.Status = order.Refunded
		c.note("refunded", "")
	}
	r.Order = c.order
	return r
}

func (c *chat) creditPage(i ShowCredit) CreditResult {
	r := c.credit
	r.Total, r.Offset = len(r.Movements), i.Offset
	from := min(i.Offset, len(r.Movements))
	r.Movements = r.Movements[from:min(from+i.Limit, len(r.Movements))]
	return r
}

// move books on the buyer's credit.
func (c *chat) move(key string, amount order.Money) {
	c.credit.Balance += amount
	m := order.Movement{At: order.At(start).Add(time.Hour), Number: c.order.Number, Key: key, Amount: amount, Balance: c.credit.Balance}
	c.credit.Movements = append([]order.Movement{m}, c.credit.Movements...)
}

func (c *chat) toCredit(amount order.Money) {
	if amount <= 0 {
		return
	}
	c.order.Returned += amount
	c.note("credited", amount.String())
	c.move("credit/1", amount)
}

// spent pays a part of a placed order from the credit.
func (c *chat) spent(i PlaceOrder) {
	used := order.Payment{N: 1, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: i.Credit, Seen: i.Credit}
	rest := order.Payment{N: 2, Gateway: i.Gateway, State: order.PaymentPlanned, Asked: c.order.Total - i.Credit}
	c.order.Payments = []order.Payment{used, rest}
	c.note("credit_used", i.Credit.String())
	c.move("p1/credit", -i.Credit)
	if i.Gateway == "" {
		c.order.Payments, c.order.Status = c.order.Payments[:1], order.Paid
		c.note("paid", c.order.Total.String())
	}
}

func (c *chat) useCredit() order.Code {
	amount := min(c.credit.Balance, c.order.Missing())
	if amount <= 0 {
		return order.CodeCredit
	}
	n := len(c.order.Payments) + 1
	c.order.Payments = append(c.order.Payments, order.Payment{N: n, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: amount, Seen: amount})
	c.note("credit_used", amount.String())
	c.move("p2/credit", -amount)
	if c.order.Missing() == 0 {
		c.order.Status, c.order.Flags = order.Paid, c.order.Flags.Without(order.FlagShort)
		c.note("paid", c.order.Total.String())
	}
	return ""
}

// payoutOfCredit is an order without goods.
func (c *chat) payoutOfCredit(i AskPayout) {
	c.order = order.Order{
		Number: i.Number, Buyer: 1001, Language: "en", Status: order.Refunding, Total: i.Amount, CreatedAt: c.env.Now, ExpiresAt: c.env.Now,
		Payments: []order.Payment{{N: 1, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: i.Amount, Seen: i.Amount}},
	}
	c.status = 0
	c.note("payout_asked", "")
	c.note("credit_used", i.Amount.String())
	c.note("payout", i.Amount.String())
	c.move("p1/credit", -i.Amount)
	c.order.Payouts = []order.Payout{{N: 1, Gateway: i.Gateway, State: order.PayoutWanted, Amount: i.Amount, AskedAt: c.env.Now}}
	c.addressed(i.Network)
}

func (c *chat) addressed(network string) {
	p := &c.order.Payouts[0]
	for _, n := range c.networks {
		if n.ID == network {
			p.Coin, p.Fee = n.Coin, n.Fee.String()
		}
	}
	p.State, p.Network, p.Coins, p.FixedAt, p.Address = order.PayoutAddressed, network, p.Amount.Decimal().String(), c.env.Now, []byte("sealed")
	c.note("address", network)
	c.hold(order.ReasonPayout)
}

func (c *chat) hold(r order.Reason) {
	c.order.Flags, c.order.Reason, c.order.Doubts = c.order.Flags.With(order.FlagHeld), r, append(c.order.Doubts, r)
	c.note("held", string(r))
}

func (c *chat) release() {
	c.order.Flags, c.order.Reason, c.order.Doubts = c.order.Flags.Without(order.FlagHeld), "", nil
}

// Money that comes to the credit in parts is told as it comes.
func TestSecondMovementIsToldApart(t *testing.T) {
	o := order.Order{
		Number: "3F7KQW2M9X", Status: order.Cancelled, Returned: 1_880_000,
		Timeline: []order.Moment{{What: "credited", Note: "0.80"}, {What: "credited", Note: "1.08 · why"}},
	}
	got := PingView(o).Blocks[0]
	if got.Key != "ping.credited_more" || got.Args["amount"] != order.Money(1_080_000) || got.Args["all"] != order.Money(1_880_000) {
		t.Errorf("%+v", got)
	}
	o.Timeline, o.Returned = o.Timeline[:1], 800_000
	if got = PingView(o).Blocks[0]; got.Key != "ping.credited" {
		t.Errorf("%+v", got)
	}
}
