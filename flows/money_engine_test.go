package flows

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// life takes an order through events as the engine does, so that what is said
// about money is said about orders that there are.
type life struct {
	t *testing.T
	o order.Order
}

func newLife(t *testing.T) *life {
	t.Helper()
	p, _ := newGoods().Product("infinivoucher:uc60")
	o := newOrder(p, 2)
	o.Payments = nil
	l := &life{t: t, o: o}
	return l.link(1, o.Total)
}

func (l *life) do(events ...order.Event) *life {
	l.t.Helper()
	for _, ev := range events {
		next, _, err := order.Apply(l.o, ev)
		if err != nil {
			l.t.Fatalf("%s: %v", ev.Kind(), err)
		}
		l.o = next
	}
	return l
}

func (l *life) at() order.Stamp {
	return order.At(start).Add(time.Duration(len(l.o.Timeline)) * time.Minute)
}

func (l *life) link(n int, asked order.Money) *life {
	l.t.Helper()
	external := "x" + string(rune('0'+n))
	return l.do(
		order.Planned{N: n, Gateway: "infini", Asked: asked, Lifetime: time.Hour, At: l.at()},
		order.Opening{Payment: n - 1, Key: "k", At: l.at()},
		order.Opened{Payment: n - 1, Link: order.Link{External: external, URL: "https://pay.example/" + external}, At: l.at()})
}

// arrives is what the gateway says about link n.
func (l *life) arrives(n int, total order.Money, status order.FactStatus) *life {
	l.t.Helper()
	p := l.o.Payments[n-1]
	return l.do(order.Read{Payment: n - 1, At: l.at(), Fact: order.Fact{
		External: p.External, Status: status, Asked: p.Asked, Currency: order.Currency, Confirmed: total.Decimal(),
	}})
}

func (l *life) full() *life {
	l.t.Helper()
	return l.arrives(1, l.o.Total, order.FactPaid)
}

func (l *life) buys() *life {
	l.t.Helper()
	return l.do(order.Buying{Line: 0, Attempt: 1, Key: "k", At: l.at()})
}

func (l *life) bought(pieces int) *life {
	l.t.Helper()
	return l.buys().do(
		order.Bought{Line: 0, Attempt: 1, External: "e", Got: pieces, Total: dollar, Sealed: []byte("s"), At: l.at()},
		order.Shown{Message: 5, Goods: true, At: l.at()})
}

func (l *life) payout() *life {
	l.t.Helper()
	return l.do(order.PayOut{N: 1, Left: l.o.Left(), Gateway: "inventpay", By: 77, At: l.at()})
}

func (l *life) address() *life {
	l.t.Helper()
	return l.payout().do(order.Addressed{
		Network: "bsc-usdt", Coin: "USDT", Coins: decimal.RequireFromString("1.88"), Fee: decimal.RequireFromString("0.3"), Sealed: []byte("s"), At: l.at(),
	})
}

