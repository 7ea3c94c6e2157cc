package store

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

var errAddress = errors.New("store: unreadable Redis URL, expected redis://user:password@host:port/db")

// address reads a Redis URL: redis:// or rediss:// (TLS), several hosts
// separated by commas for a cluster or sentinels, ?master=name for sentinels,
// or unix:///path?db=0. Errors never quote it.
func address(text string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, errAddress
	}
	if scheme == "unix" {
		return socketAddress(text)
	}
	if scheme != "redis" && scheme != "rediss" {
		return nil, errAddress
	}
	authority, tail := rest, ""
	if cut := strings.IndexAny(rest, "/?"); cut >= 0 {
		authority, tail = rest[:cut], rest[cut:]
	}
	user, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hosts = authority[:at+1], authority[at+1:]
	}
	list := strings.Split(hosts, ",")
	u, err := url.Parse(scheme + "://" + user + list[0] + tail)
	if err != nil {
		return nil, errAddress
	}
	return withHosts(u, list)
}

func withHosts(u *url.URL, hosts []string) (*redis.UniversalOptions, error) {
	opts := &redis.UniversalOptions{MasterName: u.Query().Get("master")}
	for _, h := range hosts {
		if h == "" {
			return nil, errAddress
		}
		if _, _, err := net.SplitHostPort(h); err != nil {
			h = net.JoinHostPort(strings.Trim(h, "[]"), "6379")
		}
		opts.Addrs = append(opts.Addrs, h)
	}
	opts.Username = u.User.Username()
	opts.Password, _ = u.User.Password()
	if u.Scheme == "rediss" {
		opts.TLSConfig = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return withDatabase(opts, strings.Trim(u.Path, "/"))
}

func socketAddress(text string) (*redis.UniversalOptions, error) {
	u, err := url.Parse(text)
	if err != nil || u.Path == "" {
		return nil, errAddress
	}
	opts := &redis.UniversalOptions{Addrs: []string{u.Path}, Username: u.User.Username()}
	opts.Password, _ = u.User.Password()
	return withDatabase(opts, u.Query().Get("db"))
}

func withDatabase(opts *redis.UniversalOptions, db string) (*redis.UniversalOptions, error) {
	if db == "" {
		return opts, nil
	}
	n, err := strconv.Atoi(db)
	if err != nil || n < 0 {
		return nil, errAddress
	}
	opts.DB = n
	return opts, nil
}
