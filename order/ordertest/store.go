package ordertest

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"giftbot/order"
)

const (
	leaseFor  = 10 * time.Second
	opsKept   = 4
	hintsKept = 32
)

// Store keeps orders in memory, with the contract of order's ports. What is
// in it survives the crash of any process that looks at it through a View.
type Store struct {
	mu      sync.Mutex
	clock   *Clock
	orders  map[order.Number]*record
	history map[int64][]order.Number
	ledger  []order.Posting
	credit  map[int64][]order.Movement // per buyer, oldest first
	transit map[string]passenger       // by posting key
	cleared map[string]bool            // posting keys that arrived
	sales   order.Sales
	locks   map[string]order.Permit // vendor and lock → holder
	tokens  map[string]map[string]order.Stamp
	spent   map[string]order.Money // per vendor and day
	owners  map[string]string
	writes  int

	// NotCopied is how many transitions that a replica must have are stored and
	// not confirmed.
	NotCopied int

	// Spoilt are orders whose record nobody can read.
	Spoilt map[order.Number]bool

	uncopied map[order.Number]bool // what was stored last may be lost
}

type record struct {
	order   order.Order
	ops     []string
	due     order.Stamp
	lease   order.Stamp
	hints   []order.Hint
	claimed int
	reserve map[string]order.Money
	open    bool
	outbox  map[order.Announcement]*entry
	held    order.Stamp // since when it waits for a person, 0 if it does not
}

type entry struct {
	score order.Stamp
	lease order.Stamp
	tries int
}

// NewStore returns an empty store.
func NewStore(clock *Clock) *Store {
	return &Store{
		clock: clock, orders: make(map[order.Number]*record), history: make(map[int64][]order.Number),
		credit: make(map[int64][]order.Movement), transit: make(map[string]passenger), cleared: make(map[string]bool),
		locks: make(map[string]order.Permit), tokens: make(map[string]map[string]order.Stamp), spent: make(map[string]order.Money), owners: make(map[string]string), uncopied: make(map[order.Number]bool),
	}
}

func refuse(op string, code order.Code) error { return &order.Error{Code: code, Op: "memory " + op} }

func (s *Store) insert(t order.Transition) (order.Order, error) {
	if r, taken := s.orders[t.Order.Number]; taken {
		if slices.Contains(r.ops, t.Op) {
			return r.order, nil
		}
		return order.Order{}, refuse("insert", order.CodeStale)
	}
	if t.MaxOpen > 0 && s.openOf(t.Order.Buyer) >= t.MaxOpen {
		return order.Order{}, refuse("insert", order.CodeTooMany)
	}
	b, err := s.book(t)
	if err != nil {
		return order.Order{}, err
	}
	r := &record{outbox: make(map[order.Announcement]*entry)}
	s.orders[t.Order.Number] = r
	s.history[t.Order.Buyer] = append(s.history[t.Order.Buyer], t.Order.Number)
	r.due = t.Due
	if t.Keep {
		r.lease = s.clock.Stamp().Add(leaseFor)
	}
	s.write(r, t, b, 1)
	return r.order, nil
}

func (s *Store) openOf(buyer int64) int {
	open := 0
	for _, n := range s.history[buyer] {
		if s.orders[n].open {
			open++
		}
	}
	return open
}

// write stores what insert and commit have in common.
func (s *Store) write(r *record, t order.Transition, b booking, version int64) {
	s.writes++
	r.order = t.Order
	r.order.Version = version
	r.ops = append([]string{t.Op}, r.ops[:min(len(r.ops), opsKept-1)]...)
	r.reserve, r.open = maps.Clone(t.Reserve), t.Open
	now := s.clock.Stamp()
	s.post(b)
	switch {
	case !r.order.Held():
		r.held = 0
	case r.held == 0:
		r.held = now
	}
	for _, a := range t.Announce {
		e := r.outbox[a]
		if e == nil {
			e = &entry{}
			r.outbox[a] = e
		}
		e.score = now
	}
}

func (s *Store) commit(t order.Transition) (order.Order, error) {
	r, found := s.orders[t.Order.Number]
	switch {
	case !found:
		return order.Order{}, refuse("commit", order.CodeMissing)
	case slices.Contains(r.ops, t.Op) && t.Copied && s.uncopied[t.Order.Number]:
		return r.order, refuse("commit", order.CodeNotCopied)
	case slices.Contains(r.ops, t.Op):
		return r.order, nil
	case r.order.Version != t.Order.Version:
		return order.Order{}, refuse("commit", order.CodeStale)
	}
	b, err := s.book(t)
	if err != nil {
		return order.Order{}, err
	}
	if t.Listed {
		s.history[t.Order.Buyer] = append(s.history[t.Order.Buyer], t.Order.Number)
	}
	if t.Ack != nil {
		r.complete(*t.Ack)
	}
	switch {
	case !t.Aside:
		s.settleClaim(r, t)
	case t.Wake:
		r.due = s.clock.Stamp()
	}
	s.write(r, t, b, t.Order.Version+1)
	delete(s.uncopied, t.Order.Number)
	if t.Copied && s.NotCopied > 0 {
		s.NotCopied--
		s.uncopied[t.Order.Number] = true
		return r.order, refuse("commit", order.CodeNotCopied)
	}
	return r.order, nil
}

// settleClaim moves due time, lease and hints of a transition made under a claim.
func (s *Store) settleClaim(r *record, t order.Transition) {
	fresh := len(r.hints) > r.claimed
	if t.ClearHint {
		r.hints = slices.Clone(r.hints[r.claimed:])
		r.claimed = 0
	} else if !t.Keep {
		r.claimed = 0
	}
	r.due = t.Due
	if fresh {
		r.due = s.clock.Stamp()
	}
	r.lease = 0
	if t.Keep {
		r.lease = s.clock.Stamp().Add(leaseFor)
	}
}

