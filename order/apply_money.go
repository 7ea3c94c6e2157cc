package order

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// read books what a gateway confirms. Facts are booked as differences against
// the highest total ever read, so the same record read twice, late or out of
// order never counts twice.
func (c *change) read(ev Read) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	if p.External == "" {
		return nil // meanwhile it turned out to be another payment of the order
	}
	confirmed, odd := c.odd(*p, ev.Fact)
	if odd != "" {
		c.puzzled(p, ev, odd)
		return nil
	}
	c.word(p, ev)
	if coming := ev.Fact.Confirming.IsPositive(); coming != p.Confirming {
		p.Confirming = coming
		c.lateNews()
	}
	p.Ended = p.Ended || ev.Fact.Status != FactOpen
	if confirmed < p.Seen {
		c.falls(p, ev, confirmed)
		return nil
	}
	added := c.book(p, ev, confirmed)
	c.settle(p, ev, added)
	c.spread(ev.At)
	return nil
}

// word holds the order for a status word that nobody knows: once for as long as
// the record says it. What other payments say is no answer to it.
func (c *change) word(p *Payment, ev Read) {
	before := p.Unknown
	p.Unknown = slices.Contains(ev.Fact.Tags, TagUnknownStatus)
	if p.Unknown && !before {
		c.hold(ev.At, ReasonStatus)
	}
	if !slices.ContainsFunc(c.o.Payments, func(p Payment) bool { return p.Unknown }) {
		c.releaseHold(ReasonStatus)
	}
}

// lateNews shows money that is seen, or vanishes, after the order has ended: its
// buyer must not go on reading that nothing was paid.
func (c *change) lateNews() {
	if c.o.Status == Expired || c.o.Status == Cancelled {
		c.do(EffectNotify)
	}
}

// falls holds the order because less is confirmed than before. What is only
// unconfirmed again is not gone: nothing of it is booked back.
func (c *change) falls(p *Payment, ev Read, confirmed Money) {
	there := confirmed
	if coming, err := MoneyRoundedDown(ev.Fact.Confirming); err == nil && coming > 0 {
		there += coming
	}
	p.Fell, p.Now = false, 0
	if there < p.Seen {
		p.Fell, p.Now = true, there
	}
	says := string(ReasonLower) + " " + confirmed.String()
	if !p.Fell && says == p.Judged {
		return // a person knows
	}
	p.Odd = says
	c.hold(ev.At, ReasonLower)
}

// lower reports whether a person is to look because less is confirmed.
func (p Payment) lower() bool { return strings.HasPrefix(p.Odd, string(ReasonLower)+" ") }

// odd says why a gateway's record is of no use, "" when it is; with it comes
// what the record confirms.
func (c *change) odd(p Payment, f Fact) (Money, Reason) {
	confirmed, err := MoneyRoundedDown(f.Confirmed)
	switch {
	case !c.bound(p, f):
		return 0, ReasonMismatch
	case f.Currency != Currency || slices.Contains(f.Tags, TagWrongCurrency):
		return 0, ReasonCurrency
	case err != nil || confirmed < 0: // an amount nobody can read is for a person, whatever is wrong with it
		return 0, ReasonMismatch
	}
	return confirmed, ""
}

// puzzled puts a record that is of no use before a person, once for all that it
// says.
func (c *change) puzzled(p *Payment, ev Read, why Reason) {
	says := string(why) + " " + ev.Fact.Confirmed.String()
	if says == p.Judged {
		return
	}
	p.Odd = says
	if why == ReasonCurrency {
		c.hold(ev.At, why, FlagWrongCurrency)
		return
	}
	c.hold(ev.At, why)
}

// judged notes that a person has dealt with what gateways say.
func (c *change) judged() {
	for i := range c.o.Payments {
		if p := &c.o.Payments[i]; p.Odd != "" {
			p.Judged, p.Odd = p.Odd, ""
		}
	}
}

