package order_test

import (
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// model is one order's world: Redis, the vendors, the chat and two workers. It
// is used again for the next order.
type model struct {
	now   order.Stamp
	rnd   *ordertest.Random
	s     *scene
	bug   bug
	plan  plan
	seen  func(call int, p port) // told of every call; may be nil
	tally *tally
	tells bool
	story []string

	store shelf
	gate  gate
	shop  shop
	cards cards
	desk  desk
	chat  chat
	hands [2]hand
	desks life // of people's presses
	locks [8]lock
	trap  trap

	journal      []order.Event // what this machine's disk knows
	journalFails int
	notCopied    int
	busy, budget int
	linkCode     order.Code
	twoPerson    bool
	byHand       order.Money
	screen       screen // what an old screen shows
	meddles      bool
	meddled      bool
	quiet        bool // nobody does anything any more
	blinded      bool // an admin has given up what was made
	rolls        bool // Redis may go back in this run
	deep         bool
	stallEnd     order.Stamp

	calls, faults, crashes int
	op, onces, idle        int
	wrong                  []string
}

// chat is what buyer and admins can see.
type chat struct {
	status order.Status
	held   bool
	edited bool
	away   bool     // the buyer cannot be written to
	shown  [64]bool // pieces in the message
	double bool     // one piece stood in two lines
	pings  int
	alerts int

	message int // how many messages of the order are gone
}

var modelStart = order.At(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))

// reset makes it the world of another order.
func (m *model) reset(s *scene, seed uint64, p plan) {
	tally, bug, tells := m.tally, m.bug, m.tells
	hands, seen := m.hands, m.seen
	*m = model{
		now: modelStart, rnd: newRandom(seed), s: s, bug: bug, plan: p, seen: seen, tally: tally, tells: tells,
		store: shelf{keys: m.store.keys[:0]}, gate: gate{links: m.gate.links[:0], replays: true},
		shop:  shop{stock: 1000, price: 9_000_000, sales: m.shop.sales[:0], script: m.shop.script[:0]},
		cards: cards{asked: m.cards.asked[:0], sets: m.cards.sets[:0], letters: m.cards.letters[:0], script: m.cards.script[:0], takes: 3 * time.Minute},
		desk:  desk{list: m.desk.list[:0], plan: m.desk.plan[:0]}, journal: m.journal[:0], wrong: m.wrong[:0], story: m.story[:0],
	}
	for i := range hands {
		h := &hands[i]
		m.hands[i] = hand{m: m, pending: h.pending[:0], effects: h.effects[:0], turn: h.turn, life: life{depth: i}}
	}
}

func newModel(t *tally) *model {
	m := &model{tally: t}
	for i := range m.hands {
		m.hands[i].turn = order.NewTurn()
	}
	return m
}

func (m *model) fault(what string) {
	if m.tells {
		m.say("WRONG: %s", what)
	}
	m.wrong = append(m.wrong, what)
}

func (m *model) say(format string, args ...any) {
	m.story = append(m.story, fmt.Sprintf("%12s  ", time.Duration(m.now-modelStart)*time.Millisecond)+fmt.Sprintf(format, args...))
}

// place stores the order as a checkout does.
func (m *model) place() error {
	s := m.s
	o := order.Order{
		Number: number, Buyer: buyer, Language: "en", Status: order.AwaitingPayment, CreatedAt: m.now, ExpiresAt: m.now.Add(time.Hour),
		Lines: append([]order.Line(nil), s.lines...), Timeline: []order.Moment{{At: m.now, What: "placed"}},
	}
	for _, l := range s.lines {
		o.Total += l.UnitPrice.Times(l.Quantity)
	}
	m.store.reset(o, m.now)
	m.store.bank.credit = s.credit
	if s.takesOut > 0 {
		return m.asksOut(o)
	}
	rest, n := o.Total, 1
	if s.uses > 0 {
		if err := m.placing(order.UseCredit{N: 1, Amount: min(s.uses, o.Total), At: m.now}); err != nil {
			return err
		}
		rest, n = rest-min(s.uses, o.Total), 2
	}
	if rest > 0 {
		if err := m.placing(order.Planned{N: n, Gateway: gatewayOf(m.gate.twins), Asked: rest, Lifetime: time.Hour, At: m.now}); err != nil {
			return err
		}
	}
	m.store.due = m.now
	return nil
}

