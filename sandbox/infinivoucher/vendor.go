package infinivoucher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

const (
	api            = "/infinivoucher/api/v1"
	currency       = "USDT"
	keyMemory      = 24 * time.Hour // infinivoucher sheet §6
	purchaseWindow = 10 * time.Second
	callWindow     = time.Minute

	// WebhookTarget is the fault target of the webhooks this vendor sends.
	WebhookTarget = "infinivoucher-webhooks"
)

// The scopes an API key can have, infinivoucher sheet §1.
const (
	ScopeProducts = "products:read"
	ScopeWallet   = "wallet:read"
	ScopeBuy      = "orders:create"
	ScopeOrders   = "orders:read"
)

// AllScopes lists every scope.
func AllScopes() []string {
	return []string{ScopeProducts, ScopeWallet, ScopeBuy, ScopeOrders}
}

// Config is what a Vendor needs. Keys and Now are required.
type Config struct {
	Keys          map[string][]string // API key → scopes
	Now           func() time.Time
	NewID         func() string // UUID strings, source of ids and codes; nil = random
	Products      []Product     // nil = DefaultCatalogue
	Balance       string        // USDT; empty = 5000
	WebhookURL    string        // may be changed later
	WebhookClient *http.Client
	Faults        *kit.Faults
}

// Product is one AUTO product. Price is in USDT.
type Product struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Category string          `json:"category"`
	Price    decimal.Decimal `json:"price"`
	Stock    int             `json:"stock"`
	Hidden   bool            `json:"hidden"` // gone from the catalogue, cannot be bought
}

// Vendor is one store at the marketplace. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	out     *kit.Outbox
	handler http.Handler

	mu       sync.Mutex
	set      settings
	products []*Product
	byID     map[string]*Product
	balance  decimal.Decimal
	frozen   bool
	orders   []*order
	byOrder  map[string]*order
	pending  []*order
	moves    []Transaction
	answers  map[string]*answer // by Idempotency-Key
	issued   map[string]bool    // every code ever made
	lastCode string
	limits   map[string]*usage // by API key
	seq      int64             // of request ids
}

// New returns a vendor with an untouched wallet and empty books.
func New(cfg Config) (*Vendor, error) {
	if len(cfg.Keys) == 0 || cfg.Now == nil {
		return nil, errors.New("infinivoucher sandbox: Keys and Now are required")
	}
	if cfg.NewID == nil {
		cfg.NewID = uuid.NewString
	}
	if cfg.Products == nil {
		cfg.Products = DefaultCatalogue()
	}
	if cfg.Balance == "" {
		cfg.Balance = "5000"
	}
	balance, err := decimal.NewFromString(cfg.Balance)
	if err != nil {
		return nil, fmt.Errorf("infinivoucher sandbox: Balance: %w", err)
	}
	v := &Vendor{
		cfg: cfg, set: defaultSettings(), balance: balance, byID: map[string]*Product{},
		byOrder: map[string]*order{}, answers: map[string]*answer{}, issued: map[string]bool{}, limits: map[string]*usage{},
		out: kit.NewOutbox(kit.OutboxConfig{
			Target: WebhookTarget, Train: retryTrain(), Now: cfg.Now,
			Client: cfg.WebhookClient, Faults: cfg.Faults, URL: cfg.WebhookURL,
		}),
	}
	if err := v.stockUp(cfg.Products); err != nil {
		return nil, err
	}
	v.handler = v.routes()
	return v, nil
}

func (v *Vendor) stockUp(products []Product) error {
	for _, p := range products {
		if p.ID == "" || p.Name == "" || p.Category == "" || !p.Price.IsPositive() || p.Stock < 0 || v.byID[p.ID] != nil {
			return fmt.Errorf("infinivoucher sandbox: bad or double product %q", p.ID)
		}
		v.products = append(v.products, &p)
		v.byID[p.ID] = &p
	}
	return nil
}

// retryTrain: up to 3 tries with exponential backoff; the delays are ours,
// infinivoucher sheet §8 gives none.
func retryTrain() []time.Duration {
	return []time.Duration{0, 10 * time.Second, 50 * time.Second}
}

// Handler serves everything under /infinivoucher/; mount it without stripping.
func (v *Vendor) Handler() http.Handler { return v.handler }

func (v *Vendor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"/health", v.health)
	mux.Handle("GET "+api+"/products", v.guarded(ScopeProducts, v.listProducts))
	mux.Handle("GET "+api+"/wallet", v.guarded(ScopeWallet, v.wallet))
	mux.Handle("POST "+api+"/orders/buy", v.guarded(ScopeBuy, v.buy))
	mux.Handle("GET "+api+"/orders", v.guarded(ScopeOrders, v.listOrders))
	mux.Handle("GET "+api+"/orders/{id}", v.guarded(ScopeOrders, v.getOrder))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		v.fail(w, refuse(http.StatusNotFound, "NOT_FOUND", "no such route"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", v.cfg.Now().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
}

// Tick completes pending orders whose time has come and sends the webhooks
// that are due. It returns the number of tries.
func (v *Vendor) Tick(ctx context.Context) int {
	v.Settle()
	return v.out.Tick(ctx)
}

// TickParallel is Tick that serves up to n orders' webhooks at once.
func (v *Vendor) TickParallel(ctx context.Context, n int) int {
	v.Settle()
	return v.out.TickParallel(ctx, n)
}

// Settle completes the pending orders whose time has come, sending nothing.
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
	for _, o := range v.pending {
		if !o.completeAt.IsZero() && (!ok || o.completeAt.Before(next)) {
			next, ok = o.completeAt, true
		}
	}
	return next, ok
}

// Webhooks is the queue of outgoing webhooks; a simulator may Send forged ones.
func (v *Vendor) Webhooks() *kit.Outbox { return v.out }
