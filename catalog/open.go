package catalog

import (
	"fmt"
	"regexp"
	"strings"

	"giftbot/order"
)

// longestValue is the most characters a buyer may type into a field.
const longestValue = 200

// matcher is a compiled format.
type matcher struct{ pattern *regexp.Regexp }

// NewField compiles a rule. An error names the field, not what is typed there.
func NewField(r FieldRule) (Field, error) {
	f := Field{Key: r.Key, Label: r.Label, Example: r.Example}
	if r.Key == "" || r.Label == "" {
		return Field{}, fmt.Errorf("field %q: key and label are needed", r.Key)
	}
	if r.Format == "" {
		return f, nil
	}
	pattern, err := regexp.Compile(`^(?:` + r.Format + `)$`)
	if err != nil {
		return Field{}, fmt.Errorf("field %q: format: %w", r.Key, err)
	}
	f.format = matcher{pattern}
	return f, nil
}

// Accepts reports whether a value can be one of the field: one line, bounded,
// in the field's format.
func (f Field) Accepts(value string) bool {
	if value == "" || len([]rune(value)) > longestValue || strings.ContainsAny(value, "\n\r\t") {
		return false
	}
	return f.format.pattern == nil || f.format.pattern.MatchString(value)
}

// Open reports whether the buyer chooses the amount.
func (p Product) Open() bool { return p.Face.Max > 0 }

// Fits reports whether an amount is one the product comes in.
func (f Face) Fits(amount order.Money) bool {
	return amount >= f.Min && amount <= f.Max && amount > 0 && (f.Step <= 0 || (amount-f.Min)%f.Step == 0 || amount%f.Step == 0)
}

// Quote returns what one piece of an amount costs us and the buyer. A product
// of fixed price has one answer for amount 0. errPrice: not such an amount.
func (p Product) Quote(amount order.Money) (cost, price order.Money, err error) {
	if !p.Open() && amount == 0 {
		return p.Cost, p.Price, nil
	}
	if !p.Open() || !p.Face.Fits(amount) {
		return 0, 0, fmt.Errorf("%w: amount", errPrice)
	}
	return p.Markup.price(amount.Decimal().Mul(p.Rate).Add(p.Extra.Decimal()))
}
