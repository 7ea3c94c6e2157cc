package order

import (
	"cmp"
	"strconv"
	"time"
)

// chooseFor is how long after its last link's end a buyer may choose what
// becomes of a payment that is short. Then it is credit.
const chooseFor = 12 * time.Hour

// expire closes an order that nobody paid, or whose buyer did not choose.
func (c *change) expire(ev Expire) error {
	choice := c.o.Flags.Has(FlagShort) && ev.At >= c.o.chooseUntil()
	switch {
	case c.o.Held() || c.o.moneySeen() && !choice || c.o.onItsWay():
		return &Error{Code: CodeEvent, Op: "expire with money seen"}
	case ev.At < c.o.ExpiresAt:
		return &Error{Code: CodeEvent, Op: "there is another link meanwhile"}
	case c.o.underWay():
		c.hold(ev.At, ReasonUnclear) // Redis went back to before its payment was known
		return nil
	}
	c.o.Freed = c.o.freed()
	c.ends(Expired, ev.At)
	return nil
}

// freed is the buyer's credit that an order gives back as it expires, and that
// late money may take again: what it used since it expired the last time, and
// what is left from then. Money of links that became credit is not among it.
func (o Order) freed() Money {
	last := Stamp(-1)
	for _, m := range o.Timeline {
		if m.What == string(Expired) {
			last = m.At
		}
	}
	sum := o.Freed
	for _, p := range o.Payments {
		if p.Gateway == CreditGateway && p.SentAt > last {
			sum += p.Seen
		}
	}
	return sum
}

// onItsWay reports whether money is seen that is not confirmed.
func (o Order) onItsWay() bool {
	for _, p := range o.Payments {
		if p.Confirming {
			return true
		}
	}
	return false
}

// cancel ends an order at its buyer's wish. What was paid, or still comes, is
// their credit: they have to know.
func (c *change) cancel(ev Cancel) error {
	switch {
	case c.o.Held():
		return &Error{Code: CodeEvent, Op: "cancel while a person looks"}
	case c.o.moneySeen() && !ev.Money:
		return &Error{Code: CodeEvent, Op: "cancel with money seen"}
	case c.o.underWay():
		return &Error{Code: CodeEvent, Op: "cancel with a purchase under way"}
	}
	c.ends(Cancelled, ev.At)
	return nil
}

func (c *change) ends(s Status, at Stamp) {
	c.o.Status = s
	c.o.Flags = c.o.Flags.Without(FlagShort)
	c.note(at, string(s), "")
	c.do(EffectNotify)
	c.spread(at)
}

// decide checks that an order's money may be given back as was decided, and
// returns how much. Who decided saw what the order held: of two who decide at
// once, the second sees something else.
func (c *change) decide(left, amount Money) (Money, error) {
	switch {
	case c.o.pending():
		return 0, &Error{Code: CodeBusy, Op: "refund while it is bought"}
	case left != c.o.Left():
		return 0, &Error{Code: CodeEvent, Op: "refund of what has changed"}
	}
	if amount == 0 {
		amount = c.o.Refundable()
	}
	switch {
	case amount <= 0 || amount > left-c.o.fell() || amount > c.o.Refundable() && amount != c.o.kept():
		return 0, &Error{Code: CodeInvalid, Op: "refund of more than there is"}
	case amount < left && c.o.waits() && left-amount < c.o.needed()+c.keptAfter(amount):
		return 0, &Error{Code: CodeInvalid, Op: "refund of what is about to be bought for"}
	}
	return amount, nil
}

// keptAfter is the surplus that a gateway may give back by itself once a person
// has decided about an amount.
func (c *change) keptAfter(amount Money) Money {
	if kept := c.o.kept(); amount != kept {
		return kept
	}
	return 0
}

