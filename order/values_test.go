package order_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/order"
	"giftbot/order/ordertest"
)

func TestParseMoney(t *testing.T) {
	for text, want := range map[string]order.Money{
		"0": 0, "1": 1_000_000, "12.5": 12_500_000, "0.000001": 1, "-3.10": -3_100_000, "1e3": 1_000_000_000, "9007199254.740991": order.MaxMoney,
	} {
		if got, err := order.ParseMoney(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", " ", "1,5", "abc", "NaN", "Inf", "0x10", "0.0000001", "9007199254.740992", "-9007199254.740992", "1e13", "1e400000000", "1e-400000000",
		"0e100", "1e99999999999", strings.Repeat("9", 5000), "0." + strings.Repeat("0", 5000) + "1", "1.2.3", "١",
	} {
		begun := time.Now()
		if got, err := order.ParseMoney(text); !errors.Is(err, order.ErrMoney) {
			t.Errorf("%.30q: %d, %v", text, got, err)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%.30q took %s", text, took)
		}
	}
}

func TestMoneyRounding(t *testing.T) {
	for _, tc := range []struct {
		text     string
		down, up order.Money
	}{{"1.0000001", 1_000_000, 1_000_001}, {"1.9999999", 1_999_999, 2_000_000}, {"-0.0000001", -1, 0}, {"2", 2_000_000, 2_000_000}} {
		d := decimal.RequireFromString(tc.text)
		down, err := order.MoneyRoundedDown(d)
		up, err2 := order.MoneyRoundedUp(d)
		if err != nil || err2 != nil || down != tc.down || up != tc.up {
			t.Errorf("%s: %d and %d, %v %v", tc.text, down, up, err, err2)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := order.Money(rapid.Int64Range(-int64(order.MaxMoney), int64(order.MaxMoney)).Draw(t, "m"))
		if got, err := order.ParseMoney(m.String()); err != nil || got != m {
			t.Fatalf("%d reads back as %d, %v", m, got, err)
		}
	})
	if got := order.Money(12_500_000).String(); got != "12.50" {
		t.Errorf("%q", got)
	}
}

func TestNumberNoticesEverySlip(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		shard := rapid.IntRange(0, 31).Draw(t, "shard")
		n, err := order.NewNumber(bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")), shard)
		if err != nil || n.Shard() != shard {
			t.Fatalf("%s is of shard %d: %v", n, n.Shard(), err)
		}
		typed := " " + strings.ToLower(strings.NewReplacer("0", "o", "1", "l").Replace(n.Pretty())) + " "
		if got, failed := order.ParseNumber(typed); failed != nil || got != n {
			t.Fatalf("%q reads as %s, %v", typed, got, failed)
		}
		for i := range n {
			for _, c := range alphabet {
				wrong := string(n[:i]) + string(c) + string(n[i+1:])
				if _, err = order.ParseNumber(wrong); (err == nil) != (wrong == string(n)) {
					t.Fatalf("%s passes as %s", wrong, n)
				}
			}
			if i > 0 && n[i] != n[i-1] {
				swapped := string(n[:i-1]) + string(n[i]) + string(n[i-1]) + string(n[i+1:])
				if _, err = order.ParseNumber(swapped); err == nil {
					t.Fatalf("%s passes as %s", swapped, n)
				}
			}
		}
		number, attempt, err := order.ParseReference(n.Reference(3))
		if err != nil || number != n || attempt != 3 {
			t.Fatalf("reference of %s: %s %d %v", n, number, attempt, err)
		}
	})
	for _, bad := range []string{"", "-", "0000000000-0", "0000000000-01", "0000000000--1", "0000000000-", "000000000-1", "ooooo00000-1", "0000000000-1-1"} {
		if _, _, err := order.ParseReference(bad); err == nil {
			t.Errorf("reference %q is accepted", bad)
		}
	}
	if _, err := order.NewNumber(bytes.NewReader(nil), 0); err == nil {
		t.Error("a number without randomness")
	}
}

