package telegram

import (
	"context"
	"fmt"
	"sync"

	"github.com/shopspring/decimal"

	"giftbot/flows"
	"giftbot/order"
)

// memDesk stands for the engine where money is moved and the shop is run. It
// remembers what it was asked for, and by whom.
type memDesk struct {
	mu     sync.Mutex
	calls  []string
	order  order.Order // what every call about an order returns
	refuse error       // what every call about an order fails with
	lost   error       // what Find, Address, Standing, Statement and Balances fail with
	payers []string
	sales  order.Sales
	draft  order.PayoutDraft
}

func (m *memDesk) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, fmt.Sprintf(format, args...))
}

func (m *memDesk) of(format string, args ...any) (order.Order, error) {
	m.note(format, args...)
	return m.order, m.refuse
}

func (m *memDesk) Credit(_ context.Context, buyer int64) (order.Money, error) {
	m.note("credit %d", buyer)
	return 7 * order.Cent, m.refuse
}

func (m *memDesk) Statement(_ context.Context, buyer int64, offset, limit int) ([]order.Movement, int, error) {
	m.note("statement %d %d %d", buyer, offset, limit)
	return []order.Movement{{Amount: order.Cent}}, 9, m.lost
}

func (m *memDesk) UseCredit(_ context.Context, buyer int64, n order.Number) (order.Order, error) {
	return m.of("use %d %s", buyer, n)
}

func (m *memDesk) TakeCredit(_ context.Context, buyer int64, n order.Number, left order.Money) (order.Order, error) {
	return m.of("take %d %s %s", buyer, n, left)
}

func (m *memDesk) PayoutGateways() []string { return m.payers }

// Networks: a stable coin by every gateway, and the coin an order was paid in.
func (m *memDesk) Networks(o order.Order, gateway string) []order.Network {
	if gateway == "cash" { // pays nothing out by any network
		return nil
	}
	list := []order.Network{{ID: "bsc-usdt", Coin: "USDT", Chain: "BNB Smart Chain", Stable: true, Fee: decimal.New(5, -1)}}
	if o.Number != "" {
		list = append(list, order.Network{ID: "litecoin-ltc", Coin: "LTC", Chain: "Litecoin"})
	}
	return list
}

func (m *memDesk) AskPayout(_ context.Context, d order.PayoutDraft) (order.Order, error) {
	m.draft = d
	return m.of("ask %d", d.Buyer)
}

func (m *memDesk) SetAddress(_ context.Context, buyer int64, n order.Number, network, address string) (order.Order, error) {
	return m.of("address %d %s %s %s", buyer, n, network, address)
}

func (m *memDesk) DropPayout(_ context.Context, buyer int64, n order.Number) (order.Order, error) {
	return m.of("drop %d %s", buyer, n)
}

func (m *memDesk) Find(_ context.Context, n order.Number) (order.Order, error) {
	m.note("find %s", n)
	if m.lost != nil {
		return order.Order{}, m.lost
	}
	return order.Order{Number: n, Buyer: ada, Total: m.order.Total, Payouts: m.order.Payouts}, nil
}

func (m *memDesk) Waiting(_ context.Context, offset, limit int) ([]order.Order, int, error) {
	m.note("waiting %d %d", offset, limit)
	return []order.Order{{Number: "3F7KQW2M9X"}}, 12, m.refuse
}

func (m *memDesk) Look(_ context.Context, admin int64, n order.Number) (order.Order, error) {
	return m.of("look %d %s", admin, n)
}

func (m *memDesk) PayersOf(order.Order) []string { return m.payers }

func (m *memDesk) Address(_ order.Order, payout int) (string, error) {
	return fmt.Sprintf("wallet %d", payout), m.lost
}

func (m *memDesk) Approvals(amount order.Money) int {
	if amount >= 100*100*order.Cent {
		return 2
	}
	return 1
}

// decision is one of the ten, with everything that was said.
func (m *memDesk) decision(what string, d order.Decision) (order.Order, error) {
	return m.of("%s by %d: %s %s of %s, %s", what, d.Admin, d.Number, d.Amount, d.Left, d.Why)
}

func (m *memDesk) Refund(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("refund", d)
}

func (m *memDesk) PayOut(_ context.Context, d order.Decision, gateway string) (order.Order, error) {
	return m.decision("payout "+gateway, d)
}

func (m *memDesk) ApprovePayout(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("approve", d)
}

func (m *memDesk) RefusePayout(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("refuse", d)
}

func (m *memDesk) SettlePayout(_ context.Context, d order.Decision, left bool) (order.Order, error) {
	return m.decision(fmt.Sprintf("left=%v", left), d)
}

func (m *memDesk) TryAgain(_ context.Context, d order.Decision, anyway bool) (order.Order, error) {
	return m.decision(fmt.Sprintf("again anyway=%v", anyway), d)
}

func (m *memDesk) NotBought(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("notbought", d)
}

func (m *memDesk) ConfirmByHand(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("confirm", d)
}

func (m *memDesk) CloseHeld(_ context.Context, d order.Decision) (order.Order, error) {
	return m.decision("close", d)
}

func (m *memDesk) SetSales(_ context.Context, admin int64, off bool) error {
	m.note("sales %d off=%v", admin, off)
	if m.refuse == nil {
		m.sales = order.Sales{Off: off, By: admin}
	}
	return m.refuse
}

func (m *memDesk) Standing(context.Context) (order.Standing, error) {
	return order.Standing{Sales: m.sales}, m.lost
}

func (m *memDesk) Balances(context.Context) (flows.BalancesResult, error) {
	m.note("balances")
	return flows.BalancesResult{Vendors: []flows.VendorBalance{{Vendor: "plexy"}}}, m.lost
}

func (m *memDesk) Resume(_ context.Context, product string) error {
	m.note("resume %s", product)
	return m.refuse
}

// runByOlga has Olga run the shop, with one desk for everything.
func runByOlga(m *memDesk) func(*Dispatcher) {
	return func(d *Dispatcher) {
		d.Credit, d.Payouts = m, m
		d.Admin = Admin{IDs: []int64{olga}, Desk: m, PayDesk: m, Refunds: m, Decisions: m, Sales: m, Vendors: m}
	}
}

// asks wants one intent carried out for every text, and keeps what came of it.
type asks struct {
	flows.Conversation
	intent flows.Intent
	got    *flows.Result
	env    *flows.Env
}

func (f asks) Step(env flows.Env, s flows.Session, in flows.Input) (flows.Session, flows.Outcome) {
	*f.env = env
	if in.Result == nil {
		return s, flows.Outcome{Intent: f.intent}
	}
	*f.got = in.Result
	return s, flows.Outcome{Replies: []flows.Reply{{View: flows.View{Blocks: []flows.Text{{Key: "done"}}}, Place: flows.PlaceSend}}}
}

// desk is a world with a desk; ask has a person's words turned into an intent.
type desk struct {
	*world
	*memDesk
}

func newDesk(w *world, m *memDesk) desk {
	for _, r := range w.replicas {
		runByOlga(m)(r.dispatcher)
	}
	return desk{w, m}
}

func (d desk) ask(person int64, i flows.Intent) flows.Result {
	var got flows.Result
	d.replicas[0].dispatcher.Flow = asks{intent: i, got: &got, env: &flows.Env{}}
	d.say(person, "please")
	return got
}
