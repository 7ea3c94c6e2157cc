package order_test

import (
	"time"

	"giftbot/order"
)

// mintPlan scripts one request for gift cards. The zero value makes them properly.
type mintPlan struct {
	code    order.Code // nothing made
	lost    bool       // made, and answered by an error
	never   bool       // taken on, and nothing made
	twice   bool
	fewer   int
	calls   int // how often each letter comes: 0 for once, negative for never
	late    time.Duration
	reverts bool // a letter says that surely nothing was made
	doubts  bool // a letter says that something failed
}

// creation is one request in the books of the vendor of cards, who knows no
// keys: every request makes cards.
type creation struct {
	line, attempt, qty int
	at, made           order.Stamp
	mint               mintPlan
	done               bool
}

// cardSet is one transaction on the chain.
type cardSet struct {
	creation, first, n int
	price              order.Money
	back               order.Stamp // taken back at this moment
	used               bool
	owner              int
}

// letter is what a callback brings.
type letter struct {
	creation int
	set      int // −1: it failed
	sure     bool
	at       order.Stamp // when it comes, 0: it came
	every    time.Duration
	times    int
}

const (
	cardPrice  = order.Money(10_100_000)
	cardFee    = order.Money(100_000)
	cardDelay  = 40 * time.Second
	callbackBy = 90 * time.Minute
)

// cards is the vendor of gift cards.
type cards struct {
	asked   []creation
	sets    []cardSet
	letters []letter
	script  []mintPlan
	pieces  int
	unread  int // so many letters cannot be held against the books
	recalls bool
	deaf    bool
	away    bool
	takes   time.Duration
}

// create is one request as it arrives.
func (m *model) create(i int, a order.Attempt) (slip, error) {
	c, l := &m.cards, &m.store.o.Lines[i]
	var plan mintPlan
	if len(c.script) > 0 {
		plan, c.script = c.script[0], c.script[1:]
	}
	if c.away {
		return slip{}, refusals[order.CodeNotSent]
	}
	if plan.code != "" {
		return slip{}, refusals[plan.code]
	}
	for k := range c.asked {
		if c.asked[k].line == i && c.asked[k].attempt == a.N {
			m.fault("cards were asked for twice")
		}
	}
	m.paidFor(l)
	c.asked = append(c.asked, creation{line: i, attempt: a.N, qty: l.Quantity, at: m.now, made: m.now.Add(cardDelay), mint: plan})
	if plan.lost {
		return slip{}, errUnclear
	}
	return slip{pending: true, total: cardPrice.Times(l.Quantity)}, nil
}

// mine makes the cards whose time has come, and their letters.
func (c *cards) mine(now order.Stamp) {
	for k := range c.asked {
		o := &c.asked[k]
		if o.done || now < o.made {
			continue
		}
		o.done = true
		if !o.mint.reverts && !o.mint.never {
			c.make(k)
			if o.mint.twice {
				c.make(k)
			}
		}
		if o.mint.reverts || o.mint.doubts {
			c.post(k, -1)
		}
	}
}

func (c *cards) make(k int) {
	o := &c.asked[k]
	n := o.qty - o.mint.fewer
	c.sets = append(c.sets, cardSet{creation: k, first: c.pieces, n: n, price: cardPrice.Times(n)})
	c.pieces += n
	c.post(k, len(c.sets)-1)
}

func (c *cards) post(k, set int) {
	o := &c.asked[k]
	if o.mint.calls < 0 {
		return
	}
	c.letters = append(c.letters, letter{creation: k, set: set, sure: o.mint.reverts, at: o.made.Add(o.mint.late), times: max(1, o.mint.calls), every: 5 * time.Second})
}

// next is when the vendor does something by itself, 0 for never.
func (c *cards) next(now order.Stamp) order.Stamp {
	if len(c.asked) == 0 {
		return 0
	}
	c.mine(now)
	var at order.Stamp
	for k := range c.asked {
		if !c.asked[k].done {
			at = order.Sooner(at, c.asked[k].made)
		}
	}
	for k := range c.letters {
		if c.letters[k].times > 0 {
			at = order.Sooner(at, c.letters[k].at)
		}
	}
	return at
}

