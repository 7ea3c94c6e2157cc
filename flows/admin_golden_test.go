package flows

import (
	"strconv"
	"testing"
	"time"

	"giftbot/order"
)

// adminJourneys are the conversations of EXPERIENCE.md (Admin) that this shop
// has now. Each is played in every language.
func adminJourneys() map[string]func(*testing.T, string) *chat {
	return map[string]func(*testing.T, string) *chat{
		"admin-balances": adminBalances,
		"admin-queue":    adminQueue,
		"admin-order":    adminCard,
		"admin-refund":   adminRefund,
		"admin-wallet":   adminWallet,
		"admin-sums":     adminSums,
		"admin-approve":  adminApprove,
		"admin-payout":   adminUnclearPayout,
		"admin-confirm":  adminConfirm,
		"admin-goods":    adminGoods,
		"admin-close":    adminClose,
		"admin-refused":  adminRefused,
		"admin-expired":  adminExpired,
		"admin-sales":    adminSales,
		"admin-resume":   adminResume,
		"admin-alerts":   adminAlerts,
		"admin-stranger": adminStranger,
		"admin-credit":   adminCreditPayout,
	}
}

func TestAdminTranscripts(t *testing.T) {
	for name, play := range adminJourneys() {
		for _, lang := range []string{"en", "ru"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				play(t, lang).golden(name + "." + lang)
			})
		}
	}
}

func adminBalances(t *testing.T, lang string) *chat {
	d := newDesk(paidOrder())
	d.balances = BalancesResult{Vendors: []VendorBalance{
		{Vendor: "infinivoucher", Kept: true, Books: 412_500_000, Holdings: []HoldingView{{Account: "infinivoucher", Asset: "USDT", Amount: "412.5", Needed: 9_400_000, Covers: 83}}},
		{Vendor: "plexy", Kept: true, Books: 80 * dollar, Off: -2 * dollar, Holdings: []HoldingView{{Account: "plexy:USD", Asset: "USD", Amount: "78", Covers: 1}, {Account: "plexy:EUR", Asset: "EUR", Amount: "0", Covers: 0}}},
		{Vendor: "univoucher", Slow: true, Holdings: []HoldingView{{Account: "8453", Asset: "USDC", Chain: "Base", Amount: "120.000001", Covers: -1}}},
		{Vendor: "inventpay", Failed: true},
		{Vendor: "infini"},
	}}
	c := d.seat(t, lang, olga)
	c.command("balances", "")
	d.balances.Sales = order.Sales{Off: true, By: boris, At: order.At(start)}
	c.act("")
	for i := range 60 {
		d.balances.Vendors[2].Holdings = append(d.balances.Vendors[2].Holdings, HoldingView{Account: strconv.Itoa(i), Asset: "USDT", Chain: "Chain " + strconv.Itoa(i), Amount: "1", Covers: -1})
	}
	c.label(c.voice.text(t2("admin.b_refresh")))
	c.label(c.voice.text(t2("b.next")))
	d.balances = BalancesResult{Code: order.CodeUnclear}
	c.command("balances", "")
	d.balances = BalancesResult{}
	c.command("balances", "")
	return c
}

// t2 is t where a test's own t hides it.
func t2(key string) Text { return Text{Key: key} }

func adminQueue(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	short := shortOrder()
	heldFor(&short, order.ReasonLate)
	d.queue = nil
	for at := range 7 {
		o := d.order
		if at%2 == 1 {
			o = short
		}
		o.Number = number("3F7KQW2M" + string("0123456789"[at]))
		d.queue = append(d.queue, o)
	}
	c := d.seat(t, lang, olga)
	c.command("queue", "")
	c.label(c.voice.text(t2("b.next")))
	c.forge(Action{Verb: verbAdmin, ID: pageQueue, N: 99})
	d.order = d.queue[0]
	c.act("")
	c.label(c.voice.text(t2("admin.b_queue")))
	d.queue = nil
	c.label(c.voice.text(t2("admin.b_refresh")))
	return c
}

