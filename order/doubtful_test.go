package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// tried is a line whose purchase was sent a while ago.
func tried(l order.Line, state order.LineState, letters ...[]byte) order.Line {
	a := order.Attempt{N: 1, Key: "k", FirstSentAt: 1000, Sends: 1, Letters: letters}
	if state == order.LineUnclear {
		a.Outcome = order.OutcomeUnclear
	}
	l.State, l.Why, l.Credited, l.Attempts = state, "", 0, []order.Attempt{a}
	return l
}

// A word of "not bought" is about the unclear purchase, wherever it stands.
func TestWhichPurchaseIsDoubtful(t *testing.T) {
	letter := []byte{1}
	plain := order.Line{Quantity: 1, UnitPrice: 5}
	buying, unclear, told := tried(plain, order.LineBuying), tried(plain, order.LineUnclear), tried(plain, order.LineUnclear, letter)
	got, failed, waiting := tried(plain, order.LineGot), tried(plain, order.LineFailed), plain
	waiting.State = order.LineWaiting
	for name, row := range map[string]struct {
		lines []order.Line
		held  bool
		want  int // -1 for none
	}{
		"nothing":                   {nil, true, -1},
		"the only one":              {[]order.Line{unclear}, false, 0},
		"behind one that is bought": {[]order.Line{buying, unclear}, true, 1},
		"behind others":             {[]order.Line{got, failed, waiting, buying, unclear}, true, 4},
		"the first of two":          {[]order.Line{unclear, unclear}, true, 0},
		"something came of another": {[]order.Line{told, unclear}, true, 1},
		"something came of it":      {[]order.Line{buying, told}, true, 1},
		"only slow":                 {[]order.Line{got, buying, buying}, true, 1},
		"under way as it should":    {[]order.Line{buying}, false, -1},
		"settled":                   {[]order.Line{got, failed, waiting}, true, -1},
	} {
		o := order.Order{Status: order.Fulfilling, Lines: row.lines}
		if row.held {
			o.Flags = order.Flags{order.FlagHeld}
		}
		line, a, ok := o.Doubtful()
		if ok != (row.want >= 0) || ok && (line != row.want || a.N != 1) {
			t.Errorf("%s: line %d, attempt %d, %v; want %d", name, line, a.N, ok, row.want)
		}
	}
}

// Of two purchases the unclear one is given up; the other one comes, and is
// delivered.
func TestTheUnclearPurchaseIsGivenUp(t *testing.T) {
	w, n := outOfStock(t)
	o, now := w.Look(n), w.Clock.Stamp()
	l := o.Lines[0]
	o.Lines = []order.Line{tried(l, order.LineBuying), tried(l, order.LineUnclear)}
	for i := range o.Lines {
		a := &o.Lines[i].Attempts[0]
		a.FirstSentAt, a.RetryAt = now.Add(-10*time.Minute), now.Add(time.Hour)
	}
	o.Lines[0].Attempts[0].AcceptedAt, o.Lines[0].Attempts[0].External = now.Add(-9*time.Minute), "taken"
	o.Total = 2 * o.Total
	o.Payments[0].Seen = o.Total
	o.Status, o.Doubts, o.Reason, o.Flags = order.Fulfilling, []order.Reason{order.ReasonUnclear}, order.ReasonUnclear, order.Flags{order.FlagHeld, order.FlagUnclear}
	e := w.Process().Engine
	if _, err := e.Store.Commit(context.Background(), order.Transition{Order: o, Op: "abcdefgh", Due: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	d := order.Decision{Number: n, Admin: ordertest.Admin, Why: "not in their list", Moments: o.Moments()}
	got, err := e.NotBought(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	first, second := got.Lines[0], got.Lines[1]
	if first.State != order.LineBuying || second.State != order.LineFailed || second.Attempts[0].Outcome != order.OutcomeRefused {
		t.Errorf("%s and %s (%s): another purchase than the unclear one was given up", first.State, second.State, second.Attempts[0].Outcome)
	}
}

// What a purchase brought that was given up all the same is kept, for a person:
// its vendor was told that we have it.
func TestWhatAGivenUpPurchaseBroughtIsKept(t *testing.T) {
	line := tried(order.Line{Quantity: 1, UnitPrice: 5, UnitCost: 4}, order.LineUnclear, []byte("sealed"))
	line.Attempts[0].Recall, line.Attempts[0].LostAt = true, 2000
	o := order.Order{
		Number: "0000000000", Buyer: buyer, Status: order.Fulfilling, Total: 5, Lines: []order.Line{line},
		Payments: []order.Payment{{N: 1, Gateway: "g", State: order.PaymentClosed, Asked: 5, Seen: 5}},
		Doubts:   []order.Reason{order.ReasonSecretLost}, Reason: order.ReasonSecretLost, Flags: order.Flags{order.FlagHeld, order.FlagUnclear},
	}
	o, _ = run(t, o, order.GiveUp{Attempt: 1, By: 900, Why: "x", At: 200_000})
	if a := o.Lines[0].Attempts[0]; len(a.Letters) != 1 || a.Outcome != order.OutcomeBack || o.Lines[0].State != order.LineFailed {
		t.Errorf("line %s, %s with %d letters", o.Lines[0].State, a.Outcome, len(a.Letters))
	}
	if !slices.Contains(o.Doubts, order.ReasonGoodsTwice) {
		t.Errorf("held for %v", o.Doubts)
	}
}
