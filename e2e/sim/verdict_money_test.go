package sim

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// ledger sums up what our books moved for one order, by kind of account.
type ledger struct {
	in       map[string]decimal.Decimal // by gateway
	spent    decimal.Decimal            // at suppliers
	sold     decimal.Decimal
	credited decimal.Decimal
	left     decimal.Decimal // on the order itself
}

func (j *judgement) ledger(t *tale) ledger {
	b := ledger{in: map[string]decimal.Decimal{}}
	list, err := j.w.oracle.Postings(context.Background(), t.number)
	if err != nil {
		j.fail("ledger: %v", err)
	}
	for _, p := range list {
		amount := p.Amount.Decimal()
		for _, side := range []struct {
			account order.Account
			amount  decimal.Decimal
		}{{p.From, amount.Neg()}, {p.To, amount}} {
			kind, name, _ := strings.Cut(string(side.account), ":")
			switch kind {
			case "gateway":
				b.in[name] = b.in[name].Sub(side.amount)
			case "supplier":
				b.spent = b.spent.Sub(side.amount)
			case "sales":
				b.sold = b.sold.Add(side.amount)
			case "credit":
				b.credited = b.credited.Add(side.amount)
			case "order":
				b.left = b.left.Add(side.amount)
			}
		}
	}
	return b
}

// money compares the books of vendors, shop and ledger.
func (j *judgement) money() {
	in := map[string]decimal.Decimal{}
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		t := j.tales[n]
		b := j.ledger(t)
		for _, gateway := range j.w.gateways {
			if !t.odd && !b.in[gateway].Equal(t.received[gateway]) {
				j.fail("money: %s received %s at %s, booked %s (%s, %s)", n, t.received[gateway], gateway, b.in[gateway], t.plan, t.stored.Status)
			}
			in[gateway] = in[gateway].Add(b.in[gateway])
		}
		j.goods(t, b)
	}
	j.trial(in)
	j.wallets()
}

// goods compares one order's side of the goods.
func (j *judgement) goods(t *tale, b ledger) {
	sold, spent, credited := decimal.Zero, decimal.Zero, decimal.Zero
	whole := !slices.Contains(t.stored.Doubts, order.ReasonGoodsTwice)
	for i, l := range t.stored.Lines {
		credited = credited.Add(l.Credited.Decimal())
		whole = whole && l.Credited == 0
		if l.State != order.LineGot {
			continue
		}
		sold = sold.Add(l.UnitPrice.Times(l.Got).Decimal())
		for _, p := range t.lines[i].purchases {
			if p.done {
				spent = spent.Add(p.cost)
			}
		}
	}
	compare := func(what string, ours, theirs decimal.Decimal) {
		if !ours.Equal(theirs) {
			j.fail("money: %s for %s (%s): our books %s, the world's %s", what, t.number, t.want, ours, theirs)
		}
	}
	compare("sold", b.sold, sold)
	compare("credited", b.credited, credited)
	if whole {
		compare("spent", b.spent, spent)
	}
	if !b.left.IsZero() && t.alerts == 0 {
		j.fail("money: %s of %s is nobody's", b.left, t.number)
	}
}

// trial holds the whole ledger against the orders': nothing stands beside them.
func (j *judgement) trial(in map[string]decimal.Decimal) {
	trial, err := j.w.oracle.Trial(context.Background())
	if err != nil {
		j.fail("ledger: %v", err)
		return
	}
	for _, fault := range trial.Faults {
		j.fail("ledger: %s", fault)
	}
	total := decimal.Zero
	for account, sum := range trial.Accounts {
		total = total.Add(sum.Decimal())
		if name, ok := strings.CutPrefix(string(account), "gateway:"); ok && !sum.Decimal().Neg().Equal(in[name]) {
			j.fail("money: %s: the ledger has %s, the orders %s", account, sum, in[name])
		}
	}
	if !total.IsZero() {
		j.fail("money: the ledger sums up to %s", total)
	}
}

// wallets compare the suppliers' balances with their orders.
func (j *judgement) wallets() {
	books := j.w.box.InfiniVoucher.Books()
	moved := decimal.Zero
	for _, m := range books.Wallet.Transactions {
		moved = moved.Add(m.Amount)
	}
	bought := decimal.Zero
	for _, o := range books.Orders {
		bought = bought.Add(o.TotalAmount)
	}
	if !moved.Equal(j.w.topUps.Sub(bought)) {
		j.fail("money: the wallet moved by %s, orders cost %s, top-ups %s", moved, bought, j.w.topUps)
	}
}
