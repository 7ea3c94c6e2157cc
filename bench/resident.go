package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"giftbot/sandbox"
	"giftbot/sandbox/kit"
)

const (
	idleLimit     = 2.5
	idleAim       = 1.8
	growthLimit   = 5 // percent
	visitors      = 5000
	flood         = 100_000 // updates
	samples       = 100
	idleSettle    = 12 * time.Second
	pagesOfVisit  = 3 // presses of one visit, after /start
	warmUp        = 0.25
	percent       = 100
	bytesOfMB     = 1 << 20
	bytesOfKB     = 1 << 10
	firstResident = 4_000_000_000
)

// rivals are the two bots whose memory is compared, as processes of their own,
// and everything around them.
type rivals struct {
	dir         string
	fake        *fakeTelegram
	redis       *redisServer
	world       *sandbox.World
	worldBase   string
	closers     []func()
	updates     atomic.Int64
	shopAddress string
	echoAddress string
}

// resident is R9.
func resident(ctx context.Context, s settings) (results []result, err error) {
	r := &rivals{}
	defer func() { r.close() }()
	if err = r.open(ctx); err != nil {
		return nil, err
	}
	settled := idleSettle
	if s.quick {
		settled /= 20
	}
	var idle, ours, theirs []float64
	var shop, echo *running
	for round := range s.rounds {
		if round > 0 {
			if err = errors.Join(shop.stop(), echo.stop()); err != nil {
				return nil, err
			}
		}
		if shop, echo, err = r.start(ctx); err != nil {
			return nil, err
		}
		time.Sleep(settled)
		a, b, failed := shop.and(echo)
		if failed != nil {
			return nil, errors.Join(failed, shop.stop(), echo.stop())
		}
		idle, ours, theirs = append(idle, a/b), append(ours, a), append(theirs, b)
	}
	f, err := r.flood(ctx, s, shop, echo)
	if err = errors.Join(err, shop.stop(), echo.stop()); err != nil {
		return nil, err
	}
	return []result{{
		name: "R9, idle", unit: "×", values: idle, limit: idleLimit, aim: idleAim,
		ours:   "Resident memory (VmRSS) of the built bot with all five vendors, ready to sell and left alone for " + idleSettle.String() + ".",
		rival:  "a bot built with the same library and flags, behind its webhook, that echoes messages (bench/echo).",
		detail: fmt.Sprintf("ours %s MB, the other side %s MB", number(median(ours)/bytesOfMB), number(median(theirs)/bytesOfMB)),
	}, f.result()}, nil
}

// open builds both and starts what they need.
func (r *rivals) open(ctx context.Context) (err error) {
	if r.dir, err = os.MkdirTemp("", "giftbot-bench-rss-"); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	r.closers = append(r.closers, func() { _ = os.RemoveAll(r.dir) })
	for name, pkg := range map[string]string{"bot": "giftbot/cmd/bot", "echo": "giftbot/bench/echo"} {
		if err = build(ctx, filepath.Join(r.dir, name), pkg); err != nil {
			return err
		}
	}
	if r.fake, err = startFake(ctx); err != nil {
		return err
	}
	r.closers = append(r.closers, r.fake.stop)
	if r.redis, err = startRedis(ctx); err != nil {
		return err
	}
	r.closers = append(r.closers, r.redis.stop)
	for _, address := range []*string{&r.shopAddress, &r.echoAddress} {
		if *address, err = freeAddr(ctx); err != nil {
			return err
		}
	}
	return r.openWorld(ctx)
}

func (r *rivals) openWorld(ctx context.Context) (err error) {
	r.world, err = sandbox.New(worldOf(sandbox.Config{Clock: kit.NewClock(nil)}, "http://"+r.shopAddress, true))
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(ctx)
	r.closers = append(r.closers, cancel)
	go func() { _ = r.world.Run(run) }() // ends with run
	var stop func()
	r.worldBase, stop, err = serveAs(ctx, "fake", r.world.Handler())
	if err == nil {
		r.closers = append(r.closers, stop)
	}
	return err
}

func (r *rivals) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
}

// start starts both and waits until they listen; the shop has to be ready.
func (r *rivals) start(ctx context.Context) (shop, echo *running, err error) {
	spool := filepath.Join(r.dir, "spool")
	if err = os.MkdirAll(spool, 0o700); err != nil {
		return nil, nil, fmt.Errorf("spool folder: %w", err)
	}
	settings := environ(place{bot: "http://" + r.shopAddress, world: r.worldBase, telegram: r.fake.base, redis: r.redis.url, spool: spool}, true)
	shop, err = launch(filepath.Join(r.dir, "bot"), append(settings, "LISTEN_ADDR="+r.shopAddress, "LOG_LEVEL=error"), "serve")
	if err != nil {
		return nil, nil, err
	}
	echo, err = launch(filepath.Join(r.dir, "echo"), []string{
		"ECHO_TOKEN=" + botToken, "ECHO_API=" + r.fake.base, "ECHO_SECRET=" + updateSecret, "ECHO_LISTEN=" + r.echoAddress,
	})
	if err != nil {
		return nil, nil, errors.Join(err, shop.stop())
	}
	err = until(ctx, func() (bool, error) {
		ready := status(ctx, "http://"+r.shopAddress+"/readyz") == http.StatusOK && status(ctx, "http://"+r.echoAddress+"/") != 0
		return ready, errors.Join(shop.gone(), echo.gone())
	})
	if err != nil {
		return nil, nil, errors.Join(err, shop.stop(), echo.stop())
	}
	return shop, echo, nil
}

// status asks an address; 0 for no answer.
func status(ctx context.Context, url string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body) // a word
	_ = res.Body.Close()
	return res.StatusCode
}

// running is one of the two processes.
type running struct {
	cmd   *exec.Cmd
	log   *strings.Builder
	ended chan struct{}
}

// launch starts a binary with nothing but the given environment.
func launch(bin string, environ []string, args ...string) (*running, error) {
	p := &running{cmd: exec.Command(bin, args...), log: &strings.Builder{}, ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stderr = environ, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(bin), err)
	}
	go func() {
		_ = p.cmd.Wait() // gone says how it ended
		close(p.ended)
	}()
	return p, nil
}

// gone is an error when the process ended by itself.
func (p *running) gone() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %s %s", filepath.Base(p.cmd.Path), p.cmd.ProcessState, p.log)
	default:
		return nil
	}
}

// stop ends the process; one that was gone before is an error.
func (p *running) stop() error {
	err := p.gone()
	_ = p.cmd.Process.Kill() // it may be gone
	<-p.ended
	return err
}

// rss is the resident memory in bytes, as the system counts it: pages of the
// binary that were touched are part of it.
func (p *running) rss() (float64, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, errors.Join(fmt.Errorf("resident memory: %w", err), p.gone())
	}
	kb, err := strconv.ParseFloat(strings.TrimSuffix(field(string(raw), "VmRSS:"), " kB"), 64)
	if err != nil {
		return 0, fmt.Errorf("resident memory: %w", err)
	}
	return kb * bytesOfKB, nil
}

// and is the resident memory of both at the same moment.
func (p *running) and(other *running) (mine, theirs float64, err error) {
	if mine, err = p.rss(); err != nil {
		return 0, 0, err
	}
	theirs, err = other.rss()
	return mine, theirs, err
}
