package telegram

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
)

// Many people whose press is slow hide nobody's screen.
func TestACrowdOfBusyPeopleHidesNoScreen(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	w.say(ada, "/start")
	for i := range int64(redrawBatch) {
		leave, err := d.Enter(t.Context(), boris+i)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		if err := w.deferred.Defer(t.Context(), boris+i, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.deferred.Defer(t.Context(), ada, 2); err != nil {
		t.Fatal(err)
	}
	if worked, _, err := d.StepDeferred(t.Context()); err != nil || !worked || w.deferred.waiting() != redrawBatch {
		t.Errorf("worked %v, %d waiting, %v", worked, w.deferred.waiting(), err)
	}
}

// Somebody whose chat has to wait keeps nobody else's screen waiting.
func TestASlowChatHoldsNoScreen(t *testing.T) {
	w := newWorld(t, 1)
	d, s := w.replicas[0].dispatcher, w.replicas[0].sender
	for i, person := range []int64{ada, olga} {
		w.say(person, "/start")
		w.say(person, "/shop")
		if err := w.deferred.Defer(t.Context(), person, order.Stamp(i)); err != nil {
			t.Fatal(err)
		}
	}
	over := make(chan struct{})
	s.sleep = func(context.Context, time.Duration) error { <-over; w.clock.advance(time.Minute); return nil }
	s.pacer.park(w.clock.Now(), ada, replyPatience-time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.RunDeferred(ctx, 2); close(done) }()
	for deadline := time.Now().Add(3 * time.Second); w.deferred.waiting() != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("a screen waits for somebody else's chat")
			break
		}
	}
	cancel()
	close(over)
	<-done
}

// A screen that waited to be drawn, and was shown since in a message of its
// own, is not sent once more.
func TestAScreenThatWasShownSinceIsNotSentAgain(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	w.say(ada, "/start")
	if err := w.deferred.Defer(t.Context(), ada, 1); err != nil {
		t.Fatal(err)
	}
	w.say(ada, "/shop")
	shown := len(w.fromBot(ada))
	if _, _, err := d.StepDeferred(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.fromBot(ada)); n != shown || w.deferred.waiting() != 0 {
		t.Errorf("%d messages instead of %d, %d waiting", n, shown, w.deferred.waiting())
	}
}
