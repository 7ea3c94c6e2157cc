package ordertest

import (
	"errors"

	"giftbot/order"
)

// Fault is what happens to one call of a port.
type Fault int

// The faults. After a crash every later call through the same gate fails:
// that process is gone.
const (
	OK          Fault = iota
	FailBefore        // an error, nothing was done
	FailAfter         // done, and the reply lost
	CrashBefore       // the process ends before the call
	CrashAfter        // the process ends after the call took effect
)

// ErrCrash is the cause of every error of a process that is gone.
var ErrCrash = errors.New("crashed")

// Gate stands before every port call of one process and decides its fate.
type Gate struct {
	// Plan decides about the call, counted from 1. Nil lets all pass.
	Plan func(call int, op string) Fault
	// Seen is told of every call that takes place; may be nil.
	Seen func(call int, op string)

	calls int
	dead  bool
}

// Dead reports whether the process has crashed.
func (g *Gate) Dead() bool { return g != nil && g.dead }

// Calls is how many calls went through.
func (g *Gate) Calls() int { return g.calls }

func (g *Gate) next(op string) Fault {
	if g == nil {
		return OK
	}
	g.calls++
	if g.Seen != nil {
		g.Seen(g.calls, op)
	}
	if g.Plan == nil {
		return OK
	}
	return g.Plan(g.calls, op)
}

func lost(op string, cause error) error {
	return &order.Error{Code: order.CodeUnclear, Op: op, Err: cause}
}

// pass makes one call under the gate's decision.
func pass[T any](g *Gate, op string, call func() (T, error)) (T, error) {
	var none T
	if g.Dead() {
		return none, lost(op, ErrCrash)
	}
	switch g.next(op) {
	case FailBefore:
		return none, lost(op, nil)
	case FailAfter:
		_, _ = call() // the effect alone: its answer is what gets lost
		return none, lost(op, nil)
	case CrashBefore:
		g.dead = true
		return none, lost(op, ErrCrash)
	case CrashAfter:
		_, _ = call() // as above
		g.dead = true
		return none, lost(op, ErrCrash)
	default:
		return call()
	}
}

func do(g *Gate, op string, call func() error) error {
	_, err := pass(g, op, func() (struct{}, error) { return struct{}{}, call() })
	return err
}
