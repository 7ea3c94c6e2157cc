package catalog

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/order"
)

func TestPrice(t *testing.T) {
	for _, c := range []struct {
		asked, percent, fixed string
		cost                  order.Money
		price                 string
	}{
		{"0.85", "10", "0", 850_000, "0.94"},          // 0.935 up
		{"1.00", "0", "0", 1_000_000, "1.00"},         // exact stays exact
		{"1.00", "10", "0.25", 1_000_000, "1.35"},     // both
		{"0.8500001", "0", "0", 850_001, "0.86"},      // cost up to a micro-unit, price to a cent
		{"0.000001", "0", "0", 1, "0.01"},             // the smallest price is a cent
		{"10", "33.333333", "0", 10_000_000, "13.34"}, // no division, no lost digit
		{"100", "0.000001", "0", 100_000_000, "100.01"},
		{"5", "-50", "0", 5_000_000, "5.00"}, // never below cost
		{"5", "0", "-1", 5_000_000, "5.00"},
	} {
		m := Markup{Percent: decimal.RequireFromString(c.percent), Fixed: decimal.RequireFromString(c.fixed)}
		cost, price, err := m.price(decimal.RequireFromString(c.asked))
		if err != nil || cost != c.cost || price.String() != c.price {
			t.Errorf("%s + %s %% + %s: cost %d, price %s, err %v; want %d, %s", c.asked, c.percent, c.fixed, cost, price, err, c.cost, c.price)
		}
	}
}

func TestPriceNeverBelowCostAndAlwaysWholeCents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked := decimal.New(rapid.Int64Range(1, 1e12).Draw(t, "asked"), -int32(rapid.IntRange(0, 12).Draw(t, "digits")))
		m := Markup{
			Percent: decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "percent"), -6),
			Fixed:   decimal.New(rapid.Int64Range(0, 1e10).Draw(t, "fixed"), -6),
		}
		cost, price, err := m.price(asked)
		if err != nil {
			return // out of range is refused, not wrapped
		}
		if price < cost || price%order.Cent != 0 || price <= 0 {
			t.Fatalf("asked %s: cost %s, price %s", asked, cost, price)
		}
		hundred := decimal.New(100, 0)
		exact := asked.Mul(hundred.Add(m.Percent)).Shift(-2).Add(m.Fixed)
		if over := price.Decimal().Sub(exact); over.IsNegative() || over.GreaterThanOrEqual(decimal.New(1, -2)) {
			t.Fatalf("asked %s: price %s is not the next cent above %s", asked, price, exact)
		}
	})
}

func TestIDs(t *testing.T) {
	long := strings.Repeat("x", 60)
	for _, item := range []string{"clxyz0123456789abcdefghij", "60 UC", "a:b", "", "é", long, "h_abc", "a.b"} {
		id := idOf("infinivoucher", item)
		if len(id) > maxID {
			t.Errorf("%q: %q is %d bytes", item, id, len(id))
		}
		supplier, rest, _ := strings.Cut(id, ":")
		if supplier != "infinivoucher" || !plain(rest) || rest == "" {
			t.Errorf("%q: %q does not fit a link", item, id)
		}
		if again := idOf("infinivoucher", item); again != id {
			t.Errorf("%q: not stable: %q, %q", item, id, again)
		}
	}
	if got := idOf("infinivoucher", "clxyz0123456789abcdefghij"); got != "infinivoucher:clxyz0123456789abcdefghij" {
		t.Errorf("a short id was changed: %q", got)
	}
	if idOf("infinivoucher", long) == idOf("infinivoucher", long+"x") {
		t.Error("two items, one id")
	}
	hashed := strings.TrimPrefix(idOf("infinivoucher", long), "infinivoucher:")
	if idOf("infinivoucher", hashed) == idOf("infinivoucher", long) {
		t.Error("an item can take another item's hashed id")
	}
}
