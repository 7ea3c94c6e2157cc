package ordertest

import (
	"bytes"
	"errors"

	"giftbot/order"
)

// Vault keeps secrets visibly bound to order and purpose, without hiding
// them: opening with another binding fails, as with a real vault.
type Vault struct{}

var errBinding = errors.New("sealed for another order or purpose")

func binding(n order.Number, purpose string) []byte { return []byte(string(n) + "|" + purpose + "|") }

// Seal implements order.Vault.
func (Vault) Seal(n order.Number, purpose string, plain []byte) ([]byte, error) {
	return append(binding(n, purpose), plain...), nil
}

// Open implements order.Vault.
func (Vault) Open(n order.Number, purpose string, sealed []byte) ([]byte, error) {
	plain, found := bytes.CutPrefix(sealed, binding(n, purpose))
	if !found {
		return nil, errBinding
	}
	return plain, nil
}

// Meter counts nothing.
type Meter struct{}

// Count implements order.Meter.
func (Meter) Count(string, string) {}

type journal struct{ g *Gate }

func (j journal) Placed(order.Number, int64, order.Money, string) error {
	return do(j.g, "journal", func() error { return nil })
}

func (j journal) Spending(string, order.Money) error {
	return do(j.g, "journal", func() error { return nil })
}

type funds struct{ s *Supplier }

func (f funds) Balance(string) (order.Money, bool) { return f.s.Balance, true }
