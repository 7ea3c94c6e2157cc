package flows

import (
	"testing"

	"giftbot/order"
)

// Who pays after the end reads that the payment is seen, and not that nothing
// was charged.
func TestClosedOrderSeesMoney(t *testing.T) {
	for _, c := range []struct {
		status       order.Status
		seen         order.Money
		coming       bool
		first, other string
	}{
		{order.Expired, 0, false, "status.expired", "status.expired_next"},
		{order.Expired, 1, false, "status.expired_paid", "status.expired_next"},
		{order.Expired, 0, true, "status.confirming", "status.confirming_late"},
		{order.Expired, 1, true, "status.confirming", "status.confirming_late"},
		{order.Cancelled, 0, false, "status.cancelled", "status.cancelled_next"},
		{order.Cancelled, 1, false, "status.cancelled_paid", "status.cancelled_next"},
		{order.Cancelled, 0, true, "status.cancelled_paid", "cancel.coming"},
	} {
		o := order.Order{Status: c.status, Payments: []order.Payment{{N: 1, Gateway: "infini", Seen: c.seen, Confirming: c.coming}}}
		got := closedBlocks(o)
		if len(got) != 2 || got[0].Key != c.first || got[1].Key != c.other {
			t.Errorf("%s, seen %s, coming %v: %v", c.status, c.seen, c.coming, got)
		}
	}
}
