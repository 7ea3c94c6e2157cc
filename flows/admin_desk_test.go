package flows

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// The admins of tests, and the address a buyer typed.
const (
	olga      = 5001
	boris     = 5002
	toAddress = "0x52908400098527886E0F7030069857D2E4169EE7"
)

// desk is a stand-in for the edge and the engine that decides by the order's
// own rules: what two admins do meets in it.
type desk struct {
	order     order.Order
	now       order.Stamp
	approvals int
	payers    []string
	address   string
	balances  BalancesResult
	queue     []order.Order
	sales     order.Sales
	refuse    order.Code // for every decision, "" for none
	decided   []AdminDo
	resumed   []string
}

// newDesk has one order on it.
func newDesk(o order.Order) *desk {
	return &desk{order: o, now: order.At(start), approvals: 1, payers: []string{"inventpay"}, address: toAddress, queue: []order.Order{o}}
}

// seat gives an admin a chat at the desk.
func (d *desk) seat(t *testing.T, lang string, admin int64) *chat {
	t.Helper()
	c := newChat(t, lang)
	c.env.Person = Person{ID: admin, Name: "Olga", Language: lang, Admin: true}
	c.answer = func(i Intent) Result { return d.answer(c, admin, i) }
	return c
}

func (d *desk) answer(c *chat, admin int64, i Intent) Result {
	d.now = c.env.Now
	switch i := i.(type) {
	case AdminBalances:
		return d.balances
	case AdminQueue:
		end := min(i.Offset+i.Limit, len(d.queue))
		return QueueResult{Orders: d.queue[min(i.Offset, end):end], Total: len(d.queue), Offset: i.Offset}
	case AdminSales:
		if i.Set {
			d.sales = order.Sales{Off: i.Off, By: admin, At: d.now}
		}
		return SalesResult{Sales: d.sales}
	case AdminResume:
		d.resumed = append(d.resumed, i.Product)
		if i.Product != steam {
			return AdminOrderResult{Intent: i, Code: order.CodeUnknown}
		}
		return AdminOrderResult{Intent: i}
	case AdminOrder:
		return d.result(i, i.Number, "")
	case AdminDo:
		d.decided = append(d.decided, i)
		return d.result(i, i.Decision.Number, d.decide(admin, i))
	default:
		return c.desk(i)
	}
}

func (d *desk) result(i Intent, number order.Number, code order.Code) Result {
	if number != d.order.Number {
		return AdminOrderResult{Intent: i, Code: order.CodeMissing}
	}
	r := AdminOrderResult{Intent: i, Order: d.order, Payers: d.payers, Approvals: d.approvals, Code: code}
	if _, _, open := d.order.OpenPayout(); open {
		r.Address = d.address
		r.Network = order.Network{ID: "bsc-usdt", Coin: "USDT", Chain: "BNB Smart Chain", Fee: decimal.New(1, 0), Known: true, Stable: true}
	}
	return r
}

// decide applies a decision as the engine does.
func (d *desk) decide(admin int64, i AdminDo) order.Code {
	if d.refuse != "" {
		return d.refuse
	}
	if seen := i.Decision.Moments; seen != 0 && seen != d.order.Moments() {
		return order.CodeEvent
	}
	ev, code := d.event(admin, i)
	if code != "" || ev == nil {
		return code
	}
	next, _, err := order.Apply(d.order, ev)
	if err != nil {
		return order.CodeOf(err)
	}
	d.order = next
	return ""
}

func (d *desk) event(admin int64, i AdminDo) (order.Event, order.Code) {
	o, at, want := d.order, d.now, i.Decision
	p, index, open := o.OpenPayout()
	switch i.What {
	case AdminRefund:
		return order.GiveBack{Left: want.Left, Amount: want.Amount, By: admin, Why: want.Why, At: at}, ""
	case AdminPayOut:
		if !slices.Contains(d.payers, i.Gateway) {
			return nil, order.CodeClosed
		}
		return order.PayOut{N: len(o.Payouts) + 1, Left: want.Left, Amount: want.Amount, Gateway: i.Gateway, By: admin, Why: want.Why, At: at}, ""
	case AdminApprove:
		if !open || p.Amount != want.Amount || p.FixedAt != want.Fixed {
			return nil, order.CodeEvent
		}
		return order.Approved{Payout: index, Needs: d.approvals, By: admin, At: at}, ""
	case AdminRefuse:
		return order.DropPayOut{Payout: index, By: admin, Why: want.Why, At: at}, ""
	case AdminLeft:
		return order.PaidOut{Payout: index, Receipt: order.PayoutReceipt{State: order.PayoutCompleted}, By: admin, Why: want.Why, At: at}, ""
	case AdminStayed:
		return order.PayOutFails{Payout: index, Code: order.CodeInvalid, By: admin, Why: want.Why, At: at}, ""
	case AdminAgain, AdminAnyway:
		return order.Again{Anyway: i.What == AdminAnyway, By: admin, Why: want.Why, At: at}, ""
	case AdminNotBought:
		line, a, ok := o.Doubtful()
		if !ok {
			return nil, order.CodeEvent
		}
		return order.GiveUp{Line: line, Attempt: a.N, By: admin, Why: want.Why, At: at}, ""
	case AdminConfirm:
		if want.Left != o.Left() {
			return nil, order.CodeEvent
		}
		return order.ByHand{N: len(o.Payments) + 1, Amount: want.Amount, By: admin, Why: want.Why, At: at}, ""
	case AdminClose:
		return order.Close{Left: want.Left, By: admin, Why: want.Why, At: at}, ""
	default:
		return nil, ""
	}
}

