package telegram

import (
	"sync"
	"time"

	"giftbot/flows"
)

// What somebody tried that is not theirs to do, as metrics and log call it.
const (
	refusedButton    = "button"    // forged, or made for somebody else
	refusedElsewhere = "elsewhere" // ours, pressed below a message that is not in their chat
	refusedAdmin     = "admin"     // a command or a button of admins, by who is none
	refusedGroup     = "group"     // a command of admins in a group, whoever sent it
	refusedRelayed   = "relayed"   // by an admin, and not in their own words
	refusedOrder     = "order"     // of somebody else, or of nobody
	refusalsKept     = 1024        // people and things remembered
	quietFor         = time.Minute // between two lines, or two answers, about the same
)

// rarely lets each thing through once a minute, and bounds what it remembers.
type rarely[K comparable] struct {
	mu   sync.Mutex
	most int
	last map[K]time.Time
}

func newRarely[K comparable](most int) *rarely[K] {
	return &rarely[K]{most: most, last: make(map[K]time.Time)}
}

func (r *rarely[K]) allow(key K, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.last[key]; ok && now.Sub(last) < quietFor {
		return false
	}
	if len(r.last) >= r.most {
		clear(r.last)
	}
	r.last[key] = now
	return true
}

// attempt is one kind of thing that one person tried.
type attempt struct {
	person int64
	what   string
}

// refused counts and logs that somebody tried what is not theirs (PROOF §4).
// The log hears of the same person and thing once a minute: who tries on and on
// must not fill it.
func (d *Dispatcher) refused(person int64, what string) {
	d.Meter.Count("telegram_refused", what)
	if d.refusals.allow(attempt{person, what}, d.Clock.Now()) {
		d.Log.Warn("refused", "what", what, "person", person)
	}
}

// watchAdmins notes what only admins may say or press, from anybody else. It
// decides nothing: to the conversation, who is no admin has no such command.
func (d *Dispatcher) watchAdmins(e event) {
	if e.group != nil {
		e.input.Command, e.input.Argument = command(e.group.Text)
	}
	if !flows.ForAdmins(e.input) || d.runsTheShop(e) {
		return
	}
	what := refusedAdmin
	switch {
	case e.group != nil:
		what = refusedGroup
	case e.relayed:
		what = refusedRelayed
	}
	d.refused(e.person.ID, what)
}
