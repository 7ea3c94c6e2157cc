package redisproxy

import "sync"

// Side is when a call is held.
type Side int

// The two sides of a call.
const (
	Before Side = iota // Redis has not seen it
	After              // it took effect, its reply has not left
)

// Hold waits for one call and keeps it until Release or Cut.
type Hold struct {
	side  Side
	steps []func(Call) bool

	mu      sync.Mutex
	next    int // the step that is waited for
	call    Call
	reached chan struct{}
	decided chan struct{}
	once    sync.Once
	pass    bool // how it was decided; read once decided is closed
}

func newHold(side Side, steps []func(Call) bool) *Hold {
	return &Hold{side: side, steps: steps, reached: make(chan struct{}), decided: make(chan struct{})}
}

// Reached is closed when the call is held.
func (h *Hold) Reached() <-chan struct{} { return h.reached }

// Call is what is held; only after Reached.
func (h *Hold) Call() Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.call
}

// Release lets the call go on. A hold that was not reached holds nothing any
// more.
func (h *Hold) Release() { h.decide(true) }

// Cut breaks the connection the call came by. Held Before, Redis never sees
// the call; held After, its reply is lost.
func (h *Hold) Cut() { h.decide(false) }

func (h *Hold) decide(pass bool) {
	h.once.Do(func() {
		h.pass = pass
		close(h.decided)
	})
}

// takes reports whether this is the call to hold. Steps are met one after the
// other, in the order in which calls arrive at the proxy.
func (h *Hold) takes(c Call) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.decided:
		return false
	default:
	}
	if h.next >= len(h.steps) || !h.steps[h.next](c) {
		return false
	}
	h.next++
	if h.next < len(h.steps) {
		return false
	}
	h.call = c
	return true
}

// wait tells that the call is held and returns how it was decided.
func (h *Hold) wait() (pass bool) {
	close(h.reached)
	<-h.decided
	return h.pass
}
