package order_test

import "time"

// trap is a fault that a scene puts at the next call of a port, and what happens
// at that very moment: while the worker hangs, or when Redis has gone back.
type trap struct {
	armed, sprang bool
	port          port
	fate          fate
	acts          []deed
}

var trapFates = [...]fate{fallsBack, stallBefore, stallAfter} // of doGoesBack and the two after it

// springs is the fate of a call at which there is a trap.
func (m *model) springs(l *life, p port) fate {
	t := &m.trap
	if !t.armed || p != t.port || l.depth > 0 || m.deep {
		return fine
	}
	t.armed, t.sprang = false, true
	m.faults++
	if t.fate == fallsBack {
		m.crashes++
	}
	m.tally.faults[p][t.fate]++
	if m.tells {
		m.say("  ✗ %s: %s", ops[p], fateNames[t.fate])
	}
	return t.fate
}

// sprung has happen what a trap holds, and reports whether one has sprung.
func (m *model) sprung() bool {
	t := &m.trap
	if !t.sprang {
		return false
	}
	t.sprang = false
	m.deep, m.stallEnd = true, m.now.Add(100*time.Hour)
	for _, d := range t.acts {
		m.does(&d, 1)
	}
	m.deep = false
	return true
}
