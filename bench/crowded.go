package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"giftbot/handlers/telegram"
	"giftbot/store"
)

const (
	offered       = 20  // paid orders a second
	offeredOrders = 120 // of one phase
	floodShare    = 0.4 // of the taps the machine can do with nothing else to do
	crowdLimit    = 2
	crowdAim      = 1.2
	firstReader   = 2_000_000_000 // of the broadcast
	clockTicks    = 100           // of /proc, a second
)

// market is R8: one bot, whose two halves share Redis and the processor. The
// shop answers people, as production does; the mill moves what they paid.
type market struct {
	counters *counters
	fake     *fakeTelegram // of the mill, slow
	redis    *redisServer
	taps     tapper
	people   []*browser
	client   *http.Client
	dir      string // of the journal, from mill to mill
	each     int
	placed   int
	rate     float64 // taps a second while it is crowded
	sent     atomic.Int64
	tapped   atomic.Int64
	closers  []func()
}

func (m *market) stop() {
	for i := len(m.closers) - 1; i >= 0; i-- {
		m.closers[i]()
	}
}

// crowded is R8.
func crowded(ctx context.Context, s settings) ([]result, error) {
	m := &market{client: newClient(), each: max(s.count(offeredOrders), offered/2)}
	defer m.stop()
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	if err := m.calibrate(ctx, s.count(2000)); err != nil {
		return nil, err
	}
	var r crowdResult
	for round := range s.rounds {
		for turn := range 2 {
			full := (round+turn)%2 == 1
			one, err := m.phase(ctx, full)
			if err != nil {
				return nil, err
			}
			r.add(full, one)
		}
	}
	return r.results(m), nil
}

func (m *market) open(ctx context.Context) (err error) {
	if m.dir, err = os.MkdirTemp("", "giftbot-bench-journal-"); err != nil {
		return fmt.Errorf("journal folder: %w", err)
	}
	m.closers = append(m.closers, func() { _ = os.RemoveAll(m.dir) })
	if m.fake, err = startFake(ctx); err != nil {
		return err
	}
	m.closers = append(m.closers, m.fake.stop)
	quick, err := startFake(ctx)
	if err != nil {
		return err
	}
	m.closers = append(m.closers, quick.stop)
	if m.counters, err = startCounters(ctx); err != nil {
		return err
	}
	m.closers = append(m.closers, m.counters.stop)
	if m.redis, err = startRedis(ctx); err != nil {
		return err
	}
	m.closers = append(m.closers, m.redis.stop)
	shop, err := openShop(ctx, shopOptions{redis: m.redis.url, telegram: quick.base, passive: true})
	if err != nil {
		return err
	}
	m.closers = append(m.closers, shop.stop)
	updates := new(atomic.Int64)
	updates.Store(100_000)
	m.taps = tapper{shop.base + "/webhooks/telegram", newClient(), updates, new(atomic.Int64)}
	m.people, err = visit(ctx, m.taps, quick)
	return err
}

// calibrate finds out how many taps a second are the share that is wanted.
func (m *market) calibrate(ctx context.Context, taps int) error {
	for range 2 { // the first one warms up
		each, err := m.taps.together(ctx, m.people, taps)
		if err != nil {
			return err
		}
		m.rate = floodShare / each.Seconds()
	}
	return nil
}

// phase places orders, which is not timed, and has them paid at an even pace.
func (m *market) phase(ctx context.Context, full bool) (p phaseResult, err error) {
	list, err := m.prepare(ctx)
	if err != nil {
		return p, err
	}
	mill, err := openMill(ctx, millOptions{redis: m.redis.url, counters: m.counters, telegram: m.fake.base, dir: m.dir, limits: telegram.DefaultLimits()})
	if err != nil {
		return p, err
	}
	defer mill.stop()
	m.slow(vendorPause)
	defer m.slow(0)
	run, cancel := context.WithCancel(ctx)
	var noise sync.WaitGroup
	var failed error
	if full {
		noise.Go(func() { failed = m.flood(run) })
		noise.Go(func() { m.broadcast(run, mill.sender) })
	}
	before, began := m.cpu(), time.Now()
	took, err := m.offer(ctx, mill, list)
	p = phaseResult{took: took, cpu: (m.cpu() - before).Seconds() / time.Since(began).Seconds() / cores()}
	cancel()
	noise.Wait()
	return p, errors.Join(err, failed)
}

// prepare has another mill, without Telegram's limits, bring orders to their
// links; it is gone when they are paid.
func (m *market) prepare(ctx context.Context) ([]parcel, error) {
	clerk, err := openMill(ctx, millOptions{redis: m.redis.url, mode: store.ModeSingle, counters: m.counters, telegram: m.fake.base, dir: m.dir})
	if err != nil {
		return nil, err
	}
	defer clerk.stop()
	m.placed += m.each
	return clerk.prepare(ctx, m.fake, m.placed-m.each, m.each)
}