func adminCard(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	c.command("order", "")
	c.text("12345")
	c.sticker()
	c.text(string(number("3F7KQW2MZ")))
	c.command("order", "3F7KQ-W2M9X")
	c.command("order", d.order.Number.Pretty())
	c.act(string(AdminLook))
	for range 20 {
		happened(&d.order, "received", "0.10", 0)
	}
	happened(&d.order, "by_hand", "1.00 · seen on <chain>", boris)
	happened(&d.order, "address", "bsc-usdt", d.order.Buyer)
	happened(&d.order, "something new", "x", 0)
	c.label(c.voice.text(t2("admin.b_refresh")))
	c.act(argHistory)
	c.label(c.voice.text(t2("b.next")))
	c.label(c.voice.text(t2("b.back")))
	c.command("order", "oops")
	c.text(string(d.order.Number))
	return c
}

func adminRefund(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	c.command("refund", "")
	c.text(string(d.order.Number))
	c.act(argOtherSum)
	c.text("100")
	c.text("4.4")
	c.act(argToCredit)
	c.text("   ")
	c.text("the supplier is out of stock")
	c.act(argYes)
	c.command("refund", d.order.Number.Pretty()+" 100")
	c.act(argToCredit)
	c.text("the rest")
	c.label(c.voice.text(t2("admin.b_no")))
	c.act(argRefund)
	c.act(argToCredit)
	c.text("the rest")
	c.act(argYes)
	c.command("refund", string(d.order.Number))
	return c
}

func adminWallet(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	c.command("refund", string(d.order.Number))
	c.act(argToWallet + ":inventpay")
	c.text("asked for <USDT>")
	c.act(argYes)
	c.command("refund", string(d.order.Number))
	d.order, d.payers = failedOrder(order.ReasonStock), nil
	c.command("refund", string(d.order.Number))
	d.order = unclearOrder()
	c.command("refund", string(d.order.Number))
	d.order = adminOrder()
	c.command("refund", string(d.order.Number))
	d.order = shortOrder()
	c.command("refund", string(d.order.Number)+" 1")
	return c
}

func adminSums(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	id := string(d.order.Number)
	for _, sum := range []string{"0", "-1", "0.0000001", "0.123456789012345678901234567890", "abc", "1e3", "1,5", "$5", "5.", ".5", "1 2", "９"} {
		c.command("refund", id+" "+sum)
	}
	c.command("refund", id+" 0.000001")
	c.command("refund", id+" 9.40")
	c.command("refund", id+" 9.400001")
	c.command("refund", "nonsense 5")
	return c
}

func adminApprove(t *testing.T, lang string) *chat {
	d := newDesk(payoutOrder(t))
	d.approvals = 2
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	c.text("yes")
	c.text(string(number("3F7KQW2MZ")))
	c.text(d.order.Number.Pretty())
	c.forge(Action{Verb: verbAdmin, ID: string(d.order.Number), Arg: string(AdminApprove)})
	other := d.seat(t, lang, boris)
	other.logf("%s== another admin", c.log.String())
	other.command("order", string(d.order.Number))
	other.act(string(AdminApprove))
	other.text(string(d.order.Number))
	other.logf("decided: %d", len(d.decided))
	return other
}

func adminUnclearPayout(t *testing.T, lang string) *chat {
	d := newDesk(unclearPayout(t))
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminStayed))
	c.label(c.voice.text(t2("b.back")))
	c.act(string(AdminLeft))
	c.text("seen on the chain")
	c.act(argYes)
	d.order = unclearPayout(t)
	c.command("order", string(d.order.Number))
	c.act(string(AdminStayed))
	c.text("cancelled there")
	c.act(argYes)
	d.order = payoutOrder(t)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	c.act(string(AdminRefuse))
	c.text("wrong person")
	c.act(argYes)
	return c
}

func adminConfirm(t *testing.T, lang string) *chat {
	d := newDesk(shortOrder())
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminConfirm))
	c.text("a lot")
	c.text("1.25")
	c.text("sent by hand")
	c.act(argYes)
	c.act(string(AdminConfirm))
	c.act(argThisSum)
	c.text("the rest came as well")
	c.act(argYes)
	return c
}

func adminGoods(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonLoss))
	d.order.Lines[0].Asks = 5_300_000
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminAnyway))
	c.text("a good customer")
	c.act(argYes)
	d.order = failedOrder(order.ReasonFunds)
	c.command("order", string(d.order.Number))
	c.act(string(AdminAgain))
	d.order = unclearOrder()
	c.command("order", string(d.order.Number))
	c.act(string(AdminNotBought))
	c.text("not in their list")
	c.act(argYes)
	return c
}

