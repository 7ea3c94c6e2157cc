package ordertest

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"giftbot/order"
)

func (s *Store) acquire(p order.Permit) error {
	now := s.clock.Stamp()
	key := p.Vendor + "\n" + p.Lock
	held, locked := s.locks[key]
	if locked && held.Owner != p.Owner {
		return refuse("acquire", order.CodeBusy)
	}
	if wait := s.token(p, now); wait > 0 {
		return &order.Error{Code: order.CodeBusy, Op: "memory acquire", RetryAfter: wait}
	}
	if !locked && p.DailyMax > 0 {
		day := p.Vendor + "\n" + p.Day
		if s.spent[day]+p.Cost > p.DailyMax {
			return refuse("acquire", order.CodeBudget)
		}
		s.spent[day] += p.Cost
	}
	if !locked {
		p.Since = now
		s.locks[key] = p
	}
	return nil
}

// token takes one send of the window, once per owner and send.
func (s *Store) token(p order.Permit, now order.Stamp) time.Duration {
	if p.Limit == 0 {
		return 0
	}
	if s.tokens[p.Vendor] == nil {
		s.tokens[p.Vendor] = make(map[string]order.Stamp)
	}
	taken := s.tokens[p.Vendor]
	oldest := now
	for name, at := range taken {
		if now.Since(at) >= p.Window {
			delete(taken, name)
			continue
		}
		oldest = min(oldest, at)
	}
	name := p.Owner + "#" + strconv.Itoa(p.Send)
	if _, had := taken[name]; had {
		return 0
	}
	if len(taken) >= p.Limit {
		return oldest.Add(p.Window).Since(now)
	}
	taken[name] = now
	return 0
}

func (s *Store) release(p order.Permit, external string) error {
	book := p.Vendor + "\n" + external
	if owner := s.owners[book]; external != "" && owner != "" && owner != p.Owner {
		return refuse("release", order.CodeExists)
	}
	key := p.Vendor + "\n" + p.Lock
	if s.locks[key].Owner == p.Owner {
		delete(s.locks, key)
	}
	if external != "" {
		s.owners[book] = p.Owner
	}
	return nil
}

func (s *Store) held(vendor string) []order.Permit {
	var list []order.Permit
	for _, p := range s.locks {
		if p.Vendor == vendor {
			list = append(list, order.Permit{Vendor: p.Vendor, Lock: p.Lock, Owner: p.Owner, Since: p.Since})
		}
	}
	slices.SortFunc(list, func(a, b order.Permit) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Lock, b.Lock))
	})
	return list
}
