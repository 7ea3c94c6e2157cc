package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/flows"
	"giftbot/order"
	"giftbot/providers/infini"
)

// ice is what a tide says of freezes.
type ice struct {
	f      order.Freeze
	stands bool
	h      order.Healed
}

func (i *ice) LastFreeze() (order.Freeze, bool, order.Healed) { return i.f, i.stands, i.h }

// board is the notes of all replicas.
type board struct {
	noted map[string]string
	fails int
}

func (b *board) Notes(context.Context) (map[string]string, error) { return b.noted, nil }

func (b *board) Note(ctx context.Context, key, value string) error {
	if value == "" && ctx.Err() == nil {
		delete(b.noted, key)
	} else if ctx.Err() == nil {
		b.noted[key] = value
	}
	return ctx.Err()
}

func (b *board) First(_ context.Context, key, value string) (bool, error) {
	if b.fails > 0 {
		b.fails--
		return false, errors.New("away")
	}
	_, known := b.noted[key]
	if !known {
		b.noted[key] = value
	}
	return !known, nil
}

// Admins hear once that spending stops and once that it goes on, from whichever
// replica, and again when nobody got it.
func TestFreezesAreToldOnce(t *testing.T) {
	notes, tide := &board{noted: map[string]string{}, fails: 1}, &ice{f: order.Freeze{ID: "a", Why: order.DoubtBehind}, stands: true}
	var told []string
	deaf := 1
	tell := func(_ context.Context, v flows.View) bool {
		if deaf > 0 {
			deaf--
			return false
		}
		told = append(told, v.Blocks[0].Key)
		return true
	}
	clock := &handClock{}
	here, there := &freezeTeller{tide: tide, notes: notes, tell: tell, clock: clock}, &freezeTeller{tide: tide, notes: notes, tell: tell, clock: clock}
	if err := here.look(t.Context()); err == nil {
		t.Error("notes that cannot be reached went unnoticed")
	}
	for range 3 {
		_ = here.look(t.Context())
		here.last = map[bool]string{true: "", false: here.last}[len(told) == 0]
		_ = there.look(t.Context())
	}
	tide.stands, tide.h = false, order.Healed{Orders: 3}
	for range 3 {
		_ = there.look(t.Context())
		_ = here.look(t.Context())
	}
	if len(told) != 2 || told[0] != "freeze.title" || told[1] != "freeze.over" {
		t.Errorf("told %v", told)
	}
}

func TestListedPayments(t *testing.T) {
	now := time.Unix(1_763_512_573, 0)
	n, err := order.NewNumber(zeros{}, 3)
	if err != nil {
		t.Fatal(err)
	}
	paid := infini.Order{ID: "x", Reference: n.Reference(2), Amount: decimal.NewFromInt(5), Confirmed: decimal.NewFromInt(4), CreatedAt: now}
	for name, tc := range map[string]struct {
		change func(o *infini.Order)
		want   bool
	}{
		"paid":       {func(*infini.Order) {}, true},
		"seen":       {func(o *infini.Order) { o.Confirmed, o.Confirming = decimal.Zero, decimal.NewFromInt(1) }, true},
		"not paid":   {func(o *infini.Order) { o.Confirmed = decimal.Zero }, false},
		"too old":    {func(o *infini.Order) { o.CreatedAt = now.Add(-time.Hour) }, false},
		"of no time": {func(o *infini.Order) { o.CreatedAt = time.Time{} }, true},
		"another's":  {func(o *infini.Order) { o.Reference = "ord_1001" }, false},
	} {
		o := paid
		tc.change(&o)
		got, ok := listedOf(o, order.At(now))
		if ok != tc.want || ok && got != (order.Listed{External: "x", Reference: n.Reference(2), Asked: 5_000_000}) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
