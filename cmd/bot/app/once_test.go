package app

import (
	"context"
	"testing"
	"time"

	"giftbot/flows"
	"giftbot/order"
)

// What one replica set out to tell and did not, because it was stopped or died in
// between, another one tells.
func TestAnAlertOutlivesTheReplicaThatSetOutToTellIt(t *testing.T) {
	notes, tide := &board{noted: map[string]string{}}, &ice{f: order.Freeze{ID: "a"}, stands: true}
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	ctx, stop := context.WithCancel(t.Context())
	stopped := func(context.Context, flows.View) bool {
		stop()
		return false // Telegram was not reached any more
	}
	told := 0
	tell := func(context.Context, flows.View) bool {
		told++
		return true
	}
	_ = (&freezeTeller{tide: tide, notes: notes, tell: stopped, clock: clock}).look(ctx)
	next := &freezeTeller{tide: tide, notes: notes, tell: tell, clock: clock}
	if err := next.look(t.Context()); err != nil || told != 1 {
		t.Errorf("told %d times after the first replica was stopped: %v", told, err)
	}

	tide.stands = false
	died := func(context.Context, flows.View) bool { panic("the process ends here") }
	func() {
		defer func() { _ = recover() }()
		_ = (&freezeTeller{tide: tide, notes: notes, tell: died, clock: clock}).look(t.Context())
	}()
	for range 3 {
		if err := next.look(t.Context()); err != nil || told != 1 {
			t.Errorf("told %d times while the other may still tell it: %v", told, err)
		}
	}
	clock.now = clock.now.Add(tellTime)
	for range 3 {
		if err := next.look(t.Context()); err != nil || told != 2 {
			t.Errorf("told %d times after the other died: %v", told, err)
		}
	}
}

// A freeze that ends while nobody runs is over for the admins as well.
func TestAFreezeThatEndedBeforeTheStartIsToldToBeOver(t *testing.T) {
	notes, tide := &board{noted: map[string]string{}}, &ice{f: order.Freeze{ID: "a"}, stands: true}
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	var told []string
	tell := func(_ context.Context, v flows.View) bool {
		told = append(told, v.Blocks[0].Key)
		return true
	}
	start := func() *freezeTeller {
		return &freezeTeller{tide: tide, notes: notes, tell: tell, clock: clock}
	}
	if err := start().look(t.Context()); err != nil {
		t.Fatal(err)
	}
	tide.stands = false // while the bot is down
	for range 2 {
		again := start()
		for range 2 {
			if err := again.look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(told) != 2 || told[1] != "freeze.over" {
		t.Errorf("told %v", told)
	}
	tide.f = order.Freeze{}
	if err := start().look(t.Context()); err != nil || len(told) != 2 {
		t.Errorf("no freeze: %v, %v", told, err)
	}
}

func TestALowAccountIsToldAgainWhenNobodyToldIt(t *testing.T) {
	notes := &board{noted: map[string]string{}}
	for i, c := range []struct {
		after time.Duration
		told  bool // by then
		news  bool
	}{
		{0, false, true},
		{time.Minute, false, false}, // it may still tell it
		{tellTime, false, true},
		{tellTime + time.Minute, false, false},
		{3 * tellTime, true, false},
	} {
		if c.told {
			if err := settled(t.Context(), notes, lowNote+"plexy:USD", true); err != nil {
				t.Fatal(err)
			}
		}
		news, err := lowNews(t.Context(), notes, "plexy:USD", true, order.Stamp(1_000+c.after.Milliseconds()))
		if err != nil || news != c.news {
			t.Errorf("%d: %v %v, want %v", i, news, err, c.news)
		}
	}
}
