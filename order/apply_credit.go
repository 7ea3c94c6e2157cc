package order

import "strconv"

// credited takes the buyer's credit into the order.
func (c *change) credited(ev UseCredit) error {
	if ev.N != len(c.o.Payments)+1 {
		return &Error{Code: CodeEvent, Op: "credit taken twice"}
	}
	if c.o.Status == Refunding && len(c.o.Payments) > 0 { // only an order for taking credit out begins like that
		return &Error{Code: CodeEvent, Op: "credit for an order that ends"}
	}
	if ev.Amount <= 0 || ev.Amount > MaxMoney {
		return &Error{Code: CodeInvalid, Op: "amount of credit"}
	}
	c.o.Payments = append(c.o.Payments, Payment{N: ev.N, Gateway: CreditGateway, State: PaymentClosed, Asked: ev.Amount, SentAt: ev.At, Seen: ev.Amount})
	c.o.Freed = max(0, c.o.Freed-ev.Amount)
	c.note(ev.At, "credit_used", ev.Amount.String())
	p := creditPosting(c.o, c.o.Payments[len(c.o.Payments)-1])
	c.effects = append(c.effects, Effect{Kind: EffectPost, Posting: p})
	switch {
	case c.o.Status != AwaitingPayment && c.o.Status != Confirming:
	case c.o.Missing() <= 0:
		c.pays(ev.At, c.o.Flags.Has(FlagLate))
		c.spread(ev.At)
	default:
		c.do(EffectNotify)
	}
	return nil
}

// creditPosting takes what a payment by credit is.
func creditPosting(o Order, p Payment) Posting {
	key := string(o.Number) + "/p" + strconv.Itoa(p.N) + "/credit"
	if o.Status == Refunding {
		key = string(o.Number) + "/p" + strconv.Itoa(p.N) + "/payout"
	}
	return Posting{Key: key, From: CreditAccount(o.Buyer), To: Account("order:" + string(o.Number)), Amount: p.Asked}
}

// creditShort goes on without credit that is not there any more.
func (c *change) creditShort(ev CreditShort) {
	if c.o.Freed == 0 {
		return
	}
	c.o.Freed = 0
	c.short(ev.At, 0)
}

// spread gives what the order holds and does not need to the buyer's credit.
// Every way of paying too much, too late or for nothing ends here. Found money is
// nobody's before a person has said whose it is.
func (c *change) spread(at Stamp) {
	spare := c.o.spare()
	if spare <= 0 || c.o.Found || c.o.stopped() {
		return
	}
	c.toCredit(at, spare, c.o.Buyer, 0, "")
}

// toCredit books money to somebody's credit, the buyer's as a rule, and tells
// the buyer.
func (c *change) toCredit(at Stamp, amount Money, to, by int64, why string) {
	c.o.Returned += amount
	c.decided(at, "credited", by, noted(amount.String(), why))
	c.post("credit/"+micros(c.o.Returned), c.account(), CreditAccount(to), amount)
	c.do(EffectNotify)
	if by != 0 || !c.o.goodsToCome() {
		c.do(EffectPing)
	}
}

// goodsToCome reports whether the buyer is about to be rung for goods: the same
// message tells of the credit.
func (o Order) goodsToCome() bool {
	return o.Status == Paid || o.Status == Fulfilling || o.Status == Ready
}
