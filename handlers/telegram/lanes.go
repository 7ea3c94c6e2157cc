package telegram

import (
	"sync"
	"time"
)

// Lane orders what is sent: a delivery goes before a reply, a reply before a
// broadcast.
type Lane int

// The lanes.
const (
	LaneDelivery Lane = iota
	LaneReply
	LaneBroadcast
)

// Limits are the rates of outgoing messages (TELEGRAM.md §2.2). They hold for
// one process. Edits and answers to presses are not counted: Telegram counts
// messages, and a 429 on an edit parks its chat all the same.
type Limits struct {
	PerSecond   int // all chats together, 0 for no limit
	ForReplies  int // of the burst, kept free by broadcasts
	ForDelivery int // of the burst, kept free by replies and broadcasts
	PerChat     int // burst in one chat; refilled at one per second, 0 for no limit
}

// DefaultLimits are Telegram's published ones: 30 a second, about one a
// second in a chat with short bursts allowed.
func DefaultLimits() Limits {
	return Limits{PerSecond: 30, ForReplies: 8, ForDelivery: 4, PerChat: 5}
}

const (
	globalChats  = 3           // 429 in this many chats …
	globalWithin = time.Second // … within this time parks everything
	chatsKept    = 4096        // states of quiet chats are dropped beyond this many
)

// pacer says when the next message may leave. It never sleeps itself.
type pacer struct {
	mu     sync.Mutex
	limits Limits
	all    bucket
	parked time.Time // everything waits until then
	chats  map[int64]*chatPace
	recent []refusal
}

type chatPace struct {
	bucket
	parked time.Time
}

type refusal struct {
	chat int64
	at   time.Time
}

// bucket holds tokens as a moment: when it will be full again. A bucket that
// is full now has its moment in the past.
type bucket struct{ full time.Time }

// wait returns how long until more than floor of burst tokens are there.
func (b bucket) wait(now time.Time, each time.Duration, burst, floor int) time.Duration {
	missing := time.Duration(floor+1-burst) * each
	if d := b.full.Sub(now); d > 0 {
		missing += d
	}
	return max(missing, 0)
}

func (b *bucket) take(now time.Time, each time.Duration) {
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(each)
}

func newPacer(limits Limits) *pacer {
	return &pacer{limits: limits, chats: make(map[int64]*chatPace)}
}

// wait returns how long this message has to wait; 0 takes the tokens. edit is
// for calls that are not counted and only wait for a parked chat.
func (p *pacer) wait(now time.Time, lane Lane, chat int64, edit bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.parked.Sub(now); d > 0 {
		return d
	}
	c := p.chats[chat]
	if c != nil && c.parked.After(now) {
		return c.parked.Sub(now)
	}
	if edit {
		return 0
	}
	return p.take(now, lane, chat)
}

func (p *pacer) take(now time.Time, lane Lane, chat int64) time.Duration {
	var all, own time.Duration
	each := p.each()
	if each > 0 {
		all = p.all.wait(now, each, p.limits.PerSecond, p.floor(lane))
	}
	c := p.chat(chat, now)
	if p.limits.PerChat > 0 {
		own = c.wait(now, time.Second, p.limits.PerChat, 0)
	}
	if d := max(all, own); d > 0 {
		return d
	}
	p.all.take(now, each)
	if p.limits.PerChat > 0 {
		c.take(now, time.Second)
	}
	return 0
}

func (p *pacer) each() time.Duration {
	if p.limits.PerSecond == 0 {
		return 0
	}
	return time.Second / time.Duration(p.limits.PerSecond)
}

// floor is how many tokens a lane has to leave for the ones before it.
func (p *pacer) floor(lane Lane) int {
	switch lane {
	case LaneReply:
		return p.limits.ForDelivery
	case LaneBroadcast:
		return p.limits.ForDelivery + p.limits.ForReplies
	default:
		return 0
	}
}

// park makes a chat wait after a 429. When several chats are refused at once
// the whole bot is limited: then everything waits.
func (p *pacer) park(now time.Time, chat int64, d time.Duration) (global bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := now.Add(d)
	if c := p.chat(chat, now); until.After(c.parked) {
		c.parked = until
	}
	p.recent = append(p.recent, refusal{chat, now})
	distinct := map[int64]bool{}
	kept := p.recent[:0]
	for _, r := range p.recent {
		if now.Sub(r.at) < globalWithin {
			kept = append(kept, r)
			distinct[r.chat] = true
		}
	}
	p.recent = kept
	if len(distinct) < globalChats {
		return false
	}
	if until.After(p.parked) {
		p.parked = until
	}
	return true
}

// chat returns the state of a chat, dropping those of quiet ones first.
func (p *pacer) chat(chat int64, now time.Time) *chatPace {
	if c := p.chats[chat]; c != nil {
		return c
	}
	if len(p.chats) >= chatsKept {
		p.forget(now)
	}
	c := &chatPace{}
	p.chats[chat] = c
	return c
}

// forget drops chats that are full again and not parked. Those that are not
// are bounded by what could be sent within their few seconds.
func (p *pacer) forget(now time.Time) {
	for id, c := range p.chats {
		if !c.full.After(now) && !c.parked.After(now) {
			delete(p.chats, id)
		}
	}
}
