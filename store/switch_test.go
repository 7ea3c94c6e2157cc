package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func TestTheSwitch(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		second := w.open(func(*Options) {})
		seen := func(want order.Sales) {
			t.Helper()
			got, err := second.Sales(ctx)
			w.ok(err)
			standing, err := second.Standing(ctx)
			w.ok(err)
			if diff := cmp.Diff(order.Standing{Reserved: map[string]order.Money{}, Sales: want}, standing); diff != "" || got != want {
				t.Errorf("sales %+v, standing (-want +got):\n%s", got, diff)
			}
		}
		seen(order.Sales{})
		off := order.Sales{Off: true, By: 42, At: 1_800_000_000_000}
		w.ok(w.s.SetSales(ctx, off))
		w.ok(w.s.SetSales(ctx, off))
		seen(off)
		if got := w.dump()["{v:shop}:notes"]; got != "sales=1 42 1800000000000" {
			t.Errorf("notes %q", got)
		}
		w.ok(w.s.SetSales(ctx, order.Sales{By: -7, At: 9}))
		seen(order.Sales{By: -7, At: 9})

		// what nobody can read does not sell as if nothing were set
		w.ok(w.raw.HSet(ctx, "{v:shop}:notes", "sales", "maybe").Err())
		if _, err := w.s.Sales(ctx); !errors.Is(err, errRecord) {
			t.Errorf("sales: %v", err)
		}
		if _, err := w.s.Standing(ctx); !errors.Is(err, errRecord) {
			t.Errorf("standing: %v", err)
		}
	})
}

func TestUnreadableSales(t *testing.T) {
	for _, text := range []string{"", "1", "1 2", "2 3 4", "1 x 4", "1 3 x", "1 3 4 5"} {
		if s, err := decodeSales(text); err == nil {
			t.Errorf("%q was read as %+v", text, s)
		}
	}
}

// A shard that does not answer is an error, also when nothing was ever set.
func TestStandingNeverReadsHalf(t *testing.T) {
	both(t, func(w *world) {
		w.ok(w.raw.Set(t.Context(), key("reserve"), "not a hash", 0).Err())
		if standing, err := w.s.Standing(t.Context()); err == nil {
			t.Errorf("read as %+v", standing)
		}
	})
}
