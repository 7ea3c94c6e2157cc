package inventpay

import (
	"encoding/json"
	"math/big"
	"testing"

	"giftbot/order"
	"giftbot/providers/rest"
)

// FuzzShare: what came in a coin is valued at no more than it is, and at no
// less than a micro-unit below.
func FuzzShare(f *testing.F) {
	f.Add(int64(1_880_000), "0.00003", "0.00006")
	f.Add(int64(order.MaxMoney), "1e-24", "3")
	f.Add(int64(1), `"1e99"`, "1e-99")
	f.Add(int64(1_000_000), "0.333333333333", "1")
	f.Add(int64(0), "1", "0")
	f.Fuzz(func(t *testing.T, asked int64, arrived, wanted string) {
		var balance, required rest.Amount
		if asked < 0 || asked > int64(order.MaxMoney) || json.Unmarshal([]byte(arrived), &balance) != nil || json.Unmarshal([]byte(wanted), &required) != nil {
			return
		}
		if balance.IsNegative() || required.IsNegative() {
			return // refused where the answer is read
		}
		value := share(order.Money(asked), balance.Decimal, required.Decimal).Rat()
		if !required.IsPositive() {
			if value.Sign() != 0 {
				t.Fatalf("%s of an unknown sum is worth %s", arrived, value)
			}
			return
		}
		exact := new(big.Rat).Mul(big.NewRat(asked, 1_000_000), balance.Rat())
		exact.Quo(exact, required.Rat())
		short := new(big.Rat).Sub(exact, value)
		if short.Sign() < 0 || short.Cmp(big.NewRat(1, 1_000_000)) >= 0 {
			t.Fatalf("%s of %s is worth %s of %d micro-units, %s too little", arrived, wanted, value, asked, short)
		}
	})
}
