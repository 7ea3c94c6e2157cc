package kit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/sandbox"
	"giftbot/sandbox/telegram"
	"giftbot/store/redistest"
)

// Admin is the Telegram id of a shop's one admin.
const Admin int64 = 1003

// Options change what Open builds; the zero value is the usual shop.
type Options struct {
	Settings map[string]string // settings of the bot, over the usual ones
	Bots     int               // replicas to start; 0 means one, below 0 none
}

// Shop is a whole world in the test's process, and replicas of the built bot
// around it as processes of their own.
type Shop struct {
	*Control
	World *sandbox.World
	Chat  *telegram.Server
	Redis *redistest.Server

	t        testing.TB
	secrets  Secrets
	settings map[string]string
	front    *front
	seen     *witness

	mu   sync.Mutex
	bots []*Bot
}

// Bot is one replica: `bot serve`.
type Bot struct {
	*Process
	Addr    string // host:port of its public side
	Metrics string // host:port of /metrics
}

// Secrets are the credentials of a shop, drawn anew for each.
type Secrets struct {
	Token, Telegram, InfiniKey, InfiniSecret, InfiniHook, VoucherKey, VoucherPath, Encryption string
}

func drawSecrets(t testing.TB) Secrets {
	random := func(n int) []byte {
		raw := make([]byte, n)
		if _, err := rand.Read(raw); err != nil {
			t.Fatal(err)
		}
		return raw
	}
	text := func(n int) string { return hex.EncodeToString(random(n)) }
	return Secrets{
		Token: "700000001:" + text(18)[:35], Telegram: text(16), InfiniKey: "key-" + text(6), InfiniSecret: text(24),
		InfiniHook: text(24), VoucherKey: "infi_sk_" + text(16), VoucherPath: text(24),
		Encryption: base64.StdEncoding.EncodeToString(random(32)),
	}
}

// Open starts a Redis, a world and the bot, and waits until it is ready to
// sell. When the test ends well, the world is audited: see Audit.
func Open(t testing.TB, o Options) *Shop {
	t.Helper()
	s := &Shop{t: t, secrets: drawSecrets(t), Redis: redistest.Start(t), front: &front{}, seen: &witness{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Control = NewControl(t, "http://"+listener.Addr().String())
	s.build()
	s.settings = s.usual(o.Settings)
	s.serveWorld(listener)
	for range max(1, o.Bots) {
		if o.Bots >= 0 {
			s.StartBot()
		}
	}
	t.Cleanup(func() {
		if !t.Failed() {
			s.Audit()
		} else if testing.Verbose() {
			for _, b := range s.Bots() {
				t.Log(b.Log())
			}
		}
	})
	if o.Bots >= 0 {
		s.AwaitReady()
	}
	return s
}

func (s *Shop) build() {
	s.t.Helper()
	s.Chat = telegram.New(telegram.Config{Token: s.secrets.Token})
	world, err := sandbox.New(sandbox.Config{
		PublicURL: s.Base, InfiniKeyID: s.secrets.InfiniKey, InfiniSecretKey: s.secrets.InfiniSecret,
		InfiniWebhookSecret: s.secrets.InfiniHook, InfiniWebhookURL: s.Base + "/webhooks/infini",
		InfiniVoucherKey: s.secrets.VoucherKey, InfiniVoucherWebhookURL: s.Base + "/webhooks/infinivoucher/" + s.secrets.VoucherPath,
		Telegram: s.Chat.BotAPI(), Chat: s.Chat.Chat(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.World = world
}

// serveWorld runs the world on a listener until the test ends. The webhooks'
// routes lead to the replicas, as a load balancer would.
func (s *Shop) serveWorld(listener net.Listener) {
	server := &http.Server{Handler: s.seen.watch(s.roof()), ReadHeaderTimeout: time.Minute}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) }) // ends by Close
	running.Go(func() { s.Chat.Run(ctx) })
	running.Go(func() { _ = s.World.Run(ctx) }) // ends with ctx
	s.t.Cleanup(func() {
		cancel()
		s.World.Faults.Clear()
		_ = server.Close()
		running.Wait()
	})
}

func (s *Shop) roof() http.Handler {
	world := s.World.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/webhooks/") {
			s.front.ServeHTTP(w, r)
			return
		}
		world.ServeHTTP(w, r)
	})
}

