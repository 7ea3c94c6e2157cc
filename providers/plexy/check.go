package plexy

import (
	"github.com/shopspring/decimal"
)

// Mismatch names a rule of plexy sheet §8 to §10 that an order breaks. A
// person is told.
type Mismatch string

// The rules.
const (
	MismatchTest      Mismatch = "test"         // a test order where none was wanted, or the other way round: nothing is delivered
	MismatchProduct   Mismatch = "product"      // another product than wanted: nothing is delivered
	MismatchReference Mismatch = "external_ref" // not quite our names for it
	MismatchCurrency  Mismatch = "currency"     // charged in another currency
	MismatchAmount    Mismatch = "amount"       // the charge is not told, or cannot be read
	MismatchMinor     Mismatch = "amount_minor" // minor units that fit neither the charge nor the face value
	MismatchBalance   Mismatch = "balance"      // the balance went down by another sum
	MismatchCharge    Mismatch = "charge"       // dearer than our ceiling
	MismatchContent   Mismatch = "content"      // completed, and no code is recognisable
)

// Wanted is what an order is compared with.
type Wanted struct {
	ProductID string
	Currency  string
	Key       string
	Reference string
	Test      bool
	TopUp     bool            // nothing to redeem is expected
	Face      decimal.Decimal // major units, zero for goods of a fixed amount
	Ceiling   decimal.Decimal // highest charge, major units; zero: no ceiling
}

// Check compares an order with what was wanted and returns the broken rules,
// in the order of the constants. It is pure. What is not told is judged only
// when the order is completed.
func Check(w Wanted, o Order) []Mismatch {
	var out []Mismatch
	add := func(broken bool, m Mismatch) {
		if broken {
			out = append(out, m)
		}
	}
	done := o.Status == StatusCompleted
	add(o.Test == nil && done || o.Test != nil && *o.Test != w.Test, MismatchTest)
	add(o.ProductID != w.ProductID, MismatchProduct)
	add(!o.named(w), MismatchReference)
	add(o.Currency == "" && done || o.Currency != "" && o.Currency != w.Currency, MismatchCurrency)
	add(o.Charged.Odd || done && !o.Charged.Set || o.Charged.IsNegative(), MismatchAmount)
	add(o.Minor.Odd || o.Minor.Set && !minorOf(o.Minor.Decimal, o.Charged.Decimal) && !minorOf(o.Minor.Decimal, w.Face), MismatchMinor)
	add(o.Status != StatusFailed && !w.Test && !o.balanced(), MismatchBalance) // nobody says whether a test touches the balance (§9)
	add(w.Ceiling.IsPositive() && o.Charged.Set && o.Charged.GreaterThan(w.Ceiling), MismatchCharge)
	add(done && !w.TopUp && len(o.Content.Codes()) == 0, MismatchContent)
	return out
}

// minorOf reports whether minor units are those of an amount: cents, or the
// six decimals of a stablecoin.
func minorOf(minor, major decimal.Decimal) bool {
	return minor.Equal(major.Shift(2)) || minor.Equal(major.Shift(6))
}

// Ours reports whether the order carries our key or our reference, and may be
// ours: one that carries neither says nothing.
func (o Order) Ours(w Wanted) (ours, possible bool) {
	ours = o.Key == w.Key && w.Key != "" || o.Reference == w.Reference && w.Reference != ""
	return ours, ours || o.Key == "" && o.Reference == ""
}

// named reports whether the order is told apart by our names and no other.
func (o Order) named(w Wanted) bool {
	ours, _ := o.Ours(w)
	return ours && (o.Key == "" || o.Key == w.Key) && (o.Reference == "" || o.Reference == w.Reference)
}

// balanced reports whether the balance went down by the charge. An answer that
// does not tell all three (a replayed one may not) breaks no rule.
func (o Order) balanced() bool {
	if !o.Before.Set || !o.After.Set || !o.Charged.Set {
		return !o.Before.Odd && !o.After.Odd
	}
	return o.Before.Sub(o.After.Decimal).Equal(o.Charged.Decimal)
}
