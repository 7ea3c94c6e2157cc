package kit

import (
	"sync/atomic"
	"time"
)

// Clock is a base clock plus an offset that only grows. The zero value is not
// usable, make one with NewClock. It is safe for concurrent use.
type Clock struct {
	base   func() time.Time
	offset atomic.Int64
}

// NewClock returns a clock over base; a nil base means the wall clock.
func NewClock(base func() time.Time) *Clock {
	if base == nil {
		base = time.Now
	}
	return &Clock{base: base}
}

// Now is the base time plus everything that was advanced, in UTC.
func (c *Clock) Now() time.Time {
	return c.base().Add(c.Offset()).UTC()
}

// Advance moves the clock forward by d and returns the total offset. A
// negative d is ignored: time in the sandbox never goes back.
func (c *Clock) Advance(d time.Duration) time.Duration {
	if d <= 0 {
		return c.Offset()
	}
	return time.Duration(c.offset.Add(int64(d)))
}

// Offset is how far the clock is ahead of its base.
func (c *Clock) Offset() time.Duration {
	return time.Duration(c.offset.Load())
}
