package order_test

import (
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// deed is one thing that somebody does, or that befalls a vendor.
type deed struct {
	kind deedKind
	sum  order.Money
	n    int
	wait time.Duration
	code order.Code
	ask  asking
	mint mintPlan
	pay  payPlan
	text string

	blind bool   // an admin who has not looked
	port  port   // where a trap is
	acts  []deed // what happens once it has sprung
}

type deedKind uint8

const (
	doWait deedKind = iota
	doPay
	doPayOld
	doPaySilently
	doSee
	doFall
	doFetch
	doWrongCoin
	doOldWrongCoin
	doWebhook
	doEarlyWebhooks
	doForged
	doUnsigned
	doCancel
	doCancelUnpaid
	doAnotherLink
	doOtherGateway
	doUseCredit
	doTakeCredit
	doRefund
	doTwoRefunds
	doClose
	doAgain
	doAgainAnyway
	doNotBought
	doConfirm
	doPayOut
	doAddress
	doApprove
	doSecondApproves
	doRefusePayout
	doDropPayout
	doSettle
	doStock
	doPrice
	doSupplierAway
	doSupplierBack
	doFrozen
	doBroke
	doGatewayAway
	doGatewayBack
	doRecover
	doFinish
	doCardsAway
	doCardsUsed
	doDeaf
	doRecallTakes
	doLettersUnread
	doFindsUnread
	doNotCopied
	doJournalRefuses
	doBusy
	doBudget
	doRefuseLink
	doAnswer
	doMint
	doPayoutPlan
	doKeep
	doTolerant
	doCallPaid
	doForgetIDs
	doLoseLink
	doTwins
	doTwoWords
	doRecalls
	doSpendCredit
	doChatAway
	doChatBack
	doMessageGone
	doGoesBack
	doHangsBefore
	doHangsAfter
	doGoesOn
)

// does has something happen. depth is 1 while a worker stalls.
func (m *model) does(d *deed, depth int) {
	if m.tells && depth == 0 {
		m.say("— %s", d.text)
	}
	m.idle = 0
	switch {
	case d.kind == doWait:
		quiet := m.quiet
		m.quiet = quiet || d.wait >= 12*time.Hour
		m.rest(m.now.Add(d.wait), depth)
		m.quiet = quiet
	case d.kind <= doUnsigned:
		m.moves(d)
	case d.kind == doCancel || d.kind == doCancelUnpaid:
		m.cancels(d.kind == doCancel, depth)
	case d.kind == doTwoRefunds:
		seen := screenOf(&m.store.o)
		m.press(d, seen, depth)
		m.press(d, seen, depth)
	case d.kind <= doSettle:
		m.press(d, m.looks(), depth)
	default:
		m.changes(d)
	}
}

// screen is what a person sees of the order: what they decide is about that.
type screen struct {
	left    order.Money
	moments int
}

func screenOf(o *order.Order) screen {
	return screen{left: o.Left(), moments: o.Moments()}
}

// looks is a person's screen: rarely an old one.
func (m *model) looks() screen {
	if m.meddles && m.rnd.Intn(4) == 0 {
		return m.screen
	}
	m.screen = screenOf(&m.store.o)
	return m.screen
}

// moves moves money at a gateway, and has its webhook come.
func (m *model) moves(d *deed) {
	if len(m.gate.links) == 0 {
		if m.faults == 0 {
			m.fault("no link to pay")
		}
		return
	}
	l := &m.gate.links[len(m.gate.links)-1]
	if d.kind == doPayOld || d.kind == doFall || d.kind == doUnsigned || d.kind == doOldWrongCoin {
		l = &m.gate.links[0]
	}
	if !m.shownLink(l) || m.meddled && m.now > l.expires.Add(40*time.Hour) {
		return
	}
	m.store.fixed = true // nobody pays within two seconds of what they see
	switch d.kind {
	case doPay, doPayOld, doPaySilently:
		if m.now < l.expires {
			l.inTime += d.sum
		} else {
			l.late += d.sum
		}
	case doSee:
		l.coming = d.sum
	case doFall:
		l.gone += max(0, l.inTime+l.late-d.sum)
		l.inTime, l.late = d.sum, 0
	case doFetch:
		for _, p := range m.store.o.Payments { // nobody has decided otherwise so far
			if p.External == l.ext && p.Kept >= d.sum {
				l.back = d.sum
			}
		}
	case doWrongCoin, doOldWrongCoin:
		if l.inTime+l.late == 0 {
			l.wrong, l.inTime = true, l.asked
		}
	case doEarlyWebhooks:
		m.wake(webhook{payment: l.n, ext: l.ext, signed: true})
		m.wake(webhook{payment: l.n, ext: "pay-999"})
		m.wake(webhook{payment: 9})
		return
	case doForged:
		m.wake(webhook{payment: l.n, ext: l.ext})
		return
	case doUnsigned:
		m.wake(webhook{payment: l.n, ext: l.ext})
		return
	default:
	}
	if d.kind != doPaySilently {
		m.wake(webhook{payment: l.n, ext: l.ext, signed: true})
	}
}

// shownLink reports whether the buyer can know a link: the order does, or it is
// one that a lost answer made.
func (m *model) shownLink(l *link) bool {
	for _, p := range m.store.o.Payments {
		if p.External == l.ext {
			return true
		}
	}
	return m.gate.loses
}

// press is a person who presses until an answer comes: it is done, or refused.
func (m *model) press(d *deed, seen screen, depth int) {
	if d.kind == doConfirm {
		m.byHand += d.sum
	}
	before := m.store.o
	payout, _, _ := before.OpenPayout()
	defer func() { m.pressed(d, before) }()
	busy := 0
	for range 60 {
		m.desks = life{depth: 1}
		o, err := m.load(&m.desks)
		if err != nil {
			continue
		}
		if asked(d.kind) && seen.moments != o.Moments() {
			return // something happened since they looked
		}
		ev := m.decide(d, o, seen.left, payout.FixedAt)
		if ev == nil {
			return
		}
		err = m.aside(&m.desks, o, ev, true)
		switch code := order.CodeOf(err); {
		case err == nil:
			return
		case code == order.CodeBusy && busy < 10 && depth == 0:
			busy++
			m.rest(m.now.Add(time.Minute), depth)
			before, seen.moments = m.store.o, m.store.o.Moments() // they look again
		case code != order.CodeUnclear && code != order.CodeStale:
			return // no is an answer, too
		}
	}
}

// asked reports whether a deed is an admin's answer to a question about the order.
// A purchase is tried again without one, and a word for a payout is about the
// payout alone.
func asked(kind deedKind) bool {
	switch kind {
	case doRefund, doTwoRefunds, doClose, doAgainAnyway, doNotBought, doConfirm, doPayOut, doRefusePayout, doSettle:
		return true
	default:
		return false
	}
}

// pressed is what else becomes true by a decision: an admin says only what is so,
// here that a payer got surplus back.
func (m *model) pressed(d *deed, before order.Order) {
	if d.kind != doClose || closings(&m.store.o) == closings(&before) {
		return
	}
	for _, p := range before.Payments {
		if l := m.gate.find(p.External); l != nil && p.Kept > 0 && p.IsLink() {
			l.back += max(0, p.Kept-(l.back-l.closed))
			l.closed += p.Kept
		}
	}
}

func closings(o *order.Order) (n int) {
	for k := range o.Timeline {
		if o.Timeline[k].What == "closed" {
			n++
		}
	}
	return n
}

const pureAdmin = ordertest.Admin

// decide makes the event of what a person presses, nil when there is nothing to
// be pressed.
func (m *model) decide(d *deed, o order.Order, left order.Money, fixed order.Stamp) order.Event {
	switch d.kind {
	case doAnotherLink, doOtherGateway:
		return m.plansLink(d, o)
	case doUseCredit:
		if amount := min(m.store.bank.credit, o.Missing()); amount > 0 {
			return order.UseCredit{N: len(o.Payments) + 1, Amount: amount, At: m.now}
		}
		return nil
	case doTakeCredit:
		if !o.MayTakeCredit() {
			return nil
		}
		return order.GiveBack{Left: left, By: buyer, At: m.now}
	case doRefund, doTwoRefunds:
		if m.fetched() {
			return nil
		}
		return order.GiveBack{Left: left, Amount: d.sum, By: pureAdmin, Why: "x", At: m.now}
	case doClose:
		if m.rises(o) {
			return nil
		}
		return order.Close{Left: left, By: pureAdmin, Why: "x", At: m.now}
	case doAgain, doAgainAnyway:
		return order.Again{Anyway: d.kind == doAgainAnyway, By: pureAdmin, Why: "x", At: m.now}
	case doNotBought:
		return m.givesUp(d, o)
	case doConfirm:
		if left != o.Left() {
			return nil
		}
		return order.ByHand{N: len(o.Payments) + 1, Amount: d.sum, By: pureAdmin, Why: "x", At: m.now}
	default:
		return m.decidePayout(d, o, left, fixed)
	}
}

// rises reports whether what seemed to have fallen is there all the same: an
// admin who looks at the gateway does not close it.
func (m *model) rises(o order.Order) bool {
	for _, p := range o.Payments {
		if l := m.gate.find(p.External); p.Fell && l != nil && l.inTime+l.late+l.coming > p.Now {
			return true
		}
	}
	return false
}

func (m *model) plansLink(d *deed, o order.Order) order.Event {
	gateway := gatewayOf(d.kind == doOtherGateway)
	p, ok := o.Shown()
	if o.Missing() == 0 || len(o.Payments) >= 6 || ok && p.Gateway == gateway && p.Asked == o.Missing() && p.State != order.PaymentRefused && !p.Ended {
		return nil
	}
	return order.Planned{N: len(o.Payments) + 1, Gateway: gateway, Asked: o.Missing(), Lifetime: time.Hour, At: m.now}
}

// givesUp believes that an unclear purchase was not made: the admin has looked
// into the vendor's books, or decides blindly.
func (m *model) givesUp(d *deed, o order.Order) order.Event {
	i, a, ok := o.Doubtful()
	if !ok || !d.blind && m.made(i, a.N) {
		return nil
	}
	m.blinded = m.blinded || d.blind
	return order.GiveUp{Line: i, Attempt: a.N, By: pureAdmin, Why: "x", At: m.now}
}

// made reports whether a vendor has made something of an attempt.
func (m *model) made(line, attempt int) bool {
	for k := range m.shop.sales {
		if s := &m.shop.sales[k]; s.line == line && s.attempt == attempt {
			return true
		}
	}
	for k := range m.cards.asked {
		if c := &m.cards.asked[k]; c.line == line && c.attempt == attempt {
			return true
		}
	}
	return false
}

// fetched reports whether a payer got surplus back from the gateway: an admin
// who looks there does not give it back once more.
func (m *model) fetched() bool {
	_, back, _ := m.gate.received()
	return back > 0
}

const leastPayout = order.Money(1_500_000)

func (m *model) decidePayout(d *deed, o order.Order, left order.Money, fixed order.Stamp) order.Event {
	if d.kind == doPayOut {
		if m.fetched() {
			return nil
		}
		if amount := max(d.sum, 0); amount > 0 && amount < leastPayout || amount == 0 && o.Refundable() < leastPayout {
			return nil
		}
		return order.PayOut{N: len(o.Payouts) + 1, Left: left, Amount: d.sum, Gateway: ordertest.GatewayName, By: pureAdmin, Why: "x", At: m.now}
	}
	p, i, ok := o.OpenPayout()
	if !ok {
		return nil
	}
	switch d.kind {
	case doAddress:
		return order.Addressed{Payout: i, Network: ordertest.StableNetwork, Coin: "USDT", Coins: p.Amount.Decimal(), Sealed: address, At: m.now}
	case doApprove, doSecondApproves:
		by := int64(pureAdmin)
		if d.kind == doSecondApproves {
			by = secondAdmin
		}
		if p.FixedAt != fixed {
			return nil
		}
		return order.Approved{Payout: i, Needs: m.needs(), By: by, At: m.now}
	case doRefusePayout:
		return order.DropPayOut{Payout: i, By: pureAdmin, Why: "x", At: m.now}
	case doDropPayout:
		return order.DropPayOut{Payout: i, By: buyer, At: m.now}
	default:
		return m.settles(i, p)
	}
}

// settles is an admin who looks into the gateway's own list of payouts.
func (m *model) settles(i int, p order.Payout) order.Event {
	if p.State != order.PayoutUnclear {
		return nil
	}
	m.desk.settle()
	for k := range m.desk.list {
		if s := &m.desk.list[k]; s.payout == i && s.state == order.PayoutCompleted {
			return order.PaidOut{Payout: i, Receipt: order.PayoutReceipt{State: order.PayoutCompleted}, By: pureAdmin, Why: "x", At: m.now}
		}
	}
	return order.PayOutFails{Payout: i, Code: order.CodeInvalid, By: pureAdmin, Why: "x", At: m.now}
}

// cancels is a buyer who presses until an answer comes. The payment is read first.
func (m *model) cancels(money bool, depth int) {
	for range 60 {
		if m.store.o.Status == order.Cancelled {
			return
		}
		h := &m.hands[depth]
		err := h.claim()
		if err == nil {
			err = h.learn()
		}
		var refused error
		if err == nil {
			refused = h.cancel(money)
			err = h.park()
		}
		if err == nil && (refused == nil || order.CodeOf(refused) == order.CodeEvent) {
			m.store.fixed = true
			return
		}
		if again := m.now.Add(11 * time.Second); depth == 0 || again < m.stallEnd { // whatever hangs does not hang longer for it
			m.now = again
		} else {
			return
		}
	}
}

func (h *hand) cancel(money bool) error {
	for i, p := range h.o.Payments {
		if p.State != order.PaymentOpen {
			continue
		}
		if err := h.read(i); err != nil {
			return err
		}
		if !h.turn.HasRead(i) {
			return errBusy
		}
	}
	return h.apply(order.Cancel{Money: money, At: h.m.now})
}

// changes changes the world.
func (m *model) changes(d *deed) {
	switch d.kind {
	case doStock:
		m.shop.stock = d.n
	case doPrice:
		m.shop.price = d.sum
	case doSupplierAway:
		m.shop.away = true
	case doSupplierBack:
		m.shop.away = false
	case doFrozen:
		m.shop.frozen = true
	case doBroke:
		m.shop.broke = true
	case doGatewayAway:
		m.gate.away = true
	case doGatewayBack:
		m.gate.away = false
	case doRecover, doFinish:
		m.shop.script, m.shop.said, m.shop.unread = m.shop.script[:0], 0, 0
		for k := range m.shop.sales {
			m.shop.sales[k].pending = m.shop.sales[k].pending && d.kind == doRecover
		}
	case doAnswer:
		d.ask.times = max(d.n, 1)
		m.shop.script = append(m.shop.script, d.ask)
	case doFindsUnread:
		m.shop.unread = d.n
	case doBusy:
		m.busy = d.n
	case doBudget:
		m.budget = d.n
	default:
		m.settings(d)
	}
}

func (m *model) settings(d *deed) {
	switch d.kind {
	case doCardsAway:
		m.cards.away = d.n == 0
	case doCardsUsed:
		m.cards.mine(m.now)
		for k := range m.cards.sets {
			m.cards.sets[k].used = true
		}
	case doDeaf:
		m.cards.deaf = true
	case doRecalls:
		m.cards.recalls = true
	case doRecallTakes:
		m.cards.takes = d.wait
	case doLettersUnread:
		m.cards.unread = d.n
	case doMint:
		m.cards.script = append(m.cards.script, d.mint)
	case doNotCopied:
		m.notCopied = d.n
	case doJournalRefuses:
		m.journalFails = d.n
	case doRefuseLink:
		m.linkCode = d.code
	case doPayoutPlan:
		m.desk.plan = append(m.desk.plan, d.pay)
	case doTwoWords:
		m.twoPerson = true
	case doSpendCredit:
		m.store.bank.credit = 0
	default:
		m.gates(d)
	}
}

func (m *model) gates(d *deed) {
	switch d.kind {
	case doKeep:
		m.gate.keeps = true
	case doTolerant:
		m.gate.tolerance, m.gate.accepts = order.Cent, order.Cent
	case doCallPaid:
		m.gate.tolerance = 1_000_000
	case doForgetIDs:
		m.gate.replays = false
	case doLoseLink:
		m.gate.loseOpen, m.gate.loses = 1, true
	case doTwins:
		m.gate.twins = true
	case doChatAway:
		m.chat.away = true
	case doChatBack:
		m.chat.returns(&m.store, m.now)
	case doMessageGone:
		m.chat.message++
	case doGoesBack, doHangsBefore, doHangsAfter:
		m.trap = trap{armed: true, port: d.port, fate: trapFates[d.kind-doGoesBack], acts: d.acts}
	default:
		m.fault("nobody does that")
	}
}
