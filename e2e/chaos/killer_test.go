package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"giftbot/e2e/redisproxy"
)

const (
	catchTime = 700 * time.Millisecond // how long a call to be held is waited for
	spendTime = 3 * time.Second        // and one that spends
	downMost  = 500 * time.Millisecond
	pauseMost = 900 * time.Millisecond
	readyTime = 30 * time.Second // a replica that is alone with a slow machine
)

// deeds are what is done to replicas, and how often.
type deeds struct {
	Kills, Held         int // of the kills, those at a call that was held
	Together            int // of the kills, those of all replicas at once
	Stops, Rolls, Disks int
	Restarts            int
}

func (d *deeds) add(o deeds) {
	d.Kills += o.Kills
	d.Held += o.Held
	d.Together += o.Together
	d.Stops += o.Stops
	d.Rolls += o.Rolls
	d.Disks += o.Disks
	d.Restarts += o.Restarts
}

// killer does to the replicas of a shop what its seed says.
type killer struct {
	w   *world
	rng *rand.Rand
	n   deeds
}

func (k *killer) span(most time.Duration) time.Duration {
	return time.Duration(k.rng.Int64N(int64(most)))
}

// one of the replicas.
func (k *killer) victim() *replica { return k.w.replicas[k.rng.IntN(len(k.w.replicas))] }

// work kills until that many are killed, or the time is over.
func (k *killer) work(kills int, until time.Time) {
	for k.n.Kills < kills && time.Now().Before(until) {
		time.Sleep(k.span(pauseMost))
		k.supervise()
		switch n := k.rng.IntN(100); {
		case n < 36:
			k.at("a random moment", k.victim(), func() {})
		case n < 58:
			k.atRequest(k.victim())
		case n < 80:
			k.atRedis(k.victim())
		case n < 85:
			k.all()
		case n < 91:
			k.freeze(k.victim())
		case n < 95:
			k.roll()
		default:
			k.fill(k.victim())
		}
	}
	k.supervise()
}

// supervise starts what ended by itself, as whatever runs the container does. A
// bot ends by itself for one reason: it cannot start on a full disk.
func (k *killer) supervise() {
	for _, r := range k.w.replicas {
		bot := r.process()
		if bot.Running() {
			continue
		}
		last := tail(strings.TrimSpace(bot.Log()), 1)
		k.w.tell("%s ended by itself: %s", r.name, last)
		if !strings.Contains(last, "SPOOL_DIR") {
			k.w.t.Errorf("%s ended by itself: %s", r.name, last)
		}
		r.start()
		k.n.Restarts++
	}
}

// at kills a replica and starts it again.
func (k *killer) at(moment string, r *replica, then func()) {
	k.w.tell("%s is killed at %s", r.name, moment)
	r.process().Kill()
	k.n.Kills++
	then()
	k.again(r)
}

func (k *killer) again(list ...*replica) {
	time.Sleep(k.span(downMost))
	for _, r := range list {
		r.start()
		k.n.Restarts++
	}
}

// atRequest kills a replica while the answer to a request of its is awaited: one
// of a certain kind, or whichever comes when there is none of it.
func (k *killer) atRequest(r *replica) {
	after := k.rng.IntN(2) == 0
	side := map[bool]string{true: "after it took effect", false: "before it was seen"}[after]
	whichever := func(*http.Request) bool { return true }
	certain, wait := k.interest()
	for _, g := range []*grasp{{fits: certain, after: after}, {fits: whichever, after: after}} {
		g.reached, g.free = make(chan string, 1), make(chan struct{})
		r.hand.take(g)
		select {
		case what := <-g.reached:
			time.Sleep(k.span(60 * time.Millisecond))
			k.n.Held++
			k.at(what+", "+side, r, r.hand.letGo)
			return
		case <-time.After(wait):
			r.hand.letGo()
		}
	}
	k.at("a random moment, nothing was held", r, func() {})
}

