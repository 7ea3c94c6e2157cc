package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"sync"
	"time"

	"giftbot/order"
	"giftbot/store"
)

const (
	tripPresses    = 60
	tripNewcomers  = 20
	idleFor        = 30 * time.Second // ten sweeps: a shorter look depends on where it begins
	settle         = 2 * time.Second
	betweenBuys    = 3 * time.Second // the supplier takes 4 purchases in 10 s
	firstVisitor   = 6_000_000_000
	browseTrips    = 2
	checkoutTrips  = 4
	deliveryTrips  = 8
	idleTripsLimit = 1
)

// counting is R4: a shop whose Redis round trips are counted.
type counting struct {
	shop   *shop
	trips  *store.Trips
	viewer *store.Store // reads without being counted

	mu    sync.Mutex
	edits []float64 // trips so far at every edit that arrived at Telegram
}

func (c *counting) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trips.Reset()
	c.edits = nil
}

func (c *counting) edited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.edits = append(c.edits, float64(c.trips.Count()))
}

// atEdits are the trips before the first and before the last edit.
func (c *counting) atEdits() (first, last float64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.edits) == 0 {
		return 0, 0, errors.New("no message was edited")
	}
	return c.edits[0], c.edits[len(c.edits)-1], nil
}

// tally are the counts of R4.
type tally struct {
	warm, cold, checkout, beside, linked, delivered, idle []float64
}

// trips is R4.
func trips(ctx context.Context, s settings) ([]result, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	c := &counting{trips: &store.Trips{}}
	if c.shop, err = openShop(ctx, shopOptions{redis: server.url, trips: c.trips, onEdit: c.edited}); err != nil {
		return nil, err
	}
	defer c.shop.stop()
	if c.viewer, err = store.New(store.Options{URL: server.url}); err != nil {
		return nil, fmt.Errorf("viewer: %w", err)
	}
	defer func() { _ = c.viewer.Close() }()
	t, err := c.measure(ctx, s)
	if err != nil {
		return nil, err
	}
	t.checkout, err = checkouts(ctx, s)
	return t.results(s), err
}

func (c *counting) measure(ctx context.Context, s settings) (t tally, err error) {
	if t.warm, err = c.browsing(ctx, max(s.count(tripPresses), 8)); err != nil {
		return t, err
	}
	if t.cold, err = c.newcomers(ctx, s.count(tripNewcomers)); err != nil {
		return t, err
	}
	for i := range s.rounds {
		if err = c.purchase(ctx, firstVisitor+1000+int64(i), &t); err != nil {
			return t, err
		}
		if i+1 < s.rounds {
			time.Sleep(betweenBuys)
		}
	}
	t.idle, err = c.idling(ctx, s)
	return t, err
}

// browsing counts the trips of presses by somebody the bot knows.
func (c *counting) browsing(ctx context.Context, presses int) ([]float64, error) {
	v, err := arrive(ctx, c.shop.base, firstVisitor)
	if err != nil {
		return nil, err
	}
	card, route, err := v.walk(ctx)
	if err != nil {
		return nil, err
	}
	back, err := card.back()
	if err != nil {
		return nil, err
	}
	var counts []float64
	for i := range presses {
		data := []string{back, route[2]}[i%2] // category and product, in turn
		c.trips.Reset()
		if card, _, err = v.press(ctx, card, data); err != nil {
			return nil, err
		}
		counts = append(counts, float64(c.trips.Count()))
	}
	return counts, nil
}

// newcomers counts the trips of a first message: the session is not at hand.
func (c *counting) newcomers(ctx context.Context, count int) ([]float64, error) {
	var counts []float64
	for i := range count {
		v, err := arrive(ctx, c.shop.base, firstVisitor+1+int64(i))
		if err != nil {
			return nil, err
		}
		c.trips.Reset()
		if _, err := v.say(ctx, "/start"); err != nil {
			return nil, err
		}
		counts = append(counts, float64(c.trips.Count()))
	}
	return counts, nil
}

