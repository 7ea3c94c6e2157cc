package telegram

import (
	"container/list"
	"slices"
	"sync"

	"giftbot/flows"
)

// held is a session as this process knows it. The store decides: a save with
// an old version is refused there, so an outdated held costs a second try and
// nothing else.
type held struct {
	version int64
	session flows.Session
	recent  [8]int64 // updates handled here
	at      int
}

// seen reports whether this process handled the update.
func (h *held) seen(update int64) bool {
	return update != 0 && slices.Contains(h.recent[:], update)
}

// remember returns h with one more handled update, and the session that came
// of it.
func (h held) remember(update, version int64, s flows.Session) held {
	h.version, h.session = version, s
	if !h.seen(update) {
		h.recent[h.at] = update
		h.at = (h.at + 1) % len(h.recent)
	}
	return h
}

// cache keeps the sessions of the people who were here last, so that a tap
// costs no read.
type cache struct {
	mu    sync.Mutex
	size  int
	order *list.List // of *entry, newest first
	byID  map[int64]*list.Element
}

type entry struct {
	person int64
	held   held
}

func newCache(size int) *cache {
	return &cache{size: size, order: list.New(), byID: make(map[int64]*list.Element)}
}

func (c *cache) get(person int64) (held, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byID[person]
	e, ok := entryOf(at)
	if !ok {
		return held{}, false
	}
	c.order.MoveToFront(at)
	return e.held, true
}

func (c *cache) put(person int64, h held) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byID[person]
	if e, ok := entryOf(at); ok {
		e.held = h
		c.order.MoveToFront(at)
		return
	}
	c.byID[person] = c.order.PushFront(&entry{person, h})
	if c.order.Len() > c.size {
		oldest := c.order.Back()
		if e, ok := entryOf(oldest); ok {
			delete(c.byID, e.person)
		}
		c.order.Remove(oldest)
	}
}

// entryOf reads an element of the list; false for no element.
func entryOf(at *list.Element) (*entry, bool) {
	if at == nil {
		return nil, false
	}
	e, ok := at.Value.(*entry)
	return e, ok
}

func (c *cache) drop(person int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.byID[person]; ok {
		c.order.Remove(at)
		delete(c.byID, person)
	}
}
