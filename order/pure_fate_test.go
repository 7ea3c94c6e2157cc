package order_test

import (
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// The pure model plays an order's life without the engine, a store or JSON: a
// hand asks what work is due, performs it against small books of the vendors
// and applies what they say as events. Every call of a port may go wrong.

// port is a call that a fault may befall.
type port uint8

const (
	portClaim port = iota
	portLoad
	portCommit
	portPark
	portWake
	portOpen
	portLink
	portRead
	portCost
	portAcquire
	portRelease
	portJournal
	portBuy
	portFind
	portStatus
	portReceive
	portRecall
	portPay
	portFollow
	portTake
	portEdit
	portTold
	portAlert
	portPing
	portCount
)

// ops names the ports as order/doc.go's crash points do (ordertest.CallOf).
var ops = [portCount]string{
	"claim", "load", "commit", "park", "wake", "open", "link", "read", "cost", "acquire", "release", "journal", "buy", "find", "status",
	"receive", "recall", "pay out", "follow", "take", "edit", "told", "alert", "ping",
}

// vendor reports whether the call leaves the shop: it cannot take longer than
// its time limit.
func (p port) vendor() bool {
	switch p {
	case portOpen, portLink, portRead, portCost, portBuy, portFind, portStatus, portReceive, portRecall, portPay, portFollow:
		return true
	default:
		return false
	}
}

// fate is what becomes of one call.
type fate uint8

const (
	fine        fate = iota
	failBefore       // an error, nothing was done
	failAfter        // done, and the answer lost
	crashBefore      // the process ends before the call
	crashAfter       // the process ends after the call took effect
	stallBefore      // it takes long to begin: the lease ends, another worker goes on
	stallAfter       // done, and the answer comes late
	doubled          // the network repeats the call
	outdated         // the answer is one from before
	fallsBack        // the process ends, and Redis loses its last two seconds
	fateCount
)

var fateNames = [fateCount]string{
	"fine", "error before", "error after", "crash before", "crash after", "delay before", "delay after", "duplicate", "old answer", "crash, Redis goes back",
}

// possible reports whether a fate can befall a call of a port at all.
func (m *model) possible(f fate, p port) bool {
	switch f {
	case doubled:
		return p == portCommit || p == portWake || p == portOpen && !m.gate.twins && m.gate.replays || p == portBuy || p == portRecall || p == portEdit
	case outdated:
		return p == portRead || p == portFollow
	case fallsBack:
		return m.rolls && !m.gate.twins && m.gate.replays && p != portWake && p != portLoad
	default:
		return true
	}
}

// plan says which calls of an order go wrong: one or two by number, or by lot.
type plan struct {
	at    [2]int
	fates [2]fate
	oneIn int // by lot: once in so many calls, up to the last
	last  int
}

// fateOf decides about a call.
func (m *model) fateOf(p port) fate {
	m.calls++
	if m.seen != nil {
		m.seen(m.calls, p)
	}
	f := m.planned()
	if f == fine {
		return fine
	}
	if f == fateCount { // by lot
		f = fate(1 + m.rnd.Intn(int(fateCount)-1))
	}
	if !m.possible(f, p) {
		return fine
	}
	m.faults++
	if f == crashBefore || f == crashAfter || f == fallsBack {
		m.crashes++
	}
	m.tally.faults[p][f]++
	if m.tells {
		m.say("  ✗ %s: %s", ops[p], fateNames[f])
	}
	return f
}

func (m *model) planned() fate {
	switch {
	case m.calls == m.plan.at[0]:
		return m.plan.fates[0]
	case m.calls == m.plan.at[1]:
		return m.plan.fates[1]
	case m.plan.oneIn == 0 || m.calls > m.plan.last || m.rnd.Intn(m.plan.oneIn) != 0:
		return fine
	default:
		return fateCount
	}
}

// life is one process: after a crash its calls reach nothing.
type life struct {
	dead  bool
	depth int // 0, or 1 for one that works while the other stalls
}

// errors of the model's ports, one per code: making them costs nothing.
var (
	errCrash   = &order.Error{Code: order.CodeUnclear, Op: "crashed"}
	errUnclear = &order.Error{Code: order.CodeUnclear, Op: "model"}
	errStale   = &order.Error{Code: order.CodeStale, Op: "model"}
	errBusy    = &order.Error{Code: order.CodeBusy, Op: "model"}
	refusals   = func() map[order.Code]error {
		list := make(map[order.Code]error)
		for _, c := range []order.Code{
			order.CodeStock, order.CodeFunds, order.CodeFrozen, order.CodeDenied, order.CodeInvalid, order.CodeUnknown, order.CodeConflict, order.CodeExists,
			order.CodeTooSmall, order.CodeLimited, order.CodeNotSent, order.CodeBudget, order.CodeCredit, order.CodeNotCopied, order.CodeMissing,
		} {
			list[c] = &order.Error{Code: c, Op: "model"}
		}
		list[order.CodeUnclear], list[order.CodeBusy] = errUnclear, errBusy
		return list
	}()
)

// before is what befalls a call on its way. An error: it does not take place.
func (m *model) before(l *life, p port) (fate, error) {
	if l.dead {
		return fine, errCrash
	}
	m.tally.calls[p]++
	f := m.fateOf(p)
	if f == fine {
		f = m.springs(l, p)
	}
	switch f {
	case failBefore:
		return f, errUnclear
	case crashBefore:
		l.dead = true
		return f, errCrash
	case stallBefore:
		m.stall(l, m.delay(p))
		return f, l.gone()
	default:
		return f, nil
	}
}

// gone is the end of a process that died while one of its calls was under way.
func (l *life) gone() error {
	if l.dead {
		return errCrash
	}
	return nil
}

// after is what befalls its answer.
func (m *model) after(l *life, f fate) error {
	switch f {
	case failAfter:
		return errUnclear
	case crashAfter:
		l.dead = true
		return errCrash
	case fallsBack:
		l.dead = true
		m.store.back(m.now)
		m.store.due = m.now      // every order is looked at again
		for i := range m.hands { // nobody goes on with what Redis has forgotten
			m.hands[i].dead = true
		}
		m.sprung()
		return errCrash
	case stallAfter:
		m.stall(l, m.delay(portCommit))
		return l.gone()
	default:
		return nil
	}
}

// delay draws how long a call takes. What is on its way to a vendor comes within
// its time limit, or not at all.
func (m *model) delay(p port) time.Duration {
	if p == portEdit || p == portAlert || p == portPing {
		return 4 * time.Second // it is sent in the first half of its lease, and ends in the other
	}
	if p.vendor() {
		return []time.Duration{11 * time.Second, 25 * time.Second}[m.calls%2]
	}
	return []time.Duration{11 * time.Second, 40 * time.Second, 150 * time.Second, 2 * time.Hour}[m.calls%4]
}

// stall has time pass while a process waits: another one works meanwhile, and in
// random runs people press buttons.
func (m *model) stall(l *life, d time.Duration) {
	if m.sprung() {
		return
	}
	if l.depth > 0 || m.deep {
		m.now = max(m.now, min(m.now.Add(d), m.stallEnd))
		return
	}
	m.deep, m.stallEnd = true, m.now.Add(d)
	if m.meddles && m.rnd.Intn(3) == 0 {
		m.rest(m.now.Add(d/2), 1)
		m.meddle(1)
	}
	m.rest(m.stallEnd, 1)
	m.deep = false
}

// tally is what many orders came to.
type tally struct {
	orders, faultsDrawn, crashes int
	calls                        [portCount]int
	faults                       [portCount][fateCount]int
	edges                        [edgeStatuses][edgeKinds][edgeStatuses]int
}

func (t *tally) add(o *tally) {
	t.orders += o.orders
	t.faultsDrawn += o.faultsDrawn
	t.crashes += o.crashes
	for p := range t.faults {
		t.calls[p] += o.calls[p]
		for f := range t.faults[p] {
			t.faults[p][f] += o.faults[p][f]
		}
	}
	for from := range t.edges {
		for kind := range t.edges[from] {
			for to := range t.edges[from][kind] {
				t.edges[from][kind][to] += o.edges[from][kind][to]
			}
		}
	}
}

// newRandom is ordertest's source as a value, so that it costs nothing to reset.
func newRandom(seed uint64) *ordertest.Random { return ordertest.NewRandom(seed) }
