package flows

import (
	"strings"
	"testing"
	"time"

	"giftbot/order"
)

// moneyJourneys are the conversations about money: a payment that is short, the
// credit, and what goes to a wallet.
func moneyJourneys() map[string]func(*chat) {
	return map[string]func(*chat){
		"short-rest":      shortThenRest,
		"short-credit":    shortToCredit,
		"credit":          myCredit,
		"credit-checkout": checkoutOnCredit,
		"credit-less":     creditGoneMeanwhile,
		"payout":          creditToWallet,
		"payout-wrong":    wrongWallets,
		"payout-order":    refundToWallet,
		"payout-ends":     payoutEnds,
		"take-credit":     doNotWait,
		"money-rows":      everyRow,
	}
}

func TestMoneyTranscripts(t *testing.T) {
	for name, play := range moneyJourneys() {
		for _, lang := range []string{"en", "ru"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				c := newChat(t, lang)
				c.env.Shop.Gateways = append(c.env.Shop.Gateways, Gateway{Name: "inventpay", Label: GatewayLabel("inventpay"), Least: dollar})
				c.networks, c.credit.Payouts = someNetworks(), true
				play(c)
				c.golden(name + "." + lang)
			})
		}
	}
}

// short brings a placed order to a payment that is short.
func (c *chat) short(amount order.Money) {
	c.toCheckout("uc60")
	c.placed()
	c.order.Status = order.Confirming
	c.note("confirming", "")
	c.paid(amount)
	c.order.Flags = c.order.Flags.With(order.FlagShort)
	c.note("short", c.order.Missing().String())
	c.announce()
	c.ping()
}

func shortThenRest(c *chat) {
	c.short(800_000)
	c.order.Payments[0].Ended = true // short and closed
	c.announce()
	c.press(VerbPayBy, "", "")
	c.press(VerbStatus, "", "")
	c.press(VerbPayBy, "", "")
	old := Action{Verb: VerbPayBy, ID: string(c.order.Number), Arg: "inventpay"}
	c.press(VerbPayBy, "", "inventpay")
	c.announce()
	c.forge(old)
	c.order.Payments[1].State, c.order.Payments[1].URL = order.PaymentOpen, "https://pay.example/rest"
	c.announce()
	c.order.Payments[1].Confirming = true
	c.announce()
	c.order.Payments[1].Confirming = false
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
	c.press(VerbPayBy, "", "")
	c.press(VerbPayBy, "", order.CreditGateway)
	c.credit.Balance = dollar / 10
	c.press(VerbPayBy, "", "")
	c.press(VerbPayBy, "", order.CreditGateway)
	c.credit.Balance = 5 * dollar
	c.press(VerbPayBy, "", "")
	c.press(VerbPayBy, "", order.CreditGateway)
	c.forge(Action{Verb: VerbPayBy, ID: string(c.order.Number), Arg: order.CreditGateway})
	c.announce()
}

func shortToCredit(c *chat) {
	c.short(1_000_000)
	c.press(VerbTake, "", "")
	c.press(VerbStatus, "", "")
	c.press(VerbTake, "", "")
	c.press(VerbCancel, "", "")
	c.announce()
	c.ping()
	c.forge(Action{Verb: VerbTake, ID: string(c.order.Number), N: 1})
	c.command("credit", "")
	c.press(VerbOrder, "", "")
}

func myCredit(c *chat) {
	c.command("start", "")
	c.press(VerbCredit, "", "")
	p, _ := c.goods.Product("infinivoucher:uc60")
	c.order = newOrder(p, 1)
	for i := range 8 {
		c.order.Number = number("3F7KQW2M" + string("0123456789"[i]))
		c.move("credit/5", order.Money(i+1)*dollar)
	}
	c.order.Number = number(string(testDraft))
	c.move("p1/credit", -3*dollar)
	c.move("gift/7", dollar/2)
	c.move("taken", -dollar/4)
	c.command("credit", "")
	c.label(c.voice.text(t("b.next")))
	c.forge(Action{Verb: VerbCredit, N: 99})
	c.credit.Movements[0].Number, c.credit.Payouts = "", false
	c.command("credit", "")
	c.press(VerbOrder, "", "")
	c.answer = func(Intent) Result { return CreditResult{Code: order.CodeUnclear} }
	c.command("credit", "")
}

