package telegram

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"giftbot/order"
)

// The taps of a status message edit it with the order as they read it. Another
// replica may have delivered into it in between: the drain has the last word.
func TestAPressOnTheStatusMessageIsToldAgain(t *testing.T) {
	r := newAnnounceRig(t)
	var retold []order.Number
	r.replicas[0].dispatcher.Retell = func(_ context.Context, person int64, n order.Number) error {
		if person != ada {
			t.Errorf("retold to %d", person)
		}
		retold = append(retold, n)
		return nil
	}
	o := r.orders.by[r.order.Number]
	o.Payments = []order.Payment{{N: 1, State: order.PaymentOpen, Asked: o.Total, URL: "https://pay.example/1"}}
	r.orders.put(o)
	r.moveTo(order.AwaitingPayment)
	r.drainAll()
	if len(retold) != 0 {
		t.Errorf("retold %v before anybody pressed", retold)
	}
	r.tap(ada, "I have paid")
	if len(retold) != 1 || retold[0] != r.order.Number {
		t.Errorf("retold %v, want %s once", retold, r.order.Number)
	}
	r.tap(ada, "Cancel")
	if len(retold) != 1 {
		t.Error("the question whether to cancel was taken away again")
	}
	r.say(ada, "/shop")
	if len(retold) != 1 {
		t.Error("browsing tells an order again")
	}
}

// A page of codes stays where the buyer turned to: the drain would show the
// first one again.
func TestATurnedPageStays(t *testing.T) {
	r := newAnnounceRig(t)
	r.replicas[0].dispatcher.Retell = func(_ context.Context, person int64, _ order.Number) error {
		r.announce(order.AnnounceStatus, person)
		return nil
	}
	var codes []string
	for i := range 60 {
		codes = append(codes, fmt.Sprintf("CODE-%02d", i))
	}
	r.moveTo(order.Paid)
	r.drainAll()
	r.moveTo(order.Ready, codes...)
	r.drainAll()
	first := r.statusMessage()
	r.tap(ada, "Next")
	r.drainAll()
	second := r.statusMessage()
	if second.ID != first.ID || strings.Contains(second.Text, "CODE-00") || !strings.Contains(second.Text, "CODE-") {
		t.Errorf("shows %q", second.Text)
	}
}
