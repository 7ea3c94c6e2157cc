package telegram

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"giftbot/order"
)

// memDeferred behaves as the store's deferred replies.
type memDeferred struct {
	mu    sync.Mutex
	rows  map[int64]*memRedraw
	lease order.Stamp // the last one given
	now   func() order.Stamp
	down  error
}

type memRedraw struct {
	at, lease order.Stamp
	tries     int
	anew      bool // deferred again since it was taken
}

func newMemDeferred() *memDeferred { return &memDeferred{rows: map[int64]*memRedraw{}} }

func (m *memDeferred) Defer(_ context.Context, user int64, at order.Stamp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	r := m.rows[user]
	if r == nil {
		r = &memRedraw{}
		m.rows[user] = r
	}
	r.at, r.tries, r.anew = at, 0, r.lease != 0
	return nil
}

func (m *memDeferred) Due(_ context.Context, limit int) ([]int64, order.Stamp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []int64
	var next order.Stamp
	for user, r := range m.rows {
		switch {
		case r.lease != 0:
		case m.now == nil || r.at <= m.now():
			list = append(list, user)
		default:
			next = r.at
		}
	}
	slices.SortFunc(list, func(a, b int64) int { return cmp.Or(cmp.Compare(m.rows[a].at, m.rows[b].at), cmp.Compare(a, b)) })
	return list[:min(limit, len(list))], next, nil
}

func (m *memDeferred) Take(_ context.Context, user int64) (Redraw, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[user]
	switch {
	case r == nil:
		return Redraw{}, &order.Error{Code: order.CodeMissing, Op: "take"}
	case r.lease != 0:
		return Redraw{}, &order.Error{Code: order.CodeBusy, Op: "take"}
	}
	m.lease++
	r.lease = m.lease
	r.tries++
	return Redraw{User: user, Lease: r.lease, Tries: r.tries - 1}, nil
}

func (m *memDeferred) Done(_ context.Context, d Redraw) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[d.User]
	switch {
	case r == nil || r.lease != d.Lease:
	case r.anew:
		r.lease, r.anew = 0, false // the store lets the lease end
	default:
		delete(m.rows, d.User)
	}
	return nil
}

func (m *memDeferred) Later(_ context.Context, d Redraw, at order.Stamp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.rows[d.User]; r != nil && r.lease == d.Lease {
		if !r.anew {
			r.at = at
		}
		r.lease, r.anew = 0, false
	}
	return nil
}

func (m *memDeferred) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rows)
}
