package order_test

import (
	"fmt"
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
	return calls, nil
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

// TestEverySingleFault disturbs each call of each story once, in four ways.
func TestEverySingleFault(t *testing.T) {
	start, orders := time.Now(), 0
	for _, s := range stories() {
		total, err := play(s, 1, none, nil)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for at := 1; at <= min(total, 400); at++ {
			for _, fault := range everyFault() {
				orders++
				if _, err := play(s, 1, once(at, fault), nil); err != nil {
					t.Errorf("%s, fault %d at call %d: %v", s.name, fault, at, err)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d runs, %d per second", orders, int64(orders)*1000/max(1, time.Since(start).Milliseconds()))
}

func once(at int, fault ordertest.Fault) func(int, string) ordertest.Fault {
	return func(call int, _ string) ordertest.Fault {
		if call == at {
			return fault
		}
		return ordertest.OK
	}
}
