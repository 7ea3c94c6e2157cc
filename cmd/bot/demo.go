package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"

	"giftbot/cmd/bot/app"
	"giftbot/config"
	"giftbot/sandbox"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/telegram"
	"giftbot/sandbox/univoucher"
)

const (
	demoAddr   = "127.0.0.1:8088"
	stockEvery = 50 * time.Millisecond
	stockWait  = 10 * time.Second
)

// demo runs the real bot against the sandbox, on one loopback port. It reads
// no environment and reaches no other machine.
func demo(ctx context.Context, args []string, out, logs io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(logs)
	addr := flags.String("listen", demoAddr, "loopback address to listen on")
	redis := flags.String("redis", "", "redis:// address of a real Redis on this machine; empty runs one in memory")
	verbose := flags.Bool("verbose", false, "log everything")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := loopbackOnly(*addr); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	spool, err := os.MkdirTemp("", "giftbot-demo-")
	if err != nil {
		return errors.Join(fmt.Errorf("spool folder: %w", err), listener.Close())
	}
	defer func() { _ = os.RemoveAll(spool) }()
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	d := &demonstration{
		listener: listener, base: "http://" + listener.Addr().String(), redis: *redis, spool: spool,
		log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: level})),
	}
	return d.run(ctx, out)
}

// loopbackOnly refuses to listen where other machines could reach the demo.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("--listen: want host:port, such as " + demoAddr)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return errors.New("--listen: the demo listens on loopback addresses only, such as " + demoAddr)
	}
	return nil
}

type demonstration struct {
	listener net.Listener
	base     string
	redis    string
	spool    string
	log      *slog.Logger
}

// credentials are the demo's, drawn anew at every start.
type credentials struct {
	token, telegram, infiniKey, infiniSecret, infiniHook, voucherKey, voucherPath, encryption string
	inventKey, inventHook, inventCash, plexyKey, plexyAgent, wallet                           string
}

func drawCredentials() credentials {
	secret := func(n int) string {
		raw := make([]byte, n)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		return hex.EncodeToString(raw)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return credentials{
		token: "700000001:" + secret(18)[:35], telegram: secret(16), infiniKey: "demo-" + secret(6), infiniSecret: secret(24),
		infiniHook: secret(24), voucherKey: "infi_sk_" + secret(16), voucherPath: secret(24),
		inventKey: "pk_demo_" + secret(12), inventHook: "whsec_" + secret(16), inventCash: "wk_demo_" + secret(12),
		plexyKey: secret(20), plexyAgent: uuid.NewString(), wallet: secret(32),
		encryption: "demo:" + base64.StdEncoding.EncodeToString(key),
	}
}

func (d *demonstration) run(ctx context.Context, out io.Writer) error {
	address, stopRedis, err := d.startRedis()
	if err != nil {
		return err
	}
	defer stopRedis()
	c := drawCredentials()
	clock := kit.NewClock(nil)
	chat := telegram.New(telegram.Config{Token: c.token, Now: clock.Now})
	world, err := sandbox.New(sandbox.Config{
		Clock: clock, PublicURL: d.base,
		InfiniKeyID: c.infiniKey, InfiniSecretKey: c.infiniSecret, InfiniWebhookSecret: c.infiniHook,
		InfiniWebhookURL: d.base + "/webhooks/infini", InfiniVoucherKey: c.voucherKey,
		InfiniVoucherWebhookURL: d.base + "/webhooks/infinivoucher/" + c.voucherPath,
		InventPayKey:            c.inventKey, InventPayWebhookSecret: c.inventHook, InventPayWithdrawalKey: c.inventCash,
		PlexyKey: c.plexyKey, PlexyAgentID: c.plexyAgent, UniVoucherWallets: univoucher.DefaultWallets(c.wallet),
		Telegram: chat.BotAPI(), Chat: chat.Chat(),
	})
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	cfg, err := config.Load(d.settings(c, address))
	if err != nil {
		return fmt.Errorf("demo settings: %w", err)
	}
	// The bot's first calls go to this same port: they wait in its backlog
	// until it is served.
	a, err := app.New(ctx, cfg, app.Outside{Log: d.log, Clock: clock, Offset: clock.Offset, Version: version})
	if err != nil {
		return err
	}
	var around sync.WaitGroup
	around.Go(func() { d.welcome(ctx, a, out) })
	around.Go(func() { chat.Run(ctx) })
	around.Go(func() {
		if broken := world.Run(ctx); broken != nil && ctx.Err() == nil {
			d.log.Warn("sandbox", "err", broken)
		}
	})
	err = together(ctx, a, d.listener, oneRoof(world.Handler(), a.Handler()), "")
	around.Wait()
	return errors.Join(err, a.Close())
}

// startRedis returns the address of the given Redis, or of one in memory.
func (d *demonstration) startRedis() (string, func(), error) {
	if d.redis != "" {
		return d.redis, func() {}, nil
	}
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return "", nil, fmt.Errorf("redis in memory: %w", err)
	}
	return "redis://" + m.Addr(), m.Close, nil
}

