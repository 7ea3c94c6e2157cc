package inventpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

const (
	api        = "/inventpay/v1"
	hookAnswer = 5 * time.Second // the shop must answer within, inventpay sheet §5

	// WebhookTarget is the fault target of the webhooks this vendor sends.
	WebhookTarget = "inventpay-webhooks"
)

// Config is what a Vendor needs. APIKey, WebhookSecret and Now are required.
type Config struct {
	APIKey        string
	WithdrawalKey string // empty = nobody can withdraw
	WebhookSecret string
	Now           func() time.Time
	NewID         func() string     // UUID strings, source of ids, addresses and hashes; nil = random
	PublicURL     string            // where /pay/ is served, no final slash; empty = the Host of the create call
	WebhookURL    string            // the merchant's one webhook URL; the API and /control may change it
	WebhookClient *http.Client      // carries the webhooks; nil = http.DefaultClient
	Balances      map[string]string // coin → amount to withdraw; nil = 500 USDT_BEP20
	Faults        *kit.Faults
}

// Vendor is one merchant account at the gateway. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	out     *kit.Outbox // to the merchant URL
	direct  *kit.Outbox // to the URL a message carries: callbackUrl and tests
	handler http.Handler

	mu          sync.Mutex
	set         settings
	payments    []*payment
	byID        map[string]*payment
	open        []*payment // those that time can still move
	withdrawals []*withdrawal
	byPayout    map[string]*withdrawal
	accounts    map[string]*account // by coin
	calls       map[string][]time.Time
	sent        []*delivery
	bySent      map[string]*delivery
	urlSetAt    time.Time
}

// New returns a vendor with empty books, or an error naming the missing setting.
func New(cfg Config) (*Vendor, error) {
	if cfg.APIKey == "" || cfg.WebhookSecret == "" || cfg.Now == nil {
		return nil, errors.New("inventpay sandbox: APIKey, WebhookSecret and Now are required")
	}
	if cfg.NewID == nil {
		cfg.NewID = uuid.NewString
	}
	if cfg.Balances == nil {
		cfg.Balances = map[string]string{"USDT_BEP20": "500"}
	}
	v := &Vendor{
		cfg: cfg, set: defaultSettings(), byID: map[string]*payment{}, byPayout: map[string]*withdrawal{},
		accounts: map[string]*account{}, calls: map[string][]time.Time{}, bySent: map[string]*delivery{},
	}
	for code, text := range cfg.Balances {
		amount, err := decimal.NewFromString(text)
		if _, known := findCoin(code); err != nil || amount.IsNegative() || !known {
			return nil, fmt.Errorf("inventpay sandbox: Balances: bad amount %q of %q", text, code)
		}
		v.account(code).earned = amount
	}
	v.out = v.outbox(cfg.WebhookClient, cfg.WebhookURL)
	v.direct = v.outbox(addressed(cfg.WebhookClient), carriedURL)
	v.handler = v.routes()
	return v, nil
}

func (v *Vendor) outbox(client *http.Client, url string) *kit.Outbox {
	return kit.NewOutbox(kit.OutboxConfig{
		Target: WebhookTarget, Train: retryTrain(), Now: v.cfg.Now, Timeout: hookAnswer,
		Client: client, Faults: v.cfg.Faults, URL: url,
	})
}

// retryTrain is when a webhook is sent. The train is ours: the sheet says that
// failed deliveries are retried, and that count and schedule are not documented
// (inventpay sheet §5).
func retryTrain() []time.Duration {
	return []time.Duration{0, 15 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}
}

// Handler serves everything under /inventpay/; mount it without stripping.
func (v *Vendor) Handler() http.Handler { return v.handler }

