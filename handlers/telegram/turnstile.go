package telegram

import (
	"context"
	"errors"
	"sync"
)

// errBusy is returned when too much already waits. Telegram tries again.
var errBusy = errors.New("too many updates are waiting")

// turnstile lets one goroutine per person through at a time and bounds how
// many wait behind it: Telegram keeps the rest.
type turnstile struct {
	mu    sync.Mutex
	queue int // waiters per person
	gates map[int64]*gate
}

type gate struct {
	free    chan struct{}
	waiters int // including the one inside
}

func newTurnstile(queue int) *turnstile {
	return &turnstile{queue: queue, gates: make(map[int64]*gate)}
}

// enter waits for the person's turn. errBusy at once when too many wait, or
// ctx's error; otherwise leave must be called.
func (t *turnstile) enter(ctx context.Context, person int64) (leave func(), err error) {
	t.mu.Lock()
	g := t.gates[person]
	if g == nil {
		g = &gate{free: make(chan struct{}, 1)}
		g.free <- struct{}{}
		t.gates[person] = g
	}
	if g.waiters > t.queue {
		t.mu.Unlock()
		return nil, errBusy
	}
	g.waiters++
	t.mu.Unlock()
	select {
	case <-g.free:
		return func() { g.free <- struct{}{}; t.done(person, g) }, nil
	case <-ctx.Done():
		t.done(person, g)
		return nil, ctx.Err()
	}
}

// try is enter for who does not wait; free is false when somebody is inside.
func (t *turnstile) try(person int64) (leave func(), free bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gates[person] != nil {
		return nil, false
	}
	g := &gate{free: make(chan struct{}, 1), waiters: 1}
	t.gates[person] = g
	return func() { g.free <- struct{}{}; t.done(person, g) }, true
}

// inside is how many people something is done for.
func (t *turnstile) inside() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.gates)
}

func (t *turnstile) done(person int64, g *gate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g.waiters--
	if g.waiters == 0 {
		delete(t.gates, person)
	}
}
