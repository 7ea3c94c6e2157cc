package flows

import (
	"giftbot/order"
)

// addCard shows one gift card: the picture, what it holds, its secret and how
// to redeem it. All of it has to fit a caption.
func addCard(v *View, o order.Order, goods []order.Good, index int) {
	g := goods[index]
	x := thing{kind: order.KindCard}
	if g.Line >= 0 && g.Line < len(o.Lines) {
		x = thingIn(o.Lines[g.Line])
	}
	number, all := cardNumber(goods, index)
	title := t("card.only")
	if all > 1 {
		title = t("card.title", "number", number, "all", all)
	}
	v.Blocks = append(v.Blocks,
		lines(title, t("card.holds", "amount", x.amount(), "network", x.network()), t("card.number", "card", clip(g.Card, buttonName))),
		t("card.redeem"), t("card.partner"), t("card.secret"))
	v.Codes, v.First = []string{g.Code}, 1
	v.Picture = &Picture{
		Number: o.Number, Amount: x.face.Decimal().String(), Token: x.unit(), Network: x.network(),
		Chain: x.chain(), Card: g.Card, Secret: g.Code,
	}
	v.Keyboard = append(v.Keyboard, row(
		Button{Label: t("b.copy_secret"), Copy: g.Code},
		Button{Label: t("b.copy_card"), Copy: clip(g.Card, copyLimit)}))
}

// cardNumber is which of the order's cards this one is.
func cardNumber(goods []order.Good, index int) (number, all int) {
	for i, g := range goods {
		if g.Card == "" {
			continue
		}
		all++
		if i <= index {
			number++
		}
	}
	return number, all
}

// showsCard reports whether a page of goods is a gift card's.
func showsCard(goods []order.Good, page int) bool {
	all := sheetsOf(goods)
	return len(all) > 0 && all[within(page, len(all), 1)].card >= 0
}
