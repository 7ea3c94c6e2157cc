package infini

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

const (
	prefix     = "/infini"
	api        = prefix + "/v1/acquiring"
	dateWindow = 300 * time.Second // infini sheet §2
	defaultTTL = 24 * time.Hour    // console default of an order's life, infini sheet §4
	lateWindow = 24 * time.Hour    // after that a late payment is a manual claim, infini sheet §7

	// WebhookTarget is the fault target of the webhooks this vendor sends.
	WebhookTarget = "infini-webhooks"
)

// Config is what a Vendor needs. KeyID, SecretKey, WebhookSecret and Now are required.
type Config struct {
	KeyID         string
	SecretKey     string
	WebhookSecret string
	Now           func() time.Time
	NewID         func() string // UUID strings; nil = random
	PublicURL     string        // where /pay/ is served, no final slash; empty = the Host of the create call
	WebhookURL    string        // the merchant's one webhook URL; may be changed later
	WebhookClient *http.Client
	Faults        *kit.Faults
	Minimum       string // smallest order amount, infini sheet §8; empty = 0.01
}

// Vendor is one merchant account at the gateway. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	minimum decimal.Decimal
	out     *kit.Outbox
	handler http.Handler

	mu       sync.Mutex
	set      settings
	orders   []*order
	byID     map[string]*order
	requests map[string]*order // by request_id
	refs     map[string]*order // by client_reference
	open     []*order          // those that time or a confirmation can still move

	deposited   decimal.Decimal // what a test put into the merchant's balance
	withdrawals []*withdrawal
	byPayout    map[string]*withdrawal // by request_id
	subs        []*subscription
	bySub       map[string]*subscription // by merchant_sub_id
	subOfOrder  map[string]*subscription // by the id of its first order
}

// New returns a vendor with empty books, or an error naming the missing setting.
func New(cfg Config) (*Vendor, error) {
	if cfg.KeyID == "" || cfg.SecretKey == "" || cfg.WebhookSecret == "" {
		return nil, errors.New("infini sandbox: KeyID, SecretKey and WebhookSecret are required")
	}
	if cfg.Now == nil {
		return nil, errors.New("infini sandbox: Now is required")
	}
	if cfg.NewID == nil {
		cfg.NewID = uuid.NewString
	}
	if cfg.Minimum == "" {
		cfg.Minimum = "0.01"
	}
	minimum, err := decimal.NewFromString(cfg.Minimum)
	if err != nil {
		return nil, fmt.Errorf("infini sandbox: Minimum: %w", err)
	}
	v := &Vendor{
		cfg: cfg, minimum: minimum, set: defaultSettings(),
		byID: map[string]*order{}, requests: map[string]*order{}, refs: map[string]*order{},
		byPayout: map[string]*withdrawal{}, bySub: map[string]*subscription{}, subOfOrder: map[string]*subscription{},
		out: kit.NewOutbox(kit.OutboxConfig{
			Target: WebhookTarget, Train: retryTrain(), Now: cfg.Now,
			Client: cfg.WebhookClient, Faults: cfg.Faults, URL: cfg.WebhookURL,
		}),
	}
	v.handler = v.routes()
	return v, nil
}

// retryTrain is when a webhook is sent, infini sheet §6.
func retryTrain() []time.Duration {
	seconds := []int{0, 30, 60, 90, 150, 270, 510, 990}
	train := make([]time.Duration, len(seconds))
	for i, s := range seconds {
		train[i] = time.Duration(s) * time.Second
	}
	return train
}

// Handler serves everything under /infini/; mount it without stripping.
func (v *Vendor) Handler() http.Handler { return v.handler }

func (v *Vendor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+api+"/order", v.createOrder)
	mux.HandleFunc("GET "+api+"/order", v.getOrder)
	mux.HandleFunc("GET "+api+"/order/list", v.listOrders)
	mux.HandleFunc("POST "+api+"/order/token/reissue", v.reissue("order"))
	mux.HandleFunc("POST "+api+"/token/reissue", v.reissue("token"))
	mux.HandleFunc("GET "+api+"/currency", v.currencies)
	mux.HandleFunc("POST "+api+"/payment", v.createPayment)
	mux.HandleFunc("GET "+api+"/payment", v.getPayment)
	mux.HandleFunc("GET "+api+"/payment/list", v.listPayments)
	mux.HandleFunc("POST "+api+"/fund/withdraw", v.createWithdrawal)
	mux.HandleFunc("GET "+api+"/fund/withdraw", v.getWithdrawal)
	mux.HandleFunc("POST "+api+"/subscription", v.createSubscription)
	mux.HandleFunc("GET "+api+"/subscription", v.getSubscription)
	mux.HandleFunc("POST "+api+"/subscription/cancel", v.cancelSubscription)
	return v.authenticated(mux)
}

// now is the vendor's own clock: the sandbox clock plus a skew set by a test.
func (v *Vendor) now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.nowLocked()
}

func (v *Vendor) nowLocked() time.Time {
	return v.cfg.Now().Add(v.set.ClockSkew)
}

// Tick expires orders, confirms payments and moves withdrawals whose time has
// come, and sends the webhooks that are due, one after the other. It returns the number of tries.
func (v *Vendor) Tick(ctx context.Context) int {
	v.Settle()
	return v.out.Tick(ctx)
}

// TickParallel is Tick that serves up to n orders' webhooks at once.
func (v *Vendor) TickParallel(ctx context.Context, n int) int {
	v.Settle()
	return v.out.TickParallel(ctx, n)
}

// Settle brings every open order up to the present without sending anything.
func (v *Vendor) Settle() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
}

// NextDue is when Tick next has something to do; false when nothing waits.
func (v *Vendor) NextDue() (time.Time, bool) {
	next, ok := v.out.NextDue()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, o := range v.open {
		if at, moves := o.nextChange(); moves && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	for _, w := range v.withdrawals {
		if at, moves := w.nextChange(); moves && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

// Webhooks is the queue of outgoing webhooks; a simulator may Send forged ones.
func (v *Vendor) Webhooks() *kit.Outbox { return v.out }

func (v *Vendor) checkoutURL(o *order) string {
	base := v.cfg.PublicURL
	if base == "" {
		base = "http://" + o.host
	}
	return strings.TrimRight(base, "/") + "/pay/infini/" + o.id
}
