package sim

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	hosted "giftbot/sandbox/infini"
	coins "giftbot/sandbox/inventpay"
	chat "giftbot/sandbox/telegram"
)

// link is one way to pay, as its address says.
type link struct{ gateway, external string }

func linkOf(url string) link {
	return link{gateway: path.Base(path.Dir(url)), external: path.Base(url)}
}

// payment is how somebody pays on a link: a part of what it asks for, exactly
// when Part is empty.
type payment struct {
	part    string
	sum     string // instead of a part
	less    string // than what it asks for, instead of a part
	coin    string // Infini: a wrong one
	confirm time.Duration
}

// payFor is how a person pays at a gateway.
func (w *world) payFor(l link, p payment) error {
	var amount, state string
	var err error
	if l.gateway == inventpay.Vendor {
		amount, state, err = w.payCoins(l.external, p)
	} else {
		amount, state, err = w.payHosted(l.external, p)
	}
	w.deed()
	if err != nil {
		return err
	}
	w.tally.kind("paid at " + l.gateway)
	w.tell("   money: %s (%s) on %s of %s, for %s", amount, state, l.external, l.gateway, w.orderOf(l))
	if p.confirm > 0 {
		w.until(time.Now().Add(p.confirm))
	}
	return nil
}

// of is what the payment comes to of a price, "" for exactly what is missing.
func (p payment) of(price decimal.Decimal) string {
	switch {
	case p.sum != "":
		return p.sum
	case p.less != "":
		return decimal.Max(decimal.New(1, -2), price.Sub(decimal.RequireFromString(p.less))).String()
	case p.part != "":
		return price.Mul(decimal.RequireFromString(p.part)).RoundUp(2).String()
	default:
		return ""
	}
}

// claimSurplus has the payer use the link that Infini mails to who paid too
// much, where the shop leaves the surplus for that.
func (b *buyer) claimSurplus(v *visit) {
	l := v.links[len(v.links)-1]
	if !b.w.keeps || l.gateway != infini.Vendor || b.w.rng.IntN(2) == 0 {
		return
	}
	if err := b.w.box.Infini.ReturnSurplus(l.external); err == nil {
		b.w.tally.kind("people: claim surplus back")
		b.w.tell("%d claims the surplus of %s back", b.id, v.number)
	}
}

// orderOf is whose link it is, in the gateway's books.
func (w *world) orderOf(l link) order.Number {
	reference := ""
	if o, ok := w.box.Infini.Order(l.external); ok && l.gateway == infini.Vendor {
		reference = o.ClientReference
	} else if p, ok := w.box.InventPay.Payment(l.external); ok {
		reference = p.OrderID
	}
	n, _, _ := order.ParseReference(reference) // of nobody: ""
	return n
}

func (w *world) payHosted(external string, p payment) (string, string, error) {
	opts := hosted.PayOptions{Currency: p.coin, ConfirmAfter: p.confirm}
	if o, ok := w.box.Infini.Order(external); ok {
		opts.Amount = p.of(o.Amount)
	}
	paid, err := w.box.Infini.Pay(external, opts)
	return paid.Amount.String() + " " + paid.Currency, paid.State, err
}

func (w *world) payCoins(external string, p payment) (string, string, error) {
	opts := coins.PayOptions{ConfirmAfter: p.confirm}
	book, ok := w.box.InventPay.Payment(external)
	if ok && book.Coin == "" {
		opts.Coin = book.Rates[w.rng.IntN(len(book.Rates))].Code
	}
	if ok {
		opts.Base = p.of(book.BaseAmount)
	}
	paid, err := w.box.InventPay.Pay(external, opts)
	return paid.Amount.String() + " " + opts.Coin, paid.State, err
}

// look waits for the link to pay and then begins with the plan.
func (b *buyer) look(v *visit) {
	w := b.w
	b.readLink(v)
	if len(v.links) == 0 {
		if v.looks++; v.looks < 40 {
			w.after(w.span(10*time.Second, 2*time.Minute), func() { b.look(v) })
		}
		return
	}
	if !v.started {
		v.started = true
		w.after(w.span(time.Second, 20*time.Minute), func() { b.begin(v) })
	}
}

