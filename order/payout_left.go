package order

import "slices"

// leftAfterAll notes that the gateway has a payout of which a person said that it
// stayed: whoever sent it wakes with its id. Its money may have left twice. Nothing
// is booked and nothing more leaves: admins hear of it, once, and what is still
// there waits for them.
func (c *change) leftAfterAll(p *Payout, ev PaidOut) {
	r := ev.Receipt
	if p.External != "" || r.External == "" || p.Sends == 0 || ev.By != 0 {
		return
	}
	p.External, p.Hash = r.External, r.Hash
	if r.State == PayoutRejected {
		return // it stayed, as they said
	}
	c.note(ev.At, string(ReasonPayoutLeft), r.External)
	if c.o.remains() > 0 {
		c.hold(ev.At, ReasonPayoutLeft)
		return
	}
	c.do(EffectAlert)
}

// remains is what of the order's money has not left: what it holds, and what is
// set aside and waits.
func (o Order) remains() Money {
	left := o.Left()
	for _, p := range o.Payouts {
		if p.open() && !p.left() {
			left += p.Amount
		}
	}
	return left
}

// outTwice reports whether an admin has still to say what becomes of an order of
// which a payout left that was taken for one that stayed.
func (o Order) outTwice() bool { return slices.Contains(o.Doubts, ReasonPayoutLeft) }

// LeftAfterAll is the payout that left although a person said that it stayed,
// false when there is none or when an admin has decided about the order since.
func (o Order) LeftAfterAll() (Payout, bool) {
	for _, m := range slices.Backward(o.Timeline) {
		if m.By != 0 && m.By != o.Buyer {
			return Payout{}, false
		}
		if m.What != string(ReasonPayoutLeft) {
			continue
		}
		at := slices.IndexFunc(o.Payouts, func(p Payout) bool { return p.State == PayoutDropped && p.External == m.Note })
		if at < 0 {
			return Payout{}, false
		}
		return o.Payouts[at], true
	}
	return Payout{}, false
}
