package order

import (
	"slices"
	"strconv"
	"strings"
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
	if c.unvalued(p, ev.Fact, ev.At) {
		return nil
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
	fell, now := p.Fell, p.Now
	p.Fell, p.Now = false, 0
	if there < p.Seen {
		p.Fell, p.Now = true, there
	}
	if p.Fell && (!fell || now != there) {
		c.worse(ev.At, ReasonLower, there.String())
	}
	says := string(ReasonLower) + " " + confirmed.String()
	if !p.Fell && says == p.Judged {
		return // a person knows
	}
	p.Odd = says
	c.hold(ev.At, ReasonLower)
}

// worse notes that a doubt which a person knows of is about another sum now: who
// decides by the former one has not seen this.
func (c *change) worse(at Stamp, reason Reason, sum string) {
	if slices.Contains(c.o.Doubts, reason) {
		c.note(at, string(reason), sum)
	}
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
	if says != p.Odd {
		c.worse(ev.At, why, ev.Fact.Confirmed.String())
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
// One that was forgotten and found again may have another's number here.
func (c *change) bound(p Payment, f Fact) bool {
	n, _, err := ParseReference(f.Reference)
	return f.External == p.External && f.Asked == p.Asked &&
		(f.Reference == "" || f.Reference == c.o.Number.Reference(p.N) || p.Twin && err == nil && n == c.o.Number)
}

func (c *change) account() Account { return Account("order:" + string(c.o.Number)) }