func (s *Shop) usual(over map[string]string) map[string]string {
	settings := map[string]string{
		"TELEGRAM_BOT_TOKEN": s.secrets.Token, "TELEGRAM_API_URL": s.Base + "/telegram", "TELEGRAM_WEBHOOK_SECRET": s.secrets.Telegram,
		"PUBLIC_URL": s.Base, "REDIS_URL": s.Redis.URL, "ENCRYPTION_KEYS": "k1:" + s.secrets.Encryption,
		"ADMIN_IDS": strconv.FormatInt(Admin, 10), "SHOP_NAME": "Aurora Gifts", "LOG_LEVEL": "debug",
		"INFINI_BASE_URL": s.Base + "/infini", "INFINI_KEY_ID": s.secrets.InfiniKey, "INFINI_SECRET_KEY": s.secrets.InfiniSecret,
		"INFINI_WEBHOOK_SECRET": s.secrets.InfiniHook, "INFINI_PAY_METHODS": "1,2",
		"INFINIVOUCHER_BASE_URL": s.Base + "/infinivoucher/api/v1", "INFINIVOUCHER_API_KEY": s.secrets.VoucherKey,
		"INFINIVOUCHER_WEBHOOK_PATH": s.secrets.VoucherPath,
	}
	for name, value := range over {
		settings[name] = value
	}
	return settings
}

// Secrets are the shop's credentials.
func (s *Shop) Secrets() Secrets { return s.secrets }

// StartBot starts one more replica, with a spool folder of its own, and waits
// until it listens.
func (s *Shop) StartBot() *Bot {
	s.t.Helper()
	return s.StartBotIn(s.t.TempDir())
}

// StartBotIn is StartBot with a given spool folder: the one of a replica that
// was killed makes this its restart.
func (s *Shop) StartBotIn(spool string) *Bot {
	s.t.Helper()
	metrics := freeAddr(s.t)
	environ := []string{"SPOOL_DIR=" + spool, "LISTEN_ADDR=127.0.0.1:0", "METRICS_ADDR=" + metrics}
	for name, value := range s.settings {
		environ = append(environ, name+"="+value)
	}
	b := &Bot{Process: run(s.t, environ, "serve"), Metrics: metrics}
	b.Addr = b.await(s.t, `"listening","addr":"`, `"`)
	s.mu.Lock()
	s.bots = append(s.bots, b)
	s.mu.Unlock()
	s.front.add(b)
	return b
}

// Bots lists every replica that was started, the dead ones included.
func (s *Shop) Bots() []*Bot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Bot(nil), s.bots...)
}

// Bot is the newest replica.
func (s *Shop) Bot() *Bot {
	bots := s.Bots()
	return bots[len(bots)-1]
}

// AwaitReady waits until every running replica says that it can sell, and
// Telegram knows where to send updates.
func (s *Shop) AwaitReady() {
	s.t.Helper()
	Eventually(s.t, "ready shop", func() bool {
		for _, b := range s.Bots() {
			if b.Running() && Status(s.t, http.MethodGet, "http://"+b.Addr+"/readyz", nil, nil) != http.StatusOK {
				return false
			}
		}
		var state struct {
			Webhook struct {
				URL string `json:"url"`
			} `json:"webhook"`
		}
		s.Get("/control/telegram", &state)
		return state.Webhook.URL != ""
	})
}

// Log is what all replicas wrote.
func (s *Shop) Log() string {
	var all strings.Builder
	for _, b := range s.Bots() {
		all.WriteString(b.Log())
	}
	return all.String()
}

// freeAddr is an address nobody listens at, below the ports that the system
// gives to outgoing connections: another process will listen there.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(10000+mathrand.IntN(5000)))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}
