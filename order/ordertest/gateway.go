package ordertest

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// GatewayName and SupplierName are what the worlds are called in an engine.
const (
	GatewayName  = "infini"
	TwinsName    = "inventpay"
	SupplierName = "infinivoucher"
	TopUpName    = "plexy"
	CardName     = "univoucher"
)

// Gateway is a payment vendor with books of its own: what was asked for, and
// what was paid.
type Gateway struct {
	Tolerance order.Money // shortfall the gateway itself calls paid
	Accepts   order.Money // shortfall the shop accepts
	Replays   bool        // a repeated request gets its link again, instead of CodeExists
	Away      bool        // answers nothing
	LoseOpen  int         // so many links are made and their answers lost
	Keeps     bool        // gives surplus back to the payer by itself

	name   string
	twins  bool // knows no request ids, and its records carry neither reference nor sum
	clock  *Clock
	links  map[string]*Payable
	keys   map[string]string
	script map[string][]error
	drawn  int
}

// Payable is one checkout link in the gateway's own books.
type Payable struct {
	External, Reference string
	Asked               order.Money
	Created, Expires    order.Stamp
	Currency            string
	InTime              order.Money // confirmed before it expired
	Late                order.Money // confirmed after
	Coming              order.Money // seen, not confirmed
	Tags                []string
	Paying              int         // how often somebody paid
	Back                order.Money // surplus that the payer fetched back
	Gone                order.Money // confirmed once, and not any more
}

// NewGateway returns a gateway without orders.
func NewGateway(clock *Clock) *Gateway {
	return &Gateway{
		name: "pay", clock: clock, Replays: true, links: make(map[string]*Payable), keys: make(map[string]string), script: make(map[string][]error),
	}
}

// NewTwins returns a gateway that makes another link of every request, and
// whose records say neither whose they are nor what was asked (inventpay sheet).
func NewTwins(clock *Clock) *Gateway {
	g := NewGateway(clock)
	g.name, g.twins = "inv", true
	return g
}

// Fail makes the next calls of an operation ("open", "link", "read") return
// these errors without any effect; a nil lets one call pass.
func (g *Gateway) Fail(op string, errs ...error) { g.script[op] = append(g.script[op], errs...) }

func (g *Gateway) scripted(op string) error {
	if g.Away {
		return lost(op, nil)
	}
	list := g.script[op]
	if len(list) == 0 {
		return nil
	}
	g.script[op] = list[1:]
	return list[0]
}

func (g *Gateway) open(r order.OpenRequest) (order.Link, error) {
	if err := g.scripted("open"); err != nil {
		return order.Link{}, err
	}
	if external, used := g.keys[r.Key]; used && !g.twins {
		if !g.Replays {
			return order.Link{}, refuse("open", order.CodeExists)
		}
		return g.address(g.links[external]), nil
	}
	g.drawn++
	p := &Payable{
		External: fmt.Sprintf("%s-%d", g.name, g.drawn), Reference: r.Reference, Asked: r.Amount, Currency: order.Currency,
		Created: g.clock.Stamp(), Expires: g.clock.Stamp().Add(r.Lifetime),
	}
	g.links[p.External] = p
	g.keys[r.Key] = p.External
	if g.LoseOpen > 0 {
		g.LoseOpen--
		return order.Link{}, lost("open", nil)
	}
	return g.address(p), nil
}

func (g *Gateway) address(p *Payable) order.Link {
	return order.Link{External: p.External, URL: "https://pay.example/" + p.External, ExpiresAt: p.Expires}
}

// fact is the gateway's own record of a link (infini sheet §5).
func (g *Gateway) fact(p *Payable) order.Fact {
	f := order.Fact{
		External: p.External, Reference: p.Reference, Asked: p.Asked, Currency: p.Currency, Tags: p.Tags, ExpiresAt: p.Expires,
		Confirmed: (p.InTime + p.Late).Decimal(), Confirming: p.Coming.Decimal(), Status: order.FactOpen,
	}
	expired := g.clock.Stamp() >= p.Expires
	switch {
	case p.InTime > 0 && p.InTime+g.Tolerance >= p.Asked:
		f.Status = order.FactPaid
	case expired && p.InTime > 0:
		f.Status = order.FactShort
	case expired:
		f.Status = order.FactExpired
	}
	return f
}

