package order_test

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// story is one scenario of the model: what the people and the vendors do.
// rest lets the bot work; every call of the bot may fail by the plan.
type story struct {
	name string
	play func(w *ordertest.World, rest func(time.Duration)) error
	// proper says that nothing odd happens: without it being disturbed for
	// good, the order has to end delivered.
	proper bool
	// status and held are how every order ends when nothing disturbs the bot;
	// no status: however it may.
	status order.Status
	held   order.Reason
	// decided says that what people decide about money is what is to be disturbed.
	decided bool
	// end checks what else there is to check then; may be nil.
	end func(w *ordertest.World) error
}

// play runs one story under one plan and audits it. It returns how many calls
// were made.
func play(s story, seed uint64, plan func(call int, op string) ordertest.Fault, seen func(int, string)) (calls int, err error) {
	w := ordertest.NewWorld(seed)
	faults := 0
	w.Seen = func(_ int, op string) {
		calls++
		if seen != nil {
			seen(calls, op)
		}
	}
	w.Plan = func(_ int, op string) ordertest.Fault {
		fault := plan(calls, op)
		if fault != ordertest.OK {
			faults++
		}
		return fault
	}
	var restErr error
	rest := func(d time.Duration) {
		if _, err := w.RestFor(d); err != nil && restErr == nil {
			restErr = err
		}
	}
	if err := s.play(w, rest); err != nil {
		return calls, err
	}
	rest(80 * time.Hour)
	if restErr != nil {
		return calls, restErr
	}
	if err := w.Audit(faults); err != nil {
		return calls, err
	}
	if s.proper {
		return calls, delivered(w)
	}
	if faults > 0 {
		return calls, nil
	}
	return calls, s.ended(w)
}

// ended checks what the story says about its end.
func (s story) ended(w *ordertest.World) error {
	if s.status != "" {
		if err := ended(w, s.status, s.held); err != nil {
			return err
		}
	}
	if s.end != nil {
		return s.end(w)
	}
	return nil
}

func ended(w *ordertest.World, status order.Status, held order.Reason) error {
	for _, n := range w.Numbers() {
		if o := w.Look(n); o.Status != status || o.Reason != held {
			return fmt.Errorf("%s ended %s, held %q, for %v; want %s, held %q", n, o.Status, o.Reason, o.Doubts, status, held)
		}
	}
	return nil
}

func delivered(w *ordertest.World) error {
	for _, n := range w.Numbers() {
		o := w.Look(n)
		if o.Status != order.Delivered || o.Held() {
			return fmt.Errorf("%s ended %s, held %q, flags %v", n, o.Status, o.Reason, o.Flags)
		}
	}
	return nil
}

func none(int, string) ordertest.Fault { return ordertest.OK }

// everyFault is the four things that can go wrong with one call.
func everyFault() []ordertest.Fault {
	return []ordertest.Fault{ordertest.CrashBefore, ordertest.CrashAfter, ordertest.FailBefore, ordertest.FailAfter}
}

func TestStoriesUndisturbed(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			if _, err := play(s, 1, none, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// disturbed is how many calls of a story get each fault in turn: all of them,
// except where a story polls for days.
const disturbed = 70

// stride is 1, and 19 under the race detector: about a twentieth is tried.
func stride() int {
	if raced {
		return 19
	}
	return 1
}

// TestEverySingleFault disturbs each call of each story once, in four ways.
func TestEverySingleFault(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var ops []string
			total, err := play(s, 1, none, func(_ int, op string) { ops = append(ops, op) })
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range worth(s, ops, total) {
				for _, fault := range everyFault() {
					if _, err := play(s, 1, once(at, fault), nil); err != nil {
						t.Fatalf("fault %d at call %d, %s: %v", fault, at, ops[at-1], err)
					}
				}
			}
		})
	}
}

