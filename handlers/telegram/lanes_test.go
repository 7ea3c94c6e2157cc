package telegram

import (
	"testing"
	"time"
)

func TestLanesLeaveRoomForTheOnesBefore(t *testing.T) {
	now := newClock().Now()
	p := newPacer(Limits{PerSecond: 30, ForReplies: 8, ForDelivery: 4})
	sent := func(lane Lane) int {
		for n := 0; ; n++ {
			if p.wait(now, lane, int64(1000*int(lane)+n), false) > 0 {
				return n
			}
		}
	}
	broadcasts, replies, deliveries := sent(LaneBroadcast), sent(LaneReply), sent(LaneDelivery)
	if broadcasts != 18 || replies != 8 || deliveries != 4 {
		t.Errorf("broadcasts %d, replies %d, deliveries %d; want 18, 8, 4", broadcasts, replies, deliveries)
	}
	if d := p.wait(now, LaneDelivery, 1, false); d <= 0 || d > time.Second/30+time.Millisecond {
		t.Errorf("the next delivery waits %v", d)
	}
	if d := p.wait(now, LaneReply, 1, true); d != 0 {
		t.Errorf("an edit waits %v", d)
	}
	now = now.Add(time.Second)
	if got := sent(LaneDelivery); got != 30 {
		t.Errorf("a second later: %d", got)
	}
}

func TestOneChatIsPaced(t *testing.T) {
	now := newClock().Now()
	p := newPacer(DefaultLimits())
	for i := range 5 {
		if d := p.wait(now, LaneReply, ada, false); d != 0 {
			t.Fatalf("message %d waits %v", i, d)
		}
	}
	if d := p.wait(now, LaneReply, ada, false); d != time.Second {
		t.Errorf("the sixth waits %v", d)
	}
	if d := p.wait(now, LaneReply, boris, false); d != 0 {
		t.Errorf("another chat waits %v", d)
	}
	if d := p.wait(now.Add(time.Second), LaneReply, ada, false); d != 0 {
		t.Errorf("a second later it waits %v", d)
	}
}

func TestManyRefusalsAtOnceParkEverything(t *testing.T) {
	now := newClock().Now()
	p := newPacer(DefaultLimits())
	for _, chat := range []int64{1, 1, 2} {
		if p.park(now, chat, 5*time.Second) {
			t.Fatalf("two chats are not everybody, parked after %d", chat)
		}
	}
	if d := p.wait(now, LaneDelivery, 9, false); d != 0 {
		t.Errorf("a free chat waits %v", d)
	}
	if d := p.wait(now, LaneReply, 2, true); d != 5*time.Second {
		t.Errorf("an edit in a parked chat waits %v", d)
	}
	if p.park(now.Add(2*time.Second), 3, time.Second) {
		t.Error("refusals far apart were added up")
	}
	p.park(now.Add(2*time.Second), 4, time.Second)
	if !p.park(now.Add(2*time.Second), 5, 30*time.Second) {
		t.Fatal("three chats at once are everybody")
	}
	if d := p.wait(now.Add(2*time.Second), LaneDelivery, 9, true); d != 30*time.Second {
		t.Errorf("everybody waits %v", d)
	}
}

func TestQuietChatsAreForgotten(t *testing.T) {
	now := newClock().Now()
	p := newPacer(Limits{PerChat: 2})
	p.park(now, 7, time.Hour)
	for chat := range int64(3 * chatsKept) {
		p.wait(now, LaneReply, 100+chat, false)
		now = now.Add(time.Millisecond)
	}
	if len(p.chats) > chatsKept+1 {
		t.Errorf("%d chats remembered", len(p.chats))
	}
	if d := p.wait(now, LaneReply, 7, false); d <= 0 {
		t.Error("a parked chat was forgotten")
	}
}
