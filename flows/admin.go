package flows

import (
	"slices"
	"strings"
	"time"

	"giftbot/order"
)

// What only admins see: the queue, any order with everything about it, its
// money, what we have at the vendors, the sales switch. For anybody else an
// admin's command is an unknown command and an admin's button an old one. The
// right is asked for at every input, and once more by edge and engine.

// verbAdmin is every button of an admin. ID is an order number or one of the
// pages below, Arg says what to do there, N is a page or a question's mark.
const verbAdmin Verb = "0"

// The pages of admins that are no order's, in ID.
const (
	pageBalances = "b" // N: page
	pageQueue    = "q" // N: page
	pageSales    = "s" // Arg: on, off or yes
)

// What an admin's button on an order does, in Arg: one of these or an AdminVerb.
// "" shows the order, ArgFresh does so in a new message.
const (
	argHistory     = "h"  // N: page
	argRefund      = "r"  // how its money can go back
	argRefundFresh = "rn" // the same in a new message
	argToCredit    = "k"  // to the buyer's credit
	argToWallet    = "w"  // to their wallet, by the gateway behind a colon
	argOtherSum    = "m"  // another sum than everything
	argThisSum     = "d"  // the sum that was proposed
	argYes         = "y"  // N: mark of the question
	argSalesOn     = "on"
	argSalesOff    = "off"
)

// The screens of admins. They all begin like this.
const (
	adminScreens = "0"

	screenBalances  Screen = "0b"
	screenQueue     Screen = "0q"
	screenAskOrder  Screen = "0n" // asked for an order number; Way says what for
	screenDesk      Screen = "0o" // everything about Session.Number
	screenHistory   Screen = "0h"
	screenRefund    Screen = "0r" // how the money of Session.Number can go back
	screenDeskSum   Screen = "0m" // asked for a sum; Way says what for
	screenDeskWhy   Screen = "0w" // asked for a reason
	screenDeskSure  Screen = "0y" // asked whether to do it
	screenApprove   Screen = "0a" // asked for the order number: approves a payout
	screenApproving Screen = "0v" // it was typed: looks once more
	screenSales     Screen = "0s"
	screenSalesOff  Screen = "0f" // asked whether to stop all sales
	screenResume    Screen = "0p" // asked for a product
)

// answerTime is how long a question about money may be answered.
const answerTime = 5 * time.Minute

// adminCommands are the commands that only admins have.
func adminCommands() []string {
	return []string{"balances", "queue", "order", "refund", "sales", "resume"}
}

// ForAdmins reports whether an input is a command or a button that only admins
// have, whoever sent it.
func ForAdmins(in Input) bool {
	return in.Action != nil && in.Action.Verb == verbAdmin || slices.Contains(adminCommands(), strings.ToLower(in.Command))
}

// byAdmin reports whether an admin speaks.
func (c *turn) byAdmin() bool { return c.env.Person.Admin }

// atDesk reports whether the session rests on a screen of admins.
func (c *turn) atDesk() bool { return strings.HasPrefix(string(c.s.Screen), adminScreens) }

// bar takes a screen of admins from a person who is none, or not any more.
func (c *turn) bar() {
	if c.atDesk() && !c.byAdmin() {
		c.goTo(ScreenHome)
	}
}

// adminCommand works on a command of admins, and reports whether it was one.
func (c *turn) adminCommand(name, argument string) bool {
	if !c.byAdmin() || !slices.Contains(adminCommands(), name) {
		return false
	}
	argument = strings.TrimSpace(argument)
	switch name {
	case "balances":
		c.balances(0)
	case "queue":
		c.queue(0)
	case "order":
		c.orderCommand(argument)
	case "refund":
		c.refundCommand(argument)
	case "sales":
		c.salesCommand(strings.ToLower(argument))
	case "resume":
		c.resume(argument)
	default:
		return false
	}
	return true
}

// adminPressed is a button of an admin.
func (c *turn) adminPressed(a Action) {
	switch {
	case !c.byAdmin():
		c.oldButton()
	case a.ID == pageBalances:
		c.balances(a.N)
	case a.ID == pageQueue:
		c.queue(a.N)
	case a.ID == pageSales:
		c.salesPressed(a)
	default:
		c.deskPressed(a)
	}
}

// deskPressed is a button on an order.
func (c *turn) deskPressed(a Action) {
	number, err := order.ParseNumber(a.ID)
	if err != nil {
		c.oldButton()
		return
	}
	switch what, gateway, _ := strings.Cut(a.Arg, ":"); what {
	case "", ArgFresh:
		c.load(screenDesk, number)
	case argHistory:
		c.load(screenHistory, number)
		c.s.Page = min(max(a.N, 0), farthestPage)
	case argRefund, argRefundFresh:
		c.s.Send = c.s.Send || what == argRefundFresh
		c.load(screenRefund, number)
	case argToCredit, argToWallet:
		c.refundBy(number, what, gateway)
	case argOtherSum, argThisSum:
		c.sumPressed(number, what)
	case argYes:
		c.sure(number, a.N)
	default:
		c.decideOn(number, AdminVerb(what), a.N)
	}
}