func (v *Vendor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"/invoice/{id}/status", v.limited(limitStatus, v.status)) // public, no key
	for route, h := range map[string]http.HandlerFunc{
		"POST " + api + "/create_invoice":                       v.keyed(limitCreate, v.createInvoice),
		"POST " + api + "/create_payment":                       v.keyed(limitCreate, v.createPayment),
		"GET " + api + "/merchant/balance":                      v.keyed(limitOther, v.balances),
		"GET " + api + "/merchant/balance/{currency}":           v.keyed(limitOther, v.balance),
		"POST " + api + "/merchant/withdrawal/create":           v.keyed(limitWithdraw, v.createWithdrawal),
		"GET " + api + "/withdrawal/{id}":                       v.keyed(limitWithdraw, v.getWithdrawal),
		"PUT " + api + "/merchant/webhook-url":                  v.keyed(limitOther, v.putWebhookURL),
		"DELETE " + api + "/merchant/webhook-url":               v.keyed(limitOther, v.deleteWebhookURL),
		"GET " + api + "/merchant/webhook-config":               v.keyed(limitOther, v.webhookConfig),
		"POST " + api + "/merchant/test-webhook":                v.keyed(limitOther, v.testWebhook),
		"GET " + api + "/merchant/webhook-deliveries":           v.keyed(limitOther, v.listDeliveries),
		"GET " + api + "/merchant/webhook-delivery/{id}":        v.keyed(limitOther, v.getDelivery),
		"POST " + api + "/merchant/webhook-delivery/{id}/retry": v.keyed(limitOther, v.retryDelivery),
		"GET " + api + "/merchant/webhook-stats":                v.keyed(limitOther, v.webhookStats),
		"/": func(w http.ResponseWriter, _ *http.Request) {
			v.fail(w, refuse(http.StatusNotFound, "Route not found"))
		},
	} {
		mux.HandleFunc(route, h)
	}
	return mux
}

// Tick confirms transfers, expires payments, moves withdrawals, and sends the
// webhooks that are due, one after the other. It returns the number of tries.
func (v *Vendor) Tick(ctx context.Context) int {
	v.Settle()
	return v.out.Tick(ctx) + v.direct.Tick(ctx)
}

// TickParallel is Tick that serves up to n payments' webhooks at once.
func (v *Vendor) TickParallel(ctx context.Context, n int) int {
	v.Settle()
	return v.out.TickParallel(ctx, n) + v.direct.TickParallel(ctx, n)
}

// Settle brings everything up to the present without sending anything.
func (v *Vendor) Settle() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
}

func (v *Vendor) settleLocked() {
	now := v.cfg.Now()
	v.open = slices.DeleteFunc(v.open, func(p *payment) bool {
		v.settle(p, now)
		_, moves := p.nextChange()
		return !moves && p.final() && p.sum(Confirming).IsZero()
	})
	for _, w := range v.withdrawals {
		v.settleWithdrawal(w, now)
	}
}

// NextDue is when Tick next has something to do; false when nothing waits.
func (v *Vendor) NextDue() (time.Time, bool) {
	next, ok := v.out.NextDue()
	sooner := func(at time.Time, due bool) {
		if due && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	sooner(v.direct.NextDue())
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range v.open {
		sooner(p.nextChange())
	}
	for _, w := range v.withdrawals {
		sooner(w.nextChange())
	}
	return next, ok
}

// Webhooks is the queue of webhooks to the merchant URL; a simulator may Send
// forged ones.
func (v *Vendor) Webhooks() *kit.Outbox { return v.out }

// invoiceURL is the hosted page; the sandbox serves it under /pay/.
func (v *Vendor) invoiceURL(p *payment) string {
	base := v.cfg.PublicURL
	if base == "" {
		base = "http://" + p.host
	}
	return strings.TrimRight(base, "/") + "/pay/inventpay/" + p.id
}

// newID makes an id in the look of the vendor's: 25 characters, cm first.
func (v *Vendor) newID() string {
	return "cm" + strings.ReplaceAll(v.cfg.NewID(), "-", "")[:23]
}
