package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"

	"github.com/redis/go-redis/v9"
)

const startWait = 10 * time.Second

// redisServer is a private redis-server, as durable as production asks for.
type redisServer struct {
	addr, url string
	dir       string
	cmd       *exec.Cmd
}

// startRedis starts one on a free port of loopback; stop ends it. args are
// further settings, the last of a kind counts.
func startRedis(ctx context.Context, args ...string) (*redisServer, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("redis port: %w", err)
	}
	dir, err := os.MkdirTemp("", "giftbot-bench-redis-")
	if err != nil {
		return nil, fmt.Errorf("redis folder: %w", err)
	}
	s := &redisServer{addr: addr, url: "redis://" + addr, dir: dir}
	s.cmd = exec.Command("redis-server", append([]string{
		"--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
	}, args...)...)
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("redis-server: %w", err), os.RemoveAll(dir))
	}
	if err := s.await(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *redisServer) await(ctx context.Context) error {
	c := redis.NewClient(&redis.Options{Addr: s.addr})
	defer func() { _ = c.Close() }()
	return until(ctx, func() (bool, error) { return c.Ping(ctx).Err() == nil, nil })
}

func (s *redisServer) stop() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir) // a temporary folder
}

// freeAddr is an address of loopback that nobody listens on.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// pollEvery is how exactly until sees the moment.
const pollEvery = time.Millisecond

// until asks until the answer is yes, an error comes or the time is over.
func until(ctx context.Context, ask func() (bool, error)) error {
	deadline := time.Now().Add(startWait)
	for {
		yes, err := ask()
		switch {
		case err != nil:
			return err
		case yes:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(deadline):
			return fmt.Errorf("nothing within %s", startWait)
		}
		time.Sleep(pollEvery)
	}
}
