package flows

import (
	"slices"
	"strconv"

	"giftbot/order"
)

// How much of an order one message shows: together it fits, in every language.
const (
	shownLines   = 6
	shownMoney   = 5 // payments
	shownPayouts = 2
	shownDoubts  = 4
	shownMoments = 5 // the newest, below the card
	momentsPage  = 12
	shownName    = 60  // characters of a product's name
	shownWord    = 20  // characters of a gateway's or a network's own word
	noteShown    = 100 // characters of a note in the history
)

// orderCommand shows an order, or asks for its number.
func (c *turn) orderCommand(argument string) {
	number, err := order.ParseNumber(argument)
	switch {
	case argument == "":
		c.askOrder("", Text{})
	case err != nil:
		c.askOrder("", t("admin.number_wrong"))
	default:
		c.load(screenDesk, number)
	}
}

// askOrder asks for an order number. what is argRefund when money is to be
// given back, else the order is shown.
func (c *turn) askOrder(what string, saying Text) {
	c.goTo(screenAskOrder)
	c.s.Way = what
	ask := t("admin.ask_order")
	if what == argRefund {
		ask = t("admin.ask_refund")
	}
	c.show(topped(View{Blocks: []Text{ask}, Keyboard: [][]Button{deskRow()}}, saying))
}

// typedNumber takes the number that was asked for.
func (c *turn) typedNumber(text string) {
	if c.s.Way == argRefund {
		c.refundCommand(text)
		return
	}
	c.orderCommand(text)
}

// card shows everything about an order, and what can be decided now.
func (c *turn) card(r AdminOrderResult, saying Text) {
	o := r.Order
	c.onOrder(screenDesk, o.Number)
	v := View{Blocks: []Text{deskHeader(o), deskLines(o), deskMoney(o)}}
	if payouts := deskPayouts(o); payouts.Key != "" {
		v.Blocks = append(v.Blocks, payouts)
	}
	v.Blocks = append(v.Blocks, doubtBlocks(o)...)
	v.Blocks = append(v.Blocks, newestText(o))
	v.Keyboard = c.deskKeys(o)
	c.show(topped(v, saying))
}

// deskHeader says whose order it is and where it stands.
func deskHeader(o order.Order) Text {
	whose := t("admin.buyer", "buyer", strconv.FormatInt(o.Buyer, 10), "language", clip(o.Language, buttonName))
	if o.Found {
		whose = t("alert.nobody")
	}
	return lines(
		t("admin.title", "number", o.Number, "state", momentWords(string(o.Status))),
		whose,
		t("admin.placed", "at", o.CreatedAt),
	)
}

// batch is what is the same about several lines: a supplier that sells one
// piece at a time gets a line for each.
type batch struct {
	thing
	state order.LineState
	why   order.Reason
}

// deskLines lists what was ordered, in what state, for how much.
func deskLines(o order.Order) Text {
	type sums struct {
		pieces                int
		price, cost, credited order.Money
	}
	var kinds []batch
	all := map[batch]sums{}
	for _, l := range o.Lines {
		b := batch{thing: thingIn(l), state: l.State, why: l.Why}
		if l.Kind != order.KindCard { // a card's name is short, and its parts are read
			b.name = clip(l.Name, shownName)
		}
		s, known := all[b]
		if !known {
			kinds = append(kinds, b)
		}
		s.pieces += l.Quantity
		s.price += l.UnitPrice.Times(l.Quantity)
		s.cost += costOf(l)
		s.credited += l.Credited
		all[b] = s
	}
	texts := []Text{t("admin.lines")}
	for _, b := range kinds[:min(len(kinds), shownLines)] {
		s := all[b]
		text := t("admin.line", "name", b.text(), "quantity", s.pieces, "price", s.price, "cost", s.cost, "state", b.words())
		if s.credited > 0 {
			text = t("admin.line_given", "line", text, "credited", s.credited)
		}
		texts = append(texts, text)
	}
	if rest := len(kinds) - shownLines; rest > 0 {
		texts = append(texts, n("admin.more", rest))
	}
	if len(kinds) == 0 {
		texts = []Text{t("admin.no_lines")}
	}
	return lines(texts...)
}

