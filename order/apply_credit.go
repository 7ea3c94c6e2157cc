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
	key := "p" + strconv.Itoa(ev.N) + "/credit"
	if c.o.Status == Refunding {
		key = "p" + strconv.Itoa(ev.N) + "/payout"
	}
	c.post(key, CreditAccount(c.o.Buyer), c.account(), ev.Amount)
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

// creditShort goes on without credit that is not there any more.
func (c *change) creditShort(ev CreditShort) {
	if c.o.Freed == 0 {
		return
	}
	c.o.Freed = 0
	c.short(ev.At, 0)
}

// spread gives what the order holds and does not need to the buyer's credit.
// Every way of paying too much, too late or for nothing ends here.
func (c *change) spread(at Stamp) {
	spare := c.o.spare()
	if spare <= 0 || c.o.stopped() {
		return
	}
	c.toCredit(at, spare, 0, "")
}

// toCredit books money to the buyer's credit and tells them.
func (c *change) toCredit(at Stamp, amount Money, by int64, why string) {
	c.o.Returned += amount
	c.decided(at, "credited", by, noted(amount.String(), why))
	c.post("credit/"+micros(c.o.Returned), c.account(), CreditAccount(c.o.Buyer), amount)
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
