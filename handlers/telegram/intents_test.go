package telegram

import (
	"errors"
	"strings"
	"testing"

	"giftbot/flows"
	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
)

func TestShowCodesOnlyToWhoBoughtThem(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.Ready, "CODE-AAA", "CODE-BBB")
	r.drainAll()
	d := r.replicas[0].dispatcher
	r.say(ada, "/orders")
	r.say(ada, string(r.order.Number))
	r.tap(ada, "Show codes")
	m := r.last(ada)
	if !strings.Contains(m.Text, "CODE-BBB") || !m.Protected {
		t.Errorf("got %+v", m)
	}
	r.say(boris, "/start")
	data, err := d.Codec.Encode(boris, flows.Action{Verb: flows.VerbReveal, ID: string(r.order.Number)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Handle(t.Context(), press(500, boris, boris, 2, data)); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.fromBot(boris) {
		if strings.Contains(m.Text, "CODE") {
			t.Errorf("Boris reads %q", m.Text)
		}
	}
	if strings.Contains(r.log.String(), "CODE-") || strings.Contains(string(r.sessions.by[ada].data), "CODE") {
		t.Error("a code is in the log or in a session")
	}
}

func TestGoodsThatCannotBeOpenedAreOurTrouble(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.Ready, "CODE-AAA")
	r.orders.codesErr = errors.New("no such key")
	r.drainAll()
	if wait, there := r.due(order.AnnounceStatus); !there || wait <= 0 {
		t.Errorf("the delivery is not tried again: %v %v", wait, there)
	}
	d := r.replicas[0].dispatcher
	data, _ := d.Codec.Encode(ada, flows.Action{Verb: flows.VerbReveal, ID: string(r.order.Number)})
	if err := d.Handle(t.Context(), press(500, ada, ada, 2, data)); err != nil {
		t.Fatal(err)
	}
	if m := r.last(ada); !strings.Contains(m.Text, "Nothing is lost") {
		t.Errorf("Ada reads %q", m.Text)
	}
	if !strings.Contains(r.log.String(), "intent=flows.RevealGoods") {
		t.Error("not logged")
	}
}

func TestAButtonOfTheFormerCheckoutPlacesNothing(t *testing.T) {
	w := newWorld(t, 1)
	w.checkout(ada)
	id, data := w.find(ada, "rypto")
	w.tap(ada, "Home")
	d := w.replicas[0].dispatcher
	if err := d.Handle(t.Context(), press(500, ada, ada, id, data)); err != nil {
		t.Fatal(err)
	}
	if w.orders.asked != 0 {
		t.Error("placed from a screen that is gone")
	}
}

func TestRefusalsOfTheEngineAreToldKindly(t *testing.T) {
	for _, code := range []order.Code{
		order.CodeSupply, order.CodeTooMany, order.CodeTooSmall, order.CodeStock, order.CodeStale, order.CodeUnclear, order.CodeNotSent, order.CodeInvalid,
	} {
		w := newWorld(t, 1)
		w.checkout(ada)
		before := w.last(ada).Text
		w.orders.refuse = &order.Error{Code: code, Op: "place"}
		w.tap(ada, "rypto")
		if m := w.last(ada); m.Text == before || len(m.Buttons) == 0 {
			t.Errorf("%s: Ada still reads %q", code, m.Text)
		}
		if w.orders.placed != 0 || w.meter.of("telegram_intent_refused "+string(code)) != 1 {
			t.Errorf("%s: counted %v", code, w.meter.n)
		}
	}
}

// TestRepliesThatDoNotArrive: the state is saved in every case, and the update
// comes again only where that helps.
func TestRepliesThatDoNotArrive(t *testing.T) {
	for _, tc := range []struct {
		name              string
		fault             sandbox.Failure
		deferred, blocked int
		again             bool
	}{
		{"blocked", sandbox.Failure{Code: 403, Description: "Forbidden: bot was blocked by the user"}, 0, 1, false},
		{"refused", sandbox.Failure{Code: 400, Description: "Bad Request: message is too long"}, 0, 0, false},
		{"revoked", sandbox.Failure{Code: 401, Description: "Unauthorized"}, 0, 0, true},
		{"500", sandbox.Failure{Code: 500}, 1, 0, false},
		{"lost answer", sandbox.Failure{Code: 500, After: true}, 1, 0, false},
		{"429", sandbox.Failure{Code: 429, RetryAfter: 60}, 1, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.say(ada, "/start")
			tc.fault.Method = "sendMessage"
			w.telegram.FailNext(tc.fault)
			err := w.replicas[0].dispatcher.Handle(t.Context(), privateMessage(500, ada, "/help"))
			if (err != nil) != tc.again {
				t.Errorf("the update comes again: %v", err)
			}
			if w.deferred.waiting() != tc.deferred || len(w.people.blocked) != tc.blocked {
				t.Errorf("%d deferred, %d blocked", w.deferred.waiting(), len(w.people.blocked))
			}
			if w.sessions.by[ada].version != 2 {
				t.Error("the session was not saved")
			}
		})
	}
}

func TestMissingPartsAreRefused(t *testing.T) {
	if _, err := NewDispatcher(Parts{}); err == nil {
		t.Error("a dispatcher of nothing")
	}
	if _, err := NewDrain(DrainParts{}); err == nil {
		t.Error("a drain of nothing")
	}
}

// insists asks for the same intent whatever the session is.
type insists struct {
	flows.Conversation
	intent flows.Intent
}

func (f insists) Step(env flows.Env, s flows.Session, in flows.Input) (flows.Session, flows.Outcome) {
	if in.Result == nil {
		return s, flows.Outcome{Intent: f.intent}
	}
	code := string(in.Result.(flows.OrderResult).Code)
	return s, flows.Outcome{Replies: []flows.Reply{{View: flows.View{Blocks: []flows.Text{{Key: "code=" + code}}}, Place: flows.PlaceSend}}}
}

func place(unit order.Money, product string) flows.PlaceOrder {
	return flows.PlaceOrder{Number: "3F7KQW2M9X", Product: product, Quantity: 1, Unit: unit, Gateway: "infini"}
}

func TestAnIntentRunsOncePerUpdate(t *testing.T) {
	w := newWorld(t, 2)
	for _, r := range w.replicas {
		r.dispatcher.Flow = insists{intent: place(sixtyUC().Price, sixtyUC().ID)}
	}
	w.say(ada, "one")
	w.turn = 1
	w.say(ada, "two")
	w.turn = 0
	asked := w.orders.asked
	w.say(ada, "three") // replica 0 is stale: it steps twice and asks once
	if w.meter.of("telegram_session stale") != 1 || w.orders.asked != asked+1 {
		t.Errorf("stale %d times, asked %d times", w.meter.of("telegram_session stale"), w.orders.asked-asked)
	}
}

func TestThePriceThatWasShownIsTheOneThatCounts(t *testing.T) {
	for name, tc := range map[string]struct {
		intent flows.PlaceOrder
		want   order.Code
	}{
		"as shown": {place(sixtyUC().Price, sixtyUC().ID), ""},
		"another":  {place(sixtyUC().Price-1, sixtyUC().ID), order.CodePrice},
		"not sold": {place(sixtyUC().Price, "infinivoucher:gone"), order.CodeUnknown},
	} {
		w := newWorld(t, 1)
		w.replicas[0].dispatcher.Flow = insists{intent: tc.intent}
		w.say(ada, "buy")
		if got := w.last(ada).Text; got != "code="+string(tc.want) || (w.orders.placed == 1) != (tc.want == "") {
			t.Errorf("%s: %q, %d placed", name, got, w.orders.placed)
		}
	}
}
