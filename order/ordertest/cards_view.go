package ordertest

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"giftbot/order"
)

// callbackBy is how long a callback may take (univoucher sheet §6).
const callbackBy = 90 * time.Minute

// cardsView is the vendor of cards as one process reaches it.
type cardsView struct {
	w *Cards
	g *Gate
}

var (
	_ order.Supplier = cardsView{}
	_ order.Receiver = cardsView{}
	_ order.Recaller = cardsView{}
)

// View connects one process to the vendor.
func (c *Cards) View(g *Gate) cardsView { return cardsView{c, g} } //nolint:revive // three ports in one value

func (v cardsView) Buy(_ context.Context, p order.Purchase) (order.Receipt, error) {
	return pass(v.g, "buy", func() (order.Receipt, error) { return v.w.buy(p) })
}

func (v cardsView) Find(_ context.Context, p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	return pass(v.g, "find", func() (order.Receipt, error) {
		if err := v.w.scripted("find"); err != nil {
			return order.Receipt{}, err
		}
		return v.w.find(p, owned)
	})
}

func (v cardsView) Read(_ context.Context, p order.Purchase, external string) (order.Receipt, error) {
	return pass(v.g, "status", func() (order.Receipt, error) {
		if err := v.w.scripted("status"); err != nil {
			return order.Receipt{}, err
		}
		for id := range strings.SplitSeq(external, ",") {
			if v.w.card(id) == nil {
				return order.Receipt{}, refuse("status", order.CodeUnclear)
			}
		}
		return order.Receipt{External: external, Item: p.Item, Quantity: p.Quantity, Lost: true}, nil
	})
}

func (v cardsView) Cost(_ context.Context, wanted order.Wanted) (order.Money, error) {
	return pass(v.g, "cost", func() (order.Money, error) {
		if err := v.w.scripted("cost"); err != nil {
			return 0, err
		}
		if v.w.Balance < v.w.Price.Times(wanted.Quantity) {
			return 0, refuse("cost", order.CodeFunds)
		}
		return v.w.Price, nil
	})
}

func (v cardsView) Receive(_ context.Context, p order.Purchase, body []byte) (order.Receipt, error) {
	return pass(v.g, "receive", func() (order.Receipt, error) {
		if err := v.w.scripted("receive"); err != nil {
			return order.Receipt{}, err
		}
		return v.w.receive(p, body)
	})
}

func (v cardsView) Recall(_ context.Context, _ order.Purchase, external string) (order.Money, error) {
	return pass(v.g, "recall", func() (order.Money, error) {
		if err := v.w.scripted("recall"); err != nil {
			return 0, err
		}
		return v.w.recall(strings.Split(external, ","))
	})
}

func (v cardsView) Terms() order.SupplierTerms {
	return order.SupplierTerms{
		Sends: 5, Window: 10 * time.Second, Pieces: 10, Once: true, Look: time.Minute, Patience: 30 * time.Minute, Recalls: v.w.Recalls,
		Lock: func(item string) string {
			chain, _, _ := strings.Cut(item, "/")
			return chain
		},
	}
}

// find looks for cards that nobody owns (univoucher sheet §6 rule 5): what a
// callback may still bring is not decided.
func (c *Cards) find(p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	if c.clock.Stamp().Since(p.FirstSentAt) < callbackBy {
		return order.Receipt{}, refuse("find", order.CodeUnclear)
	}
	found, err := c.free(p, owned)
	switch {
	case err != nil:
		return order.Receipt{}, err
	case len(found) >= p.Quantity:
		r := order.Receipt{External: joined(found), Item: p.Item, Quantity: len(found), Lost: true}
		if len(found) > p.Quantity {
			r.Mismatch = []string{"twice"}
		}
		return r, nil
	case len(found) > 0 || c.working(p):
		return order.Receipt{}, refuse("find", order.CodeUnclear)
	default:
		return order.Receipt{}, refuse("find", order.CodeUnknown)
	}
}

// free are the cards like a purchase's own that belong to nobody.
func (c *Cards) free(p order.Purchase, owned func(string) (bool, error)) ([]*Card, error) {
	c.mine()
	var found []*Card
	for _, o := range c.orders {
		for _, set := range o.Sets {
			if len(set) == 0 || o.Item != p.Item || o.Face != p.Face || o.Made < p.FirstSentAt.Add(-6*time.Minute) || set[0].Back != 0 {
				continue
			}
			theirs, err := owned(joined(set))
			if err != nil {
				return nil, err
			}
			if !theirs {
				found = append(found, set...)
			}
		}
	}
	return found, nil
}

// working reports whether cards of a purchase may still turn up.
func (c *Cards) working(p order.Purchase) bool {
	for _, o := range c.orders {
		if o.Item == p.Item && !o.done {
			return true
		}
	}
	return false
}

// receive holds a letter against the books.
func (c *Cards) receive(p order.Purchase, body []byte) (order.Receipt, error) {
	var l letter
	if err := json.Unmarshal(body, &l); err != nil || l.Reference != p.Reference {
		return order.Receipt{}, refuse("receive", order.CodeUnclear)
	}
	if l.Status != "success" {
		return order.Receipt{}, c.failed(p, l)
	}
	r := order.Receipt{Item: p.Item, Quantity: p.Quantity, Total: c.Price.Times(len(l.Cards))}
	var all []*Card
	for _, given := range l.Cards {
		card := c.card(given.ID)
		all = append(all, card)
		switch {
		case card == nil:
			return order.Receipt{}, refuse("receive", order.CodeUnclear)
		case card.Back != 0:
			r.Mismatch = []string{"cancelled"}
		case card.Used:
			r.Mismatch = []string{"redeemed"}
		default:
			r.Pieces = append(r.Pieces, order.Piece{Code: given.Secret, Card: given.ID})
		}
	}
	if len(l.Cards) < p.Quantity {
		r.Mismatch = append(r.Mismatch, "fewer")
	}
	r.External, r.Pending = joined(all), len(r.Pieces) == 0
	return r, nil
}

// failed says what a letter about a failure means (univoucher sheet §5).
func (c *Cards) failed(p order.Purchase, l letter) error {
	switch {
	case l.Sure:
		return refuse("receive", order.CodeInvalid)
	case c.clock.Stamp().Since(p.FirstSentAt) < callbackBy:
		return refuse("receive", order.CodeUnclear)
	}
	for _, card := range c.All() {
		if card.Item == p.Item && card.Face == p.Face && card.Made >= p.FirstSentAt.Add(-6*time.Minute) {
			return refuse("receive", order.CodeUnclear)
		}
	}
	return refuse("receive", order.CodeUnknown)
}

// recall takes cards back, all or none.
func (c *Cards) recall(ids []string) (order.Money, error) {
	now := c.clock.Stamp()
	var back order.Money
	for _, id := range ids {
		card := c.card(id)
		switch {
		case card == nil || c.Deaf:
			return 0, refuse("recall", order.CodeUnclear)
		case card.Used:
			return 0, refuse("recall", order.CodeConflict)
		case card.Back == 0:
			card.Back = now.Add(c.Takes)
		}
		if now < card.Back {
			return 0, refuse("recall", order.CodeBusy)
		}
		back += card.Price - c.Fee
	}
	return back, nil
}
