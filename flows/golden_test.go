package flows

import (
	"testing"

	"giftbot/catalog"
	"giftbot/order"
)

// journeys are the conversations of EXPERIENCE.md that this shop has now. Each
// is played in every language.
func journeys() map[string]func(*chat) {
	return map[string]func(*chat){
		"buy":           buyTwo,
		"held":          heldThenSettled,
		"expired":       paidTooLate,
		"cancel":        cancelOrder,
		"language":      changeLanguage,
		"sold-out":      soldOut,
		"refused":       refusals,
		"orders":        myOrders,
		"wrong-input":   wrongInput,
		"old-buttons":   oldButtons,
		"info":          readInfo,
		"many-codes":    manyCodes,
		"minimum":       belowTheMinimum,
		"links":         deepLinks,
		"price-changes": priceChanges,
		"reasons":       everyReason,
	}
}

func TestTranscripts(t *testing.T) {
	for name, play := range journeys() {
		for _, lang := range []string{"en", "ru"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				c := newChat(t, lang)
				play(c)
				c.golden(name + "." + lang)
			})
		}
	}
}

func (c *chat) toCheckout(item string) {
	c.command("start", "")
	c.press(VerbShop, "", "")
	c.press(VerbCategory, "infinivoucher:PUBG", "")
	c.press(VerbProduct, "infinivoucher:"+item, "")
	c.text("2")
	c.press(VerbCheckout, "", "")
}

// placed goes on from the checkout to an open payment link.
func (c *chat) placed() {
	c.press(VerbPlace, "", "infini")
	c.announce()
	c.opened()
	c.announce()
}

func (c *chat) opened() {
	c.order.Payments[0].State = order.PaymentOpen
	c.order.Payments[0].URL = "https://pay.example/abc"
}

func (c *chat) paid(amount order.Money) {
	c.order.Payments[0].Seen = amount
	c.note("received", amount.String())
}

func buyTwo(c *chat) {
	c.toCheckout("uc60")
	c.placed()
	c.press(VerbPaid, "", "")
	c.order.Status, c.order.Payments[0].Confirming = order.Confirming, true
	c.note("confirming", "")
	c.announce()
	c.paid(c.order.Total)
	c.order.Status = order.Paid
	c.note("paid", c.order.Total.String())
	c.announce()
	c.order.Status = order.Fulfilling
	c.note("fulfilling", "")
	c.announce()
	c.order.Flags = c.order.Flags.With(order.FlagSupplierDown)
	c.announce()
	c.deliver(2)
	c.announce()
	c.ping()
	c.press(VerbOrder, "", ArgFresh)
	c.press(VerbReveal, "", "")
}

func (c *chat) deliver(count int) {
	c.codes = someCodes(count)
	c.order.Lines[0].Got, c.order.Lines[0].State = count, order.LineGot
	c.order.Status = order.Delivered
	c.note("bought", "2")
	c.note("ready", "")
	c.note("delivered", "")
}

func heldThenSettled(c *chat) {
	c.toCheckout("uc60")
	c.placed()
	c.paid(900_000)
	c.order.Status = order.Confirming
	c.announce()
	c.order.Payments[0].Ended = true
	c.order.Flags = c.order.Flags.With(order.FlagShort)
	c.hold(order.ReasonShort) // the gateway calls it paid
	c.announce()
	c.ping()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, string(c.order.Number), "")
	c.logf("to an admin:\n%s", indent(c.voice.view(AlertView(c.order))))
}

func paidTooLate(c *chat) {
	c.toCheckout("uc60")
	c.placed()
	c.order.Status = order.Expired
	c.note("expired", "")
	c.announce()
	c.ping()
	c.press(VerbPaid, "", "")
	c.press(VerbProduct, "", ArgFresh)
}

func cancelOrder(c *chat) {
	c.toCheckout("uc60")
	c.command("cancel", "")
	c.toCheckout("uc60")
	c.placed()
	c.command("cancel", "")
	c.press(VerbAsk, "", "")
	c.press(VerbStatus, "", "")
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
	c.press(VerbAsk, "", ArgPage)
	c.press(VerbOrder, "", "")
	c.order.Payments[0].Confirming = true
	c.press(VerbAsk, "", ArgPage)
	c.press(VerbOrder, "", "")
	c.order.Payments[0].Confirming = false
	c.press(VerbAsk, "", ArgPage)
	c.paid(500_000) // between the question and the answer
	c.press(VerbCancel, "", ArgPage)
	c.press(VerbCancel, "", ArgPage)
	c.command("credit", "")
}

