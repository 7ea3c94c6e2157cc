package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/cmd/bot/app"
	"giftbot/flows"
	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/rest"
	"giftbot/store"
)

// As many as production has (cmd/bot/app).
const (
	millWorkers = 8
	millTellers = 4
)

// millOptions say where a mill stands.
type millOptions struct {
	redis    string
	mode     store.Mode
	counters *counters
	telegram string          // Bot API to talk to
	limits   telegram.Limits // of outgoing messages; zero: none
	dir      string          // of its journal: an empty one beside open orders stops all spending; "" is one of its own
	idle     bool            // orders can be placed, nobody works
}

// mill moves paid orders as fast as it can: production's store, journal,
// engine, clients, announcements and webhook, put together as package app does,
// with vendors that have no limits.
type mill struct {
	base   string // where its webhooks are
	store  *store.Store
	engine *order.Engine
	sender *telegram.Sender
	stop   func()

	o       millOptions
	vault   *store.Vault
	disk    disk
	voucher *infinivoucher.Adapter
	gateway order.Gateway
	catalog *catalog.Catalogue
	drain   *telegram.Drain
	meter   counted
	closers []func()
}

// openMill starts a mill and waits until it knows what it sells.
func openMill(ctx context.Context, o millOptions) (*mill, error) {
	m := &mill{o: o, meter: counted{webhook.NewMetrics()}}
	m.stop = func() {
		for i := len(m.closers) - 1; i >= 0; i-- {
			m.closers[i]()
		}
	}
	for _, build := range []func(context.Context) error{m.openDisk, m.openStore, m.openVendors, m.openEngine, m.openEdge, m.open} {
		if err := build(ctx); err != nil {
			m.stop()
			return nil, err
		}
	}
	return m, nil
}

func (m *mill) openStore(ctx context.Context) (err error) {
	if m.vault, err = openVault(); err != nil {
		return err
	}
	if m.store, err = store.New(store.Options{URL: m.o.redis, Mode: m.o.mode, Vault: m.vault, Clock: time.Now, Tide: m.disk.tide}); err != nil {
		return fmt.Errorf("mill: %w", err)
	}
	m.closers = append(m.closers, func() { _ = m.store.Close() })
	return m.store.Prepare(ctx)
}

func (m *mill) openDisk(context.Context) (err error) {
	if m.disk, err = openDisk(m.o.dir, time.Now); err != nil {
		return err
	}
	m.closers = append(m.closers, m.disk.close)
	return nil
}

// unhindered is a rate nobody here reaches; breaker and retries stay.
func unhindered() rest.Chain {
	return rest.Chain{Limit: rest.Limit{Calls: 1_000_000, Per: time.Second, MaxWait: time.Second}}
}

