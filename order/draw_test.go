package order_test

import (
	"slices"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/order"
)

// drawing draws one event that may befall an order.
type drawing struct {
	t  *rapid.T
	o  order.Order
	at order.Stamp
}

// pick draws one of a list; what stands there more often is drawn more often.
func pick[T any](d drawing, name string, list ...T) T { return rapid.SampledFrom(list).Draw(d.t, name) }

func (d drawing) bool(name string) bool { return rapid.Bool().Draw(d.t, name) }

// rarely is true once in so many times.
func (d drawing) rarely(name string, oneIn int) bool {
	return rapid.IntRange(1, oneIn).Draw(d.t, name) == oneIn
}

// index draws an index of a list of n, or rarely one beside it.
func (d drawing) index(name string, n int) int {
	if n == 0 || d.rarely(name+" beside it", 25) {
		return pick(d, name, -1, n)
	}
	return rapid.IntRange(0, n-1).Draw(d.t, name)
}

// left draws what somebody believes that the order holds.
func (d drawing) left() order.Money {
	if d.rarely("old screen", 12) {
		return d.o.Left() + 1
	}
	return d.o.Left()
}

// part draws how much of what the order holds is meant, 0 for everything.
func (d drawing) part() order.Money {
	return pick(d, "part", 0, 0, 0, 1, 3_000_000, 10_000_000, d.o.Left(), d.o.Left()+1)
}

// kinds is how often each kind is drawn: the ones that a status allows, and
// rarely any.
func (d drawing) kind() order.EventKind {
	list := allowed[d.o.Status]
	if d.rarely("any kind", 20) {
		list = slices.Concat(allowed[order.AwaitingPayment], allowed[order.Fulfilling])
	}
	return pick(d, "kind", list...)
}

// event draws an event, mostly a sensible one.
func (d drawing) event() order.Event {
	kind := d.kind()
	for _, draw := range []func(order.EventKind) order.Event{d.link, d.payment, d.purchase, d.slow, d.money, d.payout} {
		if ev := draw(kind); ev != nil {
			return ev
		}
	}
	return order.Shown{Message: d.index("message", 2), Goods: d.bool("goods"), At: d.at}
}

func (d drawing) code() order.Code {
	return pick(d, "code", order.CodeStock, order.CodeInvalid, order.CodeConflict, order.CodeUnclear, order.CodeLimited, order.CodeNotSent, order.CodeExists, order.CodeBudget)
}

func (d drawing) text() string { return pick(d, "text", "", "x", "y") }

func (d drawing) link(kind order.EventKind) order.Event {
	i := d.index("payment", len(d.o.Payments))
	switch kind {
	case order.KindPlanned:
		return order.Planned{N: len(d.o.Payments) + pick(d, "n", 1, 1, 1, 0), Gateway: "g", Asked: max(d.o.Missing(), 1), At: d.at}
	case order.KindOpening:
		return order.Opening{Payment: i, Key: "k", At: d.at}
	case order.KindOpened:
		return order.Opened{Payment: i, Link: order.Link{External: d.text(), URL: d.text()}, At: d.at}
	case order.KindOpenFails:
		return order.OpenFails{Payment: i, Code: d.code(), At: d.at}
	case order.KindTwin:
		return order.Twin{Payment: i, External: d.text(), At: d.at}
	case order.KindMet:
		fact := order.Fact{Asked: pick[order.Money](d, "asked", 0, 20_000_000, 20_000_000), Confirming: decimal.NewFromInt(int64(rapid.IntRange(0, 1).Draw(d.t, "coming")))}
		return order.Met{N: len(d.o.Payments) + pick(d, "n", 1, 1, 1, 0, 2), Gateway: "g", External: pick(d, "external", "x", "z", ""), Fact: fact, At: d.at}
	case order.KindUnwatch:
		return order.Unwatch{Payment: i, At: d.at}
	case order.KindUnread:
		return order.Unread{Payment: i, At: d.at}
	case order.KindExpire:
		return order.Expire{At: d.at}
	case order.KindCancel:
		return order.Cancel{Money: d.bool("knows"), At: d.at}
	default:
		return nil
	}
}

func (d drawing) payment(kind order.EventKind) order.Event {
	if kind != order.KindRead {
		return nil
	}
	i := d.index("payment", len(d.o.Payments))
	ev := order.Read{Payment: i, Keeps: d.rarely("keeps", 4), At: d.at}
	ev.Tolerance = pick[order.Money](d, "tolerance", 0, 0, 0, 1_000_000)
	f := order.Fact{External: "x", Asked: 20_000_000, Currency: "USD"}
	sum := pick[order.Money](d, "sum", 0, 1, 5_000_000, 15_000_000, 19_500_000, 20_000_000, 25_000_000)
	if i >= 0 && i < len(d.o.Payments) {
		p := d.o.Payments[i]
		f.External, f.Asked = p.External, p.Asked
		sum = pick(d, "of what was asked", sum, p.Asked, p.Asked, p.Asked-1, p.Asked+1, p.Seen, p.Seen, p.Seen+3_000_000, p.Seen-1)
	}
	f.Confirmed = sum.Decimal()
	f.Status = pick(d, "gateway says", order.FactOpen, order.FactPaid, order.FactShort, order.FactExpired)
	switch rapid.IntRange(0, 24).Draw(d.t, "odd") {
	case 0:
		f.Currency = "EUR"
	case 1:
		f.Tags = []string{order.TagUnknownStatus}
	case 2:
		f.Asked++
	case 3, 4, 5:
		f.Confirming = decimal.NewFromInt(5)
	}
	ev.Fact = f
	return ev
}

