package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"giftbot/catalog"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// closing is a supplier that answers until it does not.
type closing struct {
	wallet
	err error
}

func (c *closing) Read(ctx context.Context) ([]catalog.Listing, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.wallet.Read(ctx)
}

// What is not ready is sent nothing: no payment, and no callback, which brings
// the only copy of a card and comes again for 21 seconds. That a supplier is
// away is no reason for it.
func TestASupplierThatIsAwayTakesNoReplicaOut(t *testing.T) {
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	st, err := store.New(store.Options{URL: "redis://" + miniredis.RunT(t).Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	started := func(s *closing) *App {
		t.Helper()
		c, err := catalog.New(catalog.Config{
			Sources: []catalog.Source{s}, Clock: clock, Meter: meter{webhook.NewMetrics()}, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		a := &App{store: st, catalog: c}
		if a.Ready(t.Context()) == nil {
			t.Error("ready before any supplier was asked")
		}
		return a
	}
	away := &closing{err: &order.Error{Code: order.CodeUnclear, Op: "away"}}
	there := &closing{}
	replicas := []*App{started(there), started(away)}
	_ = replicas[0].catalog.Refresh(t.Context())
	there.err = away.err
	for range 32 {
		for _, a := range replicas {
			if err := a.catalog.Refresh(t.Context()); err != nil && !errors.Is(err, away.err) {
				t.Fatal(err)
			}
		}
		clock.now = clock.now.Add(time.Minute)
	}
	if replicas[0].catalog.Snapshot().ReadAt() != 0 {
		t.Fatal("a list of half an hour ago is still sold")
	}
	for i, a := range replicas {
		if err := a.Ready(t.Context()); err != nil {
			t.Errorf("replica %d: %v", i, err)
		}
	}
}
