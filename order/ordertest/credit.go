package ordertest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"giftbot/order"
)

var (
	_ order.Credits  = (*View)(nil)
	_ order.Clearing = (*View)(nil)
)

// clearedSuffix ends the key of the posting that brings in what another sent.
const clearedSuffix = "/cleared"

// booking is what the postings of a transition come to.
type booking struct {
	buyer    int64
	postings []order.Posting // as the ledger gets them
	moves    []order.Movement
	transit  map[string]passenger
}

// passenger is an amount on its way to another buyer's credit.
type passenger struct {
	buyer  int64
	amount order.Money
	number order.Number
}

// book works out what a transition's postings do, and refuses what they cannot.
// What comes in counts before what goes out.
func (s *Store) book(t order.Transition) (booking, error) {
	n, own := t.Order.Number, order.CreditAccount(t.Order.Buyer)
	b := booking{buyer: t.Order.Buyer, postings: slices.Clone(t.Postings), transit: make(map[string]passenger)}
	var in, out []order.Movement
	for i, p := range b.postings {
		if err := bookable(p, own); err != nil {
			return booking{}, err
		}
		m := order.Movement{At: s.clock.Stamp(), Number: n, Key: strings.TrimPrefix(p.Key, string(n)+"/")}
		if p.From == own {
			m.Amount = -p.Amount
			out = append(out, m)
		}
		if p.To == own {
			m.Amount = p.Amount
			in = append(in, m)
		} else if to, ok := order.CreditOf(p.To); ok {
			b.postings[i].To = order.ClearingAccount
			b.transit[p.Key] = passenger{to, p.Amount, n}
		}
	}
	var err error
	b.moves, err = s.moved(b.buyer, append(in, out...))
	return b, err
}

// bookable refuses what an order of one buyer cannot post: what only a store
// books, credit that is nobody's, what takes another buyer's credit.
func bookable(p order.Posting, own order.Account) error {
	for _, a := range []order.Account{p.From, p.To} {
		_, credit := order.CreditOf(a)
		if a == "" || a == order.ClearingAccount || !credit && strings.HasPrefix(string(a), "credit:") {
			return refuse("posting", order.CodeInvalid)
		}
	}
	if _, credit := order.CreditOf(p.From); credit && p.From != own {
		return refuse("posting", order.CodeInvalid)
	}
	if p.Key == "" || p.Amount < 0 || p.Amount > order.MaxMoney {
		return refuse("posting", order.CodeInvalid)
	}
	return nil
}

// moved fills in the balance after each movement.
func (s *Store) moved(buyer int64, moves []order.Movement) ([]order.Movement, error) {
	balance := s.balance(buyer)
	for i := range moves {
		balance += moves[i].Amount
		switch {
		case balance < 0:
			return nil, refuse("credit", order.CodeCredit)
		case balance > order.MaxMoney:
			return nil, refuse("credit", order.CodeInvalid)
		}
		moves[i].Balance = balance
	}
	return moves, nil
}

func (s *Store) balance(buyer int64) order.Money {
	if lines := s.credit[buyer]; len(lines) > 0 {
		return lines[len(lines)-1].Balance
	}
	return 0
}

// post writes a booking.
func (s *Store) post(b booking) {
	s.ledger = append(s.ledger, b.postings...)
	if len(b.moves) > 0 {
		s.credit[b.buyer] = append(s.credit[b.buyer], b.moves...)
	}
	maps.Copy(s.transit, b.transit)
}

// arrive books one passenger at the receiver, once.
func (s *Store) arrive(key string) (bool, error) {
	p, under := s.transit[key]
	if !under || s.cleared[key] {
		return false, nil
	}
	own := key + clearedSuffix
	m := order.Movement{At: s.clock.Stamp(), Number: p.number, Key: strings.TrimPrefix(own, string(p.number)+"/"), Amount: p.amount}
	moves, err := s.moved(p.buyer, []order.Movement{m})
	if err != nil {
		return false, err
	}
	s.cleared[key] = true
	s.post(booking{buyer: p.buyer, moves: moves, postings: []order.Posting{
		{Key: own, From: order.ClearingAccount, To: order.CreditAccount(p.buyer), Amount: p.amount},
	}})
	return true, nil
}

// Balance implements order.Credits.
func (v *View) Balance(_ context.Context, buyer int64) (order.Money, error) {
	return locked(v, "balance", func() (order.Money, error) { return v.s.balance(buyer), nil })
}

// Movements implements order.Credits.
func (v *View) Movements(_ context.Context, buyer int64, offset, limit int) ([]order.Movement, int, error) {
	var total int
	list, err := locked(v, "movements", func() ([]order.Movement, error) {
		all := slices.Clone(v.s.credit[buyer])
		slices.Reverse(all)
		total = len(all)
		return cut(all, offset, limit), nil
	})
	return list, total, err
}

// Clear implements order.Clearing: booked over there first, then forgotten here.
func (v *View) Clear(context.Context) (int, error) {
	keys, err := locked(v, "transit", func() ([]string, error) { return slices.Sorted(maps.Keys(v.s.transit)), nil })
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, key := range keys {
		arrived, err := locked(v, "arrive", func() (bool, error) { return v.s.arrive(key) })
		if arrived {
			moved++
		}
		if err == nil {
			err = lockedDo(v, "cleared", func() error { delete(v.s.transit, key); return nil })
		}
		if err != nil {
			return moved, err
		}
	}
	return moved, nil
}

// cut is one page of a list.
func cut[T any](list []T, offset, limit int) []T {
	from := min(max(offset, 0), len(list))
	return list[from:min(from+max(limit, 0), len(list))]
}

func cloneLists[K comparable, V any](lists map[K][]V) map[K][]V {
	c := make(map[K][]V, len(lists))
	for k, list := range lists {
		c[k] = slices.Clone(list)
	}
	return c
}
