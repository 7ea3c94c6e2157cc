package kit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"giftbot/order"
)

// hearing keeps what a test would fail with.
type hearing struct {
	testing.TB
	said []string
}

// Errorf implements testing.TB.
func (h *hearing) Errorf(format string, args ...any) {
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

const number = order.Number("3F7KQW2M9X")

// told is a delivered order of two pieces of a dollar, as it should be.
func told() (*ledger, *order.Order) {
	o := order.Order{
		Number: number, Buyer: 1001, Status: order.Delivered,
		Payments: []order.Payment{{N: 1, Seen: 2_000_000}},
		Lines: []order.Line{{
			Supplier: "infinivoucher", Quantity: 2, Got: 2, UnitPrice: 1_000_000, State: order.LineGot,
			Attempts: []order.Attempt{{N: 1, Key: "key-1", Outcome: order.OutcomeDone}},
		}},
	}
	return &ledger{
		sums:     map[order.Account]order.Money{"order:3F7KQW2M9X": 0},
		received: map[order.Number]order.Money{number: 2_000_000},
		bought:   map[string][]purchase{"key-1": {{2, "InfiniVoucher's x"}}},
	}, &o
}

// TestAuditOfBooksSees: each thing the audit looks for, it finds.
func TestAuditOfBooksSees(t *testing.T) {
	held := func(o *order.Order) { o.Flags = o.Flags.With(order.FlagHeld) }
	for name, c := range map[string]struct {
		spoil func(l *ledger, o *order.Order)
		want  string
	}{
		"as it should be":        {func(*ledger, *order.Order) {}, ""},
		"money nobody booked":    {func(l *ledger, _ *order.Order) { l.received[number] += 5 }, "the gateways took"},
		"money nobody sent":      {func(l *ledger, _ *order.Order) { l.received[number] -= 5 }, "was booked, and the gateways took"},
		"money that went away":   {func(l *ledger, o *order.Order) { o.Lines[0].Got = 1; l.sums["order:3F7KQW2M9X"] = 1_000_000 }, "went nowhere"},
		"a posting is missing":   {func(l *ledger, _ *order.Order) { l.sums["order:3F7KQW2M9X"] = 7 }, "is left of it in the ledger"},
		"bought twice":           {func(l *ledger, _ *order.Order) { l.bought["key-1"] = append(l.bought["key-1"], purchase{2, "x"}) }, "was bought 2 times"},
		"more than ordered":      {func(l *ledger, _ *order.Order) { l.bought["key-1"][0].pieces = 3 }, "nobody was told"},
		"fewer than we think":    {func(l *ledger, _ *order.Order) { l.bought["key-1"][0].pieces = 1 }, "1 pieces at the supplier, 2 with us"},
		"a purchase of nobody":   {func(l *ledger, _ *order.Order) { l.bought["key-2"] = []purchase{{1, "Plexy's y"}} }, "Plexy's y belongs to no order"},
		"too much, and was told": {func(l *ledger, o *order.Order) { held(o); l.bought["key-1"][0].pieces = 3 }, ""},
		"money held, and told": {func(l *ledger, o *order.Order) {
			held(o)
			o.Payments[0].Seen += 5
			l.received[number] += 5
			l.sums["order:3F7KQW2M9X"] = 5
		}, ""},
	} {
		ears := &hearing{TB: t}
		l, o := told()
		l.t = ears
		c.spoil(l, o)
		l.judgeMoney(*o)
		l.judgeGoods(*o)
		l.judgeOrphans()
		said := strings.Join(ears.said, "; ")
		if c.want == "" && said != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
}

// TestAway: only what did not get through to Redis is asked again.
func TestAway(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{&order.Error{Code: order.CodeNotSent, Op: "redis load"}, true},
		{fmt.Errorf("orders: %w", &order.Error{Code: order.CodeUnclear, Op: "redis load"}), true},
		{&order.Error{Code: order.CodeMissing, Op: "redis load"}, false},
		{errors.New("the trial balance does not come to zero"), false},
	} {
		if got := away(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
