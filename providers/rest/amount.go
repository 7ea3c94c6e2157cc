package rest

import (
	"bytes"
	"regexp"

	"github.com/shopspring/decimal"
)

var plainDecimal = regexp.MustCompile(`^-?[0-9]{1,24}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?$`)

// Amount reads a decimal a vendor sends as a string or as a number, exactly.
// null and absence leave Set false; anything unusual (spaces, hex, more than
// 40 characters, an exponent beyond two digits) is refused, so that no answer
// can make arithmetic expensive.
type Amount struct {
	decimal.Decimal
	Set bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	text := string(raw)
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	if len(text) > 40 || !plainDecimal.MatchString(text) {
		return &FieldError{Field: "amount", Rule: "is not a plain decimal"}
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return &FieldError{Field: "amount", Rule: "is not a decimal"}
	}
	*a = Amount{Decimal: d, Set: true}
	return nil
}
