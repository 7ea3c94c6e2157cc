package order_test

import (
	"flag"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// pureOrders is how many orders the pure model plays, at least: from 800,000 on
// these are all pairs of crashes in all scenes but the rare ones. An eighth, or
// what is left, are orders with faults drawn from a seed.
var pureOrders = flag.Int("model.orders", 50_000, "orders of the pure model")

// pureSeed replays one of them, and prints its story.
var pureSeed = flag.Uint64("model.seed", 0, "play this seed of the pure model alone, and tell its story")

// play runs one scene under one plan, and judges it.
func (m *model) play(s *scene, seed uint64, p plan, meddles bool) []string {
	m.reset(s, seed, p)
	m.meddles, m.meddled, m.rolls = meddles, meddles, !meddles && !s.firm
	m.store.alone = m.rnd.Intn(2) == 0
	m.script()
	m.judge()
	m.tally.orders++
	m.tally.faultsDrawn += m.faults
	m.tally.crashes += m.crashes
	return m.wrong
}

// told is a failure a person can follow.
func (m *model) retold(s *scene, seed uint64, p plan, meddles bool) string {
	again := newModel(&tally{})
	again.bug, again.tells = m.bug, true
	wrong := again.play(s, seed, p, meddles)
	return fmt.Sprintf("%s: %s\n%s", s.name, strings.Join(wrong, "; "), strings.Join(again.story, "\n"))
}

// lotOf is the plan of one seed: a scene, how often calls fail, who meddles. Half
// of the scenes are rare ones, which stand at the end of the list.
func lotOf(list []scene, seed uint64) (*scene, plan, bool) {
	r := newRandom(seed * 0x9e3779b97f4a7c15)
	first := sort.Search(len(list), func(i int) bool { return list[i].rare })
	if r.Intn(2) == 0 {
		list = list[first:]
	} else {
		list = list[:first]
	}
	s := &list[r.Intn(len(list))]
	p := plan{oneIn: []int{4, 8, 15, 40, 1 << 30}[r.Intn(5)], last: 20 + r.Intn(180)}
	return s, p, r.Intn(3) > 0
}

func TestPureScenesUndisturbed(t *testing.T) {
	m := newModel(&tally{})
	list := scenes()
	if len(list) < 40 {
		t.Errorf("%d scenes", len(list))
	}
	for i := range list {
		s := &list[i]
		t.Run(s.name, func(t *testing.T) {
			if wrong := m.play(s, 1, plan{}, false); len(wrong) > 0 {
				t.Error(m.retold(s, 1, plan{}, false))
			}
		})
	}
}

// allPairs is how many orders it takes to have the process die at every two calls
// of every scene, and somewhat more.
const allPairs = 800_000

// TestPureModel plays every single fault of every scene, every pair of crashes,
// and orders whose faults are drawn from a seed.
func TestPureModel(t *testing.T) {
	orders := *pureOrders
	if raced {
		orders /= 20
	}
	start := time.Now()
	step := max(1, allPairs/max(1, orders))
	sum := overScenes(t, noBug, everySingleFault(max(1, step/2)))
	sum.add(overScenes(t, noBug, everyPair(step)))
	sum.add(playMany(t, uint64(max(orders/8, orders-sum.orders))))
	if t.Failed() {
		return
	}
	t.Logf("%d orders, %d per second, %d faults drawn, %d crashes, lost 0, doubled 0, stuck 0",
		sum.orders, int64(sum.orders)*1000/max(1, time.Since(start).Milliseconds()), sum.faultsDrawn, sum.crashes)
	if testing.Verbose() {
		t.Log("\n" + sum.table())
	}
	if rare := sum.rare(100); orders >= 1_000_000 && len(rare) > 0 {
		t.Errorf("met less than 100 times:\n%s", strings.Join(rare, "\n"))
	}
}

// TestPureSeed tells the story of one seed.
func TestPureSeed(t *testing.T) {
	seed := max(*pureSeed, 1)
	s, p, meddles := lotOf(scenes(), seed)
	m := newModel(&tally{})
	if told := m.retold(s, seed, p, meddles); *pureSeed != 0 {
		t.Log(told)
	}
	if again := m.play(s, seed, p, meddles); len(again) > 0 {
		t.Errorf("%s: %s", s.name, strings.Join(again, "; "))
	}
}

// playMany plays so many seeds on all processors.
func playMany(t *testing.T, orders uint64) *tally {
	t.Helper()
	var next atomic.Uint64
	return onAll(func(m *model, list []scene) {
		for !t.Failed() {
			first := next.Add(64) - 63
			if first > orders {
				return
			}
			for seed := first; seed <= min(orders, first+63); seed++ {
				s, p, meddles := lotOf(list, seed)
				if wrong := m.play(s, seed, p, meddles); len(wrong) > 0 {
					t.Errorf("-model.seed=%d %s", seed, m.retold(s, seed, p, meddles))
					return
				}
			}
		}
	})
}