func (m *mill) openVendors(context.Context) error {
	pay, err := infini.New(infini.Options{
		BaseURL: m.o.counters.base + gatewayAt, KeyID: infiniKey, SecretKey: infiniSecret, MaxSkew: infini.MaxSkew, Chain: unhindered(),
	})
	if err != nil {
		return err
	}
	m.gateway = infini.NewAdapter(pay, infini.AdapterTerms{PayMethods: []int{1}})
	codes, err := infinivoucher.New(infinivoucher.Options{BaseURL: m.o.counters.base + voucherAt, APIKey: voucherKey, Chain: unhindered()})
	if err != nil {
		return err
	}
	m.voucher = infinivoucher.NewAdapter(codes, time.Now)
	m.catalog, err = catalog.New(catalog.Config{
		Sources: []catalog.Source{app.VoucherSource(m.voucher)}, Markup: catalog.Markup{Percent: decimal.NewFromInt(10)},
		Clock: realClock{}, Meter: m.meter, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	return nil
}

// generous is the supplier without its limit of purchases.
type generous struct{ *infinivoucher.Adapter }

// Terms implements order.Supplier.
func (g generous) Terms() order.SupplierTerms {
	t := g.Adapter.Terms()
	t.Sends = 0
	return t
}

func (m *mill) openEngine(ctx context.Context) (err error) {
	shards := m.store.Shards()
	m.engine, err = order.NewEngine(order.Parts{
		Store: m.store, Index: m.store, Outbox: m.store, Permits: m.store, Credits: m.store, Clearing: m.store, Desk: m.store, Switch: m.store,
		Gateways:  map[string]order.Gateway{infini.Vendor: m.gateway},
		Suppliers: map[string]order.Supplier{infinivoucher.Vendor: generous{m.voucher}},
		Memory:    m.disk.journal, Tide: m.disk.tide, Freezer: m.store,
		Vault: m.vault, Journal: m.disk.journal, Funds: plenty{}, Clock: realClock{}, Meter: m.meter, Log: slog.New(slog.DiscardHandler),
		Told: m.told,
	}, order.Policy{
		Shop: "700000001", Admins: []int64{1003}, TTL: linkLives, MinOrder: order.Cent, MaxOpen: 3,
		Shard: func(buyer int64) int { return store.Shard(buyer, shards) }, Rules: order.DefaultRules(),
	})
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if _, err = m.engine.Replay(ctx); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// told has the mill tell at once what it has just stored.
func (m *mill) told(n order.Number, list []order.Announcement) {
	for _, a := range list {
		m.drain.Tell(telegram.Waiting{Announcement: a, Number: n})
	}
}

func (m *mill) openEdge(context.Context) error {
	texts, err := locales.New()
	if err != nil {
		return fmt.Errorf("locales: %w", err)
	}
	keys, err := m.vault.SubKeys("buttons")
	if err != nil {
		return fmt.Errorf("buttons: %w", err)
	}
	codec, err := telegram.NewCodec(keys...)
	if err != nil {
		return fmt.Errorf("buttons: %w", err)
	}
	log, client := slog.New(slog.DiscardHandler), telegram.NewClient()
	m.closers = append(m.closers, client.Close)
	m.sender, err = telegram.NewSender(telegram.SenderConfig{
		Token: botToken, Server: m.o.telegram, HTTP: client, Limits: m.o.limits, Clock: realClock{}, Meter: m.meter, Log: log,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	m.drain, err = telegram.NewDrain(telegram.DrainParts{
		Outbox: notices{m.store}, Engine: m.engine, Renderer: telegram.NewRenderer(texts, codec, m.meter, log), Sender: m.sender,
		Views: flows.Conversation{}, Env: m.env, Clock: realClock{}, Meter: m.meter, Log: log,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	return nil
}

func (m *mill) env() flows.Env {
	return flows.Env{Now: order.At(time.Now()), Catalogue: m.catalog.Snapshot(), Shop: flows.Shop{
		Name: "Aurora Gifts", Languages: []string{"en"}, MinOrder: order.Cent,
		Gateways: []flows.Gateway{{Name: infini.Vendor, Label: flows.GatewayLabel(infini.Vendor)}},
	}}
}

// open serves the webhooks and starts whoever works.
func (m *mill) open(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	m.closers = append(m.closers, func() { cancel(); all.Wait() })
	labelled(run, "ours", func() {
		all.Go(func() { m.catalog.Run(run) })
		if !m.o.idle {
			for range millWorkers {
				all.Go(func() { m.engine.Run(run) })
			}
			all.Go(func() { m.drain.Run(run, millTellers) })
		}
	})
	base, stop, err := serveAs(ctx, "ours", webhook.NewHandler(webhook.Config{
		Payments: map[string]webhook.Verifier{infini.Vendor: verified}, Hints: m.engine, Ready: m.store.Ping,
		Meter: m.meter, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}))
	if err != nil {
		return err
	}
	m.base = base
	m.closers = append(m.closers, stop)
	return until(ctx, func() (bool, error) { return m.catalog.Snapshot().ReadAt() != 0, nil })
}

// verified checks the gateway's webhooks as package app does.
func verified(header http.Header, body []byte, now time.Time) (webhook.Notice, error) {
	event, err := infini.Verify([]string{infiniHook}, header, body, now)
	if errors.Is(err, infini.ErrBody) {
		return webhook.Notice{}, webhook.ErrMalformed
	}
	if err != nil {
		return webhook.Notice{}, err
	}
	number, hint, ok := event.Hint()
	if !ok {
		return webhook.Notice{}, nil
	}
	return webhook.Notice{Number: number, Hint: hint}, nil
}
