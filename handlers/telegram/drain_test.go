package telegram

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
)

// announceRig is a world in which Ada started the bot and has one order.
type announceRig struct {
	*world
	order order.Order
}

func newAnnounceRig(t *testing.T) *announceRig {
	t.Helper()
	w := newWorld(t, 1)
	w.outbox.clock = w.clock
	w.outbox.read = func(n order.Number) order.Order {
		w.orders.mu.Lock()
		defer w.orders.mu.Unlock()
		return w.orders.by[n]
	}
	w.say(ada, "/start")
	w.checkout(ada)
	w.tap(ada, "rypto")
	rig := &announceRig{world: w}
	for _, o := range w.orders.by {
		rig.order = o
	}
	return rig
}

func (r *announceRig) moveTo(status order.Status, codes ...string) {
	o := r.orders.by[r.order.Number]
	o.Status = status
	if len(codes) > 0 {
		o.Lines[0].State, o.Lines[0].Got, o.Lines[0].Goods = order.LineGot, len(codes), []byte("sealed")
		r.orders.codes[o.Number] = goodsOf(codes...)
	}
	r.orders.put(o)
	r.announce(order.AnnounceStatus, ada)
}

func (r *announceRig) announce(kind order.AnnouncementKind, to int64) {
	r.outbox.add(order.Announcement{Kind: kind, To: to}, r.orders.by[r.order.Number])
}

func (r *announceRig) statusMessage() sandbox.MessageView {
	r.t.Helper()
	for _, m := range r.fromBot(ada) {
		if m.Protected {
			return m
		}
	}
	r.t.Fatal("no status message")
	return sandbox.MessageView{}
}

func (r *announceRig) protected() int {
	n := 0
	for _, m := range r.fromBot(ada) {
		if m.Protected {
			n++
		}
	}
	return n
}

func (r *announceRig) due(kind order.AnnouncementKind) (time.Duration, bool) {
	for w, at := range r.outbox.waiting() {
		if w.Kind == kind {
			return max(at.Since(order.At(r.clock.Now())), 0), true
		}
	}
	return 0, false
}

func TestOneMessageFollowsAnOrderToItsCodes(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.AwaitingPayment)
	r.drainAll()
	first := r.statusMessage()
	if int64(r.orders.by[r.order.Number].Message) != first.ID {
		t.Fatalf("message %d was not recorded", first.ID)
	}
	for _, status := range []order.Status{order.Confirming, order.Paid, order.Fulfilling} {
		r.moveTo(status)
		r.drainAll()
	}
	before := len(r.fromBot(ada))
	r.moveTo(order.Ready, "CODE-AAA", "CODE-<B>")
	r.drainAll()
	m := r.statusMessage()
	if m.ID != first.ID || r.protected() != 1 || !strings.Contains(m.Text, "CODE-AAA") || !strings.Contains(m.Text, "CODE-<B>") {
		t.Errorf("delivered as %+v", m)
	}
	spoilers := 0
	for _, e := range m.Entities {
		if e.Type == "spoiler" {
			spoilers++
		}
	}
	copies := 0
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.HasPrefix(b.CopyText, "CODE-") {
				copies++
			}
		}
	}
	if spoilers != 2 || copies != 2 {
		t.Errorf("%d spoilers (want 2) and %d copy buttons", spoilers, copies)
	}
	if r.orders.by[r.order.Number].Status != order.Delivered || len(r.outbox.waiting()) != 0 {
		t.Errorf("status %s, waiting %v", r.orders.by[r.order.Number].Status, r.outbox.waiting())
	}
	ping := r.last(ada)
	if len(r.fromBot(ada)) != before+1 || strings.Contains(ping.Text, "CODE-") {
		t.Errorf("the ping is %+v", ping)
	}
	if strings.Contains(r.log.String(), "CODE-") {
		t.Error("a code is in the log")
	}
}

func TestDeliveryIsRepeatedWithoutASecondMessage(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.Paid)
	r.drainAll()
	r.moveTo(order.Ready, "CODE-AAA")
	// The process dies after the edit and before it is recorded.
	r.orders.shown = errRedis
	r.drainAll()
	r.orders.shown = nil
	r.outbox.crash()
	r.replicas[0] = r.newReplica()
	sent := r.calls("sendMessage")
	r.drainAll()
	if r.protected() != 1 || r.calls("sendMessage") != sent+1 { // the ping
		t.Errorf("%d status messages, %d sent", r.protected(), r.calls("sendMessage")-sent)
	}
	if r.orders.by[r.order.Number].Status != order.Delivered {
		t.Error("not delivered")
	}
}

func TestAMessageSentButNotRecordedIsUsedAgain(t *testing.T) {
	r := newAnnounceRig(t)
	r.orders.stale = 2
	r.moveTo(order.Paid)
	r.drainAll()
	if r.protected() != 1 || r.orders.by[r.order.Number].Message == 0 {
		t.Errorf("%d status messages", r.protected())
	}
	if len(r.replicas[0].drain.unsaved) != 0 {
		t.Error("the id is kept after it was recorded")
	}
}

func TestADeletedStatusMessageIsSentAnew(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.Paid)
	r.drainAll()
	r.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 400, Description: "Bad Request: message to edit not found"})
	r.moveTo(order.Ready, "CODE-AAA")
	r.drainAll()
	if r.protected() != 2 || r.orders.by[r.order.Number].Status != order.Delivered {
		t.Errorf("%d protected messages, %s", r.protected(), r.orders.by[r.order.Number].Status)
	}
}

