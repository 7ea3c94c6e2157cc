package univoucher

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"strings"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
)

// maxPages bounds a walk through the card list: 2,000 cards in a few hours are
// not ours.
const maxPages = 20

// Find looks for a purchase whose callback has not come (univoucher sheet §6):
// cards of our wallet, with its amount and token, created since it was sent and
// owned by nobody else. Their secrets are in the callback alone, so what is
// found late is lost. CodeUnknown: certainly nothing was created, which takes
// 90 minutes, no card of the wallet that nobody owns, of whatever amount, and a
// wallet without waiting transactions.
// CodeUnclear: everything else.
func (a *Adapter) Find(ctx context.Context, p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	w, err := a.wants(p)
	if err != nil {
		return order.Receipt{}, unclear("find: "+p.Item, 0, err)
	}
	b, err := a.books(ctx, w)
	if err != nil {
		return order.Receipt{}, err
	}
	ids, err := b.free(b.cards, owned)
	var strange []string
	if err == nil && len(ids) == 0 {
		strange, err = b.free(b.all, owned)
	}
	switch {
	case err != nil:
		return order.Receipt{}, unclear("find: owner", 0, err)
	case len(ids) >= p.Quantity && b.late:
		return w.lost(ids), nil
	case len(ids) >= p.Quantity:
		return order.Receipt{}, unclear("find: the cards exist, their secrets may still come", look, nil)
	case len(ids) > 0:
		return order.Receipt{}, unclear("find: fewer cards than bought", look, nil)
	case len(strange) > 0:
		return order.Receipt{}, unclear("find: cards that nobody owns, of another amount or token", look, nil)
	case !b.late:
		return order.Receipt{}, unclear("find: no cards so far", look, nil)
	case !b.idle:
		return order.Receipt{}, unclear("find: no cards, and the wallet may have a transaction waiting", look, nil)
	}
	return order.Receipt{}, &order.Error{Code: order.CodeUnknown, Op: "univoucher find"}
}

// lost are cards that exist and whose secrets will not come any more.
func (w wanted) lost(ids []string) order.Receipt {
	r := order.Receipt{External: joined(ids), Item: w.Item, Quantity: len(ids), Lost: true}
	if len(ids) > w.Quantity {
		r.Mismatch = words([]Mismatch{MismatchTwice})
	}
	return r
}

// books is what the vendor and the chain say about a purchase.
type books struct {
	cards []Card // like the purchase's own, created since it was sent
	all   []Card // of the wallet, as far back
	late  bool   // the callback will not come any more
	idle  bool   // late, and before the cards were read the wallet had no transaction waiting
}

func (a *Adapter) books(ctx context.Context, w wanted) (books, error) {
	age, known := a.age(w.Purchase)
	if !known {
		return books{}, unclear("find: when it was sent is not known", look, nil)
	}
	b := books{late: age >= callbackBy}
	if b.late {
		// Before the list: what is mined between the two is in the list then.
		b.idle = a.idle(ctx, w)
	}
	var err error
	if b.all, err = a.minted(ctx, w); err != nil {
		return books{}, err
	}
	for _, c := range b.all {
		if c.Chain == w.token.Chain && sameAddress(c.Token, w.token.Address) && (c.Amount == nil || equal(c.Amount, w.amount)) {
			b.cards = append(b.cards, c)
		}
	}
	return b, nil
}

// idle reports whether the wallet certainly has no transaction waiting. Without
// a node, or with one that does not answer, it is not certain.
func (a *Adapter) idle(ctx context.Context, w wanted) bool {
	waiting, err := a.nodes.Sent(ctx, w.token.Chain, w.key.Address(), true)
	if err != nil {
		return false
	}
	mined, err := a.nodes.Sent(ctx, w.token.Chain, w.key.Address(), false)
	return err == nil && equal(waiting, mined)
}

