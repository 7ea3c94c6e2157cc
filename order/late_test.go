package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order/ordertest"
)

// TestLateEdits has the edits of order messages leave late, some after their
// lease, while another process tells what is newer. Whatever came last at the
// chat, in the end it shows where the orders are, codes included.
func TestLateEdits(t *testing.T) {
	t.Parallel()
	seeds := uint64(200)
	if raced {
		seeds = 40
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		if err := lateEdits(seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func lateEdits(seed uint64) error {
	w := ordertest.NewWorld(seed)
	r := ordertest.NewRandom(seed)
	var first, other *ordertest.Process
	late := 0
	first = w.Join(&ordertest.Gate{Plan: func(_ int, op string) ordertest.Fault {
		if op != "edit" || late > 20 || r.Intn(3) > 0 {
			return ordertest.OK
		}
		late++
		for range r.Intn(20) {
			// Whatever goes wrong in between is judged in the end.
			_, _ = other.Engine.Step(context.Background())
			_, _ = other.Sender.Step(context.Background())
			w.Clock.Advance(time.Duration(r.Intn(4000)) * time.Millisecond)
		}
		return ordertest.OK
	}}, w.Clock)
	other = w.Join(&ordertest.Gate{}, w.Clock)
	if err := everything(w, r); err != nil {
		return err
	}
	for step := range 600 {
		if step == 100 {
			payAll(w, r)
		}
		letters(w, other)
		_, _ = first.Engine.Step(context.Background())
		_, _ = first.Sender.Step(context.Background())
		w.Clock.Advance(time.Duration(r.Intn(2000)) * time.Millisecond)
	}
	if _, err := w.RestFor(80 * time.Hour); err != nil {
		return err
	}
	return w.Audit(100)
}