// attempt draws an attempt of a line: mostly its last one.
func (d drawing) attempt(i int) int {
	last := 0
	if i >= 0 && i < len(d.o.Lines) {
		last = len(d.o.Lines[i].Attempts)
	}
	return max(0, last+pick(d, "attempt", 0, 0, 0, 0, 1, 1, -1))
}

func (d drawing) purchase(kind order.EventKind) order.Event {
	i := d.index("line", len(d.o.Lines))
	n := d.attempt(i)
	switch kind {
	case order.KindBuying:
		return order.Buying{Line: i, Attempt: n, Key: "k", Once: pick(d, "once", "", "", "me"), At: d.at}
	case order.KindBought:
		return order.Bought{Line: i, Attempt: n, External: d.text(), Got: pick(d, "got", 1, 2, 2), Total: 9_000_000, Sealed: []byte("s"), At: d.at}
	case order.KindBuyFails:
		reason := pick(d, "reason", order.ReasonStock, order.ReasonLoss, order.ReasonRefused)
		return order.BuyFails{Line: i, Attempt: pick(d, "no attempt", n, n, 0), Code: d.code(), Final: d.bool("final"), Reason: reason, At: d.at}
	case order.KindGiveUp:
		return order.GiveUp{Line: i, Attempt: n, By: 900, At: d.at}
	case order.KindAgain:
		return order.Again{Anyway: d.bool("anyway"), By: 900, At: d.at}
	default:
		return nil
	}
}

func (d drawing) slow(kind order.EventKind) order.Event {
	i := d.index("line", len(d.o.Lines))
	n := d.attempt(i)
	switch kind {
	case order.KindAccepted:
		return order.Accepted{Line: i, Attempt: n, External: d.text(), Late: d.bool("late"), At: d.at}
	case order.KindArrived:
		return order.Arrived{Line: i, Attempt: max(n, 1), Sealed: []byte(d.text()), Doubled: d.bool("doubled"), At: d.at}
	case order.KindLost:
		return order.Lost{Line: i, Attempt: n, External: d.text(), Recall: d.bool("recall"), At: d.at}
	case order.KindRecalled:
		return order.Recalled{Line: i, Attempt: n, Spent: 9_000_000, Back: 8_900_000, At: d.at}
	default:
		return nil
	}
}

func (d drawing) money(kind order.EventKind) order.Event {
	n := len(d.o.Payments) + pick(d, "n", 1, 1, 1, 1, 0)
	amount := pick(d, "amount", d.o.Missing(), d.o.Missing(), d.o.Missing()-1, 5_000_000, 0)
	switch kind {
	case order.KindUseCredit:
		return order.UseCredit{N: n, Amount: amount, At: d.at}
	case order.KindCreditShort:
		return order.CreditShort{At: d.at}
	case order.KindGiveBack:
		return order.GiveBack{Left: d.left(), Amount: d.part(), By: 900, Why: "x", At: d.at}
	case order.KindByHand:
		return order.ByHand{N: n, Amount: amount, By: pick[int64](d, "by", 900, 900, 900, 0), Why: "x", At: d.at}
	case order.KindClose:
		return order.Close{Left: d.left(), By: 900, Why: "x", At: d.at}
	default:
		return nil
	}
}

func (d drawing) payout(kind order.EventKind) order.Event {
	p, i, ok := d.o.OpenPayout()
	if !ok || d.rarely("another payout", 15) {
		i = d.index("payout", len(d.o.Payouts))
	}
	switch kind {
	case order.KindPayOut:
		return order.PayOut{N: len(d.o.Payouts) + pick(d, "n", 1, 1, 1, 0), Left: d.left(), Amount: d.part(), Gateway: "g", By: 900, At: d.at}
	case order.KindAddressed:
		return order.Addressed{Payout: i, Network: "n", Coin: "USDT", Coins: decimal.NewFromInt(pick[int64](d, "coins", 1, 1, 1, 0)), Sealed: []byte("a"), At: d.at}
	case order.KindApproved:
		return order.Approved{Payout: i, Needs: pick(d, "needs", 1, 1, 2), By: pick[int64](d, "by", 900, 901, 0), At: d.at}
	case order.KindPayingOut:
		return order.PayingOut{Payout: i, Once: pick(d, "by whom", "x", "y"), At: d.at}
	case order.KindPaidOut:
		r := order.PayoutReceipt{External: d.text(), State: pick(d, "receipt", order.PayoutPending, order.PayoutCompleted, order.PayoutRejected)}
		return order.PaidOut{Payout: i, Receipt: r, Late: d.bool("late"), At: d.at}
	case order.KindPayOutFails:
		once := pick(d, "once", p.Once, p.Once, p.Once, "z")
		return order.PayOutFails{Payout: i, Once: once, Code: d.code(), By: pick[int64](d, "by", 0, 0, 900), RetryAt: d.at, At: d.at}
	case order.KindDropPayOut:
		return order.DropPayOut{Payout: i, By: pick[int64](d, "by", 1, 900), At: d.at}
	default:
		return nil
	}
}
