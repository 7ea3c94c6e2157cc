package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/sandbox"
	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/kit"
	"giftbot/store"
)

const (
	takeoverLimit = 1.3
	takeoverAim   = 1.1
	takeoverWait  = 3 * store.DefaultLease
	buyRoute      = "/orders/buy"
)

// gate is one replica's way to the vendors. While it is shut, purchases do not
// pass, and are told; an open one tells purchases as well.
type gate struct {
	base string
	next http.Handler

	mu   sync.Mutex
	shut bool
	seen chan time.Time
}

func openGate(ctx context.Context, next http.Handler) (*gate, func(), error) {
	g := &gate{next: next, seen: make(chan time.Time, 16)}
	base, stop, err := serveAs(ctx, "fake", g)
	g.base = base
	return g, stop, err
}

func (g *gate) shutting(yes bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = yes
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, buyRoute) {
		g.next.ServeHTTP(w, r)
		return
	}
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	g.seen <- time.Now()
	if shut {
		<-r.Context().Done() // whoever asked is dead
		return
	}
	g.next.ServeHTTP(w, r)
}

// purchase waits for one to come by.
func (g *gate) purchase(ctx context.Context) (time.Time, error) {
	select {
	case at := <-g.seen:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case <-time.After(takeoverWait):
		return time.Time{}, errors.New("no purchase")
	}
}

// pair are two replicas of the built bot; the first one gets the webhooks.
type pair struct {
	dir     string
	redis   *redisServer
	fake    *fakeTelegram
	world   *sandbox.World
	clerk   *mill // places orders and reads them, nothing else
	gates   [2]*gate
	addrs   [2]string
	bots    [2]*running
	closers []func()
}

func (p *pair) stop() {
	for _, b := range p.bots {
		if b != nil {
			_ = b.stop() // its end is what is wanted
		}
	}
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
}

// takeover is R7.
func takeover(ctx context.Context, s settings) ([]result, error) {
	p := &pair{}
	defer p.stop()
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	var ratios []float64
	var took []time.Duration
	for i := range s.rounds {
		one, err := p.round(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", i+1, err)
		}
		took, ratios = append(took, one), append(ratios, one.Seconds()/store.DefaultLease.Seconds())
	}
	return []result{{
		name: "R7, killed to moved on", unit: "×", values: ratios, limit: takeoverLimit, aim: takeoverAim,
		ours: "The built bot as two replicas. One is killed (SIGKILL) with its purchase at the supplier, the moment after its lease was renewed, and " +
			"timed until the other one's purchase of the same order arrives there. The other one learns of the order by its sweep alone.",
		rival:  "the lease of " + store.DefaultLease.String() + ".",
		detail: fmt.Sprintf("%s in the middle, %s at most", milliseconds(time.Duration(median(took))), milliseconds(quantile(took, 1))),
	}}, nil
}

func (p *pair) open(ctx context.Context) (err error) {
	if p.dir, err = os.MkdirTemp("", "giftbot-bench-pair-"); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	p.closers = append(p.closers, func() { _ = os.RemoveAll(p.dir) })
	if err = build(ctx, filepath.Join(p.dir, "bot"), "giftbot/cmd/bot"); err != nil {
		return err
	}
	if p.redis, err = startRedis(ctx); err != nil {
		return err
	}
	p.closers = append(p.closers, p.redis.stop)
	if p.fake, err = startFake(ctx); err != nil {
		return err
	}
	p.closers = append(p.closers, p.fake.stop)
	for i := range p.addrs {
		if p.addrs[i], err = freeAddr(ctx); err != nil {
			return err
		}
	}
	if err = p.openWorld(ctx); err != nil {
		return err
	}
	c, err := startCounters(ctx)
	if err != nil {
		return err
	}
	p.closers = append(p.closers, c.stop)
	if p.clerk, err = openMill(ctx, millOptions{redis: p.redis.url, counters: c, telegram: p.fake.base, idle: true}); err != nil {
		return err
	}
	p.closers = append(p.closers, p.clerk.stop)
	return p.start(ctx, 1)
}

