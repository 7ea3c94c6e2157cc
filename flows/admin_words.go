package flows

import "giftbot/order"

// deedText names the decision under way, with its sum and its order.
func (c *turn) deedText(verb AdminVerb) Text {
	about := []any{"number", c.s.Number, "sum", c.s.Sum}
	switch verb {
	case AdminRefund:
		return t("admin.deed_refund", about...)
	case AdminPayOut:
		_, gateway := c.wanted()
		return t("admin.deed_payout", append(about, "way", adminGateway(gateway))...)
	case AdminRefuse:
		return t("admin.deed_refuse", about...)
	case AdminLeft:
		return t("admin.deed_left", about...)
	case AdminStayed:
		return t("admin.deed_stayed", about...)
	case AdminAnyway:
		if c.s.Sum > 0 {
			return t("admin.deed_dear", about...)
		}
		return t("admin.deed_anyway", "number", c.s.Number) // it failed before anybody kept what it costs
	case AdminNotBought:
		return t("admin.deed_not_bought", "number", c.s.Number)
	case AdminConfirm:
		return t("admin.deed_confirm", about...)
	default:
		return t("admin.deed_close", "number", c.s.Number)
	}
}

// whereTo says where money is once an order is closed, or its payout refused: not
// all of it stays there. The rules themselves say it.
func (c *turn) whereTo(o order.Order, verb AdminVerb) []Text {
	if verb != AdminClose && verb != AdminRefuse {
		return nil
	}
	ev, _ := c.trial(o, verb)
	next, _, err := order.Apply(o, ev)
	if err != nil {
		return nil
	}
	given, key := next.Returned-o.Returned, "admin.close_credit"
	if o.Found {
		key = "admin.close_aside"
	}
	var texts []Text
	for _, part := range []struct {
		sum order.Money
		key string
	}{
		{o.Received() - next.Received(), "admin.close_fell"},
		{next.PaidOut() - o.PaidOut(), "admin.close_gateway"},
		{given, key},
		{next.Left(), "admin.close_left"},
	} {
		if part.sum > 0 {
			texts = append(texts, t(part.key, "sum", part.sum))
		}
	}
	return texts
}

// doneText says what a decision did.
func (c *turn) doneText(i AdminDo, r AdminOrderResult) Text {
	switch i.What {
	case AdminRefund:
		return t("admin.done_refund", "sum", i.Decision.Amount)
	case AdminPayOut:
		return t("admin.done_payout", "sum", i.Decision.Amount)
	case AdminApprove:
		return c.doneApprove(r)
	case AdminRefuse:
		return t("admin.done_refuse", "sum", i.Decision.Amount)
	case AdminLeft:
		return t("admin.done_left", "sum", i.Decision.Amount)
	case AdminStayed:
		return t("admin.done_stayed", "sum", i.Decision.Amount)
	case AdminAgain, AdminAnyway:
		return t("admin.done_again")
	case AdminNotBought:
		return t("admin.done_not_bought")
	case AdminConfirm:
		return t("admin.done_confirm", "sum", i.Decision.Amount)
	case AdminClose:
		return t("admin.done_close")
	default:
		return t("admin.done_look")
	}
}

// doneApprove tells a payout that leaves from one that needs another word.
func (c *turn) doneApprove(r AdminOrderResult) Text {
	p, _, open := r.Order.OpenPayout()
	if open && p.State == order.PayoutAddressed {
		return approvedText(p, r.Approvals)
	}
	return t("admin.done_approve")
}

// refusal says why a decision was not carried out, and what that means.
func refusal(what AdminVerb, code order.Code) Text {
	switch code {
	case order.CodeBusy:
		return t("admin.no_busy")
	case order.CodeEvent, order.CodeStale:
		return t("admin.faster")
	case order.CodeInvalid:
		return invalidText(what)
	case order.CodeCredit:
		return t("admin.no_credit")
	case order.CodeClosed:
		return t("admin.no_closed")
	case order.CodeDenied:
		return t("admin.denied")
	case order.CodeMissing:
		return t("admin.no_missing")
	case order.CodeTooSmall:
		return t("admin.no_small")
	case order.CodeTooSoon:
		return t("admin.no_soon")
	default:
		return t("admin.no_other", "code", clip(string(code), buttonName))
	}
}

// invalidText says what the rules do not allow about a decision.
func invalidText(what AdminVerb) Text {
	switch what {
	case AdminRefund, AdminPayOut:
		return t("admin.no_sum")
	case AdminAgain, AdminAnyway:
		return t("admin.no_money")
	case AdminClose:
		return t("admin.no_line")
	default:
		return t("admin.no_invalid")
	}
}
