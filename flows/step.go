package flows

import (
	"slices"
	"strings"

	"giftbot/locales"
	"giftbot/order"
)

// turn is one step under way.
type turn struct {
	env Env
	s   Session
	out Outcome
}

// Step is one turn of a conversation: the next session, and what the person
// and the edge get. It is pure, never panics on any input, and always answers
// with a reply, a toast or an intent.
func Step(env Env, s Session, in Input) (Session, Outcome) {
	c := &turn{env: env, s: s}
	c.speak()
	c.bar()
	switch {
	case in.Result != nil && c.adminResult(in.Result):
	case in.Result != nil:
		c.result(in.Result)
	case in.Action != nil:
		c.s.Send = in.Action.Arg == ArgFresh
		c.press(*in.Action)
	case in.Command != "":
		c.s.Send = true
		c.command(strings.ToLower(in.Command), in.Argument)
	default:
		c.s.Send = true
		c.typed(in)
	}
	c.fit()
	return c.s, c.out
}

// Again shows the session's screen once more, as a new message or in place of
// the old one: what the edge does with an update it had already worked on.
func Again(env Env, s Session) (Session, Outcome) {
	c := &turn{env: env, s: s}
	c.speak()
	c.bar()
	c.again()
	return c.s, c.out
}

// speak settles the language: the person's choice, else the client's.
func (c *turn) speak() {
	offered := c.env.Shop.Languages
	if c.s.Chosen && slices.Contains(offered, c.s.Language) {
		return
	}
	c.s.Chosen = false
	if c.env.Person.Language == "" && slices.Contains(offered, c.s.Language) {
		return
	}
	c.s.Language = locales.Match(c.env.Person.Language, offered)
	if c.s.Language == "" {
		c.s.Language = locales.Default
	}
}

// show replies with a view where the input asked for it.
func (c *turn) show(v View) {
	place := PlaceEdit
	if c.s.Send {
		place = PlaceSend
	}
	c.s.Send = false
	c.out.Replies = append(c.out.Replies, Reply{View: v, Place: place})
}

// ask leaves the rest to the edge; its result is the next input.
func (c *turn) ask(i Intent) { c.out.Intent = i }

func (c *turn) toast(text Text) { c.out.Toast = text }

// goTo forgets what the former screen was about.
func (c *turn) goTo(screen Screen) {
	c.s = Session{
		Language: c.s.Language, Chosen: c.s.Chosen, Message: c.s.Message, Send: c.s.Send, Back: c.s.Back,
		Last: c.s.Last, Screen: screen,
	}
}

func (c *turn) again() {
	if c.adminAgain() {
		return
	}
	switch c.s.Screen {
	case ScreenShop:
		c.list(order.KindVoucher, c.s.Page, Text{})
	case ScreenTopUps:
		c.list(order.KindTopUp, c.s.Page, Text{})
	case ScreenCards:
		c.list(order.KindCard, c.s.Page, Text{})
	case ScreenCategory:
		c.category(c.s.Category, c.s.Page)
	case ScreenProduct:
		c.product(c.s.Product, c.s.Quantity)
	case ScreenAmount, ScreenField, ScreenCount, ScreenNote:
		c.stepAgain()
	case ScreenCheckout:
		c.checkoutAgain()
	case ScreenPlaced:
		c.show(placedView(c.s.Number))
	case ScreenOrders:
		c.orders(c.s.Page)
	case ScreenOrder, ScreenStatus, ScreenCancel, ScreenWays, ScreenTake, ScreenDrop:
		c.order(c.s.Screen, c.s.Number)
	case ScreenCredit:
		c.credit(c.s.Page)
	case ScreenSum, ScreenNetwork, ScreenAddress, ScreenSure:
		c.ask(ShowNetworks{Number: c.s.Number})
	case ScreenHelp, ScreenTerms, ScreenPrivacy, ScreenPay:
		c.info(c.s.Screen)
	default:
		c.home()
	}
}

// press is a button. What it names is looked up again.
func (c *turn) press(a Action) {
	switch a.Verb {
	case VerbHome:
		c.home()
	case VerbShop:
		c.list(order.KindVoucher, a.N, Text{})
	case VerbTopUps:
		c.list(order.KindTopUp, a.N, Text{})
	case VerbCards:
		c.list(order.KindCard, a.N, Text{})
	case VerbCategory:
		c.category(a.ID, a.N)
	case VerbProduct:
		c.productPressed(a)
	case VerbAmount, VerbField, VerbSame, VerbCount, VerbNote:
		c.pressStep(a)
	case VerbCheckout:
		c.checkout(a.ID, a.N)
	case VerbPlace:
		c.place(order.Number(a.ID), a.Arg, a.N)
	case VerbLanguage:
		c.language(a.Arg)
	case VerbHelp:
		c.info(ScreenHelp)
	case VerbOrders:
		c.orders(a.N)
	case verbAdmin:
		c.adminPressed(a)
	default:
		c.pressMoney(a)
	}
}

// pressMoney is a button about credit, or about money on its way to a wallet.
func (c *turn) pressMoney(a Action) {
	switch a.Verb {
	case VerbCredit:
		c.credit(a.N)
	case VerbSpend:
		c.spend(order.Number(a.ID), a.N == 1)
	case VerbWallet:
		c.walletPressed(a)
	case VerbSum:
		c.sumOutPressed(a)
	case VerbNetwork:
		c.networkPressed(a.ID)
	case VerbSend:
		c.sendPressed(a)
	default:
		c.pressOrder(a)
	}
}

// pressOrder is a button that names an order.
func (c *turn) pressOrder(a Action) {
	number, err := order.ParseNumber(a.ID)
	if err != nil {
		c.oldButton()
		return
	}
	switch a.Verb {
	case VerbOrder:
		c.order(ScreenOrder, number)
	case VerbStatus:
		c.order(ScreenStatus, number)
	case VerbAsk:
		c.askCancel(number, a.Arg)
	case VerbReveal:
		c.reveal(number, 0, true)
	case VerbCodes:
		c.reveal(number, a.N, false)
	case VerbPayBy:
		c.payBy(number, a)
	case VerbPaid:
		c.onOrder(pageOr(a.Arg), number)
		c.ask(Recheck{Number: number})
	case VerbCancel:
		c.onOrder(pageOr(a.Arg), number)
		c.ask(CancelOrder{Number: number, Money: a.N == 1})
	case VerbTake:
		c.takePressed(number, a)
	case VerbDrop:
		c.dropPressed(number, a)
	default:
		c.oldButton()
	}
}

func pageOr(arg string) Screen {
	if arg == ArgPage {
		return ScreenOrder
	}
	return ScreenStatus
}

// oldButton answers a press that means nothing any more. The pressed message
// stays: it may be a status message.
func (c *turn) oldButton() {
	c.toast(t("toast.old"))
	c.s.Send = true
	c.homeSaying(t("hint.old"))
}
