package flows

import (
	"strconv"
	"strings"

	"giftbot/order"
)

// A decision is made in steps: the button, a sum where there is one, a reason,
// and a last question that names it all. The last question ends after
// answerTime, and only the one on the screen can be answered.

// Reasons stay in the order's timeline, and until then in the session.
const (
	reasonLimit = 90  // characters
	reasonRoom  = 200 // bytes of JSON
)

// decideOn starts a decision about an order. Two of them need no question: no
// money moves by them that the buyer did not pay for these goods.
// seen is what had happened to the order on the button's screen, 0 on an older one.
func (c *turn) decideOn(number order.Number, verb AdminVerb, seen int) {
	switch verb {
	case AdminLook, AdminAgain:
		c.onOrder(screenDesk, number)
		c.ask(AdminDo{What: verb, Decision: order.Decision{Number: number}})
	case AdminApprove:
		c.load(screenApprove, number)
	case AdminConfirm:
		c.load(screenDeskSum, number)
		c.s.Way, c.s.Moments = string(verb), seen
	case AdminAnyway, AdminNotBought, AdminRefuse, AdminLeft, AdminStayed, AdminClose:
		c.load(screenDeskWhy, number)
		c.s.Way, c.s.Moments = string(verb), seen
	default: // a refund has a screen of its own
		c.oldButton()
	}
}

// wanted is the decision under way, and the gateway it is about.
func (c *turn) wanted() (verb AdminVerb, gateway string) {
	what, gateway, _ := strings.Cut(c.s.Way, ":")
	return AdminVerb(what), gateway
}

// askReason goes on from the button to the reason, when the order still allows it.
func (c *turn) askReason(r AdminOrderResult) {
	verb, _ := c.wanted()
	if c.overtaken(r, verb) {
		return
	}
	if c.facts(r.Order); c.s.Sum == 0 {
		c.s.Sum = sumOf(r.Order, verb)
	}
	c.askWhy(Text{})
}

// overtaken shows the order as it is now when the decision cannot be made any
// more, or when something happened after the screen with its button was shown.
func (c *turn) overtaken(r AdminOrderResult, verb AdminVerb) bool {
	switch {
	case !c.can(r.Order, verb):
		c.card(r, t("admin.not_now"))
	case c.s.Moments > 0 && c.s.Moments != r.Order.Moments():
		c.card(r, t("admin.faster"))
	default:
		return false
	}
	return true
}

// facts remembers what an order is on the screen: what is decided is about that.
func (c *turn) facts(o order.Order) {
	c.s.Left, c.s.Vouched, c.s.Moments = o.Left(), o.Vouched(), o.Moments()
}

// movedOn reports whether an order is not what it was on the screen.
func (c *turn) movedOn(o order.Order) bool {
	return o.Left() != c.s.Left || o.Vouched() != c.s.Vouched || o.Moments() != c.s.Moments
}

// sumOf is the sum a decision is about, 0 where it has none.
func sumOf(o order.Order, verb AdminVerb) order.Money {
	switch verb {
	case AdminApprove, AdminRefuse, AdminLeft, AdminStayed:
		p, _, _ := o.OpenPayout()
		return p.Amount
	case AdminAnyway:
		return dearOf(o)
	default:
		return 0
	}
}

// dearOf is what goods would cost that were too dear to be bought.
func dearOf(o order.Order) order.Money {
	var sum order.Money
	for _, l := range o.Lines {
		if tooDear(l) {
			sum += costOf(l)
		}
	}
	return sum
}

// askSum asks how much arrived.
func (c *turn) askSum(r AdminOrderResult, saying Text) {
	if c.s.Way == argRefund { // asked without the order: what it holds is known
		c.showRefund(r)
		return
	}
	if c.overtaken(r, AdminConfirm) {
		return
	}
	c.facts(r.Order)
	c.s.Sum = r.Order.Missing()
	c.show(topped(c.sumView(), saying))
}

// sumView asks for a sum; what is proposed has a button.
func (c *turn) sumView() View {
	id := string(c.s.Number)
	if c.s.Way == argRefund {
		return View{Blocks: []Text{t("admin.ask_part", "number", c.s.Number, "left", c.s.Left)}, Keyboard: [][]Button{
			row(button(t("b.back"), verbAdmin, id, argRefund, 0)), deskRow(),
		}}
	}
	v := View{Blocks: []Text{t("admin.ask_sum", "number", c.s.Number)}}
	if c.s.Sum > 0 {
		v.Blocks = append(v.Blocks, t("admin.ask_sum_missing", "missing", c.s.Sum))
		v.Keyboard = append(v.Keyboard, row(button(t("admin.b_sum", "sum", c.s.Sum), verbAdmin, id, argThisSum, 0)))
	}
	v.Keyboard = append(v.Keyboard, row(button(t("b.back"), verbAdmin, id, "", 0)), deskRow())
	return v
}

// sumPressed asks for another sum, or takes the one that is proposed.
func (c *turn) sumPressed(number order.Number, what string) {
	confirming := c.s.Way == string(AdminConfirm)
	switch {
	case what == argOtherSum && c.s.Screen == screenRefund && c.s.Number == number:
		c.s.Screen, c.s.Way = screenDeskSum, argRefund
		c.show(c.sumView())
	case what == argThisSum && c.s.Screen == screenDeskSum && c.s.Number == number && confirming && c.s.Sum > 0:
		c.askWhy(Text{})
	default:
		c.toast(t("toast.old"))
		c.load(screenDesk, number)
	}
}

