package flows

import (
	"encoding/json"
	"strings"
	"testing"

	"giftbot/order"
)

// deeper is what changes an order without changing what it holds: what fell on
// the screen has fallen further.
func deeper(o *order.Order) {
	o.Payments[0].Fell, o.Payments[0].Now = true, 1_000_000
	happened(o, string(order.ReasonLower), "1.00", 0)
}

const overtakenText = "Somebody was faster, or something arrived"

// What happens between two steps of a decision is noticed at the next one,
// although the order holds as much as before.
func TestWhatHappensWhileAnAdminDecides(t *testing.T) {
	steps := func(c *chat, d *desk) []func() {
		return []func(){
			func() { c.command("order", string(d.order.Number)) },
			func() { c.act(string(AdminClose)) },
			func() { c.text("dealt with") },
			func() { c.act(argYes) },
		}
	}
	for at, name := range []string{"before the order is shown", "before the button", "before the reason", "before the last answer", "after it"} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(shortOrder())
			c := d.seat(t, "en", olga)
			left := d.order.Left()
			for i, step := range steps(c, d) {
				if i == at {
					deeper(&d.order)
				}
				if d.order.Left() != left {
					t.Fatal("the story needs an order that holds as much as before")
				}
				if step(); at > 0 && i == at {
					break
				}
			}
			refused := strings.Contains(c.log.String(), overtakenText)
			if inTime := at == 0 || at == 4; refused == inTime || d.order.Held() == inTime {
				t.Errorf("refused %v, held %v:\n%s", refused, d.order.Held(), c.log.String())
			}
		})
	}
}

// A sum that was seen to arrive is asked for by the order on the screen, too.
func TestWhatHappensBeforeASumIsAsked(t *testing.T) {
	d := newDesk(shortOrder())
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	deeper(&d.order)
	c.act(string(AdminConfirm))
	if !strings.Contains(c.log.String(), overtakenText) || c.session.Screen != screenDesk {
		t.Errorf("on %q:\n%s", c.session.Screen, c.log.String())
	}
	c.act(string(AdminConfirm)) // the order as it is now
	if c.session.Screen != screenDeskSum || c.session.Moments != d.order.Moments() {
		t.Errorf("looked again: on %q with %d moments", c.session.Screen, c.session.Moments)
	}
}

// A button of an older version says nothing of its screen: the order is taken as
// it is when it is pressed.
func TestAButtonWithoutMoments(t *testing.T) {
	d := newDesk(shortOrder())
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.forge(Action{Verb: verbAdmin, ID: string(d.order.Number), Arg: string(AdminClose)})
	if c.session.Screen != screenDeskWhy || c.session.Moments != d.order.Moments() {
		t.Errorf("on %q with %d moments", c.session.Screen, c.session.Moments)
	}
}

// Another admin's word is a moment, and does not take a payout from who has to
// give the second one.
func TestTwoWordsForOnePayout(t *testing.T) {
	d := newDesk(payoutOrder(t))
	d.approvals = 2
	first, second := d.seat(t, "en", olga), d.seat(t, "en", 5003)
	for _, c := range []*chat{first, second} {
		c.command("order", string(d.order.Number))
		c.act(string(AdminApprove))
	}
	first.text(string(d.order.Number))
	second.text(string(d.order.Number))
	if p := d.order.Payouts[0]; p.State != order.PayoutApproved || len(p.Approved) != 2 {
		t.Errorf("%s, approved by %v:\n%s", p.State, p.Approved, second.log.String())
	}
}

// A session that was stored before is read, and its question is asked anew.
func TestASessionWithoutMoments(t *testing.T) {
	var s Session
	if err := json.Unmarshal([]byte(`{"g":"en","s":"`+string(screenDeskSure)+`","n":"3F7KQW2M9V","z":4000000,"b2":"close","t":1}`), &s); err != nil || s.Moments != 0 || s.Left != 4_000_000 {
		t.Fatalf("%+v, %v", s, err)
	}
	if raw, err := json.Marshal(s); err != nil || strings.Contains(string(raw), "b4") {
		t.Errorf("stored as %s, %v", raw, err)
	}
	c := turn{env: testEnv(), s: s}
	if o := shortOrder(); !c.movedOn(o) {
		t.Error("an order with a timeline is the one nobody counted")
	}
}
