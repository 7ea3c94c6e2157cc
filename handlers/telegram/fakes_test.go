package telegram

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"giftbot/order"
)

var errRedis = &order.Error{Code: order.CodeNotSent, Op: "redis"}

// memSessions behaves as the store's session script.
type memSessions struct {
	mu    sync.Mutex
	by    map[int64]*memSession
	loads int
	saves int
	down  error
}

type memSession struct {
	version int64
	seen    []int64
	data    []byte
}

func newMemSessions() *memSessions { return &memSessions{by: map[int64]*memSession{}} }

func (m *memSessions) Load(_ context.Context, user, update int64) (Saved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	if m.down != nil {
		return Saved{}, m.down
	}
	s := m.by[user]
	if s == nil {
		return Saved{}, nil
	}
	return Saved{Version: s.version, Seen: slices.Contains(s.seen, update), Data: s.data}, nil
}

func (m *memSessions) Save(_ context.Context, user, update, version int64, data []byte) (SaveResult, Saved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saves++
	if m.down != nil {
		return 0, Saved{}, m.down
	}
	s := m.by[user]
	if s == nil {
		s = &memSession{}
		m.by[user] = s
	}
	now := Saved{Version: s.version, Data: s.data}
	switch {
	case slices.Contains(s.seen, update):
		return SaveDup, now, nil
	case s.version != version:
		return SaveStale, now, nil
	}
	s.version, s.data, s.seen = version+1, slices.Clone(data), append(s.seen, update)
	return SaveOK, Saved{Version: s.version, Data: s.data}, nil
}

func (m *memSessions) trips() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loads + m.saves
}

func (m *memSessions) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// memOrders is an engine that remembers and does nothing by itself.
type memOrders struct {
	mu     sync.Mutex
	clock  Clock
	by     map[order.Number]order.Order
	codes  map[order.Number][]order.Good
	placed int // calls of Place that made an order
	asked  int // calls of Place
	refuse error
	stale  int // so many Shown answer CodeStale
	shown  error
	outbox *memOutbox
	slow   chan struct{} // Recheck waits for it when not nil

	draft     order.Draft // the last one placed
	cancelled bool        // what the last Cancel was told about money

	codesErr error
	away     error            // of every Get
	slowly   time.Duration    // every Get takes
	tell     func(...Waiting) // as the engine's commits do
}

func newMemOrders(clock Clock) *memOrders {
	return &memOrders{clock: clock, by: map[order.Number]order.Order{}, codes: map[order.Number][]order.Good{}}
}

func (m *memOrders) NewNumber(int64) (order.Number, error) { return order.NewNumber(rand.Reader, 3) }

func (m *memOrders) Place(_ context.Context, d order.Draft) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	m.draft = d
	if o, ok := m.by[d.Number]; ok {
		return o, nil
	}
	if m.refuse != nil {
		return order.Order{}, m.refuse
	}
	now := order.At(m.clock.Now())
	l := d.Lines[0]
	o := order.Order{
		Number: d.Number, Version: 1, Buyer: d.Buyer, Language: d.Language, Status: order.AwaitingPayment,
		CreatedAt: now, ExpiresAt: now.Add(3600e9), Total: l.UnitPrice.Times(l.Quantity),
		Lines: []order.Line{{
			Product: l.Product, Supplier: l.Supplier, Item: l.Item, Name: l.Name, Quantity: l.Quantity,
			UnitPrice: l.UnitPrice, UnitCost: l.UnitCost, State: order.LineWaiting,
		}},
	}
	m.placed++
	m.by[o.Number] = o
	return o, nil
}

func (m *memOrders) Get(_ context.Context, buyer int64, n order.Number) (order.Order, error) {
	time.Sleep(m.slowly)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return order.Order{}, m.away
	}
	o, ok := m.by[n]
	if !ok || o.Buyer != buyer {
		return order.Order{}, &order.Error{Code: order.CodeMissing, Op: "get"}
	}
	return o, nil
}

func (m *memOrders) List(_ context.Context, buyer int64, _, _ int) ([]order.Order, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []order.Order
	for _, o := range m.by {
		if o.Buyer == buyer {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b order.Order) int { return cmp.Compare(a.Number, b.Number) })
	return list, len(list), nil
}

func (m *memOrders) Goods(o order.Order) ([]order.Good, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.codes[o.Number], m.codesErr
}

func (m *memOrders) Recheck(ctx context.Context, buyer int64, n order.Number) (order.Order, error) {
	if m.slow != nil {
		<-m.slow
	}
	return m.Get(ctx, buyer, n)
}

