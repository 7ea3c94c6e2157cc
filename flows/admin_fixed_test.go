package flows

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"giftbot/order"
)

// retyped is an order whose payout goes elsewhere than before: the buyer pressed
// at a moment, and Redis took it only now.
func (d *desk) retyped(pressed order.Stamp) {
	d.address = "0x00000000000000000000000000000000000000bb"
	d.order.Payouts[0].FixedAt, d.order.Payouts[0].Approved = pressed, nil
}

// An address that was not on the admin's screen is not approved, whenever it was
// typed: the clock it was typed by is another process's than the admin's.
func TestApprovesTheAddressOnTheScreen(t *testing.T) {
	pressed := order.At(start)
	for name, at := range map[string]order.Stamp{
		"typed before the admin looked": pressed.Add(-time.Minute),
		"typed in the same moment":      pressed,
		"typed by a clock that is fast": pressed.Add(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(payoutOrder(t))
			c := d.seat(t, "en", olga)
			c.command("order", string(d.order.Number))
			c.act(string(AdminApprove))
			c.pass(time.Minute)
			d.retyped(at)
			c.text(string(d.order.Number))
			if len(d.decided) != 0 || !strings.Contains(c.log.String(), overtakenText) {
				t.Fatalf("decided %+v:\n%s", d.decided, c.log.String())
			}
			c.act(string(AdminApprove)) // the one that is on the screen now
			c.text(string(d.order.Number))
			if p := d.order.Payouts[0]; p.State != order.PayoutApproved || d.decided[0].Decision.Fixed != at {
				t.Errorf("%s by %+v", p.State, d.decided)
			}
		})
	}
}

// A screen that is drawn again while the number is being typed does not put
// another address under it.
func TestAScreenDrawnAgainKeepsItsAddress(t *testing.T) {
	d := newDesk(payoutOrder(t))
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	again := func() Outcome {
		s, out := Again(c.env, c.session)
		s, out = Step(c.env, s, Input{Result: d.answer(c, olga, out.Intent)})
		c.session = s
		return out
	}
	fixed := c.session.Fixed
	if again(); c.session.Screen != screenApprove || c.session.Fixed != fixed {
		t.Fatalf("on %q with an address of %d", c.session.Screen, c.session.Fixed)
	}
	d.retyped(fixed.Add(time.Second))
	if out := again(); c.session.Screen != screenDesk || out.Replies[0].View.Blocks[0].Key != "admin.faster" {
		t.Errorf("on %q: %+v", c.session.Screen, out)
	}
}

// A session of an older version does not say which address was on the screen: its
// admin looks once more.
func TestASessionWithoutAnAddress(t *testing.T) {
	d := newDesk(payoutOrder(t))
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminApprove))
	c.session.Fixed = 0
	raw, err := json.Marshal(c.session)
	if err != nil || strings.Contains(string(raw), "b5") {
		t.Fatalf("stored as %s, %v", raw, err)
	}
	c.text(string(d.order.Number))
	if len(d.decided) != 0 || !strings.Contains(c.log.String(), overtakenText) {
		t.Fatalf("decided %+v:\n%s", d.decided, c.log.String())
	}
	c.act(string(AdminApprove))
	c.text(string(d.order.Number))
	if p := d.order.Payouts[0]; p.State != order.PayoutApproved {
		t.Errorf("%s after it was looked at again", p.State)
	}
}
