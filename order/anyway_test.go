package order_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// tooDear is a world with a paid order whose goods cost 30.00 each now, of 10.00
// that was paid.
func tooDear(t *testing.T) (*ordertest.World, order.Number) {
	t.Helper()
	w, n, _ := placed(t)
	does(t, w, n, sold(price("30")))
	if o := w.Look(n); o.Reason != order.ReasonLoss || o.Lines[0].Asks != ordertest.Amount("30") {
		t.Fatalf("held for %q, asked %s", o.Reason, o.Lines[0].Asks)
	}
	return w, n
}

// A person's word allows what stood on their screen: for that purchase, and for
// no higher cost.
func TestAnywayIsForTheCostOnTheScreen(t *testing.T) {
	again := func(anyway bool, list ...step) []step {
		return append(append([]step{triesAgain(anyway)}, list...), wait(minutes))
	}
	for name, row := range map[string]struct {
		steps []step
		paid  string // for one, "" for nothing
		asks  string // what is on the screen then
	}{
		"as much":                       {again(true), "30", "0"},
		"cheaper meanwhile":             {again(true, price("29")), "29", "0"},
		"dearer meanwhile":              {again(true, price("30.01")), "", "30.01"},
		"much dearer, plainly again":    {append(again(true, stock(0)), again(false, stock(10), price("300"))...), "", "300"},
		"as much, plainly again":        {append(again(true, stock(0)), again(false, stock(10))...), "", "30"},
		"below its price, plainly":      {again(false, price("9")), "9", "0"},
		"without a word":                {again(false), "", "30"},
		"dearer, and with another word": {append(again(true, price("31")), again(true)...), "31", "0"},
		"after another failure":         {append(again(true, stock(0)), again(true, stock(10))...), "", "30"},
	} {
		t.Run(name, func(t *testing.T) {
			w, n := tooDear(t)
			does(t, w, n, row.steps...)
			o, bought := w.Look(n), row.paid != ""
			l := o.Lines[0]
			if got := l.State == order.LineGot; got != bought || o.Held() == bought || l.Asks != ordertest.Amount(row.asks) {
				t.Fatalf("%s, held for %q, asks %s", l.State, o.Reason, l.Asks)
			}
			if !bought && o.Reason != order.ReasonLoss {
				t.Errorf("held for %q", o.Reason)
			}
			if bought && l.Paid != ordertest.Amount(row.paid).Times(l.Quantity) {
				t.Errorf("bought for %s", l.Paid)
			}
		})
	}
}

// A word about what is too dear is none about what is out of stock.
func TestAnywayIsForWhatWasTooDear(t *testing.T) {
	o := twoLineOrder(t)
	fails := func(line int, code order.Code, why order.Reason, asks order.Money) order.Event {
		return order.BuyFails{Line: line, Code: code, Final: true, Reason: why, Asks: asks, At: 2000}
	}
	o, _ = run(t, o, fails(0, order.CodePrice, order.ReasonLoss, 30_000_000), fails(1, order.CodeStock, order.ReasonStock, 0), order.Again{Anyway: true, By: 900, At: 3000})
	if o.Lines[0].Most != 30_000_000 || o.Lines[1].Most != 0 {
		t.Fatalf("%s and %s", o.Lines[0].Most, o.Lines[1].Most)
	}
	o, _ = run(t, o, fails(1, order.CodePrice, order.ReasonLoss, 40_000_000), order.Again{By: 900, At: 4000})
	if o.Lines[0].Most != 30_000_000 || o.Lines[1].Most != 0 {
		t.Errorf("tried again, the second: %s and %s", o.Lines[0].Most, o.Lines[1].Most)
	}
}

// An order of an older version was allowed to be bought at any cost: it is held
// again, and its cost is known then.
func TestAnywayOfAnOlderVersion(t *testing.T) {
	w, n := tooDear(t)
	older := w.Look(n)
	older.Lines[0].Asks = 0
	raw, err := order.Encode(older)
	if err != nil {
		t.Fatal(err)
	}
	raw = append(bytes.TrimSuffix(raw, []byte("}")), []byte(`,"a":true}`)...)
	if older, err = order.Decode(raw, older.Version); err != nil {
		t.Fatal(err)
	}
	if _, err = w.Process().Engine.Store.Commit(context.Background(), order.Transition{Order: older, Op: "abcdefgh", Due: w.Clock.Stamp().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, anyway := range []bool{false, true} {
		does(t, w, n, triesAgain(anyway), wait(minutes))
		if o := w.Look(n); anyway != (o.Lines[0].State == order.LineGot) {
			t.Fatalf("anyway %v: %s, held for %q", anyway, o.Lines[0].State, o.Reason)
		}
	}
}

// The word of an older screen, on which nothing said what it costs, allows nothing.
func TestAnywayWithoutACost(t *testing.T) {
	o := twoLineOrder(t)
	o, _ = run(t, o, order.BuyFails{Line: 0, Code: order.CodePrice, Final: true, Reason: order.ReasonLoss, At: 2000}, order.Again{Anyway: true, By: 900, At: 3000})
	if l := o.Lines[0]; l.State != order.LineWaiting || l.Most != 0 {
		t.Errorf("%s, at most %s", l.State, l.Most)
	}
}