func adminClose(t *testing.T, lang string) *chat {
	o := paidOrder()
	o.Lines[0].State, o.Lines[0].Got, o.Lines[0].Paid, o.Status = order.LineGot, 2, 4_000_000, order.Delivered
	heldFor(&o, order.ReasonGoods)
	d := newDesk(o)
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminClose))
	c.text("compared with the supplier")
	c.act(argYes)
	return c
}

func adminRefused(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	for _, code := range []order.Code{
		order.CodeBusy, order.CodeEvent, order.CodeInvalid, order.CodeCredit, order.CodeClosed, order.CodeDenied,
		order.CodeMissing, order.CodeTooSmall, order.CodeTooSoon, order.CodeUnclear,
	} {
		d.refuse = code
		c.logf("== %s", code)
		c.command("refund", string(d.order.Number)+" 1")
		c.act(argToCredit)
		c.text("why not")
		c.act(argYes)
	}
	d.refuse = order.CodeInvalid
	c.act(string(AdminAgain))
	return c
}

func adminExpired(t *testing.T, lang string) *chat {
	d := newDesk(failedOrder(order.ReasonStock))
	c := d.seat(t, lang, olga)
	c.command("refund", string(d.order.Number))
	c.act(argToCredit)
	c.text("too slow")
	c.pass(5*time.Minute + time.Second)
	c.act(argYes)
	c.command("sales", "off")
	c.pass(6 * time.Minute)
	c.act(argYes)
	d.order = payoutOrder(t)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	c.pass(301 * time.Second)
	c.text(string(d.order.Number))
	c.logf("decided: %d", len(d.decided))
	return c
}

func adminSales(t *testing.T, lang string) *chat {
	d := newDesk(paidOrder())
	c := d.seat(t, lang, olga)
	c.command("sales", "")
	c.act(argSalesOff)
	c.label(c.voice.text(t2("b.back")))
	c.command("sales", "OFF")
	c.act(argYes)
	c.command("sales", "maybe")
	c.command("sales", "")
	c.act(argSalesOn)
	c.command("sales", "on")
	return c
}

func adminResume(t *testing.T, lang string) *chat {
	d := newDesk(paidOrder())
	c := d.seat(t, lang, olga)
	c.command("resume", "")
	c.text("two words")
	c.text(steam)
	c.command("resume", "plexy:gone<b>")
	c.answer = func(i Intent) Result { return AdminOrderResult{Intent: i, Code: order.CodeUnclear} }
	c.command("resume", steam)
	return c
}

// adminAlerts shows the alerts of payouts, and of an order that is not held any
// more; their buttons answer below, and the alert stays.
func adminAlerts(t *testing.T, lang string) *chat {
	o := payoutOrder(t)
	d := newDesk(o)
	c := d.seat(t, lang, olga)
	alert := func(o order.Order) {
		v := AlertView(o)
		c.messages = append(c.messages, message{view: v})
		c.show("sends", len(c.messages), v, false)
	}
	alert(o)
	for _, r := range []order.Reason{order.ReasonPayoutCap, order.ReasonPayoutUnclear, order.ReasonPayoutRefused} {
		o.Reason = r
		alert(o)
	}
	o = d.order
	o.Flags, o.Doubts, o.Reason = nil, nil, ""
	alert(o)
	c.press(verbAdmin, "", ArgFresh)
	d.order = failedOrder(order.ReasonStock)
	alert(d.order)
	c.press(verbAdmin, "", argRefundFresh)
	return c
}

// adminStranger is a buyer who knows the admins' commands and buttons.
func adminStranger(t *testing.T, lang string) *chat {
	c := newChat(t, lang)
	for _, name := range []string{"balances", "queue", "order", "refund", "sales", "resume", "nonsense"} {
		c.command(name, string(testDraft))
	}
	id := string(number(string(testDraft)))
	c.forge(Action{Verb: verbAdmin, ID: id})
	c.forge(Action{Verb: verbAdmin, ID: id, Arg: argYes})
	c.forge(Action{Verb: verbAdmin, ID: pageSales, Arg: argSalesOn})
	c.session.Screen = screenDeskWhy
	c.text("because")
	return c
}

func adminCreditPayout(t *testing.T, lang string) *chat {
	d := newDesk(creditPayout(t))
	c := d.seat(t, lang, olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	c.text(string(d.order.Number))
	return c
}