// asksOut is an order without goods: a buyer takes their credit out.
func (m *model) asksOut(o order.Order) error {
	m.store.o.Status, m.store.o.Lines, m.store.o.Total = order.Refunding, nil, m.s.takesOut
	amount := m.s.takesOut
	for _, ev := range []order.Event{
		order.UseCredit{N: 1, Amount: amount, At: m.now},
		order.PayOut{N: 1, Left: amount, Gateway: ordertest.GatewayName, By: o.Buyer, At: m.now},
		order.Addressed{Network: ordertest.StableNetwork, Coin: "USDT", Coins: amount.Decimal(), Sealed: address, At: m.now},
	} {
		if err := m.placing(ev); err != nil {
			return err
		}
	}
	m.store.due = m.now
	return nil
}

var address = []byte("sealed")

func (m *model) placing(ev order.Event) error {
	next, effects, err := m.happens(m.store.o, ev)
	if err != nil {
		return err
	}
	t := transition{o: next, effects: effects}
	if !m.bookable(&t) {
		return refusals[order.CodeCredit]
	}
	m.book(&t)
	m.store.put(&t, m.now)
	m.store.fixed = true
	return nil
}

// rest lets everything run that has to run until a moment.
func (m *model) rest(until order.Stamp, depth int) {
	for steps := 0; ; steps++ {
		if steps > 3000 {
			m.fault("it never rests")
			m.now = max(m.now, until)
			return
		}
		if m.step(depth) {
			continue
		}
		next := m.next()
		if next == 0 || next >= until {
			m.now = max(m.now, until)
			return
		}
		m.now = max(m.now+10, next)
	}
}

// next is the next moment at which anything happens by itself, 0 for never.
func (m *model) next() order.Stamp {
	s := &m.store
	at := m.cards.next(m.now)
	if s.due != 0 {
		at = order.Sooner(at, max(s.due, s.lease, 1))
	}
	for i := range s.outbox {
		if n := &s.outbox[i]; n.score != 0 {
			at = order.Sooner(at, max(n.score, n.lease))
		}
	}
	return at
}

// step does one unit of work, and reports whether there was any.
func (m *model) step(depth int) bool {
	h := &m.hands[depth]
	if err := h.boot(); err != nil {
		m.now = m.now.Add(time.Second)
		return true
	}
	if k := m.cards.arrive(m.now); k >= 0 {
		m.deliver(k)
		return true
	}
	s := &m.store
	if s.due != 0 && s.due <= m.now && s.lease <= m.now {
		if err := h.work(); err != nil {
			m.now = m.now.Add(time.Second) // errors are waited out
		}
		return true
	}
	for i := range s.outbox {
		if n := &s.outbox[i]; n.score != 0 && n.score <= m.now && n.lease <= m.now {
			if err := m.tell(h, i); err != nil {
				m.now = m.now.Add(time.Second)
			}
			return true
		}
	}
	return false
}

// deliver keeps a callback's letter, as often as it takes.
func (m *model) deliver(k int) {
	m.wake(webhook{letter: k + 1})
}

// wake stores a hint; whoever brings it repeats it until it is answered.
func (m *model) wake(h webhook) {
	l := life{depth: 1}
	for range 60 {
		l.dead = false
		f, err := m.before(&l, portWake)
		if err != nil {
			continue
		}
		m.store.hint(h, m.now)
		if f == doubled {
			m.store.hint(h, m.now)
		}
		m.idle = 0
		if m.after(&l, f) == nil {
			return
		}
	}
	m.fault("a webhook that is never answered")
}

