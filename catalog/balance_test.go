package catalog

import (
	"context"
	"errors"
	"testing"
	"time"

	"giftbot/order"
)

// purses is a supplier with several accounts, which may not all be readable.
type purses struct {
	fakeSource

	read map[string]order.Money
	took func() // while it answers
}

func (p *purses) Balances(context.Context) (map[string]order.Money, error) {
	if p.took != nil {
		p.took()
	}
	return p.read, p.balanceErr
}

// A supplier may have one account that cannot be read (a chain whose node is
// away). What was read of the others counts, and the one keeps its age.
func TestAnAccountThatCannotBeReadLeavesTheOthers(t *testing.T) {
	s := &purses{fakeSource: fakeSource{name: "cards"}, read: map[string]order.Money{"cards:1": 5, "cards:2": 7}}
	w := newWorld(t, s)
	w.mustRefresh(t)
	s.read, s.balanceErr = map[string]order.Money{"cards:2": 6}, errors.New("the node of 1 is away")
	for range 32 {
		w.clock.add(time.Minute)
		if err := w.Refresh(t.Context()); !errors.Is(err, s.balanceErr) {
			t.Fatalf("what could not be read is no news: %v", err)
		}
	}
	if got, known := w.Balance("cards:2"); got != 6 || !known {
		t.Errorf("the account that was read: %v, known %v", got, known)
	}
	if got, age, ok := w.BalanceAge("cards:1"); got != 5 || age != 32*time.Minute || !ok {
		t.Errorf("the other one: %v, %v old, %v", got, age, ok)
	}
	if _, known := w.Balance("cards:1"); known {
		t.Error("a balance of half an hour ago is called known")
	}
	s.read, s.balanceErr = map[string]order.Money{"cards:2": 6}, nil
	w.clock.add(time.Minute)
	w.mustRefresh(t)
	if _, _, ok := w.BalanceAge("cards:1"); ok {
		t.Error("an account the supplier has no more")
	}
}

// What is bought while a supplier answers may not be in its answer: a balance is
// as old as the question.
func TestABalanceIsAsOldAsTheQuestion(t *testing.T) {
	s := &purses{fakeSource: fakeSource{name: "cards"}, read: map[string]order.Money{"cards": 5}}
	w := newWorld(t, s)
	s.took = func() { w.clock.add(3 * time.Second) }
	w.mustRefresh(t)
	if _, age, ok := w.BalanceAge("cards"); age != 3*time.Second || !ok {
		t.Errorf("%v old, %v", age, ok)
	}
}