func changeLanguage(c *chat) {
	c.command("start", "")
	c.press(VerbShop, "", "")
	c.press(VerbCategory, "infinivoucher:PUBG", "")
	c.press(VerbProduct, "infinivoucher:uc325", "")
	c.command("language", "")
	other := "ru"
	if c.voice.lang == "ru" {
		other = "en"
	}
	c.press(VerbLanguage, "", other)
	c.text("3")
	c.env.Person.Language = "de"
	c.command("help", "")
}

func soldOut(c *chat) {
	c.command("shop", "")
	c.press(VerbCategory, "infinivoucher:PUBG", "")
	c.press(VerbProduct, "infinivoucher:uc660", "")
	c.text("1")
	c.press(VerbCategory, "", "")
	c.press(VerbProduct, "infinivoucher:uc325", "")
	c.text("3")
	c.goods.change("uc325", func(p *catalog.Product) { p.Stock = 2 })
	c.press(VerbCheckout, "", "")
	c.press(VerbCheckout, "", "")
	c.goods.change("uc325", func(p *catalog.Product) { p.Stock = 0 })
	c.press(VerbPlace, "", "")
	delete(c.goods.products, "infinivoucher:uc325")
	c.text("1")
}

func refusals(c *chat) {
	for _, code := range []order.Code{
		order.CodeSupply, order.CodeTooMany, order.CodeStock, order.CodeInvalid, order.CodeClosed, order.CodePaused, order.CodeStale, order.CodeUnclear,
	} {
		c.answer = c.desk
		c.toCheckout("uc60")
		c.answer = func(i Intent) Result { return OrderResult{Intent: i, Code: code} }
		c.press(VerbPlace, "", "")
	}
	c.answer = c.desk
	c.press(VerbPlace, "", "")
}

func myOrders(c *chat) {
	c.command("orders", "")
	c.answer = func(i Intent) Result {
		list, ok := i.(ListOrders)
		if !ok {
			return c.desk(i)
		}
		var all []order.Order
		statuses := order.Statuses()
		for at, status := range statuses {
			p, _ := c.goods.Product("infinivoucher:uc60")
			o := newOrder(p, at+1)
			o.Number = number("3F7KQW2M" + string("0123456789ABC"[at]))
			o.Status, o.Lines[0].Got = status, at+1
			all = append(all, o)
		}
		end := min(list.Offset+list.Limit, len(all))
		return OrdersResult{Orders: all[min(list.Offset, end):end], Total: len(all), Offset: list.Offset}
	}
	c.command("orders", "")
	c.label(c.voice.text(t("b.next")))
	c.forge(Action{Verb: VerbOrders, N: 99})
	c.press(VerbOrder, "", "")
}

func wrongInput(c *chat) {
	c.text("hello")
	c.sticker()
	c.command("topup", "")
	c.command("shop", "")
	c.text("pubg")
	c.press(VerbCategory, "infinivoucher:PUBG", "")
	c.press(VerbProduct, "infinivoucher:uc60", "")
	for _, text := range []string{"five", "0", "-3", "2.5", "999999999999999999999", "101", " x3 "} {
		c.text(text)
	}
	c.sticker()
	c.press(VerbProduct, "", ArgTyping)
	c.text("1")
	c.label("−")
	c.label(c.voice.text(t("b.max", "most", 100)))
	c.label("+")
}

