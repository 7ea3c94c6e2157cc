package univoucher

import (
	"maps"
	"slices"
)

// applyChains changes prices, fees and balances; all was checked before.
func (v *Vendor) applyChains(c Change) {
	for id, text := range c.GasPrice {
		v.byChain[id].gasPrice, _ = parseAmount(text)
	}
	for _, id := range slices.Sorted(maps.Keys(c.FeeBasisPoints)) {
		v.setFee(v.byChain[id], c.FeeBasisPoints[id])
	}
	for id, gone := range c.Inactive {
		v.byChain[id].inactive = gone
	}
	for _, b := range c.Balances {
		if o, err := v.readBalance(b); err == nil {
			o.account.fund(o.token, o.amount)
		}
	}
}

// setFee changes the creation fee and remembers that it did.
func (v *Vendor) setFee(c *chain, points int64) {
	if points == c.feePoints {
		return
	}
	c.fees = append(c.fees, feeChange{from: c.feePoints, to: points, at: v.cfg.Now(), hash: v.draw().hash()})
	c.feePoints = points
}

func (v *Vendor) applyCards(c Change) {
	now := v.cfg.Now()
	if c.RedeemCard != nil {
		from := v.draw()
		end := &ending{status: cardRedeemed, by: from.address(), at: now, hash: from.hash()}
		if address, ok := parseAddress(c.RedeemCard.RedeemedBy); ok {
			end.by = address
		}
		end.partner, _ = parseAddress(c.RedeemCard.Partner)
		v.cardByID(c.RedeemCard.CardID).end = end
	}
	if c.CancelCard != nil {
		gone := v.cardByID(*c.CancelCard)
		gone.cancel(gone.chain.account(gone.issuer), now, v.draw().hash())
	}
}

func (v *Vendor) applyRequests(c Change) {
	if c.Mine != nil {
		r := v.requestByNumber(*c.Mine)
		r.mode = ModeNormal
		r.run(v, v.cfg.Now())
	}
	if c.Resend != nil {
		v.requestByNumber(*c.Resend).resend(v)
	}
}
