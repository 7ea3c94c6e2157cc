package order_test

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// names of things at vendors, made once: the hot path formats nothing.
var (
	references = numbered(string(number)+"-", 32)
	linkNames  = numbered("pay-", 32)
	saleNames  = numbered("sale-", 64)
	cardNames  = numbered("cards-", 256) // by the set of transactions, a bit each
	payNames   = numbered("out-", 16)
	onceNames  = numbered("once-", 256)
	keyNames   = numbered("key-", 512) // by line and attempt
)

func numbered(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = prefix + strconv.Itoa(i)
	}
	return list
}

// link is one checkout link in its gateway's own books.
type link struct {
	ext     string
	twins   bool // of the gateway that makes another link of every request
	n       int  // the payment attempt it was made for
	asked   order.Money
	inTime  order.Money // confirmed before it expired
	late    order.Money // confirmed after
	coming  order.Money // seen, not confirmed
	back    order.Money // surplus that the payer fetched
	closed  order.Money // of it, what a person has booked
	gone    order.Money // confirmed once, and not any more
	expires order.Stamp
	wrong   bool // paid in another coin
	before  answerOf
}

// answerOf is what a gateway said the last time.
type answerOf struct {
	told              bool
	confirmed, coming order.Money
	status            order.FactStatus
}

// gate is the two gateways: one that knows request ids, and one whose links
// have twins.
type gate struct {
	links     []link
	tolerance order.Money // shortfall the gateway itself calls paid
	accepts   order.Money // shortfall the shop accepts
	replays   bool
	keeps     bool
	away      bool
	twins     bool // the order is paid by the other one
	loseOpen  int
	loses     bool // has lost an answer: there is a link that only its webhook tells of
}

func gatewayOf(twins bool) string {
	if twins {
		return ordertest.TwinsName
	}
	return ordertest.GatewayName
}

func (g *gate) open(p order.Payment, now order.Stamp) (order.Link, error) {
	twins := p.Gateway == ordertest.TwinsName
	for i := range g.links {
		if l := &g.links[i]; !twins && l.n == p.N && !l.twins {
			if !g.replays {
				return order.Link{}, refusals[order.CodeExists]
			}
			return l.address(), nil
		}
	}
	g.links = append(g.links, link{
		ext: linkNames[len(g.links)], twins: twins, n: p.N, asked: p.Asked, expires: now + order.Stamp(p.Lifetime)*1000,
	})
	if g.loseOpen > 0 {
		g.loseOpen--
		return order.Link{}, errUnclear
	}
	return g.links[len(g.links)-1].address(), nil
}

func (l *link) address() order.Link {
	return order.Link{External: l.ext, URL: "https://pay.example", ExpiresAt: l.expires}
}

func (g *gate) find(ext string) *link {
	for i := range g.links {
		if g.links[i].ext == ext {
			return &g.links[i]
		}
	}
	return nil
}

// answer is the gateway's own record of a link, or what it was before.
func (l *link) answer(g *gate, now order.Stamp, old bool) answerOf {
	if old && l.before.told {
		return l.before
	}
	a := answerOf{told: true, confirmed: l.inTime + l.late, coming: l.coming, status: order.FactOpen}
	expired := now >= l.expires
	switch {
	case l.inTime > 0 && l.inTime+g.tolerance >= l.asked:
		a.status = order.FactPaid
	case expired && l.inTime > 0:
		a.status = order.FactShort
	case expired:
		a.status = order.FactExpired
	}
	return a
}

func (l *link) fact(a answerOf) order.Fact {
	f := order.Fact{
		External: l.ext, Reference: references[l.n], Asked: l.asked, Currency: order.Currency, Status: a.status,
		Confirmed: amountOf(a.confirmed), Confirming: amountOf(a.coming), ExpiresAt: l.expires,
	}
	if l.twins {
		f.Reference = ""
	}
	if l.wrong {
		f.Tags = wrongCoin
	}
	return f
}

var wrongCoin = []string{order.TagWrongCurrency}

func amountOf(m order.Money) decimal.Decimal {
	if m == 0 {
		return decimal.Zero
	}
	return m.Decimal()
}

