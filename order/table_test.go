package order_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/order/ordertest"
)

func TestDiagramIsTheTable(t *testing.T) {
	drawn, err := ordertest.Diagram()
	if err != nil {
		t.Fatal(err)
	}
	var table []ordertest.Arrow
	for _, p := range order.Table() {
		for _, to := range p.To {
			if to != p.From {
				table = append(table, ordertest.Arrow{From: string(p.From), Event: string(p.Event), To: string(to)})
			}
		}
	}
	sort := func(list []ordertest.Arrow) {
		slices.SortFunc(list, func(a, b ordertest.Arrow) int { return cmp3(a.From+a.Event+a.To, b.From+b.Event+b.To) })
	}
	sort(drawn)
	sort(table)
	if diff := cmp.Diff(table, drawn); diff != "" {
		t.Errorf("table − diagram +:\n%s", diff)
	}
}

func cmp3(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestCrashPointsAreKnown(t *testing.T) {
	points, err := ordertest.CrashPoints()
	if err != nil {
		t.Fatal(err)
	}
	if len(points) < 12 {
		t.Errorf("%d crash points: %v", len(points), points)
	}
	for _, p := range points {
		if _, known := ordertest.CallOf(p); !known {
			t.Errorf("crash point %s stands beside no call", p)
		}
	}
}

// TestCrashAtEveryPoint kills the bot at each point of order/doc.go, at the
// first call of that kind after the payment.
func TestCrashAtEveryPoint(t *testing.T) {
	points, err := ordertest.CrashPoints()
	if err != nil {
		t.Fatal(err)
	}
	for _, point := range points {
		call, _ := ordertest.CallOf(point)
		paid, hit := false, false
		plan := func(_ int, op string) ordertest.Fault {
			paid = paid || op == "wake"
			if hit || !paid || op != call.Op {
				return ordertest.OK
			}
			hit = true
			return call.Fault
		}
		if _, err := play(stories()[0], 1, plan, nil); err != nil || !hit {
			t.Errorf("%s: reached %v, %v", point, hit, err)
		}
	}
}

// TestPayoutCrashesAtEveryPoint kills the bot at each point in the life of a
// payout: the audit finds no second one, and nothing lost.
func TestPayoutCrashesAtEveryPoint(t *testing.T) {
	points, err := ordertest.PayoutPoints()
	if err != nil || len(points) < 7 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	s := wallet("", "", "", "0", "0", sent())
	for _, point := range points {
		call, known := ordertest.CallOf(point)
		approved, hit := false, false
		plan := func(_ int, op string) ordertest.Fault {
			approved = approved || op == "acquire"
			if hit || !approved || op != call.Op {
				return ordertest.OK
			}
			hit = true
			return call.Fault
		}
		if _, err := play(s, 1, plan, nil); err != nil || !hit || !known {
			t.Errorf("%s: reached %v, %v", point, hit, err)
		}
	}
}

func events() []order.Event {
	return []order.Event{
		order.Planned{}, order.Opening{}, order.Opened{}, order.OpenFails{}, order.Read{}, order.Unread{}, order.Unwatch{}, order.Expire{},
		order.Cancel{}, order.Buying{}, order.Bought{}, order.BuyFails{}, order.Shown{},
		order.Twin{}, order.Accepted{}, order.Arrived{}, order.Lost{}, order.Recalled{},
		order.UseCredit{}, order.CreditShort{}, order.GiveBack{}, order.Again{}, order.GiveUp{}, order.ByHand{}, order.Close{},
		order.PayOut{}, order.Addressed{}, order.Approved{}, order.PayingOut{}, order.PaidOut{}, order.PayOutFails{}, order.DropPayOut{},
	}
}

func TestPairsOutsideTheTableAreRefused(t *testing.T) {
	known := make(map[order.Status]map[order.EventKind]bool)
	for _, p := range order.Table() {
		if known[p.From] == nil {
			known[p.From] = make(map[order.EventKind]bool)
		}
		if known[p.From][p.Event] {
			t.Errorf("%s in %s is in the table twice", p.Event, p.From)
		}
		known[p.From][p.Event] = true
	}
	refused := 0
	for _, s := range order.Statuses() {
		for _, ev := range events() {
			if known[s][ev.Kind()] {
				continue
			}
			refused++
			if _, effects, err := order.Apply(order.Order{Status: s}, ev); order.CodeOf(err) != order.CodeEvent || effects != nil {
				t.Errorf("%s in %s: %v", ev.Kind(), s, err)
			}
		}
	}
	if refused < 60 {
		t.Errorf("only %d pairs outside the table", refused)
	}
}
