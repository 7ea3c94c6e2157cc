package ordertest

import (
	"context"
	"strings"
	"testing"

	"giftbot/order"
)

// A clearing that is killed before or after each of its calls, and the books
// all the while.
func TestClearingIsCrashSafe(t *testing.T) {
	const calls = 1 + 2*2
	for call := 1; call <= calls+1; call++ {
		for _, fault := range []Fault{FailBefore, FailAfter, CrashBefore, CrashAfter} {
			s := NewStore(NewClock())
			n := order.Number("0000000000")
			tr := order.Transition{Order: order.Order{Number: n, Buyer: 1}, Op: "a", Postings: []order.Posting{give(n, "to/2", 2, 5), give(n, "to/3", 3, 6)}}
			if _, err := s.View(nil).Insert(context.Background(), tr); err != nil {
				t.Fatal(err)
			}
			plan := func(made int, _ string) Fault {
				if made == call {
					return fault
				}
				return OK
			}
			if _, err := s.View(&Gate{Plan: plan}).Clear(context.Background()); (err == nil) != (call > calls) {
				t.Errorf("call %d, fault %d: %v", call, fault, err)
			}
			if faults := s.Faults(); len(faults) > 0 {
				t.Errorf("call %d, fault %d: %q", call, fault, faults)
			}
			if _, err := s.View(nil).Clear(context.Background()); err != nil {
				t.Fatal(err)
			}
			if s.balance(2) != 5 || s.balance(3) != 6 || len(s.transit) > 0 || len(s.Faults()) > 0 {
				t.Errorf("call %d, fault %d: %s and %s, %v, %q", call, fault, s.balance(2), s.balance(3), s.transit, s.Faults())
			}
		}
	}
}

func TestFaultsAreSeen(t *testing.T) {
	clearing := order.ClearingAccount
	for name, tc := range map[string]struct {
		damage func(s *Store)
		want   string
	}{
		"twice":       {func(s *Store) { s.ledger = append(s.ledger, s.ledger[0]) }, "stands twice"},
		"balance":     {func(s *Store) { s.credit[1][0].Balance++ }, "credit of 1 is"},
		"no movement": {func(s *Store) { delete(s.credit, 1) }, "credit of 1 is"},
		"of nobody":   {func(s *Store) { s.credit[9] = []order.Movement{{Balance: 4}} }, "credit of 9 is"},
		"lost":        {func(s *Store) { clear(s.transit) }, "is nowhere"},
		"never left":  {func(s *Store) { s.transit["x"] = passenger{2, 1, "N"} }, "never sent off"},
		"never sent": {func(s *Store) {
			s.ledger = append(s.ledger, order.Posting{Key: "x/cleared", From: clearing, To: "sales", Amount: 1})
		}, "nobody sent it"},
	} {
		s := NewStore(NewClock())
		n := order.Number("0000000000")
		tr := order.Transition{Order: order.Order{Number: n, Buyer: 1}, Op: "a", Postings: []order.Posting{give(n, "own", 1, 7), give(n, "to/2", 2, 5)}}
		if _, err := s.View(nil).Insert(context.Background(), tr); err != nil {
			t.Fatal(err)
		}
		if faults := s.Faults(); len(faults) > 0 {
			t.Fatalf("before: %q", faults)
		}
		tc.damage(s)
		if faults := strings.Join(s.Faults(), "\n"); !strings.Contains(faults, tc.want) {
			t.Errorf("%s: %q", name, faults)
		}
	}
}

// What is restored has the credit of then.
func TestBackupKeepsCredit(t *testing.T) {
	s := NewStore(NewClock())
	n := order.Number("0000000000")
	v := s.View(nil)
	stored, err := v.Insert(context.Background(), order.Transition{Order: order.Order{Number: n, Buyer: 1}, Op: "a", Postings: []order.Posting{give(n, "x", 1, 7)}})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Backup()
	if _, err = v.Commit(context.Background(), order.Transition{Order: stored, Op: "b", Postings: []order.Posting{give(n, "y", 1, -7), give(n, "z", 2, 7)}}); err != nil {
		t.Fatal(err)
	}
	s.Restore(b)
	if s.balance(1) != 7 || len(s.transit) != 0 || len(s.Faults()) != 0 {
		t.Errorf("credit %s, transit %v, %q", s.balance(1), s.transit, s.Faults())
	}
}
