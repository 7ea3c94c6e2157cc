package order

import "strconv"

// payOut sets money aside for the buyer's own wallet.
func (c *change) payOut(ev PayOut) error {
	if c.o.Found {
		return &Error{Code: CodeInvalid, Op: "pay out what is nobody's"}
	}
	if _, _, open := c.o.OpenPayout(); open || ev.N != len(c.o.Payouts)+1 {
		return &Error{Code: CodeEvent, Op: "a second payout"}
	}
	amount, err := c.decide(ev.Left, ev.Amount)
	if err != nil {
		return err
	}
	surplus := c.unkeep(ev.Amount)
	state := PayoutWanted
	if c.o.forgotPayout() { // it has left already, or not: a person says
		state = PayoutUnclear
	}
	c.o.Payouts = append(c.o.Payouts, Payout{N: ev.N, Gateway: ev.Gateway, State: state, Amount: amount, AskedAt: ev.At})
	c.decided(ev.At, "payout", ev.By, amount.String())
	if whole := amount + c.o.kept(); whole == ev.Left && (!surplus || amount == ev.Left) {
		c.giveUpAll()
		c.refunding(ev.At)
	}
	c.spread(ev.At)
	c.do(EffectNotify)
	c.do(EffectPing)
	return nil
}

// refunding shows that all the order's money is on its way back.
func (c *change) refunding(at Stamp) {
	for _, l := range c.o.Lines {
		if l.Got > 0 {
			c.complete(at)
			return
		}
	}
	if c.o.Status != Refunding {
		c.o.Status = Refunding
		c.note(at, string(Refunding), "")
	}
}

func (c *change) payout(index int) (*Payout, error) {
	if index < 0 || index >= len(c.o.Payouts) {
		return nil, &Error{Code: CodeEvent, Op: "payout index"}
	}
	return &c.o.Payouts[index], nil
}

// addressed takes the buyer's address. It is fixed for a day.
func (c *change) addressed(ev Addressed) error {
	p, err := c.payout(ev.Payout)
	if err != nil {
		return err
	}
	switch {
	case p.State != PayoutWanted && p.State != PayoutAddressed:
		return &Error{Code: CodeEvent, Op: "address of a " + string(p.State) + " payout"}
	case p.State == PayoutAddressed && ev.At.Since(p.FixedAt) < AddressFixed:
		return &Error{Code: CodeTooSoon, Op: "another address"}
	case len(ev.Sealed) == 0 || !ev.Coins.IsPositive():
		return &Error{Code: CodeInvalid, Op: "address of a payout"}
	}
	p.State, p.Network, p.Coin, p.Address, p.FixedAt, p.Approved = PayoutAddressed, ev.Network, ev.Coin, ev.Sealed, ev.At, nil
	p.Coins, p.Fee = ev.Coins.String(), ev.Fee.String()
	c.note(ev.At, "address", ev.Network)
	c.hold(ev.At, ReasonPayout)
	c.do(EffectNotify)
	return nil
}

// approved counts admins' words for a payout; one admin's counts once.
func (c *change) approved(ev Approved) error {
	p, err := c.payout(ev.Payout)
	if err != nil {
		return err
	}
	if p.State != PayoutAddressed || ev.By == 0 {
		return &Error{Code: CodeEvent, Op: "approve a " + string(p.State) + " payout"}
	}
	for _, by := range p.Approved {
		if by == ev.By {
			return nil
		}
	}
	p.Approved = append(append([]int64(nil), p.Approved...), ev.By)
	c.decided(ev.At, "approved", ev.By, p.Amount.String())
	if len(p.Approved) >= max(ev.Needs, 1) {
		p.State, p.RetryAt = PayoutApproved, 0
		c.releaseHold(ReasonPayout)
	}
	c.do(EffectNotify)
	return nil
}

// payingOut records that the payout is about to leave: once.
func (c *change) payingOut(ev PayingOut) error {
	p, err := c.payout(ev.Payout)
	if err != nil {
		return err
	}
	if p.State != PayoutApproved || c.o.fell() > 0 || c.o.outTwice() {
		return &Error{Code: CodeEvent, Op: "send a " + string(p.State) + " payout"}
	}
	p.State, p.SentAt, p.Once, p.RetryAt, p.Code = PayoutSent, ev.At, ev.Once, 0, ""
	p.Sends++
	c.releaseHold(ReasonPayoutCap)
	c.do(EffectNotify)
	return nil
}

// paidOut follows a payout to its end.
func (c *change) paidOut(ev PaidOut) error {
	p, err := c.payout(ev.Payout)
	if err != nil {
		return err
	}
	if p.State == PayoutDropped {
		c.leftAfterAll(p, ev)
	}
	if p.State != PayoutSent && p.State != PayoutUnclear {
		return nil
	}
	r := ev.Receipt
	if p.External != "" && r.External != "" && r.External != p.External {
		p.State, p.RetryAt = PayoutUnclear, ev.RetryAt
		c.hold(ev.At, ReasonPayoutUnclear)
		return nil
	}
	p.learn(r, ev)
	switch r.State {
	case PayoutCompleted:
		p.State, p.RetryAt, p.ByHandWho = PayoutDone, 0, ev.By
		c.decided(ev.At, "paid_out", ev.By, noted(p.Amount.String(), ev.Why))
		c.forgive(-c.o.Left()) // the credit it was taken from was spent since Redis forgot it
		c.post("payout/"+strconv.Itoa(p.N), c.account(), Account("gateway:"+p.Gateway), p.Amount)
		c.releaseHold(ReasonPayoutUnclear)
		c.payoutEnds(ev.At)
	case PayoutRejected:
		c.dropped(p, ev.At, "payout_refused", ev.By, r.Raw)
	default:
		p.State, p.RetryAt = PayoutSent, ev.RetryAt
		if ev.Late {
			c.hold(ev.At, ReasonPayoutUnclear)
		} else {
			c.releaseHold(ReasonPayoutUnclear)
		}
	}
	return nil
}

