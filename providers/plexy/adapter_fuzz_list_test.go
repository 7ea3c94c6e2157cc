package plexy

import (
	"encoding/json"
	"math/big"
	"testing"

	"giftbot/order"
)

// FuzzLists: whatever the vendor answers to a list, nothing panics, and the
// amounts a product is offered in are ones that the vendor takes.
func FuzzLists(f *testing.F) {
	for _, name := range []string{"balance.json", "categories.json", "deposits.json", "product.json", "product_types.json", "products.json"} {
		f.Add([]byte(body(f, name)))
	}
	for _, text := range []string{
		`{"items":[{"id":1,"price":"1e99","min_amount":"-5","max_amount":"1e24","step":"1e-24"}]}`, `[null]`, `{"items":null}`, `{"items":[],"pageSize":-1,"total":-1}`,
		`{"id":7,"min_amount":"0.0000001","max_amount":"0.0000002","step":"0.01"}`, `{"id":7,"min_amount":9007199254,"max_amount":9007199254.740991,"step":9007199254}`, "null",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p page
		if json.Unmarshal(raw, &p) == nil {
			_ = p.last(0)
			if products, err := each[wireProduct](p.items); err == nil {
				for _, w := range products {
					checkAmounts(t, w.product())
				}
			}
			if funds, err := each[wireFunds](p.items); err == nil {
				for _, w := range funds {
					_ = w.funds()
				}
			}
			for _, item := range p.items {
				var d wireDeposit
				if json.Unmarshal(item, &d) == nil {
					_ = d.deposit()
				}
			}
		}
		var one wireProduct
		if into(&one)(raw) == nil {
			checkAmounts(t, one.product())
		}
	})
}

// checkAmounts: what is offered lies within what the vendor takes, in whole
// steps, and is never an amount of nothing.
func checkAmounts(t *testing.T, p Product) {
	t.Helper()
	for _, topUp := range []bool{true, false} {
		var l Listing
		if !l.amounts(p, topUp) || l.Step == 0 {
			continue
		}
		if l.Min <= 0 || l.Max < l.Min || l.Step < 0 || l.Max > order.MaxMoney || l.Min%l.Step != 0 || l.Max%l.Step != 0 {
			t.Fatalf("%+v is offered from %d to %d in steps of %d", p, l.Min, l.Max, l.Step)
		}
		lowest, highest := p.Min, p.Max
		if !highest.IsPositive() || lowest.GreaterThan(highest) {
			lowest, highest = p.Price, p.Price
		}
		if l.Min.Decimal().Rat().Cmp(lowest.Rat()) < 0 || l.Max.Decimal().Rat().Cmp(highest.Rat()) > 0 || new(big.Rat).Sub(l.Max.Decimal().Rat(), l.Min.Decimal().Rat()).Sign() < 0 {
			t.Fatalf("%s to %s are offered, the vendor takes %s to %s", l.Min, l.Max, lowest, highest)
		}
	}
}
