package infinivoucher

import (
	"slices"

	"github.com/shopspring/decimal"
)

// Mismatch names a rule of infinivoucher sheet §9 (and §4) that a receipt
// breaks. Everything is kept, only what is certain is delivered, a person is
// told.
type Mismatch string

// The rules.
const (
	MismatchProduct  Mismatch = "product"    // another product than wanted
	MismatchQuantity Mismatch = "quantity"   // another quantity than wanted
	MismatchCodes    Mismatch = "codes"      // another number of codes than wanted
	MismatchEmpty    Mismatch = "empty_code" // a code is empty
	MismatchTwice    Mismatch = "same_code"  // a code came twice
	MismatchTotal    Mismatch = "total"      // total is not unit price × quantity, or below nothing
	MismatchDeducted Mismatch = "deducted"   // the wallet lost another sum
	MismatchPrice    Mismatch = "unit_price" // dearer than our ceiling
	MismatchCurrency Mismatch = "currency"   // not a dollar currency
	MismatchStatus   Mismatch = "status"     // a status word the sheet does not know
)

// Wanted is what a receipt is compared with.
type Wanted struct {
	ProductID string
	Quantity  int
	Ceiling   decimal.Decimal // highest unit price, major units; zero: no ceiling
}

// Check compares a receipt with what was wanted and returns the broken rules,
// in the order of the constants. It is pure. Codes are only judged when the
// order is completed.
func Check(w Wanted, r Receipt) []Mismatch {
	var out []Mismatch
	add := func(broken bool, m Mismatch) {
		if broken {
			out = append(out, m)
		}
	}
	o := r.Order
	done := o.Status == StatusCompleted
	empty, twice := codeFaults(r.Codes)
	add(o.ProductID != w.ProductID, MismatchProduct)
	add(o.Quantity != w.Quantity, MismatchQuantity)
	add(done && len(r.Codes) != w.Quantity, MismatchCodes)
	add(empty, MismatchEmpty)
	add(twice, MismatchTwice)
	add(o.Total.IsNegative() || !o.Total.Equal(o.UnitPrice.Mul(decimal.NewFromInt(int64(o.Quantity)))), MismatchTotal)
	add(r.Wallet && !r.Deducted.Equal(o.Total), MismatchDeducted)
	add(w.Ceiling.IsPositive() && o.UnitPrice.GreaterThan(w.Ceiling), MismatchPrice)
	add(!dollar(o.Currency), MismatchCurrency)
	add(!slices.Contains([]string{StatusCompleted, StatusPending, StatusFailed}, o.Status), MismatchStatus)
	return out
}

func codeFaults(codes []Secret) (empty, twice bool) {
	seen := make(map[Secret]bool, len(codes))
	for _, c := range codes {
		empty = empty || c.Reveal() == ""
		twice = twice || c.Reveal() != "" && seen[c]
		seen[c] = true
	}
	return empty, twice
}

// dollar reports whether a currency counts 1:1 as USD (DESIGN §3).
func dollar(currency string) bool {
	return slices.Contains([]string{"USD", "USDT", "USDC"}, currency)
}