func (m *market) slow(pause time.Duration) {
	m.counters.pause.Store(int64(pause))
	m.fake.pause.Store(int64(pause))
}

// offer pays the orders at their moments, whatever became of those before, and
// times each from its moment.
func (m *market) offer(ctx context.Context, mill *mill, list []parcel) ([]time.Duration, error) {
	took, errs := make([]time.Duration, len(list)), make([]error, len(list))
	var all sync.WaitGroup
	began := time.Now()
	for i, p := range list {
		moment := began.Add(time.Duration(i) * time.Second / offered)
		time.Sleep(time.Until(moment))
		all.Go(func() {
			if errs[i] = m.counters.paid(ctx, m.client, mill.base+"/webhooks/infini", p); errs[i] != nil {
				return
			}
			var at time.Time
			at, errs[i] = p.delivered(ctx)
			took[i] = at.Sub(moment)
		})
	}
	all.Wait()
	return took, errors.Join(errs...)
}

// flood has everybody tap at an even pace until ctx ends.
func (m *market) flood(ctx context.Context) error {
	pause := time.Duration(float64(len(m.people)) / m.rate * float64(time.Second))
	return crowd(len(m.people), len(m.people), func(i int) error {
		// The last tap is answered even while the flood ends.
		own := context.WithoutCancel(ctx)
		for next := time.Now(); ctx.Err() == nil; next = next.Add(pause) {
			time.Sleep(time.Until(next))
			if _, err := m.taps.tap(own, m.people[i]); err != nil {
				return err
			}
			m.tapped.Add(1)
		}
		return nil
	})
}

// broadcast sends as many messages as the lane lets out until ctx ends, each to
// somebody else.
func (m *market) broadcast(ctx context.Context, s *telegram.Sender) {
	for ctx.Err() == nil {
		chat := firstReader + m.sent.Add(1)
		_, err := s.Send(ctx, telegram.LaneBroadcast, telegram.Message{Chat: chat, HTML: "<b>New</b> in the shop, reader " + strconv.FormatInt(chat, 10)})
		if err != nil {
			m.sent.Add(-1)
		}
	}
}

// cpu is what this process and Redis have used so far.
func (m *market) cpu() time.Duration {
	var own syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &own) != nil {
		return 0
	}
	return time.Duration(own.Utime.Nano()+own.Stime.Nano()) + used("/proc/"+strconv.Itoa(m.redis.cmd.Process.Pid)+"/stat")
}

// used reads a process's time on the processor from its line in /proc.
func used(path string) time.Duration {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	return ticks(string(raw))
}

// ticks is the time of user and system in such a line: the 12th and 13th field
// behind the name, which may hold anything.
func ticks(line string) time.Duration {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, failed := strconv.ParseInt(fields[12], 10, 64)
	if errors.Join(err, failed) != nil {
		return 0
	}
	return time.Duration(user+system) * time.Second / clockTicks
}

// phaseResult is what one phase saw.
type phaseResult struct {
	took []time.Duration
	cpu  float64 // share of the machine
}

// crowdResult are the phases by kind: quiet ones first.
type crowdResult struct {
	slowest rounds
	middle  rounds
	cpu     [2][]float64
}

func (r *crowdResult) add(full bool, p phaseResult) {
	if r.slowest == nil {
		r.slowest, r.middle = make(rounds, 2), make(rounds, 2)
	}
	side := 1
	if full {
		side = 0
	}
	r.slowest[side] = append(r.slowest[side], quantile(p.took, 0.99))
	r.middle[side] = append(r.middle[side], time.Duration(median(p.took)))
	r.cpu[side] = append(r.cpu[side], p.cpu)
}

func (r *crowdResult) results(m *market) []result {
	return []result{{
		name: "R8, paid to codes in a crowd", unit: "×", values: r.slowest.ratios(1), limit: crowdLimit, aim: crowdAim,
		ours: fmt.Sprintf("%d orders a second are paid at an even pace, timed from the moment of the payment until the code arrives at Telegram, vendors and Telegram answering after %s; the 99th percentile of %d. "+
			"Meanwhile %d people browse and a broadcast goes out as fast as its lane lets it: the lane is there, what feeds it is not, so that the benchmark does. All on the same processor and Redis.",
			offered, vendorPause, m.each, len(m.people)),
		rival: "the same without them.",
		detail: fmt.Sprintf("%s in the slowest of 100, %s in the middle; %d%% of the processor in use with benchmark, fakes and Redis, %d%% without the crowd; the crowd is %.0f taps a second offered, %d made, and %d broadcasts sent in all",
			r.slowest.sides("an order"), r.middle.sides("an order"), percentOf(r.cpu[0]), percentOf(r.cpu[1]), m.rate, m.tapped.Load(), m.sent.Load()),
	}}
}

func percentOf(shares []float64) int { return int(median(shares)*percent + 0.5) }
