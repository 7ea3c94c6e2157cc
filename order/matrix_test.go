package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// TestWhatIsHeld is the list of payments that a person has to look at: held,
// alerted once, the buyer told, nothing bought.
func TestWhatIsHeld(t *testing.T) {
	for name, tc := range map[string]struct {
		reason order.Reason
		flag   order.Flag
		act    func(w *ordertest.World, p *ordertest.Payable)
	}{
		"wrong coin": {order.ReasonCurrency, order.FlagWrongCurrency, func(_ *ordertest.World, p *ordertest.Payable) { p.Currency = "EUR"; p.InTime = p.Asked }},
		"tagged": {order.ReasonCurrency, order.FlagWrongCurrency, func(_ *ordertest.World, p *ordertest.Payable) {
			p.Tags, p.InTime = []string{order.TagWrongCurrency}, p.Asked
		}},
		"another sum asked":   {order.ReasonMismatch, order.FlagHeld, func(_ *ordertest.World, p *ordertest.Payable) { p.Asked--; p.InTime = p.Asked }},
		"another reference":   {order.ReasonMismatch, order.FlagHeld, func(_ *ordertest.World, p *ordertest.Payable) { p.Reference = "0000000000-1"; p.InTime = p.Asked }},
		"confirmed less paid": {order.ReasonShort, order.FlagShort, func(w *ordertest.World, p *ordertest.Payable) { w.Gateway.Tolerance = 100; p.InTime = p.Asked - 50 }},
	} {
		t.Run(name, func(t *testing.T) {
			w, n, p := placed(t)
			tc.act(w, p)
			if err := w.Hint(n, order.Hint{Payment: 1}); err != nil {
				t.Fatal(err)
			}
			rest(t, w, 10*time.Minute)
			heldFor(t, w, n, tc.reason)
			if o := w.Look(n); !o.Flags.Has(tc.flag) || len(w.Supplier.Sales()) != 0 {
				t.Errorf("flags %v, %d purchases", o.Flags, len(w.Supplier.Sales()))
			}
		})
	}
}

func TestShortWithinToleranceIsFulfilled(t *testing.T) {
	w, n, p := placed(t)
	w.Gateway.Tolerance, w.Gateway.Accepts = 100, 100
	p.InTime = p.Asked - 50
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Held() {
		t.Errorf("%s, held %q", o.Status, o.Reason)
	}
}

func TestConfirmedTotalThatFalls(t *testing.T) {
	w, n, p := placed(t)
	p.InTime = ordertest.Amount("5")
	rest(t, w, 5*time.Minute)
	p.InTime = ordertest.Amount("4")
	rest(t, w, 10*time.Minute)
	heldFor(t, w, n, order.ReasonLower)
	if o := w.Look(n); o.Received() != ordertest.Amount("5") {
		t.Errorf("booked %s", o.Received())
	}
}

// TestWhatTheSupplierSays: every refusal after payment is held, alerted and
// told; what was bought is delivered.
func TestWhatTheSupplierSays(t *testing.T) {
	for name, tc := range map[string]struct {
		reason order.Reason
		status order.Status
		act    func(s *ordertest.Supplier)
	}{
		"fewer":     {order.ReasonFewer, order.Delivered, func(s *ordertest.Supplier) { s.Answers(ordertest.Answer{Fewer: 1}) }},
		"stock":     {order.ReasonStock, order.Paid, func(s *ordertest.Supplier) { s.Stock = 1 }},
		"late out":  {order.ReasonStock, order.Fulfilling, func(s *ordertest.Supplier) { s.Answers(answer(order.CodeStock)) }},
		"402":       {order.ReasonFunds, order.Fulfilling, func(s *ordertest.Supplier) { s.Balance = 0 }},
		"frozen":    {order.ReasonFrozen, order.Fulfilling, func(s *ordertest.Supplier) { s.Frozen = true }},
		"denied":    {order.ReasonRefused, order.Fulfilling, func(s *ordertest.Supplier) { s.Answers(answer(order.CodeDenied)) }},
		"price up":  {order.ReasonLoss, order.Paid, func(s *ordertest.Supplier) { s.Price = ordertest.Amount("10.01") }},
		"conflicts": {order.ReasonStock, order.Fulfilling, conflicting},
	} {
		t.Run(name, func(t *testing.T) {
			w, n, p := placed(t)
			tc.act(w.Supplier)
			pay(t, w, n, p)
			rest(t, w, 6*time.Hour)
			o := w.Look(n)
			if !o.Held() || o.Reason != tc.reason || o.Status != tc.status || len(w.Chat.Alerts(n)) == 0 || !w.Chat.ToldHeld(n) {
				t.Errorf("%s held for %q, alerts %v", o.Status, o.Reason, w.Chat.Alerts(n))
			}
			if locks := w.Store.Locks(ordertest.SupplierName); len(locks) != 0 {
				t.Errorf("permits left: %v", locks)
			}
		})
	}
}

func conflicting(s *ordertest.Supplier) {
	for range 30 {
		s.Answers(answer(order.CodeConflict))
	}
}

func TestPlaceTwiceIsOneOrder(t *testing.T) {
	w := ordertest.NewWorld(1)
	ctx := context.Background()
	d := ordertest.Draft("0000000000", 1001, 2)
	first, err := w.Process().Engine.Place(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Process().Engine.Place(ctx, d)
	if err != nil || again.Number != first.Number || again.Version != first.Version {
		t.Errorf("%+v, %v", again, err)
	}
	d.Buyer = 1002
	if o, failed := w.Process().Engine.Place(ctx, d); failed == nil {
		t.Errorf("another buyer got %s", o.Number)
	}
	for name, change := range map[string]func(d *order.Draft){
		"no line": func(d *order.Draft) { d.Lines = nil }, "zero": func(d *order.Draft) { d.Lines[0].Quantity = 0 },
		"too many": func(d *order.Draft) { d.Lines[0].Quantity = 101 }, "free": func(d *order.Draft) { d.Lines[0].UnitPrice = 0 },
		"overflow": func(d *order.Draft) { d.Lines[0].UnitCost = order.MaxMoney }, "gateway": func(d *order.Draft) { d.Gateway = "x" },
		"supplier": func(d *order.Draft) { d.Lines[0].Supplier = "x" }, "number": func(d *order.Draft) { d.Number = "0000000001" },
	} {
		again := ordertest.Draft("0000000000", 1001, 2)
		change(&again)
		if o, failed := w.Process().Engine.Place(ctx, again); name != "number" && (failed != nil || o.Version != first.Version) {
			t.Errorf("%s: what was placed is refused: %v", name, failed)
		}
		n, failed := order.NewNumber(ordertest.NewRandom(8), 0)
		if failed != nil {
			t.Fatal(failed)
		}
		bad := ordertest.Draft(n, 1001, 2)
		change(&bad)
		if _, err = w.Process().Engine.Place(ctx, bad); order.CodeOf(err) != order.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Supplier.Balance = ordertest.Amount("35.99") // 18.00 are reserved
	n, err := order.NewNumber(ordertest.NewRandom(9), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Process().Engine.Place(ctx, ordertest.Draft(n, 1003, 2)); err == nil || order.CodeOf(err) != order.CodeSupply {
		t.Errorf("an order beyond the supplier's balance: %v", err)
	}
}
