package flows

import (
	"testing"

	"giftbot/order"
)

// The words for why money became credit are only said of exactly that money.
func TestWhyMoneyBecameCredit(t *testing.T) {
	over := delivered()
	over.Payments[0].Seen += dollar
	over.Flags, over.Returned = over.Flags.With(order.FlagOver), dollar
	twice := delivered()
	twice.Payments = append(twice.Payments, order.Payment{N: 2, Gateway: "infini", State: order.PaymentOpen, Asked: twice.Total, Seen: twice.Total})
	twice.Flags, twice.Returned = twice.Flags.With(order.FlagTwice), twice.Total
	both := twice
	both.Payments = append([]order.Payment{over.Payments[0]}, twice.Payments[1])
	both.Flags, both.Returned = both.Flags.With(order.FlagOver), twice.Total+dollar
	thrice := twice
	thrice.Payments = append(append([]order.Payment{}, twice.Payments...), order.Payment{N: 3, Gateway: "infini", State: order.PaymentOpen, Asked: twice.Total, Seen: twice.Total})
	thrice.Returned = twice.Total.Times(2)
	part := failedOrder(order.ReasonStock)
	part.Payments[0].Seen += dollar
	part.Flags, part.Returned = part.Flags.With(order.FlagOver), dollar
	given := applied(t, part, order.GiveBack{Left: part.Left(), Amount: 2 * dollar, By: olga, Why: "sorry", At: order.At(start)})
	for name, row := range map[string]struct {
		order order.Order
		key   string
	}{
		"over": {over, "status.over"}, "over, not delivered yet": {part, "status.over"}, "twice": {twice, "status.twice"},
		"over and twice": {both, "status.on_credit"}, "three times": {thrice, "status.on_credit"}, "over, and a part given back": {given, "status.on_credit"},
	} {
		said := creditShort(row.order)
		if last := said[len(said)-1]; last.Key != row.key || last.Args["credited"] != row.order.Returned {
			t.Errorf("%s: %s %v", name, last.Key, last.Args)
		}
	}
}
