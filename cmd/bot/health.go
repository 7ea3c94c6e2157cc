package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"giftbot/config"
)

const healthWait = 3 * time.Second

// health asks the bot in the same container for /healthz.
func health(ctx context.Context, environ []string) error {
	addr, err := config.LoadListenAddr(environ)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("health: LISTEN_ADDR is not host:port")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: status %d", res.StatusCode)
	}
	return nil
}
