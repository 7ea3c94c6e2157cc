package flows

import (
	"slices"
	"strings"

	"giftbot/order"
)

// Command is one entry of the bot's command list.
type Command struct {
	Name string // without the slash
	Text Text   // description, plain words, at most 256 characters
}

// Commands lists what is registered with the client, for every language.
func Commands() []Command {
	return []Command{
		{Name: "start", Text: t("command.start")},
		{Name: "shop", Text: t("command.shop")},
		{Name: "topup", Text: t("command.topup")},
		{Name: "giftcard", Text: t("command.giftcard")},
		{Name: "orders", Text: t("command.orders")},
		{Name: "credit", Text: t("command.credit")},
		{Name: "language", Text: t("command.language")},
		{Name: "help", Text: t("command.help")},
		{Name: "cancel", Text: t("command.cancel")},
		{Name: "paysupport", Text: t("command.paysupport")},
		{Name: "terms", Text: t("command.terms")},
		{Name: "privacy", Text: t("command.privacy")},
	}
}

func (c *turn) command(name, argument string) {
	if c.adminCommand(name, argument) {
		return
	}
	switch name {
	case "start":
		c.start(strings.TrimSpace(argument))
	case "shop":
		c.list(order.KindVoucher, 0, Text{})
	case "topup":
		c.list(order.KindTopUp, 0, Text{})
	case "giftcard":
		c.list(order.KindCard, 0, Text{})
	case "orders":
		c.orders(0)
	case "credit":
		c.credit(0)
	case "language":
		c.language("")
	case "help":
		c.info(ScreenHelp)
	case "cancel":
		c.stop()
	case "terms":
		c.info(ScreenTerms)
	case "privacy":
		c.info(ScreenPrivacy)
	case "paysupport":
		c.info(ScreenPay)
	default:
		c.show(hintView(t("hint.command")))
	}
}

// The prefixes of a start parameter (at most 64 of A-Z a-z 0-9 _ -).
const (
	linkOrder   = "o_"
	linkProduct = "p_"
)

// OrderLink is the start parameter that shows an order.
func OrderLink(number order.Number) string { return linkOrder + string(number) }

// ProductLink is the start parameter that shows a product. The colon of a
// product id is no character of a start parameter.
func ProductLink(product string) string {
	return linkProduct + strings.Replace(product, ":", "-", 1)
}

// start greets, or follows the link the person came by. A parameter we do not
// know is greeted like none.
func (c *turn) start(parameter string) {
	if text, ok := strings.CutPrefix(parameter, linkOrder); ok {
		if number, err := order.ParseNumber(text); err == nil {
			c.order(ScreenOrder, number)
			return
		}
	}
	if text, ok := strings.CutPrefix(parameter, linkProduct); ok {
		c.product(strings.Replace(text, "-", ":", 1), 1)
		return
	}
	c.home()
}

// stop is /cancel: it leaves a purchase that was not placed. An order is
// cancelled on its own message, where it is seen which one.
func (c *turn) stop() {
	saying := t("cancel.nothing")
	switch c.s.Screen {
	case ScreenProduct, ScreenAmount, ScreenField, ScreenCount, ScreenNote, ScreenCheckout:
		saying = t("cancel.stopped")
	case ScreenSum, ScreenNetwork, ScreenAddress, ScreenSure:
		saying = t("cancel.unsent")
	case ScreenPlaced, ScreenOrder, ScreenStatus, ScreenCancel, ScreenWays, ScreenTake, ScreenDrop:
		saying = t("cancel.order")
	default:
	}
	c.homeSaying(saying)
}

// typed is a text, or something we do not read.
func (c *turn) typed(in Input) {
	if in.Other {
		c.show(hintView(t("hint.other")))
		return
	}
	if c.adminTyped(in) {
		return
	}
	text := strings.TrimSpace(in.Text)
	number, err := order.ParseNumber(text)
	switch {
	case c.s.Screen == ScreenField || c.s.Screen == ScreenNote:
		c.typedStep(text) // anything may be an answer
	case c.s.Screen == ScreenAddress:
		c.typedAddress(text)
	case err == nil && (!c.counting() || strings.Trim(text, "0123456789") != ""):
		c.order(ScreenOrder, number)
	case c.s.Screen == ScreenProduct:
		c.typedQuantity(text)
	case c.s.Screen == ScreenSum:
		c.typedSumOut(text)
	case c.counting():
		c.typedStep(text)
	default:
		c.show(hintView(t("hint.text")))
	}
}

// counting reports whether a number in a text is the answer to a question.
func (c *turn) counting() bool {
	return slices.Contains([]Screen{ScreenProduct, ScreenAmount, ScreenCount, ScreenSum}, c.s.Screen)
}

// hintView is a short answer with the ways on; the screen stays what it was.
func hintView(saying Text) View {
	return View{Blocks: []Text{saying}, Keyboard: [][]Button{
		row(button(t("b.shop"), VerbShop, "", "", 0), button(t("b.orders"), VerbOrders, "", "", 0)),
		homeRow("", button(t("b.help"), VerbHelp, "", "", 0)),
	}}
}
