package order

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Credit is a buyer's store credit.
func (e *Engine) Credit(ctx context.Context, buyer int64) (Money, error) {
	m, err := e.Credits.Balance(ctx, buyer)
	if err != nil {
		return 0, fmt.Errorf("credit: %w", err)
	}
	return m, nil
}

// Statement lists what moved a buyer's credit, newest first, and how many
// movements there are.
func (e *Engine) Statement(ctx context.Context, buyer int64, offset, limit int) ([]Movement, int, error) {
	list, total, err := e.Credits.Movements(ctx, buyer, offset, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("movements: %w", err)
	}
	return list, total, nil
}

// UseCredit pays what an order still lacks from its buyer's credit, as far as
// that goes. CodeCredit: there is none; CodeEvent: the order takes none.
func (e *Engine) UseCredit(ctx context.Context, buyer int64, n Number) (Order, error) {
	return e.decideOn(ctx, n, func(o Order) (Event, error) {
		if o.Buyer != buyer {
			return nil, &Error{Code: CodeMissing, Op: "order of another buyer"}
		}
		balance, err := e.Credit(ctx, buyer)
		if err != nil {
			return nil, err
		}
		amount := min(balance, o.Missing())
		if amount <= 0 {
			return nil, &Error{Code: CodeCredit, Op: "use credit"}
		}
		return UseCredit{N: len(o.Payments) + 1, Amount: amount, At: e.now()}, nil
	})
}

// TakeCredit gives what a paid order still holds to its buyer's credit: they
// do not want to wait for the supplier any longer. left is what they were
// shown. CodeBusy: it is being bought just now.
func (e *Engine) TakeCredit(ctx context.Context, buyer int64, n Number, left Money) (Order, error) {
	return e.decideOn(ctx, n, func(o Order) (Event, error) {
		switch {
		case o.Buyer != buyer:
			return nil, &Error{Code: CodeMissing, Op: "order of another buyer"}
		case !o.MayTakeCredit():
			return nil, &Error{Code: CodeEvent, Op: "take credit in " + string(o.Status)}
		}
		return GiveBack{Left: left, By: buyer, At: e.now()}, nil
	})
}

// MayTakeCredit reports whether the buyer may take the order's money as credit
// by themselves: it is paid, its supplier does not deliver, and nothing about
// the money is in doubt.
func (o Order) MayTakeCredit() bool {
	switch o.Status {
	case Paid, Fulfilling, Ready, Delivered:
	default:
		return false
	}
	_, _, payout := o.OpenPayout()
	return o.CanRefund() && !payout && !o.stopped() && o.kept() == 0 && (o.Held() || o.Flags.Has(FlagSupplierDown))
}

// decideOn stores somebody's decision beside whoever works on the order. The
// event is made from the order as it is, again when it has moved on.
func (e *Engine) decideOn(ctx context.Context, n Number, decide func(Order) (Event, error)) (Order, error) {
	for range claimTries {
		o, err := e.Store.Load(ctx, n)
		if err != nil {
			return Order{}, fmt.Errorf("order %s: %w", n, err)
		}
		ev, err := decide(o)
		if err != nil {
			return o, err
		}
		stored, err := e.saveAside(ctx, o, ev)
		if CodeOf(err) == CodeStale && err != nil {
			continue
		}
		if err != nil {
			return o, err
		}
		e.Wake(n)
		return stored, nil
	}
	return Order{}, &Error{Code: CodeBusy, Op: "decide on " + string(n)}
}

// saveAside applies one event and stores it without a claim. The order is due
// by the same script: whoever decided may die before waking anybody.
func (e *Engine) saveAside(ctx context.Context, o Order, ev Event) (Order, error) {
	next, effects, err := Apply(o, ev)
	if err != nil {
		return o, err
	}
	t := Transition{Order: next, Reserve: next.Reserve(), Open: next.Unpaid(), Aside: true, Wake: true}
	t.Announce, t.Postings = e.told(next, effects)
	return e.save(ctx, t)
}

// PayoutDraft is a buyer's wish to have credit sent to their own wallet.
type PayoutDraft struct {
	Number   Number // drawn when it was shown: asked twice, it is one
	Buyer    int64
	Language string
	Amount   Money
	Gateway  string
	Network  string // Network.ID
	Address  string // checked, canonical
}

