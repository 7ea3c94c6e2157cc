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
	in       map[string]decimal.Decimal // by gateway, less what fell
	out      decimal.Decimal            // to wallets, and back to payers
	spent    decimal.Decimal            // at suppliers
	sold     decimal.Decimal
	credited decimal.Decimal // less what was used
	forgiven decimal.Decimal // the shop's loss
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
		if strings.Contains(p.Key, "/forgiven/") {
			b.forgiven = b.forgiven.Add(amount)
		}
		out := strings.Contains(p.Key, "/payout/")
		for _, side := range []struct {
			account order.Account
			amount  decimal.Decimal
		}{{p.From, amount.Neg()}, {p.To, amount}} {
			b.book(string(side.account), side.amount, out)
		}
	}
	return b
}

func (b *ledger) book(account string, amount decimal.Decimal, out bool) {
	kind, name, _ := strings.Cut(account, ":")
	switch {
	case kind == "gateway" && out:
		b.out = b.out.Add(amount)
	case kind == "gateway":
		b.in[name] = b.in[name].Sub(amount)
	case kind == "supplier":
		b.spent = b.spent.Sub(amount)
	case kind == "sales":
		b.sold = b.sold.Add(amount)
	case kind == "credit":
		b.credited = b.credited.Add(amount)
	case kind == "order":
		b.left = b.left.Add(amount)
	}
}

// balance is what everything of a seed comes to.
type balance struct {
	in                                map[string]decimal.Decimal // as booked
	received                          decimal.Decimal            // as the gateways say, and admins by hand
	sold, credit, out, forgiven, left decimal.Decimal
}

// money compares the books of vendors, shop and ledger.
func (j *judgement) money() {
	all := balance{in: map[string]decimal.Decimal{}}
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		t := j.tales[n]
		b := j.ledger(t)
		j.received(t, b, &all)
		j.goods(t, b)
		all.sold, all.credit, all.out = all.sold.Add(b.sold), all.credit.Add(b.credited), all.out.Add(b.out)
		all.forgiven, all.left = all.forgiven.Add(b.forgiven), all.left.Add(b.left)
	}
	j.whole(all)
	j.trial(all.in)
	j.wallets()
}

// received holds what was booked as money that came against the gateways' books
// and what admins confirmed.
func (j *judgement) received(t *tale, b ledger, all *balance) {
	fell := map[string]order.Money{}
	for _, p := range t.stored.Payments {
		if p.Fell {
			fell[p.Gateway] += p.Seen - p.Now
		}
	}
	for _, gateway := range slices.Sorted(maps.Keys(b.in)) {
		all.in[gateway] = all.in[gateway].Add(b.in[gateway])
	}
	for _, gateway := range j.w.gateways {
		booked, there := b.in[gateway].Sub(fell[gateway].Decimal()), t.received[gateway]
		if !t.odd && !booked.Equal(there) {
			j.fail("money: %s received %s at %s, booked %s (%s, %s)", t.number, there, gateway, booked, t.plan, t.stored.Status)
		}
		if t.odd {
			there = booked // a person looks at coins nobody can value
		}
		all.received = all.received.Add(there).Add(fell[gateway].Decimal())
	}
	hand := j.w.deedsOf(t.number).hand
	for _, p := range t.stored.Payments {
		if p.Gateway != order.HandGateway {
			continue
		}
		at := slices.Index(hand, p.Seen)
		if at < 0 {
			j.fail("money: nobody confirmed %s of %s by hand", p.Seen, t.number)
			continue
		}
		hand = slices.Delete(slices.Clone(hand), at, at+1)
	}
	all.received = all.received.Add(t.hand())
	if most := j.w.tolerance.Decimal(); b.forgiven.GreaterThan(most.Add(t.fallen).Add(decimal.New(int64(t.payments), -6))) {
		j.fail("money: %s of %s is forgiven, %s fell", b.forgiven, t.number, t.fallen)
	}
}

// whole holds everything that came against everything it became, and the
// credit of all buyers against what orders gave and took.
func (j *judgement) whole(all balance) {
	for name, amount := range map[string]decimal.Decimal{
		"received": all.received, "forgiven": all.forgiven, "goods": all.sold, "credit": all.credit, "paid out": all.out, "held": all.left,
	} {
		j.w.tally.sum(name, amount)
	}
	there := all.sold.Add(all.credit).Add(all.out).Add(all.left)
	if !all.received.Add(all.forgiven).Equal(there) {
		j.fail("money: %s received and %s forgiven, sold for %s, credit %s, paid out %s, held %s", all.received, all.forgiven, all.sold, all.credit, all.out, all.left)
	}
	credit := decimal.Zero
	for _, b := range j.w.buyers {
		has, err := j.w.oracle.Balance(context.Background(), b.id)
		if err != nil || has < 0 {
			j.fail("money: credit of %d is %s: %v", b.id, has, err)
		}
		credit = credit.Add(has.Decimal())
	}
	if !credit.Equal(all.credit) {
		j.fail("money: buyers have %s of credit, their orders gave %s", credit, all.credit)
	}
}

// goods compares one order's side of the goods.
func (j *judgement) goods(t *tale, b ledger) {
	sold, spent := decimal.Zero, decimal.Zero
	o := t.stored
	whole := !slices.ContainsFunc(o.Timeline, func(m order.Moment) bool { return m.What == "bought_twice" }) && !j.w.deedsOf(t.number).gaveUp
	for i, l := range o.Lines {
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
	compare("credited", b.credited, (o.Returned - o.CreditUsed()).Decimal())
	compare("left", b.left, o.Balance().Decimal())
	if whole {
		compare("spent", b.spent, spent)
	}
	if b.left.IsNegative() && !o.Held() {
		j.fail("money: %s gave %s more than it had", t.number, b.left.Neg())
	}
	if o.Left() != 0 && t.alerts == 0 && !j.waitsForBuyer(o) {
		j.fail("lost: %s of %s is nobody's, and nobody was alerted (%s, %s)", o.Left(), t.number, t.plan, o.Status)
	}
	if o.Left() != 0 && !o.Held() && !j.waitsForBuyer(o) {
		j.fail("money: %s of %s is nobody's (%s, %s)", o.Left(), t.number, t.plan, o.Status)
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
	if trial.Off != 0 {
		j.fail("ledger: it sums up to %s", trial.Off)
	}
	out := decimal.Zero
	for account, sum := range trial.Accounts {
		if name, ok := strings.CutPrefix(string(account), "gateway:"); ok {
			out = out.Add(sum.Decimal()).Add(in[name])
		}
	}
	paid := decimal.Zero
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		for _, p := range j.tales[n].stored.Payouts {
			if p.State == order.PayoutDone {
				paid = paid.Add(p.Amount.Decimal())
			}
		}
	}
	if !out.Equal(paid) {
		j.fail("money: the ledger paid %s out, the orders %s", out, paid)
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