// readLink takes up the link that the order's message shows, if it is another.
func (b *buyer) readLink(v *visit) {
	for _, m := range b.w.messages(b.id) {
		if !strings.Contains(text(m), v.number.Pretty()) {
			continue
		}
		for _, row := range m.Buttons {
			for _, key := range row {
				if !strings.HasPrefix(key.Text, "Pay $") || key.URL == "" {
					continue
				}
				v.message = m.ID
				if l := linkOf(key.URL); len(v.links) == 0 || v.links[len(v.links)-1] != l {
					v.links = append(v.links, l)
				}
			}
		}
	}
}

func (w *world) drawPlan() string {
	if w.moneyed() {
		plans := moneyPlans()
		return plans[w.rng.IntN(len(plans))]
	}
	plans := []struct {
		name   string
		weight int
	}{
		{"pay", 40}, {"pay, seen first", 9}, {"pay in parts", 5}, {"pay short", 2}, {"pay over", 5}, {"pay late", 5},
		{"pay short, then the rest", 5}, {"pay short, then credit", 3}, {"pay short, take credit", 3}, {"pay late, a part", 3},
		{"pay next to nothing", 2}, {"pay a little less", 3}, {"pay, give up while it confirms", 3},
		{"pay twice", 4}, {"pay, and hours later again", 3}, {"pay in a wrong coin", 2}, {"not pay", 5}, {"cancel", 4}, {"cancel and pay", 3}, {"pay and cancel", 3},
		{"pay and ask", 5}, {"another way, pay there", 4}, {"another way, pay the older link", 3}, {"another way, pay both", 2},
		{"pay any link of the order", 5},
	}
	total := 0
	for _, p := range plans {
		total += p.weight
	}
	n := w.rng.IntN(total)
	for _, p := range plans {
		if n -= p.weight; n < 0 {
			return p.name
		}
	}
	return "pay"
}

// pay pays on the newest link that the buyer sees.
func (b *buyer) pay(v *visit, p payment) { b.payOn(v, v.links[len(v.links)-1], p) }

func (b *buyer) payOn(v *visit, l link, p payment) {
	if err := b.w.payFor(l, p); err != nil {
		b.w.tell("%d cannot pay %s: %v", b.id, v.number, err)
	}
}

// begin pays from credit where the buyer has any and thinks of it, and what is
// left as the plan says: the link there is asks for all of it.
func (b *buyer) begin(v *visit) {
	if b.credit == 0 || b.w.rng.IntN(4) == 0 {
		b.act(v)
		return
	}
	b.useCredit(v, func() {
		if b.w.rng.IntN(3) == 0 {
			b.act(v)
			return
		}
		b.payRest(v, 0)
	})
}

// act carries out what a buyer has in mind with an order.
func (b *buyer) act(v *visit) {
	w := b.w
	switch v.plan {
	case "pay":
		b.pay(v, payment{})
	case "pay, seen first":
		b.pay(v, payment{confirm: w.span(5*time.Second, time.Hour)})
	case "pay in parts":
		b.pay(v, payment{part: "0.5"})
		w.after(w.span(time.Second, 10*time.Minute), func() { b.pay(v, payment{}) })
	case "pay short", "pay short, then the rest", "pay short, then credit", "pay short, take credit":
		b.payShort(v)
	case "pay over":
		b.pay(v, payment{part: "1.3"})
		b.claimSurplus(v)
	case "pay late":
		w.after(orderTTL+w.span(time.Second, 20*time.Hour), func() { b.pay(v, payment{}) })
	case "pay, and hours later again":
		b.pay(v, payment{})
		w.after(w.span(2*time.Hour, 9*time.Hour), func() { b.pay(v, payment{}) })
	case "pay twice":
		b.pay(v, payment{})
		w.after(w.span(time.Second, 2*time.Hour), func() { b.pay(v, payment{}) })
	case "pay in a wrong coin":
		b.pay(v, payment{coin: "BTC"})
	case "another way, pay there", "another way, pay the older link", "another way, pay both":
		b.another(v, 0)
	default:
		b.actOtherwise(v)
	}
}

