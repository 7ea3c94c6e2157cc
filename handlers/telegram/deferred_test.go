package telegram

import (
	"context"
	"strings"
	"testing"
	"time"

	"giftbot/flows"
	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
)

func TestDeferredScreensUnderFaults(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fault   sandbox.Failure
		waiting int
		blocked int
	}{
		{"fine", sandbox.Failure{Method: "getMe", Code: 500}, 0, 0},
		{"still limited", sandbox.Failure{Code: 429, RetryAfter: 60}, 1, 0},
		{"down", sandbox.Failure{Code: 502, Times: 2}, 1, 0},
		{"blocked", sandbox.Failure{Code: 403, Description: "Forbidden: bot was blocked by the user"}, 0, 1},
		{"refused", sandbox.Failure{Code: 400, Description: "Bad Request: message is too long"}, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.say(ada, "/start")
			w.tap(ada, "Shop")
			if err := w.deferred.Defer(t.Context(), ada, 0); err != nil {
				t.Fatal(err)
			}
			w.telegram.FailNext(tc.fault)
			if _, _, err := w.replicas[0].dispatcher.StepDeferred(t.Context()); err != nil {
				t.Error(err)
			}
			if w.deferred.waiting() != tc.waiting || len(w.people.blocked) != tc.blocked {
				t.Errorf("%d waiting, %d blocked", w.deferred.waiting(), len(w.people.blocked))
			}
		})
	}
}

func TestADeferredScreenIsTakenByOneReplica(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	if err := w.replicas[0].dispatcher.redrawScreen(t.Context(), ada); err != nil {
		t.Errorf("a screen that somebody else drew: %v", err)
	}
	if n := len(w.fromBot(ada)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestRunDeferredWakesAndStops(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	w.say(ada, "/start")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.RunDeferred(ctx, 1); close(done) }()
	time.Sleep(10 * time.Millisecond)
	w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 429, RetryAfter: 40})
	w.tap(ada, "Shop")
	for deadline := time.Now().Add(5 * time.Second); w.deferred.waiting() != 0; {
		if time.Now().After(deadline) {
			t.Fatal("not drawn")
		}
		w.clock.advance(time.Minute)
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
}