// giveBack gives an order's money to the buyer's credit, and gives up what it
// was for when nothing is left.
func (c *change) giveBack(ev GiveBack) error {
	if c.o.forgotPayout() {
		return &Error{Code: CodeBusy, Op: "refund of what may have left"}
	}
	amount, err := c.decide(ev.Left, ev.Amount)
	if err != nil {
		return err
	}
	surplus := c.unkeep(ev.Amount)
	c.toCredit(ev.At, amount, cmp.Or(ev.To, c.o.Buyer), ev.By, ev.Why)
	if whole := amount + c.o.kept(); whole == ev.Left && (!surplus || amount == ev.Left) {
		c.giveUpAll()
		if c.o.Status == Confirming || c.o.Status == Expired { // nothing is left that it could be paid for
			c.o.Status = Refunded
			c.note(ev.At, string(Refunded), "")
		}
		c.complete(ev.At)
	}
	return nil
}

// unkeep takes a decision about surplus, and reports whether it is one: the sum
// is exactly what is kept, or nothing else is left to decide about.
func (c *change) unkeep(amount Money) bool {
	kept, left := c.o.kept(), c.o.Left()
	if amount == 0 {
		amount = left
	}
	if kept == 0 || amount != kept && kept < left {
		return false
	}
	for i := range c.o.Payments {
		p := &c.o.Payments[i]
		part := min(p.Kept, amount)
		p.Kept -= part
		amount -= part
	}
	if c.o.kept() == 0 {
		c.releaseHold(ReasonOver)
		c.releaseHold(ReasonTwice)
	}
	return true
}

// giveUpAll ends everything the order still wanted: its money went elsewhere.
func (c *change) giveUpAll() {
	for i := range c.o.Lines {
		if l := &c.o.Lines[i]; l.State == LineWaiting || l.State == LineFailed {
			c.giveUpLine(l)
		}
	}
	for _, r := range []Reason{
		ReasonShort, ReasonLate, ReasonCurrency, ReasonMismatch, ReasonUnread, ReasonAfterEnd, ReasonStatus, ReasonFound, ReasonPayoutLeft,
		ReasonLoss, ReasonStock, ReasonFunds, ReasonBudget, ReasonFrozen, ReasonRefused, ReasonSupplierDown, ReasonSupplierGone,
	} {
		c.releaseHold(r)
	}
	if c.o.kept() == 0 {
		c.releaseHold(ReasonOver)
		c.releaseHold(ReasonTwice)
	}
	c.o.Flags = c.o.Flags.Without(FlagShort).Without(FlagSupplierDown)
	c.judged()
}

// giveUpLine ends a line: what was held for it is free.
func (c *change) giveUpLine(l *Line) {
	l.State = LineFailed
	l.Credited = l.UnitPrice.Times(l.Quantity)
}

// again has failed lines bought again, as far as their money is still there. What
// a line may cost is what was on the screen of who decided.
func (c *change) again(ev Again) error {
	if c.o.Left()-c.o.kept() < c.o.needed() || c.o.stopped() {
		return &Error{Code: CodeInvalid, Op: "buy again without the money"}
	}
	tried := false
	for i := range c.o.Lines {
		if l := &c.o.Lines[i]; l.State == LineFailed && l.Credited == 0 {
			if l.Most = 0; ev.Anyway && l.Why == ReasonLoss {
				l.Most = l.Asks
			}
			l.State, l.Why, l.Asks, l.Tried = LineWaiting, "", 0, len(l.Attempts)
			tried = true
		}
	}
	if !tried {
		return &Error{Code: CodeEvent, Op: "nothing to buy again"}
	}
	for _, r := range []Reason{ReasonLoss, ReasonStock, ReasonFunds, ReasonBudget, ReasonFrozen, ReasonRefused, ReasonSupplierGone} {
		c.releaseHold(r)
	}
	c.decided(ev.At, "again", ev.By, ev.Why)
	if c.o.Status == Ready || c.o.Status == Delivered {
		c.fulfilling(ev.At)
	}
	c.do(EffectNotify)
	return nil
}

