package telegram

import (
	"strings"
	"testing"

	"giftbot/order"
)

// One replica sends an order's message and cannot record it; another, whose
// turn it is then, sends and records its own. The recorded one is the order's
// message, and the first replica's does not stay behind.
func TestARecordedMessageCountsMoreThanOnesOwn(t *testing.T) {
	r := newAnnounceRig(t)
	r.replicas = append(r.replicas, r.newReplica())
	step := func(replica int) {
		t.Helper()
		d := r.replicas[replica].drain
		d.Wake()
		for worked := true; worked; {
			var err error
			if worked, err = d.Step(t.Context()); err != nil {
				t.Log("drain:", err)
			}
		}
	}
	r.moveTo(order.Paid)
	r.orders.shown = errRedis
	step(0)
	r.orders.shown = nil
	r.outbox.crash() // the lease of the first ends
	step(1)
	recorded := r.orders.by[r.order.Number].Message
	r.moveTo(order.Ready, "CODE-AAA")
	step(0)
	for _, m := range r.fromBot(ada) {
		if m.Protected && !strings.Contains(m.Text, "CODE-AAA") {
			t.Errorf("message %d, recorded is %d, says %q", m.ID, recorded, m.Text)
		}
	}
	if now := r.orders.by[r.order.Number].Message; now != recorded {
		t.Errorf("message %d took the place of %d", now, recorded)
	}
}
