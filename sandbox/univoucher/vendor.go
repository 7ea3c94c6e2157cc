package univoucher

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"giftbot/sandbox/kit"
)

const (
	root    = "/univoucher"
	api     = root + "/v1"
	rpcPath = root + "/rpc"

	// WebhookTarget is the fault target of the callbacks this vendor sends.
	WebhookTarget = "univoucher-webhooks"
)

// Config is what a Vendor needs. Now is required.
type Config struct {
	Now           func() time.Time
	NewID         func() string    // UUID strings, source of card keys, secrets and hashes; nil = random
	Wallets       map[int64]Wallet // chain id → funded wallet, see DefaultWallets; every other key owns nothing
	Tokens        []Token          // ERC-20 tokens that exist; nil = DefaultTokens
	WebhookClient *http.Client     // carries the callbacks; nil = http.DefaultClient
	Faults        *kit.Faults
	Sleep         func(context.Context, time.Duration) error // performs the latency of the sync mode; nil = real time
}

// Vendor is the service with its seven chains. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	handler http.Handler
	chains  []*chain
	byChain map[int64]*chain

	mu       sync.Mutex
	set      settings
	requests []*request
	cancels  []*cancellation
	jobs     []job // waiting for their time, in the order they came
	calls    []*callback
	callSeq  int64
	cards    []*card // oldest first
	byCard   map[int64]*card
	bySlot   map[string]*card
}

// job is something that happens on a chain later.
type job interface {
	due() time.Time
	run(v *Vendor, at time.Time)
}

// New returns a vendor with the configured wallets and empty books. An error
// never quotes a key.
func New(cfg Config) (*Vendor, error) {
	if cfg.Now == nil {
		return nil, errors.New("univoucher sandbox: Now is required")
	}
	if cfg.NewID == nil {
		cfg.NewID = uuid.NewString
	}
	if cfg.Tokens == nil {
		cfg.Tokens = DefaultTokens()
	}
	if cfg.Sleep == nil {
		cfg.Sleep = realSleep
	}
	v := &Vendor{
		cfg: cfg, set: defaultSettings(), chains: newChains(), byChain: map[int64]*chain{},
		byCard: map[int64]*card{}, bySlot: map[string]*card{},
	}
	for _, c := range v.chains {
		v.byChain[c.id] = c
	}
	if err := v.deploy(cfg.Tokens); err != nil {
		return nil, err
	}
	if err := v.open(cfg.Wallets); err != nil {
		return nil, err
	}
	v.cfg.Wallets = nil // the keys have done their part
	v.handler = v.routes()
	return v, nil
}

func realSleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Handler serves everything under /univoucher/; mount it without stripping.
func (v *Vendor) Handler() http.Handler { return v.handler }

func (v *Vendor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"/{$}", v.index)
	mux.HandleFunc("GET "+api, v.index)
	mux.HandleFunc("GET "+api+"/health", v.health)
	mux.HandleFunc("GET "+api+"/callbacks", v.describeCallbacks)
	mux.HandleFunc("GET "+api+"/chains", v.listChains)
	mux.HandleFunc("GET "+api+"/fees/current", v.currentFees)
	mux.HandleFunc("GET "+api+"/fees/history/{chain}", v.feeHistory)
	mux.HandleFunc("GET "+api+"/cards/single", v.singleCard)
	mux.HandleFunc("GET "+api+"/cards/all", v.allCards)
	mux.HandleFunc("POST "+api+"/cards/create", v.create)
	mux.HandleFunc("POST "+api+"/cards/cancel", v.cancel)
	mux.HandleFunc("POST "+rpcPath+"/{chain}", v.rpc)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { missing("Not found").answer(w) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", v.cfg.Now().UTC().Format(http.TimeFormat))
		mux.ServeHTTP(w, r)
	})
}

// Tick mines what is due and sends the callbacks that are due, one after the
// other. It returns the number of tries.
func (v *Vendor) Tick(ctx context.Context) int { return v.TickParallel(ctx, 1) }

// TickParallel is Tick with up to n callbacks on their way at once.
func (v *Vendor) TickParallel(ctx context.Context, n int) int {
	v.Settle()
	tries := sendAll(ctx, v.dueCalls(), n)
	v.forgetFinished()
	return tries
}

// Settle mines what is due, sending nothing.
func (v *Vendor) Settle() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
}

// settleLocked runs every due job at its own time, in the order of those
// times; the lock is held.
func (v *Vendor) settleLocked() {
	now := v.cfg.Now()
	var due []job
	v.jobs = slices.DeleteFunc(v.jobs, func(j job) bool {
		ready := !j.due().After(now)
		if ready {
			due = append(due, j)
		}
		return ready
	})
	slices.SortStableFunc(due, func(a, b job) int { return a.due().Compare(b.due()) })
	for _, j := range due {
		j.run(v, j.due())
	}
}

// NextDue is when Tick next has something to do; false when nothing waits.
func (v *Vendor) NextDue() (time.Time, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var times []time.Time
	for _, j := range v.jobs {
		times = append(times, j.due())
	}
	for _, c := range v.calls {
		if at, ok := c.out.NextDue(); ok {
			times = append(times, at)
		}
	}
	if len(times) == 0 {
		return time.Time{}, false
	}
	return slices.MinFunc(times, time.Time.Compare), true
}

// draw is a new source of everything random about one thing; the lock is held.
func (v *Vendor) draw() seed { return seed(v.cfg.NewID()) }

// dueCalls are the outboxes of the callbacks to send now, by due time and age.
func (v *Vendor) dueCalls() []*kit.Outbox {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.cfg.Now()
	type entry struct {
		call *callback
		at   time.Time
	}
	var due []entry
	for _, c := range v.calls {
		if at, ok := c.out.NextDue(); ok && !at.After(now) {
			due = append(due, entry{c, at})
		}
	}
	slices.SortFunc(due, func(a, b entry) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.call.seq, b.call.seq))
	})
	out := make([]*kit.Outbox, 0, len(due))
	for _, e := range due {
		out = append(out, e.call.out)
	}
	return out
}
