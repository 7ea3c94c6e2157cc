package flows

import (
	"slices"
	"testing"
	"time"

	"giftbot/order"
)

// doubtfulOrder is two purchases: one that the supplier took on, and one that
// nobody knows about.
func doubtfulOrder() order.Order {
	o := unclearOrder()
	first := o.Lines[0]
	first.State = order.LineBuying
	first.Attempts = []order.Attempt{{N: 1, FirstSentAt: order.At(start).Add(-time.Hour), Sends: 1, AcceptedAt: order.At(start).Add(-time.Hour), External: "taken"}}
	o.Lines = []order.Line{first, o.Lines[0]}
	o.Total *= 2
	o.Payments[0].Seen = o.Total
	return o
}

// What is said not to be bought is the purchase that is unclear.
func TestAnAdminGivesUpTheUnclearPurchase(t *testing.T) {
	d := newDesk(doubtfulOrder())
	c := d.seat(t, "en", olga)
	c.command("order", string(d.order.Number))
	c.act(string(AdminNotBought))
	c.text("not in their list")
	c.act(argYes)
	if first, second := d.order.Lines[0].State, d.order.Lines[1].State; first != order.LineBuying || second != order.LineFailed {
		t.Errorf("%s and %s:\n%s", first, second, c.log.String())
	}
}

// A purchase that is only slow, or that a callback has brought something of, has
// no such button.
func TestNoWordAboutAPurchaseThatIsNotUnclear(t *testing.T) {
	slow := doubtfulOrder()
	slow.Lines = slow.Lines[:1]
	told := unclearOrder()
	told.Lines[0].Attempts[0].Letters = [][]byte{{1}}
	asked := unclearOrder()
	asked.Lines[0].Attempts[0].Letters, asked.Lines[0].Attempts[0].Recall = [][]byte{{1}}, true
	both := doubtfulOrder()
	both.Lines[0] = told.Lines[0]
	for name, row := range map[string]struct {
		order order.Order
		want  bool
	}{
		"slow":                  {slow, false},
		"something came of it":  {told, false},
		"it is asked back":      {asked, true},
		"one of two is unclear": {both, true},
		"unclear":               {unclearOrder(), true},
	} {
		env := testEnv()
		env.Person = Person{ID: olga, Admin: true}
		c := turn{env: env}
		shown := slices.ContainsFunc(c.deskKeys(row.order), func(keys []Button) bool {
			return slices.ContainsFunc(keys, func(b Button) bool { return b.Do.Arg == string(AdminNotBought) })
		})
		if shown != row.want {
			t.Errorf("%s: button %v", name, shown)
		}
	}
}