func checkoutOnCredit(c *chat) {
	c.credit.Balance = dollar / 2
	c.toCheckout("uc60")
	c.label(c.voice.text(t("b.use_credit", "amount", c.credit.Balance)))
	c.press(VerbSpend, "", "")
	c.label(c.voice.text(t("b.use_credit", "amount", c.credit.Balance)))
	old := Action{Verb: VerbSpend, ID: string(c.env.Draft), N: 1}
	c.press(VerbPlace, "", "infini")
	c.announce()
	c.order.Payments[1].State, c.order.Payments[1].URL = order.PaymentOpen, "https://pay.example/abc"
	c.announce()
	c.press(VerbAsk, "", "")
	c.forge(old)
	c.credit.Balance = 10 * dollar
	c.toCheckout("uc60")
	c.press(VerbSpend, "", "")
	c.press(VerbPlace, "", order.CreditGateway)
	c.announce()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
}

func creditGoneMeanwhile(c *chat) {
	c.credit.Balance = dollar * 3 / 2
	c.toCheckout("uc60")
	c.press(VerbSpend, "", "")
	c.credit.Balance = dollar / 4
	c.answer = func(i Intent) Result {
		if _, ok := i.(PlaceOrder); ok {
			return OrderResult{Intent: i, Code: order.CodeCredit}
		}
		return c.desk(i)
	}
	c.press(VerbPlace, "", "inventpay")
	c.answer = func(i Intent) Result {
		if _, ok := i.(PlaceOrder); ok {
			return OrderResult{Intent: i, Code: order.CodeTooSmall}
		}
		return CreditResult{Code: order.CodeUnclear}
	}
	c.press(VerbPlace, "", "infini")
	c.press(VerbSpend, "", "")
	c.answer = func(i Intent) Result {
		if _, ok := i.(PlaceOrder); ok {
			return OrderResult{Intent: i, Code: order.CodeCredit}
		}
		return CreditResult{Code: order.CodeUnclear}
	}
	c.press(VerbPlace, "", "infini")
	c.press(VerbPlace, "", "infini")
	c.forge(Action{Verb: VerbPlace, ID: string(c.env.Draft), Arg: order.CreditGateway})
}

const (
	goodEVM  = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	goodTron = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
)

func creditToWallet(c *chat) {
	c.credit.Balance = 12 * dollar
	c.command("credit", "")
	c.press(VerbWallet, "", "")
	for _, text := range []string{"0.000001", "0.123456789012345678901234567890", "-5", "1e9", "", "💸", "1,000", "999999999999", "12.01", "0"} {
		c.text(text)
	}
	c.sticker()
	c.text("10")
	c.press(VerbSum, "", "")
	c.press(VerbSum, "", "")
	c.press(VerbNetwork, "inventpay/tron-usdt", "")
	c.press(VerbNetwork, "", "")
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	c.text("  " + strings.ToLower(goodEVM) + "\n")
	first := Action{Verb: VerbSend, ID: string(c.env.Draft), N: payoutMark(c.env.Now)}
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	c.env.Now = c.env.Now.Add(time.Second)
	c.text(goodEVM)
	c.env.Now = c.env.Now.Add(11 * time.Minute)
	c.press(VerbSend, "", "")
	c.forge(first) // of another screen: nothing is sent
	c.command("credit", "")
	c.press(VerbWallet, "", "")
	c.text("10")
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	c.text(goodEVM)
	c.press(VerbSend, "", "")
	c.announce()
	c.ping()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
	c.command("credit", "")
}

