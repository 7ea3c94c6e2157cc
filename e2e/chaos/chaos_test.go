package chaos

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// killsARound is how many kills one shop sees.
const killsARound = 40

// TestChaos kills replicas at random in one shop after the other, some at the
// same time.
func TestChaos(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(rand.Uint32()) + 1
	}
	r := &report{seed: first, began: time.Now(), deals: make(map[string]int), whose: make(map[string]int)}
	t.Logf("the first seed is %d", first)
	end := time.Now().Add(time.Duration(*minutes) * time.Minute)
	t.Run("rounds", func(t *testing.T) {
		for left, n := *kills, first; left > 0; left, n = left-killsARound, n+1 {
			t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
				t.Parallel()
				if time.Now().Before(end) {
					r.take(play(t, n, min(left, killsARound), end))
				}
			})
		}
	})
	t.Log(r.text())
	if r.n.Kills < *kills {
		t.Errorf("%d kills in %d minutes, want %d", r.n.Kills, *minutes, *kills)
	}
}

// round is what one shop saw.
type round struct {
	n     deeds
	got   outcome
	hooks webhooks
	deals map[string]int
	calm  time.Duration
}

func play(t *testing.T, seed uint64, kills int, end time.Time) round {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 0))
	w := open(t, seed, 2+dice.IntN(2))
	selling, stop := context.WithCancel(context.Background())
	defer stop()
	working, home := context.WithCancel(context.Background())
	defer home()
	people, staff := w.buyers(selling), w.admins(working)
	k := &killer{w: w, rng: dice}
	k.work(kills, end)
	stop()
	w.closing()
	people.Wait()
	home()
	staff.Wait()
	w.reopen()
	passed, stuck := w.calm()
	got := w.judge(k.n, stuck)
	t.Logf("%s: %+v; %s; calm after %v", w.name, k.n, got, passed)
	return round{n: k.n, got: got, hooks: w.front.seen(), deals: w.deals, calm: passed}
}

// report adds the rounds up.
type report struct {
	seed  uint64
	began time.Time

	mu     sync.Mutex
	rounds int
	n      deeds
	got    outcome
	hooks  webhooks
	whose  map[string]int
	deals  map[string]int
	calm   time.Duration
}

func (r *report) take(one round) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rounds++
	r.n.add(one.n)
	r.got.add(one.got)
	h := one.hooks
	r.hooks.sent += h.sent
	r.hooks.taken += h.taken
	r.hooks.refused += h.refused
	r.hooks.cut += h.cut
	r.hooks.nobody += h.nobody
	r.hooks.updates += h.updates
	r.hooks.payments += h.payments
	r.calm = max(r.calm, one.calm)
	for what, times := range h.whose {
		r.whose[what] += times
	}
	for what, times := range one.deals {
		r.deals[what] += times
	}
}

// text is the report in markdown.
func (r *report) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	line := func(what, value string) { fmt.Fprintf(&b, "| %s | %s |\n", what, value) }
	fmt.Fprintf(&b, "\n### The binary, killed at random\n\n| | |\n|---|---|\n")
	line("SIGKILLs", fmt.Sprintf("%d, of them %d while a call was held and %d of all replicas at once", r.n.Kills, r.n.Held, r.n.Together))
	line("stopped for longer than the lease", fmt.Sprint(r.n.Stops))
	line("rolling restarts", fmt.Sprint(r.n.Rolls))
	line("disk full", fmt.Sprint(r.n.Disks))
	line("restarts in all", fmt.Sprint(r.n.Restarts))
	line("orders placed", fmt.Sprint(r.got.Orders))
	line("delivered", fmt.Sprint(r.got.Delivered))
	line("to the buyer's credit or wallet", fmt.Sprint(r.got.Credited))
	line("not paid", fmt.Sprint(r.got.Unpaid))
	line("before a person, who was alerted", fmt.Sprint(r.got.Waiting))
	line("lost · doubled · stuck", fmt.Sprintf("%d · %d · %d", r.got.Lost, r.got.Doubled, r.got.Stuck))
	line("pings too many", fmt.Sprintf("%d (≤ %d crashes)", r.got.Pings, r.n.Kills+r.n.Stops))
	line("presses never answered", fmt.Sprint(r.got.Late))
	line("webhooks and updates", fmt.Sprintf("%d, of them %d updates and %d of gateways", r.hooks.sent, r.hooks.updates, r.hooks.payments))
	line("taken at once", fmt.Sprint(r.hooks.taken))
	line("lost with a replica · refused · no replica there", fmt.Sprintf("%d · %d · %d", r.hooks.cut, r.hooks.refused, r.hooks.nobody))
	line("calm after at most", r.calm.String()+" of the world's clock")
	line("rounds · minutes", fmt.Sprintf("%d · %.1f", r.rounds, time.Since(r.began).Minutes()))
	line("commit · first seed", commit()+" · "+fmt.Sprint(r.seed))
	list(&b, "What people did, and what they saw of it", r.deals)
	list(&b, "Not taken at once", r.whose)
	return b.String()
}

func list(b *strings.Builder, title string, counts map[string]int) {
	fmt.Fprintf(b, "\n%s:\n\n", title)
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(b, "- %s: %d\n", name, counts[name])
	}
}

// commit names what is tested.
func commit() string {
	root, err := kit.Root()
	if err != nil {
		return "unknown"
	}
	out, err := exec.Command("git", "-C", root, "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// TestFlags: what is read before the flags are parsed is what they say.
func TestFlags(t *testing.T) {
	for arg, want := range map[string]string{"-chaos.shops=3": "3", "--chaos.shops=4": "4", "-chaos.shopsX=5": "", "-chaos.shops=": "", "chaos": ""} {
		if got, _ := cutFlag(arg, "-chaos.shops"); got != want {
			t.Errorf("%s: %q, want %q", arg, got, want)
		}
	}
	if flag.Lookup("chaos.shops") == nil || *shops == "" {
		t.Error("no such flag")
	}
}
