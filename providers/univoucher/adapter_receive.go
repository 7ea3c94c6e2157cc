package univoucher

import (
	"context"
	"errors"
	"math/big"
	"slices"

	"giftbot/order"
	"giftbot/providers/rest"
)

// Receive reads what a callback brought and holds every card against the
// vendor's books before a buyer gets it (univoucher sheet §6): it is active,
// what was bought, and its secret opens it. CodeUnclear: not all of it can be
// checked yet. A refusal: nothing was bought, definitely.
func (a *Adapter) Receive(ctx context.Context, p order.Purchase, letter []byte) (order.Receipt, error) {
	w, err := a.wants(p)
	if err != nil {
		return order.Receipt{}, unclear("callback: "+p.Item, 0, err) // it was sold once: a setting is missing
	}
	c, err := ParseCallback(letter)
	switch {
	case err != nil:
		return order.Receipt{}, unclear("callback", 0, err)
	case c.Status == callbackSuccess:
		return a.delivered(ctx, w, c)
	case c.Status != callbackError || c.OrderID != p.Reference:
		return order.Receipt{}, unclear("callback: another status or order", 0, nil)
	case !c.Sure:
		return a.failedMaybe(ctx, w, c)
	case c.Funds:
		return order.Receipt{}, &order.Error{Code: order.CodeFunds, Op: "univoucher callback"}
	default:
		return order.Receipt{}, refusal("callback", errors.New("the creation failed"))
	}
}

// delivered checks the cards of a success.
func (a *Adapter) delivered(ctx context.Context, w wanted, c Callback) (order.Receipt, error) {
	broken := w.differs(c.OrderID, c.Chain, c.Token, c.Amount, c.Quantity)
	var good []order.Piece
	var ids []string
	for _, card := range c.Cards {
		ids = append(ids, card.ID)
		fault, err := a.check(ctx, w, card)
		if err != nil {
			return order.Receipt{}, err
		}
		if fault != "" {
			broken = addOnce(broken, fault)
			continue
		}
		good = append(good, order.Piece{Code: card.Secret.Reveal(), Card: card.ID})
	}
	broken = append(broken, w.counts(c, len(good))...)
	all := c.spent()
	if w.dearer(all, a.feeKnown(w.token.Chain)) {
		broken = addOnce(broken, MismatchTotal)
	}
	total, err := w.total(all)
	if err != nil {
		broken = addOnce(broken, MismatchTotal)
	}
	return order.Receipt{
		External: joined(ids), Item: w.Item, Quantity: c.Quantity, Total: total, Pieces: good,
		Pending: len(good) == 0, Mismatch: words(broken),
	}, nil
}

// spent is what all cards took from our wallet, nil if the callback does not
// say.
func (c Callback) spent() *big.Int {
	if c.All != nil || c.Amount == nil || c.Fee == nil {
		return c.All
	}
	each := new(big.Int).Add(c.Amount, c.Fee)
	return each.Mul(each, big.NewInt(int64(max(c.Quantity, c.Given))))
}

// counts compares the numbers of cards.
func (w wanted) counts(c Callback, good int) []Mismatch {
	var out []Mismatch
	if c.Twice {
		out = append(out, MismatchSame)
	}
	if good < w.Quantity {
		out = append(out, MismatchFewer)
	}
	if c.Given > w.Quantity {
		out = append(out, MismatchMore)
	}
	return out
}

// check holds one card against the vendor's books, "" for a good one. An error
// is a card that cannot be checked yet: a fresh one may not be listed (§2).
func (a *Adapter) check(ctx context.Context, w wanted, n NewCard) (Mismatch, error) {
	card, err := a.client.Card(ctx, n.ID)
	if err != nil {
		return "", readError("card", lagging, err)
	}
	switch {
	case card.Status == StatusRedeemed:
		return MismatchRedeemed, nil
	case card.Status == StatusCancelled:
		return MismatchCancelled, nil
	case card.Status != StatusActive || !card.Active:
		return "", unclear("card: it is not active yet", lagging, nil)
	case !w.fits(card) || !sameAddress(n.Slot, card.Slot) || n.OrderID != "" && n.OrderID != w.Reference:
		return MismatchCard, nil
	}
	if err = ctx.Err(); err != nil {
		return "", unclear("card", 0, err)
	}
	if !opened(n.Secret, card) {
		return MismatchCard, nil
	}
	return "", nil
}

func opened(s Secret, c Card) bool { return Opens(s, c) == nil }

// fits reports whether a card is one of a purchase: its chain, token and amount.
func (w wanted) fits(c Card) bool {
	return c.Chain == w.token.Chain && sameAddress(c.Token, w.token.Address) && equal(c.Amount, w.amount)
}

// failedMaybe looks on the chain for what an error may have left there (§5).
// Cards of its own transactions are lost. Others like them may be anybody's:
// who owns a card is not known here. Only a proven absence is a refusal.
func (a *Adapter) failedMaybe(ctx context.Context, w wanted, c Callback) (order.Receipt, error) {
	b, err := a.books(ctx, w)
	if err != nil {
		return order.Receipt{}, err
	}
	var own []string
	for _, card := range b.cards {
		if slices.Contains(c.Creations, card.CreationHash) {
			own = append(own, card.ID)
		}
	}
	switch {
	case len(own) > 0 && b.late:
		return w.lost(own), nil
	case len(b.cards) > 0:
		return order.Receipt{}, unclear("callback: it failed, and cards like its own exist", look, nil)
	case !b.idle:
		return order.Receipt{}, unclear("callback: it may have failed", look, nil)
	}
	return order.Receipt{}, &order.Error{Code: order.CodeUnknown, Op: "univoucher callback: nothing was created"}
}

// Health asks whether the vendor is up.
func (a *Adapter) Health(ctx context.Context) error {
	h, err := a.client.Health(ctx)
	switch {
	case err != nil:
		return unclear("health", 0, err)
	case h.Status != "ok":
		return unclear("health", 0, &rest.FieldError{Field: "status", Rule: "is not ok"})
	}
	return nil
}
