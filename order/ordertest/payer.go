package ordertest

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// Payer is a gateway's payout desk with books of its own. It knows no keys: what
// is asked for twice is paid twice.
type Payer struct {
	Sent  func(r order.PayoutRequest) // told of every request that arrives
	clock *Clock
	list  []*Sending
	plan  []Paying
}

// Paying is what the desk does with the next request.
type Paying struct {
	Err     error // refused, or not answered: see Made
	Made    bool  // with Err: it is made all the same
	Rejects bool  // taken on, and refused later
	Takes   int   // looks until it is done
}

// Sending is one payout in the desk's books.
type Sending struct {
	External, Reference, Network, Address string
	Amount                                decimal.Decimal
	State                                 order.PayoutAnswer
	Looks                                 int
	At                                    order.Stamp
	Rejects                               bool
}

// The fee and the networks of the desk.
const (
	StableNetwork = "bsc-usdt"
	OtherNetwork  = "btc"
	payoutFee     = "0.5"
)

// NewPayer returns a desk that pays at the first look.
func NewPayer(clock *Clock) *Payer { return &Payer{clock: clock} }

// Plans settles what happens to the next requests.
func (p *Payer) Plans(list ...Paying) { p.plan = append(p.plan, list...) }

// Sendings lists what the desk was asked for, oldest first.
func (p *Payer) Sendings() []*Sending { return p.list }

// Out is what left for an order.
func (p *Payer) Out(n order.Number) (sum order.Money) {
	for _, s := range p.list {
		if len(s.Reference) > len(n) && s.Reference[:len(n)] == string(n) && s.State == order.PayoutCompleted {
			m, err := order.MoneyFromDecimal(s.Amount)
			if err != nil {
				panic(err)
			}
			sum += m
		}
	}
	return sum
}

func (p *Payer) pay(r order.PayoutRequest) (order.PayoutReceipt, error) {
	if p.Sent != nil {
		p.Sent(r)
	}
	var plan Paying
	if len(p.plan) > 0 {
		plan, p.plan = p.plan[0], p.plan[1:]
	}
	if plan.Err != nil && !plan.Made {
		return order.PayoutReceipt{}, plan.Err
	}
	s := &Sending{
		External: fmt.Sprintf("out-%d", len(p.list)+1), Reference: r.Reference, Network: r.Network, Address: r.Address,
		Amount: r.Amount, State: order.PayoutPending, Looks: plan.Takes, Rejects: plan.Rejects, At: p.clock.Stamp(),
	}
	p.list = append(p.list, s)
	return p.receipt(s), plan.Err
}

// follow looks at a payout: it is done after so many looks.
func (p *Payer) follow(external string) (order.PayoutReceipt, error) {
	at := slices.IndexFunc(p.list, func(s *Sending) bool { return s.External == external })
	if at < 0 {
		return order.PayoutReceipt{}, refuse("follow", order.CodeUnknown)
	}
	s := p.list[at]
	switch {
	case s.State != order.PayoutPending:
	case s.Looks > 0:
		s.Looks--
	case s.Rejects:
		s.State = order.PayoutRejected
	default:
		s.State = order.PayoutCompleted
	}
	return p.receipt(s), nil
}

// Settle ends everything under way: what nobody looked at comes to its end too.
func (p *Payer) Settle() {
	for _, s := range p.list {
		if s.State == order.PayoutPending && !s.Rejects {
			s.State = order.PayoutCompleted
		}
	}
}

func (p *Payer) receipt(s *Sending) order.PayoutReceipt {
	r := order.PayoutReceipt{External: s.External, State: s.State, Amount: s.Amount, Network: s.Network, Address: s.Address, Raw: string(s.State)}
	if s.State == order.PayoutCompleted {
		r.Fee = decimal.RequireFromString(payoutFee)
		r.Arrives, r.Hash = s.Amount.Sub(r.Fee), "0xhash"
	}
	return r
}

// payerView is the desk as one process reaches it.
type payerView struct {
	w *Payer
	g *Gate
}

func (v payerView) Pay(_ context.Context, r order.PayoutRequest) (order.PayoutReceipt, error) {
	return pass(v.g, "pay out", func() (order.PayoutReceipt, error) { return v.w.pay(r) })
}

func (v payerView) Follow(_ context.Context, external string) (order.PayoutReceipt, error) {
	return pass(v.g, "follow", func() (order.PayoutReceipt, error) { return v.w.follow(external) })
}

func (payerView) Networks() []order.Network {
	return []order.Network{
		{ID: StableNetwork, Coin: "USDT", Chain: "BNB Smart Chain", Kind: order.AddressEVM, Fee: decimal.RequireFromString(payoutFee), Known: true, Least: 1_500_000, Stable: true},
		{ID: OtherNetwork, Coin: "BTC", Chain: "Bitcoin", Kind: order.AddressBitcoin, Least: 1_000_000},
	}
}
