package sim

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"giftbot/catalog"
	"giftbot/order"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/plexy"
	"giftbot/providers/univoucher"
	gate "giftbot/sandbox/plexy"
)

// The kinds of goods people of a story want.
const (
	wantVoucher = "voucher"
	wantGate    = "Plexy voucher"
	wantTopUp   = "top-up"
	wantCard    = "gift card"
)

// goods is one thing on a shelf, as the world knows it.
type goods struct {
	want           string
	category, name string      // of what is bought in the chat
	item           string      // of what is ordered directly: "<supplier>:<item>"
	min, max       order.Money // of an open amount
	step           order.Money
	fields         []string
}

// openShelf lists everything that can be wanted.
func (w *world) openShelf() {
	for _, p := range w.box.InfiniVoucher.Books().Products {
		w.shelf = append(w.shelf, goods{want: wantVoucher, category: p.Category, name: p.Name})
	}
	for _, p := range w.box.Plexy.Books().Products {
		switch {
		case p.Inactive || p.Currency == "EUR":
		case p.Type == gate.RedeemCard:
			w.shelf = append(w.shelf, goods{want: wantGate, category: p.Category.Name, name: p.Name})
		case p.Type == gate.DirectTopUp:
			g := goods{want: wantTopUp, item: fmt.Sprintf("%d@%s", p.ID, p.Currency), fields: p.Fields, step: order.Cent * 100}
			g.min, g.max = 5_000_000, 20_000_000
			if !p.Max.Valid {
				g.min, g.step = order.Money(p.Price.Decimal.Shift(6).IntPart()), order.Money(p.Price.Decimal.Shift(6).IntPart())
				g.max = g.min
			}
			w.shelf = append(w.shelf, g)
		}
	}
	for _, t := range cardTokens() {
		w.shelf = append(w.shelf, goods{want: wantCard, item: t.Item(), min: t.Min, max: 50_000_000, step: 5_000_000})
	}
}

func (g goods) supplier() string {
	switch g.want {
	case wantTopUp, wantGate:
		return plexy.Vendor
	case wantCard:
		return univoucher.Vendor
	default:
		return infinivoucher.Vendor
	}
}

// appetite is how often which kind is wanted; a diet has it otherwise.
func (w *world) appetite() map[string]int {
	if w.diet.wants != nil {
		return w.diet.wants
	}
	return map[string]int{wantVoucher: 47, wantGate: 21, wantTopUp: 26, wantCard: 6} // opening a card costs as much as ten other orders
}

func (w *world) drawGoods() goods {
	menu, total := w.appetite(), 0
	kinds := []string{wantVoucher, wantGate, wantTopUp, wantCard}
	for _, k := range kinds {
		total += menu[k]
	}
	n := w.rng.IntN(total)
	want := kinds[0]
	for _, k := range kinds {
		if n -= menu[k]; n < 0 {
			want = k
			break
		}
	}
	var of []goods
	for _, g := range w.shelf {
		if g.want == want {
			of = append(of, g)
		}
	}
	if w.diet.shelf > 0 {
		of = of[:min(w.diet.shelf, len(of))]
	}
	return of[w.rng.IntN(len(of))]
}

// goal is what a buyer is after.
type goal struct {
	goods
	gateway  string
	quantity int
	face     order.Money
	details  order.Details
	said     bool
	number   order.Number // drawn for a direct order
	sending  bool
	sent     bool
	tried    bool
}

func (b *buyer) choose() {
	w := b.w
	if b.wants.number != "" { // it may turn out later that it was placed
		b.recalls(b.wants.number)
	}
	g := goal{goods: w.drawGoods(), quantity: 1, gateway: w.gateways[w.rng.IntN(len(w.gateways))]}
	switch {
	case g.want == wantCard:
		g.quantity = []int{1, 1, 1, 2, 3}[w.rng.IntN(5)] // each costs real time to open
	case g.want != wantTopUp && w.rng.IntN(3) == 0:
		g.quantity = 2 + w.rng.IntN(3)
	}
	if g.max > 0 {
		g.face = g.min + order.Money(w.rng.Int64N(int64((g.max-g.min)/g.step)+1))*g.step
	}
	for _, key := range g.fields {
		value := fmt.Sprintf("planted.%d.%s", w.rng.IntN(1e9), key)
		if w.rng.IntN(15) == 0 {
			value = "unknown" // nobody's account: the vendor fails the order
		}
		g.details.Account = append(g.details.Account, order.Part{Key: key, Value: value})
	}
	if g.want == wantCard && w.rng.IntN(3) == 0 {
		g.details.Message = "Happy birthday"
	}
	b.wants = g
}

