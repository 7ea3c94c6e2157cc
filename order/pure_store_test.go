package order_test

import (
	"strings"
	"time"

	"giftbot/order"
)

// number is the one order of a model world.
const number order.Number = "0000000000"

// bank is where postings end up: what our books say of the order.
type bank struct {
	credit   order.Money // the buyer's, with the shop
	account  order.Money // the order's
	gateways order.Money // came in by links, less what fell
	hand     order.Money // came in where only people look
	used     order.Money // came from the buyer's credit
	given    order.Money // went to it
	out      order.Money // went to their wallet
	sales    order.Money
	cost     order.Money // taken by suppliers, less what came back
	forgiven order.Money
	stocks   int
	keys     int // how many posting keys stand
}

// news is one announcement that waits to be told.
type news struct {
	score, lease order.Stamp // score 0: nothing to tell
}

const (
	newsStatus = iota
	newsAlert
	newsPing
	newsKinds
)

// record is all that Redis keeps of the order.
type record struct {
	o      order.Order
	due    order.Stamp
	lease  order.Stamp
	bank   bank
	outbox [newsKinds]news
	hints  [8]webhook
	hinted int
	taken  int // of them, by the claim
	at     order.Stamp
	fixed  bool // a replica has it, or a person saw it: it cannot get lost
}

// webhook is news from outside.
type webhook struct {
	payment int
	ext     string
	signed  bool
	letter  int // 1 + index of a letter, 0 for none
}

const (
	leaseFor = 10 * time.Second
	pastKept = 4
)

// shelf is Redis: the record, which operations made it, and what it may go back to.
type shelf struct {
	record
	ops      [4]int
	keys     []string // posting keys, oldest first
	past     [pastKept]record
	pasts    int
	uncopied bool
	alone    bool // there is no replica: what was stored last may get lost, whatever it was
}

func (s *shelf) reset(o order.Order, now order.Stamp) {
	*s = shelf{keys: s.keys[:0], alone: s.alone}
	s.o, s.at, s.fixed = o, now, true
	s.o.Version = 1
}

// keep remembers the record before it is written.
func (s *shelf) keep() {
	s.past[s.pasts%pastKept] = s.record
	s.pasts++
}

// back forgets the last two seconds, but nothing that a replica confirmed or
// that a person has seen done.
func (s *shelf) back(now order.Stamp) {
	for range min(s.pasts, pastKept) {
		if s.fixed || now.Since(s.at) > 2*time.Second {
			return
		}
		s.pasts--
		s.record = s.past[s.pasts%pastKept]
		s.keys = s.keys[:s.bank.keys]
	}
}

// change is one transition to be stored.
type transition struct {
	o           order.Order
	effects     []order.Effect
	due         order.Stamp
	keep, aside bool
	clear       bool // hints of the claim are dealt with
	copied      bool
	person      bool // somebody sees that it is done
	seen        int  // hints that its claim brought
	ack         int  // 1 + the news it completes
	lease       order.Stamp
}

// save commits under one operation id, again when the answer is lost.
func (m *model) save(l *life, t *transition) (order.Order, error) {
	m.op++
	op := m.op
	var err error
	for range 3 {
		var o order.Order
		if o, err = m.commit(l, t, op); err != errUnclear { //nolint:errorlint // the model's own value
			return o, err
		}
	}
	return order.Order{}, err
}

func (m *model) commit(l *life, t *transition, op int) (order.Order, error) {
	p := portCommit
	if t.ack > 0 {
		p = portTold
	}
	f, err := m.before(l, p)
	if err != nil {
		return order.Order{}, err
	}
	err = m.write(t, op)
	if f == doubled {
		err = m.write(t, op)
	}
	if lost := m.after(l, f); lost != nil {
		return order.Order{}, lost
	}
	return m.store.o, err
}

// write is the script of a commit.
func (m *model) write(t *transition, op int) error {
	s := &m.store
	for _, done := range s.ops {
		if done == op {
			if t.copied && s.uncopied {
				return refusals[order.CodeNotCopied]
			}
			return nil
		}
	}
	if s.o.Version != t.o.Version && m.bug != bugNoVersion {
		return errStale
	}
	if !m.bookable(t) {
		return refusals[order.CodeCredit]
	}
	s.keep()
	m.book(t)
	if t.ack > 0 {
		s.complete(t.ack-1, t.lease)
	}
	if !t.aside {
		if !t.keep {
			t.due = m.lazily(t.due)
		}
		s.settle(t, m.now)
	} else if t.ack == 0 {
		s.due = m.now
	}
	s.put(t, m.now)
	if m.bug == bugNoDue && t.keep {
		s.due = 0
	}
	copy(s.ops[1:], s.ops[:3])
	s.ops[0] = op
	s.uncopied = false
	if t.copied && m.notCopied > 0 {
		m.notCopied--
		s.uncopied = true
		return refusals[order.CodeNotCopied]
	}
	return nil
}

