package telegram

import (
	"testing"

	"giftbot/flows"
	"giftbot/order"
)

// drafts notes the number that each step could have used for a checkout.
type drafts struct {
	flows.Conversation
	seen *[]order.Number
}

func (d drafts) Step(env flows.Env, s flows.Session, in flows.Input) (flows.Session, flows.Outcome) {
	*d.seen = append(*d.seen, env.Draft)
	return d.Conversation.Step(env, s, in)
}

// A checkout may be on the screen before the save refuses it: run again for the
// same update, it must be the same checkout.
func TestOneNumberPerUpdate(t *testing.T) {
	w := newWorld(t, 2)
	var seen []order.Number
	for _, r := range w.replicas {
		r.dispatcher.Flow = drafts{seen: &seen}
	}
	w.say(ada, "/start")
	w.turn = 1
	w.say(ada, "/shop")
	w.turn = 0
	w.say(ada, "/help") // replica 0 is stale: it steps twice
	if len(seen) != 4 || w.meter.of("telegram_session stale") != 1 {
		t.Fatalf("steps with %q, stale %d times", seen, w.meter.of("telegram_session stale"))
	}
	if seen[2] != seen[3] || seen[2] == "" {
		t.Errorf("one update, two numbers: %q and %q", seen[2], seen[3])
	}
	if seen[0] == seen[1] || seen[1] == seen[2] {
		t.Errorf("two updates, one number: %q", seen)
	}
}