// received is all money of the order in the gateways' books, in the shop's currency.
func (g *gate) received() (sum, back, gone order.Money) {
	for i := range g.links {
		l := &g.links[i]
		back += l.back
		gone += l.gone
		if !l.wrong {
			sum += l.inTime + l.late
		}
	}
	return sum, back, gone
}

// asking scripts purchase calls at a supplier. The zero value sells properly.
type asking struct {
	code    order.Code // nothing sold
	lost    bool       // sold, and answered by an error
	pending bool       // taken on, and never finished
	failed  bool       // taken on, then failed
	fewer   int
	same    bool
	takes   time.Duration
	times   int // so often
}

// sale is one purchase in a supplier's own books.
type sale struct {
	line, attempt   int
	key             string
	qty, codes      int
	first           int // its pieces are counted from here
	total           order.Money
	at, until       order.Stamp
	pending, failed bool
	refunds         bool
	owner           int // whose it is, as release has noted it
}

// shop is a supplier of codes, or of top-ups: it knows keys for 24 hours.
type shop struct {
	stock  int
	price  order.Money
	frozen bool
	broke  bool
	away   bool
	sales  []sale
	script []asking
	said   int // of the script
	unread int // so many look-ups are not answered
	pieces int
}

func (s *shop) next() (a asking, scripted bool) {
	if s.said >= len(s.script) {
		return asking{}, false
	}
	a = s.script[s.said]
	if s.script[s.said].times--; s.script[s.said].times <= 0 {
		s.said++
	}
	return a, true
}

const keyMemory = 24 * time.Hour

// slip is what a vendor answers to a purchase.
type slip struct {
	ext           string
	first, got    int
	total         order.Money
	pending, fail bool
	lost          bool
	mismatch      []string
}

// buy is one request as it arrives.
func (m *model) sell(i int, a order.Attempt, ask asking) (slip, error) {
	s, l := &m.shop, &m.store.o.Lines[i]
	named := l.Supplier == ordertest.TopUpName
	if s.away {
		return slip{}, refusals[order.CodeNotSent]
	}
	known := s.known(a.Key, m.now)
	if ask.code != "" && (known == nil || !m.rolls) { // only a script says no to what it has sold
		return slip{}, refusals[ask.code]
	}
	if known != nil {
		return m.sold(known, ask)
	}
	switch {
	case s.frozen:
		return slip{}, refusals[order.CodeFrozen]
	case s.stock < l.Quantity:
		return slip{}, refusals[order.CodeStock]
	case s.broke:
		return slip{}, refusals[order.CodeFunds]
	}
	m.paidFor(l)
	s.stock -= l.Quantity
	codes := l.Quantity - ask.fewer
	if ask.same {
		codes = 1
	}
	s.sales = append(s.sales, sale{
		line: i, attempt: a.N, key: a.Key, qty: l.Quantity, codes: codes, first: s.pieces, total: s.price.Times(l.Quantity),
		at: m.now, until: m.now.Add(ask.takes), pending: ask.pending, failed: ask.failed, refunds: named,
	})
	s.pieces += codes
	return m.sold(&s.sales[len(s.sales)-1], ask)
}

// known is what was sold under a key that is not forgotten.
func (s *shop) known(key string, now order.Stamp) *sale {
	for k := range s.sales {
		if known := &s.sales[k]; known.key == key && now.Since(known.at) < keyMemory {
			return known
		}
	}
	return nil
}

func (m *model) sold(s *sale, ask asking) (slip, error) {
	if ask.lost {
		return slip{}, errUnclear
	}
	return m.slip(s), nil
}

func (s *sale) underway(now order.Stamp) bool { return s.pending || now < s.until }

// taken is what the purchase took from our account for good.
func (s *sale) taken(now order.Stamp) order.Money {
	if s.failed && s.refunds && !s.underway(now) {
		return 0
	}
	return s.total
}

var codesMismatch = []string{"codes"}

func (m *model) slip(s *sale) slip {
	r := slip{ext: m.saleName(s), first: s.first, got: s.codes, total: s.taken(m.now), pending: s.underway(m.now), fail: s.failed && !s.underway(m.now)}
	if r.pending || r.fail {
		r.got = 0
		return r
	}
	if s.codes != s.qty {
		r.mismatch = codesMismatch
	}
	return r
}