// costOf is what the supplier took for a line, or asked: when it was too much, or
// when it was ordered.
func costOf(l order.Line) order.Money {
	switch {
	case l.Got > 0 || l.Paid > 0:
		return l.Paid
	case tooDear(l):
		return l.Asks.Times(l.Quantity)
	default:
		return l.UnitCost.Times(l.Quantity)
	}
}

// tooDear reports whether a line was not bought because of what it would cost now,
// and that is known.
func tooDear(l order.Line) bool {
	return l.State == order.LineFailed && l.Credited == 0 && l.Why == order.ReasonLoss && l.Asks > 0
}

// words says where a line is, and why it failed.
func (b batch) words() Text {
	state := deskLine(b.state)
	if b.why != "" && b.state == order.LineFailed {
		return t("admin.because", "what", state, "why", alertReason(b.why))
	}
	return state
}

func deskLine(s order.LineState) Text {
	switch s {
	case order.LineWaiting:
		return t("admin.line_waiting")
	case order.LineBuying:
		return t("admin.line_buying")
	case order.LineUnclear:
		return t("admin.line_unclear")
	case order.LineGot:
		return t("admin.line_got")
	case order.LineFailed:
		return t("admin.line_failed")
	default:
		return t("admin.raw", "word", clip(string(s), buttonName))
	}
}

// doubtBlocks say what an order waits for a person for, and what to do.
func doubtBlocks(o order.Order) []Text {
	if !o.Held() {
		return nil
	}
	doubts := doubtsOf(o)
	reasons, advice := []Text{t("admin.doubts")}, []Text{}
	var given []string
	for _, r := range doubts[:min(len(doubts), shownDoubts)] {
		reasons = append(reasons, t("admin.point", "what", alertReason(r)))
		if next := adviceOn(o, r); !slices.Contains(given, next.Key) {
			given, advice = append(given, next.Key), append(advice, next)
		}
	}
	if rest := len(doubts) - shownDoubts; rest > 0 {
		reasons = append(reasons, n("admin.more", rest))
	}
	return []Text{lines(append(reasons, advice...)...)}
}

// deskKeys are the buttons for what can be decided about an order now.
func (c *turn) deskKeys(o order.Order) [][]Button {
	id := string(o.Number)
	var keys [][]Button
	for _, group := range deskGroups() {
		var line []Button
		for _, verb := range group {
			if verb == AdminRefund && c.refundable(o) {
				line = append(line, button(t("admin.b_refund"), verbAdmin, id, argRefund, 0))
			}
			if verb != AdminRefund && c.can(o, verb) {
				line = append(line, button(verbLabel(verb), verbAdmin, id, string(verb), o.Moments()))
			}
		}
		if len(line) > 0 {
			keys = append(keys, line)
		}
	}
	if moments := len(o.Timeline); moments > shownMoments {
		keys = append(keys, row(button(n("admin.b_history", moments), verbAdmin, id, argHistory, 0)))
	}
	return append(keys, deskRow(button(t("admin.b_refresh"), verbAdmin, id, "", 0)))
}

// deskGroups is how the decisions stand in rows.
func deskGroups() [][]AdminVerb {
	return [][]AdminVerb{
		{AdminApprove, AdminRefuse},
		{AdminLeft, AdminStayed},
		{AdminAgain, AdminAnyway},
		{AdminNotBought, AdminConfirm},
		{AdminRefund, AdminClose},
		{AdminLook},
	}
}