// adminTyped is a text on a screen of admins. It reports whether it was an
// answer there.
func (c *turn) adminTyped(in Input) bool {
	if !c.byAdmin() || !c.atDesk() || in.Other {
		return false
	}
	text := strings.TrimSpace(in.Text)
	number, err := order.ParseNumber(text)
	switch {
	case c.s.Screen == screenDeskSum:
		c.typedSum(text)
	case c.s.Screen == screenDeskWhy:
		c.typedWhy(text)
	case c.s.Screen == screenApprove:
		c.typedApproval(number, err == nil)
	case c.s.Screen == screenResume:
		c.resume(text)
	case c.s.Screen == screenAskOrder:
		c.typedNumber(text)
	case err == nil:
		c.load(screenDesk, number)
	default:
		return false
	}
	return true
}

// adminAgain shows a screen of admins once more, and reports whether it was one.
func (c *turn) adminAgain() bool {
	if !c.byAdmin() || !c.atDesk() {
		return false
	}
	switch c.s.Screen {
	case screenBalances:
		c.balances(c.s.Page)
	case screenQueue:
		c.queue(c.s.Page)
	case screenAskOrder:
		c.askOrder(c.s.Way, Text{})
	case screenDeskWhy:
		c.askWhy(Text{})
	case screenSales:
		c.sales()
	case screenSalesOff:
		c.show(c.salesOffView())
	case screenResume:
		c.askResume(Text{})
	case screenApproving:
		c.s.Screen = screenApprove
		c.reload()
	default:
		c.reload()
	}
	return true
}

// adminResult takes the answer to an intent of admins, and reports whether it
// was one.
func (c *turn) adminResult(r Result) bool {
	switch r := r.(type) {
	case BalancesResult:
		c.onlyAdmin(func() { c.showBalances(r) })
	case QueueResult:
		c.onlyAdmin(func() { c.showQueue(r) })
	case SalesResult:
		c.onlyAdmin(func() { c.showSales(r) })
	case AdminOrderResult:
		c.onlyAdmin(func() { c.looked(r) })
	default:
		return false
	}
	return true
}

// onlyAdmin shows a result to an admin, and the first screen to anybody else.
func (c *turn) onlyAdmin(show func()) {
	if !c.byAdmin() {
		c.home()
		return
	}
	show()
}

// load asks for an order, to be shown as the screen says.
func (c *turn) load(screen Screen, number order.Number) {
	c.onOrder(screen, number)
	c.reload()
}

// reload asks for the order on the screen; what was answered stays.
func (c *turn) reload() { c.ask(AdminOrder{Number: c.s.Number}) }

// looked takes an order, for whatever the screen is about.
func (c *turn) looked(r AdminOrderResult) {
	switch i := r.Intent.(type) {
	case AdminResume:
		c.resumed(i, r.Code)
		return
	case AdminDo:
		c.done(i, r)
		return
	}
	switch {
	case r.Order.Number == "":
		c.notThere(r.Code)
		return
	case r.Code != "": // what is not complete is looked at, and nothing more
		c.card(r, unreadText(r))
		return
	}
	c.s.Number = r.Order.Number
	switch c.s.Screen {
	case screenHistory:
		c.showHistory(r.Order)
	case screenRefund:
		c.showRefund(r)
	case screenDeskSum:
		c.askSum(r, Text{})
	case screenDeskWhy:
		c.askReason(r)
	case screenDeskSure:
		c.askSure(r)
	case screenApprove:
		c.askApproval(r)
	case screenApproving:
		c.approve(r)
	default:
		c.card(r, Text{})
	}
}

// notThere says that an order could not be shown.
func (c *turn) notThere(code order.Code) {
	switch code {
	case order.CodeMissing, "":
		number := c.s.Number
		c.goTo(screenQueue)
		c.show(deskHint("", t("admin.missing", "number", number)))
	case order.CodeDenied:
		c.show(deskHint("", t("admin.denied")))
	default:
		c.show(deskHint(c.s.Number, t("admin.not_read")))
	}
}

// unreadText says what of an order could not be read.
func unreadText(r AdminOrderResult) Text {
	if p, _, open := r.Order.OpenPayout(); open && p.Network != "" && r.Address == "" {
		return t("admin.no_address")
	}
	return t("admin.not_read")
}

// deskHint is a short answer to an admin, with the ways on.
func deskHint(number order.Number, saying Text) View {
	v := View{Blocks: []Text{saying}}
	if number != "" {
		v.Keyboard = append(v.Keyboard, row(button(t("b.open_order"), verbAdmin, string(number), "", 0)))
	}
	v.Keyboard = append(v.Keyboard, deskRow())
	return v
}

// deskRow is the way home below a screen of admins.
func deskRow(before ...Button) []Button {
	return homeRow("", append(before, button(t("admin.b_queue"), verbAdmin, pageQueue, "", 0))...)
}

// deskPager is the row that turns the pages of a list of admins.
func deskPager(id, arg string, page, items, size int) [][]Button {
	keys := pager(verbAdmin, id, page, items, size)
	for _, row := range keys {
		for _, b := range row {
			b.Do.Arg = arg
		}
	}
	return keys
}

// topped puts a word above a view when there is one.
func topped(v View, saying Text) View {
	if saying.Key != "" {
		v.Blocks = slices.Insert(slices.Clone(v.Blocks), 0, saying)
	}
	return v
}

// longText is a length of time in words, in days when it is that long.
func longText(d time.Duration) Text {
	if d >= 48*time.Hour {
		return n("admin.days", int(d/(24*time.Hour)))
	}
	return spanText(max(d, 0))
}