func (m *model) saleName(s *sale) string {
	for i := range m.shop.sales {
		if &m.shop.sales[i] == s {
			return saleNames[i]
		}
	}
	return ""
}

// look finds a purchase in the supplier's books: by our reference, or by item,
// quantity and time, less what belongs to others.
func (m *model) look(i int, a order.Attempt) (slip, error) {
	named, me := m.store.o.Lines[i].Supplier == ordertest.TopUpName, ownerOf(i, a.N)
	var found *sale
	for k := range m.shop.sales {
		s := &m.shop.sales[k]
		switch {
		case s.line != i || named && s.attempt != a.N || s.at < a.FirstSentAt.Add(-2*time.Minute) || s.owner != 0 && s.owner != me:
		case found != nil:
			return slip{}, errUnclear
		default:
			found = s
		}
	}
	if found == nil {
		return slip{}, refusals[order.CodeUnknown]
	}
	return m.slip(found), nil
}

func ownerOf(line, attempt int) int { return line<<8 | attempt }

// read fetches a purchase by the supplier's id.
func (m *model) fetch(ext string) (slip, error) {
	for k := range m.shop.sales {
		if saleNames[k] == ext {
			return m.slip(&m.shop.sales[k]), nil
		}
	}
	return slip{}, refusals[order.CodeUnknown]
}

// paidFor notes goods that are bought before they are paid for.
func (m *model) paidFor(l *order.Line) {
	sum, _, gone := m.gate.received()
	has := sum + gone + m.byHand + m.store.bank.used - m.store.bank.given + m.gate.accepts + m.s.bears
	if has < l.UnitPrice.Times(l.Quantity) {
		m.fault("bought before it was paid for")
	}
}

// payPlan is what the payout desk does with a request.
type payPlan struct {
	code    order.Code // refused, or not answered: see made
	made    bool
	rejects bool
	takes   int // looks until it is done
}

// sending is one payout in the desk's books. It knows no keys.
type sending struct {
	payout  int
	amount  order.Money
	state   order.PayoutAnswer
	before  order.PayoutAnswer
	looks   int
	rejects bool
}

type desk struct {
	list []sending
	plan []payPlan
}

func (m *model) payOutNow(i int, amount order.Money) (order.PayoutReceipt, error) {
	d := &m.desk
	var plan payPlan
	if len(d.plan) > 0 {
		plan, d.plan = d.plan[0], d.plan[1:]
	}
	if plan.code != "" && !plan.made {
		return order.PayoutReceipt{}, refusals[plan.code]
	}
	for k := range d.list {
		if d.list[k].payout == i {
			m.fault("a payout left twice")
		}
	}
	d.list = append(d.list, sending{payout: i, amount: amount, state: order.PayoutPending, looks: plan.takes, rejects: plan.rejects})
	r := d.receipt(len(d.list)-1, order.PayoutPending)
	if plan.code != "" {
		return r, refusals[plan.code]
	}
	return r, nil
}

func (d *desk) receipt(k int, state order.PayoutAnswer) order.PayoutReceipt {
	return order.PayoutReceipt{External: payNames[k], State: state}
}

// follow looks at a payout: it is done after so many looks.
func (d *desk) follow(ext string, old bool) (order.PayoutReceipt, error) {
	for k := range d.list {
		if payNames[k] != ext {
			continue
		}
		s := &d.list[k]
		s.before = s.state
		if old {
			return d.receipt(k, s.before), nil
		}
		switch {
		case s.state != order.PayoutPending:
		case s.looks > 0:
			s.looks--
		case s.rejects:
			s.state = order.PayoutRejected
		default:
			s.state = order.PayoutCompleted
		}
		return d.receipt(k, s.state), nil
	}
	return order.PayoutReceipt{}, refusals[order.CodeUnknown]
}

// done is what left for good.
func (d *desk) done() (sum order.Money) {
	for k := range d.list {
		if d.list[k].state == order.PayoutCompleted {
			sum += d.list[k].amount
		}
	}
	return sum
}

// settle ends what is under way: what nobody looked at comes to its end, too.
func (d *desk) settle() {
	for k := range d.list {
		if s := &d.list[k]; s.state == order.PayoutPending && !s.rejects {
			s.state = order.PayoutCompleted
		}
	}
}
