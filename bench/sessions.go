package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"giftbot/store"
)

const (
	sessionPeople  = 100       // a session shares nothing, and the bot sends 30 messages a second
	sessionsAtOnce = 4         // more, and answers are put off
	topUpLabel     = "Wallets" // the category of one top-up, which asks for two fields
)

// sessionBytes has people top up once, and stop before they pay for the second
// time: the longest conversation a session holds in the ordinary course, with
// another account than the one it remembers.
func sessionBytes(ctx context.Context, s settings) (result, error) {
	fake, err := startFake(ctx)
	if err != nil {
		return result{}, err
	}
	defer fake.stop()
	fake.keep(true)
	server, err := startRedis(ctx)
	if err != nil {
		return result{}, err
	}
	defer server.stop()
	shop, err := openShop(ctx, shopOptions{redis: server.url, telegram: fake.base, five: true, passive: true})
	if err != nil {
		return result{}, err
	}
	defer shop.stop()
	client := redis.NewClient(&redis.Options{Addr: server.addr, Protocol: 2})
	defer func() { _ = client.Close() }()
	before, err := count(ctx, client)
	if err != nil {
		return result{}, err
	}
	many := s.count(sessionPeople)
	var updates atomic.Int64
	updates.Store(100_000)
	if err = crowd(sessionsAtOnce, many, func(i int) error {
		w := walker{tapper{shop.base + "/webhooks/telegram", newClient(), &updates, new(atomic.Int64)}, fake, firstPerson + int64(i)}
		return w.topUpTwice(ctx, shop.app.Store())
	}); err != nil {
		return result{}, err
	}
	after, err := count(ctx, client)
	return result{
		name: "R5, session", unit: "bytes", values: []float64{after.per(many, before, keptSession)}, limit: sessionLimit, aim: sessionAim,
		ours: fmt.Sprintf("Memory of the sessions, sealed, of %d people at the checkout of a top-up: two account fields typed, another account remembered from the top-up before, "+
			"an order on the way, the last 24 updates known. There is nothing else in Redis for a person without orders.", many),
	}, err
}

// crowd does a thing for each of many people, some at a time.
func crowd(atOnce, many int, do func(i int) error) error {
	errs := make([]error, atOnce)
	var next atomic.Int64
	var all sync.WaitGroup
	for at := range errs {
		all.Go(func() {
			for errs[at] == nil {
				i := int(next.Add(1)) - 1
				if i >= many {
					return
				}
				errs[at] = do(i)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err // the others are likely the same
		}
	}
	return nil
}

// walker is somebody who reads what the buttons say.
type walker struct {
	tapper

	fake *fakeTelegram
	id   int64
}

func (w walker) topUpTwice(ctx context.Context, orders *store.Store) error {
	if err := w.post(ctx, startUpdate(w.updates.Add(1), w.id)); err != nil {
		return err
	}
	account := 2 * int(w.id-firstPerson)
	if err := w.toCheckout(ctx, account); err != nil {
		return err
	}
	if err := w.press(ctx, "Infini"); err != nil {
		return err
	}
	if _, total, err := orders.OfBuyer(ctx, w.id, 0, 1); err != nil || total != 1 {
		return fmt.Errorf("%d orders placed, want one: %w", total, err)
	}
	for i := range 17 { // there and back, so that the list of known updates is full
		if err := w.press(ctx, []string{"Home", "Top up"}[i%2]); err != nil {
			return err
		}
	}
	return w.toCheckout(ctx, account+1)
}

// toCheckout goes from the first screen to the checkout of a top-up.
func (w walker) toCheckout(ctx context.Context, account int) error {
	if err := w.press(ctx, "Top up"); err != nil {
		return err
	}
	for _, label := range []string{topUpLabel, "5 USD"} {
		if err := w.press(ctx, label); err != nil {
			return err
		}
	}
	for _, text := range []string{login(account), email(account)} {
		if err := w.post(ctx, textUpdate(w.updates.Add(1), w.id, text)); err != nil {
			return err
		}
	}
	return w.see(ctx, "Infini")
}

// button finds a button of the screen by what it says.
func (w walker) button(label string) (string, bool) {
	for _, row := range w.fake.shown(w.id).Keyboard {
		for _, b := range row {
			if strings.Contains(b.Text, label) {
				return b.Data, true
			}
		}
	}
	return "", false
}

// see waits for a button: an answer may have to wait for its turn.
func (w walker) see(ctx context.Context, label string) error {
	err := until(ctx, func() (bool, error) { _, there := w.button(label); return there, nil })
	if err != nil {
		now := w.fake.shown(w.id)
		return fmt.Errorf("no button %q below: %s %v", label, now.HTML, now.Keyboard)
	}
	return nil
}

func (w walker) press(ctx context.Context, label string) error {
	if err := w.see(ctx, label); err != nil {
		return err
	}
	now := w.fake.shown(w.id)
	data, _ := w.button(label)
	body, err := pressUpdate(w.updates.Add(1), w.id, now, data)
	if err != nil {
		return err
	}
	return w.post(ctx, body)
}