// openWorld starts the vendors, who sell what the clerk orders.
func (p *pair) openWorld(ctx context.Context) (err error) {
	cfg := worldOf(sandbox.Config{Clock: kit.NewClock(nil)}, "http://"+p.addrs[0], false)
	price, err := decimal.NewFromString(itemCost)
	if err != nil {
		return fmt.Errorf("price: %w", err)
	}
	for i := range shelf {
		cfg.InfiniVoucherProducts = append(cfg.InfiniVoucherProducts, infinivoucher.Product{ID: item(i), Name: item(i), Category: "Bench", Price: price, Stock: shelf})
	}
	if p.world, err = sandbox.New(cfg); err != nil {
		return err
	}
	run, cancel := context.WithCancel(ctx)
	p.closers = append(p.closers, cancel)
	go func() { _ = p.world.Run(run) }() // ends with run
	for i := range p.gates {
		var stop func()
		if p.gates[i], stop, err = openGate(ctx, p.world.Handler()); err != nil {
			return err
		}
		p.closers = append(p.closers, stop)
	}
	return nil
}

// start runs one of the two and waits until it sells.
func (p *pair) start(ctx context.Context, i int) error {
	spool := filepath.Join(p.dir, fmt.Sprintf("spool%d", i))
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return fmt.Errorf("spool folder: %w", err)
	}
	environ := environ(place{bot: "http://" + p.addrs[0], world: p.gates[i].base, telegram: p.fake.base, redis: p.redis.url, spool: spool}, false)
	var err error
	if p.bots[i], err = launch(filepath.Join(p.dir, "bot"), append(environ, "LISTEN_ADDR="+p.addrs[i], "LOG_LEVEL=error"), "serve"); err != nil {
		return err
	}
	return until(ctx, func() (bool, error) {
		return status(ctx, "http://"+p.addrs[i]+"/readyz") == http.StatusOK, p.bots[i].gone()
	})
}

// round kills the first replica over one order.
func (p *pair) round(ctx context.Context, n int) (time.Duration, error) {
	if err := p.start(ctx, 0); err != nil {
		return 0, err
	}
	number, err := p.clerk.order(ctx, n)
	if err != nil {
		return 0, err
	}
	o, err := p.await(ctx, number, "a link", func(o order.Order) bool { return o.Payments[0].External != "" && o.Message != 0 })
	if err != nil {
		return 0, err
	}
	p.gates[0].shutting(true)
	if _, err = p.world.Infini.Pay(o.Payments[0].External, infini.PayOptions{}); err != nil {
		return 0, fmt.Errorf("pay: %w", err)
	}
	if _, err = p.gates[0].purchase(ctx); err != nil {
		return 0, fmt.Errorf("the replica that gets the webhook: %w", err)
	}
	killed := time.Now()
	if err = p.bots[0].cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return 0, fmt.Errorf("kill: %w", err)
	}
	at, err := p.gates[1].purchase(ctx)
	if err != nil {
		return 0, fmt.Errorf("the other replica: %w", err)
	}
	<-p.bots[0].ended
	p.gates[0].shutting(false)
	_, err = p.await(ctx, number, "its goods", func(o order.Order) bool { return o.Status == order.Delivered })
	return at.Sub(killed), err
}

// await looks at an order until it is as wanted.
func (p *pair) await(ctx context.Context, n order.Number, what string, wanted func(order.Order) bool) (order.Order, error) {
	var o order.Order
	err := until(ctx, func() (bool, error) {
		var failed error
		o, failed = p.clerk.store.Load(ctx, n)
		return failed == nil && wanted(o), failed
	})
	if err != nil {
		return o, fmt.Errorf("order %s, %s, waits for %s: %w", n, o.Status, what, err)
	}
	return o, nil
}
