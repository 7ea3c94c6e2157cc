package flows

import (
	"strings"
	"testing"

	"giftbot/order"
)

// Surplus that a gateway may give back by itself is held too: a screen that says
// how much an order holds does not leave it out, and says what can go back now.
func TestARefundOfMoreThanCanGoBackNow(t *testing.T) {
	o := failedOrder(order.ReasonStock)
	o.Payments[0].Seen += 5 * dollar
	o.Payments[0].Kept = 5 * dollar
	heldFor(&o, order.ReasonOver)
	for _, sum := range []string{"12", "15"} {
		c := newDesk(o).seat(t, "en", olga)
		c.command("refund", string(o.Number)+" "+sum)
		said := c.log.String()
		if strings.Contains(said, "the order holds $9.40") || !strings.Contains(said, "only $9.40 can go back now") || !strings.Contains(said, "Still held: $14.40") {
			t.Errorf("%s:\n%s", sum, said)
		}
	}
}
