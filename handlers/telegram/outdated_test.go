package telegram

import (
	"context"
	"slices"
	"testing"

	"giftbot/flows"
	"giftbot/order"
)

// mind is a conversation in which somebody says what they want, changes their
// mind, and has it done: what is done, the session says.
type mind struct{ flows.Conversation }

func (mind) Step(_ flows.Env, s flows.Session, in flows.Input) (flows.Session, flows.Outcome) {
	switch in.Text {
	case "all", "nothing":
		s.Sum = order.Money(len(in.Text))
	case "do":
		return s, flows.Outcome{Intent: flows.TakeCredit{Number: someOrder, Left: s.Sum}}
	}
	return s, flows.Outcome{}
}

// taking notes what is taken as credit.
type taking struct {
	*memDesk
	taken *[]order.Money
}

func (c taking) TakeCredit(_ context.Context, _ int64, n order.Number, left order.Money) (order.Order, error) {
	*c.taken = append(*c.taken, left)
	return order.Order{Number: n}, nil
}

// Somebody changes their mind at another replica: what is done is what they said
// last, once, and not what the first one remembers. It costs one look at the
// store, and none where the session has just come from there.
func TestNothingIsDoneOnAnOldSession(t *testing.T) {
	w := newWorld(t, 2)
	var taken []order.Money
	for _, r := range w.replicas {
		r.dispatcher.Flow, r.dispatcher.Credit, r.dispatcher.Payouts = mind{}, taking{&memDesk{}, &taken}, &memDesk{}
	}
	w.say(ada, "all")
	w.turn = 1
	w.say(ada, "nothing")
	w.turn = 0
	w.say(ada, "do")
	if want := []order.Money{order.Money(len("nothing"))}; !slices.Equal(taken, want) {
		t.Fatalf("taken %v, want %v", taken, want)
	}
	if stale := w.meter.of("telegram_session stale"); stale != 1 {
		t.Errorf("stale %d times", stale)
	}
	before := w.sessions.loads
	w.say(ada, "do")
	w.turn = 1
	w.say(boris, "do")
	if got := w.sessions.loads - before; got != 2 || len(taken) != 3 {
		t.Errorf("%d looks, taken %v", got, taken)
	}
}