// worth lists the calls of a story that are disturbed: the first ones, or where
// people decide about money, those that follow their doing.
func worth(s story, ops []string, total int) []int {
	var list []int
	most := min(disturbed, max(6, 40_000/total)) // the first few are the same everywhere
	if s.decided {
		most = min(disturbed/2, max(12, 20_000/total))
	}
	for i, near := 0, 0; i < len(ops); i++ {
		if op := ops[i]; !s.decided || op == "load" || op == "balance" || op == "pay out" {
			near = 12
		}
		if near--; near > 0 {
			list = append(list, i+1)
		}
	}
	if !s.decided {
		list = list[:min(len(list), most)]
	}
	step := max(1, (len(list)+most-1)/most) * stride()
	var thin []int
	for i := 0; i < len(list); i += step {
		thin = append(thin, list[i])
	}
	return thin
}

func once(at int, fault ordertest.Fault) func(int, string) ordertest.Fault {
	return func(call int, _ string) ordertest.Fault {
		if call == at {
			return fault
		}
		return ordertest.OK
	}
}

// modelOrders is how many orders the random part plays through the whole engine;
// the many are played by the pure model (pure_test.go).
var modelOrders = flag.Int("model.engine", 2000, "orders played through the engine with faults drawn from a seed")

// modelSeed replays one run of the random part.
var modelSeed = flag.Uint64("model.engineseed", 0, "play this seed of the engine's orders alone")

// drawn is the run of one seed: a story, how often calls fail, and which.
func drawn(list []story, seed uint64) (story, func(int, string) ordertest.Fault) {
	r := ordertest.NewRandom(seed)
	s := list[r.Intn(len(list))]
	oneIn := []int{6, 15, 40, 120}[r.Intn(4)]
	last := 200 + r.Intn(400) // then the world calms down
	return s, func(call int, _ string) ordertest.Fault {
		if call > last || r.Intn(oneIn) != 0 {
			return ordertest.OK
		}
		return everyFault()[r.Intn(4)]
	}
}

// TestRandomFaults plays stories with many faults each, drawn from seeds.
func TestRandomFaults(t *testing.T) {
	if *modelSeed != 0 {
		s, plan := drawn(stories(), *modelSeed)
		if _, err := play(s, *modelSeed, plan, nil); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		return
	}
	start := time.Now()
	var next atomic.Uint64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			list := stories()
			for seed := next.Add(1); seed <= uint64(*modelOrders) && !t.Failed(); seed = next.Add(uint64(stride())) {
				s, plan := drawn(list, seed)
				if _, err := play(s, seed, plan, nil); err != nil {
					t.Errorf("-model.engineseed=%d, %s: %v", seed, s.name, err)
				}
			}
		})
	}
	group.Wait()
	t.Logf("%d orders, %d per second", *modelOrders, int64(*modelOrders)*1000/max(1, time.Since(start).Milliseconds()))
}

// TestEveryPairOfFaults disturbs two calls of the plain purchase, and of a
// payout.
func TestEveryPairOfFaults(t *testing.T) {
	t.Parallel()
	total, err := play(stories()[0], 1, none, nil)
	if err != nil {
		t.Fatal(err)
	}
	pairs(t, stories()[0], 1, total, 1)
	out, first := wallet("", "", "", "0", "0", sent()), 0
	out.status, out.end = "", nil
	if total, err = play(out, 1, none, func(call int, op string) {
		if op == "acquire" && first == 0 {
			first = call
		}
	}); err != nil {
		t.Fatal(err)
	}
	pairs(t, out, first-20, min(total, first+40), 2)
}

// pairs disturbs two calls of a story, the first within a range.
func pairs(t *testing.T, s story, from, to, step int) {
	t.Helper()
	kinds := []ordertest.Fault{ordertest.CrashBefore, ordertest.CrashAfter}
	for first := from; first <= to; first += step * stride() {
		for second := first + 1; second <= to+10; second += step + (first+second)%3 {
			a, b := kinds[(first+second)%2], kinds[second/2%2]
			plan := func(call int, op string) ordertest.Fault {
				if call == first {
					return a
				}
				return once(second, b)(call, op)
			}
			if _, err := play(s, 1, plan, nil); err != nil {
				t.Fatalf("faults %d and %d at calls %d and %d: %v", a, b, first, second, err)
			}
		}
	}
}
