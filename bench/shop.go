package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"giftbot/cmd/bot/app"
	"giftbot/config"
	"giftbot/handlers/webhook"
	"giftbot/sandbox"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/telegram"
	"giftbot/store"
)

// Credentials of the bot in its sandbox. They open nothing else.
const (
	botToken     = "700000001:AAbenchbenchbenchbenchbenchbenchben"
	updateSecret = "bench-telegram-secret"
	infiniKey    = "bench-key"
	infiniSecret = "bench-secret-key-of-infini"
	infiniHook   = "bench-webhook-secret-of-infini"
	voucherKey   = "infi_sk_benchbenchbenchbench"
	voucherPath  = "bench-webhook-path-of-the-supplier"
)

// shopOptions say how a shop differs from the demo's.
type shopOptions struct {
	redis    string       // redis:// address
	telegram string       // Bot API to talk to; "" is the sandbox's
	trips    *store.Trips // may be nil
	passive  bool         // only answers: no order is worked on, nothing is announced
	onEdit   func()       // called when an edit arrives at the sandbox's Bot API; may be nil
}

// shop is the bot in its sandbox on one loopback port, as `bot demo` has it,
// with a real Redis.
type shop struct {
	app  *app.App
	base string // http://127.0.0.1:port
	stop func()
}

// openShop starts everything and waits until the bot is ready to sell.
func openShop(ctx context.Context, o shopOptions) (*shop, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &shop{base: "http://" + l.Addr().String()}
	spool, err := os.MkdirTemp("", "giftbot-bench-spool-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool folder: %w", err), l.Close())
	}
	chat, world, err := s.assemble(ctx, o, spool)
	if err != nil {
		return nil, errors.Join(err, l.Close(), os.RemoveAll(spool))
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	s.stop = func() {
		cancel()
		all.Wait()
		_ = s.app.Close()
		_ = os.RemoveAll(spool)
	}
	all.Go(func() { chat.Run(run) })
	all.Go(func() { _ = world.Run(run) })
	labelled(run, "ours", func() {
		all.Go(func() { _ = webhook.Serve(run, l, oneRoof(world.Handler(), s.app.Handler(), o.onEdit), time.Second) })
		if o.passive {
			all.Go(func() { s.app.Catalog().Run(run) })
		} else {
			all.Go(func() { s.app.Run(run) })
		}
	})
	if err = until(ctx, func() (bool, error) { return s.app.Ready(ctx) == nil, nil }); err != nil {
		s.stop()
		return nil, fmt.Errorf("the shop does not get ready: %w", err)
	}
	if o.passive {
		err = s.register(ctx)
	}
	return s, err
}

// register has the sandbox deliver updates to a bot that does not ask for it.
func (s *shop) register(ctx context.Context) error {
	var out struct{}
	return call(ctx, newClient(), s.base+"/telegram/bot"+botToken+"/setWebhook",
		map[string]string{"url": s.base + "/webhooks/telegram", "secret_token": updateSecret}, &out)
}

func (s *shop) assemble(ctx context.Context, o shopOptions, spool string) (*telegram.Server, *sandbox.World, error) {
	clock := kit.NewClock(nil)
	chat := telegram.New(telegram.Config{Token: botToken, Now: clock.Now})
	world, err := sandbox.New(sandbox.Config{
		Clock: clock, PublicURL: s.base,
		InfiniKeyID: infiniKey, InfiniSecretKey: infiniSecret, InfiniWebhookSecret: infiniHook,
		InfiniWebhookURL: s.base + "/webhooks/infini", InfiniVoucherKey: voucherKey, InfiniVoucherBalance: "1000000000",
		InfiniVoucherWebhookURL: s.base + "/webhooks/infinivoucher/" + voucherPath,
		Telegram:                chat.BotAPI(), Chat: chat.Chat(),
	})
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(s.environ(o, spool))
	if err != nil {
		return nil, nil, fmt.Errorf("settings: %w", err)
	}
	s.app, err = app.New(ctx, cfg, app.Outside{
		Log: slog.New(slog.DiscardHandler), Clock: clock, Offset: clock.Offset, Trips: o.trips, Version: "bench",
	})
	return chat, world, err
}

// environ are production's settings: the durability of Redis is checked.
func (s *shop) environ(o shopOptions, spool string) []string {
	api := o.telegram
	if api == "" {
		api = s.base + "/telegram"
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return []string{
		"TELEGRAM_BOT_TOKEN=" + botToken, "TELEGRAM_API_URL=" + api, "TELEGRAM_WEBHOOK_SECRET=" + updateSecret,
		"PUBLIC_URL=" + s.base, "REDIS_URL=" + o.redis, "SPOOL_DIR=" + spool, "MIN_ORDER=0.10",
		"ENCRYPTION_KEYS=bench:" + base64.StdEncoding.EncodeToString(key),
		"ADMIN_IDS=1003", "SHOP_NAME=Aurora Gifts", "SUPPORT_URL=https://example.com/support",
		"INFINI_BASE_URL=" + s.base + "/infini", "INFINI_KEY_ID=" + infiniKey, "INFINI_SECRET_KEY=" + infiniSecret,
		"INFINI_WEBHOOK_SECRET=" + infiniHook,
		"INFINIVOUCHER_BASE_URL=" + s.base + "/infinivoucher/api/v1", "INFINIVOUCHER_API_KEY=" + voucherKey,
		"INFINIVOUCHER_WEBHOOK_PATH=" + voucherPath,
	}
}

// oneRoof serves the bot's routes next to the sandbox's.
func oneRoof(world, bot http.Handler, onEdit func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if onEdit != nil && strings.HasSuffix(r.URL.Path, "/editMessageText") {
			onEdit()
		}
		if strings.HasPrefix(r.URL.Path, "/webhooks/") || r.URL.Path == "/readyz" {
			bot.ServeHTTP(w, r)
			return
		}
		world.ServeHTTP(w, r)
	})
}

// labelled runs f, and every goroutine it starts, under a label of the CPU
// profile.
func labelled(ctx context.Context, part string, f func()) {
	pprof.Do(ctx, pprof.Labels("part", part), func(context.Context) { f() })
}

// serveAs serves h on a free port of loopback, with production's server
// settings and a label of the CPU profile.
func serveAs(ctx context.Context, part string, h http.Handler) (base string, stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	labelled(run, part, func() {
		all.Go(func() { _ = webhook.Serve(run, l, h, time.Second) })
	})
	return "http://" + l.Addr().String(), func() { cancel(); all.Wait() }, nil
}

// atOnce is how many connections a client here keeps open: more than any
// benchmark uses, so that nobody pays for reconnecting.
const atOnce = 64

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConns: atOnce, MaxIdleConnsPerHost: atOnce, DisableCompression: true},
		Timeout:   startWait,
	}
}