func wrongWallets(c *chat) {
	c.credit.Balance = 12 * dollar
	c.command("credit", "")
	c.press(VerbWallet, "", "")
	c.text("8")
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	for _, text := range []string{
		"my wallet", goodTron, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "0x000000000000000000000000000000000000dEaD",
		"0x55d398326f99059fF775485246999027B3197955", "0x5aAeb6053F3E94C9b9A09f33 669435E7Ef1BeAed", "💸", "<b>", strings.Repeat("x", 5000),
		string(number(string(testDraft))),
	} {
		c.logf("(%.60q)", text)
		c.input(Input{Text: text}, 0)
	}
	c.press(VerbNetwork, "", "")
	c.networks = c.networks[1:2]
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	c.press(VerbNetwork, "inventpay/tron-usdt", "")
	c.text("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx")
	c.text(goodTron)
	c.command("language", "")
	c.command("cancel", "")
	c.press(VerbCredit, "", "")
	c.credit.Balance = 3 * dollar
	c.press(VerbWallet, "", "")
	c.networks = nil
	c.press(VerbCredit, "", "")
	c.press(VerbWallet, "", "")
	c.forge(Action{Verb: VerbNetwork, ID: "inventpay/bsc-usdt"})
	c.forge(Action{Verb: VerbSum, N: 1})
	c.forge(Action{Verb: VerbSend, ID: "not a number", N: 5})
}

// wanted brings a paid order to a payout that waits for an address.
func (c *chat) wanted() {
	c.toCheckout("uc60")
	c.placed()
	c.paid(c.order.Total)
	c.order.Total = c.order.Received()
	l := &c.order.Lines[0]
	l.State, l.Credited, l.Why = order.LineFailed, c.order.Total, order.ReasonStock
	c.order.Payouts = []order.Payout{{N: 1, Gateway: "inventpay", State: order.PayoutWanted, Amount: c.order.Total, AskedAt: c.env.Now}}
	c.order.Status = order.Refunding
	c.note("payout", c.order.Total.String())
	c.note("refunding", "")
	c.announce()
	c.ping()
}

func refundToWallet(c *chat) {
	c.networks[0].Least = dollar
	c.wanted()
	c.press(VerbWallet, "", "")
	c.press(VerbNetwork, "inventpay/bsc-usdt", "")
	c.text(goodEVM)
	c.answer = func(i Intent) Result {
		if _, ok := i.(SetAddress); ok {
			return OrderResult{Intent: i, Code: order.CodeUnclear}
		}
		return c.desk(i)
	}
	c.press(VerbSend, "", "")
	c.answer = c.desk
	c.press(VerbSend, "", "")
	c.announce()
	c.press(VerbOrder, "", "")
	c.forge(Action{Verb: VerbWallet, ID: string(c.order.Number)})
	c.env.Now = c.env.Now.Add(25 * time.Hour)
	c.press(VerbOrders, "", "")
	c.press(VerbOrder, "", "")
	c.press(VerbWallet, "", "")
	for _, code := range []order.Code{order.CodeTooSoon, order.CodeTooSmall, order.CodeClosed, order.CodeInvalid, order.CodeCredit} {
		c.answer = c.desk
		c.forge(Action{Verb: VerbWallet, ID: string(c.order.Number)})
		c.press(VerbNetwork, "inventpay/bsc-usdt", "")
		c.text(goodEVM)
		c.answer = func(i Intent) Result { return OrderResult{Intent: i, Code: code} }
		c.logf("== %s", code)
		c.press(VerbSend, "", "")
	}
}

func payoutEnds(c *chat) {
	c.wanted()
	c.addressed("bsc-usdt")
	c.announce()
	p := &c.order.Payouts[0]
	c.release()
	p.State = order.PayoutApproved
	c.note("approved", p.Amount.String())
	c.announce()
	p.State = order.PayoutUnclear
	c.hold(order.ReasonPayoutUnclear)
	c.announce()
	c.release()
	p.State, p.Hash, p.Arrives = order.PayoutDone, "0xfeed", "1.58"
	c.note("paid_out", p.Amount.String())
	c.order.Status = order.Refunded
	c.note("refunded", "")
	c.announce()
	c.ping()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
	c.status = 0
	c.wanted()
	c.press(VerbDrop, "", "")
	c.press(VerbStatus, "", "")
	c.press(VerbDrop, "", "")
	c.press(VerbDrop, "", "")
	c.announce()
	c.ping()
	c.forge(Action{Verb: VerbDrop, ID: string(c.order.Number), N: 1})
}

