package app

import (
	"context"
	"fmt"
	"time"

	"giftbot/flows"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/store"
)

const (
	// freezeNotes is where replicas note which freezes admins were told of.
	freezeNotes = "freezes"
	// leaveTime is how long Redis has to hear that a replica goes.
	leaveTime = 2 * time.Second
	// listPages and listPage bound what is read of a gateway's list: 2,000 orders.
	listPages = 20
	listPage  = 100
)

// openDisk opens what this machine keeps over a loss in Redis.
func (a *App) openDisk(context.Context) error {
	if err := store.CheckDir(a.cfg.Storage.SpoolDir); err != nil {
		return fmt.Errorf("SPOOL_DIR: %w", err)
	}
	var err error
	if a.tide, err = store.OpenTide(a.cfg.Storage.SpoolDir, a.outside.Random, a.outside.Clock.Now); err != nil {
		return fmt.Errorf("SPOOL_DIR: %w", err)
	}
	return nil
}

// replay gives Redis back what only the journal remembers, before anything can
// be spent.
func (a *App) replay(ctx context.Context) error {
	var h order.Healed
	err := a.patiently(ctx, func(ctx context.Context) (err error) {
		h, err = a.engine.Replay(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if h.Spends+h.Placed > 0 {
		a.log.Error("Redis had forgotten what the journal knows", "spends", h.Spends, "orders", h.Placed)
	}
	return nil
}

// signOff says that this replica goes: nobody has to wait for it after a restart of
// Redis. Unsaid, the others wait for a while.
func (a *App) signOff(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if err := a.store.Leave(ctx); err != nil {
		a.log.Warn("Redis was not told that this replica goes", "err", err)
	}
}

// freezer is what tells of freezes: store.Tide.
type freezer interface {
	LastFreeze() (f order.Freeze, stands bool, h order.Healed)
}

var _ freezer = (*store.Tide)(nil)

// tellFreezes tells admins when spending stops and when it goes on, once for all
// replicas, until ctx ends. It costs nothing while nothing happens.
func (a *App) tellFreezes(ctx context.Context) {
	told := freezeTeller{tide: a.tide, notes: a.store.VendorNotes(freezeNotes), clock: a.outside.Clock, tell: func(ctx context.Context, v flows.View) bool {
		return a.tg.announce(ctx, a.cfg.Shop.AdminIDs, v)
	}}
	for sleep(ctx, time.Second) {
		_, stands, _ := a.tide.LastFreeze()
		a.metrics.Set("spending_frozen", "", map[bool]float64{true: 1}[stands])
		if err := told.look(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("freeze alert", "err", err)
		}
	}
}

// freezeTeller tells of each freeze twice: that it stands, and what came of it.
type freezeTeller struct {
	tide  freezer
	notes notes
	clock order.Clock
	tell  func(ctx context.Context, v flows.View) bool
	last  string // told last, by whichever replica
}

func (t *freezeTeller) look(ctx context.Context) error {
	f, stands, h := t.tide.LastFreeze()
	key, view := "ended:"+f.ID, flows.ResumedView(f, h)
	if stands {
		key, view = "stands:"+f.ID, flows.FrozenView(f)
	}
	if f.ID == "" || key == t.last {
		return nil
	}
	ours, told, err := setOut(ctx, t.notes, key, order.At(t.clock.Now()))
	if err != nil {
		return err
	}
	if ours {
		told = t.tell(ctx, view)
		err = settled(ctx, t.notes, key, told)
	}
	if told {
		t.last = key
	}
	return err
}

// paidOrders lists what Infini took, newest first as far as it does so: the form
// of its list is not documented (infini sheet §4), and that an order is not in it
// says nothing.
type paidOrders struct{ client *infini.Client }

var _ order.Lister = paidOrders{}

// Payments implements order.Lister.
func (p paidOrders) Payments(ctx context.Context, since order.Stamp) ([]order.Listed, error) {
	var out []order.Listed
	seen := make(map[string]bool)
	for page := 1; page <= listPages; page++ {
		list, err := p.client.Orders(ctx, infini.OrderList{Page: page, Limit: listPage})
		if err != nil {
			return out, fmt.Errorf("infini orders: %w", err)
		}
		news := false
		for _, o := range list.Orders {
			if seen[o.ID] {
				continue
			}
			seen[o.ID], news = true, true
			if listed, ok := listedOf(o, since); ok {
				out = append(out, listed)
			}
		}
		if !news || len(list.Orders) < listPage {
			break // the last page, or one that does not turn
		}
	}
	return out, nil
}

// listedOf is an order with money and a reference of ours.
func listedOf(o infini.Order, since order.Stamp) (order.Listed, bool) {
	if !o.Confirmed.IsPositive() && !o.Confirming.IsPositive() {
		return order.Listed{}, false
	}
	if !o.CreatedAt.IsZero() && order.At(o.CreatedAt) < since {
		return order.Listed{}, false
	}
	if _, _, err := order.ParseReference(o.Reference); err != nil {
		return order.Listed{}, false
	}
	asked, err := order.MoneyFromDecimal(o.Amount)
	if err != nil {
		asked = 0
	}
	return order.Listed{External: o.ID, Reference: o.Reference, Asked: asked}, true
}
