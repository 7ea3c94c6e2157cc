package order

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
)

// Money is an amount in the shop currency (USD) in integer micro-units:
// 1.00 USD is 1_000_000. It never holds a fraction of a micro-unit.
type Money int64

const (
	// Currency is the shop currency every Money is counted in.
	Currency = "USD"
	// MaxMoney keeps every amount exact where a vendor or a script would
	// read it as a double: 2^53 − 1 micro-units, about nine billion USD.
	MaxMoney Money = 1<<53 - 1
	// Cent is 0.01 USD.
	Cent Money = 10_000

	microDigits = 6
)

// ErrMoney is wrapped by every refusal to read an amount.
var ErrMoney = errors.New("not an amount of money")

// ParseMoney reads decimal text in major units ("12.5"). More than six
// decimals, exponents beyond MaxMoney and anything else are refused with
// ErrMoney: nothing is rounded silently.
func ParseMoney(text string) (Money, error) {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return 0, fmt.Errorf("%w: unreadable", ErrMoney)
	}
	return MoneyFromDecimal(d)
}

// MoneyFromDecimal converts major units exactly. An amount that needs more
// than six decimals or exceeds MaxMoney is refused with ErrMoney.
func MoneyFromDecimal(d decimal.Decimal) (Money, error) {
	down, err := MoneyRoundedDown(d)
	if err != nil {
		return 0, err
	}
	if !down.Decimal().Equal(d) {
		return 0, fmt.Errorf("%w: more than %d decimals", ErrMoney, microDigits)
	}
	return down, nil
}

// MoneyRoundedDown converts major units, dropping what is smaller than a
// micro-unit: how money that was received is valued (DESIGN §3).
func MoneyRoundedDown(d decimal.Decimal) (Money, error) {
	return toMicros(d, decimal.Decimal.Floor)
}

// MoneyRoundedUp converts major units, counting a started micro-unit as a
// whole one: how a cost is valued.
func MoneyRoundedUp(d decimal.Decimal) (Money, error) {
	return toMicros(d, decimal.Decimal.Ceil)
}

func toMicros(d decimal.Decimal, round func(decimal.Decimal) decimal.Decimal) (Money, error) {
	// A hostile exponent must not make shift, floor or ceil expand digits.
	if d.Exponent() > 12 || d.Exponent() < -60 || d.NumDigits() > 80 {
		return 0, fmt.Errorf("%w: out of range", ErrMoney)
	}
	micros := round(d.Shift(microDigits))
	if micros.Abs().GreaterThan(decimal.NewFromInt(int64(MaxMoney))) {
		return 0, fmt.Errorf("%w: out of range", ErrMoney)
	}
	return Money(micros.IntPart()), nil
}

// Decimal returns the amount in major units.
func (m Money) Decimal() decimal.Decimal {
	return decimal.New(int64(m), -microDigits)
}

// String returns major units with at least two decimals: "12.50".
func (m Money) String() string {
	d := m.Decimal()
	if m%Cent == 0 {
		return d.StringFixed(2)
	}
	return d.String()
}

// Times returns the amount for n pieces.
func (m Money) Times(n int) Money { return m * Money(n) }
