package flows

import (
	"strings"

	"giftbot/catalog"
	"giftbot/order"
)

// thing is what somebody buys, in the shop or in an order: the words for it
// are the same.
type thing struct {
	kind order.Kind
	name string
	item string
	face order.Money
}

func thingOf(p catalog.Product, face order.Money) thing {
	return thing{kind: p.Kind, name: p.Title, item: p.Item, face: face}
}

func thingIn(l order.Line) thing {
	return thing{kind: l.Kind, name: l.Name, item: l.Item, face: l.Face}
}

// text names a thing with its amount.
func (x thing) text() Text {
	switch {
	case x.kind == order.KindCard:
		return t("thing.card", "amount", x.amount(), "network", x.network())
	case x.face > 0:
		return t("thing.amount", "name", clip(x.name, textName), "amount", x.amount())
	default:
		return t("thing.name", "name", clip(x.name, textName))
	}
}

// amount is what one piece holds: "25 USDC"; the name where that is fixed.
func (x thing) amount() Text {
	switch {
	case x.face > 0:
		return amountText(x.face, x.unit())
	case x.kind == order.KindCard:
		return t("thing.name", "name", x.unit())
	default:
		return t("thing.name", "name", clip(x.name, textName))
	}
}

// unit is what an amount is counted in: a card's token, else the currency.
func (x thing) unit() string {
	if x.kind != order.KindCard {
		return order.Currency
	}
	if _, symbol, ok := strings.Cut(x.item, "-"); ok && symbol != "" {
		return clip(symbol, buttonName)
	}
	return clip(x.name, buttonName)
}

// network is a card's chain by name.
func (x thing) network() string {
	_, symbol, _ := strings.Cut(x.item, "-")
	return clip(strings.TrimSuffix(x.name, " "+symbol), buttonName)
}

// chain is a card's chain by number.
func (x thing) chain() string {
	chain, _, _ := strings.Cut(x.item, "-")
	return chain
}

// parcel is one kind of thing in an order. A supplier that sells one piece at
// a time gets a line for each: for the buyer they are one.
type parcel struct {
	thing
	quantity int
	got      int
	credited order.Money
}

// parcelsOf puts an order's lines together.
func parcelsOf(lines []order.Line) []parcel {
	var all []parcel
	at := map[thing]int{}
	for _, l := range lines {
		x := thingIn(l)
		i, known := at[x]
		if !known {
			i = len(all)
			at[x] = i
			all = append(all, parcel{thing: x})
		}
		all[i].quantity += l.Quantity
		all[i].got += l.Got
		all[i].credited += l.Credited
	}
	return all
}

// goodsOf lists what was ordered. An order without goods sends credit out.
func goodsOf(o order.Order) Text {
	if len(o.Lines) == 0 {
		return t("order.payout")
	}
	var all []Text
	for _, p := range parcelsOf(o.Lines) {
		all = append(all, p.line())
	}
	return lines(all...)
}

func (p parcel) line() Text {
	if p.kind == order.KindTopUp && p.quantity == 1 {
		return p.text()
	}
	return t("order.line", "name", p.text(), "quantity", p.quantity)
}

// kindOf is what the words about an order go by.
func kindOf(o order.Order) order.Kind {
	if len(o.Lines) == 0 {
		return order.KindVoucher
	}
	return o.Lines[0].Kind
}
