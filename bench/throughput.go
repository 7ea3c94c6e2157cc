package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"giftbot/store"
)

const (
	batch         = 120 // orders paid at once, a turn
	fsyncFloor    = 0.85
	fsyncAim      = 0.95
	clusterFloor  = 0.8
	clusterAim    = 0.95
	primaries     = 3
	clusterMills  = 2
	warmUpBatches = 2
)

// plant is one side of R10 and R11: mills on one Redis of any kind.
type plant struct {
	counters *counters
	fake     *fakeTelegram
	client   *http.Client
	mills    []*mill
	placed   int // orders so far
	batch    int
	closers  []func()
}

func (p *plant) stop() {
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
}

// openPlant starts everything a side needs, on a Redis that is there.
func openPlant(ctx context.Context, batch, mills int, url string, mode store.Mode) (p *plant, err error) {
	p = &plant{client: newClient(), batch: batch}
	if p.fake, err = startFake(ctx); err != nil {
		return p, err
	}
	p.closers = append(p.closers, p.fake.stop)
	if p.counters, err = startCounters(ctx); err != nil {
		return p, err
	}
	p.closers = append(p.closers, p.counters.stop)
	for range mills {
		m, err := openMill(ctx, millOptions{redis: url, mode: mode, counters: p.counters, telegram: p.fake.base})
		if err != nil {
			return p, err
		}
		p.mills = append(p.mills, m)
		p.closers = append(p.closers, m.stop)
	}
	return p, nil
}

// turn places a batch, which is not timed, and has it paid and delivered.
func (p *plant) turn(ctx context.Context) (time.Duration, error) {
	list, err := p.mills[0].prepare(ctx, p.fake, p.placed, p.batch)
	if err != nil {
		return 0, err
	}
	p.placed += p.batch
	return p.counters.grind(ctx, p.client, p.mills, list)
}

// beside measures two plants by turns, after a warm-up.
func beside(ctx context.Context, count int, ours, other *plant) (rounds, error) {
	for _, p := range []*plant{ours, other} {
		for range warmUpBatches {
			if _, err := p.turn(ctx); err != nil {
				return nil, err
			}
		}
	}
	return interleave(count, func() (time.Duration, error) { return ours.turn(ctx) }, func() (time.Duration, error) { return other.turn(ctx) })
}

// speeds are the rounds' quotients of orders a second, ours and the other's.
func (r rounds) speeds() []float64 {
	out := r.ratios(1)
	for i, v := range out {
		out[i] = 1 / v
	}
	return out
}

// pace tells how many orders a second both sides move.
func (r rounds) pace() string {
	perSecond := func(side int) string { return number(float64(time.Second) / float64(r.middle(side))) }
	return fmt.Sprintf("ours %s, the other side %s orders a second", perSecond(0), perSecond(1))
}

const groundOrders = "Orders a second from payment to codes, %d orders of as many people paid at once by %d senders; vendors and Telegram answer at once and limit nothing."

// onFsync is a plant on a Redis of its own with this appendfsync.
func onFsync(ctx context.Context, many int, policy string) (*plant, error) {
	server, err := startRedis(ctx, "--appendfsync", policy)
	if err != nil {
		return &plant{}, err
	}
	p, err := openPlant(ctx, many, 1, server.url, store.ModeSingle)
	p.closers = append([]func(){server.stop}, p.closers...)
	return p, err
}

// fsyncs is R10.
func fsyncs(ctx context.Context, s settings) ([]result, error) {
	many := max(s.count(batch), senders)
	ours, err := onFsync(ctx, many, "always")
	defer ours.stop()
	if err != nil {
		return nil, err
	}
	other, err := onFsync(ctx, many, "everysec")
	defer other.stop()
	if err != nil {
		return nil, err
	}
	r, err := beside(ctx, s.rounds, ours, other)
	if err != nil {
		return nil, err
	}
	return []result{{
		name: "R10, orders a second with fsync always", unit: "×", values: r.speeds(), limit: fsyncFloor, floor: true, aim: fsyncAim,
		ours:  fmt.Sprintf(groundOrders, many, senders) + " Redis has `appendfsync always`, one replica.",
		rival: "the same on `appendfsync everysec`.", detail: r.pace(),
	}}, nil
}

// clustered is R11.
func clustered(ctx context.Context, s settings) ([]result, error) {
	c, err := startCluster(ctx, primaries)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	many := max(s.count(batch), senders)
	ours, err := openPlant(ctx, many, clusterMills, c.url, store.ModeCluster)
	defer ours.stop()
	if err != nil {
		return nil, err
	}
	other, err := openPlant(ctx, many, 1, server.url, store.ModeSingle)
	defer other.stop()
	if err != nil {
		return nil, err
	}
	r, err := beside(ctx, s.rounds, ours, other)
	if err != nil {
		return nil, err
	}
	return []result{{
		name: "R11, orders a second on a cluster", unit: "×", values: r.speeds(), limit: clusterFloor, floor: true, aim: clusterAim,
		ours: fmt.Sprintf(groundOrders, many, senders) + fmt.Sprintf(" A Redis Cluster of %d primaries, and %d replicas of the bot that get the webhooks by turns, all on this machine.",
			primaries, clusterMills),
		rival: "one Redis and one replica.", detail: r.pace(),
	}}, nil
}
