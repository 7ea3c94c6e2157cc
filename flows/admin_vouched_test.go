package flows

import (
	"strings"
	"testing"

	"giftbot/order"
)

// Who confirms a payment by hand says how many had been confirmed so far; one
// that somebody confirmed meanwhile is noticed although the order holds as much.
func TestConfirmedByAnotherMeanwhile(t *testing.T) {
	d := newDesk(shortOrder())
	first := d.seat(t, "en", olga)
	first.command("order", string(d.order.Number))
	first.act(string(AdminConfirm))
	first.text("1.25")
	first.text("it came")
	before := d.order
	d.order.Payments = append(d.order.Payments, order.Payment{N: 9, Gateway: order.HandGateway, State: order.PaymentClosed})
	if before.Left() != d.order.Left() {
		t.Fatal("the story needs an order that holds as much as before")
	}
	first.act(argYes)
	if len(d.decided) != 1 || d.decided[0].Decision.Vouched != 0 {
		t.Fatalf("decided %+v", d.decided)
	}
	second := d.seat(t, "en", boris)
	second.command("order", string(d.order.Number))
	second.act(string(AdminConfirm))
	second.text("1.25")
	d.order.Payments = append(d.order.Payments, order.Payment{N: 10, Gateway: order.HandGateway, State: order.PaymentClosed})
	second.text("it came")
	if !strings.Contains(second.log.String(), "Somebody was faster") {
		t.Errorf("not told before the last question:\n%s", second.log.String())
	}
}
