package ordertest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"giftbot/order"
)

// Ice is what replicas of a world know of losses in the store, and the freeze
// that they share. A test says when something was lost; that replicas notice it
// is the store's own business.
type Ice struct {
	Replicas []string // that have to answer
	Waits    bool     // the store was started anew, and not everybody has compared
	Ended    order.Healed
	Lifted   int
	Kept     int // how often marks went to the disk

	clock    *Clock
	store    *Store
	freeze   order.Freeze
	stands   bool
	answered map[string]order.Healed
	doubts   map[string]order.Doubt
	owed     order.Owed
	drawn    int
}

// Freezes gives a world replicas that notice losses, and a journal that keeps
// whole orders. It is called before the first process starts.
func (w *World) Freezes(replicas ...string) *Ice {
	w.Ice = &Ice{Replicas: replicas, clock: w.Clock, store: w.Store, answered: make(map[string]order.Healed), doubts: make(map[string]order.Doubt)}
	return w.Ice
}

// Loses has the replicas find a loss, as they do at their next contact.
func (i *Ice) Loses(why order.Doubt, replicas ...string) {
	for _, name := range replicas {
		i.doubts[name] = why
	}
}

// Stands reports whether spending is frozen, or about to be.
func (i *Ice) Stands() bool { return i.stands || len(i.doubts) > 0 }

// Why is why it is.
func (i *Ice) Why() order.Doubt { return i.freeze.Why }

// equip gives a process its part of the ice.
func (i *Ice) equip(parts *order.Parts, w *World, gate *Gate) {
	if i == nil {
		return
	}
	name := i.Replicas[(w.boots-1)%len(i.Replicas)]
	side := ice{i, name, gate}
	parts.Tide, parts.Freezer, parts.Memory = side, side, memory{journal{w.Journal, gate}}
	parts.Store = iced{parts.Store, side}
	parts.Lists = map[string]order.Lister{GatewayName: list{w.Gateway, gate}}
}

// ice is the ice as one replica sees it.
type ice struct {
	*Ice
	name string
	gate *Gate
}

// Look implements order.Tide.
func (i ice) Look() order.Sight {
	s := order.Sight{Doubt: i.doubts[i.name], Waits: i.Waits}
	if !i.stands {
		s.Owed = i.owed
		return s
	}
	s.Freeze, s.Unread = i.freeze, i.store.unread()
	_, s.Answered = i.answered[i.name]
	for _, name := range i.Replicas {
		if _, did := i.answered[name]; !did {
			s.Silent = append(s.Silent, name)
		}
	}
	s.Heals, s.Alone = s.Answered, len(i.answered) <= 1
	return s
}

// Keep implements order.Tide.
func (i ice) Keep() error {
	return do(i.gate, "marks", func() error { i.Kept++; return nil })
}

// Freeze implements order.Freezer.
func (i ice) Freeze(_ context.Context, why order.Doubt) (order.Freeze, error) {
	return pass(i.gate, "freeze", func() (order.Freeze, error) {
		i.drawn++
		i.freeze = order.Freeze{ID: fmt.Sprint("freeze-", i.drawn), Why: why, At: i.clock.Stamp(), By: i.name}
		i.stands, i.answered = true, make(map[string]order.Healed)
		delete(i.doubts, i.name)
		return i.freeze, nil
	})
}

// Answer implements order.Freezer.
func (i ice) Answer(_ context.Context, id string, h order.Healed) error {
	return do(i.gate, "answer", func() error {
		if !i.stands || id != i.freeze.ID {
			return refuse("answer", order.CodeStale)
		}
		if _, did := i.answered[i.name]; !did {
			i.answered[i.name] = h
		}
		return nil
	})
}

// Unsettled implements order.Freezer.
func (i ice) Unsettled(context.Context) ([]order.Number, error) {
	return pass(i.gate, "unsettled", func() ([]order.Number, error) { return i.store.unsettled(), nil })
}