func (b *buyer) actOtherwise(v *visit) {
	w := b.w
	switch v.plan {
	case "pay late, a part":
		w.after(orderTTL+w.span(time.Second, 20*time.Hour), func() { b.pay(v, payment{part: "0.5"}) })
	case "pay next to nothing":
		b.pay(v, payment{sum: "0.000001"})
	case "pay a little less":
		b.pay(v, payment{less: []string{"0.01", "0.02", "0.20"}[w.rng.IntN(3)]})
	case "pay, give up while it confirms":
		b.pay(v, payment{confirm: w.span(10*time.Minute, time.Hour)})
		w.after(w.span(time.Second, 8*time.Minute), func() { b.giveUp(v) })
	case "cancel":
		b.cancel(v, 0)
	case "cancel and pay":
		b.cancel(v, 0)
		w.after(w.span(time.Second, time.Minute), func() { b.pay(v, payment{}) })
	case "pay and cancel":
		b.pay(v, payment{})
		b.cancel(v, 0)
	case "pay and ask":
		b.pay(v, payment{})
		for range 8 {
			w.after(w.span(time.Millisecond, 40*time.Second), func() { b.pressOn(v, "I have paid", "Check again") })
		}
	case "pay any link of the order":
		all := w.linksOf(v.number)
		b.payOn(v, all[w.rng.IntN(len(all))], payment{})
	}
}

// linksOf are all links the gateways ever made for an order, whoever saw them.
func (w *world) linksOf(n order.Number) []link {
	var all []link
	for _, o := range w.box.Infini.Books().Orders {
		if number, _, err := order.ParseReference(o.ClientReference); err == nil && number == n {
			all = append(all, link{infini.Vendor, o.OrderID})
		}
	}
	for _, p := range w.box.InventPay.Books().Payments {
		if number, _, err := order.ParseReference(p.OrderID); err == nil && number == n {
			all = append(all, link{inventpay.Vendor, p.PaymentID})
		}
	}
	return all
}

// another asks for a link at the other gateway, and waits for it.
func (b *buyer) another(v *visit, tries int) {
	w, live := b.w, b.w.up()
	if tries == 0 || len(v.links) == 1 && tries%4 == 0 {
		if len(live) > 0 {
			b.payBy(v, live[w.rng.IntN(len(live))].inc)
		}
	}
	b.readLink(v)
	if len(v.links) == 1 && tries < 12 {
		w.after(w.span(2*time.Second, 30*time.Second), func() { b.another(v, tries+1) })
		return
	}
	first, last := v.links[0], v.links[len(v.links)-1]
	switch v.plan {
	case "another way, pay there":
		b.payOn(v, last, payment{})
	case "another way, pay the older link":
		b.payOn(v, first, payment{})
	default:
		b.payOn(v, first, payment{})
		w.after(w.span(time.Second, 20*time.Minute), func() { b.payOn(v, last, payment{}) })
	}
}

func (b *buyer) payBy(v *visit, i *incarnation) {
	w, gateway := b.w, b.w.gateways[0]
	if v.links[0].gateway == gateway {
		gateway = w.gateways[len(w.gateways)-1]
	}
	w.start(context.Background(), func(ctx context.Context) func() {
		_, err := i.engine.PayBy(ctx, b.id, v.number, gateway)
		return func() {
			w.deed()
			w.tell("%d asks to pay %s by %s: %v", b.id, v.number, gateway, err)
		}
	})
}

func (b *buyer) cancel(v *visit, tries int) {
	w := b.w
	if id, key, ok := find(w.messages(b.id), "Yes, cancel"); ok {
		w.press(b.id, id, key)
		return
	}
	if tries > 5 {
		return
	}
	b.pressOn(v, "Cancel")
	w.after(w.span(300*time.Millisecond, 4*time.Second), func() { b.cancel(v, tries+1) })
}

// leaf turns the pages of an order's message, as far as there are any: opens
// what is closed, goes back to the first, then to the last.
func (b *buyer) leaf(v *visit, label string, turns int) {
	w, there := b.w, false
	if len(w.up()) == 0 {
		w.after(time.Second, func() { b.leaf(v, label, turns) })
		return
	}
	for _, m := range w.messages(b.id) {
		// A send whose answer was lost may have left the order a second message.
		if !strings.Contains(text(m), v.number.Pretty()) {
			continue
		}
		if id, key, ok := find([]chat.MessageView{m}, label); ok && turns < 40 {
			there = true
			if turns%4 == 0 {
				w.press(b.id, id, key)
			}
		}
	}
	switch {
	case there:
		w.after(time.Second, func() { b.leaf(v, label, turns+1) })
	case label == pageOpen:
		b.leaf(v, pageBack, 0)
	case label == pageBack:
		b.leaf(v, pageOn, 0)
	}
}

const (
	pageOpen = "🎁 Show the gift card" // it was closed when the order was asked for again
	pageBack = "‹ Previous"
	pageOn   = "Next ›"
)
