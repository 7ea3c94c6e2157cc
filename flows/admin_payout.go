package flows

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// payoutTrial is the event that a decision about the open payout would be.
func (c *turn) payoutTrial(o order.Order, verb AdminVerb) (ev order.Event, ok bool) {
	by, now := c.env.Person.ID, c.env.Now
	p, at, open := o.OpenPayout()
	if !open {
		return nil, false
	}
	switch verb {
	case AdminApprove:
		return order.Approved{Payout: at, Needs: 1, By: by, At: now}, p.State == order.PayoutAddressed && !gave(p, by)
	case AdminRefuse:
		return order.DropPayOut{Payout: at, By: by, At: now}, true
	case AdminLeft, AdminStayed:
		return order.PayOutFails{Payout: at, Code: order.CodeInvalid, By: by, At: now}, p.State == order.PayoutUnclear
	default:
		return nil, false
	}
}

// askApproval shows everything about a payout. The admin types the order number
// to approve it: what was read is not pressed by accident.
func (c *turn) askApproval(r AdminOrderResult) {
	p, _, open := r.Order.OpenPayout()
	switch {
	case open && p.State == order.PayoutAddressed && gave(p, c.env.Person.ID):
		c.card(r, approvedText(p, r.Approvals))
		return
	case !c.can(r.Order, AdminApprove):
		c.card(r, t("admin.not_now"))
		return
	case r.Address == "":
		c.card(r, t("admin.no_address"))
		return
	case c.s.Fixed != 0 && c.s.Fixed != p.FixedAt: // the number that is being typed is about the former one
		c.card(r, t("admin.faster"))
		return
	case c.s.Asked == 0:
		c.s.Asked = c.env.Now
	case c.tooLate():
		c.card(r, t("admin.expired"))
		return
	}
	c.s.Left, c.s.Sum, c.s.Fixed = r.Order.Left(), p.Amount, p.FixedAt
	id := string(r.Order.Number)
	c.show(View{
		Blocks: []Text{deskFacts(r, p), approvalText(p, r.Approvals), t("admin.approve_ask", "number", r.Order.Number)},
		Keyboard: [][]Button{
			row(button(t("admin.b_refuse"), verbAdmin, id, string(AdminRefuse), r.Order.Moments()), button(t("b.back"), verbAdmin, id, "", 0)),
			deskRow(),
		},
	})
}

// deskFacts is what leaves, where it goes and what arrives there.
func deskFacts(r AdminOrderResult, p order.Payout) Text {
	network := clip(p.Network, buttonName)
	if r.Network.ID == p.Network && r.Network.Chain != "" {
		network = clip(r.Network.Chain, buttonName)
	}
	texts := []Text{
		t("admin.payout_title", "number", r.Order.Number, "amount", p.Amount),
		t("admin.sure_buyer", "buyer", strconv.FormatInt(r.Order.Buyer, 10)),
		t("admin.payout_way", "way", adminGateway(p.Gateway)),
		t("admin.payout_net", "network", network, "coin", clip(p.Coin, buttonName)),
		t("admin.payout_leaves", "coins", clip(p.Coins, buttonName), "coin", clip(p.Coin, buttonName)),
	}
	fee, arrives, known := deskFee(r.Network, p)
	if known {
		texts = append(texts, t("admin.payout_fee", "fee", fee, "arrives", arrives, "coin", clip(p.Coin, buttonName)))
	} else {
		texts = append(texts, t("admin.payout_fee_later"))
	}
	return lines(append(texts, t("admin.payout_to", "address", strings.TrimSpace(r.Address)))...)
}

// deskFee is what a payout costs and what is left of it, in coin units, as far as
// that is known before it leaves.
func deskFee(network order.Network, p order.Payout) (fee, arrives string, known bool) {
	coins, err := decimal.NewFromString(p.Coins)
	if err != nil {
		return "", "", false
	}
	taken, err := decimal.NewFromString(p.Fee)
	if free := network.Known && network.ID == p.Network; err == nil && (taken.IsPositive() || free) {
		return taken.String(), coins.Sub(taken).String(), true
	}
	return "", "", false
}

// approvalText says how many words a payout needs, and who gave one.
func approvalText(p order.Payout, needs int) Text {
	text := n("admin.approve_needs", max(needs, 1))
	if len(p.Approved) == 0 {
		return text
	}
	return lines(text, t("admin.approve_given", "who", admins(p.Approved)))
}

// approvedText says how far the words for a payout are.
func approvedText(p order.Payout, needs int) Text {
	return t("admin.approve_have", "have", len(p.Approved), "needs", max(needs, 1))
}

func admins(ids []int64) string {
	var all []string
	for _, id := range ids {
		all = append(all, strconv.FormatInt(id, 10))
	}
	return clip(strings.Join(all, ", "), textName)
}

// typedApproval takes the order number as the admin's word. Anything else is
// none, and changes nothing.
func (c *turn) typedApproval(typed order.Number, ok bool) {
	number := c.s.Number
	switch {
	case c.tooLate():
		c.onOrder(screenDesk, number)
		c.show(deskHint(number, t("admin.expired")))
	case !ok || typed != number:
		c.show(deskHint(number, t("admin.approve_other", "number", number)))
	default:
		c.s.Screen = screenApproving
		c.reload()
	}
}

// approve gives the admin's word, when the payout is still the one they saw:
// its sum, and the address that stood on their screen. A session of an older
// version does not say which that was.
func (c *turn) approve(r AdminOrderResult) {
	p, _, _ := r.Order.OpenPayout()
	switch {
	case c.tooLate():
		c.card(r, t("admin.expired"))
	case !c.can(r.Order, AdminApprove) || p.Amount != c.s.Sum || c.s.Fixed == 0 || p.FixedAt != c.s.Fixed || r.Address == "":
		c.card(r, t("admin.faster"))
	default:
		d := order.Decision{Number: r.Order.Number, Left: c.s.Left, Amount: c.s.Sum, Fixed: c.s.Fixed}
		c.onOrder(screenDesk, r.Order.Number)
		c.ask(AdminDo{What: AdminApprove, Decision: d})
	}
}
