package config

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// masked is what every printed, logged or marshalled Secret looks like.
const masked = "***"

// Secret is a credential that does not show itself: fmt (every verb), encoding/json and log/slog all print "***".
// The text sits behind a pointer, so that even reflection over an enclosing struct with unexported fields prints an
// address and not the credential. The zero Secret is "not set".
type Secret struct {
	text *string
}

// NewSecret wraps text; an empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the credential itself, "" when not set. Call it where the credential is used, never on the way there.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet reports whether there is a credential.
func (s Secret) IsSet() bool { return s.text != nil }

// Equal compares two credentials in constant time for equal lengths.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "***", or "" when not set.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return masked
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format prints String for every verb and flag; it implements [fmt.Formatter].
func (s Secret) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, s.String()) // fmt.State has nowhere to report a failed write
}

// MarshalText returns String, which covers JSON, XML and map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns String as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue implements [slog.LogValuer] with String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// UnmarshalText stores text as the credential; the environment parser calls it.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
