package rest

import (
	"fmt"
	"log/slog"
)

const masked = "[secret]"

// Masked is embedded by a type that holds a secret: whatever prints, logs or
// encodes the type by its methods gets a mask. It cannot help where methods are
// not asked: in an unexported field of a value that is printed by reflection.
type Masked struct{}

// String implements fmt.Stringer with a mask.
func (Masked) String() string { return masked }

// GoString implements fmt.GoStringer with a mask.
func (Masked) GoString() string { return masked }

// Format implements fmt.Formatter, so that no verb prints what is beside it.
func (Masked) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// LogValue implements slog.LogValuer with a mask.
func (Masked) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler with a mask; encoding/json asks
// it too.
func (Masked) MarshalText() ([]byte, error) { return []byte(masked), nil }
