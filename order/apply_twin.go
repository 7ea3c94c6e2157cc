package order

import "slices"

// twin watches a link that a request made whose answer was lost. The order
// shows another one; whichever is paid counts.
func (c *change) twin(ev Twin) error {
	p, err := c.payment(ev.Payment)
	if err != nil {
		return err
	}
	known := func(o Payment) bool { return o.Gateway == p.Gateway && o.External == ev.External }
	if ev.External == "" || slices.ContainsFunc(c.o.Payments, known) {
		return nil
	}
	c.note(ev.At, "twin", p.Gateway)
	c.o.Payments = append(c.o.Payments, Payment{
		N: len(c.o.Payments) + 1, Gateway: p.Gateway, State: PaymentOpen, Asked: p.Asked, Lifetime: p.Lifetime,
		SentAt: p.SentAt, External: ev.External, ExpiresAt: ev.At + Stamp(p.Lifetime)*1000, Twin: true,
	})
	return nil
}

// takeOver ends a twin that turns out to be the payment itself: what was booked
// for it stays booked, once.
func (c *change) takeOver(p *Payment) {
	for i := range c.o.Payments {
		t := &c.o.Payments[i]
		if !t.Twin || t.Gateway != p.Gateway || t.External != p.External || t.N == p.N {
			continue
		}
		p.Seen, p.Confirming = max(p.Seen, t.Seen), p.Confirming || t.Confirming
		p.Kept, p.Fell, p.Now, p.Falls, p.Coin, p.Coins = t.Kept, t.Fell, t.Now, t.Falls, t.Coin, t.Coins
		t.State, t.External, t.Seen, t.Confirming = PaymentClosed, "", 0, false
		p.Unknown = p.Unknown || t.Unknown
		t.Kept, t.Fell, t.Now, t.Unknown = 0, false, 0, false
	}
}
