package order_test

import (
	"slices"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// judge holds what happened against the vendors' own books: money lost or
// doubled, goods lost or doubled, an order that nobody will ever move.
func (m *model) judge() {
	o := &m.store.o
	m.judgeEnd(o)
	m.judgeChat(o)
	m.judgeMoney(o)
	m.judgePayouts(o)
	for i := range o.Lines {
		m.judgeLine(o, i)
	}
	m.judgeCost(o)
	if m.faults == 0 && !m.meddled && !m.s.end.any && len(m.wrong) == 0 {
		m.judgeScene(o)
	}
}

// waiting reports whether the order waits for its buyer, who has days for it.
func waiting(o *order.Order) bool {
	p, _, ok := o.OpenPayout()
	return ok && p.State == order.PayoutWanted
}

func (m *model) judgeEnd(o *order.Order) {
	s := &m.store
	final := o.Status == order.Delivered || o.Status == order.Expired || o.Status == order.Cancelled || o.Status == order.Refunded
	switch {
	case !final && !o.Held() && !waiting(o):
		m.fault("stuck in " + string(o.Status))
	case o.Held() && m.chat.alerts == 0:
		m.fault("held without an alert")
	}
	for i := range s.outbox {
		if s.outbox[i].score != 0 {
			m.fault("left behind: something to tell")
		}
	}
	if s.lease > m.now || s.hinted > 0 && !m.hintsWait() {
		m.fault("left behind: a lease or hints")
	}
	for i := range o.Lines {
		for k := range o.Lines[i].Attempts {
			if len(o.Lines[i].Attempts[k].Letters) > 0 && !o.Held() && !closed(o) {
				m.fault("a letter is left that nobody looks at")
			}
		}
	}
}

// closed reports whether a person has dealt with everything the order was held for.
func closed(o *order.Order) bool {
	return closings(o) > 0
}

// hintsWait reports whether hints have to wait for a gateway that is away.
func (m *model) hintsWait() bool { return m.gate.away }

// judgeChat: what buyer and admins see is how it stands.
func (m *model) judgeChat(o *order.Order) {
	c := &m.chat
	if c.held != o.Held() {
		m.fault("the buyer was not told that a person looks, or is not looking any more")
	}
	if c.edited && c.status != o.Status && (o.Status != order.Delivered || c.status != order.Ready) {
		m.fault("the buyer sees " + string(c.status) + " and it is " + string(o.Status))
	}
	rings := 2
	for k := range o.Timeline {
		switch o.Timeline[k].What {
		case "credited", "short", "payout", "paid_out", "payout_refused", "payout_dropped", "held":
			rings++
		}
	}
	if c.pings > rings+2*m.faults {
		m.fault("it rings too often")
	}
	if len(o.Timeline) > 60+m.faults {
		m.fault("an endless timeline")
	}
	if c.double {
		m.fault("one piece is shown twice")
	}
}

// unsure reports whether a person has been told that the gateway's books cannot
// be followed.
func unsure(o *order.Order) bool {
	for _, r := range []order.Reason{order.ReasonCurrency, order.ReasonMismatch, order.ReasonUnread, order.ReasonLower, order.ReasonStatus} {
		if slices.Contains(o.Doubts, r) {
			return true
		}
	}
	return false
}

// judgeMoney: received = goods at their price + credit + paid out + held.
func (m *model) judgeMoney(o *order.Order) {
	b := &m.store.bank
	sum, back, gone := m.gate.received()
	held, out := order.Money(0), m.desk.done()+back
	if o.Held() || waiting(o) {
		held = b.account
	}
	unclear := slices.Contains(o.Doubts, order.ReasonPayoutUnclear)
	switch {
	case m.gate.away: // nobody can say
	case b.gateways != sum && !unsure(o):
		m.fault("received " + sum.String() + ", booked " + b.gateways.String())
	case b.hand > m.byHand:
		m.fault("people saw " + m.byHand.String() + ", booked " + b.hand.String())
	case b.account != o.Balance():
		m.fault("the ledger and the order do not agree")
	case out != b.out && !unclear && (back == 0 || !o.Held()):
		m.fault("paid out " + out.String() + ", booked " + b.out.String())
	case b.forgiven > m.gate.accepts+gone:
		m.fault("forgave " + b.forgiven.String())
	case o.Left() < 0 && !unsure(o) && !o.Held():
		m.fault("gave more than it got")
	}
	if unclear || back > 0 && o.Held() {
		out = b.out
	}
	if unsure(o) || m.gate.away {
		sum = b.gateways
	}
	goods := m.goods(o)
	if got, went := sum+b.hand+b.used+b.forgiven, goods+b.given+out+held; got != went {
		m.fault("received " + got.String() + ": goods " + goods.String() + " + credit " + b.given.String() + " + paid out " + out.String() + " + held " + held.String())
	}
}

// goods is the price of the pieces that the buyer has, or that wait for them.
func (m *model) goods(o *order.Order) (sum order.Money) {
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.State != order.LineGot {
			continue
		}
		n := 0
		first, count := m.piecesOf(i, l)
		for p := range count {
			if o.Status != order.Delivered || m.chat.shown[base(l)+first+p] {
				n++
			}
		}
		sum += l.UnitPrice.Times(n)
	}
	return sum
}

func base(l *order.Line) int {
	if l.Supplier == ordertest.CardName {
		return 32
	}
	return 0
}

