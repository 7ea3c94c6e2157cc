package app

import (
	"context"
	"maps"
	"slices"
	"strings"
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
	vendors := &accounts{list: a.vendors.accounts(), standing: a.engine.Standing, catalog: a.catalog.Snapshot, wait: balanceTime}
	if a.vendors.plexy != nil {
		vendors.resume = a.vendors.plexy
	}
	return telegram.Admin{
		IDs: a.cfg.Shop.AdminIDs, Desk: a.engine, Refunds: a.engine, Decisions: a.engine, Sales: a.engine, Vendors: vendors,
	}
}

// accounts lists the vendors, gateways first.
func (v *vendors) accounts() []account {
	var list []account
	for _, name := range append(slices.Clone(v.order), slices.Sorted(maps.Keys(v.suppliers))...) {
		list = append(list, account{name, v.holders[name]})
	}
	return list
}

// answer is what one vendor said, or that it said nothing in time.
type answer struct {
	holdings []order.Holding
	err      error
	slow     bool
}

// later starts a question and returns how to wait for its answer. An answer
// that comes after ctx ended is not waited for, whatever holds it up.
func later(ctx context.Context, ask func(context.Context) ([]order.Holding, error)) func() answer {
	said := make(chan answer, 1)
	go func() {
		holdings, err := ask(ctx)
		said <- answer{holdings: holdings, err: err, slow: err != nil && ctx.Err() != nil}
	}()
	return func() answer {
		select {
		case a := <-said:
			return a
		default:
		}
		select {
		case a := <-said:
			return a
		case <-ctx.Done():
			return answer{slow: true}
		}
	}
}

// Balances implements telegram.Vendors. All vendors are asked side by side.
func (c *accounts) Balances(ctx context.Context) (flows.BalancesResult, error) {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	answers := make([]func() answer, len(c.list))
	for i, a := range c.list {
		if a.holder != nil {
			answers[i] = later(ctx, a.holder.Holdings)
		}
	}
	standing, err := c.standing(ctx)
	if err != nil {
		return flows.BalancesResult{}, err
	}
	costs := usualCosts(c.catalog())
	r := flows.BalancesResult{Sales: standing.Sales}
	for i, a := range c.list {
		view := flows.VendorBalance{Vendor: a.vendor}
		if answers[i] != nil {
			said := answers[i]()
			view.Slow, view.Failed = said.slow, said.err != nil && !said.slow
			for _, h := range said.holdings {
				view.Holdings = append(view.Holdings, viewOf(h, standing.Reserved[h.Account], costs[h.Account]))
			}
		}
		r.Vendors = append(r.Vendors, view)
	}
	return r, nil
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
