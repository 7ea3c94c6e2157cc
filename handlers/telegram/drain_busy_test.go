package telegram

import (
	"context"
	"fmt"
	"testing"
	"time"

	"giftbot/order"
)

// Somebody's press takes its time, and sweep after sweep finds what waits for
// them: it keeps one worker, and everybody else is told.
func TestOneBusyPersonKeepsOneWorker(t *testing.T) {
	r := newAnnounceRig(t)
	r.say(olga, "/start")
	d := r.replicas[0].drain
	d.patience = time.Minute
	entered := make(chan int64, 10)
	enter := d.Enter
	d.Enter = func(ctx context.Context, person int64) (func(), error) {
		entered <- person
		return enter(ctx, person)
	}
	leave, err := r.replicas[0].dispatcher.Enter(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	r.moveTo(order.Paid)
	r.announce(order.AnnouncePing, ada)
	step := func() (worked bool) {
		t.Helper()
		done := make(chan bool)
		go func() {
			did, failed := d.Step(t.Context())
			if failed != nil {
				t.Error(failed)
			}
			done <- did
		}()
		select {
		case worked = <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("another worker waits for the same person")
		}
		return worked
	}
	d.Wake()
	if !step() {
		t.Fatal("the sweep found nothing")
	}
	first := make(chan error)
	go func() {
		_, err := d.Step(t.Context())
		first <- err
	}()
	if person := <-entered; person != ada {
		t.Fatalf("%d is told first", person)
	}
	for sweep := range 3 {
		r.clock.advance(drainSweep)
		r.announce(order.AnnounceAlert, olga)
		for step() {
		}
		if _, there := r.due(order.AnnounceAlert); there {
			t.Fatalf("sweep %d: an alert waits for somebody else's press", sweep)
		}
		if idle := d.Idle(); idle < time.Second {
			t.Errorf("sweep %d: idle %v while nobody can be told anything", sweep, idle)
		}
	}
	leave()
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	r.drainAll()
	if left := r.outbox.waiting(); r.protected() != 1 || len(left) != 0 {
		t.Errorf("%d messages, waiting %v", r.protected(), left)
	}
}

// A crowd of announcements to one person hides nobody behind it.
func TestACrowdForOnePersonHidesNobody(t *testing.T) {
	r := newAnnounceRig(t)
	d := r.replicas[0].drain
	leave, err := r.replicas[0].dispatcher.Enter(t.Context(), olga)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * drainBatch {
		o := r.order
		o.Number = order.Number(fmt.Sprintf("%s%d", r.order.Number, i))
		r.outbox.add(order.Announcement{Kind: order.AnnounceAlert, To: olga}, o)
	}
	r.clock.advance(time.Millisecond)
	r.moveTo(order.Paid)
	d.Wake()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx, 2); close(done) }()
	for deadline := time.Now().Add(10 * time.Second); r.protected() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not told")
		}
	}
	leave()
	cancel()
	<-done
}

// More people than there are workers have a slow press, as when a gateway does
// not answer: everybody else is told, and they are once they are done.
func TestBusyPeopleKeepNoWorker(t *testing.T) {
	r := newAnnounceRig(t)
	r.say(boris, "/start")
	r.say(olga, "/start")
	d := r.replicas[0].drain
	for _, person := range []int64{ada, boris} {
		leave, err := r.replicas[0].dispatcher.Enter(t.Context(), person)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		r.announce(order.AnnouncePing, person)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx, 2); close(done) }()
	time.Sleep(50 * time.Millisecond) // both workers have met somebody busy
	alert := Waiting{order.Announcement{Kind: order.AnnounceAlert, To: olga}, r.order.Number}
	r.announce(order.AnnounceAlert, olga)
	d.Tell(alert)
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, waits := r.due(order.AnnounceAlert); !waits {
			break
		}
		if time.Now().After(deadline) {
			t.Error("an alert waits for other people's presses")
			break
		}
	}
	cancel()
	<-done
}