// lives are the rows of DESIGN §3's table, what the message has to say, and
// what it must not.
func lives() map[string]struct {
	lead      func(*life) *life
	says, not []string
} {
	type row = struct {
		lead      func(*life) *life
		says, not []string
	}
	return map[string]row{
		"short, open":         {func(l *life) *life { return l.arrives(1, dollar, order.FactOpen) }, []string{"status.short", "status.short_next", "b.pay", "b.take_credit"}, nil},
		"short, closed":       {func(l *life) *life { return l.arrives(1, dollar, order.FactShort) }, []string{"status.short", "b.pay_the_rest", "b.take_credit"}, []string{"b.pay"}},
		"short, rest planned": {func(l *life) *life { return l.arrives(1, dollar, order.FactShort).link(2, l.o.Missing()) }, []string{"b.pay", "b.other_way"}, nil},
		"short, all there": {func(l *life) *life {
			return l.arrives(1, dollar, order.FactShort).link(2, l.o.Missing()).arrives(2, 880_000, order.FactPaid)
		}, []string{"status.paid"}, []string{"status.short", "status.on_credit"}},
		"short, credit": {func(l *life) *life {
			return l.arrives(1, dollar, order.FactShort).do(order.Cancel{Money: true, At: l.at()})
		}, []string{"status.cancelled_paid", "status.on_credit"}, []string{"status.cancelled"}},
		"short, nobody chose": {func(l *life) *life {
			return l.arrives(1, dollar, order.FactShort).do(order.Expire{At: order.At(start).Add(48 * time.Hour)})
		}, []string{"status.expired_paid", "status.on_credit"}, []string{"status.expired"}},
		"over":  {func(l *life) *life { return l.arrives(1, 3*dollar, order.FactPaid) }, []string{"status.paid", "status.over"}, nil},
		"twice": {func(l *life) *life { return l.link(2, l.o.Total).full().arrives(2, l.o.Total, order.FactPaid) }, []string{"status.paid", "status.twice"}, nil},
		"late": {func(l *life) *life {
			return l.do(order.Expire{At: order.At(start).Add(2 * time.Hour)}).arrives(1, l.o.Total, order.FactExpired)
		}, []string{"status.paid", "status.late"}, nil},
		"late, less": {func(l *life) *life {
			return l.do(order.Expire{At: order.At(start).Add(2 * time.Hour)}).arrives(1, dollar, order.FactExpired)
		}, []string{"status.short"}, nil},
		"after the cancel": {func(l *life) *life { return l.do(order.Cancel{At: l.at()}).full() }, []string{"status.cancelled_paid", "status.too_late"}, nil},
		"fewer":            {func(l *life) *life { return l.full().bought(1) }, []string{"status.fewer", "held.settled"}, []string{"held.promise"}},
		"out of stock":     {func(l *life) *life { return l.full().do(failed(l)) }, []string{"held.stock", "held.take", "b.take_credit"}, nil},
		"taken as credit": {func(l *life) *life {
			return l.full().do(failed(l), order.GiveBack{Left: l.o.Left(), By: 1001, At: l.at()})
		}, []string{"status.credited"}, []string{"held.promise", "status.refunded"}},
		"payout wanted":    {func(l *life) *life { return l.full().payout() }, []string{"payout.wanted", "b.wallet", "b.drop_payout"}, []string{"status.credited"}},
		"payout addressed": {(*life).addressedPaid, []string{"payout.addressed", "payout.fixed"}, []string{"held.other", "b.drop_payout", "b.wallet"}},
		"payout dropped":   {func(l *life) *life { return l.full().payout().do(order.DropPayOut{By: 1001, At: l.at()}) }, []string{"payout.dropped", "status.credited"}, nil},
		"payout refused":   {func(l *life) *life { return l.addressedPaid().do(order.DropPayOut{By: 77, At: l.at()}) }, []string{"payout.dropped", "status.credited"}, nil},
		"cancel, on credit": {func(l *life) *life {
			return l.do(order.UseCredit{N: 2, Amount: dollar, At: l.at()}, order.Cancel{At: l.at()})
		}, []string{"status.cancelled_paid", "status.credit_back"}, nil},
	}
}

func (l *life) addressedPaid() *life { return l.full().address() }

func failed(l *life) order.Event {
	return order.BuyFails{Line: 0, Code: order.CodeStock, Reason: order.ReasonStock, Final: true, At: l.at()}
}

func TestWhatIsSaidAboutRealOrders(t *testing.T) {
	for name, x := range lives() {
		l := newLife(t)
		x.lead(l)
		v := OrderView(testEnv(), l.o, nil, 0)
		said := saidBy(v)
		for _, key := range x.says {
			if !slices.Contains(said, key) {
				t.Errorf("%s: does not say %s, only %v", name, key, said)
			}
		}
		for _, key := range x.not {
			if slices.Contains(said, key) {
				t.Errorf("%s: says %s: %v", name, key, said)
			}
		}
		if page := pageView(testEnv(), l.o); len(page.Blocks) < 3 {
			t.Errorf("%s: the page says too little", name)
		}
		PingView(l.o)
	}
}

// saidBy are all texts of a view, those in texts included.
func saidBy(v View) []string {
	var all []string
	var walk func(Text)
	walk = func(x Text) {
		all = append(all, x.Key)
		for _, arg := range x.Args {
			if inner, ok := arg.(Text); ok {
				walk(inner)
			}
		}
	}
	for _, b := range v.Blocks {
		walk(b)
	}
	for _, row := range v.Keyboard {
		for _, b := range row {
			walk(b.Label)
		}
	}
	return all
}