func (m *memOrders) Cancel(ctx context.Context, buyer int64, n order.Number, money bool) (order.Order, error) {
	m.cancelled = money
	o, err := m.Get(ctx, buyer, n)
	if err == nil {
		o.Status = order.Cancelled
		m.put(o)
	}
	return o, err
}

// Shown behaves as the engine: it records the message, delivers, rings.
func (m *memOrders) Shown(ctx context.Context, a order.Announced, message int) error {
	m.mu.Lock()
	if m.shown != nil {
		defer m.mu.Unlock()
		return m.shown
	}
	if m.stale > 0 {
		m.stale--
		m.mu.Unlock()
		return &order.Error{Code: order.CodeStale, Op: "shown"}
	}
	o := m.by[a.Number]
	o.Message = message
	rings := o.Status == order.Ready
	if rings {
		o.Status = order.Delivered
	}
	m.by[a.Number] = o
	m.mu.Unlock()
	if rings {
		ping := order.Announcement{Kind: order.AnnouncePing, To: o.Buyer}
		m.outbox.add(ping, o)
		m.tell(Waiting{ping, o.Number})
	}
	return m.outbox.Ack(ctx, a)
}

func (m *memOrders) put(o order.Order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.by[o.Number] = o
}

// memOutbox behaves as the store's outbox; orders are read when taken.
type memOutbox struct {
	mu    sync.Mutex
	clock Clock
	rows  map[Waiting]*outboxRow
	read  func(n order.Number) order.Order
}

type outboxRow struct {
	order order.Order
	at    order.Stamp
	lease order.Stamp
	tries int
}

func newMemOutbox() *memOutbox { return &memOutbox{rows: map[Waiting]*outboxRow{}} }

func (m *memOutbox) add(a order.Announcement, o order.Order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[Waiting{a, o.Number}] = &outboxRow{order: o}
}

func (m *memOutbox) now() order.Stamp {
	if m.clock == nil {
		return 1 << 50
	}
	return order.At(m.clock.Now())
}

func (m *memOutbox) Due(_ context.Context, limit int) ([]Waiting, order.Stamp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Waiting
	var next order.Stamp
	for w, r := range m.rows {
		switch {
		case r.lease != 0:
		case r.at <= m.now() && len(list) < limit:
			list = append(list, w)
		case next == 0 || r.at < next:
			next = r.at
		}
	}
	slices.SortFunc(list, func(a, b Waiting) int { return cmp.Or(cmp.Compare(a.Number, b.Number), -cmp.Compare(a.Kind, b.Kind)) })
	return list, next, nil
}

func (m *memOutbox) Take(_ context.Context, w Waiting) (order.Announced, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[w]
	switch {
	case r == nil:
		return order.Announced{}, &order.Error{Code: order.CodeMissing, Op: "take"}
	case r.lease != 0 || r.at > m.now():
		return order.Announced{}, &order.Error{Code: order.CodeBusy, Op: "take"}
	}
	r.lease = 7
	o := r.order
	if m.read != nil {
		o = m.read(w.Number)
	}
	a := order.Announced{Announcement: w.Announcement, Number: w.Number, Order: o, Lease: r.lease, Tries: r.tries}
	r.tries++
	return a, nil
}

func (m *memOutbox) Ack(_ context.Context, a order.Announced) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, Waiting{a.Announcement, a.Number})
	return nil
}

func (m *memOutbox) Later(_ context.Context, a order.Announced, at order.Stamp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.rows[Waiting{a.Announcement, a.Number}]; r != nil {
		r.lease, r.at = 0, at
	}
	return nil
}

// crash lets the leases of a dead worker end.
func (m *memOutbox) crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		r.lease = 0
	}
}

func (m *memOutbox) waiting() map[Waiting]order.Stamp {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[Waiting]order.Stamp{}
	for w, r := range m.rows {
		all[w] = r.at
	}
	return all
}

type memPeople struct {
	mu            sync.Mutex
	blocked, back []int64
}

func (m *memPeople) Blocked(_ context.Context, user int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blocked = append(m.blocked, user)
	return nil
}

func (m *memPeople) Back(_ context.Context, user int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.back = append(m.back, user)
	return nil
}

func (m *memOrders) PayBy(ctx context.Context, buyer int64, n order.Number, gateway string) (order.Order, error) {
	o, err := m.Get(ctx, buyer, n)
	if err == nil {
		o.Payments = append(o.Payments, order.Payment{N: len(o.Payments) + 1, Gateway: gateway, Asked: o.Total})
		m.put(o)
	}
	return o, err
}

// goodsOf are pieces that are nothing but codes.
func goodsOf(codes ...string) []order.Good {
	var goods []order.Good
	for _, p := range order.CodesOf(codes...) {
		goods = append(goods, order.Good{Piece: p})
	}
	return goods
}
