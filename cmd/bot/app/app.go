package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"giftbot/catalog"
	"giftbot/config"
	"giftbot/handlers/webhook"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/providers/univoucher"
	"giftbot/store"
)

// How long a start waits for Redis.
const (
	redisTries = 5
	redisPause = time.Second
)

// Outside is what differs between production, the demo and tests.
type Outside struct {
	Log       *slog.Logger
	Clock     order.Clock
	Offset    func() time.Duration // of the script clock; nil for none
	Random    io.Reader            // nil: crypto/rand
	Transport http.RoundTripper    // vendor calls; nil: the network
	Trips     *store.Trips         // counts Redis round trips; may be nil
	Version   string
}

// App is one replica of the bot.
type App struct {
	cfg     config.Config
	outside Outside
	log     *slog.Logger
	vault   *store.Vault
	store   *store.Store
	journal *store.Journal
	tide    *store.Tide
	courier *courier
	books   *books
	vendors vendors
	catalog *catalog.Catalogue
	engine  *order.Engine
	metrics *webhook.Metrics
	tg      edge
	handler http.Handler

	minOrder order.Money
	leaving  atomic.Bool
}

// workers is how many orders one replica moves at the same time.
const workers = 8

// New builds a replica. It reaches out to Redis and the spool folder, and
// refuses to start where one of them cannot keep what it is told.
func New(ctx context.Context, cfg config.Config, outside Outside) (*App, error) {
	if outside.Random == nil {
		outside.Random = rand.Reader
	}
	a := &App{cfg: cfg, outside: outside, log: outside.Log, metrics: webhook.NewMetrics()}
	for _, build := range []func(context.Context) error{a.openDisk, a.openStore, a.openJournal, a.buildVendors, a.buildCatalog, a.buildEngine, a.replay, a.buildBooks, a.buildTelegram, a.buildCourier, a.buildHandler} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// Handler is the public HTTP side.
func (a *App) Handler() http.Handler { return a.handler }

// Metrics is the handler for METRICS_ADDR.
func (a *App) Metrics() http.Handler { return a.metrics.Handler() }

// Catalog is what the shop sells.
func (a *App) Catalog() *catalog.Catalogue { return a.catalog }

// Engine moves the orders.
func (a *App) Engine() *order.Engine { return a.engine }

// Store is the Redis side.
func (a *App) Store() *store.Store { return a.store }

func (a *App) openStore(ctx context.Context) error {
	keys := make([]store.Key, 0, len(a.cfg.Storage.EncryptionKeys))
	for _, k := range a.cfg.Storage.EncryptionKeys {
		keys = append(keys, store.Key{ID: k.ID, Secret: k.Bytes()})
	}
	var err error
	if a.vault, err = store.NewVault(keys, a.outside.Random); err != nil {
		return fmt.Errorf("encryption keys: %w", err)
	}
	a.store, err = store.New(store.Options{
		Mode: store.Mode(a.cfg.Redis.Mode), URL: a.cfg.Redis.URL.Reveal(), Offset: a.outside.Offset,
		Vault: a.vault, Trips: a.outside.Trips, Clock: a.outside.Clock.Now, Tide: a.tide, Random: a.outside.Random,
	})
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	if err := a.patiently(ctx, a.store.Prepare); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return a.patiently(ctx, a.checkDurability)
}

// patiently asks again where Redis does not answer: it may start beside the bot,
// or be busy.
func (a *App) patiently(ctx context.Context, ask func(context.Context) error) error {
	err := ask(ctx)
	for range redisTries - 1 {
		if code := order.CodeOf(err); err == nil || code != order.CodeUnclear && code != order.CodeNotSent {
			return err
		}
		a.log.Warn("Redis does not answer yet", "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(redisPause):
		}
		err = ask(ctx)
	}
	return err
}

// checkDurability refuses to start on a Redis that can lose writes, unless
// the operator said to sell anyway.
func (a *App) checkDurability(ctx context.Context) error {
	if a.cfg.Redis.Durability == config.DurabilityUnsafe {
		a.log.Warn("REDIS_DURABILITY=unsafe: orders may be lost when Redis stops")
		return nil
	}
	nodes, err := a.store.Durability(ctx)
	if err != nil {
		return fmt.Errorf("redis durability: %w", err)
	}
	if err := store.Verdict(store.Durability(a.cfg.Redis.Durability), nodes); err != nil {
		return fmt.Errorf("redis durability: %w", err)
	}
	return nil
}

func (a *App) openJournal(context.Context) error {
	journal, _, err := store.OpenJournal(a.cfg.Storage.SpoolDir, a.outside.Clock.Now)
	if err != nil {
		return fmt.Errorf("SPOOL_DIR: %w", err)
	}
	a.journal = journal
	return nil
}

func (a *App) buildCourier(context.Context) error {
	spool, err := store.OpenSpool(a.cfg.Storage.SpoolDir, a.vault)
	if err != nil {
		return fmt.Errorf("SPOOL_DIR: %w", err)
	}
	a.courier = newCourier(a.engine, spool, meter{a.metrics}, a.log, a.outside.Clock)
	return nil
}

func (a *App) buildCatalog(context.Context) error {
	c, err := catalog.New(catalog.Config{
		Sources: a.vendors.sources,
		Markup:  catalog.Markup{Percent: a.cfg.Pricing.MarkupPercent, Fixed: a.cfg.Pricing.MarkupFixed},
		Clock:   a.outside.Clock, Meter: meter{a.metrics}, Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	a.catalog = c
	return nil
}

func (a *App) buildEngine(context.Context) error {
	var err error
	if a.minOrder, err = order.MoneyFromDecimal(a.cfg.Pricing.MinOrder); err != nil {
		return fmt.Errorf("MIN_ORDER: %w", err)
	}
	daily, err := order.MoneyFromDecimal(a.cfg.Orders.SupplierDailyMax)
	if err != nil {
		return fmt.Errorf("SUPPLIER_DAILY_MAX: %w", err)
	}
	payouts, err := order.MoneyFromDecimal(a.cfg.Orders.PayoutDailyMax)
	if err != nil {
		return fmt.Errorf("PAYOUT_DAILY_MAX: %w", err)
	}
	second, err := order.MoneyFromDecimal(a.cfg.Orders.RefundTwoPerson)
	if err != nil {
		return fmt.Errorf("REFUND_TWO_PERSON: %w", err)
	}
	shop, _, _ := strings.Cut(a.cfg.Telegram.BotToken.Reveal(), ":")
	shards := a.store.Shards()
	a.engine, err = order.NewEngine(order.Parts{
		Store: a.store, Index: a.store, Outbox: a.store, Permits: a.store,
		Gateways: a.vendors.gateways, Suppliers: a.vendors.suppliers,
		Receivers: a.vendors.receivers, Recallers: a.vendors.recallers,
		Payers: a.vendors.payers, Credits: a.store, Clearing: a.store, Desk: a.store, Switch: a.store,
		Memory: a.journal, Tide: a.tide, Freezer: a.store, Lists: a.vendors.lists,
		Vault: a.vault, Journal: a.journal, Funds: a.vendors.funds(a.catalog), Clock: a.outside.Clock,
		Meter: meter{a.metrics}, Random: a.outside.Random, Log: a.log, Keep: keeper(a.store, a.log), //nolint:contextcheck // a lease lives as long as its work, which a shutdown lets finish
		Told: func(n order.Number, list []order.Announcement) { a.tg.told(n, list) },
	}, order.Policy{
		Shop: shop, Admins: a.cfg.Shop.AdminIDs, TTL: a.cfg.Orders.TTL, MinOrder: a.minOrder,
		Shard:   func(buyer int64) int { return store.Shard(buyer, shards) },
		MaxLoss: a.cfg.Pricing.MaxLossPercent, MaxOpen: a.cfg.Orders.OpenMax, DailyMax: daily,
		Return: func(n order.Number) string { return a.tg.link(n) }, Rules: order.DefaultRules(),
		PayoutMax: payouts, TwoPerson: second,
	})
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

func (a *App) buildHandler(context.Context) error {
	a.handler = webhook.NewHandler(webhook.Config{
		Telegram: a.tg.intake, Payments: a.vendors.verifiers, Hints: a.engine,
		Suppliers: a.vendors.hints, Supply: a.engine, Callbacks: a.callbacks(), Ready: a.Ready,
		Meter: a.metrics, Log: a.log, Now: a.outside.Clock.Now,
	})
	return nil
}

// callbacks are the routes that may bring the only copy of what was bought.
func (a *App) callbacks() []webhook.Callback {
	if a.vendors.letters == nil {
		return nil
	}
	return []webhook.Callback{{Name: univoucher.Vendor, Open: a.vendors.openLetter, Keep: a.courier.keep}}
}

// Leave has Ready say no from now on: the replica still takes what comes, and
// nothing more should be sent to it.
func (a *App) Leave() { a.leaving.Store(true) }

// Ready reports whether the bot should be sent requests: Redis answers, there is
// something to sell or every supplier was asked for it once, and it was not asked
// to stop. A supplier that is away later must not keep payments and cards from
// coming in.
func (a *App) Ready(ctx context.Context) error {
	if a.leaving.Load() {
		return errors.New("about to stop")
	}
	if err := a.store.Ping(ctx); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	if a.catalog.Snapshot().ReadAt() == 0 && !a.catalog.Tried() {
		return errors.New("the catalogue was never read")
	}
	return nil
}

// Run works until ctx ends: orders, announcements, the catalogue. What is spent
// at that moment is finished, the rest is left to the next start by its lease.
func (a *App) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.catalog.Run(ctx) })
	for range workers {
		all.Go(func() { a.engine.Run(ctx) })
	}
	all.Go(func() { a.tg.run(ctx) })
	all.Go(func() { a.courier.run(ctx) })
	all.Go(func() { a.watch(ctx) })
	all.Go(func() { a.tellFreezes(ctx) })
	all.Go(func() { a.clear(ctx) })
	all.Go(func() { a.books.run(ctx) })
	all.Go(func() { a.register(ctx) })
	all.Go(func() { a.settle(ctx) })
	all.Wait()
	a.signOff(context.WithoutCancel(ctx))
}

// settle gives back what only the start needed: settings, fonts, the answers
// the first catalogue was made from. A bot is idle most of its life.
func (a *App) settle(ctx context.Context) {
	for sleep(ctx, time.Second) {
		if a.catalog.Tried() {
			debug.FreeOSMemory()
			return
		}
	}
}

// Drain waits for updates that are being handled.
func (a *App) Drain(ctx context.Context) error { return a.tg.drainIntake(ctx) }

// Close releases what New opened.
func (a *App) Close() error {
	var errs []error
	if a.journal != nil {
		errs = append(errs, a.journal.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// texts loads the locales.
func texts() (*locales.Catalogue, error) {
	c, err := locales.New()
	if err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	return c, nil
}