// AskPayout takes credit out to the buyer's own wallet: an order without goods,
// which an admin has to approve. CodeClosed: the shop sends nothing out;
// CodeCredit: there is not that much; CodeTooSmall: the network's fee eats it;
// CodeInvalid: no such network.
func (e *Engine) AskPayout(ctx context.Context, d PayoutDraft) (Order, error) {
	if o, err := e.Get(ctx, d.Buyer, d.Number); err == nil || CodeOf(err) != CodeMissing {
		return o, err // who cannot look does not say that nothing was asked for
	}
	n, err := e.network(d.Gateway, d.Network)
	if err != nil {
		return Order{}, err
	}
	switch {
	case !n.Stable || d.Buyer == 0 || d.Amount > MaxMoney:
		return Order{}, &Error{Code: CodeInvalid, Op: "payout of credit"}
	case d.Amount < n.Least:
		return Order{}, &Error{Code: CodeTooSmall, Op: "payout of credit"}
	}
	o := Order{
		Number: d.Number, Buyer: d.Buyer, Language: d.Language, Status: Refunding, Total: d.Amount,
		CreatedAt: e.now(), ExpiresAt: e.now(), Timeline: []Moment{{At: e.now(), What: "payout_asked"}},
	}
	sealed, err := e.Vault.Seal(d.Number, payoutPurpose, []byte(d.Address))
	if err != nil {
		return Order{}, fmt.Errorf("seal: %w", err)
	}
	now := e.now()
	effects, err := applyAll(&o,
		UseCredit{N: 1, Amount: d.Amount, At: now},
		PayOut{N: 1, Left: d.Amount, Gateway: d.Gateway, By: d.Buyer, At: now},
		Addressed{Payout: 0, Network: n.ID, Coin: n.Coin, Coins: d.Amount.Decimal(), Fee: n.Fee, Sealed: sealed, At: now})
	if err != nil {
		return Order{}, err
	}
	stored, err := e.insert(ctx, o, effects)
	if err == nil {
		e.ordered(stored)
	}
	return stored, err
}

// applyAll applies events one after the other.
func applyAll(o *Order, events ...Event) ([]Effect, error) {
	var all []Effect
	for _, ev := range events {
		next, effects, err := Apply(*o, ev)
		if err != nil {
			return nil, err
		}
		*o = next
		all = append(all, effects...)
	}
	return all, nil
}

// insert stores a new order that pays nothing by a link.
func (e *Engine) insert(ctx context.Context, o Order, effects []Effect) (Order, error) {
	op, err := e.newOp()
	if err != nil {
		return Order{}, err
	}
	t := Transition{Order: o, Op: op, Due: e.now(), Reserve: o.Reserve(), Open: o.Unpaid()}
	if len(o.Lines) > 0 { // who may not order more may have their own money
		t.MaxOpen = e.policy.MaxOpen
	}
	t.Announce, t.Postings = e.told(o, effects)
	stored, err := e.again(ctx, func(ctx context.Context) (Order, error) { return e.Store.Insert(ctx, t) })
	if err != nil {
		return Order{}, err
	}
	e.Wake(stored.Number)
	return stored, nil
}

// Networks lists where an order's payout, or a buyer's credit (no order), can be
// sent by a gateway: stable coins, and the coin the order was paid in, where
// enough of it is left.
func (e *Engine) Networks(o Order, gateway string) []Network {
	amount := Cent
	if p, _, open := o.OpenPayout(); open {
		amount = p.Amount
	}
	return e.networksFor(o, gateway, amount)
}

func (e *Engine) networksFor(o Order, gateway string, amount Money) []Network {
	payer, ok := e.Payers[gateway]
	if !ok || e.policy.PayoutMax <= 0 {
		return nil
	}
	var list []Network
	for _, n := range payer.Networks() {
		if n.Stable || o.share(gateway, n.Coin, amount).IsPositive() {
			list = append(list, n)
		}
	}
	return list
}

// PayoutGateways names the gateways that send money out, sorted.
func (e *Engine) PayoutGateways() []string {
	if e.policy.PayoutMax <= 0 {
		return nil
	}
	return sortedKeys(e.Payers)
}

// PayersOf names the gateways an order's money can be sent out by: those that
// took it, or any when none of them sends money out.
func (e *Engine) PayersOf(o Order) []string {
	all := e.PayoutGateways()
	took := slices.DeleteFunc(slices.Clone(all), func(name string) bool {
		return !slices.ContainsFunc(o.Payments, func(p Payment) bool { return p.Gateway == name && p.Seen > 0 })
	})
	if len(took) == 0 {
		return all
	}
	return took
}

