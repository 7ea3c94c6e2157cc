package order_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"giftbot/order"
)

// allowed is what may befall an order in each status, from the table.
var allowed = func() map[order.Status][]order.EventKind {
	kinds := make(map[order.Status][]order.EventKind)
	for _, p := range order.Table() {
		kinds[p.From] = append(kinds[p.From], p.Event)
	}
	return kinds
}()

// TestApply draws histories of any events: Apply never changes its input, gives
// the same twice, keeps every rule of history, and reaches every cell of the
// table.
func TestApply(t *testing.T) {
	reached := make(map[string]bool)
	draw := func(t *rapid.T) {
		h := begin(start(t))
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			if h.passes(t) {
				reached[h.cell] = true
			}
		}
	}
	for round := 0; round < 1000 && (round < 5 || len(unreached(reached)) > 0); round++ {
		rapid.Check(t, draw)
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

// history is an order with everything that was booked for it on the way.
type history struct {
	o        order.Order
	now      order.Stamp
	cell     string
	opening  order.Money // what its account held at first
	account  order.Money
	credit   order.Money // to the buyer, less from them
	credited order.Money // as it was at first
	keys     map[string]bool
}

func begin(o order.Order) *history {
	return &history{o: o, now: 1, opening: o.Balance(), credited: o.Returned - o.CreditUsed(), keys: make(map[string]bool)}
}

// passes lets one event befall the order, and reports whether it was possible.
func (h *history) passes(t *rapid.T) bool {
	h.now += order.Stamp(rapid.SampledFrom([]int64{1, 60_000, 600_000, 50_000_000, 90_000_000}).Draw(t, "later"))
	ev := drawing{t: t, o: h.o, at: h.now}.event()
	before := encoded(t, h.o)
	next, effects, err := order.Apply(h.o, ev)
	again, effects2, err2 := order.Apply(h.o, ev)
	if !bytes.Equal(before, encoded(t, h.o)) {
		t.Fatalf("%s changed its input", ev.Kind())
	}
	after := encoded(t, next)
	if !bytes.Equal(after, encoded(t, again)) || !reflect.DeepEqual(effects, effects2) || (err == nil) != (err2 == nil) {
		t.Fatalf("%s gives two results", ev.Kind())
	}
	if err != nil {
		if !bytes.Equal(before, after) || effects != nil {
			t.Fatalf("%s refused and changed something", ev.Kind())
		}
		return false
	}
	h.book(t, effects)
	h.check(t, ev, next)
	h.cell = string(h.o.Status) + " " + string(ev.Kind()) + " " + string(next.Status)
	h.o = next
	return true
}

func encoded(t *rapid.T, o order.Order) []byte {
	b, err := order.Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// book keeps the ledger of the history: no key is posted twice.
func (h *history) book(t *rapid.T, effects []order.Effect) {
	own, credit := order.Account("order:"+string(h.o.Number)), order.CreditAccount(h.o.Buyer)
	for _, e := range effects {
		p := e.Posting
		if e.Kind != order.EffectPost {
			continue
		}
		if h.keys[p.Key] || p.Amount <= 0 || p.From == p.To {
			t.Fatalf("posted twice, or nothing: %+v", p)
		}
		h.keys[p.Key] = true
		if p.To == own {
			h.account += p.Amount
		}
		if p.From == own {
			h.account -= p.Amount
		}
		if p.To == credit {
			h.credit += p.Amount
		}
		if p.From == credit {
			h.credit -= p.Amount
		}
	}
}

// check holds an order against its ledger and against the rules of money.
func (h *history) check(t *rapid.T, ev order.Event, next order.Order) {
	in := order.Look(next)
	switch was := order.Look(h.o); {
	case h.opening+h.account != next.Balance():
		t.Fatalf("%s: booked %s, holds %s", ev.Kind(), h.opening+h.account, next.Balance())
	case h.credited+h.credit != next.Returned-next.CreditUsed():
		t.Fatalf("%s: credited %s, returned %s and used %s", ev.Kind(), h.credited+h.credit, next.Returned, next.CreditUsed())
	case next.Left() != next.Balance()-in.SetAside || in.Needed+in.Spare+in.Kept != next.Left():
		t.Fatalf("%s: left %s of %s, set aside %s", ev.Kind(), next.Left(), next.Balance(), in.SetAside)
	case next.Left() < 0 && in.Fell == 0:
		t.Fatalf("%s: left %s", ev.Kind(), next.Left())
	case next.Sold() < h.o.Sold() || next.Returned < h.o.Returned || next.Forgiven < h.o.Forgiven:
		t.Fatalf("%s: taken back what was sold, returned or forgiven", ev.Kind())
	case gives(ev) && pending(h.o):
		t.Fatalf("%s while a purchase is under way", ev.Kind())
	case gives(ev) && next.Left() < was.Fell:
		t.Fatalf("%s of what fell", ev.Kind())
	case next.Held() != (len(next.Doubts) > 0):
		t.Fatalf("%s: held %v for %v", ev.Kind(), next.Held(), next.Doubts)
	case in.Spare > 0 && !in.Stopped && !underWay(next) && (len(next.Lines) > 0 || len(next.Payouts) > 0):
		t.Fatalf("%s: %s is with nobody in %s, %v", ev.Kind(), in.Spare, next.Status, next.Doubts)
	}
	h.sends(t, ev, next)
}

// pending reports whether a purchase may be under way.
func pending(o order.Order) bool {
	return slices.ContainsFunc(o.Lines, func(l order.Line) bool { return l.State == order.LineBuying || l.State == order.LineUnclear })
}

// gives reports whether an event is a person's wish to give money back.
func gives(ev order.Event) bool {
	return ev.Kind() == order.KindGiveBack || ev.Kind() == order.KindPayOut
}

// underWay reports whether a line is still to be bought, or is being bought.
func underWay(o order.Order) bool {
	for _, l := range o.Lines {
		if l.State == order.LineWaiting || l.State == order.LineBuying || l.State == order.LineUnclear {
			return o.Status == order.Paid || o.Status == order.Fulfilling
		}
	}
	return false
}

// sends checks that a payout leaves only approved, and again only when it is
// said of that very sending that nothing left.
func (h *history) sends(t *rapid.T, ev order.Event, next order.Order) {
	for i, p := range h.o.Payouts {
		now := next.Payouts[i]
		fails, _ := ev.(order.PayOutFails)
		switch back := now.State == order.PayoutApproved && p.State != order.PayoutApproved; {
		case now.Sends > p.Sends && (p.State != order.PayoutApproved || len(p.Approved) == 0):
			t.Fatalf("sent a %s payout", p.State)
		case back && p.State != order.PayoutAddressed && (fails.Code != order.CodeLimited && fails.Code != order.CodeNotSent || fails.Once != p.Once):
			t.Fatalf("%s opens a %s payout", ev.Kind(), p.State)
		case now.Amount != p.Amount || p.State == order.PayoutDone && now.State != order.PayoutDone || p.State == order.PayoutDropped && now.State != order.PayoutDropped:
			t.Fatalf("%s changes a %s payout", ev.Kind(), p.State)
		case p.State == order.PayoutDropped && p.External != "" && now.External != p.External:
			t.Fatalf("%s gives a payout that left another number", ev.Kind())
		}
	}
}
