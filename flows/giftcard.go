package flows

import (
	"slices"
	"unicode/utf8"

	"giftbot/catalog"
	"giftbot/order"
)

// countPressed is − and + of the question how many, or the way back to it.
func (c *turn) countPressed(p catalog.Product, a Action) {
	switch most := mostOf(p); {
	case a.Arg == ArgTyping:
		c.toast(n("toast.typing", most))
	case a.N < 1:
		c.toast(t("toast.least"))
	case a.N > most:
		c.toast(n("toast.most", most))
	}
	c.s.Quantity = max(1, min(a.N, mostOf(p)))
	c.askCount(p, Text{})
}

func (c *turn) typedCount(p catalog.Product, text string) {
	most := mostOf(p)
	quantity, ok := readCount(text)
	switch {
	case !ok:
		c.askCount(p, n("product.number", most))
	case quantity > most:
		c.s.Quantity = most
		c.askCount(p, n("product.most", most))
	default:
		c.s.Quantity = quantity
		c.askCount(p, Text{})
	}
}

// askCount asks how many pieces of a chosen amount.
func (c *turn) askCount(p catalog.Product, saying Text) {
	_, price, err := p.Quote(c.s.Face)
	if err != nil {
		c.begin(p, Text{})
		return
	}
	c.step(ScreenCount)
	most := mostOf(p)
	c.s.Quantity = max(1, min(c.s.Quantity, most))
	quantity := c.s.Quantity
	sum := t("product.price", "price", price)
	if quantity > 1 {
		sum = lines(sum, n("product.sum", quantity, "total", price.Times(quantity)))
	}
	v := View{Blocks: []Text{c.chosen(p), sum, n("product.ask", most)}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	if most > 1 {
		v.Keyboard = append(v.Keyboard, quantityRow(VerbCount, p.ID, quantity, most))
	}
	on := button(t("b.continue"), VerbCheckout, p.ID, "", quantity)
	if p.Kind == order.KindCard {
		on = button(t("b.continue"), VerbNote, p.ID, "", 0)
	}
	v.Keyboard = append(v.Keyboard, row(on), homeRow("", c.stepBefore(p, ScreenCount)))
	c.show(v)
}

// chosen is the headline of a step: the thing with its amount.
func (c *turn) chosen(p catalog.Product) Text {
	what := thingOf(p, c.s.Face).text()
	if p.Kind == order.KindCard {
		return t("giftcard.chosen", "what", what)
	}
	return t("topup.what", "what", what)
}

func (c *turn) notePressed(p catalog.Product, a Action) {
	if a.Arg == ArgNone {
		c.s.Note = ""
		c.review(p)
		return
	}
	c.askNote(p, Text{})
}

// askNote asks for the message on a gift card.
func (c *turn) askNote(p catalog.Product, saying Text) {
	if p.Kind != order.KindCard {
		c.review(p)
		return
	}
	c.step(ScreenNote)
	v := View{Blocks: []Text{c.chosen(p), t("giftcard.note"), t("giftcard.public")}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	if c.s.Note != "" {
		v.Blocks = append(v.Blocks, t("giftcard.note_now", "note", c.s.Note))
		v.Keyboard = append(v.Keyboard, row(button(t("b.keep_value"), VerbCheckout, p.ID, "", c.s.Quantity)))
	}
	v.Keyboard = append(v.Keyboard,
		row(button(t("b.no_note"), VerbNote, p.ID, ArgNone, 0)),
		homeRow("", c.stepBefore(p, ScreenNote)))
	c.show(v)
}

func (c *turn) typedNote(p catalog.Product, text string) {
	note := oneLine(text)
	switch size := utf8.RuneCountInString(note); {
	case size == 0:
		c.askNote(p, Text{})
	case size > noteLimit:
		c.askNote(p, n("giftcard.note_long", size))
	case stored(note) > noteRoom:
		c.askNote(p, t("giftcard.note_wide"))
	default:
		c.s.Note = note
		c.review(p)
	}
}

// feeOf is what of a card's price goes to the network and to who issues it,
// for several cards, rounded up to a cent.
func feeOf(p catalog.Product, face order.Money, quantity int) order.Money {
	cost, _, err := p.Quote(face)
	if err != nil || cost <= face {
		return 0
	}
	fee := (cost - face).Times(quantity)
	return (fee + order.Cent - 1) / order.Cent * order.Cent
}

// feeText is a network's fee level in words.
func feeText(level string) Text {
	switch level {
	case "low":
		return t("fee.low")
	case "medium":
		return t("fee.medium")
	case "high":
		return t("fee.high")
	default:
		return Text{}
	}
}
