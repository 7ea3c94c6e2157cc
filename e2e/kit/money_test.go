package kit

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// TestAuditOfMoneySees: payouts, credit and what fell are held against both
// sides' books.
func TestAuditOfMoneySees(t *testing.T) {
	paid := func(o *order.Order, state order.PayoutState) {
		o.Payments[0].Seen += 5_000_000
		o.Payouts = []order.Payout{{N: 1, Gateway: Infini, State: state, Amount: 5_000_000, Coins: "5", Network: "bsc-usdt"}}
	}
	out := func(amount int64, left, over bool) withdrawal {
		return withdrawal{gateway: Infini, amount: decimal.NewFromInt(amount), left: left, over: over}
	}
	const name = string(number) + "-P1"
	for what, c := range map[string]struct {
		spoil func(l *ledger, o *order.Order)
		want  string
	}{
		"as it should be": {func(l *ledger, o *order.Order) {
			paid(o, order.PayoutDone)
			l.received[number] = 7_000_000
			l.sent[name] = []withdrawal{out(5, false, true), out(5, true, true)}
		}, ""},
		"sent twice": {func(l *ledger, o *order.Order) {
			paid(o, order.PayoutDone)
			l.received[number] = 7_000_000
			l.sent[name] = []withdrawal{out(5, true, true), out(5, false, false)}
		}, "was sent 2 times"},
		"another sum": {func(l *ledger, o *order.Order) {
			paid(o, order.PayoutDone)
			l.received[number] = 7_000_000
			l.sent[name] = []withdrawal{out(6, true, true)}
		}, "6 left at infini, want 5"},
		"done and never left": {func(l *ledger, o *order.Order) {
			paid(o, order.PayoutDone)
			l.received[number] = 7_000_000
		}, "is done, and never left"},
		"left and given back": {func(l *ledger, o *order.Order) {
			paid(o, order.PayoutDropped)
			o.Returned, l.sums["order:"+order.Account(number)] = 5_000_000, 0
			l.sums[order.CreditAccount(1001)] = 5_000_000
			l.received[number] = 7_000_000
			l.sent[name] = []withdrawal{out(5, true, true)}
		}, "and we think that it is dropped"},
		"nobody's":         {func(l *ledger, _ *order.Order) { l.sent["x"] = []withdrawal{out(5, true, true)} }, `"x" belongs to no payout`},
		"credit from none": {func(l *ledger, _ *order.Order) { l.sums[order.CreditAccount(1001)] = 1 }, "the credit of 1001 is"},
		"credit forgotten": {func(l *ledger, o *order.Order) {
			o.Payments[0].Seen += 3
			o.Returned = 3
			l.received[number] += 3
		}, "their orders come to 0.000003"},
		"credit below nothing": {func(l *ledger, o *order.Order) {
			o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: order.CreditGateway, Seen: 2})
			o.Returned = 1
			l.sums[order.CreditAccount(1001)], l.sums["order:"+order.Account(number)] = -1, 1
			o.Flags = o.Flags.With(order.FlagHeld)
		}, "the credit of 1001 is -0.000001"},
		"what fell is not there": {func(l *ledger, o *order.Order) {
			o.Payments[0].Fell, o.Payments[0].Now = true, 1_000_000
			l.received[number] = 1_000_000
			o.Flags = o.Flags.With(order.FlagHeld)
		}, ""},
		"what fell is thought to be there": {func(l *ledger, _ *order.Order) { l.received[number] = 1_000_000 }, "was booked, and the gateways took 1"},
	} {
		ears := &hearing{TB: t}
		l, o := told()
		l.t, l.people, l.sent = ears, []int64{1001}, make(map[string][]withdrawal)
		c.spoil(l, o)
		l.orders = []order.Order{*o}
		l.judgeMoney(*o)
		l.judgePayouts(*o)
		l.judgeCredit()
		l.judgeStrangers()
		said := strings.Join(ears.said, "; ")
		if c.want == "" && said != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", what, said, c.want)
		}
	}
}

// TestHeld: what is on its way out is still held.
func TestHeld(t *testing.T) {
	o := order.Order{Payments: []order.Payment{{Seen: 9}}, Payouts: []order.Payout{{Amount: 4, State: order.PayoutSent}}}
	if got := held(o); got != 9 {
		t.Errorf("held %d", got)
	}
	o.Payouts[0].State = order.PayoutDone
	if got := held(o); got != 5 {
		t.Errorf("held after it left %d", got)
	}
}