// tell tells one announcement, as the edge of the bot does.
func (m *model) tell(h *hand, i int) error {
	f, err := m.before(&h.life, portTake)
	if err != nil {
		return err
	}
	s := &m.store
	n := &s.outbox[i]
	if n.score == 0 || n.lease > m.now {
		return m.after(&h.life, f)
	}
	since, lease := m.now, m.now.Add(leaseFor)
	n.lease, n.score = lease, lease
	o := s.o
	if err = m.after(&h.life, f); err != nil {
		return err
	}
	switch age := m.now.Since(since); {
	case age >= leaseFor:
		return nil // it is another's
	case age > leaseFor/2:
		return m.later(h, i, lease, m.now)
	}
	if f, err = m.before(&h.life, [newsKinds]port{portEdit, portAlert, portPing}[i]); err != nil {
		return err
	}
	away := m.chat.away && i != newsAlert
	if !away {
		m.says(i, o)
	}
	if err = m.after(&h.life, f); err != nil {
		return err
	}
	if away {
		return m.later(h, i, lease, m.now.Add(parkedFor))
	}
	return m.told(h, i, o, lease)
}

// parkedFor is how long news wait for somebody who cannot be written to. They are
// told sooner when the chat is back.
const parkedFor = 24 * time.Hour

// returns has the buyer's chat back: what waits for it is told.
func (c *chat) returns(s *shelf, now order.Stamp) {
	c.away = false
	for i := range s.outbox {
		if n := &s.outbox[i]; n.score != 0 {
			n.score = min(n.score, now)
		}
	}
}

// says is what appears in the chats.
func (m *model) says(i int, o order.Order) {
	c := &m.chat
	switch i {
	case newsAlert:
		if m.bug != bugNoAlert {
			c.alerts++
		}
	case newsPing:
		c.pings++
	default:
		c.status, c.held, c.edited = o.Status, o.Held(), true
		c.shown = [64]bool{}
		if o.Status != order.Ready && o.Status != order.Delivered {
			return
		}
		for k := range o.Lines {
			c.show(&o.Lines[k])
		}
	}
}

// show puts a line's pieces into the message.
func (c *chat) show(l *order.Line) {
	if l.State != order.LineGot {
		return
	}
	base := 0
	if l.Supplier == ordertest.CardName {
		base = 32
	}
	for p := range int(l.Goods[1]) {
		at := base + int(l.Goods[0]) + p
		c.double = c.double || c.shown[at]
		c.shown[at] = true
	}
}

// told ends an announcement: one that was told anew is told again.
func (m *model) told(h *hand, i int, o order.Order, lease order.Stamp) error {
	s := &m.store
	if id := 7 + m.chat.message; i == newsStatus && (o.Message != id || o.Status == order.Ready) {
		next, effects, err := m.happens(o, order.Shown{Message: id, Goods: o.Status == order.Ready, At: m.now})
		if err != nil {
			return err
		}
		_, err = m.save(&h.life, &transition{o: next, effects: effects, aside: true, ack: i + 1, lease: lease})
		if err != nil && order.CodeOf(err) == order.CodeStale {
			return m.later(h, i, lease, m.now)
		}
		return err
	}
	f, err := m.before(&h.life, portTold)
	if err != nil {
		return err
	}
	n := &s.outbox[i]
	acked := n.lease == lease && n.score == lease
	if acked || m.bug == bugForgetNews {
		*n = news{}
	}
	if err := m.after(&h.life, f); err != nil {
		return err
	}
	if !acked {
		return m.later(h, i, lease, m.now)
	}
	return nil
}

// later gives an announcement back, to be told again at a moment.
func (m *model) later(h *hand, i int, lease, at order.Stamp) error {
	f, err := m.before(&h.life, portTold)
	if err != nil {
		return err
	}
	n := &m.store.outbox[i]
	switch {
	case m.bug == bugForgetNews:
	case n.score != 0 && n.lease == lease:
		*n = news{score: at}
	case i != newsStatus:
	case n.score == 0, n.score == n.lease:
		n.score = at
	}
	return m.after(&h.life, f)
}
