package order

import (
	"sync"
	"time"
)

// paused remembers which locks are held by a purchase that takes too long:
// nothing more of these products is sold. It is a look at the permits, never
// the truth about them.
type paused struct {
	mu    sync.Mutex
	locks map[string]map[string]bool // vendor, lock
}

func newPaused() *paused { return &paused{locks: make(map[string]map[string]bool)} }

// set notes the permits of a vendor that are held for longer than it may take.
func (p *paused) set(vendor string, held []Permit, patience time.Duration, now Stamp) {
	late := make(map[string]bool)
	for _, permit := range held {
		if now.Since(permit.Since) >= max(patience, alarmAfter) {
			late[permit.Lock] = true
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locks[vendor] = late
}

func (p *paused) has(vendor, lock string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.locks[vendor][lock]
}

// Paused reports whether a product is off sale because a purchase of it is
// unclear for two minutes or more (DESIGN §3), or for longer than the supplier
// usually takes.
func (e *Engine) Paused(supplier, item string) bool {
	s, ok := e.Suppliers[supplier]
	return ok && e.paused.has(supplier, s.Terms().lock(item))
}
