package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/pay"
	"giftbot/sandbox/plexy"
	"giftbot/sandbox/univoucher"
)

const (
	tickEvery       = 200 * time.Millisecond
	webhooksAtOnce  = 16
	telegramTarget  = "telegram"
	maxClockAdvance = 366 * 24 * time.Hour
)

// Config describes a world. Credentials are the bot's; those of Infini and
// InfiniVoucher are required, the other vendors exist when their key or wallets are set.
type Config struct {
	Clock         *kit.Clock    // nil = wall clock
	NewID         func() string // UUID strings for every id and code; nil = random. See kit.SeededIDs
	PublicURL     string        // where browsers reach this world; empty = the Host of the call that makes a checkout
	WebhookClient *http.Client  // carries the vendors' webhooks; nil = http.DefaultClient

	InfiniKeyID         string
	InfiniSecretKey     string
	InfiniWebhookSecret string
	InfiniWebhookURL    string // may be set later by POST /control/vendors/infini
	InfiniVoucherKey    string // API key with every scope

	InfiniVoucherWebhookURL string
	InfiniVoucherBalance    string                  // USDT; empty = 5000
	InfiniVoucherProducts   []infinivoucher.Product // nil = the default catalogue

	InventPayKey           string // empty = no InventPay
	InventPayWithdrawalKey string // empty = nobody can withdraw
	InventPayWebhookSecret string // required with the key
	InventPayWebhookURL    string // may be set later by API or POST /control/vendors/inventpay

	PlexyKey          string                      // empty = no Plexy
	PlexyAgentID      string                      // UUID, required with the key
	UniVoucherWallets map[int64]univoucher.Wallet // chain id → funded wallet; nil = no UniVoucher

	Telegram http.Handler // Bot API, mounted at /telegram/; nil = none
	Chat     http.Handler // chat page and its part of /control, mounted at /; nil = none

	Hosts     []string                                   // hosts allowed at /control besides loopback, without port
	Sleep     func(context.Context, time.Duration) error // performs the delay fault; nil = real time
	OnAdvance func(offset time.Duration)                 // told the clock's total offset after every POST /control/clock
}

// World is the assembled sandbox. It is safe for concurrent use.
type World struct {
	Clock         *kit.Clock
	Faults        *kit.Faults
	Requests      *kit.Requests
	Infini        *infini.Vendor
	InfiniVoucher *infinivoucher.Vendor
	InventPay     *inventpay.Vendor  // nil without its key
	Plexy         *plexy.Vendor      // nil without its key
	UniVoucher    *univoucher.Vendor // nil without wallets

	cfg     Config
	members []member
	handler http.Handler
}

// New assembles a world, or says which setting is missing.
func New(cfg Config) (*World, error) {
	if cfg.Clock == nil {
		cfg.Clock = kit.NewClock(nil)
	}
	w := &World{Clock: cfg.Clock, Faults: kit.NewFaults(cfg.Sleep), Requests: kit.NewRequests(cfg.Clock.Now), cfg: cfg}
	if err := w.openVendors(); err != nil {
		return nil, err
	}
	checkout, err := pay.Handler(w.checkout)
	if err != nil {
		return nil, fmt.Errorf("sandbox: checkout page: %w", err)
	}
	w.handler = w.routes(checkout)
	return w, nil
}

// Handler serves the whole world. It starts nothing.
func (w *World) Handler() http.Handler { return w.handler }

func (w *World) routes(checkout http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, m := range w.members {
		mux.Handle("/"+m.name+"/", m.handler)
	}
	if w.cfg.Telegram != nil {
		mux.Handle("/telegram/", w.watched(telegramTarget, w.cfg.Telegram, telegramFault))
	}
	mux.Handle("/pay/", w.local(checkout))
	mux.Handle("/control/", w.local(w.control()))
	if w.cfg.Chat != nil {
		chat := w.local(w.cfg.Chat)
		for _, route := range []string{"/", "/control/people", "/control/people/", "/control/chats/", "/control/events", "/control/telegram", "/control/telegram/"} {
			mux.Handle(route, chat)
		}
	}
	return mux
}

// watched logs the requests to a target and lets planned faults hit them.
func (w *World) watched(target string, h http.Handler, body func(int) []byte) http.Handler {
	return w.Requests.Wrap(target, w.Faults.WrapWith(target, h, body), withoutToken)
}

// tokenPath is where the bot token stands in a path.
var tokenPath = regexp.MustCompile(`^/telegram/(file/)?bot[^/]*`)

// withoutToken keeps the bot token out of the request log.
func withoutToken(path string) string {
	return tokenPath.ReplaceAllString(path, "/telegram/${1}bot***")
}

// telegramFault is an error in the shape of the Bot API.
func telegramFault(status int) []byte {
	answer := map[string]any{"ok": false, "error_code": status, "description": http.StatusText(status)}
	if status == http.StatusTooManyRequests {
		answer["description"] = "Too Many Requests: retry after 1"
		answer["parameters"] = map[string]int{"retry_after": 1}
	}
	raw, _ := json.Marshal(answer)
	return raw
}

func (w *World) vendors() []vendor {
	all := make([]vendor, 0, len(w.members))
	for _, m := range w.members {
		all = append(all, m.vendor)
	}
	return all
}

// Tick moves every vendor up to the present and sends the webhooks that are
// due, one after the other, always in the same order. It returns the number of
// webhook tries.
func (w *World) Tick(ctx context.Context) int {
	n := 0
	for _, v := range w.vendors() {
		n += v.Tick(ctx)
	}
	return n
}

// NextDue is when Tick next has something to do; false when nothing waits.
func (w *World) NextDue() (time.Time, bool) {
	var next time.Time
	for _, v := range w.vendors() {
		if at, ok := v.NextDue(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, !next.IsZero()
}

// Run ticks every vendor five times a second until ctx ends, each in its own
// goroutine, and returns when all have stopped.
func (w *World) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, v := range w.vendors() {
		g.Go(func() error {
			every := time.NewTicker(tickEvery)
			defer every.Stop()
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-every.C:
					v.TickParallel(ctx, webhooksAtOnce)
				}
			}
		})
	}
	return g.Wait()
}
