package order

import (
	"encoding/json"
	"fmt"
)

// Encode returns the bytes an order is stored as.
func Encode(o Order) ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encode order %s: %w", o.Number, err)
	}
	return b, nil
}

// Decode reads what Encode wrote; the version comes from the store. CodeInvalid:
// nobody can read it, now or later.
func Decode(b []byte, version int64) (Order, error) {
	var o Order
	if err := json.Unmarshal(b, &o); err != nil {
		return Order{}, &Error{Code: CodeInvalid, Op: "decode order", Err: err}
	}
	o.Version = version
	return o, nil
}
