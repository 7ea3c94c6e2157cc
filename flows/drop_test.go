package flows

import (
	"strings"
	"testing"

	"giftbot/order"
)

// A payout of a part of what an order holds goes back to the order, when that is
// still to be decided about: nobody is told that it became credit.
func TestWhereADroppedPayoutGoes(t *testing.T) {
	at := order.At(start)
	whole := failedOrder(order.ReasonStock)
	part := applied(t, whole, order.PayOut{N: 1, Left: whole.Left(), Amount: 5 * dollar, Gateway: "inventpay", By: boris, Why: "asked", At: at})
	whole = applied(t, whole, order.PayOut{N: 1, Left: whole.Left(), Gateway: "inventpay", By: boris, Why: "asked", At: at})
	for name, row := range map[string]struct {
		order  order.Order
		credit bool
	}{"part": {part, false}, "whole": {whole, true}} {
		c := newChat(t, "en")
		c.order, c.credit.Payouts = row.order, true
		c.answer = func(i Intent) Result {
			if drop, ok := i.(DropPayout); ok {
				c.order = applied(t, c.order, order.DropPayOut{Payout: 0, By: c.order.Buyer, At: at})
				return OrderResult{Intent: drop, Order: c.order}
			}
			return c.desk(i)
		}
		c.command("start", OrderLink(c.order.Number))
		c.press(VerbDrop, "", "")
		c.press(VerbDrop, "", "")
		_, said, _ := strings.Cut(c.log.String(), "> [Keep it as credit instead]")
		if strings.Contains(said, "credit") != row.credit || (c.order.Returned > 0) != row.credit {
			t.Errorf("%s: %s became credit\n%s", name, c.order.Returned, c.log.String())
		}
		d := newDesk(row.order)
		a := d.seat(t, "en", olga)
		a.command("order", string(d.order.Number))
		a.act(string(AdminRefuse))
		a.text("no such wallet")
		_, said, _ = strings.Cut(a.log.String(), "> [✋ Refuse payout]")
		if strings.Contains(said, "goes to the buyer's credit") != row.credit || strings.Contains(said, "is still held") == row.credit {
			t.Errorf("%s, refused:%s", name, said)
		}
	}
}
