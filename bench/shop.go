package main

import (
	"context"
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
	"giftbot/order"
	"giftbot/sandbox"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/telegram"
	"giftbot/store"
)

// shopOptions say how a shop differs from the demo's.
type shopOptions struct {
	redis    string       // redis:// address
	telegram string       // Bot API to talk to; "" is the sandbox's
	trips    *store.Trips // may be nil
	passive  bool         // only answers: no order is worked on, nothing is announced
	five     bool         // all five vendors, not only one gateway and one supplier
	onEdit   func()       // called when an edit arrives at the sandbox's Bot API; may be nil
}

// shop is the bot in its sandbox on one loopback port, as `bot demo` has it,
// with a real Redis.
type shop struct {
	app   *app.App
	world *sandbox.World
	base  string // http://127.0.0.1:port
	stop  func()
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
	chat, err := s.assemble(ctx, o, spool)
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
	all.Go(func() { _ = s.world.Run(run) })
	labelled(run, "ours", func() {
		all.Go(func() { _ = webhook.Serve(run, l, oneRoof(s.world.Handler(), s.app.Handler(), o.onEdit), time.Second) })
		if o.passive {
			all.Go(func() { s.app.Catalog().Run(run) })
		} else {
			all.Go(func() { s.app.Run(run) })
		}
	})
	if err = until(ctx, func() (bool, error) { return s.stocked(ctx, o.five), nil }); err != nil {
		s.stop()
		return nil, fmt.Errorf("the shop does not get ready: %w", err)
	}
	if o.passive {
		err = s.register(ctx)
	}
	return s, err
}

// stocked reports whether the shop sells what its suppliers have.
func (s *shop) stocked(ctx context.Context, five bool) bool {
	now := s.app.Catalog().Snapshot()
	return s.app.Ready(ctx) == nil && (!five || len(now.Categories(order.KindTopUp)) > 0 && len(now.Categories(order.KindCard)) > 0)
}

// register has the sandbox deliver updates to a bot that does not ask for it.
func (s *shop) register(ctx context.Context) error {
	var out struct{}
	return call(ctx, newClient(), s.base+"/telegram/bot"+botToken+"/setWebhook",
		map[string]string{"url": s.base + "/webhooks/telegram", "secret_token": updateSecret}, &out)
}

func (s *shop) assemble(ctx context.Context, o shopOptions, spool string) (*telegram.Server, error) {
	clock := kit.NewClock(nil)
	chat := telegram.New(telegram.Config{Token: botToken, Now: clock.Now})
	var err error
	s.world, err = sandbox.New(worldOf(sandbox.Config{Clock: clock, PublicURL: s.base, Telegram: chat.BotAPI(), Chat: chat.Chat()}, s.base, o.five))
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(s.environ(o, spool))
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	s.app, err = app.New(ctx, cfg, app.Outside{
		Log: slog.New(slog.DiscardHandler), Clock: clock, Offset: clock.Offset, Trips: o.trips, Version: "bench",
	})
	return chat, err
}

func (s *shop) environ(o shopOptions, spool string) []string {
	api := o.telegram
	if api == "" {
		api = s.base + "/telegram"
	}
	return environ(place{bot: s.base, world: s.base, telegram: api, redis: o.redis, spool: spool}, o.five)
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