// giveUp believes a person that a purchase was not made.
func (c *change) giveUp(ev GiveUp) error {
	l, err := c.line(ev.Line)
	if err != nil {
		return err
	}
	a := l.attempt(ev.Attempt)
	if a == nil || a.resolved() || l.State != LineBuying && l.State != LineUnclear {
		return &Error{Code: CodeEvent, Op: "give up what is not open"}
	}
	if ev.At.Since(max(a.FirstSentAt, a.SentAt)) < landsWithin {
		return &Error{Code: CodeBusy, Op: "give up what may be on its way"}
	}
	a.Outcome, a.RetryAt, a.Recall = OutcomeRefused, 0, false
	if a.LostAt > 0 { // it was bought, and nobody can use it: the shop's loss
		a.Outcome = OutcomeBack
		c.post("l"+strconv.Itoa(ev.Line)+"/a"+strconv.Itoa(ev.Attempt)+"/lost", l.account(), "losses", l.UnitCost.Times(l.Quantity))
	}
	l.State, l.Why = LineFailed, ReasonRefused
	c.decided(ev.At, "given_up", ev.By, ev.Why)
	c.resolved()
	if len(a.Letters) > 0 { // something of it came after all: it is the shop's, and a person's
		c.hold(ev.At, ReasonGoodsTwice)
	}
	if !c.o.buys() { // as if it had never been: nothing is paid, and paid late it is bought anew
		l.State, l.Why = LineWaiting, ""
		return nil
	}
	c.hold(ev.At, ReasonRefused)
	c.complete(ev.At)
	return nil
}

// byHand books money that a person vouches for, and goes on as if a gateway
// had said it.
func (c *change) byHand(ev ByHand) error {
	switch {
	case ev.N != len(c.o.Payments)+1:
		return &Error{Code: CodeEvent, Op: "confirmed twice"}
	case ev.Amount <= 0 || ev.Amount > MaxMoney || ev.By == 0:
		return &Error{Code: CodeInvalid, Op: "confirm by hand"}
	}
	c.o.Payments = append(c.o.Payments, Payment{N: ev.N, Gateway: HandGateway, State: PaymentClosed, Asked: ev.Amount, SentAt: ev.At, Seen: ev.Amount})
	c.decided(ev.At, "by_hand", ev.By, noted(ev.Amount.String(), ev.Why))
	c.post("p"+strconv.Itoa(ev.N)+"/hand", Account("gateway:"+HandGateway), c.account(), ev.Amount)
	for _, r := range []Reason{ReasonShort, ReasonLate, ReasonCurrency, ReasonMismatch, ReasonUnread, ReasonStatus} {
		c.releaseHold(r)
	}
	c.judged()
	if c.o.Found { // that it arrived does not say whose it is
		c.hold(ev.At, ReasonFound)
	}
	if c.o.Status == Expired && c.o.Missing() == 0 {
		c.pays(ev.At, false)
	}
	c.reconsider(ev.At)
	c.do(EffectNotify)
	c.spread(ev.At)
	return nil
}

// reconsider looks at an unpaid order again after a person decided.
func (c *change) reconsider(at Stamp) {
	if c.o.Status != AwaitingPayment && c.o.Status != Confirming || c.o.stopped() {
		return
	}
	if c.o.Missing() == 0 {
		c.pays(at, c.o.Flags.Has(FlagLate))
		return
	}
	c.othersShort(at)
}

// decided notes who decided something and why.
func (c *change) decided(at Stamp, what string, by int64, why string) {
	c.o.Timeline = append(c.o.Timeline, Moment{At: at, What: what, Note: why, By: by})
}

