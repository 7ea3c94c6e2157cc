package infinivoucher

import (
	"encoding/json"

	"giftbot/providers/rest"
)

// Secret is a voucher code. It shows itself only through Reveal.
type Secret struct {
	rest.Masked
	text string
}

// NewSecret wraps a code.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the code. Its callers seal it, and do nothing else with it.
func (s Secret) Reveal() string { return s.text }

// UnmarshalJSON implements json.Unmarshaler. A code that is a number is taken
// as it is written, null as an empty one: a purchase must not become
// unreadable because of how its code is spelled.
func (s *Secret) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err == nil {
		if text != nil {
			s.text = *text
		}
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return &rest.FieldError{Field: "code", Rule: "is neither text nor a number"}
	}
	s.text = number.String()
	return nil
}