func verbLabel(verb AdminVerb) Text {
	switch verb {
	case AdminApprove:
		return t("admin.b_approve")
	case AdminRefuse:
		return t("admin.b_refuse")
	case AdminLeft:
		return t("admin.b_left")
	case AdminStayed:
		return t("admin.b_stayed")
	case AdminAgain:
		return t("admin.b_again")
	case AdminAnyway:
		return t("admin.b_anyway")
	case AdminNotBought:
		return t("admin.b_not_bought")
	case AdminConfirm:
		return t("admin.b_confirm")
	case AdminClose:
		return t("admin.b_close")
	case AdminRefund, AdminPayOut:
		return t("admin.b_refund")
	default:
		return t("admin.b_look")
	}
}

// refundable reports whether an order holds money that could go back.
func (c *turn) refundable(o order.Order) bool { return c.can(o, AdminRefund) || c.can(o, AdminPayOut) }

// can reports whether a decision is possible about an order as it is. It asks
// the rules themselves: what they would refuse has no button.
func (c *turn) can(o order.Order, verb AdminVerb) bool {
	if verb == AdminLook {
		return true
	}
	ev, ok := c.trial(o, verb)
	if !ok {
		return false
	}
	_, _, err := order.Apply(o, ev)
	return err == nil
}

// trial is the event that a decision would be.
func (c *turn) trial(o order.Order, verb AdminVerb) (ev order.Event, ok bool) {
	by, now := c.env.Person.ID, c.env.Now
	switch verb {
	case AdminAgain:
		return order.Again{By: by, At: now}, true
	case AdminAnyway:
		return order.Again{Anyway: true, By: by, At: now}, lossy(o)
	case AdminNotBought:
		return giveUp(o, by, now)
	case AdminConfirm:
		return order.ByHand{N: len(o.Payments) + 1, Amount: max(o.Missing(), order.Cent), By: by, At: now}, lacksMoney(o)
	case AdminClose:
		return order.Close{Left: o.Left(), By: by, At: now}, true
	case AdminRefund:
		return order.GiveBack{Left: o.Left(), By: by, At: now}, o.CanRefund()
	case AdminPayOut:
		return order.PayOut{N: len(o.Payouts) + 1, Left: o.Left(), By: by, At: now}, o.CanRefund()
	default:
		return c.payoutTrial(o, verb)
	}
}

// lossy reports whether goods of an order cost more than was paid for them.
func lossy(o order.Order) bool {
	return slices.Contains(doubtsOf(o), order.ReasonLoss) ||
		slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.Why == order.ReasonLoss && l.State == order.LineFailed })
}

// lacksMoney reports whether an order lacks money, or is held because of it.
func lacksMoney(o order.Order) bool {
	switch o.Status {
	case order.AwaitingPayment, order.Confirming, order.Expired:
		return len(o.Lines) > 0
	default:
		return slices.ContainsFunc(doubtsOf(o), aboutMoney)
	}
}

func aboutMoney(r order.Reason) bool {
	return alertAdvice(r).Key == payAdvice && r != order.ReasonOver && r != order.ReasonTwice
}

// giveUp is the word that the unclear purchase was not made. One that is only
// slow, or of which something has come, has no button; one that is asked back has,
// whatever came: asking may never end.
func giveUp(o order.Order, by int64, at order.Stamp) (order.Event, bool) {
	line, a, ok := o.Doubtful()
	if !ok || o.Lines[line].State != order.LineUnclear || len(a.Letters) > 0 && !a.Recall {
		return nil, false
	}
	return order.GiveUp{Line: line, Attempt: a.N, By: by, At: at}, true
}

// adminGateway names a way money came or goes.
func adminGateway(name string) Text {
	switch name {
	case order.CreditGateway:
		return t("admin.way_credit")
	case order.HandGateway:
		return t("admin.way_hand")
	case "infini":
		return t("admin.way_infini")
	case "inventpay":
		return t("admin.way_inventpay")
	default:
		return t("admin.raw", "word", clip(name, shownWord))
	}
}