// The vectors are fixed for ever: another key for the same purchase is
// another purchase.
func TestKeysAreStable(t *testing.T) {
	if got, want := order.PurchaseKey("4711", "0000000000", 0, 1, "item-1", 2), purchaseVector; got != want {
		t.Errorf("purchase key %s, want %s", got, want)
	}
	if got, want := order.PaymentKey("4711", "0000000000", 1, "infini", 20_000_000), paymentVector; got != want {
		t.Errorf("payment key %s, want %s", got, want)
	}
	seen := make(map[string]string)
	for line := range 3 {
		for attempt := range 12 {
			for _, item := range []string{"1", "11", "a"} {
				for quantity := range 12 {
					key := order.PurchaseKey("4711", "0000000000", line, attempt, item, quantity)
					what := fmt.Sprint(line, attempt, item, quantity)
					if seen[key] != "" {
						t.Fatalf("%s and %s share a key", what, seen[key])
					}
					seen[key] = what
					if id, err := uuid.Parse(key); err != nil || id.Version() != 4 || id.Variant() != uuid.RFC4122 {
						t.Fatalf("%s is no UUID v4: %v", key, err)
					}
				}
			}
		}
	}
}

func TestPermitOwnerReadsBack(t *testing.T) {
	n, line, attempt, err := order.ParsePermitOwner(order.PermitOwner("0000000000", 3, 12))
	if err != nil || n != "0000000000" || line != 3 || attempt != 12 {
		t.Errorf("%s %d %d %v", n, line, attempt, err)
	}
	for _, bad := range []string{"", "0000000000", "0000000000/1", "x/1/1", "0000000000/a/1", "0000000000/1/b", "0000000000/1/1/1"} {
		if _, _, _, err := order.ParsePermitOwner(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestFlagsAreASortedSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []order.Flag{order.FlagShort, order.FlagOver, order.FlagHeld, order.FlagLate, order.FlagUnclear}
		var flags order.Flags
		want := make(map[order.Flag]bool)
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			f, on := rapid.SampledFrom(all).Draw(t, "flag"), rapid.Bool().Draw(t, "on")
			before := fmt.Sprint(flags)
			next := flags.Without(f)
			if on {
				next = flags.With(f)
			}
			if fmt.Sprint(flags) != before {
				t.Fatal("the set was changed in place")
			}
			flags, want[f] = next, on
		}
		for _, f := range all {
			if flags.Has(f) != want[f] {
				t.Fatalf("%s: %v in %v", f, flags.Has(f), flags)
			}
		}
	})
}

func TestCodec(t *testing.T) {
	w := ordertest.NewWorld(1)
	if err := stories()[0].play(w, func(d time.Duration) { rest(t, w, d) }); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Hour)
	o := w.Look(w.Numbers()[0])
	b, err := order.Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := order.Decode(b, o.Version)
	if err != nil || cmp.Diff(o, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(o, got))
	}
	if o.Status != order.Delivered || len(b) > 1100 {
		t.Errorf("a closed order (%s) takes %d bytes", o.Status, len(b))
	}
	newer := append([]byte(`{"from_a_newer_version":{"a":[1]},`), b[1:]...)
	if got, err := order.Decode(newer, o.Version); err != nil || cmp.Diff(o, got) != "" {
		t.Errorf("an unknown field: %v", err)
	}
	for _, bad := range []string{"", "{", "[]", `{"s":5}`, `{"t":1.5}`} {
		if _, err := order.Decode([]byte(bad), 1); err == nil {
			t.Errorf("%q decodes", bad)
		}
	}
}

const (
	purchaseVector = "132df0c8-46f3-4c1a-8623-08c22851f26f" // computed apart, from the rule alone
	paymentVector  = "1de4e654-863b-4de0-bc30-8f6f2b73cc55"
)
