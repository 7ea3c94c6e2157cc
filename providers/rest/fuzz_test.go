package rest_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"giftbot/providers/rest"
)

// FuzzAmount: a vendor's amount is read exactly, as text or as a number, or is
// refused; and none makes arithmetic expensive.
func FuzzAmount(f *testing.F) {
	for _, seed := range []string{
		"12.5", `"12.50"`, "0", "-0", "1e-99", "1E+99", "1e100", `"1e3"`, "null", `""`, `" 1"`, `"0x1"`, `"1_000"`, `"\u0031"`, "true", "[1]", `"NaN"`, `"+1"`, `".5"`, `"5."`,
		"0.000000000000000000000001", "123456789012345678901234", "1234567890123456789012345", "9007199254740993", `"-12.5"`, "1.2.3",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a rest.Amount
		if err := json.Unmarshal(raw, &a); err != nil {
			_, odd := errors.AsType[*rest.FieldError](err)
			if a.Set || odd && len(raw) > 12 && strings.Contains(err.Error(), string(raw)) {
				t.Fatalf("%s: %v, %v", raw, a, err)
			}
			return
		}
		text := strings.Trim(string(raw), " \t\r\n\"")
		if !a.Set {
			if text != "null" || !a.IsZero() {
				t.Fatalf("%s is no amount, and no null", raw)
			}
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok || a.Rat().Cmp(exact) != 0 {
			t.Fatalf("%s is read as %s", raw, a.Decimal)
		}
		if a.NumDigits() > 48 || a.Exponent() > 99 || a.Exponent() < -123 {
			t.Fatalf("%s has %d digits and exponent %d", raw, a.NumDigits(), a.Exponent())
		}
	})
}
