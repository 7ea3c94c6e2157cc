package telegram

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"giftbot/flows"
	"giftbot/order"
	"giftbot/order/ordertest"
	sandbox "giftbot/sandbox/telegram"
)

// lateRig is a shop in memory, whose leases end, behind two replicas. What they
// send passes doors that can hold it up.
type lateRig struct {
	*world
	shop   *ordertest.World
	engine *order.Engine
	number order.Number
	a, b   *Drain
	doors  [2]door // of a and b
}

// door is the way of one replica to Telegram: for each method, what becomes of
// its next call.
type door map[string]func(arrive func())

// shopOutbox is the outbox of the shop in memory.
type shopOutbox struct{ *ordertest.View }

func (o shopOutbox) Due(ctx context.Context, limit int) ([]Waiting, order.Stamp, error) {
	pending, err := o.Pending(ctx)
	var list []Waiting
	for _, p := range pending[:min(limit, len(pending))] {
		list = append(list, Waiting(p))
	}
	return list, 0, err
}

func (o shopOutbox) Take(ctx context.Context, w Waiting) (order.Announced, error) {
	return o.View.Take(ctx, w.Number, w.Announcement)
}

// newLateRig has Ada place an order of one code that takes the supplier a
// minute.
func newLateRig(t *testing.T) *lateRig {
	t.Helper()
	r := &lateRig{world: newWorld(t, 2), shop: ordertest.NewWorld(1)}
	r.say(ada, "/start")
	r.shop.Supplier.Usual.Takes = time.Minute
	p := r.shop.Join(&ordertest.Gate{}, r.shop.Clock)
	r.engine = p.Engine
	for i, replica := range r.replicas {
		d := replica.drain
		d.Outbox, d.Engine, d.Clock, d.Sender = shopOutbox{p.View}, r.engine, r.shop.Clock, r.behind(i)
	}
	r.a, r.b = r.replicas[0].drain, r.replicas[1].drain
	var err error
	if r.number, err = r.shop.Draw(ada); err != nil {
		t.Fatal(err)
	}
	if err = r.shop.PlaceDraft(ordertest.Draft(r.number, ada, 1)); err != nil {
		t.Fatal(err)
	}
	r.work(0)
	return r
}

// behind is a sender behind one of the doors.
func (r *lateRig) behind(i int) *Sender {
	r.doors[i] = door{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		arrive := func() { r.telegram.BotAPI().ServeHTTP(rw, req) }
		method := path.Base(req.URL.Path)
		held := r.doors[i][method]
		if held == nil {
			arrive()
			return
		}
		delete(r.doors[i], method)
		held(arrive)
	}))
	r.t.Cleanup(server.Close)
	return r.newSender(server.URL + "/telegram")
}

// work lets time pass and has the engine do everything that is due by then.
func (r *lateRig) work(d time.Duration) {
	r.shop.Clock.Advance(d)
	for range 50 {
		if _, err := r.engine.Step(context.Background()); err != nil {
			r.t.Error(err)
		}
	}
}

// tell has a drain tell all it finds.
func (r *lateRig) tell(d *Drain) {
	for range 20 {
		d.Wake()
		if _, err := d.Step(context.Background()); err != nil {
			r.t.Error(err)
		}
	}
}

// paid is an order whose goods are under way, with the news not told yet.
func (r *lateRig) paid() {
	link := r.shop.Gateway.Links(r.number)[0]
	r.shop.Gateway.Pay(link.External, link.Asked)
	r.work(40 * time.Second)
	if o := r.shop.Look(r.number); o.Status != order.Fulfilling {
		r.t.Errorf("%s after it was paid", o.Status)
	}
}

// told are the texts of everything that came to Ada as her order's message, in
// order: c for codes, p for a ping, - for anything else.
func (r *lateRig) told() string {
	var b strings.Builder
	for _, c := range r.telegram.Calls() {
		switch text := c.Params["text"]; {
		case c.Code != http.StatusOK || !strings.Contains(text, r.number.Pretty()):
		case strings.Contains(text, "CODE-"):
			b.WriteByte('c')
		case c.Method == "sendMessage" && c.Params["protect_content"] == "":
			b.WriteByte('p')
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// statusMessage is the order's message, as Ada sees it.
func (r *lateRig) statusMessage() sandbox.MessageView {
	r.t.Helper()
	for _, m := range r.fromBot(ada) {
		if m.ID == int64(r.shop.Look(r.number).Message) {
			return m
		}
	}
	r.t.Fatal("the order has no message")
	return sandbox.MessageView{}
}

// settled wants the order delivered, its message to show the codes, and nothing
// left to tell.
func (r *lateRig) settled(told string) {
	r.t.Helper()
	if m := r.statusMessage(); !strings.Contains(m.Text, "CODE-") {
		r.t.Errorf("shows no code: %q", m.Text)
	}
	snap, _ := r.shop.Store.Look(r.number)
	if snap.Order.Status != order.Delivered || len(snap.Pending) != 0 {
		r.t.Errorf("%s, left to tell: %v", snap.Order.Status, snap.Pending)
	}
	if got := r.told(); got != told {
		r.t.Errorf("told %q, want %q", got, told)
	}
}

// An edit stalls beyond its lease. Another replica shows the codes meanwhile,
// and then the old edit arrives and hides them.
func TestALateEditHidesNoCodes(t *testing.T) {
	r := newLateRig(t)
	r.tell(r.b)
	r.paid()
	r.doors[0]["editMessageText"] = func(arrive func()) {
		r.work(5 * time.Minute)
		r.tell(r.b)
		if got := r.told(); got != "-cp" {
			t.Errorf("told %q while the old edit waited", got)
		}
		arrive()
	}
	r.tell(r.a)
	r.settled("-cp-c")
	r.tell(r.b)
	r.tell(r.a)
	r.settled("-cp-c") // and that is the end of it
}

// The same, and the answer to the old edit is lost: nobody knows whether it
// arrived.
func TestAnUnclearLateEditHidesNoCodes(t *testing.T) {
	r := newLateRig(t)
	r.tell(r.b)
	r.paid()
	r.doors[0]["editMessageText"] = func(arrive func()) {
		r.work(5 * time.Minute)
		r.tell(r.b)
		r.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: http.StatusInternalServerError, After: true})
		r.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: http.StatusInternalServerError})
		arrive()
	}
	r.tell(r.a)
	r.work(time.Minute)
	r.tell(r.a)
	if m := r.statusMessage(); !strings.Contains(m.Text, "CODE-") {
		t.Errorf("shows %q", m.Text)
	}
}

