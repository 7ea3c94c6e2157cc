package kit

import (
	"context"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/sandbox"
	clock "giftbot/sandbox/kit"
	"giftbot/sandbox/telegram"
	"giftbot/sandbox/univoucher"
	"giftbot/store/redistest"
)

// Admin is the Telegram id of a shop's one admin.
const Admin int64 = 1003

// Options change what Open builds; the zero value is the usual shop.
type Options struct {
	Settings map[string]string // settings of the bot, over the usual ones; an empty value takes one away
	Bots     int               // replicas to start; 0 means one, below 0 none
	// Clock has world and bot on one clock that /control/clock moves. The bot
	// then runs in the test's own process, not as the built binary.
	Clock bool
	// Front takes the webhooks in place of kit's own load balancer.
	Front http.Handler
	// Unaudited leaves the audit at the end to the test.
	Unaudited bool
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
	webhooks http.Handler // who takes them: front, or what the test brought
	seen     *witness
	clock    *clock.Clock // nil: every process has the machine's

	mu   sync.Mutex
	bots []*Bot
}

// Bot is one replica: `bot serve`.
type Bot struct {
	*Process
	Addr    string // host:port of its public side
	Metrics string // host:port of /metrics
	Spool   string // its folder
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
	s.webhooks = s.front
	if o.Front != nil {
		s.webhooks = o.Front
	}
	s.Control = NewControl(t, "http://"+listener.Addr().String())
	if o.Clock {
		s.clock = clock.NewClock(nil)
	}
	s.build()
	s.settings = s.usual(o.Settings)
	s.serveWorld(listener)
	for range max(1, o.Bots) {
		if o.Bots >= 0 {
			s.StartBot()
		}
	}
	t.Cleanup(func() {
		switch {
		case o.Unaudited: // the test speaks for itself
		case !t.Failed():
			s.Audit()
		case testing.Verbose():
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
	c, chat := s.secrets, telegram.Config{Token: s.secrets.Token}
	if s.clock != nil {
		chat.Now = s.clock.Now
	}
	s.Chat = telegram.New(chat)
	world, err := sandbox.New(sandbox.Config{
		Clock: s.clock, PublicURL: s.Base,
		InfiniKeyID: c.InfiniKey, InfiniSecretKey: c.InfiniSecret, InfiniWebhookSecret: c.InfiniHook, InfiniWebhookURL: s.Base + "/webhooks/infini",
		InfiniVoucherKey: c.VoucherKey, InfiniVoucherWebhookURL: s.Base + "/webhooks/infinivoucher/" + c.VoucherPath,
		InventPayKey: c.InventKey, InventPayWithdrawalKey: c.InventCash, InventPayWebhookSecret: c.InventHook,
		PlexyKey: c.PlexyKey, PlexyAgentID: c.PlexyAgent, UniVoucherWallets: univoucher.DefaultWallets(c.Wallet),
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
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: time.Minute}
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

// Handler is the whole world as its address serves it: a test may give a replica
// an address of its own.
func (s *Shop) Handler() http.Handler { return s.seen.watch(s.roof()) }

func (s *Shop) roof() http.Handler {
	world := s.World.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/webhooks/") {
			s.webhooks.ServeHTTP(w, r)
			return
		}
		world.ServeHTTP(w, r)
	})
}

// Secrets are the shop's credentials.
func (s *Shop) Secrets() Secrets { return s.secrets }

// StartBot starts one more replica, with a spool folder of its own, and waits
// until it listens.
func (s *Shop) StartBot() *Bot {
	s.t.Helper()
	return s.StartBotIn(redistest.Folder(s.t))
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
	b := &Bot{Metrics: metrics, Spool: spool}
	if s.clock != nil {
		b.Process = runInside(s.t, environ, s.clock)
	} else {
		b.Process = run(s.t, environ, "serve")
	}
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

// AwaitReady waits until every running replica says that it can sell and has
// read the shelves of all its suppliers, and Telegram knows where to send
// updates.
func (s *Shop) AwaitReady() {
	s.t.Helper()
	Eventually(s.t, "ready shop", func() bool {
		for _, b := range s.Bots() {
			if b.Running() && (Status(s.t, http.MethodGet, "http://"+b.Addr+"/readyz", nil, nil) != http.StatusOK || !s.stocked(b)) {
				return false
			}
		}
		var state struct {
			Webhook struct {
				URL string `json:"url"`
			} `json:"webhook"`
		}
		s.Get("/control/telegram", &state)
		return state.Webhook.URL != "" || s.settings["TELEGRAM_MODE"] == "polling"
	})
}

// stocked reports whether a replica has asked every supplier for its products,
// whatever came of it.
func (s *Shop) stocked(b *Bot) bool {
	for supplier, credential := range map[string]string{
		"infinivoucher": "INFINIVOUCHER_API_KEY", "plexy": "PLEXY_API_KEY", "univoucher": "UNIVOUCHER_PRIVATE_KEYS",
	} {
		if s.settings[credential] == "" {
			continue
		}
		if _, asked := b.Figure("catalogue_reads_total", supplier+":"); !asked {
			return false
		}
	}
	return true
}

// Figure is a figure of /metrics: giftbot_{name}{what="{label}…"}, the first
// one whose label begins so. False when there is none.
func (b *Bot) Figure(name, label string) (string, bool) {
	status, text, err := get("http://" + b.Metrics + "/metrics")
	if err != nil || status != http.StatusOK {
		return "", false
	}
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, "giftbot_"+name+`{what="`+label); found {
			_, value, _ := strings.Cut(strings.TrimSpace(rest), "} ")
			return value, true
		}
	}
	return "", false
}

// Log is what all replicas wrote.
func (s *Shop) Log() string {
	var all strings.Builder
	for _, b := range s.Bots() {
		all.WriteString(b.Log())
	}
	return all.String()
}

// freeAddr is an address nobody listens at: below the ports that the system
// gives to outgoing connections, and on a loopback address of its own, because
// another process will listen there only later.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		host := net.IPv4(127, byte(1+mathrand.IntN(250)), byte(mathrand.IntN(256)), byte(1+mathrand.IntN(250)))
		addr := net.JoinHostPort(host.String(), strconv.Itoa(10000+mathrand.IntN(5000)))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}