// closes takes an order off the queue: a person has dealt with it. Money that
// is undecided, and purchases under way, keep it there.
func (c *change) closes(ev Close) error {
	switch {
	case !c.o.Held():
		return &Error{Code: CodeEvent, Op: "close what is not held"}
	case ev.Left != c.o.Left():
		return &Error{Code: CodeEvent, Op: "close what has changed"}
	case c.o.pending() && !c.o.buys():
		return &Error{Code: CodeBusy, Op: "close with a purchase that nobody looks for"}
	}
	if _, _, open := c.o.OpenPayout(); c.o.fell() > 0 && (open || c.o.pending()) {
		return &Error{Code: CodeBusy, Op: "close what fell with something under way"}
	}
	c.lowered(ev.At)
	for _, l := range c.o.Lines {
		if l.State == LineFailed && l.Credited == 0 {
			return &Error{Code: CodeInvalid, Op: "close with a line undecided"}
		}
	}
	c.returnedByGateway(ev)
	for _, r := range []Reason{
		ReasonShort, ReasonOver, ReasonLate, ReasonTwice, ReasonCurrency, ReasonLower, ReasonMismatch, ReasonUnread, ReasonAfterEnd, ReasonStatus,
		ReasonFewer, ReasonGoods, ReasonInvoice, ReasonGoodsTwice, ReasonPayoutRefused, ReasonPayoutLeft, ReasonFound,
	} {
		c.releaseHold(r)
	}
	if c.o.Found { // of what left for it nobody will know more
		c.releaseHold(ReasonPayoutUnclear)
		c.releaseHold(ReasonUnclear)
	}
	if c.o.Held() {
		return &Error{Code: CodeBusy, Op: "close with something under way"}
	}
	c.judged()
	c.decided(ev.At, "closed", ev.By, ev.Why)
	c.setAside(ev.At)
	c.reconsider(ev.At)
	c.complete(ev.At)
	c.spread(ev.At)
	return nil
}

// lowered accepts that a confirmed total went down: it goes back to the
// gateway's account. What was delivered or given back for it meanwhile is the
// shop's loss; what it does not pay for any more is not bought. Money that is
// kept pays for nothing: the same decision takes it away.
func (c *change) lowered(at Stamp) {
	fell := c.o.fell() > 0
	for i := range c.o.Payments {
		p := &c.o.Payments[i]
		if !p.Fell {
			continue
		}
		gone := p.Seen - p.Now
		p.Seen, p.Fell, p.Now = p.Now, false, 0
		p.Falls++
		p.Kept = min(p.Kept, max(0, p.Seen-p.Asked))
		c.note(at, "fell", gone.String())
		c.post("p"+strconv.Itoa(p.N)+"/fell/"+strconv.Itoa(p.Falls), c.account(), Account("gateway:"+p.Gateway), gone)
	}
	c.forgive(c.o.kept() - c.o.Left())
	if fell && c.o.Status != AwaitingPayment && c.o.Status != Confirming && c.o.Left()-c.o.kept() < c.o.needed() {
		c.giveUpAll()
	}
}

// returnedByGateway accepts that a gateway gives surplus back by itself, and
// that money a person vouched for is what a link has confirmed since.
func (c *change) returnedByGateway(ev Close) {
	for i := range c.o.Payments {
		p := &c.o.Payments[i]
		switch {
		case p.Kept == 0:
			continue
		case p.Gateway == HandGateway:
			p.Seen -= p.Kept
			c.post("p"+strconv.Itoa(p.N)+"/same/"+micros(p.Seen), c.account(), Account("gateway:"+HandGateway), p.Kept)
			p.Kept = 0
			continue
		}
		n := len(c.o.Payouts) + 1
		c.o.Payouts = append(c.o.Payouts, Payout{N: n, Gateway: p.Gateway, State: PayoutDone, Amount: p.Kept, AskedAt: ev.At, ByHandWho: ev.By})
		c.post("payout/"+strconv.Itoa(n), c.account(), Account("gateway:"+p.Gateway), p.Kept)
		p.Kept = 0
	}
}