// put stores the order and what there is to tell.
func (s *shelf) put(t *transition, now order.Stamp) {
	version := s.o.Version
	s.o = t.o
	s.o.Version = version + 1
	s.at, s.fixed = now, t.copied && !s.alone || t.person
	for _, e := range t.effects {
		switch e.Kind {
		case order.EffectNotify:
			s.outbox[newsStatus].score = now
		case order.EffectPing:
			s.outbox[newsPing].score = now
		case order.EffectAlert:
			s.outbox[newsAlert].score = now
		default:
		}
	}
}

// settle moves due time, lease and hints of a transition made under a claim.
func (s *shelf) settle(t *transition, now order.Stamp) {
	fresh := s.hinted > t.seen
	if t.clear {
		copy(s.hints[:], s.hints[s.taken:s.hinted])
		s.hinted -= s.taken
		s.taken = 0
		fresh = s.hinted > 0
	} else if !t.keep {
		s.taken = 0
	}
	s.due, s.lease = t.due, 0
	if fresh {
		s.due = now
	}
	if t.keep {
		s.lease = now.Add(leaseFor)
	}
}

// complete forgets news that were told; told anew since, they stay.
func (s *shelf) complete(i int, lease order.Stamp) bool {
	n := &s.outbox[i]
	if n.lease == lease && n.score == lease {
		*n = news{}
		return true
	}
	if n.lease == lease {
		n.lease = 0
	}
	return false
}

func (s *shelf) hint(h webhook, now order.Stamp) {
	if s.due == 0 || s.due > now {
		s.due = now
	}
	for _, old := range s.hints[s.taken:s.hinted] {
		if old == h {
			return
		}
	}
	if s.hinted < len(s.hints) {
		s.hints[s.hinted] = h
		s.hinted++
	}
}

// bookable reports whether the buyer's credit covers a transition.
func (m *model) bookable(t *transition) bool {
	credit := m.store.bank.credit
	for _, e := range t.effects {
		if e.Kind == order.EffectPost && strings.HasPrefix(string(e.Posting.To), "credit:") {
			credit += e.Posting.Amount
		}
		if e.Kind == order.EffectPost && strings.HasPrefix(string(e.Posting.From), "credit:") {
			credit -= e.Posting.Amount
		}
	}
	return credit >= 0
}

// book writes a transition's postings.
func (m *model) book(t *transition) {
	s := &m.store
	for i := range t.effects {
		p := &t.effects[i].Posting
		if t.effects[i].Kind != order.EffectPost {
			continue
		}
		for _, k := range s.keys {
			if k == p.Key {
				m.fault("posted twice: " + k)
			}
		}
		s.keys = append(s.keys, p.Key)
		s.bank.keys = len(s.keys)
		if p.Amount < 0 {
			m.fault("a negative posting: " + p.Key)
		}
		amount := p.Amount
		if m.bug == bugTotal && strings.HasPrefix(string(p.From), "gateway:") {
			amount = t.o.Received()
		}
		s.bank.from(p, amount)
		s.bank.to(p, amount)
	}
}

// from takes an amount from where it was.
func (b *bank) from(p *order.Posting, amount order.Money) {
	switch from := string(p.From); {
	case strings.HasPrefix(from, "order:"):
		b.account -= amount
	case from == "gateway:by_hand":
		b.hand += amount
	case strings.HasPrefix(from, "gateway:"):
		b.gateways += amount
	case strings.HasPrefix(from, "credit:"):
		b.credit -= amount
		b.used += amount
	case strings.HasPrefix(from, "supplier:"):
		b.cost += amount
	case from == "losses":
		b.forgiven += amount
	}
}

// to gives it to where it goes.
func (b *bank) to(p *order.Posting, amount order.Money) {
	switch to := string(p.To); {
	case strings.HasPrefix(to, "order:"):
		b.account += amount
	case to == "gateway:by_hand":
		b.hand -= amount
	case strings.HasPrefix(to, "gateway:") && strings.Contains(p.Key, "/fell/"):
		b.gateways -= amount
	case strings.HasPrefix(to, "gateway:"):
		b.out += amount
	case strings.HasPrefix(to, "credit:"):
		b.credit += amount
		b.given += amount
	case to == "sales":
		b.sales += amount
	case to == "stock":
		b.stocks++
	}
}
