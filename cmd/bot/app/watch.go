package app

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"giftbot/flows"
	"giftbot/handlers/telegram"
	"giftbot/order"
	"giftbot/providers/plexy"
)

const (
	probeEvery = time.Minute
	probeTime  = 20 * time.Second
	// sweepRounds is how many rounds lie between two looks at unfinished orders.
	sweepRounds = 10
	// alerts is the name under which given alerts are noted, for all replicas.
	alerts = "alerts"
)

// watch asks every vendor whether it is there, and tells admins when an account
// runs low or the disk is full, until ctx ends.
func (a *App) watch(ctx context.Context) {
	var disk sync.WaitGroup
	defer disk.Wait()
	disk.Go(func() { a.diskWatch().run(ctx) })
	a.awaitBalances(ctx)
	for round := 0; ; round++ {
		if round%sweepRounds == 0 {
			a.unfinished(ctx)
		}
		for _, p := range a.vendors.probes {
			a.probe(ctx, p)
		}
		a.balances(ctx)
		if !sleep(ctx, probeEvery) {
			return
		}
	}
}

// firstLook is how long the first round waits for the suppliers' balances, in
// seconds.
const firstLook = 20

// awaitBalances gives the first look at the suppliers the time to end: a low
// account is told at the start, not a minute later.
func (a *App) awaitBalances(ctx context.Context) {
	for range firstLook {
		known := true
		for purse := range a.cfg.Orders.BalanceAlerts {
			_, read := a.catalog.Balance(purse)
			known = known && read
		}
		if known || !sleep(ctx, time.Second) {
			return
		}
	}
}

// unfinished counts what Plexy still works on, older than a poll would leave it:
// an order of ours that nobody looks at any more would show here.
func (a *App) unfinished(ctx context.Context) {
	if a.vendors.plexy == nil {
		return
	}
	list, err := a.vendors.plexy.Pending(ctx)
	if err != nil {
		a.log.Warn("plexy: unfinished orders", "err", err)
		return
	}
	a.metrics.Set("vendor_orders_unfinished", plexy.Vendor, float64(len(list)))
}

func (a *App) probe(ctx context.Context, p probe) {
	asked, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	err := p.ask(asked)
	if ctx.Err() != nil {
		return
	}
	up := 1.0
	if err != nil {
		up = 0
		a.log.Warn("vendor does not answer as it should", "vendor", p.vendor, "err", err)
		a.metrics.Count("vendor_probes_failed", p.vendor)
	}
	a.metrics.Set("vendor_up", p.vendor, up)
}

// balances tells the admins of accounts below their limit, once until they are
// filled again.
func (a *App) balances(ctx context.Context) {
	for purse, limit := range a.cfg.Orders.BalanceAlerts {
		balance, known := a.catalog.Balance(purse)
		if !known {
			continue
		}
		least, err := order.MoneyRoundedUp(limit)
		if err != nil {
			continue // refused by the settings already
		}
		if err := a.lowBalance(ctx, purse, balance, least); err != nil {
			a.log.Warn("balance alert", "account", purse, "err", err)
		}
	}
}

func (a *App) lowBalance(ctx context.Context, purse string, balance, least order.Money) error {
	_, age, _ := a.catalog.BalanceAge(purse)
	notes := a.store.VendorNotes(alerts)
	read := order.At(a.outside.Clock.Now().Add(-age))
	news, err := lowNews(ctx, notes, purse, balance < least, read)
	if err != nil || !news {
		return err
	}
	a.metrics.Count("balance_alerts", purse)
	told := a.tg.announce(ctx, a.cfg.Shop.AdminIDs, flows.LowBalanceView(purse, balance, least))
	return settled(ctx, notes, lowNote+purse, told) // where nobody heard it, again in a minute
}

// The names of notes about an account: that it was told to be low, and when a
// balance was read that was not.
const (
	lowNote  = "low:"
	fullNote = "full:"
)

// lowNews notes what was read of an account, and reports whether the admins have
// to hear of it. Each replica has its own reading: one from before the account
// was filled up is no news.
func lowNews(ctx context.Context, n notes, purse string, low bool, read order.Stamp) (bool, error) {
	if !low {
		err := n.Note(ctx, fullNote+purse, strconv.FormatInt(int64(read), 10))
		return false, errors.Join(err, n.Note(ctx, lowNote+purse, ""))
	}
	all, err := n.Notes(ctx)
	if err != nil {
		return false, err
	}
	if full, failed := strconv.ParseInt(all[fullNote+purse], 10, 64); failed == nil && read <= order.Stamp(full) {
		return false, nil
	}
	news, _, err := setOut(ctx, n, lowNote+purse, read)
	return news, err
}

// announce sends one message to several people, and reports whether anybody got it.
func (e *edge) announce(ctx context.Context, to []int64, v flows.View) bool {
	told := false
	for _, person := range to {
		m := e.renderer.Message(e.language, person, v)
		if _, err := e.sender.Send(ctx, telegram.LaneDelivery, m); err == nil {
			told = true
		}
	}
	return told
}