// free are the ids of those of some cards that nobody else owns. One purchase is one
// transaction, and is owned by the joined ids of its cards.
func (b books) free(cards []Card, owned func(string) (bool, error)) ([]string, error) {
	var ids []string
	for _, c := range cards {
		var sisters []string
		for _, other := range b.all {
			if other.CreationHash == c.CreationHash {
				sisters = append(sisters, other.ID)
			}
		}
		names := []string{c.ID}
		if together := joined(sisters); together != c.ID {
			names = append(names, together)
		}
		taken := false
		for _, name := range names {
			theirs, err := owned(name)
			if err != nil {
				return nil, err
			}
			taken = taken || theirs
		}
		if !taken {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// minted lists the wallet's cards since a purchase was sent. Whether the vendor
// compares addresses with their case is not known: an empty list counts only
// when both spellings bring it.
func (a *Adapter) minted(ctx context.Context, w wanted) ([]Card, error) {
	since := w.FirstSentAt.Time().Add(-lookBack - a.client.Skew().Ahead.Abs())
	address := w.key.Address()
	for _, spelling := range []string{checksummed(address), address} {
		cards, total, err := a.walk(ctx, CardFilter{Creator: spelling, Chain: w.token.Chain}, since)
		if err != nil || total > 0 {
			return cards, err
		}
	}
	return nil, nil
}

// walk reads the list, newest first, down to the first card that is too old. A
// card without a readable time is never too old.
func (a *Adapter) walk(ctx context.Context, f CardFilter, since time.Time) (cards []Card, total int, err error) {
	seen := 0
	for f.Page = 1; f.Page <= maxPages; f.Page++ {
		page, err := a.client.Cards(ctx, f)
		if err != nil {
			return nil, 0, readError("cards", 0, err)
		}
		for _, c := range page.Cards {
			if !c.CreatedAt.IsZero() && c.CreatedAt.Before(since) {
				return cards, page.Total, nil
			}
			if !slices.ContainsFunc(cards, func(known Card) bool { return known.ID == c.ID }) {
				cards = append(cards, c)
			}
		}
		seen += len(page.Cards)
		if seen >= page.Total || page.TotalPages > 0 && f.Page >= page.TotalPages {
			return cards, page.Total, nil
		}
		if len(page.Cards) == 0 {
			break
		}
	}
	return nil, 0, unclear("cards", 0, &rest.Error{Vendor: Vendor, Endpoint: "GET /cards/all", Kind: rest.KindUnclear, Code: CodePages})
}

// Read looks at a purchase by its cards, as Find does.
func (a *Adapter) Read(ctx context.Context, p order.Purchase, external string) (order.Receipt, error) {
	w, err := a.wants(p)
	if err != nil {
		return order.Receipt{}, unclear("read: "+p.Item, 0, err)
	}
	cards, err := a.ours(ctx, w, external)
	if err != nil {
		return order.Receipt{}, err
	}
	if age, known := a.age(p); !known || age < callbackBy {
		return order.Receipt{}, unclear("read: the cards exist, their secrets may still come", look, nil)
	}
	var ids []string
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	return w.lost(ids), nil
}

// ours reads cards by their joined ids. One that cannot be read, or that our
// wallet did not create, is an error of CodeUnclear.
func (a *Adapter) ours(ctx context.Context, w wanted, external string) ([]Card, error) {
	var out []Card
	for id := range strings.SplitSeq(external, ",") {
		c, err := a.client.Card(ctx, id)
		switch {
		case err != nil:
			return nil, readError("card", lagging, err)
		case c.Chain != w.token.Chain || !sameAddress(c.Token, w.token.Address) || !sameAddress(c.Creator, w.key.Address()) || c.Amount == nil:
			return nil, unclear("card", look, errors.New("it is not one of our wallet's"))
		}
		out = append(out, c)
	}
	return out, nil
}

// Recall takes lost cards back (univoucher sheet §7) and returns their face
// amount once the vendor's books say that all of them are cancelled. CodeBusy:
// not yet. CodeConflict: one was redeemed.
func (a *Adapter) Recall(ctx context.Context, p order.Purchase, external string) (order.Money, error) {
	w, err := a.wants(p)
	if err != nil {
		return 0, unclear("recall: "+p.Item, 0, err)
	}
	cards, err := a.ours(ctx, w, external)
	if err != nil {
		return 0, err
	}
	var active []string
	back := new(big.Int)
	for _, c := range cards {
		switch c.Status {
		case StatusRedeemed:
			return 0, &order.Error{Code: order.CodeConflict, Op: "univoucher recall: a card was redeemed"}
		case StatusCancelled:
			back.Add(back, c.Amount)
		default:
			active = append(active, c.ID)
		}
	}
	if len(active) > 0 {
		return 0, a.cancel(ctx, w, active)
	}
	sum, err := w.token.dollars(back, order.MoneyRoundedDown)
	if err != nil {
		return 0, unclear("recall: sum", 0, err)
	}
	return sum, nil
}

// cancel asks for cards back, the same ones at most every ten minutes. Its
// error is CodeBusy: what comes of it is read from the cards.
func (a *Adapter) cancel(ctx context.Context, w wanted, ids []string) error {
	busy := &order.Error{Code: order.CodeBusy, Op: "univoucher recall", RetryAfter: recallAgain}
	if !a.settings.Cancel || !a.mayCancel(joined(ids)) {
		return busy
	}
	path, err := a.tokens.Path(w.Reference)
	if err != nil {
		return unclear("recall", recallAgain, err)
	}
	auth, err := a.tokens.CancelAuth(w.Reference)
	if err != nil {
		return unclear("recall", recallAgain, err)
	}
	busy.Err = a.client.Cancel(ctx, CancelRequest{CardIDs: ids, Key: w.key, CallbackURL: a.settings.CallbackBase + path, AuthToken: auth})
	return busy
}

// mayCancel notes that cards are asked back, unless they just were.
func (a *Adapter) mayCancel(ids string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for known, at := range a.cancelled {
		if now.Sub(at).Abs() >= cancelAgain {
			delete(a.cancelled, known)
		}
	}
	if _, just := a.cancelled[ids]; just {
		return false
	}
	a.cancelled[ids] = now
	return true
}
