package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// oddMoney is a world in which nobody knows an order any more that was paid in
// another coin than was asked for.
func oddMoney(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	before := w.Store.Backup()
	n, err := w.Place(buyer, 1)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	p.Tags = []string{order.TagWrongCurrency}
	w.Store.Lose(before)
	w.Journal.Orders = nil
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External, Gateway: ordertest.GatewayName, Signed: true}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Minute)
	if o := w.Look(n); !o.Found || o.Reason != order.ReasonCurrency || o.Left() != 0 {
		t.Fatalf("held for %q, %s left: %+v", o.Reason, o.Left(), o)
	}
	return w, n, p
}

// cleared lets the bot work, and postings arrive on other shards.
func cleared(t *testing.T, w *ordertest.World) {
	t.Helper()
	rest(t, w, 3*time.Hour)
	for range 3 {
		if _, err := w.Process().Engine.Clearing.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Found money that a person saw arrive waits for who says whose it is, and its
// owner gets it.
func TestFoundMoneyConfirmedByHandGoesToItsOwner(t *testing.T) {
	w, n, p := oddMoney(t)
	does(t, w, n, confirms(p.Asked.String()))
	cleared(t, w)
	o := w.Look(n)
	if o.Reason != order.ReasonFound || o.Left() != p.Asked || w.Credit(o.Buyer) != 0 || o.Credited() != 0 {
		t.Fatalf("held for %q, %s left, %s given to nobody", o.Reason, o.Left(), w.Credit(o.Buyer))
	}
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Moments: o.Moments(), Why: "wrote to us"}
	refund := func(ctx context.Context, e *order.Engine) error {
		_, err := e.Refund(ctx, d)
		return err
	}
	refuses(t, w, n, order.CodeInvalid, "whose it is was not said", refund)
	d.Why = "1002 wrote to us"
	if err := refund(t.Context(), w.Process().Engine); err != nil {
		t.Fatal(err)
	}
	cleared(t, w)
	if o = w.Look(n); o.Held() || o.Left() != 0 || w.Credit(1002) != p.Asked || w.Credit(o.Buyer) != 0 {
		t.Errorf("held for %q, %s left; its owner has %s, nobody %s", o.Reason, o.Left(), w.Credit(1002), w.Credit(o.Buyer))
	}
}

// A part of it is given to its owner, and the rest to nobody.
func TestAPartOfFoundMoney(t *testing.T) {
	w, n, p := oddMoney(t)
	does(t, w, n, confirms(p.Asked.String()))
	o := w.Look(n)
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Amount: p.Asked - order.Cent, Moments: o.Moments(), Why: "1002"}
	if _, err := w.Process().Engine.Refund(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	cleared(t, w)
	if o = w.Look(n); o.Reason != order.ReasonFound || o.Left() != order.Cent || w.Credit(1002) != p.Asked-order.Cent || w.Credit(o.Buyer) != 0 {
		t.Errorf("held for %q, %s left; its owner has %s, nobody %s", o.Reason, o.Left(), w.Credit(1002), w.Credit(o.Buyer))
	}
	does(t, w, n, closes())
	cleared(t, w)
	if o = w.Look(n); o.Held() || o.Left() != 0 || w.Credit(o.Buyer) != 0 {
		t.Errorf("closed: held for %q, %s left, nobody has %s", o.Reason, o.Left(), w.Credit(o.Buyer))
	}
}

// Whatever was wrong with found money: no word about it makes it nobody's credit.
func TestFoundMoneyIsNobodysCredit(t *testing.T) {
	found := order.Order{Number: "0000000000", Buyer: -1, Status: order.Cancelled, Found: true, Timeline: []order.Moment{{At: 1, What: "found"}}}
	byHand := order.ByHand{N: 2, Amount: 20_000_000, By: 900, Why: "saw it", At: 9000}
	odd := fact("x", "0")
	odd.Tags = []string{order.TagWrongCurrency}
	other := fact("x", "20")
	other.Asked = 30_000_000
	for name, row := range map[string]struct {
		facts []order.Fact // the first is the one it was met with
		then  []order.Event
		left  order.Money
	}{
		"another coin":               {[]order.Fact{odd}, []order.Event{byHand}, 20_000_000},
		"another sum":                {[]order.Fact{fact("x", "0"), other}, []order.Event{byHand}, 20_000_000},
		"another coin, closed first": {[]order.Fact{odd}, []order.Event{order.Close{By: 900, At: 8000}, byHand}, 20_000_000},
		"as asked":                   {[]order.Fact{fact("x", "20")}, nil, 20_000_000},
		"as asked, and by hand":      {[]order.Fact{fact("x", "20")}, []order.Event{byHand}, 40_000_000},
		"by hand, and then as asked": {[]order.Fact{odd}, []order.Event{byHand, order.Read{Payment: 0, Fact: fact("x", "20"), At: 9500}}, 40_000_000},
	} {
		events := []order.Event{order.Met{N: 1, Gateway: "g", External: "x", Fact: row.facts[0], At: 2000}}
		for i, f := range row.facts {
			events = append(events, order.Read{Payment: 0, Fact: f, At: order.Stamp(3000 + i)})
		}
		o, effects := run(t, found, append(events, row.then...)...)
		if got := creditOf(effects, -1); got != 0 || o.Left() != row.left || !o.Held() {
			t.Errorf("%s: %s to nobody, %s left, held %v", name, got, o.Left(), o.Doubts)
		}
	}
}
