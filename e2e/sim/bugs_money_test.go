package sim

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"giftbot/order"
	hosted "giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	coins "giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/store"
)

// The planted bugs about money: each breaks one of its rules.
const (
	bugResend   = "a payout without an answer is sent again"
	bugDenied   = "a payout without an answer counts as refused"
	bugAddress  = "a payout goes where the last one went"
	bugUnasked  = "a payout needs no admin"
	bugCap      = "payouts have no limit"
	bugFence    = "decisions are made about what is, not about what was seen"
	bugOverdraw = "two checkouts spend one credit"
	bugOneLeg   = "an entry of the ledger has one leg"
	bugTotal    = "the second link is booked with all that came"
	bugSilent   = "surplus is kept"
	bugMidway   = "what is being bought is refunded"
	bugExpired  = "an order that ends keeps its credit"

	// No bug, only the diet.
	placeboMoney = "nothing, with a lot of money matters"
)

// moneyBugs lists them, each with the words of the verdict that would be right.
func moneyBugs() map[string][]string {
	return map[string][]string{
		bugResend:   {"payout", "money"},
		bugDenied:   {"payout"},
		bugAddress:  {"payout"},
		bugUnasked:  {"payout"},
		bugCap:      {"cap"},
		bugFence:    {"twice"},
		bugOverdraw: {"ledger", "money"},
		bugOneLeg:   {"ledger"},
		bugTotal:    {"money"},
		bugSilent:   {"money", "lost"},
		bugMidway:   {"refund"},
		bugExpired:  {"money", "lost"},
	}
}

// moneyed reports whether the seed's people are busy with money: for a bug that
// lives there.
func (w *world) moneyed() bool {
	_, bug := moneyBugs()[w.bug]
	return bug || w.bug == placeboMoney
}

// plans are those that a moneyed seed's people draw from.
func moneyPlans() []string {
	return []string{
		"pay", "pay", "pay over", "pay twice", "pay late", "pay late, a part", "pay short, take credit", "pay short", "pay in parts",
		"cancel and pay", "pay, give up while it confirms", "another way, pay both", "pay short, then the rest",
	}
}

// provokeMoney has happen, again and again, what a bug about money is afraid of.
func (w *world) provokeMoney() {
	for range 10 {
		at := w.span(time.Hour, 5*time.Hour)
		switch w.bug {
		case bugResend, bugDenied:
			w.after(at, func() {
				w.box.Faults.Add(kit.Fault{Target: "infini", Path: "/fund/withdraw", Kind: kit.DropReply, Times: 1})
				w.box.Faults.Add(kit.Fault{Target: "inventpay", Path: "withdrawal", Kind: kit.DropReply, Times: 1})
			})
		case bugOneLeg:
			w.after(at, func() {
				_, _ = w.mini.Push("{s00}:ledger", fmt.Sprintf("0000000000\nbroken/%d|order:@||%d", w.rng.IntN(1e6), 1+w.rng.IntN(1e6)))
			})
		case bugMidway:
			w.after(w.span(time.Minute, 2*time.Hour), func() {
				w.change("purchase pending", infinivoucher.Change{
					NextPurchase: []infinivoucher.NextPurchase{{Mode: infinivoucher.ModePending, Times: 4}}, PendingFor: ptr("2h"),
				})
			})
		case bugFence, placeboMoney:
			w.after(w.span(time.Minute, 2*time.Hour), w.empty)
		}
	}
}

// empty has a supplier run out of something that was paid for, for a while.
func (w *world) empty() {
	products := w.box.InfiniVoucher.Books().Products
	p := products[w.rng.IntN(len(products))]
	w.change("refuses", infinivoucher.Change{NextPurchase: []infinivoucher.NextPurchase{{Mode: infinivoucher.ModeStockConflict, Times: 30}}})
	w.after(10*time.Minute, func() {
		w.change("delivers again", infinivoucher.Change{NextPurchase: []infinivoucher.NextPurchase{}, Stock: map[string]int{p.ID: 100}})
	})
}

// endow gives a moneyed seed's shop all it needs to pay out.
func (w *world) endow() error {
	w.outMax = 400_000_000
	if w.bug == bugCap {
		w.outMax = 25_000_000
	}
	if err := w.box.Infini.Apply(hosted.Change{Deposit: ptr("2000")}); err != nil {
		return err
	}
	return w.box.InventPay.Apply(coins.Change{Balances: map[string]string{"USDT_BEP20": "1000", "USDC_BEP20": "1000", "USDT_ERC20": "1000", "ETH": "10"}})
}