// Pay confirms money on a link, in time or late as the clock says.
func (g *Gateway) Pay(external string, amount order.Money) {
	p := g.links[external]
	p.Paying++
	if g.clock.Stamp() < p.Expires {
		p.InTime += amount
		return
	}
	p.Late += amount
}

// Links returns the links of one order, by their reference, in the order of
// their payment attempts.
func (g *Gateway) Links(n order.Number) []*Payable {
	var list []*Payable
	for i := 1; i <= g.drawn; i++ {
		if p := g.links[fmt.Sprintf("%s-%d", g.name, i)]; of(p.Reference, n) {
			list = append(list, p)
		}
	}
	return list
}

func of(reference string, n order.Number) bool {
	number, _, err := order.ParseReference(reference)
	return err == nil && number == n
}

// Received is all money of an order in the gateway's books.
func (g *Gateway) Received(n order.Number) order.Money {
	var sum order.Money
	for _, p := range g.Links(n) {
		sum += p.InTime + p.Late
	}
	return sum
}

// Falls takes confirmed money back: a chain was reorganised.
func (g *Gateway) Falls(external string, to order.Money) {
	p := g.links[external]
	p.Gone += max(0, p.InTime+p.Late-to)
	p.InTime, p.Late = to, 0
}

// Gone is all money of an order that was confirmed and is not there any more.
func (g *Gateway) Gone(n order.Number) order.Money {
	var sum order.Money
	for _, p := range g.Links(n) {
		sum += p.Gone
	}
	return sum
}

// Back is all surplus of an order that payers fetched back.
func (g *Gateway) Back(n order.Number) order.Money {
	var sum order.Money
	for _, p := range g.Links(n) {
		sum += p.Back
	}
	return sum
}

// gatewayView is the gateway as one process reaches it.
type gatewayView struct {
	w *Gateway
	g *Gate
}

// View connects one process to the gateway.
func (g *Gateway) View(gate *Gate) order.Gateway { return gatewayView{g, gate} }

func (v gatewayView) Open(_ context.Context, r order.OpenRequest) (order.Link, error) {
	return pass(v.g, "open", func() (order.Link, error) { return v.w.open(r) })
}

func (v gatewayView) Link(_ context.Context, external string) (order.Link, error) {
	return pass(v.g, "link", func() (order.Link, error) {
		if err := v.w.scripted("link"); err != nil {
			return order.Link{}, err
		}
		p := v.w.links[external]
		if p == nil || v.w.twins {
			return order.Link{}, refuse("link", order.CodeUnknown)
		}
		return v.w.address(p), nil
	})
}

func (v gatewayView) Read(_ context.Context, w order.Watched) (order.Fact, error) {
	return pass(v.g, "read", func() (order.Fact, error) {
		if err := v.w.scripted("read"); err != nil {
			return order.Fact{}, err
		}
		p := v.w.links[w.External]
		if p == nil {
			return order.Fact{}, refuse("read", order.CodeUnknown)
		}
		fact := v.w.fact(p)
		if v.w.twins { // it knows coins alone: they are valued as the share of what was asked (inventpay sheet §7)
			share := w.Asked.Decimal().Div(p.Asked.Decimal())
			fact.Confirmed, fact.Confirming = fact.Confirmed.Mul(share).Truncate(6), fact.Confirming.Mul(share).Truncate(6)
			fact.Reference, fact.Asked = "", w.Asked
		}
		return fact, nil
	})
}

func (v gatewayView) Terms() order.GatewayTerms {
	return order.GatewayTerms{Tolerance: v.w.Accepts, Watch: 48 * time.Hour, Twins: v.w.twins, Keeps: v.w.Keeps}
}

// Amount reads a decimal amount; it panics on anything else.
func Amount(text string) order.Money {
	m, err := order.MoneyFromDecimal(decimal.RequireFromString(text))
	if err != nil {
		panic(err)
	}
	return m
}
