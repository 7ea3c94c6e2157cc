package ordertest

import (
	"bytes"
	"errors"
	"slices"

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

// Journal is the local file of intents, as it survives a loss in the store.
type Journal struct {
	Spent  []order.Spent
	Sent   []order.Spent  // under keys, see Freezes
	Orders []order.Order  // see Freezes
	Links  []order.Linked // see Freezes
	Fails  int            // so many intents are refused, and written all the same every second time

	clock *Clock
}

type journal struct {
	w *Journal
	g *Gate
}

func (j journal) Placed(order.Number, int64, order.Money, string) error {
	return do(j.g, "journal", func() error { return nil })
}

func (j journal) Spending(owner string, _ order.Money) error {
	return do(j.g, "journal", func() error {
		if j.w.Fails > 0 {
			if j.w.Fails--; j.w.Fails%2 == 0 {
				return refuse("journal", order.CodeUnclear)
			}
			j.w.Spent = append(j.w.Spent, order.Spent{Owner: owner, At: j.w.clock.Stamp()})
			return refuse("journal", order.CodeUnclear)
		}
		j.w.Spent = append(j.w.Spent, order.Spent{Owner: owner, At: j.w.clock.Stamp()})
		return nil
	})
}

func (j *Journal) has(owner string) bool {
	return slices.ContainsFunc(j.Spent, func(s order.Spent) bool { return s.Owner == owner })
}

// funds knows what is left in every purse.
type funds struct{ w *World }

func (f funds) Balance(purse string) (order.Money, bool) {
	switch purse {
	case CardName:
		return f.w.Cards.Balance, true
	case TopUpName + ":USD":
		return f.w.TopUps.Balance, true
	default:
		return f.w.Supplier.Balance, true
	}
}
