package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// icy is a world whose one replica notices losses, with one order that has its
// link.
func icy(t *testing.T, draft func(order.Number, int64, int) order.Draft) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w, _, n := aboutToForget(t)
	if err := w.PlaceDraft(draft(n, 1001, 1)); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 5*time.Minute)
	return w, n, w.Gateway.Links(n)[0]
}

// redisFalls takes the store back to a moment; the replica notices.
func redisFalls(w *ordertest.World, b ordertest.Backup) {
	w.Store.Lose(b)
	w.Ice.Loses(order.DoubtBehind, "a")
}

func healed(t *testing.T, w *ordertest.World, times int) order.Healed {
	t.Helper()
	if w.Ice.Stands() || w.Ice.Lifted != times {
		t.Fatalf("stands %v, lifted %d times", w.Ice.Stands(), w.Ice.Lifted)
	}
	return w.Ice.Ended
}

func audited(t *testing.T, w *ordertest.World) {
	t.Helper()
	if err := w.Audit(3); err != nil {
		t.Error(err)
	}
}

// Whatever is lost between any two moments of a purchase: the freeze ends by
// itself, the goods come once, and the books are right.
func TestEveryLossHeals(t *testing.T) {
	t.Parallel()
	for name, draft := range map[string]func(order.Number, int64, int) order.Draft{"code": ordertest.Draft, "card": ordertest.CardDraft, "top-up": ordertest.TopUpDraft} {
		for kept := 1; kept < 30; kept += stride() {
			for lost := kept + 1; lost < kept+14; lost += 2 {
				w, n, p := icy(t, draft)
				calls := 0
				var before *ordertest.Backup
				w.Process().Gate.Plan = func(int, string) ordertest.Fault {
					switch calls++; calls {
					case kept:
						b := w.Store.Backup()
						before = &b
					case lost:
						return ordertest.FailBefore
					}
					return ordertest.OK
				}
				w.Gateway.Pay(p.External, p.Asked)
				for range 400 { // up to the call that fails
					if calls >= lost {
						break
					}
					_ = w.Hint(n, order.Hint{Payment: 1, External: p.External})
					_, _ = w.RestFor(time.Second)
				}
				w.Process().Gate.Plan = nil
				if before == nil {
					t.Fatalf("%s: no call %d", name, kept)
				}
				redisFalls(w, *before)
				rest(t, w, 10*time.Minute)
				healed(t, w, 1)
				rest(t, w, 100*time.Hour)
				if made := len(w.Cards.Creations()); name == "card" && (made > 1 || made == 0 && !w.Look(n).Held()) {
					t.Errorf("%s, back to %d at %d: minted %d times", name, kept, lost, made)
				}
				if o := w.Look(n); o.Status != order.Delivered && !o.Held() && name != "card" {
					t.Errorf("%s, back to %d at %d: %s", name, kept, lost, o.Status)
				}
				if err := w.Audit(3); err != nil {
					t.Errorf("%s, back to %d at %d: %v", name, kept, lost, err)
				}
			}
		}
	}
}

// The order and its link are forgotten, and its money came: it is placed again
// from the journal, and bought.
func TestAForgottenOrderIsPlacedAgain(t *testing.T) {
	for _, pays := range []bool{true, false} {
		w, before, n := aboutToForget(t)
		if err := w.PlaceDraft(ordertest.Draft(n, 1001, 1)); err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		p := w.Gateway.Links(n)[0]
		if pays {
			w.Gateway.Pay(p.External, p.Asked)
		}
		redisFalls(w, before)
		if _, err := w.Process().Engine.Find(context.Background(), n); order.CodeOf(err) != order.CodeMissing {
			t.Fatalf("still known: %v", err)
		}
		rest(t, w, 10*time.Minute)
		if h := healed(t, w, 1); h.Placed != 1 || h.Found != 0 {
			t.Errorf("healed %+v", h)
		}
		rest(t, w, 3*time.Hour)
		if want := map[bool]order.Status{true: order.Delivered, false: order.Expired}[pays]; w.Look(n).Status != want {
			t.Errorf("paid %v: ended %s", pays, w.Look(n).Status)
		}
		audited(t, w)
		if h, err := w.Process().Engine.Replay(context.Background()); err != nil || h != (order.Healed{}) {
			t.Errorf("replayed twice: %+v, %v", h, err)
		}
	}
}