// Lift implements order.Freezer.
func (i ice) Lift(_ context.Context, id string, e order.Ending) (bool, error) {
	return pass(i.gate, "lift", func() (bool, error) {
		if !i.stands || id != i.freeze.ID {
			return false, nil
		}
		h := e.Healed
		for _, taken := range i.answered {
			h.Spends += taken.Spends
			h.Placed += taken.Placed
			h.Broken += taken.Broken
		}
		i.Replicas = slices.DeleteFunc(slices.Clone(i.Replicas), func(name string) bool { return slices.Contains(e.Gone, name) })
		i.stands, i.Ended = false, h
		i.owed = order.Owed{Freeze: id, Gateways: slices.Clone(e.Owed)}
		i.Lifted++
		return true, nil
	})
}

// Heard implements order.Freezer.
func (i ice) Heard(_ context.Context, freeze, gateway string) error {
	return do(i.gate, "heard", func() error {
		if freeze == i.owed.Freeze {
			i.owed.Gateways = slices.DeleteFunc(slices.Clone(i.owed.Gateways), func(name string) bool { return name == gateway })
		}
		return nil
	})
}

// iced is a store that compares once more before something leaves.
type iced struct {
	order.Store
	ice ice
}

// Commit implements order.Store.
func (s iced) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	o, err := s.Store.Commit(ctx, t)
	if err == nil && t.Spends && !s.ice.Look().Spends() {
		err = refuse("commit", order.CodeLoss)
	}
	return o, err
}

// memory is a journal that keeps whole orders.
type memory struct{ journal }

// Ordered implements order.Memory.
func (m memory) Ordered(o order.Order) error {
	return do(m.g, "journal", func() error { m.w.Orders = append(m.w.Orders, o); return nil })
}

// Linked implements order.Memory.
func (m memory) Linked(l order.Linked) error {
	return do(m.g, "journal", func() error { m.w.Links = append(m.w.Links, l); return nil })
}

// Sending implements order.Memory.
func (m memory) Sending(owner string) error {
	return do(m.g, "journal", func() error {
		m.w.Sent = append(m.w.Sent, order.Spent{Owner: owner, At: m.w.clock.Stamp(), Keyed: true})
		return nil
	})
}

// Remembered implements order.Memory.
func (m memory) Remembered() (order.Remembered, error) {
	return pass(m.g, "remembered", func() (order.Remembered, error) {
		return order.Remembered{Orders: slices.Clone(m.w.Orders), Links: slices.Clone(m.w.Links), Spent: append(slices.Clone(m.w.Spent), m.w.Sent...)}, nil
	})
}

// list is a gateway's list of what was paid.
type list struct {
	w *Gateway
	g *Gate
}

// Payments implements order.Lister.
func (l list) Payments(context.Context, order.Stamp) ([]order.Listed, error) {
	return pass(l.g, "payments", func() ([]order.Listed, error) {
		var out []order.Listed
		for _, external := range slices.Sorted(maps.Keys(l.w.links)) {
			if p := l.w.links[external]; p.InTime+p.Late+p.Coming > 0 {
				out = append(out, order.Listed{External: external, Reference: p.Reference, Asked: p.Asked})
			}
		}
		return out, nil
	})
}

// Lose forgets everything since a backup, orders that were placed since, too.
func (s *Store) Lose(b Backup) {
	s.Restore(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, r := range s.orders {
		if _, known := b.orders[n]; !known {
			delete(s.orders, n)
			buyer := r.order.Buyer
			s.history[buyer] = slices.DeleteFunc(s.history[buyer], func(other order.Number) bool { return other == n })
		}
	}
}

// unread counts orders with news that nobody has looked at.
func (s *Store) unread() (count int) {
	for _, r := range s.orders {
		if len(r.hints) > 0 {
			count++
		}
	}
	return count
}

func (s *Store) unsettled() []order.Number {
	var list []order.Number
	for n, r := range s.orders {
		if r.due != 0 || r.held != 0 || len(r.reserve) > 0 {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}
