package plexy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

const (
	api       = "/plexy"
	agentAPI  = api + "/agent/{agent}"
	keyMemory = 24 * time.Hour // plexy sheet §6, sibling docs
	maxKey    = 255            // characters, same
)

// Config is what a Vendor needs. APIKey, AgentID and Now are required.
type Config struct {
	APIKey   string            // raw value of Authorization
	AgentID  string            // UUID
	Now      func() time.Time  // the sandbox clock
	NewID    func() string     // UUID strings, source of ids and codes; nil = random
	Faults   *kit.Faults       // for symmetry with the other vendors: this one sends nothing a fault could hit
	Products []Product         // nil = DefaultCatalogue
	Balances map[string]string // currency → major units; nil = USD 2000 and USDT 500
}

// Vendor is one agent at Plexy. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	handler http.Handler

	mu       sync.Mutex
	set      settings
	products []*Product // by id
	byID     map[int64]*Product
	wallets  map[string]*wallet // by currency
	deposits []*deposit
	moves    []Movement
	orders   []*order
	byOrder  map[string]*order
	pending  []*order
	topUps   []TopUp
	answers  map[string]*answer // by Idempotency-Key
	issued   map[string]bool    // every code ever made
	last     map[string]string  // content of the last voucher
	seq      int64              // of request ids
}

// New returns a vendor with untouched balances and empty books.
func New(cfg Config) (*Vendor, error) {
	if cfg.APIKey == "" || cfg.Now == nil {
		return nil, errors.New("plexy sandbox: APIKey and Now are required")
	}
	if _, err := uuid.Parse(cfg.AgentID); err != nil {
		return nil, fmt.Errorf("plexy sandbox: AgentID must be a UUID: %w", err)
	}
	if cfg.NewID == nil {
		cfg.NewID = uuid.NewString
	}
	if cfg.Products == nil {
		cfg.Products = DefaultCatalogue()
	}
	if cfg.Balances == nil {
		cfg.Balances = map[string]string{"USD": "2000", "USDT": "500"}
	}
	v := &Vendor{
		cfg: cfg, set: defaultSettings(), byID: map[int64]*Product{}, wallets: map[string]*wallet{},
		byOrder: map[string]*order{}, answers: map[string]*answer{}, issued: map[string]bool{},
	}
	if err := errors.Join(v.stockUp(cfg.Products), v.open(cfg.Balances)); err != nil {
		return nil, err
	}
	v.handler = v.routes()
	return v, nil
}

func (v *Vendor) stockUp(products []Product) error {
	for _, p := range products {
		if err := p.check(); err != nil {
			return fmt.Errorf("plexy sandbox: product %d: %w", p.ID, err)
		}
		if v.byID[p.ID] != nil {
			return fmt.Errorf("plexy sandbox: product %d is there twice", p.ID)
		}
		v.products = append(v.products, &p)
		v.byID[p.ID] = &p
	}
	slices.SortFunc(v.products, func(a, b *Product) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// open pays the first balances in as posted deposits.
func (v *Vendor) open(balances map[string]string) error {
	for _, currency := range sortedKeys(balances) {
		amount, err := decimal.NewFromString(balances[currency])
		if err != nil || amount.IsNegative() || currency == "" {
			return fmt.Errorf("plexy sandbox: balance of %q must be a decimal, not negative", currency)
		}
		v.wallets[currency] = &wallet{updatedAt: v.cfg.Now()}
		if amount.IsPositive() {
			v.payIn(Deposit{Currency: currency, Amount: amount.String()})
		}
	}
	return nil
}

// Handler serves everything under /plexy/; mount it without stripping.
func (v *Vendor) Handler() http.Handler { return v.handler }

func (v *Vendor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"/health", v.health)
	mux.HandleFunc("GET "+agentAPI+"/health", v.health)
	for route, h := range map[string]http.HandlerFunc{
		"GET " + agentAPI + "/product-types":         v.listTypes,
		"GET " + agentAPI + "/product-categories":    v.listCategories,
		"GET " + agentAPI + "/products":              v.listProducts,
		"GET " + agentAPI + "/products/{product_id}": v.getProduct,
		"POST " + agentAPI + "/orders":               v.postOrder,
		"GET " + agentAPI + "/orders":                v.listOrders,
		"GET " + agentAPI + "/orders/{order_id}":     v.getOrder,
		"GET " + agentAPI + "/balance":               v.getBalance,
		"GET " + agentAPI + "/deposits":              v.listDeposits,
	} {
		mux.Handle(route, v.guarded(h))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.fail(w, noRoute()) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", v.cfg.Now().UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
}

// Tick finishes the orders whose time has come and returns how many: Gate has
// no webhooks (plexy sheet §7), so there is nothing to send.
func (v *Vendor) Tick(context.Context) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.settleLocked()
}

// TickParallel is Tick: the work is too small to share among n.
func (v *Vendor) TickParallel(ctx context.Context, _ int) int { return v.Tick(ctx) }

// Settle finishes the orders whose time has come.
func (v *Vendor) Settle() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
}

// NextDue is when Tick next has something to do; false when nothing waits.
func (v *Vendor) NextDue() (time.Time, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var next time.Time
	for _, o := range v.pending {
		if o.settles() && !v.set.StopCompleting && (next.IsZero() || o.dueAt.Before(next)) {
			next = o.dueAt
		}
	}
	return next, !next.IsZero()
}