// book adds what a payment has confirmed since it was last read.
func (c *change) book(p *Payment, ev Read, confirmed Money) Money {
	added := confirmed - p.Seen
	p.Seen = confirmed
	p.Fell, p.Now = false, 0 // what fell is there again
	if p.lower() {
		p.Odd = ""
	}
	if c.o.fell() == 0 && !slices.ContainsFunc(c.o.Payments, Payment.lower) {
		c.releaseHold(ReasonLower)
	}
	if !p.Confirming && (p.Seen == 0 || ev.Fact.Status != FactOpen) {
		c.releaseHold(ReasonUnread) // only a record that decides: no alert at each failure
	}
	if ev.Fact.Coin != "" && ev.Fact.Coins.IsPositive() && !p.Confirming { // the coins that count are the confirmed ones
		p.Coin, p.Coins = ev.Fact.Coin, ev.Fact.Coins.String()
	}
	if added == 0 {
		return 0
	}
	c.note(ev.At, "received", added.String())
	c.post(p.bookedAs(confirmed), Account("gateway:"+p.Gateway), c.account(), added)
	over := min(added, p.Seen-p.Asked)
	if !ev.Keeps || over < 0 {
		over = 0
	}
	if over > 0 {
		p.Kept += over
		c.hold(ev.At, ReasonOver, FlagOver)
	}
	c.vouchedFor(ev.At, p.SentAt, added-over)
	return added
}

// vouchedFor keeps what a link confirms that was asked for before a person
// vouched for money: it may be the very same. A person decides.
func (c *change) vouchedFor(at, asked Stamp, added Money) {
	for i := range c.o.Payments {
		h := &c.o.Payments[i]
		same := min(added, h.Seen-h.Kept)
		if h.Gateway != HandGateway || asked > h.SentAt || same <= 0 {
			continue
		}
		h.Kept += same
		added -= same
		c.hold(at, ReasonTwice, FlagTwice)
	}
}

// bookedAs is the posting key of a confirmed total. A total that went down and
// comes up again is booked once more, under another key.
func (p Payment) bookedAs(total Money) string {
	key := "p" + strconv.Itoa(p.N) + "/" + micros(total)
	if p.Falls > 0 {
		key += "/after/" + strconv.Itoa(p.Falls)
	}
	return key
}

// TagWrongCurrency is the tag a gateway fact carries when the payer sent
// another coin than the link asked for.
const TagWrongCurrency = "wrong_currency"

// bound reports whether a gateway's record speaks of the payment we asked for.
func (c *change) bound(p Payment, f Fact) bool {
	return f.External == p.External && f.Asked == p.Asked &&
		(f.Reference == "" || f.Reference == c.o.Number.Reference(p.N))
}

func (c *change) account() Account { return Account("order:" + string(c.o.Number)) }

// settle decides what the newly read record means for the order.
func (c *change) settle(p *Payment, ev Read, added Money) {
	switch c.o.Status {
	case AwaitingPayment, Confirming:
		c.settleOpen(p, ev, added)
	case Expired:
		c.settleLate(ev, added)
	case Cancelled, Refunding, Refunded:
		if added > 0 { // it goes to the buyer's credit
			c.o.Flags = c.o.Flags.With(FlagLate)
		}
	default:
		c.settleExtra(p, ev, added)
	}
}

// settleExtra names money that arrives after the order was paid. It goes to
// the buyer's credit.
func (c *change) settleExtra(p *Payment, ev Read, added Money) {
	if added == 0 {
		return
	}
	flag, what := FlagOver, "over"
	if p.Seen == added && c.o.Received() > added {
		flag, what = FlagTwice, "twice"
	}
	if !c.o.Flags.Has(flag) {
		c.o.Flags = c.o.Flags.With(flag)
		c.note(ev.At, what, added.String())
	}
}

// settleOpen compares what arrived with what was asked. What the gateway has
// not decided waits; what is short is the buyer's choice.
func (c *change) settleOpen(p *Payment, ev Read, added Money) {
	switch {
	case ev.Fact.Status == FactOpen:
		c.settleUndecided(p, ev, added)
	case ev.Fact.Status == FactPaid && p.Seen+ev.Tolerance < p.Asked:
		c.confirming(ev.At, 1)
		c.hold(ev.At, ReasonShort, FlagShort) // it says paid, and is not
	case c.o.Missing() <= ev.Tolerance && c.o.Left() > 0:
		c.pays(ev.At, ev.Fact.Status == FactExpired)
	case p.Seen > 0:
		c.short(ev.At, added)
	case p.money():
		c.confirming(ev.At, added)
	}
	if c.o.Status == Confirming && p.Confirming && p.ExpiresAt > 0 && ev.At >= p.ExpiresAt.Add(undecidedAfter) {
		c.hold(ev.At, ReasonLate, FlagLate)
	}
}