// ack forgets an announcement, unless its lease was lost or it was announced
// anew: then nothing changes.
func (r *record) ack(a order.Announced) bool {
	e := r.outbox[a.Announcement]
	if e == nil || e.lease != a.Lease || e.score != a.Lease {
		return false
	}
	delete(r.outbox, a.Announcement)
	return true
}

// complete is ack as part of a transition: one that was announced anew is given
// back.
func (r *record) complete(a order.Announced) {
	if e := r.outbox[a.Announcement]; !r.ack(a) && e != nil && e.lease == a.Lease {
		e.lease = 0
	}
}

func (s *Store) claim(n order.Number) (order.Claim, error) {
	r, found := s.orders[n]
	now := s.clock.Stamp()
	switch {
	case !found:
		return order.Claim{}, refuse("claim", order.CodeMissing)
	case r.lease > now:
		return order.Claim{}, refuse("claim", order.CodeBusy)
	case s.Spoilt[n]: // it is leased all the same
		r.lease = now.Add(leaseFor)
		return order.Claim{}, refuse("claim", order.CodeInvalid)
	}
	r.lease = now.Add(leaseFor)
	if r.claimed == 0 {
		r.claimed = len(r.hints)
	}
	return order.Claim{Order: r.order, Hints: slices.Clone(r.hints)}, nil
}

func (s *Store) load(n order.Number) (order.Order, error) {
	r, found := s.orders[n]
	if !found {
		return order.Order{}, refuse("load", order.CodeMissing)
	}
	if s.Spoilt[n] {
		return order.Order{}, refuse("load", order.CodeInvalid)
	}
	return r.order, nil
}

func (s *Store) park(n order.Number, version int64, due order.Stamp) error {
	r, found := s.orders[n]
	switch {
	case !found:
		return refuse("park", order.CodeMissing)
	case r.order.Version != version:
		return refuse("park", order.CodeStale)
	}
	r.due, r.lease = due, 0
	if len(r.hints) > r.claimed {
		r.due = s.clock.Stamp()
	}
	r.claimed = 0
	return nil
}

func (s *Store) wake(n order.Number, h order.Hint) error {
	r, found := s.orders[n]
	if !found {
		return refuse("wake", order.CodeMissing)
	}
	if now := s.clock.Stamp(); r.due == 0 || r.due > now {
		r.due = now
	}
	unread := r.hints[r.claimed:]
	if !slices.Contains(unread, h) && (len(unread) < hintsKept || h.Letter != nil) {
		r.hints = append(r.hints, h)
	}
	return nil
}

// Backup is a store as it was.
type Backup struct {
	orders map[order.Number]record
	locks  map[string]order.Permit
	owners map[string]string
	ledger []order.Posting

	credit  map[int64][]order.Movement
	transit map[string]passenger
	cleared map[string]bool
}

// Backup keeps the store as it is: what Redis would come back with. It may be
// called from a gate, in the middle of another call.
func (s *Store) Backup() Backup {
	if s.mu.TryLock() {
		defer s.mu.Unlock()
	}
	b := Backup{orders: make(map[order.Number]record), locks: maps.Clone(s.locks), owners: maps.Clone(s.owners), ledger: slices.Clone(s.ledger)}
	b.credit, b.transit, b.cleared = cloneLists(s.credit), maps.Clone(s.transit), maps.Clone(s.cleared)
	for n, r := range s.orders {
		b.orders[n] = r.clone()
	}
	return b
}

// Restore forgets everything since a backup of the same orders.
func (s *Store) Restore(b Backup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locks, s.owners, s.ledger = maps.Clone(b.locks), maps.Clone(b.owners), slices.Clone(b.ledger)
	s.credit, s.transit, s.cleared = cloneLists(b.credit), maps.Clone(b.transit), maps.Clone(b.cleared)
	for n, r := range b.orders {
		old := r.clone()
		s.orders[n] = &old
	}
}

func (r *record) clone() record {
	c := *r
	c.ops, c.hints, c.reserve = slices.Clone(r.ops), slices.Clone(r.hints), maps.Clone(r.reserve)
	c.outbox = make(map[order.Announcement]*entry)
	for a, e := range r.outbox {
		old := *e
		c.outbox[a] = &old
	}
	return c
}

// due lists orders whose time has come and that nobody has, and the next time.
func (s *Store) dueNow(limit int) ([]order.Number, order.Stamp) {
	now := s.clock.Stamp()
	var ready []order.Number
	var next order.Stamp
	for n, r := range s.orders {
		switch {
		case r.due == 0:
		case r.due > now:
			next = earlier(next, r.due)
		case r.lease > now:
			next = earlier(next, r.lease)
		default:
			ready = append(ready, n)
		}
	}
	slices.SortFunc(ready, func(a, b order.Number) int {
		return cmp.Or(cmp.Compare(s.orders[a].due, s.orders[b].due), cmp.Compare(a, b))
	})
	return ready[:min(limit, len(ready))], next
}

func earlier(a, b order.Stamp) order.Stamp {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func (s *Store) ofBuyer(buyer int64, offset, limit int) ([]order.Order, int) {
	numbers := slices.Clone(s.history[buyer])
	slices.Reverse(numbers)
	from := min(max(offset, 0), len(numbers))
	to := min(from+max(limit, 0), len(numbers))
	var list []order.Order
	for _, n := range numbers[from:to] {
		list = append(list, s.orders[n].order)
	}
	return list, len(numbers)
}