// checkouts counts on a replica that only answers, so that the trips of the
// reply are told apart from those of the work that starts beside it.
func checkouts(ctx context.Context, s settings) ([]float64, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	c := &counting{trips: &store.Trips{}}
	if c.shop, err = openShop(ctx, shopOptions{redis: server.url, trips: c.trips, onEdit: c.edited, passive: true}); err != nil {
		return nil, err
	}
	defer c.shop.stop()
	var counts []float64
	for i := range s.rounds {
		v, err := arrive(ctx, c.shop.base, firstVisitor+int64(i))
		if err != nil {
			return nil, err
		}
		if err = c.place(ctx, v); err != nil {
			return nil, err
		}
		reply, _, err := c.atEdits()
		if err != nil {
			return nil, err
		}
		counts = append(counts, reply)
	}
	return counts, nil
}

// place walks to the checkout and taps on Pay; the trips count from that tap.
func (c *counting) place(ctx context.Context, v visitor) error {
	card, _, err := v.walk(ctx)
	if err != nil {
		return err
	}
	if len(card.Buttons) < 2 {
		return errors.New("the first product cannot be bought")
	}
	checkout, _, err := v.press(ctx, card, card.Buttons[len(card.Buttons)-2][0].Data)
	if err != nil {
		return err
	}
	c.reset()
	_, _, err = v.press(ctx, checkout, checkout.Buttons[0][0].Data)
	return err
}

// purchase buys one product: from the tap on Pay to the codes in the chat.
func (c *counting) purchase(ctx context.Context, buyer int64, t *tally) error {
	v, err := arrive(ctx, c.shop.base, buyer)
	if err != nil {
		return err
	}
	if err = c.place(ctx, v); err != nil {
		return err
	}
	placed, err := v.await(ctx, func(m message) bool { return m.link() != "" })
	if err != nil {
		return err
	}
	t.linked = append(t.linked, float64(c.trips.Count()))
	beside, _, err := c.atEdits()
	if err != nil {
		return err
	}
	t.beside = append(t.beside, beside)
	return c.pay(ctx, v, path.Base(placed.link()), t)
}

// pay pays exactly and counts until the order is delivered.
func (c *counting) pay(ctx context.Context, v visitor, checkout string, t *tally) error {
	time.Sleep(settle) // what the checkout left to do
	list, _, err := c.viewer.OfBuyer(ctx, v.id, 0, 1)
	if err != nil || len(list) != 1 {
		return errors.Join(errors.New("the order is not there"), err)
	}
	c.reset()
	var out struct{}
	if err = call(ctx, v.client, c.shop.base+"/control/payments/infini/"+checkout, struct{}{}, &out); err != nil {
		return err
	}
	err = until(ctx, func() (bool, error) {
		o, failed := c.viewer.Load(ctx, list[0].Number)
		return o.Status == order.Delivered, failed
	})
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	// The last edit shows the codes; the next trip stores that it did. Counting
	// later would count what comes after: the ping, the next sweep.
	_, shown, err := c.atEdits()
	t.delivered = append(t.delivered, shown+1)
	return err
}

// idling counts what a replica asks when nothing happens.
func (c *counting) idling(ctx context.Context, s settings) ([]float64, error) {
	time.Sleep(settle)
	span := idleFor
	if s.quick {
		span /= 5
	}
	began := time.Now()
	c.trips.Reset()
	select {
	case <-time.After(span):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return []float64{float64(c.trips.Count()) / time.Since(began).Seconds()}, nil
}

func (t tally) results(s settings) []result {
	const unit = "round trips"
	return []result{
		{name: "R4, browse", unit: unit, values: t.warm, limit: browseTrips, aim: 1,
			ours: "Redis round trips of a press by somebody whose session this replica holds. The spread is over presses and holds the sweeps that fell between."},
		{name: "R4, first message", unit: unit, values: t.cold, limit: browseTrips,
			ours: "The same for somebody this replica does not know: the session is read first."},
		{name: "R4, checkout", unit: unit, values: t.checkout, limit: checkoutTrips, aim: 3,
			ours: "From the tap on Pay until the reply arrives at Telegram: what the reply itself asks for.", detail: number(median(t.beside)) + " with the engine at work beside it, " + number(median(t.linked)) + " until the payment link is in the chat and recorded"},
		{name: "R4, paid to delivered", unit: unit, values: t.delivered, limit: deliveryTrips, aim: 6,
			ours: "From the payment (webhook, reading it, buying, delivering) until the order is stored as delivered; one code, " + strconv.Itoa(s.rounds) + " purchases."},
		{name: "R4, idle", unit: "round trips/s", values: t.idle, limit: idleTripsLimit, aim: 0.4,
			ours: "One replica with nothing to do, after these purchases, over " + idleFor.String() + "."},
	}
}