// Who placed it never heard that it is stored; another asked for its link, was
// paid, and Redis forgot both.
func TestAForgottenOrderOfWhichItsPlacerNeverHeardIsPlacedAgain(t *testing.T) {
	w, before, n := aboutToForget(t)
	w.Process().Gate.Plan = func(_ int, op string) ordertest.Fault {
		return map[string]ordertest.Fault{"insert": ordertest.FailAfter, "load": ordertest.FailBefore}[op]
	}
	if err := w.PlaceDraft(ordertest.Draft(n, 1001, 1)); err == nil {
		t.Fatal("placed")
	}
	w.Process().Gate.Plan = nil
	rest(t, w, time.Minute)
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	redisFalls(w, before)
	rest(t, w, 10*time.Minute)
	if h := healed(t, w, 1); h.Placed != 1 || h.Found != 0 {
		t.Errorf("healed %+v", h)
	}
	rest(t, w, 3*time.Hour)
	if got := w.Look(n).Status; got != order.Delivered {
		t.Errorf("ended %s", got)
	}
	audited(t, w)
}

// aboutToForget is a world, what its Redis will go back to, and the number of the
// order that is placed afterwards.
func aboutToForget(t *testing.T) (*ordertest.World, ordertest.Backup, order.Number) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	return w, w.Store.Backup(), n
}

// Credit that an order had used is taken once more with it; when it was spent
// meanwhile, the link alone pays.
func TestAForgottenOrderTakesItsCreditAgain(t *testing.T) {
	for _, spent := range []bool{false, true} {
		w := ordertest.NewWorld(1)
		w.Freezes("a")
		does(t, w, "", rich("20"))
		before := w.Store.Backup()
		list := []order.Draft{creditDraft(t, w, "15")}
		if err := w.PlaceDraft(list[0]); err != nil {
			t.Fatal(err)
		}
		w.Store.Lose(before)
		if spent {
			list = append(list, creditDraft(t, w, "20"))
			if err := w.PlaceDraft(list[1]); err != nil {
				t.Fatal(err)
			}
		}
		w.Ice.Loses(order.DoubtBehind, "a")
		rest(t, w, 10*time.Minute)
		healed(t, w, 1)
		o := w.Look(list[0].Number)
		if want := map[bool]string{false: "15", true: "0"}[spent]; o.CreditUsed() != ordertest.Amount(want) || o.Missing() != o.Total-o.CreditUsed() {
			t.Errorf("spent %v: %s, credit used %s, missing %s", spent, o.Status, o.CreditUsed(), o.Missing())
		}
		rest(t, w, 10*time.Hour)
		if err := w.Audit(0); err != nil {
			t.Errorf("spent %v: %v", spent, err)
		}
	}
}

func creditDraft(t *testing.T, w *ordertest.World, credit string) order.Draft {
	t.Helper()
	n, err := w.Draw(buyer)
	if err != nil {
		t.Fatal(err)
	}
	d := ordertest.Draft(n, buyer, 2)
	d.Credit = ordertest.Amount(credit)
	return d
}

