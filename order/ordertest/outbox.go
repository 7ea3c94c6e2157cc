package ordertest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"giftbot/order"
)

// Pending names an announcement that waits to be told.
type Pending struct {
	order.Announcement
	Number order.Number
}

// Pending lists announcements that are due and that nobody tells right now.
func (v *View) Pending(context.Context) ([]Pending, error) {
	return locked(v, "pending", func() ([]Pending, error) {
		var list []Pending
		now := v.s.clock.Stamp()
		for n, r := range v.s.orders {
			for a, e := range r.outbox {
				if e.score <= now && e.lease <= now {
					list = append(list, Pending{a, n})
				}
			}
		}
		slices.SortFunc(list, func(a, b Pending) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.To, b.To))
		})
		return list, nil
	})
}

// Take leases an announcement and returns it with its order. CodeBusy:
// somebody else tells it, or it is not due yet; CodeMissing: it was told.
func (v *View) Take(_ context.Context, n order.Number, a order.Announcement) (order.Announced, error) {
	return locked(v, "take", func() (order.Announced, error) {
		r := v.s.orders[n]
		if r == nil || r.outbox[a] == nil {
			return order.Announced{}, refuse("take", order.CodeMissing)
		}
		e, now := r.outbox[a], v.s.clock.Stamp()
		if e.lease > now || e.score > now {
			return order.Announced{}, refuse("take", order.CodeBusy)
		}
		e.lease = now.Add(leaseFor)
		e.score = e.lease
		e.tries++
		return order.Announced{Announcement: a, Number: n, Order: r.order, Lease: e.lease, Term: leaseFor, Tries: e.tries - 1}, nil
	})
}

// Later gives an announcement back, to be told at a moment. If the lease was
// lost, a status that does not wait already is announced anew.
func (v *View) Later(_ context.Context, a order.Announced, at order.Stamp) error {
	return lockedDo(v, "later", func() error {
		if r := v.s.orders[a.Number]; r != nil {
			r.later(a, at)
		}
		return nil
	})
}

func (r *record) later(a order.Announced, at order.Stamp) {
	e := r.outbox[a.Announcement]
	switch {
	case e != nil && e.lease == a.Lease:
		e.lease, e.score = 0, at
	case a.Kind != order.AnnounceStatus:
	case e == nil:
		r.outbox[a.Announcement] = &entry{score: at}
	case e.score == e.lease: // somebody tells it, or died over it
		e.score = at
	}
}

// Snapshot is what a test may look at without being part of the play.
type Snapshot struct {
	Order   order.Order
	Due     order.Stamp
	Leased  bool
	Hints   int
	Pending []order.Announcement
}

// Look returns an order as it is stored, with everything beside it.
func (s *Store) Look(n order.Number) (Snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.orders[n]
	if !found {
		return Snapshot{}, false
	}
	snap := Snapshot{Order: r.order, Due: r.due, Leased: r.lease > s.clock.Stamp(), Hints: len(r.hints)}
	for a := range r.outbox {
		snap.Pending = append(snap.Pending, a)
	}
	return snap, true
}

// knows reports whether a purchase under a key is stored as an attempt that
// may have been sent. The caller's call is under way: the lock is not held.
func (s *Store) knows(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.orders {
		for _, l := range r.order.Lines {
			if last, tried := l.Last(); tried && last.Key == key && last.Sends > 0 {
				return true
			}
		}
	}
	return false
}

// Ledger returns every posting ever made, oldest first.
func (s *Store) Ledger() []order.Posting {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// Locks returns the permits held at a vendor, oldest first.
func (s *Store) Locks(vendor string) []order.Permit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held(vendor)
}

// Writes counts transitions, to find storms and busy loops.
func (s *Store) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Next is the next moment at which anything stored wants attention, zero for
// never; ok is false when nothing does.
func (s *Store) Next() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Stamp()
	ready, next := s.dueNow(1)
	if len(ready) > 0 {
		next = now
	}
	for _, r := range s.orders {
		for _, e := range r.outbox {
			next = earlier(next, max(e.score, e.lease))
		}
	}
	return next.Time(), next != 0
}
