package flows

import (
	"strings"
	"testing"

	"giftbot/order"
)

// What an order holds does not always stay there when it is closed: the last
// question says where it goes, and that is where it then is.
func TestClosingSaysWhereTheMoneyGoes(t *testing.T) {
	surplus := delivered()
	surplus.Payments[0].Seen += 5 * dollar
	surplus.Payments[0].Kept = 5 * dollar
	heldFor(&surplus, order.ReasonOver)
	ended := adminOrder()
	ended.Status, ended.Payments[0].Seen = order.Cancelled, 4*dollar
	heldFor(&ended, order.ReasonCurrency)
	lower := delivered()
	lower.Payments[0].Seen += 5 * dollar
	lower.Payments[0].Now, lower.Payments[0].Fell = lower.Total, true
	heldFor(&lower, order.ReasonLower)
	nobodys := ended
	nobodys.Found = true
	nothing := delivered()
	heldFor(&nothing, order.ReasonGoods)
	for name, row := range map[string]struct {
		order order.Order
		says  string
	}{
		"surplus":   {surplus, "$5.00 counts as given back by the payment service itself"},
		"ended":     {ended, "$4.00 goes to the buyer's credit"},
		"went down": {lower, "$5.00 counts as never received"},
		"nobody's":  {nobodys, "$4.00 is put aside"},
		"nothing":   {nothing, "it leaves the queue."},
	} {
		d := newDesk(row.order)
		c := d.seat(t, "en", olga)
		c.command("order", string(d.order.Number))
		c.act(string(AdminClose))
		c.text("all is settled")
		_, last, _ := strings.Cut(c.log.String(), "> all is settled")
		if !strings.Contains(last, row.says) || strings.Contains(last, "still held") {
			t.Errorf("%s:%s", name, last)
		}
		c.act(argYes)
		if left := d.order.Left(); left != 0 || d.order.Held() {
			t.Errorf("%s: %s left, held %v", name, left, d.order.Held())
		}
	}
}

// delivered is an order of which everything has come.
func delivered() order.Order {
	o := paidOrder()
	o.Lines[0].State, o.Lines[0].Got, o.Lines[0].Paid, o.Status = order.LineGot, 2, 4_000_000, order.Delivered
	return o
}
