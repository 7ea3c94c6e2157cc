package app

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"giftbot/catalog"
	"giftbot/config"
	"giftbot/flows"
	"giftbot/handlers/telegram"
	"giftbot/handlers/telegram/picture"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/store"
)

const (
	updatesAtOnce   = 64
	drainWorkers    = 8
	redrawWorkers   = 4
	webhookParallel = 40
)

// edge is the Telegram side of a replica.
type edge struct {
	painter    telegram.Painter // nil without gift cards
	renderer   *telegram.Renderer
	sender     *telegram.Sender
	language   string // admins are written to in the shop's own
	dispatcher *telegram.Dispatcher
	drain      *telegram.Drain
	setup      *telegram.Setup
	client     *telegram.Client
	intake     http.Handler     // nil in polling mode
	poller     *telegram.Poller // nil in webhook mode
	pollClient *telegram.Client
	stopIntake func(context.Context) error
	username   atomic.Pointer[string]
}

func (a *App) buildTelegram(context.Context) error {
	catalogue, err := texts()
	if err != nil {
		return err
	}
	codec, err := a.buttonCodec()
	if err != nil {
		return err
	}
	a.tg.client = telegram.NewClient()
	sender, err := telegram.NewSender(telegram.SenderConfig{
		Token: a.cfg.Telegram.BotToken.Reveal(), Server: a.cfg.Telegram.APIURL, HTTP: a.tg.client,
		Limits: telegram.DefaultLimits(), Clock: a.outside.Clock, Meter: meter{a.metrics}, Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	if a.vendors.cards != nil {
		painter, err := picture.New()
		if err != nil {
			return fmt.Errorf("gift card pictures: %w", err)
		}
		a.tg.painter = painter
	}
	renderer := telegram.NewRenderer(catalogue, codec, meter{a.metrics}, a.log)
	a.tg.renderer, a.tg.sender, a.tg.language = renderer, sender, a.languages()[0]
	if err := a.buildDispatcher(catalogue, codec, renderer, sender); err != nil {
		return err
	}
	if err := a.buildDrain(renderer, sender); err != nil {
		return err
	}
	a.tg.setup = telegram.NewSetup(sender, renderer, a.profile(), meter{a.metrics}, a.log)
	return a.buildIntake()
}

// buttonCodec signs buttons with a sub-key of every encryption key, so that a
// rotation does not kill the buttons people still see.
func (a *App) buttonCodec() (*telegram.Codec, error) {
	keys, err := a.vault.SubKeys("buttons")
	if err != nil {
		return nil, fmt.Errorf("button keys: %w", err)
	}
	codec, err := telegram.NewCodec(keys...)
	if err != nil {
		return nil, fmt.Errorf("button keys: %w", err)
	}
	return codec, nil
}

func (a *App) buildDispatcher(texts *locales.Catalogue, codec *telegram.Codec, r *telegram.Renderer, s *telegram.Sender) error {
	var err error
	a.tg.dispatcher, err = telegram.NewDispatcher(telegram.Parts{
		Sessions: sessions{a.store, a.vault, store.NewPacker(sessionWords)}, Orders: a.engine, Actions: a.engine,
		Credit: a.engine, Payouts: a.engine, Admin: a.admin(), Deferred: redraws{a.store}, People: people{a.store, a.cfg.Shop.AdminIDs},
		Flow: flows.Conversation{}, Texts: texts, Renderer: r, Codec: codec, Sender: s, Env: a.env(),
		Clock: a.outside.Clock, Meter: meter{a.metrics}, Log: a.log, Painter: a.tg.painter, Pictures: gallery{a.store},
		Woken: func(int64) { a.tg.drain.Wake() }, Retell: a.retell,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	return nil
}

func (a *App) buildDrain(r *telegram.Renderer, s *telegram.Sender) error {
	var err error
	a.tg.drain, err = telegram.NewDrain(telegram.DrainParts{
		Outbox: outbox{a.store}, Engine: a.engine, People: people{a.store, a.cfg.Shop.AdminIDs}, Renderer: r, Sender: s, Views: flows.Conversation{},
		Painter: a.tg.painter, Pictures: gallery{a.store},
		Env: a.env(), Enter: a.tg.dispatcher.Enter, Clock: a.outside.Clock, Meter: meter{a.metrics}, Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	return nil
}

func (a *App) buildIntake() error {
	if a.cfg.Telegram.Mode == config.ModePolling {
		return a.buildPoller()
	}
	secrets := []string{a.cfg.Telegram.WebhookSecret.Reveal(), a.cfg.Telegram.WebhookSecretPrevious.Reveal()}
	intake, err := telegram.NewIntake(a.tg.dispatcher, secrets, updatesAtOnce, meter{a.metrics}, a.log)
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	a.tg.intake, a.tg.stopIntake = intake, intake.Drain
	return nil
}

func (a *App) buildPoller() error {
	a.tg.pollClient = telegram.NewPollClient()
	poller, err := telegram.NewPoller(telegram.PollerConfig{
		Token: a.cfg.Telegram.BotToken.Reveal(), Server: a.cfg.Telegram.APIURL, HTTP: a.tg.pollClient,
		Handler: a.tg.dispatcher, Parallel: updatesAtOnce, Meter: meter{a.metrics}, Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("telegram: %w", err)
	}
	a.tg.poller, a.tg.stopIntake = poller, poller.Drain
	return nil
}

func (a *App) profile() telegram.Profile {
	p := telegram.Profile{
		Languages: a.languages(), Commands: flows.Commands(), About: flows.About(a.shop()), Short: flows.Short(a.shop()),
	}
	if a.cfg.Telegram.Mode == config.ModeWebhook {
		p.WebhookURL = a.cfg.Server.PublicURL + "/webhooks/telegram"
		p.Secret = a.cfg.Telegram.WebhookSecret.Reveal()
		p.Connections = webhookParallel
	}
	return p
}

// languages lists the offered languages, the default first.
func (a *App) languages() []string {
	first := locales.Match(a.cfg.Shop.DefaultLanguage, locales.Codes())
	list := []string{first}
	for _, code := range locales.Codes() {
		if code != first {
			list = append(list, code)
		}
	}
	return list
}

func (a *App) shop() flows.Shop {
	shop := flows.Shop{Name: a.cfg.Shop.Name, SupportURL: a.cfg.Shop.SupportURL, Languages: a.languages()}
	for _, name := range a.vendors.order {
		shop.Gateways = append(shop.Gateways, flows.Gateway{
			Name: name, Label: flows.GatewayLabel(name), Least: a.vendors.gateways[name].Terms().Least,
		})
	}
	shop.MinOrder = a.minOrder
	return shop
}

func (a *App) env() func() flows.Env {
	shop := a.shop()
	return func() flows.Env {
		return flows.Env{Now: order.At(a.outside.Clock.Now()), Catalogue: onSale{a.catalog.Snapshot(), a.engine.Paused}, Shop: shop}
	}
}

// onSale is the catalogue in which what is off sale is out of stock: a
// purchase of it is unclear, and nothing more of it can be bought.
type onSale struct {
	catalog.Snapshot
	paused func(supplier, item string) bool
}

// Product implements catalog.Snapshot.
func (s onSale) Product(id string) (catalog.Product, bool) {
	p, ok := s.Snapshot.Product(id)
	if ok && s.paused(p.Supplier, p.Item) {
		p.Stock = 0
	}
	return p, ok
}

// retell has the order's status message shown again, by whichever replica.
func (a *App) retell(ctx context.Context, person int64, n order.Number) error {
	p := store.Pending{Number: n, Announcement: order.Announcement{Kind: order.AnnounceStatus, To: person}}
	if err := a.store.Announce(ctx, p); err != nil {
		return fmt.Errorf("announce again: %w", err)
	}
	a.tg.drain.Tell(telegram.Waiting(p))
	return nil
}

// told has this replica tell at once what it has just stored.
func (e *edge) told(n order.Number, list []order.Announcement) {
	waiting := make([]telegram.Waiting, len(list))
	for i, announcement := range list {
		waiting[i] = telegram.Waiting{Announcement: announcement, Number: n}
	}
	e.drain.Tell(waiting...)
}

// link leads from a checkout page back to the order in the chat, "" while the
// bot's name is not known.
func (e *edge) link(n order.Number) string {
	name := e.username.Load()
	if name == nil {
		return ""
	}
	return "https://t.me/" + *name + "?start=" + flows.OrderLink(n)
}

func (e *edge) named(username string) {
	e.username.Store(&username)
	e.dispatcher.SetUsername(username)
}

func (e *edge) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() {
		// The error was counted and logged, and it is tried again until ctx ends.
		_ = e.setup.Run(ctx, e.named)
	})
	all.Go(func() { e.drain.Run(ctx, drainWorkers) })
	all.Go(func() { e.dispatcher.RunDeferred(ctx, redrawWorkers) })
	if e.poller != nil {
		all.Go(func() {
			e.poller.Run(ctx)
			e.pollClient.Close()
		})
	}
	all.Wait()
	e.client.Close()
}

const drainTime = 20 * time.Second

func (e *edge) drainIntake(ctx context.Context) error {
	if e.stopIntake == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	return e.stopIntake(ctx)
}
