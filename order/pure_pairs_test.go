package order_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"giftbot/order/ordertest"
)

// overScenes does something for every scene, on all processors.
func overScenes(t *testing.T, bug bug, do func(m *model, s *scene) error) *tally {
	t.Helper()
	var next atomic.Int64
	return onAll(func(m *model, list []scene) {
		m.bug = bug
		for at := int(next.Add(1) - 1); at < len(list) && !t.Failed(); at = int(next.Add(1) - 1) {
			if err := do(m, &list[at]); err != nil {
				t.Error(err)
			}
		}
	})
}

// onAll has every processor play in a model of its own, and adds up what they met.
func onAll(play func(m *model, list []scene)) *tally {
	defer debug.SetGCPercent(debug.SetGCPercent(1600)) // everything here is short-lived
	sums := make([]tally, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range sums {
		group.Go(func() { play(newModel(&sums[i]), scenes()) })
	}
	group.Wait()
	sum := &tally{}
	for i := range sums {
		sum.add(&sums[i])
	}
	return sum
}

// once plays a scene under a plan and says what is wrong.
func (m *model) once(s *scene, p plan) error {
	if wrong := m.play(s, 1, p, false); len(wrong) > 0 {
		return fmt.Errorf("faults %v at calls %v of %s", p.fates, p.at, m.retold(s, 1, p, false))
	}
	return nil
}

// everySingleFault disturbs each call of each scene once, in every way; of rare
// scenes every so many.
func everySingleFault(step int) func(m *model, s *scene) error {
	return func(m *model, s *scene) error {
		ports, err := m.portsOf(s)
		if err != nil {
			return err
		}
		every := stride()
		if s.rare {
			every = max(every, step)
		}
		for at := 1; at <= len(ports); at += every {
			if err := m.eachFault(s, at, ports[at-1]); err != nil {
				return err
			}
		}
		return nil
	}
}

// eachFault disturbs one call of a scene in every way.
func (m *model) eachFault(s *scene, at int, p port) error {
	for f := failBefore; f < fateCount; f++ {
		m.rolls = true
		if !m.possible(f, p) {
			continue
		}
		if err := m.once(s, plan{at: [2]int{at}, fates: [2]fate{f}}); err != nil {
			return err
		}
	}
	return nil
}

// portsOf lists the calls of a scene that nothing disturbs.
func (m *model) portsOf(s *scene) ([]port, error) {
	var ports []port
	m.seen = func(_ int, p port) { ports = append(ports, p) }
	err := m.once(s, plan{})
	m.seen = nil
	return ports, err
}

// everyPair has the process die at two calls of each scene that is not rare: every
// two of them, or every so many.
func everyPair(step int) func(m *model, s *scene) error {
	return func(m *model, s *scene) error {
		if err := m.once(s, plan{}); err != nil || s.rare {
			return err
		}
		kinds := [2]fate{crashAfter, crashBefore}
		last, at := m.calls+8, len(s.name)
		for first := 1; first <= last; first++ {
			for second := first + 1; second <= last; second++ {
				if at++; at%step != 0 {
					continue
				}
				p := plan{at: [2]int{first, second}, fates: [2]fate{kinds[second%2], kinds[(first+second/2)%2]}}
				if err := m.once(s, p); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// TestPureReachesEveryPoint: the crash points of order/doc.go are calls of this
// model, too, and scenes come by each of them.
func TestPureReachesEveryPoint(t *testing.T) {
	points, err := ordertest.CrashPoints()
	if err != nil {
		t.Fatal(err)
	}
	more, err := ordertest.PayoutPoints()
	if err != nil {
		t.Fatal(err)
	}
	sum := overScenes(t, noBug, func(m *model, s *scene) error { return m.once(s, plan{}) })
	calls := make(map[string]int)
	for p := range portCount {
		calls[ops[p]] += sum.calls[p]
	}
	for _, point := range append(points, more...) {
		call, known := ordertest.CallOf(point)
		if !known || calls[call.Op] == 0 {
			t.Errorf("%s: no scene comes by %q", point, call.Op)
		}
	}
	if strings.Count(strings.Join(points, " "), " ") < 12 {
		t.Errorf("only %d points", len(points))
	}
}
