package ordertest

import (
	"sync"
	"time"

	"giftbot/order"
)

// Clock is a clock that only moves when it is told to.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at a fixed moment, the same in every test.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

// Now implements order.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Stamp is the present moment in milliseconds.
func (c *Clock) Stamp() order.Stamp { return order.At(c.Now()) }

// Advance moves the clock; a negative duration moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Skewed is the same clock as another machine reads it, off by a fixed time.
type Skewed struct {
	Clock *Clock
	Off   time.Duration
}

// Now implements order.Clock.
func (s Skewed) Now() time.Time { return s.Clock.Now().Add(s.Off) }