func TestASlowIntentDoesNotLetTheButtonSpin(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	d.early = 5 * time.Millisecond
	w.checkout(ada)
	w.tap(ada, "rypto")
	answered := w.calls("answerCallbackQuery")
	w.orders.slow = make(chan struct{})
	var number order.Number
	for n := range w.orders.by {
		number = n
	}
	data, err := d.Codec.Encode(ada, flows.Action{Verb: flows.VerbPaid, ID: string(number)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- d.Handle(t.Context(), press(77, ada, ada, 2, data)) }()
	for deadline := time.Now().Add(5 * time.Second); w.attempts("answerCallbackQuery") == answered; {
		if time.Now().After(deadline) {
			t.Fatal("not answered while the intent runs")
		}
		time.Sleep(time.Millisecond)
	}
	close(w.orders.slow)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := w.attempts("answerCallbackQuery"); got != answered+1 {
		t.Errorf("answered %d times", got-answered)
	}
}

// attempts counts calls of a method, refused ones included.
func (w *world) attempts(method string) int {
	n := 0
	for _, c := range w.telegram.Calls() {
		if strings.EqualFold(c.Method, method) {
			n++
		}
	}
	return n
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache(2)
	for person := range int64(3) {
		c.put(person, held{version: person})
		c.get(0)
	}
	if _, ok := c.get(1); ok || len(c.byID) != 2 {
		t.Error("the one who was here longest ago was not dropped")
	}
	if h, ok := c.get(2); !ok || h.version != 2 {
		t.Error("the newest is gone")
	}
	c.put(2, held{version: 9})
	if h, _ := c.get(2); h.version != 9 || c.order.Len() != 2 {
		t.Error("not replaced in place")
	}
	c.drop(2)
	c.drop(2)
	if _, ok := c.get(2); ok {
		t.Error("not dropped")
	}
}

func TestHeldRemembersTheLatestUpdates(t *testing.T) {
	h := held{}
	for id := range int64(20) {
		h = h.remember(100+id, id, flows.Session{})
	}
	if !h.seen(119) || !h.seen(112) || h.seen(111) || h.seen(0) {
		t.Errorf("remembers %v", h.recent)
	}
}

func TestAnUnreadableSessionStartsAnew(t *testing.T) {
	w := newWorld(t, 1)
	w.sessions.by[ada] = &memSession{version: 4, data: []byte("{broken")}
	w.say(ada, "/shop")
	if m := w.last(ada); !strings.Contains(m.Buttons[0][0].Text, "Games") || w.sessions.by[ada].version != 5 {
		t.Errorf("got %+v", m)
	}
}

// An order that cannot be looked at leaves its message as it is, and the screen
// waits until it can.
func TestADeferredOrderThatCannotBeReadIsDrawnLater(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	w.checkout(ada)
	w.tap(ada, "rypto")
	w.say(ada, "/orders")
	for n := range w.orders.by {
		w.tap(ada, n.Pretty())
	}
	shown := w.last(ada)
	if err := w.deferred.Defer(t.Context(), ada, 0); err != nil {
		t.Fatal(err)
	}
	w.orders.away = &order.Error{Code: order.CodeNotSent, Op: "redis load"}
	if err := d.redrawScreen(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	if now := w.last(ada); w.deferred.waiting() != 1 || now.ID != shown.ID || now.Text != shown.Text {
		t.Errorf("%d waiting, shown %+v", w.deferred.waiting(), now)
	}
	w.orders.away = nil
	w.clock.advance(time.Minute)
	if err := d.redrawScreen(t.Context(), ada); err != nil || w.deferred.waiting() != 0 {
		t.Errorf("%d waiting: %v", w.deferred.waiting(), err)
	}
}

// What a toast would have said is a message when the press was answered before,
// and after a repeated text: somebody who asked hears of it.
func TestWhoeverAskedIsTold(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	d.early = time.Millisecond
	w.checkout(ada)
	w.tap(ada, "rypto")
	var number order.Number
	for n := range w.orders.by {
		number = n
	}
	data, err := d.Codec.Encode(ada, flows.Action{Verb: flows.VerbStatus, ID: string(number)})
	if err != nil {
		t.Fatal(err)
	}
	shown := w.last(ada)
	w.orders.away, w.orders.slowly = &order.Error{Code: order.CodeNotSent, Op: "redis load"}, 50*time.Millisecond
	for n, handle := range []func() error{
		func() error { return d.Handle(t.Context(), press(77, ada, ada, int(shown.ID), data)) },
		func() error { return d.Handle(t.Context(), press(77, ada, ada, int(shown.ID), data)) }, // the same update again
	} {
		before := len(w.fromBot(ada))
		if err := handle(); err != nil {
			t.Fatal(err)
		}
		list := w.fromBot(ada)
		if len(list) != before+1 || !strings.Contains(list[len(list)-1].Text, "did not work") {
			t.Errorf("%d: %d messages more, the last is %q", n, len(list)-before, list[len(list)-1].Text)
		}
		if list[len(list)-1].ID == shown.ID {
			t.Errorf("%d: the order's message was replaced", n)
		}
	}
}

// Somebody whose press takes its time keeps nobody else's screen waiting.
func TestABusyPersonHoldsNoScreen(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	for _, person := range []int64{ada, olga} {
		w.say(person, "/start")
		if err := w.deferred.Defer(t.Context(), person, 0); err != nil {
			t.Fatal(err)
		}
	}
	leave, err := d.Enter(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	worked, _, err := d.StepDeferred(ctx)
	if err != nil || !worked || w.deferred.waiting() != 1 {
		t.Errorf("worked %v, %d waiting, %v", worked, w.deferred.waiting(), err)
	}
	worked, next, err := d.StepDeferred(ctx)
	if err != nil || worked || next.Since(order.At(w.clock.Now())) != redrawSoon {
		t.Errorf("nobody is free: worked %v, next %v, %v", worked, next, err)
	}
	leave()
	if _, _, err := d.StepDeferred(ctx); err != nil || w.deferred.waiting() != 0 {
		t.Errorf("free: %d waiting, %v", w.deferred.waiting(), err)
	}
	if leave, free := d.gates.try(ada); !free {
		t.Error("the gate is shut")
	} else {
		leave()
	}
}
