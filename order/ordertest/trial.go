package ordertest

import (
	"fmt"
	"slices"
	"strings"

	"giftbot/order"
)

// Faults holds the ledger against everything that is kept beside it: posting
// keys that stand twice, credit that is not what the ledger says, amounts that
// left for another buyer and are nowhere. Sorted; empty when all is well.
func (s *Store) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	keys := make(map[string]bool)
	credit := make(map[int64]order.Money)
	for _, p := range s.ledger {
		if keys[p.Key] {
			fault("posting %q stands twice", p.Key)
		}
		keys[p.Key] = true
		if buyer, ok := order.CreditOf(p.From); ok {
			credit[buyer] -= p.Amount
		}
		if buyer, ok := order.CreditOf(p.To); ok {
			credit[buyer] += p.Amount
		}
	}
	for buyer := range s.credit {
		credit[buyer] += 0
	}
	for buyer, booked := range credit {
		if balance := s.balance(buyer); balance != booked {
			fault("credit of %d is %s, the ledger says %s", buyer, balance, booked)
		}
	}
	faults = append(faults, s.lostOnTheWay(keys)...)
	slices.Sort(faults)
	return faults
}

// lostOnTheWay looks for what passed the clearing account by half.
func (s *Store) lostOnTheWay(keys map[string]bool) []string {
	var faults []string
	for _, p := range s.ledger {
		sent, came := strings.CutSuffix(p.Key, clearedSuffix)
		_, waits := s.transit[p.Key]
		switch {
		case p.To == order.ClearingAccount && !waits && !keys[p.Key+clearedSuffix]:
			faults = append(faults, fmt.Sprintf("posting %q was sent, and is nowhere", p.Key))
		case p.From == order.ClearingAccount && (!came || !keys[sent]):
			faults = append(faults, fmt.Sprintf("posting %q came, and nobody sent it", p.Key))
		}
	}
	for key := range s.transit {
		if !keys[key] {
			faults = append(faults, fmt.Sprintf("transit of %q was never sent off", key))
		}
	}
	return faults
}