// piecesOf finds a line's goods in its supplier's books: where they begin, and
// how many there are.
func (m *model) piecesOf(i int, l *order.Line) (first, n int) {
	sealed := int(l.Goods[0])
	if l.Supplier == ordertest.CardName {
		for k := range m.cards.sets {
			s := &m.cards.sets[k]
			if m.cards.asked[s.creation].line == i && s.first == sealed && s.back == 0 {
				return s.first, min(s.n, l.Quantity)
			}
		}
		return 0, 0
	}
	for k := range m.shop.sales {
		if s := &m.shop.sales[k]; s.line == i && s.first == sealed && !s.underway(m.now) && !s.failed {
			return s.first, s.codes
		}
	}
	return 0, 0
}

// judgePayouts: what left is what was set aside, once.
func (m *model) judgePayouts(o *order.Order) {
	for k := range m.desk.list {
		s := &m.desk.list[k]
		if s.payout >= len(o.Payouts) {
			if !o.Held() {
				m.fault("a payout that the order does not know")
			}
			continue
		}
		if o.Payouts[s.payout].Amount != s.amount {
			m.fault("paid out another sum")
		}
	}
}

// judgeLine: bought once, delivered once.
func (m *model) judgeLine(o *order.Order, i int) {
	l := &o.Lines[i]
	live := m.live(i, l)
	if live > 1+m.store.bank.stocks && (!m.blinded || live > 2) {
		m.fault("bought more than once")
	}
	if l.State != order.LineGot {
		m.notHad(o, i, live)
		return
	}
	first, n := m.piecesOf(i, l)
	if n != l.Got || n == 0 {
		m.fault("has pieces that were not bought for it")
	}
	if l.Credited != l.UnitPrice.Times(l.Quantity-l.Got) {
		m.fault("pieces that are missing were not credited, or pieces that are there were")
	}
	if o.Status != order.Delivered {
		return
	}
	shown := 0
	for p := range 32 {
		if m.chat.shown[base(l)+p] && p >= first && p < first+n {
			shown++
		}
	}
	if shown != l.Got {
		m.fault("not every piece was delivered")
	}
}

// notHad: a line without goods has none in the supplier's books, or a person
// knows, or they are the shop's own.
func (m *model) notHad(o *order.Order, i, live int) {
	if live > m.store.bank.stocks && !o.Held() && !m.blinded {
		m.fault("bought, not delivered and not held")
	}
	if l := &o.Lines[i]; l.Supplier == ordertest.CardName {
		for k := range m.cards.sets {
			if s := &m.cards.sets[k]; m.cards.asked[s.creation].line == i && s.n > 0 && m.chat.shown[32+s.first] {
				m.fault("shows cards that are not the buyer's")
			}
		}
	}
}

// live is how many purchases of a line took our money for good.
func (m *model) live(i int, l *order.Line) (n int) {
	for k := range m.shop.sales {
		s := &m.shop.sales[k]
		if s.line != i || s.taken(m.now) == 0 {
			continue
		}
		n++
		for j := range k {
			if m.shop.sales[j].key == s.key {
				m.fault("sold twice under one key")
			}
		}
	}
	if l.Supplier != ordertest.CardName {
		return n
	}
	for k := range m.cards.asked {
		if m.cards.asked[k].line == i && m.has(k) {
			n++
		}
	}
	return n
}

// has reports whether cards of a request are there and were not taken back.
func (m *model) has(creation int) bool {
	for k := range m.cards.sets {
		if s := &m.cards.sets[k]; s.creation == creation && s.back == 0 && s.n > 0 {
			return true
		}
	}
	return false
}

// judgeCost: what the suppliers took is what was booked, unless nobody knows yet
// what became of a purchase, or cards came that nobody ordered.
func (m *model) judgeCost(o *order.Order) {
	var taken order.Money
	for i := range o.Lines {
		if s := o.Lines[i].State; s == order.LineBuying || s == order.LineUnclear {
			if !o.Held() {
				m.fault("under way for ever")
			}
			return
		}
	}
	for k := range m.shop.sales {
		taken += m.shop.sales[k].taken(m.now)
	}
	for k := range m.cards.sets {
		s := &m.cards.sets[k]
		taken += s.price
		if s.back != 0 {
			taken -= s.price - cardFee.Times(s.n)
		}
	}
	for k := range m.cards.asked {
		if m.cards.asked[k].mint.twice {
			return
		}
	}
	if m.rolls && m.cards.pieces > 0 && taken > m.store.bank.cost && taken-m.store.bank.cost <= cardFee.Times(m.cards.pieces) {
		return // Redis forgot that cards were being taken back: the fee is in nobody's books
	}
	if m.blinded && taken > m.store.bank.cost {
		return // somebody was sure that it was not made
	}
	if taken != m.store.bank.cost && !m.knows(o) {
		m.fault("the suppliers took " + taken.String() + ", booked " + m.store.bank.cost.String())
	}
}

// knows reports whether a person was told of goods that are nobody's.
func (m *model) knows(o *order.Order) bool {
	return slices.Contains(o.Doubts, order.ReasonGoodsTwice) || slices.Contains(o.Doubts, order.ReasonGoods)
}

// judgeScene: an undisturbed scene ends as it says.
func (m *model) judgeScene(o *order.Order) {
	e, b := &m.s.end, &m.store.bank
	if o.Status != e.status || o.Reason != e.held {
		m.fault("ends " + string(o.Status) + ", held " + string(o.Reason))
	}
	_, back, _ := m.gate.received()
	if b.credit != e.credit || m.desk.done()+back != e.out {
		m.fault("credit " + b.credit.String() + ", paid out " + (m.desk.done() + back).String())
	}
}