// plantMoney puts the seed's bug about money, if any, between the engine and
// its ports.
func (i *incarnation) plantMoney(p *order.Parts) {
	switch i.w.bug {
	case bugResend, bugDenied, bugAddress:
		for name, payer := range p.Payers {
			p.Payers[name] = brokenPayer{payer, i.w}
		}
	case bugCap:
		p.Permits = endless{p.Permits}
	case bugUnasked, bugOverdraw, bugSilent, bugMidway, bugExpired:
		p.Store = brokenBooks{p.Store, i.w}
	case bugTotal:
		for name, g := range p.Gateways {
			p.Gateways[name] = adding{g, i.w}
		}
	}
}

type brokenPayer struct {
	order.Payer
	w *world
}

// Pay implements order.Payer.
func (b brokenPayer) Pay(ctx context.Context, r order.PayoutRequest) (order.PayoutReceipt, error) {
	if b.w.bug == bugAddress && b.w.lastWallet != "" {
		r.Address = b.w.lastWallet
	}
	b.w.lastWallet = r.Address
	receipt, err := b.Payer.Pay(ctx, r)
	switch {
	case err == nil || order.CodeOf(err) != order.CodeUnclear:
	case b.w.bug == bugResend:
		return b.Payer.Pay(ctx, r)
	case b.w.bug == bugDenied:
		return receipt, &order.Error{Code: order.CodeFunds, Op: "planted", Err: err}
	}
	return receipt, err
}

// endless knows no sum of the day.
type endless struct{ order.Permits }

// Acquire implements order.Permits.
func (e endless) Acquire(ctx context.Context, p order.Permit) error {
	if p.Vendor == payoutVendor {
		p.DailyMax = 0
	}
	return e.Permits.Acquire(ctx, p)
}

// adding is a gateway whose every record counts what came by all links.
type adding struct {
	order.Gateway
	w *world
}

// Read implements order.Gateway.
func (a adding) Read(ctx context.Context, p order.Watched) (order.Fact, error) {
	f, err := a.Gateway.Read(ctx, p)
	n, _, unreadable := order.ParseReference(p.Reference)
	if err != nil || unreadable != nil || !f.Confirmed.IsPositive() {
		return f, err
	}
	if a.w.came[n] == nil {
		a.w.came[n] = map[string]order.Fact{}
	}
	for reference, other := range a.w.came[n] {
		if reference != p.Reference {
			f.Confirmed = f.Confirmed.Add(other.Confirmed)
		}
	}
	if _, known := a.w.came[n][p.Reference]; !known && len(a.w.came[n]) == 0 {
		a.w.came[n][p.Reference] = f
	}
	return f, nil
}

// brokenBooks stores something else than it is told.
type brokenBooks struct {
	order.Store
	w *world
}

// Load implements order.Store.
func (b brokenBooks) Load(ctx context.Context, n order.Number) (order.Order, error) {
	o, err := b.Store.Load(ctx, n)
	if b.w.bug != bugMidway || err != nil || !o.Held() {
		return o, err
	}
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		if l := &o.Lines[i]; l.State == order.LineBuying || l.State == order.LineUnclear {
			l.State = order.LineFailed
		}
	}
	return o, nil
}

// Insert implements order.Store.
func (b brokenBooks) Insert(ctx context.Context, t order.Transition) (order.Order, error) {
	o, err := b.Store.Insert(ctx, t)
	if b.w.bug == bugOverdraw && err != nil && order.CodeOf(err) == order.CodeCredit {
		b.refill(t)
		return b.Store.Insert(ctx, t)
	}
	return o, err
}

// refill makes a balance what it was before somebody else took it.
func (b brokenBooks) refill(t order.Transition) {
	key := fmt.Sprintf("{s%02d}:u:%d:c", store.Shard(t.Order.Buyer, b.w.shards), t.Order.Buyer)
	_ = b.w.mini.Set(key, strconv.FormatInt(int64(t.Order.CreditUsed()), 10))
}

// Commit implements order.Store.
func (b brokenBooks) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	over := t.Order.Status == order.Expired || t.Order.Status == order.Cancelled
	switch {
	case b.w.bug == bugUnasked:
		t.Order.Payouts = slices.Clone(t.Order.Payouts)
		for i := range t.Order.Payouts {
			if p := &t.Order.Payouts[i]; p.State == order.PayoutAddressed {
				p.State = order.PayoutApproved
			}
		}
	case b.w.bug == bugExpired && over, b.w.bug == bugSilent && !over:
		keep := func(p order.Posting) bool { return strings.Contains(p.Key, "/credit/") }
		for _, p := range t.Postings {
			if keep(p) {
				t.Order.Returned -= p.Amount
			}
		}
		t.Postings = slices.DeleteFunc(slices.Clone(t.Postings), keep)
	}
	return b.Store.Commit(ctx, t)
}
