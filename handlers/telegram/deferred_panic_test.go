package telegram

import (
	"testing"
	"time"

	"giftbot/flows"
)

// clumsy is a conversation that cannot draw a saved screen.
type clumsy struct{ flows.Conversation }

// Again implements Flow.
func (clumsy) Again(flows.Env, flows.Session) (flows.Session, flows.Outcome) { panic("no such screen") }

// A screen that cannot be drawn ends neither the process nor its person's
// presses, and is not tried for ever.
func TestAScreenThatPanicsIsGivenUp(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	w.say(ada, "/start")
	if err := w.deferred.Defer(t.Context(), ada, 0); err != nil {
		t.Fatal(err)
	}
	good := d.Flow
	d.Flow = clumsy{}
	for range redrawTries + 1 {
		if _, _, err := d.StepDeferred(t.Context()); err != nil {
			t.Error(err)
		}
		w.clock.advance(time.Hour)
	}
	if w.deferred.waiting() != 0 || w.meter.of("telegram_panics redraw") == 0 {
		t.Errorf("%d waiting, %d panics", w.deferred.waiting(), w.meter.of("telegram_panics redraw"))
	}
	d.Flow = good
	if w.tap(ada, "Shop"); len(w.fromBot(ada)) != 1 {
		t.Error("the press is lost")
	}
}