func doNotWait(c *chat) {
	c.toCheckout("uc60")
	c.placed()
	c.paid(c.order.Total)
	c.order.Status = order.Paid
	c.note("paid", c.order.Total.String())
	c.order.Flags = c.order.Flags.With(order.FlagSupplierDown)
	c.hold(order.ReasonSupplierDown)
	c.announce()
	c.press(VerbTake, "", "")
	c.order.Lines[0].State = order.LineBuying
	c.press(VerbStatus, "", "")
	c.order.Lines[0].State = order.LineWaiting
	c.announce()
	c.press(VerbTake, "", "")
	c.order.Payments[0].Seen++
	c.press(VerbTake, "", "")
	c.press(VerbTake, "", "")
	c.forge(Action{Verb: VerbTake, ID: string(c.order.Number), N: 1})
	c.announce()
	c.ping()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
}

// moneyRow is a situation of DESIGN §3's table.
type moneyRow struct {
	name string
	make func(*order.Order)
}

// seen books what arrived on each of an order's links.
func seen(o *order.Order, sums ...order.Money) {
	for i, m := range sums {
		if i == len(o.Payments) {
			o.Payments = append(o.Payments, order.Payment{N: i + 1, Gateway: "inventpay", State: order.PaymentOpen, Asked: o.Total})
		}
		o.Payments[i].Seen = m
	}
}

func got(o *order.Order, pieces int) {
	o.Lines[0].Got, o.Lines[0].State, o.Status = pieces, order.LineGot, order.Delivered
}

// paidRows are about money that was too much, late, or came twice.
func paidRows() []moneyRow {
	return []moneyRow{
		{"over", func(o *order.Order) {
			seen(o, o.Total+dollar)
			o.Status, o.Flags, o.Returned = order.Fulfilling, order.Flags{order.FlagOver}, dollar
		}},
		{"over, held by the gateway", func(o *order.Order) {
			seen(o, o.Total+dollar)
			o.Status, o.Flags, o.Reason = order.Fulfilling, order.Flags{order.FlagHeld, order.FlagOver}, order.ReasonOver
			o.Payments[0].Kept = dollar
		}},
		{"over, delivered", func(o *order.Order) {
			seen(o, o.Total+dollar)
			got(o, 2)
			o.Flags, o.Returned = order.Flags{order.FlagOver}, dollar
		}},
		{"late and bought", func(o *order.Order) { seen(o, o.Total); o.Status, o.Flags = order.Paid, order.Flags{order.FlagLate} }},
		{"late, being confirmed", func(o *order.Order) {
			o.Payments[0].Confirming, o.Status, o.Flags = true, order.Confirming, order.Flags{order.FlagLate}
		}},
		{"late, credit", func(o *order.Order) {
			seen(o, dollar)
			o.Status, o.Flags, o.Returned = order.Expired, order.Flags{order.FlagLate}, dollar
		}},
		{"late, bought in vain", func(o *order.Order) {
			seen(o, o.Total)
			o.Status, o.Flags, o.Returned = order.Refunded, order.Flags{order.FlagLate}, o.Total
			o.Lines[0].State, o.Lines[0].Credited = order.LineFailed, o.Total
		}},
		{"twice", func(o *order.Order) {
			seen(o, o.Total, o.Total)
			got(o, 2)
			o.Flags, o.Returned = order.Flags{order.FlagTwice}, o.Total
		}},
		{"after the cancel", func(o *order.Order) {
			seen(o, o.Total)
			o.Status, o.Flags, o.Returned = order.Cancelled, order.Flags{order.FlagLate}, o.Total
		}},
		{"cancelled with credit", func(o *order.Order) {
			o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: order.CreditGateway, Seen: dollar, Asked: dollar})
			o.Status, o.Returned = order.Cancelled, dollar
		}},
		{"expired with credit", func(o *order.Order) {
			o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: order.CreditGateway, Seen: dollar, Asked: dollar})
			o.Status, o.Returned, o.Freed = order.Expired, dollar, dollar
		}},
	}
}