// The old edit arrives while the other replica is about to acknowledge its own:
// that must not count as the last word either.
func TestALateEditMeetsTheNext(t *testing.T) {
	r := newLateRig(t)
	r.tell(r.b)
	r.paid()
	waits, go1, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.doors[0]["editMessageText"] = func(arrive func()) {
		close(waits)
		<-go1
		arrive()
	}
	r.doors[1]["editMessageText"] = func(arrive func()) {
		arrive()
		close(go1)
		<-done
	}
	go func() {
		defer close(done)
		r.tell(r.a)
	}()
	<-waits
	r.work(5 * time.Minute)
	r.tell(r.b)
	r.settled("-c-cp")
}

// The order's first message stalls: there are two of them then. None may stay
// behind.
func TestALateFirstMessage(t *testing.T) {
	r := newLateRig(t)
	r.doors[0]["sendMessage"] = func(arrive func()) {
		r.tell(r.b) // under lease: nothing
		r.work(11 * time.Second)
		r.tell(r.b)
		r.paid()
		r.work(5 * time.Minute)
		r.tell(r.b)
		arrive()
	}
	r.tell(r.a)
	for _, m := range r.fromBot(ada) {
		if m.Protected && !strings.Contains(m.Text, "CODE-") {
			t.Errorf("a message stayed behind: %q", m.Text)
		}
	}
	r.settled("-cp-c")
}

// A ping that stalls is rung by another replica, too. It is not rung again
// because of that.
func TestALatePingIsNotRungAgain(t *testing.T) {
	r := newLateRig(t)
	r.tell(r.b)
	r.paid()
	r.work(5 * time.Minute)
	r.doors[0]["sendMessage"] = func(arrive func()) {
		r.work(11 * time.Second)
		r.tell(r.b)
		arrive()
	}
	r.tell(r.a)
	r.tell(r.b)
	r.settled("-cpp")
}

// slowViews take their time, once each.
type slowViews struct {
	Announcer

	clock        *ordertest.Clock
	status, ping time.Duration
}

func (v *slowViews) Status(env flows.Env, o order.Order, goods []order.Good) flows.View {
	v.clock.Advance(v.status)
	v.status = 0
	return v.Announcer.Status(env, o, goods)
}

func (v *slowViews) Ping(env flows.Env, o order.Order) flows.View {
	v.clock.Advance(v.ping)
	v.ping = 0
	return v.Announcer.Ping(env, o)
}

// What was prepared for too long is not sent: it is taken again.
func TestNothingLeavesNearTheEndOfItsLease(t *testing.T) {
	for _, tc := range []struct {
		name        string
		takes       time.Duration
		late, stale int // of the four that there are to tell
	}{
		{"quick", 5 * time.Second, 0, 0},
		{"slow", 5*time.Second + time.Millisecond, 4, 4},
		{"beyond the lease", 10 * time.Second, 4, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newLateRig(t)
			views := &slowViews{Announcer: flows.Conversation{}, clock: r.shop.Clock}
			r.b.Views = views
			steps := []struct {
				next func()
				told string
			}{{func() {}, "-"}, {r.paid, "--"}, {func() { r.work(5 * time.Minute) }, "--cp"}}
			for _, step := range steps {
				step.next()
				views.status, views.ping = tc.takes, tc.takes
				r.tell(r.b)
				if got := r.told(); got != step.told {
					t.Errorf("told %q, want %q", got, step.told)
				}
			}
			r.settled("--cp")
			if late, stale := r.meter.of("telegram_announced late"), r.meter.of("telegram_announced stale"); late != tc.late || stale != tc.stale {
				t.Errorf("late %d times, given back %d times, want %d and %d", late, stale, tc.late, tc.stale)
			}
		})
	}
}
