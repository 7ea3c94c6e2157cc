package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"giftbot/cmd/bot/app"
	"giftbot/config"
	"giftbot/handlers/webhook"
)

const (
	// leaveTime is how long a bot that was asked to stop still takes requests
	// while /readyz says no: a load balancer sees that first, and what is already
	// on its way to a closed socket would be refused.
	leaveTime = 2 * time.Second
	// shutdownTime is how long requests that are under way may take at the end.
	shutdownTime = 20 * time.Second
)

// systemClock is the clock of production.
type systemClock struct{}

// Now implements order.Clock.
func (systemClock) Now() time.Time { return time.Now() }

// serve runs the shop until ctx ends, then finishes what is under way.
func serve(ctx context.Context, args, environ []string, logs io.Writer) error {
	if len(args) > 0 {
		return errors.New("serve takes no arguments; settings come from the environment")
	}
	cfg, err := config.Load(environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: cfg.Shop.LogLevel}))
	began := time.Now()
	a, err := app.New(ctx, cfg, app.Outside{Log: log, Clock: systemClock{}, Version: version})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Server.ListenAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("LISTEN_ADDR: %w", err), a.Close())
	}
	log.Info("listening", "addr", listener.Addr().String(), "version", version, "after", time.Since(began).Round(time.Millisecond))
	err = together(leaving(ctx, a), a, listener, a.Handler(), cfg.Server.MetricsAddr)
	return errors.Join(err, a.Close())
}

// leaving is a context that ends a little after ctx: meanwhile the bot says that
// it is not ready.
func leaving(ctx context.Context, a *app.App) context.Context {
	later, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		a.Leave()
		time.AfterFunc(leaveTime, end)
	})
	return later
}

// together runs the public server, the metrics server and the work, and ends
// them in an order that refuses nothing that was already accepted: first the
// servers, then the work.
func together(ctx context.Context, a *app.App, public net.Listener, handler http.Handler, metricsAddr string) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	serving, stopServing := context.WithCancel(ctx)
	defer stopServing()

	var working, metering sync.WaitGroup
	working.Go(func() { a.Run(work) })
	var metricsErr error
	if metricsAddr != "" {
		metering.Go(func() {
			metricsErr = serveMetrics(serving, metricsAddr, a.Metrics())
			if metricsErr != nil {
				stopServing()
			}
		})
	}
	err := webhook.Serve(serving, public, handler, shutdownTime)
	drained := a.Drain(context.WithoutCancel(ctx))
	stopServing()
	metering.Wait()
	stopWork()
	working.Wait()
	return errors.Join(err, metricsErr, drained)
}

func serveMetrics(ctx context.Context, addr string, h http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("METRICS_ADDR: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h)
	return webhook.Serve(ctx, l, mux, time.Second)
}
