package crash

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// atOnce is how many shops are open at the same time: most of the time they
// wait for a lease to run out.
const atOnce = "20"

// graceful is how long a bot that was asked to stop may take: what container
// platforms wait at least before they kill.
const graceful = 25 * time.Second

func TestMain(m *testing.M) {
	// First in line, so that -parallel on the command line wins.
	os.Args = slices.Insert(os.Args, 1, "-test.parallel="+atOnce)
	os.Exit(kit.Main(m))
}

// table collects how long things took.
type table struct {
	mu    sync.Mutex
	lines []string
}

func newTable(t *testing.T, title string) *table {
	all := &table{}
	t.Cleanup(func() {
		slices.Sort(all.lines)
		t.Logf("%s\n%s", title, strings.Join(all.lines, "\n"))
	})
	return all
}

// follow waits until the buyer has the codes and was rung, and notes how long
// that took since something began.
func (b *table) follow(w *shop, at spot, what string, began time.Time) {
	w.t.Helper()
	w.awaitDelivery()
	delivered := time.Since(began)
	w.awaitPing()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf("%-20s %-21s %-22s %5.1f s %5.1f s", at.point, at.how, what, delivered.Seconds(), time.Since(began).Seconds()))
}

// TestKilled: SIGKILL at every point, and the bot is started again.
func TestKilled(t *testing.T) {
	t.Parallel()
	took := newTable(t, "point, moment, what was done, start to delivery, to ping")
	for _, at := range spots() {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := open(t, 1)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().kill()
			held.drop()
			began := time.Now()
			bot.start()
			took.follow(s, at, bot.name+" killed, started", began)
			s.judge(at.rings)
		})
	}
}

// TestKilledBesideAnother: two replicas; the one that comes to the point is
// killed and stays dead, the other finishes.
func TestKilledBesideAnother(t *testing.T) {
	t.Parallel()
	took := newTable(t, "point, moment, what was done, kill to delivery by the other replica, to ping")
	for _, at := range spots() {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := open(t, 2)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().kill()
			began := time.Now()
			held.drop()
			took.follow(s, at, bot.name+" of two killed", began)
			s.judge(at.rings)
		})
	}
}

// TestFrozen: two replicas; the one that comes to the point is stopped for
// longer than its lease, the other finishes, then the first wakes up and goes
// on with what it was doing.
func TestFrozen(t *testing.T) {
	t.Parallel()
	took := newTable(t, "point, moment, what was done, freeze to delivery by the other replica, to ping")
	for _, at := range spots() {
		if at.point == "webhook-before-hint" {
			continue // no lease yet
		}
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := open(t, 2)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().signal(syscall.SIGSTOP)
			began := time.Now()
			took.follow(s, at, bot.name+" of two frozen", began)
			held.release()
			bot.process().signal(syscall.SIGCONT)
			bot.awaitAwake()
			if at.point == "ping-sent" {
				at.rings = 2 // the one that was frozen and the one that took over
			}
			s.judge(at.rings)
		})
	}
}

// TestAskedToStop: SIGTERM while the purchase is under way.
func TestAskedToStop(t *testing.T) {
	t.Parallel()
	took := newTable(t, "point, moment, what was done, start to delivery, to ping")
	for _, at := range spots() {
		if at.point != "buy-sent" && at.point != "buy-answered" && at.point != "attempt-stored" && at.point != "edit-sent" {
			continue
		}
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := open(t, 1)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			code, ending := bot.process().stop(t)
			if code != 0 || ending > graceful {
				t.Errorf("SIGTERM ended the bot with code %d after %v", code, ending)
			}
			if at.point == "buy-answered" {
				s.permitFree() // a bot that knows the outcome blocks nobody while it is down
			}
			held.drop()
			began := time.Now()
			bot.start()
			took.follow(s, at, fmt.Sprintf("%s stopped in %.1f s", bot.name, ending.Seconds()), began)
			s.judge(at.rings)
		})
	}
}
