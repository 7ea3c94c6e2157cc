package ordertest

import (
	"slices"

	"giftbot/order"
)

// book is what the suppliers' own books say about one order.
type book struct {
	purchases int
	taken     order.Money     // from our accounts, less what came back
	goods     map[string]bool // what exists, and was not taken back
	back      map[string]bool
	doubled   bool // cards that nobody ordered were there for the taking back, as anybody's
}

func newBook() *book { return &book{goods: make(map[string]bool), back: make(map[string]bool)} }

// books reads every supplier's books, by order.
func (w *World) books(numbers []order.Number, report reporter) map[order.Number]*book {
	books := make(map[order.Number]*book)
	for _, n := range numbers {
		books[n] = newBook()
	}
	for _, s := range []*Supplier{w.Supplier, w.TopUps} {
		for _, sale := range s.Sales() {
			n, ok := w.owner(sale, numbers)
			if !ok {
				report("", "purchase %s under a key of no order", sale.External)
				continue
			}
			books[n].sold(sale)
		}
	}
	doubled := false
	for _, c := range w.Cards.Creations() {
		n, _, _, err := order.ParsePurchaseReference(c.Reference)
		if err != nil || books[n] == nil {
			report("", "cards as %q", c.Reference)
			continue
		}
		books[n].minted(c)
		doubled = doubled || len(c.Sets) > 1
	}
	for n, b := range books {
		b.doubled = doubled && slices.ContainsFunc(w.Look(n).Lines, func(l order.Line) bool { return l.Supplier == CardName })
	}
	return books
}

func (b *book) sold(sale *Sale) {
	b.purchases++
	if sale.underway() || sale.failed() {
		if sale.taken() > 0 { // a person has to see to it
			b.goods[sale.External] = true
		}
		return
	}
	b.taken += sale.Total
	for _, c := range sale.Codes {
		b.goods[c] = true
	}
}

func (b *book) minted(c *Creation) {
	if len(c.Sets) > 0 {
		b.purchases++
	}
	for _, set := range c.Sets {
		for _, card := range set {
			b.taken += card.Price
			if card.Back == 0 {
				b.goods[card.Secret] = true
				continue
			}
			b.taken -= card.Price - card.fee
			b.back[card.Secret] = true
		}
	}
}

// owner finds whose purchase a sale is by deriving the keys anew.
func (w *World) owner(sale *Sale, numbers []order.Number) (order.Number, bool) {
	for _, n := range numbers {
		for line := range w.Look(n).Lines {
			for attempt := 1; attempt <= 6; attempt++ {
				if order.PurchaseKey(w.Policy.Shop, n, line, attempt, sale.Item, sale.Quantity) == sale.Key {
					return n, true
				}
			}
		}
	}
	return "", false
}
