package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Amounts are USD by name.
type Amounts map[string]decimal.Decimal

// UnmarshalText reads "name=amount,name=amount".
func (a *Amounts) UnmarshalText(text []byte) error {
	out := Amounts{}
	err := eachPair(string(text), "=", func(name, value string) error {
		amount, err := decimal.NewFromString(value)
		if err != nil || amount.Exponent() < -6 || amount.Exponent() > 9 || amount.NumDigits() > 15 || amount.IsNegative() {
			return valueError("has an amount that cannot be read")
		}
		if _, twice := out[name]; twice {
			return valueError("names an account twice")
		}
		out[name] = amount
		return nil
	})
	if err != nil {
		return err
	}
	*a = out
	return nil
}

// PrivateKeys are wallet keys by chain id.
type PrivateKeys map[int64]Secret

var privateKeyPattern = regexp.MustCompile(`^(0x)?[0-9a-fA-F]{64}$`)

// UnmarshalText reads "chain:key,chain:key". Its errors quote nothing.
func (k *PrivateKeys) UnmarshalText(text []byte) error {
	out := PrivateKeys{}
	err := eachPair(string(text), ":", func(name, value string) error {
		chain, err := strconv.ParseInt(name, 10, 64)
		if err != nil || chain <= 0 || !privateKeyPattern.MatchString(value) {
			return valueError("has an entry that is not a chain id and a key of 64 hexadecimal digits")
		}
		if _, twice := out[chain]; twice {
			return valueError("names a chain twice")
		}
		out[chain] = NewSecret(value)
		return nil
	})
	if err != nil {
		return err
	}
	*k = out
	return nil
}

// Endpoints are addresses by chain id. They may hold access keys.
type Endpoints map[int64]Secret

// UnmarshalText reads "chain=address,chain=address". Its errors quote nothing.
func (e *Endpoints) UnmarshalText(text []byte) error {
	out := Endpoints{}
	err := eachPair(string(text), "=", func(name, value string) error {
		chain, err := strconv.ParseInt(name, 10, 64)
		if err != nil || chain <= 0 {
			return valueError("has an entry that does not begin with a chain id")
		}
		if _, twice := out[chain]; twice {
			return valueError("names a chain twice")
		}
		out[chain] = NewSecret(value)
		return nil
	})
	if err != nil {
		return err
	}
	*e = out
	return nil
}

// eachPair splits "a=b,c=d".
func eachPair(text, between string, take func(name, value string) error) error {
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), between)
		if !found || name == "" || value == "" {
			return valueError("has an entry that is not name" + between + "value")
		}
		if err := take(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	return nil
}

// AccountField is one thing a buyer types for a top-up.
type AccountField struct {
	Key     string `json:"key"`
	Label   string `json:"label"`
	Format  string `json:"format"`
	Example string `json:"example"`
}

// AccountFields are the fields by product id, or by "category:<id>".
type AccountFields map[string][]AccountField

const maxAccountFields = 6

// UnmarshalText reads the JSON form.
func (f *AccountFields) UnmarshalText(text []byte) error {
	out := map[string][]AccountField{} // not the type itself: JSON would ask it for text again
	if err := strictJSON(text, &out); err != nil {
		return valueError("is not the JSON that is wanted")
	}
	for product, fields := range out {
		if len(fields) == 0 || len(fields) > maxAccountFields {
			return valueError(fmt.Sprintf("has a product with no field, or with more than %d", maxAccountFields))
		}
		for _, field := range fields {
			if _, err := regexp.Compile(field.Format); err != nil || field.Key == "" || field.Label == "" || product == "" {
				return valueError("has a field without key or label, or with a format that is no regular expression")
			}
		}
	}
	*f = out
	return nil
}

// CardToken is one stablecoin on one chain.
type CardToken struct {
	Chain    int64             `json:"chain"`
	Symbol   string            `json:"symbol"`
	Address  string            `json:"address"`
	Decimals int               `json:"decimals"`
	Min      decimal.Decimal   `json:"min"`
	Max      decimal.Decimal   `json:"max"`
	Presets  []decimal.Decimal `json:"presets"`
	GasUSD   decimal.Decimal   `json:"gas_usd"`
}

// CardTokens are the stablecoins sold as gift cards.
type CardTokens []CardToken

var (
	tokenAddress = regexp.MustCompile(`^0x[0-9a-fA-F]{40}$`)
	tokenSymbol  = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)
)

// dollars are the tokens that count 1:1 as USD (DESIGN §3): a card of ten of any
// other one would be sold for ten dollars.
func dollars() []string { return []string{"USDC", "USDT"} }

// UnmarshalText reads the JSON form.
func (t *CardTokens) UnmarshalText(text []byte) error {
	var out []CardToken
	if err := strictJSON(text, &out); err != nil {
		return valueError("is not the JSON that is wanted")
	}
	seen := make(map[string]bool)
	for number, token := range out {
		if !slices.Contains(dollars(), token.Symbol) && tokenSymbol.MatchString(token.Symbol) {
			return valueError(fmt.Sprintf("sells token %d as dollars, and only %s count as such", number+1, strings.Join(dollars(), " and ")))
		}
		id := fmt.Sprint(token.Chain, token.Symbol)
		if !token.good() || seen[id] {
			return valueError(fmt.Sprintf("is wrong in token %d", number+1))
		}
		seen[id] = true
	}
	*t = out
	return nil
}

// good reports whether a token can be sold: amounts in order and small enough
// to be compared, everything in its shape.
func (t CardToken) good() bool {
	for _, amount := range append([]decimal.Decimal{t.Min, t.Max, t.GasUSD}, t.Presets...) {
		if amount.Exponent() < -6 || amount.Exponent() > 6 || amount.NumDigits() > 12 || amount.IsNegative() {
			return false
		}
	}
	for _, preset := range t.Presets {
		if preset.LessThan(t.Min) || preset.GreaterThan(t.Max) {
			return false
		}
	}
	return t.Chain > 0 && tokenSymbol.MatchString(t.Symbol) && tokenAddress.MatchString(t.Address) &&
		t.Decimals >= 2 && t.Decimals <= 30 && t.Min.IsPositive() && t.Max.GreaterThanOrEqual(t.Min)
}

func strictJSON(text []byte, into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if decoder.More() {
		return valueError("has more after its end")
	}
	return nil
}
