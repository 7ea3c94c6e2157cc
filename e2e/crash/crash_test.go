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

// scene is what becomes of the replica that is held at a spot. It returns what
// was done to it, and when the wait for the delivery began.
type scene func(bot *replica, held grip) (done string, began time.Time)

// play has a scene at every spot, each in a shop of its own with n replicas.
func play(t *testing.T, title string, list []spot, n int, act scene) {
	took := newTable(t, title)
	for _, at := range list {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s, bot, held := reach(t, at, n)
			done, began := act(bot, held)
			s.verdict(at, took, done, began)
		})
	}
}

// reach opens a shop, has the order paid, and waits until a replica is held at
// the spot. Nothing from outside is sent to it any more.
func reach(t *testing.T, at spot, n int) (*shop, *replica, grip) {
	t.Helper()
	done := kit.Turn(t)
	defer done()
	s := open(t, n, at.cards)
	held := at.arm(s)
	s.pay()
	bot := s.named(held.await(t))
	bot.offline()
	return s, bot, held
}

// restarted: SIGKILL, and the bot is started again.
func restarted(bot *replica, held grip) (string, time.Time) {
	bot.process().kill()
	held.drop()
	began := time.Now()
	bot.start()
	bot.shop.callAgain()
	return bot.name + " killed, started", began
}

// replaced: SIGKILL; the bot stays dead, the other finishes.
func replaced(bot *replica, held grip) (string, time.Time) {
	bot.process().kill()
	began := time.Now()
	held.drop()
	return bot.name + " of two killed", began
}

// frozen: the bot is stopped for longer than its lease, the other finishes, then
// the first wakes up and goes on with what it was doing.
func frozen(t *testing.T, title string, list []spot) {
	took := newTable(t, title)
	for _, at := range list {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s, bot, held := reach(t, at, 2)
			bot.process().signal(syscall.SIGSTOP)
			began := time.Now()
			if at.unknown {
				s.awaitUnclear() // the other replica looked for the card
			} else {
				took.follow(s, at, bot.name+" of two frozen", began)
			}
			held.release()
			bot.process().signal(syscall.SIGCONT)
			bot.awaitAwake()
			if at.unknown {
				took.follow(s, at, bot.name+" awake", began)
			}
			if at.point == "ping-sent" {
				at.rings = 2 // the one that was frozen and the one that took over
			}
			s.judge(at.rings)
		})
	}
}

// TestKilled: SIGKILL at every point, and the bot is started again.
func TestKilled(t *testing.T) {
	t.Parallel()
	play(t, "point, moment, what was done, start to delivery, to ping", spots(), 1, restarted)
}

// TestKilledBesideAnother: two replicas; the one that comes to the point is
// killed and stays dead.
func TestKilledBesideAnother(t *testing.T) {
	t.Parallel()
	play(t, "point, moment, what was done, kill to delivery by the other replica, to ping", spots(), 2, replaced)
}

// TestFrozen: two replicas; the one that comes to the point is stopped for
// longer than its lease. Before the hint there is no lease.
func TestFrozen(t *testing.T) {
	t.Parallel()
	leased := slices.DeleteFunc(spots(), func(at spot) bool { return at.point == "webhook-before-hint" })
	frozen(t, "point, moment, what was done, freeze to delivery by the other replica, to ping", leased)
}

// TestAskedToStop: SIGTERM while the purchase is under way.
func TestAskedToStop(t *testing.T) {
	t.Parallel()
	took := newTable(t, "point, moment, what was done, start to delivery, to ping")
	for _, at := range only(spots(), "buy-sent", "buy-answered", "attempt-stored", "edit-sent") {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s, bot, held := reach(t, at, 1)
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
			s.verdict(at, took, fmt.Sprintf("%s stopped in %.1f s", bot.name, ending.Seconds()), began)
		})
	}
}

// only keeps the spots of some points.
func only(list []spot, points ...string) []spot {
	return slices.DeleteFunc(list, func(at spot) bool { return !slices.Contains(points, at.point) })
}
