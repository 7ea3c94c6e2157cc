package infinivoucher

import (
	"fmt"
	"log/slog"
)

// Secret is a voucher code. It shows itself only through Reveal.
type Secret struct{ text string }

const masked = "[secret]"

// NewSecret wraps a code.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the code. Its callers seal it, and do nothing else with it.
func (s Secret) Reveal() string { return s.text }

// String implements fmt.Stringer with a mask.
func (s Secret) String() string { return masked }

// Format implements fmt.Formatter, so that no verb prints the code.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// LogValue implements slog.LogValuer with a mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler with a mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}
