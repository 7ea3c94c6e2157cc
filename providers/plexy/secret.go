package plexy

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"giftbot/providers/rest"
)

// Secret is a voucher code, or what a buyer typed about an account. It shows
// itself only through Reveal.
type Secret struct {
	rest.Masked
	text string
}

const masked = "[secret]"

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the text. Its callers send it to the vendor or seal it, and
// do nothing else with it.
func (s Secret) Reveal() string { return s.text }

// Content is what an order brought: fields by name, as the vendor sends them.
// All of it is secret.
type Content struct{ fields map[string]Secret }

// String implements fmt.Stringer with a mask.
func (c Content) String() string { return masked }

// Format implements fmt.Formatter: what is inside is printed by no verb.
func (c Content) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// LogValue implements slog.LogValuer with a mask.
func (c Content) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler with a mask.
func (c Content) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalJSON implements json.Unmarshaler. It keeps texts and numbers that
// are not blank, a number as it is written, and refuses nothing: an order must
// not become unreadable because of how its goods are spelled.
func (c *Content) UnmarshalJSON(raw []byte) error {
	c.fields = make(map[string]Secret)
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil //nolint:nilerr // not an object: there is nothing recognisable in it
	}
	for name, value := range object {
		if text := scalar(value); text != "" {
			c.fields[name] = NewSecret(text)
		}
	}
	return nil
}

// scalar is a JSON text or number without the space around it, else "".
func scalar(raw json.RawMessage) string {
	var text string
	if err := json.Unmarshal(raw, &text); err == nil {
		return strings.TrimSpace(text)
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err == nil {
		return number.String()
	}
	return ""
}

// Codes are the fields that a buyer needs, in the order of plexy sheet §10:
// the first is what is redeemed.
func (c Content) Codes() []Entry {
	var out []Entry
	for _, name := range []string{"voucher_code", "code", "pin", "serial"} {
		if value, ok := c.fields[name]; ok {
			out = append(out, Entry{Key: name, Value: value})
		}
	}
	return out
}

// VendorOrder is the number of a top-up at whoever carried it out, "" if the
// vendor did not say. It is there before the top-up is done (sheet §4).
func (c Content) VendorOrder() Secret { return c.fields["vendor_order_id"] }