func (d *demonstration) settings(c credentials, redis string) []string {
	return []string{
		"TELEGRAM_BOT_TOKEN=" + c.token, "TELEGRAM_API_URL=" + d.base + "/telegram", "TELEGRAM_WEBHOOK_SECRET=" + c.telegram,
		"PUBLIC_URL=" + d.base, "LISTEN_ADDR=" + d.listener.Addr().String(),
		"REDIS_URL=" + redis, "REDIS_DURABILITY=unsafe", "ENCRYPTION_KEYS=" + c.encryption, "SPOOL_DIR=" + d.spool,
		"ADMIN_IDS=1003", "SHOP_NAME=Aurora Gifts", "SUPPORT_URL=https://example.com/support",
		"INFINI_BASE_URL=" + d.base + "/infini", "INFINI_KEY_ID=" + c.infiniKey, "INFINI_SECRET_KEY=" + c.infiniSecret,
		"INFINI_WEBHOOK_SECRET=" + c.infiniHook, "INFINI_PAY_METHODS=1,2",
		"INFINIVOUCHER_BASE_URL=" + d.base + "/infinivoucher/api/v1", "INFINIVOUCHER_API_KEY=" + c.voucherKey,
		"INFINIVOUCHER_WEBHOOK_PATH=" + c.voucherPath,
		"INVENTPAY_BASE_URL=" + d.base + "/inventpay", "INVENTPAY_API_KEY=" + c.inventKey, "INVENTPAY_WEBHOOK_SECRET=" + c.inventHook,
		"INVENTPAY_WITHDRAWAL_KEY=" + c.inventCash, "PAYOUT_DAILY_MAX=500", "INFINI_SURPLUS=credit",
		"PLEXY_BASE_URL=" + d.base + "/plexy", "PLEXY_API_KEY=" + c.plexyKey, "PLEXY_AGENT_ID=" + c.plexyAgent,
		"PLEXY_ACCOUNT_FIELDS=" + demoFields,
		"UNIVOUCHER_BASE_URL=" + d.base + "/univoucher/v1", "UNIVOUCHER_CANCEL=true",
		"UNIVOUCHER_PRIVATE_KEYS=" + perChain(":", func(int64) string { return c.wallet }),
		"UNIVOUCHER_RPC=" + perChain("=", func(chain int64) string { return fmt.Sprintf("%s/univoucher/rpc/%d", d.base, chain) }),
	}
}

// demoFields is what buyers type for the sandbox's top-ups.
const demoFields = `{
	"301": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}", "example": "51234567"}],
	"302": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}", "example": "51234567"}],
	"303": [{"key": "phone", "label": "Phone number", "format": "\\+?[0-9]{8,15}", "example": "+15551234567"}],
	"456": [{"key": "steam_login", "label": "Steam login", "format": "[A-Za-z0-9_]{3,32}", "example": "gabe_1996"},
		{"key": "email", "label": "E-mail", "format": "[^@ ]+@[^@ ]+\\.[^@ ]+", "example": "you@example.com"}]
}`

// perChain writes a setting with one entry for each chain gift cards are on.
func perChain(between string, value func(chain int64) string) string {
	var parts []string
	for _, t := range univoucher.DefaultTokens() {
		if entry := fmt.Sprintf("%d%s%s", t.Chain, between, value(t.Chain)); !slices.Contains(parts, entry) {
			parts = append(parts, entry)
		}
	}
	return strings.Join(parts, ",")
}

// oneRoof serves the bot's own routes next to the sandbox's.
func oneRoof(world, bot http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/webhooks/") || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			bot.ServeHTTP(w, r)
			return
		}
		world.ServeHTTP(w, r)
	})
}

// welcome says where the shop is once its shelves are full: who opens it at once
// sees all of it.
func (d *demonstration) welcome(ctx context.Context, a *app.App, out io.Writer) {
	tick := time.NewTicker(stockEvery)
	defer tick.Stop()
	for waited := time.Duration(0); waited < stockWait && !a.Catalog().Tried(); waited += stockEvery {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	d.greet(out)
}

func (d *demonstration) greet(out io.Writer) {
	storage := "Redis runs in memory: nothing is kept when you stop."
	if d.redis != "" {
		storage = "Orders are kept in the Redis you named."
	}
	// Nobody to tell when the terminal is gone.
	_, _ = fmt.Fprintf(out, "\n  giftbot demo: no real money, no account, nothing leaves this machine.\n  %s\n\n  Open  %s/\n\n  Stop with Ctrl-C.\n\n", storage, d.base)
}
