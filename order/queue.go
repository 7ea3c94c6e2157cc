package order

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// queue holds the numbers of orders that are known to need work, and when to
// look for more. It is only a shortcut: what it forgets, the sweep finds.
type queue struct {
	mu       sync.Mutex
	numbers  []Number
	known    map[Number]bool
	sweepAt  time.Time
	permitAt time.Time
	sweeping bool
	asked    map[Number]time.Time // last recheck a buyer asked for
	signal   chan struct{}
}

func newQueue() *queue {
	return &queue{known: make(map[Number]bool), asked: make(map[Number]time.Time), signal: make(chan struct{}, 1)}
}

func (q *queue) add(numbers ...Number) {
	q.mu.Lock()
	for _, n := range numbers {
		if !q.known[n] {
			q.known[n] = true
			q.numbers = append(q.numbers, n)
		}
	}
	more := len(q.numbers) > 0
	q.mu.Unlock()
	if more {
		q.wakeOne()
	}
}

func (q *queue) wakeOne() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}

func (q *queue) take() (Number, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.numbers) == 0 {
		return "", false
	}
	n := q.numbers[0]
	q.numbers = slices.Delete(q.numbers, 0, 1)
	delete(q.known, n)
	if len(q.numbers) > 0 {
		q.wakeOne()
	}
	return n, true
}

// beginSweep reports whether it is time to sweep and nobody else does.
func (q *queue) beginSweep(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sweeping || now.Before(q.sweepAt) && q.sweepAt.Sub(now) <= sweepEvery {
		return false
	}
	q.sweeping = true
	return true
}

// endSweep settles when the next sweep is: every three seconds, sooner when
// an order is known to be due before.
func (q *queue) endSweep(now time.Time, next Stamp) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweeping = false
	q.sweepAt = now.Add(sweepEvery)
	if next != 0 && next.Time().Before(q.sweepAt) {
		q.sweepAt = next.Time()
	}
	if floor := now.Add(20 * time.Millisecond); q.sweepAt.Before(floor) {
		q.sweepAt = floor
	}
}

// dueAt brings the next sweep forward to a moment an order is known to be due.
func (q *queue) dueAt(at Stamp) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at != 0 && at.Time().Before(q.sweepAt) {
		q.sweepAt = at.Time()
	}
}

func (q *queue) permitsDue(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Before(q.permitAt) && q.permitAt.Sub(now) <= permitEvery {
		return false
	}
	q.permitAt = now.Add(permitEvery)
	return true
}

const (
	recheckEvery = 10 * time.Second
	recheckKeep  = 4096 // remembered at most, so that memory stays bounded
)

// mayRecheck reports whether the order was not looked at on its buyer's wish
// in the last ten seconds.
func (q *queue) mayRecheck(n Number, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if last, ok := q.asked[n]; ok && now.Sub(last).Abs() < recheckEvery {
		return false
	}
	if len(q.asked) >= recheckKeep {
		clear(q.asked)
	}
	q.asked[n] = now
	return true
}

func (q *queue) nextSweep(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.numbers) > 0 {
		return 0
	}
	return min(q.sweepAt.Sub(now), sweepEvery)
}

// wait blocks until somebody adds work or the time is over.
func (q *queue) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.signal:
	case <-timer.C:
	}
}

// sortedKeys returns a map's keys in order: nothing in this package may
// depend on the order of a map.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