// TestAnnouncementFaults: none is dropped, none is sent twice.
func TestAnnouncementFaults(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    sandbox.Failure
		kind     order.AnnouncementKind
		min, max time.Duration // until it is told again
		done     bool
		blocked  int
	}{
		{"status limited", sandbox.Failure{Code: 429, RetryAfter: 33}, order.AnnounceStatus, 33 * time.Second, 33 * time.Second, false, 0},
		{"status blocked", sandbox.Failure{Code: 403, Description: "Forbidden: bot was blocked by the user"}, order.AnnounceStatus, parkedFor, parkedFor, false, 1},
		{"status 500", sandbox.Failure{Code: 500}, order.AnnounceStatus, time.Second, time.Minute, false, 0},
		{"status refused", sandbox.Failure{Code: 400, Description: "Bad Request: message is too long"}, order.AnnounceStatus, refusedFor, refusedFor, false, 0},
		{"status revoked", sandbox.Failure{Code: 401, Description: "Unauthorized"}, order.AnnounceStatus, time.Second, unsureMax, false, 0},
		{"ping limited", sandbox.Failure{Code: 429, RetryAfter: 33}, order.AnnouncePing, 33 * time.Second, 33 * time.Second, false, 0},
		{"ping 500", sandbox.Failure{Code: 500}, order.AnnouncePing, 0, 0, true, 0},
		{"ping lost answer", sandbox.Failure{Code: 500, After: true}, order.AnnouncePing, 0, 0, true, 0},
		{"ping blocked", sandbox.Failure{Code: 403, Description: "Forbidden: bot was blocked by the user"}, order.AnnouncePing, parkedFor, parkedFor, false, 1},
		{"alert 500", sandbox.Failure{Code: 500}, order.AnnounceAlert, time.Second, time.Minute, false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newAnnounceRig(t)
			to := ada
			if tc.kind == order.AnnounceAlert {
				to = olga
				r.say(olga, "/start")
			}
			tc.fault.Method = "sendMessage"
			r.telegram.FailNext(tc.fault)
			r.announce(tc.kind, to)
			r.drainAll()
			wait, there := r.due(tc.kind)
			if there == tc.done || wait < tc.min || wait > tc.max {
				t.Errorf("told again in %v (%v), want %v to %v", wait, there, tc.min, tc.max)
			}
			if len(r.people.blocked) != tc.blocked {
				t.Errorf("marked %v", r.people.blocked)
			}
			r.clock.advance(wait + time.Millisecond)
			r.drainAll()
			if len(r.outbox.waiting()) != 0 {
				t.Errorf("not told after the fault was over: %v", r.outbox.waiting())
			}
		})
	}
}

// Telegram does not say when somebody starts the bot for the first time, but an
// admin's /start does.
func TestAnAdminWhoNeverStartedIsNotForgotten(t *testing.T) {
	r := newAnnounceRig(t)
	r.replicas[0].dispatcher.Admin.IDs = []int64{olga}
	r.announce(order.AnnounceAlert, olga)
	r.drainAll()
	if wait, there := r.due(order.AnnounceAlert); !there || wait != parkedFor {
		t.Fatalf("waits %v, %v", wait, there)
	}
	r.say(olga, "/start")
	if !slices.Contains(r.people.back, olga) {
		t.Fatalf("back are %v, want the admin", r.people.back)
	}
	r.say(ada, "/start")
	if slices.Contains(r.people.back, ada) {
		t.Error("every /start looks for what waits: of others Telegram says when they are back")
	}
	r.clock.advance(parkedFor)
	r.drainAll()
	if m := r.last(olga); !strings.Contains(m.Text, r.order.Number.Pretty()) {
		t.Errorf("alert %q", m.Text)
	}
}

func TestSweepsAreRare(t *testing.T) {
	r := newAnnounceRig(t)
	d := r.replicas[0].drain
	if _, err := d.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if worked, _ := d.Step(t.Context()); worked {
		t.Error("swept again at once")
	}
	if idle := d.Idle(); idle <= 2*time.Second || idle > drainSweep {
		t.Errorf("idle %v", idle)
	}
	d.Tell(Waiting{order.Announcement{Kind: order.AnnounceStatus, To: ada}, r.order.Number})
	if d.Idle() != 0 {
		t.Error("told, and still idle")
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	r := newAnnounceRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.replicas[0].drain.Run(ctx, 3); close(done) }()
	r.moveTo(order.Paid)
	r.replicas[0].drain.Wake()
	for deadline := time.Now().Add(5 * time.Second); r.protected() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("not told")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-done
}

// TestAStatusNeverGoesBack has a tap on the status message and a delivery meet:
// the delivery waits for the tap, and what is shown last is the newest.
func TestAStatusNeverGoesBack(t *testing.T) {
	r := newAnnounceRig(t)
	r.moveTo(order.AwaitingPayment)
	r.drainAll()
	leave, err := r.replicas[0].dispatcher.Enter(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	r.moveTo(order.Ready, "CODE-AAA")
	done := make(chan struct{})
	go func() { r.drainAll(); close(done) }()
	time.Sleep(20 * time.Millisecond)
	if strings.Contains(r.statusMessage().Text, "CODE") {
		t.Error("the delivery did not wait for the tap")
	}
	leave()
	<-done
	if !strings.Contains(r.statusMessage().Text, "CODE-AAA") {
		t.Error("not delivered")
	}
}
