package flows

import (
	"slices"
	"strings"

	"giftbot/order"
)

// credit shows what a person has with the shop, and what moved it.
func (c *turn) credit(page int) {
	c.goTo(ScreenCredit)
	c.s.Page = min(max(page, 0), farthestPage)
	c.ask(ShowCredit{Offset: c.s.Page * movesPerPage, Limit: movesPerPage})
}

// credited answers for ShowCredit: the checkout asked, or the person.
func (c *turn) credited(r CreditResult) {
	switch {
	case c.s.Screen == ScreenCheckout:
		c.checkoutWith(r)
	case r.Code != "":
		c.show(TroubleView())
	case len(r.Movements) == 0 && r.Total > 0 && r.Offset > 0:
		c.credit(0) // the page went away meanwhile
	default:
		c.s.Screen = ScreenCredit
		c.show(creditView(r))
	}
}

func creditView(r CreditResult) View {
	v := View{Blocks: []Text{t("credit.title", "balance", r.Balance), creditHint(r)}}
	var keys []Button
	for _, m := range r.Movements {
		v.Blocks = append(v.Blocks, movementText(m))
		open := button(t("orders.open", "number", m.Number), VerbOrder, string(m.Number), "", 0)
		if known := slices.ContainsFunc(keys, func(b Button) bool { return b.Do.ID == open.Do.ID }); m.Number != "" && !known {
			keys = append(keys, open)
		}
	}
	if r.Payouts && r.Balance > 0 {
		v.Keyboard = append(v.Keyboard, row(button(t("b.send_credit"), VerbWallet, "", "", 0)))
	}
	v.Keyboard = slices.AppendSeq(v.Keyboard, slices.Chunk(keys, 2))
	v.Keyboard = append(v.Keyboard, pager(VerbCredit, "", r.Offset/movesPerPage, r.Total, movesPerPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.shop"), VerbShop, "", "", 0)))
	return v
}

func creditHint(r CreditResult) Text {
	switch {
	case r.Balance > 0:
		return t("credit.hint")
	case r.Total > 0:
		return t("credit.empty")
	default:
		return t("credit.never")
	}
}

// movementText is one line of the credit, in words.
func movementText(m order.Movement) Text {
	what := t("credit.taken", "number", m.Number)
	sum := t("credit.minus", "amount", -m.Amount)
	if m.Amount >= 0 {
		what, sum = t("credit.given", "number", m.Number), t("credit.plus", "amount", m.Amount)
	}
	switch {
	case m.Number == "":
		what = t("credit.other")
	case m.Amount >= 0 && strings.HasPrefix(m.Key, "credit/"):
		what = t("credit.back", "number", m.Number)
	case m.Amount < 0 && strings.HasSuffix(m.Key, "/payout"):
		what = t("credit.sent", "number", m.Number)
	case m.Amount < 0 && strings.HasSuffix(m.Key, "/credit"):
		what = t("credit.used", "number", m.Number)
	}
	return lines(t("credit.entry", "sum", sum, "what", what), t("credit.when", "at", m.At, "balance", m.Balance))
}

// creditButton leads to the credit.
func creditButton() Button { return button(t("b.credit"), VerbCredit, "", "", 0) }
