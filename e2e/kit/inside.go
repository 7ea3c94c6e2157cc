package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"giftbot/cmd/bot/app"
	"giftbot/config"
	"giftbot/handlers/webhook"
	sandbox "giftbot/sandbox/kit"
)

// runInside runs a replica in the test's own process, on the world's clock: a
// process of its own would have the clock of the machine. It is put together by
// the same package as the binary; signals end it as SIGTERM would.
func runInside(t testing.TB, environ []string, clock *sandbox.Clock) *Process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &Process{out: &output{}, ended: make(chan struct{}), send: func(syscall.Signal) { cancel() }}
	in := &inside{environ: environ, clock: clock, out: p.out}
	go func() {
		defer close(p.ended)
		if err := in.serve(ctx); err != nil {
			_, _ = fmt.Fprintf(p.out, "ended: %v\n", err) // a buffer takes everything
			p.code = 1
		}
	}()
	t.Cleanup(p.Kill)
	return p
}

// inside is `bot serve` as far as a test needs it.
type inside struct {
	environ []string
	clock   *sandbox.Clock
	out     io.Writer
}

func (in *inside) serve(ctx context.Context) error {
	cfg, err := config.Load(in.environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(in.out, &slog.HandlerOptions{Level: cfg.Shop.LogLevel}))
	a, err := app.New(ctx, cfg, app.Outside{Log: log, Clock: in.clock, Offset: in.clock.Offset, Version: "inside"})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Server.ListenAddr)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	log.Info("listening", "addr", listener.Addr().String())
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { a.Run(work) })
	all.Go(func() { _ = in.meter(ctx, cfg.Server.MetricsAddr, a.Metrics()) })
	err = webhook.Serve(ctx, listener, a.Handler(), time.Second)
	err = errors.Join(err, a.Drain(work))
	stop()
	all.Wait()
	return errors.Join(err, a.Close())
}

func (in *inside) meter(ctx context.Context, addr string, h http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h)
	return webhook.Serve(ctx, l, mux, time.Second)
}
