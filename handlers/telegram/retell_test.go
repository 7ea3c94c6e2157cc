package telegram

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
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

// manyCodes is an order whose codes fill more than a page, delivered; its message
// is told again when something else has drawn it.
func manyCodes(t *testing.T) *announceRig {
	t.Helper()
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
	return r
}

// A page of codes stays where the buyer turned to: the drain would show the
// first one again.
func TestATurnedPageStays(t *testing.T) {
	r := manyCodes(t)
	first := r.statusMessage()
	r.tap(ada, "Next")
	r.drainAll()
	second := r.statusMessage()
	if second.ID != first.ID || strings.Contains(second.Text, "CODE-00") || !strings.Contains(second.Text, "CODE-") {
		t.Errorf("shows %q", second.Text)
	}
}

// A screen drawn late is as old as when it was read: another replica may have
// delivered into that message in between, and a page of codes that Telegram asked
// to show later is drawn without them.
func TestAStatusMessageDrawnLateIsToldAgain(t *testing.T) {
	r := manyCodes(t)
	d := r.replicas[0].dispatcher
	r.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 429, RetryAfter: 40})
	r.tap(ada, "Next")
	if r.deferred.waiting() != 1 {
		t.Fatal("not put off")
	}
	r.clock.advance(time.Minute)
	if _, _, err := d.StepDeferred(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.drainAll()
	if m := r.statusMessage(); !strings.Contains(m.Text, "CODE-") || r.deferred.waiting() != 0 {
		t.Errorf("%d wait, the message shows %q", r.deferred.waiting(), m.Text)
	}
}

// What was delivered stays in the order's message while the rest is bought again.
func TestDeliveredCodesStayInTheMessage(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.Paid)
	r.drainAll()
	r.moveTo(order.Ready, "CODE-AAA")
	r.drainAll()
	o := r.orders.by[r.order.Number]
	o.Timeline = append(o.Timeline, order.Moment{What: string(order.Delivered)})
	o.Lines = append(o.Lines, order.Line{Product: "p", Name: "P", Quantity: 1, State: order.LineWaiting})
	r.orders.put(o)
	r.moveTo(order.Fulfilling)
	r.drainAll()
	if m := r.statusMessage(); !strings.Contains(m.Text, "CODE-AAA") || len(r.outbox.waiting()) != 0 {
		t.Errorf("shows %q, waiting %v", m.Text, r.outbox.waiting())
	}
}
