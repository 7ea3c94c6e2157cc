package kit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The kinds of fault. "Before" means the vendor did nothing, "after" means it
// did everything and only the answer suffers.
const (
	ErrorBefore = "error_before" // answer an error, no effect
	ErrorAfter  = "error_after"  // effect, then answer an error
	Delay       = "delay"        // wait delay_ms, then go on
	DropBefore  = "drop_before"  // cut the connection, no effect
	DropReply   = "drop_reply"   // effect, then cut the connection
	Duplicate   = "duplicate"    // the request arrives twice, the first answer is returned
	HoldBefore  = "hold_before"  // block before the effect until released
	HoldAfter   = "hold_after"   // effect, then block the answer until released
	Lost        = "lost"         // webhooks only: this one is never sent at all
)

const (
	maxFaultHistory = 100
	defaultDelay    = time.Second
)

func faultKinds() []string {
	return []string{ErrorBefore, ErrorAfter, Delay, DropBefore, DropReply, Duplicate, HoldBefore, HoldAfter, Lost}
}

// Fault is one planned misbehaviour.
type Fault struct {
	ID      int64  `json:"id"`
	Target  string `json:"target"`             // vendor name, or "<vendor>-webhooks" for what it sends
	Path    string `json:"path,omitempty"`     // part of the request path (webhooks: of the event name); empty = any
	Method  string `json:"method,omitempty"`   // empty = any
	Kind    string `json:"kind"`               // one of the constants above
	Times   int    `json:"times"`              // how many requests it hits; 0 = once
	Status  int    `json:"status,omitempty"`   // for error_*: HTTP status, default 500
	DelayMS int64  `json:"delay_ms,omitempty"` // for delay: milliseconds, default 1000
	Hits    int    `json:"hits"`               // read only: requests hit so far
	Held    int    `json:"held"`               // read only: requests blocked right now
}

func (f Fault) delay() time.Duration {
	if f.DelayMS == 0 {
		return defaultDelay
	}
	return time.Duration(f.DelayMS) * time.Millisecond
}

func (f Fault) status() int {
	if f.Status == 0 {
		return 500
	}
	return f.Status
}

func (f Fault) matches(target, method, path string) bool {
	return f.Target == target && f.Hits < f.Times &&
		(f.Method == "" || f.Method == method) && strings.Contains(path, f.Path)
}

// Validate returns what is wrong with a fault that somebody asks for.
func (f Fault) Validate(targets []string) error {
	switch {
	case !slices.Contains(targets, f.Target):
		return fmt.Errorf("target must be one of %s", strings.Join(targets, ", "))
	case !slices.Contains(faultKinds(), f.Kind):
		return fmt.Errorf("kind must be one of %s", strings.Join(faultKinds(), ", "))
	case f.Kind == Lost && !strings.HasSuffix(f.Target, "-webhooks"):
		return fmt.Errorf("kind %s is for webhooks, use %s", Lost, DropBefore)
	case f.Times < 0:
		return fmt.Errorf("times must not be negative")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status must be 400 to 599")
	case f.DelayMS < 0 || f.DelayMS > int64((48*time.Hour)/time.Millisecond):
		return fmt.Errorf("delay_ms must be between 0 and 48 hours")
	}
	return nil
}

type planned struct {
	Fault
	release chan struct{}
}

// Faults is the registry. It is safe for concurrent use.
type Faults struct {
	sleep func(context.Context, time.Duration) error

	mu   sync.Mutex
	seq  int64
	list []*planned
}

// NewFaults returns an empty registry. sleep performs the delay kind and nil
// means real time; a simulator passes its own.
func NewFaults(sleep func(context.Context, time.Duration) error) *Faults {
	if sleep == nil {
		sleep = realSleep
	}
	return &Faults{sleep: sleep}
}

func realSleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Add plans a fault and returns it with its id. The caller validates first.
func (f *Faults) Add(ft Fault) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	ft.ID, ft.Hits, ft.Held = f.seq, 0, 0
	if ft.Times == 0 {
		ft.Times = 1
	}
	f.forgetOld()
	f.list = append(f.list, &planned{Fault: ft, release: make(chan struct{})})
	return ft
}

// forgetOld drops the oldest used-up faults once there are too many.
func (f *Faults) forgetOld() {
	over := len(f.list) - maxFaultHistory
	f.list = slices.DeleteFunc(f.list, func(p *planned) bool {
		if over <= 0 || p.Hits < p.Times || p.Held > 0 {
			return false
		}
		over--
		return true
	})
}

// List returns all planned faults, oldest first; used-up ones stay listed, with
// their hits, until they are cleared or crowded out.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Fault, 0, len(f.list))
	for _, p := range f.list {
		out = append(out, p.Fault)
	}
	return out
}

// Clear removes every fault and lets all held requests go on.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		close(p.release)
	}
	f.list = nil
}

// Remove deletes one fault, letting its held requests go on; false if unknown.
func (f *Faults) Remove(id int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.list, func(p *planned) bool { return p.ID == id })
	if i < 0 {
		return false
	}
	close(f.list[i].release)
	f.list = slices.Delete(f.list, i, i+1)
	return true
}

// Release lets the requests held by one fault go on, and keeps the fault for
// the hits it has left; false if unknown.
func (f *Faults) Release(id int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		if p.ID == id {
			close(p.release)
			p.release = make(chan struct{})
			return true
		}
	}
	return false
}

// take returns the first fault that hits this request and counts the hit.
func (f *Faults) take(target, method, path string) (*planned, Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		if p.matches(target, method, path) {
			p.Hits++
			return p, p.Fault, true
		}
	}
	return nil, Fault{}, false
}

// hold blocks until the fault is released (true) or ctx ends (false).
func (f *Faults) hold(ctx context.Context, p *planned) bool {
	f.mu.Lock()
	release := p.release
	p.Held++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		p.Held--
		f.mu.Unlock()
	}()
	select {
	case <-release:
		return true
	case <-ctx.Done():
		return false
	}
}
