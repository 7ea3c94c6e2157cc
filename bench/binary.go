package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startLimit   = 1000 // ms
	sizeLimit    = 40   // MB
	pressLimit   = 50   // ms
	demoPresses  = 200
	demoVisitor  = 7_000_000_000
	pressesShare = 0.99
)

// binary measures what people download: its size, how fast it starts and how
// fast the demo answers.
func binary(ctx context.Context, s settings) ([]result, error) {
	dir, err := os.MkdirTemp("", "giftbot-bench-bin-")
	if err != nil {
		return nil, fmt.Errorf("binary folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin := filepath.Join(dir, "bot")
	if err = build(ctx, bin, "giftbot/cmd/bot"); err != nil {
		return nil, err
	}
	info, err := os.Stat(bin)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	var starts, slowest, middle []float64
	for range s.rounds {
		took, err := startOnce(ctx, bin, server.url)
		if err != nil {
			return nil, err
		}
		starts = append(starts, inMs(took))
		presses, err := pressDemo(ctx, bin, max(s.count(demoPresses), 8))
		if err != nil {
			return nil, err
		}
		slowest = append(slowest, inMs(quantile(presses, pressesShare)))
		middle = append(middle, median(presses)/float64(time.Millisecond))
	}
	return []result{
		{name: "Start to ready", unit: "ms", values: starts, limit: startLimit,
			ours: "`bot demo` on a real Redis, from the start of the process until /readyz says yes: scripts, journal, catalogue, and the sandbox as well."},
		{name: "Binary", unit: "MB", values: []float64{float64(info.Size()) / 1e6}, limit: sizeLimit,
			ours: "One static file, as `make build` makes it."},
		{name: "Demo answers a button", unit: "ms", values: slowest, limit: pressLimit, detail: number(median(middle)) + " ms in the middle",
			ours: fmt.Sprintf("The 99th percentile of %d presses through /control, until the press was answered and the message changed.", demoPresses)},
	}, nil
}

// build makes a binary as `make build` does.
func build(ctx context.Context, bin, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

func inMs(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// demoProcess is a running `bot demo`.
type demoProcess struct {
	cmd  *exec.Cmd
	base string
}

// startDemo starts the binary and waits until it is ready; took is how long.
func startDemo(ctx context.Context, bin string, args ...string) (p demoProcess, took time.Duration, err error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return p, 0, err
	}
	p = demoProcess{base: "http://" + addr}
	p.cmd = exec.Command(bin, append([]string{"demo", "--listen", addr}, args...)...)
	client := newClient()
	began := time.Now()
	if err = p.cmd.Start(); err != nil {
		return p, 0, fmt.Errorf("start the demo: %w", err)
	}
	err = until(ctx, func() (bool, error) {
		req, failed := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/readyz", http.NoBody)
		if failed != nil {
			return false, fmt.Errorf("ready: %w", failed)
		}
		res, failed := client.Do(req)
		if failed != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return res.StatusCode == http.StatusOK, res.Body.Close()
	})
	took = time.Since(began)
	if err != nil {
		err = errors.Join(fmt.Errorf("the demo does not get ready: %w", err), p.stop())
	}
	return p, took, err
}

// stop ends the demo in an orderly way, or reports that it does not end so.
func (p demoProcess) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the demo: %w", err)
	}
	killed := time.AfterFunc(startWait, func() { _ = p.cmd.Process.Kill() })
	defer killed.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the demo ends with: %w", err)
	}
	return nil
}

func startOnce(ctx context.Context, bin, redis string) (time.Duration, error) {
	p, took, err := startDemo(ctx, bin, "--redis", redis)
	if err != nil {
		return 0, err
	}
	return took, p.stop()
}

// pressDemo has somebody browse a fresh demo, with the Redis it brings along.
func pressDemo(ctx context.Context, bin string, presses int) (took []time.Duration, err error) {
	p, _, err := startDemo(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	v, err := arrive(ctx, p.base, demoVisitor)
	if err != nil {
		return nil, err
	}
	card, route, err := v.walk(ctx)
	if err != nil {
		return nil, err
	}
	back, err := card.back()
	if err != nil {
		return nil, err
	}
	for i := range presses {
		var d time.Duration
		if card, d, err = v.press(ctx, card, []string{back, route[2]}[i%2]); err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}
