package kit

import (
	"fmt"
	"testing"
	"time"
)

const (
	// stepEvery is the real time between two steps of AdvanceUntil, at first.
	stepEvery = 500 * time.Millisecond
	// stepSlows: after a while a step is taken only once in this share of the
	// time that has passed.
	stepSlows = 20
)

// Advance moves the clock of the sandbox, and of a bot that goes by it, forward.
func (c *Control) Advance(by time.Duration) {
	c.t.Helper()
	c.Post("/control/clock", map[string]any{"advance": by.String()}, nil)
}

// AdvanceUntil moves the clock on in steps until done reports true, and fails
// the test after twice Patience. One jump would not do: what is under way while
// the clock jumps goes by the time before it as well as by the time after it,
// and may put its next look off for minutes of the new time. The longer it
// takes, the slower the clock goes, so that a slow machine is not outrun.
func (c *Control) AdvanceUntil(what string, step time.Duration, done func() bool) {
	c.t.Helper()
	c.advanceUntil(c.t, what, step, done)
}

// WaitForAdvancing is WaitFor while the clock goes on in steps.
func (p *Person) WaitForAdvancing(step time.Duration, texts ...string) {
	p.t.Helper()
	p.c.advanceUntil(p.failing(), fmt.Sprintf("message with %q for %d", texts, p.ID), step, func() bool { return p.Sees(texts...) })
}

func (c *Control) advanceUntil(t testing.TB, what string, step time.Duration, done func() bool) {
	t.Helper()
	began := time.Now()
	next := began.Add(stepEvery)
	Within(t, 2*Patience, what, func() bool {
		if done() {
			return true
		}
		if now := time.Now(); !now.Before(next) {
			c.Advance(step)
			next = time.Now().Add(max(stepEvery, now.Sub(began)/stepSlows))
		}
		return false
	})
}