func (e *Engine) network(gateway, id string) (Network, error) {
	payer, ok := e.Payers[gateway]
	if !ok || e.policy.PayoutMax <= 0 {
		return Network{}, &Error{Code: CodeClosed, Op: "payout by " + gateway}
	}
	for _, n := range payer.Networks() {
		if n.ID == id {
			return n, nil
		}
	}
	return Network{}, &Error{Code: CodeInvalid, Op: "network of a payout"}
}

// share is how much of a coin belongs to an amount: the same share as was
// received of it (DESIGN §3), rounded down. What went out in that coin before is
// there no more; 0 where not enough is left.
func (o Order) share(gateway, coin string, amount Money) decimal.Decimal {
	coins, paid := decimal.Zero, Money(0)
	for _, p := range o.Payments {
		if p.Gateway != gateway || p.Coin != coin || p.Seen == 0 {
			continue
		}
		got, err := decimal.NewFromString(p.Coins)
		if err != nil {
			return decimal.Zero
		}
		coins, paid = coins.Add(got), paid+p.Seen
	}
	rest := coins
	for _, p := range o.Payouts {
		if p.Gateway != gateway || p.Coin != coin || p.State != PayoutDone {
			continue
		}
		out, err := p.coins()
		if err != nil {
			return decimal.Zero
		}
		rest = rest.Sub(out)
	}
	if paid == 0 || amount > paid {
		return decimal.Zero
	}
	share := coins.Mul(amount.Decimal()).DivRound(paid.Decimal(), coinDigits+2).Truncate(coinDigits)
	if share.GreaterThan(rest) {
		return decimal.Zero
	}
	return share
}

// coinDigits is how finely coins are paid out.
const coinDigits = 8

// SetAddress takes the address a buyer typed for a refund. CodeTooSoon: another
// one was typed less than a day ago; CodeTooSmall: the fee eats the sum.
func (e *Engine) SetAddress(ctx context.Context, buyer int64, n Number, network, address string) (Order, error) {
	return e.decideOn(ctx, n, func(o Order) (Event, error) {
		p, i, ok := o.OpenPayout()
		if o.Buyer != buyer || !ok {
			return nil, &Error{Code: CodeMissing, Op: "payout of another buyer"}
		}
		net, err := e.network(p.Gateway, network)
		if err != nil {
			return nil, err
		}
		coins := p.Amount.Decimal()
		if !net.Stable {
			coins = o.share(p.Gateway, net.Coin, p.Amount)
		}
		if p.Amount < net.Least || !coins.GreaterThan(net.Fee) {
			return nil, &Error{Code: CodeTooSmall, Op: "payout"}
		}
		sealed, err := e.Vault.Seal(n, payoutPurpose, []byte(address))
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		return Addressed{Payout: i, Network: net.ID, Coin: net.Coin, Coins: coins, Fee: net.Fee, Sealed: sealed, At: e.now()}, nil
	})
}

// DropPayout takes a buyer's payout back, to their credit. CodeTooSoon: its
// address is fixed.
func (e *Engine) DropPayout(ctx context.Context, buyer int64, n Number) (Order, error) {
	return e.decideOn(ctx, n, func(o Order) (Event, error) {
		_, i, ok := o.OpenPayout()
		if o.Buyer != buyer || !ok {
			return nil, &Error{Code: CodeMissing, Op: "payout of another buyer"}
		}
		return DropPayOut{Payout: i, By: buyer, At: e.now()}, nil
	})
}

// Address opens where a payout goes: personal.
func (e *Engine) Address(o Order, payout int) (string, error) {
	if payout < 0 || payout >= len(o.Payouts) || len(o.Payouts[payout].Address) == 0 {
		return "", &Error{Code: CodeMissing, Op: "address of a payout"}
	}
	plain, err := e.Vault.Open(o.Number, payoutPurpose, o.Payouts[payout].Address)
	if err != nil {
		return "", fmt.Errorf("address of a payout: %w", err)
	}
	return string(plain), nil
}

// AddressOpens returns when a payout's address may be changed.
func (p Payout) AddressOpens() Stamp { return p.FixedAt.Add(AddressFixed) }

// ChooseUntil is until when the buyer may choose what becomes of too little.
func (o Order) ChooseUntil() time.Time { return o.chooseUntil().Time() }