func oldButtons(c *chat) {
	c.command("start", "")
	c.forge(Action{Verb: "??"})
	c.forge(Action{Verb: VerbProduct, ID: "infinivoucher:gone", N: 1})
	c.forge(Action{Verb: VerbCategory, ID: "infinivoucher:gone"})
	c.forge(Action{Verb: VerbCheckout, ID: "infinivoucher:gone", N: 1})
	c.forge(Action{Verb: VerbLanguage, Arg: "xx"})
	c.forge(Action{Verb: VerbOrder, ID: "not a number"})
	c.forge(Action{Verb: VerbOrder, ID: string(number("3F7KQW2MZ"))})
	c.forge(Action{Verb: VerbReveal, ID: string(number("3F7KQW2MZ"))})
	c.toCheckout("uc60")
	c.forge(Action{Verb: VerbPlace, ID: string(number("3F7KQW2MZ")), Arg: "infini"})
	c.toCheckout("uc60")
	c.forge(Action{Verb: VerbPlace, ID: string(c.env.Draft), Arg: "other"})
	c.toCheckout("uc60")
	old := Action{Verb: VerbPlace, ID: string(c.env.Draft), Arg: "infini"}
	c.placed()
	c.forge(old)
}

func readInfo(c *chat) {
	for _, name := range []string{"help", "terms", "privacy", "paysupport"} {
		c.command(name, "")
	}
	c.env.Shop.SupportURL = ""
	c.command("paysupport", "")
	c.logf("commands:")
	for _, command := range Commands() {
		c.logf("    /%s - %s", command.Name, c.voice.text(command.Text))
	}
	c.logf("in a group:\n%s", indent(c.voice.view(GroupView("https://t.me/shop_bot"))))
	c.logf("when something failed:\n%s", indent(c.voice.view(TroubleView())))
}

func manyCodes(c *chat) {
	p, _ := c.goods.Product("infinivoucher:uc60")
	c.order = newOrder(p, 23)
	c.deliver(23)
	c.announce()
	c.label(c.voice.text(t("b.next")))
	c.label(c.voice.text(t("b.next")))
	c.forge(Action{Verb: VerbCodes, ID: string(c.order.Number), N: 99})
}

func belowTheMinimum(c *chat) {
	c.command("start", "p_infinivoucher-uc60")
	c.press(VerbCheckout, "", "")
	c.press(VerbCheckout, "", "")
	c.env.Shop.MinOrder = 20_000_000
	c.command("start", "p_infinivoucher-steam10")
	c.press(VerbCheckout, "", "")
}

func deepLinks(c *chat) {
	c.command("start", "o_"+string(number(string(testDraft))))
	p, _ := c.goods.Product("infinivoucher:uc60")
	c.order = newOrder(p, 1)
	c.command("start", OrderLink(c.order.Number))
	c.command("start", "o_nonsense")
	c.command("start", ProductLink("infinivoucher:steam10"))
	c.command("start", "p_gone")
	c.command("start", "g_unknown")
	c.text(c.order.Number.Pretty())
	c.command("start", "")
	c.text(c.order.Number.Pretty())
}

func priceChanges(c *chat) {
	c.toCheckout("uc60")
	c.goods.change("uc60", func(p *catalog.Product) { p.Price = 990_000 })
	c.press(VerbPlace, "", "")
	c.answer = func(i Intent) Result {
		c.goods.change("uc60", func(p *catalog.Product) { p.Price = 1_000_000 })
		return OrderResult{Intent: i, Code: order.CodePrice}
	}
	c.press(VerbPlace, "", "")
	c.answer = func(i Intent) Result { return OrderResult{Intent: i, Code: order.CodePrice} }
	c.press(VerbPlace, "", "")
	c.answer = c.desk
	c.placed()
}

// everyReason shows what buyer and admin read for each reason an order waits.
func everyReason(c *chat) {
	for _, reason := range reasons() {
		p, _ := c.goods.Product("infinivoucher:uc60")
		c.order = newOrder(p, 2)
		c.order.Status, c.order.Reason, c.order.Flags = order.Fulfilling, reason, order.Flags{order.FlagHeld}
		switch reason {
		case order.ReasonInvoice, order.ReasonCurrency:
			c.order.Status = order.AwaitingPayment
		case order.ReasonFewer:
			c.paid(c.order.Total)
			c.deliver(1)
		case order.ReasonTwice, order.ReasonGoods, order.ReasonGoodsTwice:
			c.paid(c.order.Total)
			c.deliver(2)
		default:
			c.paid(c.order.Total)
		}
		c.logf("== %s", reason)
		c.announce()
		c.logf("to an admin:\n%s", indent(c.voice.view(AlertView(c.order))))
	}
}