// adminOrder is an order of two vouchers with a timeline.
func adminOrder() order.Order {
	p := newGoods().products["infinivoucher:uc325"]
	o := newOrder(p, 2)
	o.Payments[0].State, o.Payments[0].URL = order.PaymentOpen, "https://pay.example/abc"
	return o
}

func happened(o *order.Order, what, note string, by int64) {
	at := order.At(start).Add(-time.Duration(300-10*len(o.Timeline)) * time.Minute)
	o.Timeline = append(o.Timeline, order.Moment{At: at, What: what, Note: note, By: by})
}

func heldFor(o *order.Order, r order.Reason) {
	o.Flags, o.Reason = o.Flags.With(order.FlagHeld), r
	o.Doubts = append(o.Doubts, r)
	happened(o, "held", string(r), 0)
}

// paidOrder is paid in full, and being bought.
func paidOrder() order.Order {
	o := adminOrder()
	o.Payments[0].Seen, o.Status = o.Total, order.Fulfilling
	happened(&o, "received", o.Total.String(), 0)
	happened(&o, "paid", o.Total.String(), 0)
	happened(&o, "fulfilling", "", 0)
	return o
}

// failedOrder is paid, and its supplier does not deliver.
func failedOrder(why order.Reason) order.Order {
	o := paidOrder()
	o.Lines[0].State, o.Lines[0].Why = order.LineFailed, why
	o.Lines[0].Attempts = []order.Attempt{{N: 1, FirstSentAt: order.At(start), Sends: 1, Known: 1, Outcome: order.OutcomeRefused}}
	happened(&o, "failed", "out_of_stock", 0)
	heldFor(&o, why)
	return o
}

// unclearOrder is paid, and nobody knows whether it was bought.
func unclearOrder() order.Order {
	o := paidOrder()
	o.Lines[0].State = order.LineUnclear
	o.Lines[0].Attempts = []order.Attempt{{N: 1, FirstSentAt: order.At(start).Add(-time.Hour), Sends: 1, Outcome: order.OutcomeUnclear}}
	heldFor(&o, order.ReasonUnclear)
	return o
}

// shortOrder got a part of its money.
func shortOrder() order.Order {
	o := adminOrder()
	o.Payments[0].Seen, o.Payments[0].Ended, o.Status = 4_000_000, true, order.Confirming
	happened(&o, "received", "4.00", 0)
	happened(&o, "confirming", "", 0)
	heldFor(&o, order.ReasonShort)
	return o
}

// payoutOrder waits for an admin's word about a payout of everything.
func payoutOrder(t *testing.T) order.Order {
	t.Helper()
	o := failedOrder(order.ReasonStock)
	at := order.At(start).Add(-time.Hour)
	return applied(t, o,
		order.PayOut{N: 1, Left: o.Left(), Gateway: "inventpay", By: boris, Why: "asked for it", At: at},
		order.Addressed{Payout: 0, Network: "bsc-usdt", Coin: "USDT", Coins: o.Left().Decimal(), Fee: decimal.New(1, 0), Sealed: []byte{1}, At: at})
}

// unclearPayout left, or did not.
func unclearPayout(t *testing.T) order.Order {
	t.Helper()
	at := order.At(start)
	return applied(t, payoutOrder(t),
		order.Approved{Payout: 0, Needs: 1, By: boris, At: at},
		order.PayingOut{Payout: 0, Once: "x", At: at},
		order.PayOutFails{Payout: 0, Code: order.CodeUnclear, At: at})
}

// creditPayout is credit on its way to a wallet: an order without lines.
func creditPayout(t *testing.T) order.Order {
	t.Helper()
	at := order.At(start).Add(-time.Hour)
	o := order.Order{Number: number("3F7KQW2MB"), Buyer: 1001, Language: "ru", Status: order.Refunding, Total: 25 * dollar, CreatedAt: at, ExpiresAt: at,
		Timeline: []order.Moment{{At: at, What: "payout_asked"}}}
	return applied(t, o,
		order.UseCredit{N: 1, Amount: o.Total, At: at},
		order.PayOut{N: 1, Left: o.Total, Gateway: "inventpay", By: 1001, At: at},
		order.Addressed{Payout: 0, Network: "bsc-usdt", Coin: "USDT", Coins: o.Total.Decimal(), Fee: decimal.New(1, 0), Sealed: []byte{1}, At: at})
}

func applied(t *testing.T, o order.Order, events ...order.Event) order.Order {
	t.Helper()
	for _, ev := range events {
		next, _, err := order.Apply(o, ev)
		if err != nil {
			t.Fatal(err)
		}
		o = next
	}
	return o
}

// act presses an admin's button by what it does.
func (c *chat) act(arg string) {
	c.t.Helper()
	c.press(verbAdmin, "", arg)
}

// pass lets time go by.
func (c *chat) pass(d time.Duration) {
	c.env.Now = c.env.Now.Add(d)
	c.logf("(%s later)", d)
}
