package app

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"giftbot/catalog"
	"giftbot/flows"
	"giftbot/handlers/telegram"
	"giftbot/order"
	"giftbot/providers/plexy"
)

// balanceTime is how long a vendor may take to say what we have there. Whoever
// asked waits for the slowest, and no longer than this.
const balanceTime = 1500 * time.Millisecond

// accounts is what admins ask of the vendors.
type accounts struct {
	list     []account
	standing func(ctx context.Context) (order.Standing, error)
	catalog  func() catalog.Snapshot
	books    func(ctx context.Context) (*reading, error)
	resume   resumer // nil without Plexy
	wait     time.Duration
}

// account is a vendor and who tells what we have there: nil where the vendor
// has no balance to ask for.
type account struct {
	vendor string
	holder order.Holder
}

// resumer sells products again that were overcharged: *plexy.Adapter.
type resumer interface {
	Paused(ctx context.Context) (map[string]string, error)
	Resume(ctx context.Context, product string) error
}

var (
	_ telegram.Vendors = (*accounts)(nil)
	_ resumer          = (*plexy.Adapter)(nil)
)

// admin is how the shop is run from the chat.
func (a *App) admin() telegram.Admin {
	vendors := &accounts{
		list: a.vendors.accounts(), standing: a.engine.Standing, catalog: a.catalog.Snapshot, books: a.books.read, wait: balanceTime,
	}
	if a.vendors.plexy != nil {
		vendors.resume = a.vendors.plexy
	}
	return telegram.Admin{
		IDs: a.cfg.Shop.AdminIDs, Desk: a.engine, PayDesk: a.engine, Refunds: a.engine, Decisions: a.engine, Sales: a.engine, Vendors: vendors,
	}
}

// accounts lists the vendors, gateways first.
func (v *vendors) accounts() []account {
	var list []account
	for _, name := range append(slices.Clone(v.order), slices.Sorted(maps.Keys(v.suppliers))...) {
		one := account{vendor: name}
		if holder := v.holders[name]; holder != nil {
			one.holder = &recent{holder: holder}
		}
		list = append(list, one)
	}
	return list
}

// answer is what was said in time; slow: nothing was.
type answer[T any] struct {
	value T
	err   error
	slow  bool
}

// later starts a question and returns how to wait for its answer. An answer
// that comes after ctx ended is not waited for, whatever holds it up.
func later[T any](ctx context.Context, ask func(context.Context) (T, error)) func() answer[T] {
	said := make(chan answer[T], 1)
	go func() {
		value, err := ask(ctx)
		said <- answer[T]{value: value, err: err, slow: err != nil && ctx.Err() != nil}
	}()
	return sync.OnceValue(func() answer[T] {
		select {
		case a := <-said:
			return a
		default:
		}
		select {
		case a := <-said:
			return a
		case <-ctx.Done():
			return answer[T]{slow: true}
		}
	})
}

// Balances implements telegram.Vendors. All vendors are asked side by side.
func (c *accounts) Balances(ctx context.Context) (flows.BalancesResult, error) {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	answers := make([]func() answer[[]order.Holding], len(c.list))
	for i, a := range c.list {
		if a.holder != nil {
			answers[i] = later(ctx, a.holder.Holdings)
		}
	}
	read := later(ctx, c.books)
	standing, err := c.standing(ctx)
	if err != nil {
		return flows.BalancesResult{}, err
	}
	costs := usualCosts(c.catalog())
	r := flows.BalancesResult{Sales: standing.Sales, Vendors: make([]flows.VendorBalance, len(c.list))}
	for i, a := range c.list {
		r.Vendors[i].Vendor = a.vendor
		if answers[i] == nil {
			continue
		}
		said := answers[i]()
		r.Vendors[i].Slow, r.Vendors[i].Failed = said.slow, said.err != nil && !said.slow
		for _, h := range said.value {
			r.Vendors[i].Holdings = append(r.Vendors[i].Holdings, viewOf(h, standing.Reserved[h.Account], costs[h.Account]))
		}
		if said.err == nil && !said.slow {
			compare(&r.Vendors[i], said.value, read())
		}
	}
	return r, nil
}

// compare holds what a vendor says against our own books, where they keep an
// account of it.
func compare(v *flows.VendorBalance, list []order.Holding, read answer[*reading]) {
	if read.err != nil || read.value == nil || !read.value.kept[v.Vendor] {
		return
	}
	purses, says := make(map[string]bool), order.Money(0)
	for _, h := range list {
		has, err := order.MoneyRoundedDown(h.Amount)
		if err != nil {
			return
		}
		purses[h.Account] = true
		says += has
	}
	v.Kept, v.Books = true, read.value.sum(purses)
	v.Off = says - v.Books
}

// viewOf is a holding beside what open orders still need of it, and for how
// many more usual orders the rest is enough.
func viewOf(h order.Holding, needed, usual order.Money) flows.HoldingView {
	v := flows.HoldingView{Account: h.Account, Asset: h.Asset, Chain: h.Chain, Amount: h.Amount.String(), Needed: needed, Covers: -1}
	has, err := order.MoneyRoundedDown(h.Amount)
	if err == nil && usual > 0 {
		v.Covers = int(max(0, has-needed) / usual)
	}
	return v
}

// usualCosts is what a piece costs on average, by the account that pays it.
func usualCosts(s catalog.Snapshot) map[string]order.Money {
	sums, counts := make(map[string]order.Money), make(map[string]int)
	for _, kind := range []order.Kind{order.KindVoucher, order.KindTopUp, order.KindCard} {
		for _, c := range s.Categories(kind) {
			for _, id := range c.Products {
				if p, ok := s.Product(id); ok && p.Cost > 0 {
					sums[p.Purse] += p.Cost
					counts[p.Purse]++
				}
			}
		}
	}
	for purse, n := range counts {
		sums[purse] /= order.Money(n)
	}
	return sums
}

// Resume implements telegram.Vendors. The product is named as in the catalogue
// ("plexy:456@USD") or as its supplier does ("456").
func (c *accounts) Resume(ctx context.Context, product string) error {
	id, _, _ := strings.Cut(strings.TrimPrefix(product, plexy.Vendor+":"), "@")
	if c.resume == nil {
		return &order.Error{Code: order.CodeUnknown, Op: "resume"}
	}
	paused, err := c.resume.Paused(ctx)
	if err != nil {
		return err
	}
	if _, off := paused[id]; !off {
		return &order.Error{Code: order.CodeUnknown, Op: "resume"}
	}
	return c.resume.Resume(ctx, id)
}