// interest draws which requests are held, and how long they are waited for: half
// of them spend money, and those are rare.
func (k *killer) interest() (fits func(*http.Request) bool, wait time.Duration) {
	posts := func(parts ...string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			return r.Method == http.MethodPost && slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(r.URL.Path, part) })
		}
	}
	spends := []string{"/orders/buy", "/cards/create", "/plexy/", "/fund/withdraw", "/withdrawal/create"}
	switch n := k.rng.IntN(12); {
	case n < 3:
		return posts(spends...), spendTime
	case n < 5:
		return posts("/cards/create"), spendTime
	case n < 6:
		return posts("/withdraw"), spendTime
	case n < 8:
		return posts("/editMessage", "/sendPhoto"), catchTime
	case n < 9:
		return posts("/sendMessage", "/answerCallbackQuery"), catchTime
	case n < 10:
		return posts("/infini/", "/inventpay/"), catchTime
	default:
		return func(r *http.Request) bool {
			return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/order")
		}, catchTime
	}
}

// atRedis kills a replica while a call to Redis is held: of a certain script, or
// whichever comes when there is none of it.
func (k *killer) atRedis(r *replica) {
	scripts := []string{"commit", "commit", "commit", "acquire", "release", "claim", "take", "ack", "wake", "insert", "session", "announce", "park", "book"}
	side := []redisproxy.Side{redisproxy.Before, redisproxy.After}[k.rng.IntN(2)]
	script, times := scripts[k.rng.IntN(len(scripts))], 1+k.rng.IntN(2)
	ours := func(c redisproxy.Call) bool { return c.Way == r.name }
	certain := slices.Repeat([]func(redisproxy.Call) bool{redisproxy.All(ours, redisproxy.Is(script))}, times)
	for _, steps := range [][]func(redisproxy.Call) bool{certain, {ours}} {
		hold := k.w.proxy.Hold(side, steps...)
		select {
		case <-hold.Reached():
			time.Sleep(k.span(60 * time.Millisecond))
			k.n.Held++
			what := strings.TrimSpace(hold.Call().Command + " " + hold.Call().Script)
			k.at(fmt.Sprintf("%s, %s", what, []string{"before Redis saw it", "its reply lost"}[side]), r, hold.Cut)
			return
		case <-time.After(catchTime):
			hold.Cut()
		}
	}
	k.at("a random moment, nothing of it was held", r, func() {})
}

// all kills every replica at once, as a power cut does.
func (k *killer) all() {
	k.w.tell("all are killed")
	for _, r := range k.w.replicas {
		r.process().Kill()
		k.n.Kills++
		k.n.Together++
	}
	k.again(k.w.replicas...)
}

// freeze stops a replica for longer than its lease, and lets it go on with what
// it was doing.
func (k *killer) freeze(r *replica) {
	long := lease + k.span(2*time.Second)
	k.w.tell("%s stands still for %v", r.name, long.Round(time.Millisecond))
	r.process().Pause()
	time.Sleep(long)
	r.process().Resume()
	k.n.Stops++
}

// roll replaces one replica after the other, as an update does: all have to be
// ready before the next is asked to stop.
func (k *killer) roll() {
	k.w.tell("all are replaced, one after the other")
	for _, r := range k.w.replicas {
		for _, other := range k.w.replicas {
			if !other.awaitReady(readyTime) {
				k.w.tell("%s does not get ready", other.name)
			}
		}
		r.stop()
		r.start()
		k.n.Restarts++
	}
	k.n.Rolls++
}

// fill has a replica's disk full for a while.
func (k *killer) fill(r *replica) {
	long := k.span(3 * time.Second)
	k.w.tell("%s has no room on its disk for %v", r.name, long.Round(time.Millisecond))
	bot := r.process()
	if err := bot.LimitFiles(0); err != nil {
		k.w.t.Errorf("%v", err)
		return
	}
	time.Sleep(long)
	if err := bot.LimitFiles(-1); err != nil && bot.Running() {
		k.w.t.Errorf("%v", err)
	}
	k.n.Disks++
}

// route is a path without what is secret in it.
func route(p string) string {
	if strings.HasPrefix(p, "/telegram/") {
		return "telegram " + path.Base(p)
	}
	return p
}