// goodsRows are about goods that did not come, and money that was given back.
func goodsRows() []moneyRow {
	return []moneyRow{
		{"fewer codes", func(o *order.Order) {
			seen(o, o.Total)
			got(o, 1)
			o.Lines[0].Credited, o.Returned = o.Lines[0].UnitPrice, o.Lines[0].UnitPrice
			o.Flags, o.Reason = order.Flags{order.FlagHeld}, order.ReasonFewer
		}},
		{"one line got, another failed", func(o *order.Order) {
			o.Lines = append(o.Lines, o.Lines[0])
			o.Lines[1].Name, o.Lines[1].State, o.Lines[1].Credited = "PUBG 325 UC", order.LineFailed, o.Total
			o.Total *= 2
			seen(o, o.Total)
			got(o, 2)
			o.Returned = o.Total / 2
		}},
		{"failed, a person looks", func(o *order.Order) {
			seen(o, o.Total)
			o.Status, o.Flags, o.Reason = order.Fulfilling, order.Flags{order.FlagHeld}, order.ReasonStock
			o.Lines[0].State, o.Lines[0].Why = order.LineFailed, order.ReasonStock
		}},
		{"paid by hand", func(o *order.Order) {
			o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: order.HandGateway, Seen: o.Total, Asked: o.Total})
			o.Status = order.Paid
		}},
		{"refunded by an admin", func(o *order.Order) {
			seen(o, o.Total)
			o.Status, o.Returned = order.Refunded, o.Total
			o.Lines[0].State, o.Lines[0].Credited = order.LineFailed, o.Total
		}},
		{"goods after the refund", func(o *order.Order) {
			seen(o, o.Total)
			got(o, 2)
			o.Status, o.Lines[0].Got, o.Returned = order.Refunded, 2, o.Total
			o.Flags, o.Reason = order.Flags{order.FlagHeld}, order.ReasonGoodsTwice
		}},
		{"surplus given back by the gateway", func(o *order.Order) {
			seen(o, o.Total+dollar)
			got(o, 2)
			o.Payouts = []order.Payout{{N: 1, Gateway: "infini", State: order.PayoutDone, Amount: dollar}}
		}},
		{"payout refused", func(o *order.Order) {
			seen(o, o.Total)
			o.Status, o.Returned = order.Refunded, o.Total
			o.Lines[0].State, o.Lines[0].Credited = order.LineFailed, o.Total
			o.Payouts = []order.Payout{{N: 1, Gateway: "infini", State: order.PayoutDropped, Amount: o.Total, Network: "bsc-usdt", Coin: "USDT"}}
			o.Flags, o.Reason = order.Flags{order.FlagHeld}, order.ReasonPayoutRefused
		}},
	}
}

// everyRow shows what a buyer reads in every row of DESIGN §3's table.
func everyRow(c *chat) {
	for _, row := range append(paidRows(), goodsRows()...) {
		p, _ := c.goods.Product("infinivoucher:uc60")
		c.order, c.codes = newOrder(p, 2), someCodes(2)
		c.opened()
		row.make(&c.order)
		c.logf("== %s", row.name)
		c.announce()
		c.ping()
	}
	c.order = order.Order{Number: number(string(testDraft)), Buyer: 1001, Status: order.Refunding, Total: dollar, CreatedAt: c.env.Now}
	c.order.Timeline = []order.Moment{
		{At: c.env.Now, What: "payout_asked"}, {At: c.env.Now, What: "by_hand", Note: "1.50 · saw it at the bank", By: 77},
		{At: c.env.Now, What: "again", Note: "secret reason", By: 77}, {At: c.env.Now, What: "given_up", By: 77}, {At: c.env.Now, What: "closed", Note: "x", By: 77},
		{At: c.env.Now, What: "fell", Note: "0.10"}, {At: c.env.Now, What: "over", Note: "2.00"}, {At: c.env.Now, What: "twice", Note: "3.00"},
		{At: c.env.Now, What: "credited", Note: "3.00 · goodwill", By: 77}, {At: c.env.Now, What: "payout_refused", Note: "FAILED", By: 77},
	}
	c.logf("== words of the timeline\n%s", indent(c.voice.view(pageView(c.env, c.order))))
}