func (c *change) settleUndecided(p *Payment, ev Read, added Money) {
	if !p.money() {
		return
	}
	c.confirming(ev.At, added)
	switch {
	case p.Confirming:
	case c.o.Missing() > 0:
		c.short(ev.At, added)
	case p.ExpiresAt > 0 && ev.At >= p.ExpiresAt.Add(undecidedAfter):
		c.hold(ev.At, ReasonLate, FlagLate)
	}
}

// undecidedAfter is how long after its link's end a payment may stay under way
// before a person looks.
const undecidedAfter = 6 * time.Hour

// settleLate looks at money that comes after the order expired. In full, it is
// bought for as long as that costs the shop nothing; credit that was given back
// is asked for again. Less is the buyer's choice, once; everything else is credit.
func (c *change) settleLate(ev Read, added Money) {
	if added == 0 {
		return
	}
	c.o.Flags = c.o.Flags.With(FlagLate)
	switch missing := c.o.Missing(); {
	case missing <= ev.Tolerance:
		c.pays(ev.At, true)
	case c.o.Freed > 0 && missing <= c.o.Freed+ev.Tolerance:
		c.forgive(missing - c.o.Freed)
		c.confirming(ev.At, added)
	case c.o.Returned == c.o.Freed:
		c.short(ev.At, added)
	}
}

// unread notes that the gateway cannot tell what arrived, long after the link
// ended: nobody knows whether the order was paid.
func (c *change) unread(ev Unread) error {
	if _, err := c.payment(ev.Payment); err != nil {
		return err
	}
	c.hold(ev.At, ReasonUnread)
	return nil
}

// pays moves the order on to be bought for. What is missing is within the
// tolerance, and the shop's loss.
func (c *change) pays(at Stamp, late bool) {
	if c.o.stopped() {
		c.confirming(at, 1)
		return
	}
	c.forgive(c.o.Missing())
	c.o.Flags = c.o.Flags.Without(FlagShort)
	if late {
		c.o.Flags = c.o.Flags.With(FlagLate)
	}
	c.o.Status, c.o.Freed = Paid, 0
	c.note(at, string(Paid), c.o.Left().String())
	c.do(EffectNotify)
	if over := c.o.Left() - c.o.Total; over > 0 {
		c.o.Flags = c.o.Flags.With(FlagOver)
	}
	if c.o.underWay() { // Redis went back to before it was paid
		c.fulfilling(at)
	}
}

// forgive books what the shop bears itself.
func (c *change) forgive(amount Money) {
	if amount <= 0 {
		return
	}
	c.o.Forgiven += amount
	c.post("forgiven/"+micros(c.o.Forgiven), "losses", c.account(), amount)
}

func micros(m Money) string { return strconv.FormatInt(int64(m), 10) }

// short gives the buyer the choice between paying the rest and taking what
// came as credit.
func (c *change) short(at Stamp, added Money) {
	c.confirming(at, added)
	if c.o.Flags.Has(FlagShort) {
		return
	}
	c.o.Flags = c.o.Flags.With(FlagShort)
	c.o.ExpiresAt = max(c.o.ExpiresAt, at) // the choice lasts from now on, however late it comes
	c.note(at, "short", c.o.Missing().String())
	c.do(EffectNotify)
	c.do(EffectPing)
}

// confirming shows that money is on its way or not what was asked.
func (c *change) confirming(at Stamp, added Money) {
	if c.o.Status == Confirming {
		if added > 0 {
			c.do(EffectNotify)
		}
		return
	}
	c.o.Status = Confirming
	c.note(at, string(Confirming), "")
	c.do(EffectNotify)
}

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
	c.do(EffectPing)
}