// learn takes over what a gateway says about a payout.
func (p *Payout) learn(r PayoutReceipt, ev PaidOut) {
	if r.External != "" {
		p.External = r.External
	}
	if r.Hash != "" {
		p.Hash = r.Hash
	}
	if r.Fee.IsPositive() {
		p.Fee = r.Fee.String()
	}
	if r.Arrives.IsPositive() {
		p.Arrives = r.Arrives.String()
	}
	p.Code, p.RetryAt = "", ev.RetryAt
}

// payOutFails notes that a payout did not leave, or that nobody knows.
func (c *change) payOutFails(ev PayOutFails) error {
	p, err := c.payout(ev.Payout)
	if err != nil { // Redis went back to before it was wanted
		c.spent(ev.At, PayoutOwner(c.o.Number, ev.Payout), ReasonPayoutUnclear)
		return nil //nolint:nilerr // the journal knows a payout that the order has forgotten: a person looks
	}
	if !p.open() || !ev.says(*p) {
		return nil
	}
	p.Code, p.RetryAt = ev.Code, ev.RetryAt
	switch {
	case ev.Code == CodeBudget:
		c.hold(ev.At, ReasonPayoutCap)
	case ev.putOff():
		p.State = PayoutApproved
		c.releaseHold(ReasonPayoutUnclear)
	case ev.Code.Refusal():
		c.dropped(p, ev.At, "payout_refused", ev.By, noted(string(ev.Code), ev.Why))
	default:
		p.State = PayoutUnclear
		c.hold(ev.At, ReasonPayoutUnclear)
		c.releaseHold(ReasonPayout) // nobody approves it any more
	}
	return nil
}

// putOff reports whether nothing left, and may leave later.
func (ev PayOutFails) putOff() bool {
	return ev.Code == CodeLimited || ev.Code == CodeNotSent || ev.Code == CodeNotCopied
}

// says reports whether the event can speak of the payout as it is. A worker
// that comes late must not open what another has sent meanwhile.
func (ev PayOutFails) says(p Payout) bool {
	sent := p.State == PayoutSent || p.State == PayoutUnclear
	switch {
	case ev.By != 0:
		return p.State == PayoutUnclear && ev.Code.Refusal()
	case ev.Code == CodeBudget:
		return p.State == PayoutApproved
	case ev.putOff():
		return sent && p.Once != "" && ev.Once == p.Once
	case ev.Code.Refusal():
		return ev.Once == p.Once && (sent || p.State == PayoutApproved)
	default:
		return true
	}
}

// noted adds a person's reason to a note.
func noted(note, why string) string {
	if why == "" {
		return note
	}
	return note + " · " + why
}

// dropped gives a payout's money back to the order that did not take it.
func (c *change) dropped(p *Payout, at Stamp, what string, by int64, why string) {
	p.State, p.RetryAt = PayoutDropped, 0
	c.decided(at, what, by, why)
	for _, r := range []Reason{ReasonPayout, ReasonPayoutUnclear, ReasonPayoutCap} {
		c.releaseHold(r)
	}
	if what == "payout_refused" {
		c.hold(at, ReasonPayoutRefused)
	}
	c.payoutEnds(at)
}

// payoutEnds moves the order on when nothing of it is on its way any more.
func (c *change) payoutEnds(at Stamp) {
	if c.o.Status == Refunding {
		c.o.Status = Refunded
		c.note(at, string(Refunded), "")
	}
	c.do(EffectNotify)
	c.do(EffectPing)
	c.spread(at)
}

// dropPayOut takes a payout back that was not sent. A buyer cannot get around
// the day for which an address is fixed.
func (c *change) dropPayOut(ev DropPayOut) error {
	p, err := c.payout(ev.Payout)
	if err != nil {
		return err
	}
	switch {
	case p.State != PayoutWanted && p.State != PayoutAddressed && p.State != PayoutApproved:
		return &Error{Code: CodeEvent, Op: "drop a " + string(p.State) + " payout"}
	case ev.By == 0 && p.State != PayoutWanted: // given up for want of an address, and here it is
		return &Error{Code: CodeEvent, Op: "give up a " + string(p.State) + " payout"}
	case ev.By == c.o.Buyer && p.State != PayoutWanted && ev.At.Since(p.FixedAt) < AddressFixed:
		return &Error{Code: CodeTooSoon, Op: "drop a payout"}
	}
	c.dropped(p, ev.At, "payout_dropped", ev.By, ev.Why)
	return nil
}
