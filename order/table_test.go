package order_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

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

func events() []order.Event {
	return []order.Event{
		order.Planned{}, order.Opening{}, order.Opened{}, order.OpenFails{}, order.Read{}, order.Unread{}, order.Unwatch{}, order.Expire{},
		order.Cancel{}, order.Buying{}, order.Bought{}, order.BuyFails{}, order.Shown{},
		order.Twin{}, order.Accepted{}, order.Arrived{}, order.Lost{}, order.Recalled{},
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

// drawEvent draws any event, sensible or not.
func drawEvent(t *rapid.T) order.Event {
	at := order.Stamp(rapid.Int64Range(1, 100_000_000).Draw(t, "at"))
	i := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, -1, 2}).Draw(t, "index")
	codes := []order.Code{order.CodeStock, order.CodeConflict, order.CodeUnclear, order.CodeLimited, order.CodeNotSent, order.CodeExists}
	code := rapid.SampledFrom(codes).Draw(t, "code")
	text := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "text")
	final := rapid.Bool().Draw(t, "final")
	switch rapid.IntRange(0, 17).Draw(t, "kind") {
	case 0:
		return order.Planned{N: rapid.IntRange(1, 3).Draw(t, "n"), Gateway: "g", Asked: 20_000_000, At: at}
	case 13:
		return order.Twin{Payment: i, External: text, At: at}
	case 14:
		return order.Accepted{Line: i, Attempt: 1, External: text, Late: final, At: at}
	case 15:
		return order.Arrived{Line: i, Attempt: rapid.IntRange(1, 2).Draw(t, "attempt"), Sealed: []byte(text), Doubled: final, At: at}
	case 16:
		return order.Lost{Line: i, Attempt: 1, External: text, Recall: final, At: at}
	case 17:
		return order.Recalled{Line: i, Attempt: 1, Spent: 9_000_000, Back: 8_900_000, At: at}
	case 1:
		return order.Opening{Payment: i, Key: "k", At: at}
	case 2:
		return order.Opened{Payment: i, Link: order.Link{External: text, URL: text}, At: at}
	case 3:
		return order.OpenFails{Payment: i, Code: code, At: at}
	case 4:
		return order.Unwatch{Payment: i, At: at}
	case 5:
		return order.Expire{At: at}
	case 6:
		return order.Cancel{At: at}
	case 7:
		return order.Unread{Payment: i, At: at}
	case 8:
		return order.Shown{Message: i, Goods: final, At: at}
	case 9:
		return order.Buying{Line: i, Attempt: rapid.SampledFrom([]int{1, 1, 1, 2, 0}).Draw(t, "attempt"), Key: "k", At: at}
	case 10:
		return order.Bought{Line: i, Attempt: 1, External: text, Got: 1, Total: 9_000_000, Sealed: []byte(text), At: at}
	case 11:
		return order.BuyFails{Line: i, Attempt: rapid.IntRange(0, 2).Draw(t, "attempt"), Code: code, Final: final, Reason: order.ReasonStock, At: at}
	default:
		f := order.Fact{External: "x", Asked: 20_000_000, Currency: "USD", Confirmed: decimal.NewFromInt(rapid.SampledFrom([]int64{0, 5, 20, 25}).Draw(t, "sum"))}
		f.Status = rapid.SampledFrom([]order.FactStatus{order.FactOpen, order.FactPaid, order.FactShort, order.FactExpired}).Draw(t, "status")
		return order.Read{Payment: i, Fact: f, At: at}
	}
}

// TestApply draws histories of any events: Apply never changes its input,
// gives the same twice, never books more than was confirmed, never takes back
// goods, and reaches every cell of the table.
func TestApply(t *testing.T) {
	reached := make(map[string]bool)
	history := func(t *rapid.T) {
		o := start(t)
		booked, highest := order.Money(0), order.Money(0)
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			ev := drawEvent(t)
			before, err := order.Encode(o)
			if err != nil {
				t.Fatal(err)
			}
			next, effects, err := order.Apply(o, ev)
			again, effects2, err2 := order.Apply(o, ev)
			after, _ := order.Encode(o)
			if !bytes.Equal(before, after) {
				t.Fatalf("%s changed its input", ev.Kind())
			}
			if cmp.Diff(next, again) != "" || cmp.Diff(effects, effects2) != "" || (err == nil) != (err2 == nil) {
				t.Fatalf("%s gives two results", ev.Kind())
			}
			if err != nil {
				if cmp.Diff(o, next) != "" || effects != nil {
					t.Fatalf("%s refused and changed something", ev.Kind())
				}
				continue
			}
			reached[string(o.Status)+" "+string(ev.Kind())+" "+string(next.Status)] = true
			for _, e := range effects {
				if e.Kind == order.EffectPost && e.Posting.From == "gateway:g" {
					booked += e.Posting.Amount
				}
			}
			highest = max(highest, next.Received())
			if booked != highest || next.Held() != (len(next.Doubts) > 0) {
				t.Fatalf("booked %s, seen %s, held %v for %v", booked, highest, next.Held(), next.Doubts)
			}
			o = next
		}
	}
	for round := 0; round < 300 && (round < 5 || len(unreached(reached)) > 0); round++ {
		rapid.Check(t, history)
	}
	for _, cell := range unreached(reached) {
		t.Errorf("never reached: %s", cell)
	}
}

// unreached lists the cells of the table that no history went through.
func unreached(reached map[string]bool) []string {
	var cells []string
	for _, p := range order.Table() {
		for _, to := range p.To {
			if cell := string(p.From) + " " + string(p.Event) + " " + string(to); !reached[cell] {
				cells = append(cells, cell)
			}
		}
	}
	return cells
}

// start is a fresh order in any status, with one line under way where the
// status asks for it.
func start(t *rapid.T) order.Order {
	o := order.Order{
		Number: "0000000000", Buyer: 1, Total: 20_000_000, Status: rapid.SampledFrom(slices.DeleteFunc(order.Statuses(), func(s order.Status) bool { return s == order.Refunding })).Draw(t, "status"),
		Lines:    []order.Line{{Supplier: "s", Quantity: 1, UnitPrice: 10_000_000, State: order.LineWaiting}, {Supplier: "s", Quantity: 1, UnitPrice: 10_000_000, State: order.LineWaiting}},
		Payments: []order.Payment{{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "x", ExpiresAt: 3_600_000}},
	}
	if o.Status == order.AwaitingPayment && rapid.Bool().Draw(t, "planned") {
		o.Payments[0].State, o.Payments[0].External = rapid.SampledFrom([]order.PaymentState{order.PaymentPlanned, order.PaymentSent}).Draw(t, "state"), ""
	}
	unpaid := o.Status == order.AwaitingPayment || o.Status == order.Confirming
	if !unpaid && o.Status != order.Paid || unpaid && rapid.Bool().Draw(t, "bought before Redis forgot the payment") {
		o.Lines[0].State = order.LineBuying
		o.Lines[0].Attempts = []order.Attempt{{N: 1, Key: "k", FirstSentAt: 1, Sends: 1}}
		switch rapid.IntRange(0, 2).Draw(t, "other line") {
		case 0:
			o.Lines[1].State, o.Lines[1].Got = order.LineGot, 1
		case 1:
			o.Lines[1].State, o.Lines[1].Credited = order.LineFailed, 10_000_000
		}
	}
	return o
}