// arrive takes one letter whose time has come, −1 for none.
func (c *cards) arrive(now order.Stamp) int {
	if len(c.asked) == 0 {
		return -1
	}
	c.mine(now)
	for k := range c.letters {
		if l := &c.letters[k]; l.times > 0 && l.at <= now {
			l.times--
			l.at = l.at.Add(l.every)
			return k
		}
	}
	return -1
}

// setName names sets of cards, and setsOf reads it.
func setName(mask int) string { return cardNames[mask] }

func setsOf(ext string) int {
	for mask, name := range cardNames {
		if name == ext {
			return mask
		}
	}
	return 0
}

// receive holds a letter against the books.
func (m *model) receive(i int, a order.Attempt, k int) (slip, error) {
	c := &m.cards
	if c.unread > 0 {
		c.unread--
		return slip{}, errUnclear
	}
	l := &c.letters[k]
	if o := &c.asked[l.creation]; o.line != i || o.attempt != a.N {
		return slip{}, errUnclear
	}
	if l.set < 0 {
		return slip{}, m.failed(a, l)
	}
	set := &c.sets[l.set]
	r := slip{ext: setName(1 << l.set), first: set.first, got: set.n, total: set.price}
	switch {
	case set.back != 0:
		r.got, r.mismatch = 0, []string{"cancelled"}
	case set.used:
		r.got, r.mismatch = 0, []string{"redeemed"}
	case set.n < m.store.o.Lines[i].Quantity:
		r.mismatch = []string{"fewer"}
	}
	r.pending = r.got == 0
	return r, nil
}

// failed says what a letter about a failure means.
func (m *model) failed(a order.Attempt, l *letter) error {
	switch {
	case l.sure:
		return refusals[order.CodeInvalid]
	case m.now.Since(a.FirstSentAt) < callbackBy:
		return errUnclear
	}
	for k := range m.cards.sets {
		if o := &m.cards.asked[m.cards.sets[k].creation]; o.line == m.cards.asked[l.creation].line && o.made >= a.FirstSentAt.Add(-6*time.Minute) {
			return errUnclear
		}
	}
	return refusals[order.CodeUnknown]
}

// findCards looks for cards that nobody owns: what a callback may still bring is
// not decided.
func (m *model) findCards(i int, a order.Attempt) (slip, error) {
	c := &m.cards
	if m.now.Since(a.FirstSentAt) < callbackBy {
		return slip{}, errUnclear
	}
	c.mine(m.now)
	mask, n, me := 0, 0, ownerOf(i, a.N)
	for k := range c.sets {
		s := &c.sets[k]
		o := &c.asked[s.creation]
		if o.line == i && s.n > 0 && o.made >= a.FirstSentAt.Add(-6*time.Minute) && s.back == 0 && (s.owner == 0 || s.owner == me) {
			mask |= 1 << k
			n += s.n
		}
	}
	switch qty := m.store.o.Lines[i].Quantity; {
	case n >= qty:
		r := slip{ext: setName(mask), lost: true}
		if n > qty {
			r.mismatch = []string{"twice"}
		}
		return r, nil
	case n > 0 || c.working(i):
		return slip{}, errUnclear
	default:
		return slip{}, refusals[order.CodeUnknown]
	}
}

func (c *cards) working(line int) bool {
	for k := range c.asked {
		if c.asked[k].line == line && !c.asked[k].done {
			return true
		}
	}
	return false
}

// recall takes cards back, all or none.
func (m *model) recall(ext string) (order.Money, error) {
	var back order.Money
	mask := setsOf(ext)
	for k := range m.cards.sets {
		if mask&(1<<k) == 0 {
			continue
		}
		s := &m.cards.sets[k]
		switch {
		case m.cards.deaf:
			return 0, errUnclear
		case s.used:
			return 0, refusals[order.CodeConflict]
		case s.back == 0:
			s.back = m.now.Add(m.cards.takes)
		}
		if m.now < s.back {
			return 0, errBusy
		}
		back += s.price - cardFee.Times(s.n)
	}
	return back, nil
}
