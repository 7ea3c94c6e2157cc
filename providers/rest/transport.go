package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	dialTimeout     = 5 * time.Second
	idleConnTimeout = 30 * time.Second
	idlePerHost     = 8
)

// ErrAddress is wrapped by the refusal to dial an address that is not public.
var ErrAddress = errors.New("address is not public")

// ErrBaseURL is wrapped by every refusal of a base URL.
var ErrBaseURL = errors.New("unusable base URL")

// ParseBase reads a vendor's base URL: absolute, https (http only on
// loopback), without user, query or fragment. The error wraps ErrBaseURL and
// does not quote the URL.
func ParseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("%w: not an absolute URL", ErrBaseURL)
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("%w: user, query and fragment are not allowed", ErrBaseURL)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u)) {
		return nil, fmt.Errorf("%w: https is required, except on loopback", ErrBaseURL)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// Loopback reports whether a URL's host is this machine by its very name.
func Loopback(u *url.URL) bool {
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// NewTransport returns the transport for one vendor: no proxy, TLS 1.2 or
// better, IPv4 where the host has it (vendors' allow-lists hold IPv4
// addresses: infini sheet §10), and no connection to an address that is not
// public. With a loopback base it connects to loopback only.
func NewTransport(base *url.URL) *http.Transport {
	local := Loopback(base)
	d := &dialer{local: local, net: net.Dialer{Timeout: dialTimeout, KeepAlive: idleConnTimeout}}
	d.net.Control = d.control
	return &http.Transport{
		DialContext:           d.dial,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   dialTimeout,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   idlePerHost,
		IdleConnTimeout:       idleConnTimeout,
		ExpectContinueTimeout: time.Second,
	}
}

type dialer struct {
	net   net.Dialer
	local bool
}

// dial connects over IPv4, and over IPv6 only to a host that has no IPv4
// address. An IPv4 address that does not answer is an error, not a reason to
// leave with an address the vendor does not expect.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.local || network != "tcp" {
		return d.net.DialContext(ctx, network, address)
	}
	conn, err := d.net.DialContext(ctx, "tcp4", address)
	if err != nil && noIPv4(err) {
		return d.net.DialContext(ctx, "tcp6", address)
	}
	return conn, err
}

func noIPv4(err error) bool {
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return true
	}
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

// control sees the address after the name was resolved, so that a name cannot
// lead inside (DNS rebinding).
func (d *dialer) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: unreadable", ErrAddress)
	}
	addr := ap.Addr().Unmap()
	if d.local != addr.IsLoopback() || !d.local && !public(addr) {
		return ErrAddress
	}
	return nil
}

// public reports whether an address can belong to a vendor: not private, not
// reserved, and not an IPv6 wrapper around an IPv4 address.
func public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Zone() != "" {
		return false
	}
	for _, reserved := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2001:db8::/32", "2002::/16",
	} {
		if netip.MustParsePrefix(reserved).Contains(addr) {
			return false
		}
	}
	return true
}