// A payment of an order that neither Redis nor a journal knows waits for a person,
// who says whose it is, once.
func TestFoundMoney(t *testing.T) {
	for _, byHook := range []bool{true, false} {
		w := ordertest.NewWorld(1)
		w.Freezes("a")
		before := w.Store.Backup()
		n, err := w.Draw(1001)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.PlaceDraft(ordertest.Draft(n, 1001, 1)); err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		p := w.Gateway.Links(n)[0]
		w.Gateway.Pay(p.External, p.Asked)
		w.Store.Lose(before)
		w.Journal.Orders = nil
		hint := order.Hint{Payment: 1, External: p.External, Gateway: ordertest.GatewayName, Signed: true}
		if byHook {
			if err := w.Hint(n, hint); err != nil {
				t.Fatal(err)
			}
		} else {
			w.Ice.Loses(order.DoubtBehind, "a")
			if err := w.Process().Engine.Hint(context.Background(), n, hint); order.CodeOf(err) != order.CodeBusy {
				t.Fatalf("answered before the journals were asked: %v", err)
			}
		}
		rest(t, w, 10*time.Minute)
		if o := w.Look(n); !o.Found || o.Reason != order.ReasonFound || o.Left() != p.Asked || o.Buyer >= 0 {
			t.Fatalf("by hook %v: %+v", byHook, o)
		}
		if alerts := w.Chat.Alerts(n); len(alerts) != 1 {
			t.Errorf("alerts %v", alerts)
		}
		ctx, engine := context.Background(), w.Process().Engine
		d := order.Decision{Number: n, Admin: ordertest.Admin, Left: p.Asked, Why: "wrote to us"}
		if _, err := engine.Refund(ctx, d); order.CodeOf(err) != order.CodeInvalid {
			t.Errorf("given to nobody: %v", err)
		}
		if _, err := engine.PayOut(ctx, d, ordertest.GatewayName); err == nil {
			t.Error("paid out to nobody")
		}
		d.Why = "1002 wrote to us"
		if _, err := engine.Refund(ctx, d); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Refund(ctx, d); err == nil {
			t.Error("given twice")
		}
		for range 3 {
			if _, err := engine.Clearing.Clear(ctx); err != nil {
				t.Fatal(err)
			}
		}
		rest(t, w, time.Hour)
		if got := w.Credit(1002); got != p.Asked || w.Look(n).Held() {
			t.Errorf("credit %s, held %v", got, w.Look(n).Doubts)
		}
	}
}

// An admin who answered by hand puts it aside: nobody's credit, and off the queue.
func TestFoundMoneyPutAside(t *testing.T) {
	w := ordertest.NewWorld(1)
	before := w.Store.Backup()
	n, err := w.Place(1001, 1)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	w.Store.Lose(before)
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External, Gateway: ordertest.GatewayName, Signed: true}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	if _, err := w.Process().Engine.CloseHeld(context.Background(), order.Decision{Number: n, Admin: ordertest.Admin, Left: p.Asked, Why: "sent back"}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Held() || o.Left() != 0 {
		t.Errorf("held %v, left %s", o.Doubts, o.Left())
	}
	// More money comes on the same link: once more before a person.
	w.Gateway.Pay(p.External, p.Asked)
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 3*time.Hour)
	if o := w.Look(n); o.Reason != order.ReasonFound || o.Left() != p.Asked {
		t.Errorf("held %v, left %s", o.Doubts, o.Left())
	}
}

// Hints that say nothing of a payment of ours are no found money.
func TestWhatIsNoFoundMoney(t *testing.T) {
	w := ordertest.NewWorld(1)
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]order.Hint{
		"unsigned":       {Payment: 1, External: "x", Gateway: ordertest.GatewayName},
		"no gateway":     {Payment: 1, External: "x", Signed: true},
		"of nobody":      {Payment: 1, External: "x", Signed: true, Gateway: "other"},
		"without an id":  {Payment: 1, Signed: true, Gateway: ordertest.GatewayName},
		"no payment":     {External: "x", Signed: true, Gateway: ordertest.GatewayName},
		"beyond numbers": {Payment: 99, External: "x", Signed: true, Gateway: ordertest.GatewayName},
	} {
		if err := w.Process().Engine.Hint(context.Background(), n, h); order.CodeOf(err) != order.CodeMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The gateway does not know it: nobody is bothered.
	if err := w.Hint(n, order.Hint{Payment: 1, External: "x", Signed: true, Gateway: ordertest.GatewayName}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Held() || len(o.Payments) > 0 {
		t.Errorf("%+v", o)
	}
}

// A second link that Redis forgot is watched again, and its money counts.
func TestAForgottenSecondLink(t *testing.T) {
	w, n, _ := icy(t, ordertest.Draft)
	before := w.Store.Backup()
	if _, err := w.Process().Engine.PayBy(context.Background(), 1001, n, ordertest.TwinsName); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	p := w.Twins.Links(n)[0]
	w.Twins.Pay(p.External, p.Asked)
	redisFalls(w, before)
	rest(t, w, 5*time.Minute)
	healed(t, w, 1)
	if err := w.Hint(n, order.Hint{Payment: 2, External: p.External, Gateway: ordertest.TwinsName, Signed: true}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Status != order.Delivered {
		t.Errorf("%s %+v", o.Status, o.Payments)
	}
	audited(t, w)
}