// typedSum takes a sum that was typed.
func (c *turn) typedSum(text string) {
	sum, ok := readSum(text)
	switch {
	case !ok:
		c.show(topped(c.sumView(), t("admin.sum_wrong")))
	case c.s.Way != argRefund:
		c.s.Sum = sum
		c.askWhy(Text{})
	case sum > c.s.Left:
		c.show(topped(c.sumView(), t("admin.sum_large", "sum", sum, "left", c.s.Left)))
	default:
		number := c.s.Number
		c.load(screenRefund, number)
		c.s.Sum = sum
	}
}

// readSum reads an amount of money exactly as it is written: digits, a point,
// at most six digits behind it, more than nothing. Nothing is guessed.
func readSum(text string) (order.Money, bool) {
	whole, part, broken := strings.Cut(text, ".")
	digits := strings.Trim(whole+part, "0123456789") == ""
	if !digits || whole == "" || len(whole) > 9 || len(part) > 6 || broken && part == "" {
		return 0, false
	}
	sum, err := order.ParseMoney(text)
	return sum, err == nil && sum > 0
}

// askWhy asks for the reason of the decision under way.
func (c *turn) askWhy(saying Text) {
	c.s.Screen, c.s.Why, c.s.Asked = screenDeskWhy, "", 0
	verb, _ := c.wanted()
	v := View{Blocks: []Text{c.deedText(verb), t("admin.ask_why", "most", reasonLimit)}, Keyboard: [][]Button{
		row(button(t("b.back"), verbAdmin, string(c.s.Number), "", 0)), deskRow(),
	}}
	c.show(topped(v, saying))
}

// typedWhy takes the reason and asks the last question.
func (c *turn) typedWhy(text string) {
	why := oneLine(text)
	switch {
	case why == "":
		c.askWhy(t("admin.why_empty"))
	case len([]rune(why)) > reasonLimit || stored(why) > reasonRoom:
		c.askWhy(t("admin.why_long", "most", reasonLimit))
	default:
		c.s.Why, c.s.Asked, c.s.Screen = why, c.env.Now, screenDeskSure
		c.reload()
	}
}

// mark tells one question from another, so that a button of an older one does
// not answer the one on the screen. It is the moment the question was asked, as
// far as a button holds it.
func (c *turn) mark() int { return int(c.s.Asked % 1_000_000_000) }

// tooLate reports whether the question on the screen cannot be answered any more.
func (c *turn) tooLate() bool {
	passed := c.env.Now.Since(c.s.Asked)
	return c.s.Asked == 0 || passed < 0 || passed > answerTime
}

// askSure names everything about the decision and asks for the last time.
func (c *turn) askSure(r AdminOrderResult) {
	verb, _ := c.wanted()
	switch {
	case c.tooLate():
		c.card(r, t("admin.expired"))
		return
	case c.movedOn(r.Order) || !c.can(r.Order, verb):
		c.card(r, t("admin.faster"))
		return
	}
	id := string(r.Order.Number)
	deed := append([]Text{c.deedText(verb)}, c.whereTo(r.Order, verb)...)
	c.show(View{
		Blocks: []Text{lines(append(deed,
			t("admin.sure_buyer", "buyer", strconv.FormatInt(r.Order.Buyer, 10)),
			t("admin.sure_why", "why", c.s.Why),
		)...), t("admin.sure")},
		Keyboard: [][]Button{
			row(button(t("admin.b_yes"), verbAdmin, id, argYes, c.mark())),
			row(button(t("admin.b_no"), verbAdmin, id, "", 0)), deskRow(),
		},
	})
}

// sure takes the answer to the last question.
func (c *turn) sure(number order.Number, mark int) {
	verb, gateway := c.wanted()
	switch {
	case c.s.Screen != screenDeskSure || c.s.Number != number || mark != c.mark():
		c.toast(t("toast.old"))
		c.load(screenDesk, number)
	case c.tooLate():
		c.onOrder(screenDesk, number)
		c.show(deskHint(number, t("admin.expired")))
	default:
		d := order.Decision{Number: number, Left: c.s.Left, Amount: c.s.Sum, Vouched: c.s.Vouched, Moments: c.s.Moments, Why: c.s.Why}
		c.onOrder(screenDesk, number)
		c.ask(AdminDo{What: verb, Decision: d, Gateway: gateway})
	}
}

// done says what became of a decision, and shows the order as it is now.
func (c *turn) done(i AdminDo, r AdminOrderResult) {
	saying := c.doneText(i, r)
	if r.Code != "" {
		saying = refusal(i.What, r.Code)
		if r.Order.Found && i.What == AdminRefund && r.Code == order.CodeInvalid {
			saying = t("admin.no_owner")
		}
	}
	if r.Order.Number == "" {
		c.onOrder(screenDesk, i.Decision.Number)
		c.show(deskHint(i.Decision.Number, saying))
		return
	}
	c.card(r, saying)
}