// direct places an order as the conversation about it would.
func (b *buyer) direct() {
	w, g := b.w, &b.wants
	live := w.up()
	if g.sending || len(live) == 0 {
		return
	}
	i := live[w.rng.IntN(len(live))].inc
	p, ok := i.catalog.Snapshot().Product(g.supplier() + ":" + g.item)
	if !ok {
		if p, ok = b.byItem(i); !ok {
			return
		}
	}
	cost, price, err := p.Quote(g.face)
	if err != nil || p.Stock == 0 {
		return
	}
	if g.number == "" {
		if g.number, err = i.engine.NewNumber(b.id); err != nil {
			return
		}
		b.intended++
	}
	draft := order.Draft{Number: g.number, Buyer: b.id, Language: "en", Gateway: g.gateway, Lines: []order.DraftLine{{
		Product: p.ID, Supplier: p.Supplier, Item: p.Item, Name: p.Title, Quantity: g.quantity, UnitPrice: price, UnitCost: cost,
		Kind: p.Kind, Face: g.face, Purse: p.Purse, Usual: p.Usual, Details: g.details,
	}}}
	if b.credit > 0 && w.rng.IntN(3) > 0 && !g.tried {
		draft.Credit = b.credit
		if w.rng.IntN(2) == 0 {
			b.beside(draft)
		}
	}
	g.tried = true
	b.place(i, draft)
}

func (b *buyer) place(i *incarnation, d order.Draft) {
	w, g := b.w, &b.wants
	g.sending = true
	w.start(context.Background(), func(ctx context.Context) func() {
		o, err := i.engine.Place(ctx, d)
		return func() {
			w.deed()
			if b.wants.number != d.Number {
				return
			}
			g.sending = false
			switch code := order.CodeOf(err); {
			case err == nil:
				g.sent = true
				w.tell("%d places %s at %s: %s", b.id, o.Number, i.name, d.Lines[0].Name)
				b.see(o.Number, 0)
			case code == order.CodeUnclear || code == order.CodeNotSent:
				w.outages++
				w.tell("%d does not know whether %s was placed: %v", b.id, d.Number, err)
			default:
				w.tell("%d may not place %s: %v", b.id, d.Number, err)
				w.tally.kind("people: refused at the checkout, " + string(code))
				b.choose()
			}
		}
	})
}

// byItem finds a product whose id is not made of its item alone.
func (b *buyer) byItem(i *incarnation) (p catalog.Product, ok bool) {
	s := i.catalog.Snapshot()
	for _, kind := range []order.Kind{order.KindTopUp, order.KindCard} {
		for _, c := range s.Categories(kind) {
			for _, id := range c.Products {
				if p, ok = s.Product(id); ok && p.Supplier == b.wants.supplier() && p.Item == b.wants.item {
					return p, true
				}
			}
		}
	}
	return p, false
}

// see takes up an order the buyer knows of, once.
func (b *buyer) see(n order.Number, message int64) {
	g, ok := b.asides[n] // it may show before the buyer hears that it was placed, and wants something else
	if !ok {
		g = b.wants
	}
	b.seeAs(n, message, g)
}

func (b *buyer) seeAs(n order.Number, message int64, g goal) {
	if b.visit(n) != nil {
		return
	}
	v := &visit{number: n, message: message, plan: b.w.drawPlan(), want: g.want, account: g.details.Account}
	b.visits = append(b.visits, v)
	b.w.tell("%d sees order %s, will: %s", b.id, n, v.plan)
	b.w.tally.kind("people: " + v.plan)
	b.w.after(b.w.span(time.Second, time.Minute), func() { b.look(v) })
}

var titleOf = regexp.MustCompile(`Order ([0-9A-Z]{5}-[0-9A-Z]{5})`)
