package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// One record that nobody can read, of an order that the journal knows with its
// link and what left for it: everything else is healed, and admins are told.
func TestARecordThatNobodyCanReadHoldsNobodyUp(t *testing.T) {
	w, bad, p := icy(t, ordertest.Draft)
	w.Gateway.Pay(p.External, p.Asked)
	rest(t, w, time.Hour)
	before := w.Store.Backup()
	n, err := w.Place(1002, 1)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	good := w.Gateway.Links(n)[0]
	w.Gateway.Pay(good.External, good.Asked)
	redisFalls(w, before)
	w.Store.Spoilt = map[order.Number]bool{bad: true}
	for range 600 {
		w.Clock.Advance(time.Second)
		_, _ = w.Process().Engine.Step(context.Background())
	}
	if h := healed(t, w, 1); h.Placed != 1 || h.Broken == 0 {
		t.Errorf("healed %+v", h)
	}
	if o := w.Look(n); o.Received() != good.Asked {
		t.Errorf("%s, received %s", o.Status, o.Received())
	}
}

// Nor does one that waits for something still.
func TestAnOpenRecordThatNobodyCanReadHoldsNobodyUp(t *testing.T) {
	w, bad, _ := icy(t, ordertest.Draft)
	before := w.Store.Backup()
	w.Journal.Orders, w.Journal.Links = nil, nil
	redisFalls(w, before)
	w.Store.Spoilt = map[order.Number]bool{bad: true}
	for range 600 {
		w.Clock.Advance(time.Second)
		_, _ = w.Process().Engine.Step(context.Background())
	}
	if h := healed(t, w, 1); h.Broken != 1 {
		t.Errorf("healed %+v", h)
	}
}

// A line of the journal that makes no sense is counted, and those behind it are
// worked off; the journal is asked again when Redis does not answer.
func TestALineThatMakesNoSenseHoldsNoOtherBack(t *testing.T) {
	w, before := withdrawer(t)
	n := sentOut(t, w, "20")
	foreign := w.Journal.Orders[0]
	foreign.Number = "nonsense"
	w.Journal.Orders = append([]order.Order{foreign}, w.Journal.Orders...)
	w.Journal.Spent = append([]order.Spent{{Owner: "nonsense"}}, w.Journal.Spent...)
	w.Store.Lose(before)
	ctx := context.Background()
	fails := true
	engine := w.Join(&ordertest.Gate{Plan: func(_ int, op string) ordertest.Fault {
		return map[bool]ordertest.Fault{true: ordertest.FailBefore}[fails && op == "load"]
	}}, w.Clock).Engine
	if _, err := engine.Replay(ctx); err == nil {
		t.Fatal("worked off without Redis")
	}
	fails = false
	if h, err := engine.Replay(ctx); err != nil || h.Broken == 0 || h.Spends != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	if o := w.Look(n); o.Reason != order.ReasonPayoutUnclear || w.Credit(buyer) != 0 {
		t.Errorf("%s, held %v, credit %s", o.Status, o.Doubts, w.Credit(buyer))
	}
}
