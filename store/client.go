package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"giftbot/order"
)

// Mode says what kind of Redis the address leads to (REDIS_MODE).
type Mode string

// The modes.
const (
	ModeSingle   Mode = "single"
	ModeCluster  Mode = "cluster"
	ModeSentinel Mode = "sentinel"
)

// DefaultLease is how long a worker may keep an order without renewing.
const DefaultLease = 10 * time.Second

const (
	dialTimeout  = 2 * time.Second
	replyTimeout = 3 * time.Second
	poolSize     = 32
	redirects    = 3
)

// Options say how to reach Redis and how to use it.
type Options struct {
	Mode   Mode          // empty is ModeSingle
	URL    string        // redis://user:password@host:port/db, see address
	Shards int           // 1 to MaxShards, 0 is DefaultShards
	Lease  time.Duration // of orders and announcements, 0 is DefaultLease
	// Offset is added to the clock of Redis for everything but leases; nil
	// means none. Only the demo and tests move it.
	Offset func() time.Duration
	// Dialer connects instead of the network: an in-memory pipe in
	// simulations. Nil dials.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)
	// Clock is this process's clock, the one that due moments are named by;
	// nil when it is the clock of Redis.
	Clock func() time.Time
	Vault order.Vault // seals deferred replies; without it Defer is refused
	Pool  int         // connections per node, 0 is 32
	Guard bool        // refuse commands whose keys carry two hash tags: for tests
	Trips *Trips      // counts round trips when not nil
	// Tide notices losses; without it they go unnoticed.
	Tide *Tide
	// Identity names the Redis that answers, for one that does not tell its
	// replication id (in simulations); nil asks Redis.
	Identity func() string
	Random   io.Reader // draws the names of freezes; nil: crypto/rand
	// NoResend reports a broken connection at once instead of sending the
	// operation a second time: for tests.
	NoResend bool
}

// Store is the Redis side of everything that lasts.
type Store struct {
	rdb      redis.UniversalClient
	shards   int
	lease    time.Duration
	offset   func() time.Duration
	vault    order.Vault
	noResend bool
	scripts  scripts
	budgets  *budgets
	balances *balances
	clocks   *skew
	packer   *Packer
	tide     *Tide // nil: losses go unnoticed
	identity func() string
	random   io.Reader
}

// New prepares a store; nothing is sent yet. An error names what is wrong with
// the options and never quotes the URL, which may hold a password.
func New(o Options) (*Store, error) {
	if o.Shards == 0 {
		o.Shards = DefaultShards
	}
	if o.Shards < 1 || o.Shards > MaxShards {
		return nil, fmt.Errorf("store: shards must be 1 to %d", MaxShards)
	}
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	if o.Offset == nil {
		o.Offset = func() time.Duration { return 0 }
	}
	loaded, err := readScripts()
	if err != nil {
		return nil, err
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	s := &Store{
		shards: o.Shards, lease: o.Lease, offset: o.Offset, vault: o.Vault, noResend: o.NoResend, scripts: loaded,
		budgets: newBudgets(), balances: newBalances(), clocks: &skew{now: o.Clock}, packer: NewPacker(orderWords),
		tide: o.Tide, identity: o.Identity, random: o.Random,
	}
	var greet func(context.Context, *redis.Conn) error
	if s.tide != nil {
		s.tide.size(o.Shards)
		greet = s.greet
	}
	s.rdb, err = connect(o, greet)
	return s, err
}

// Close ends all connections.
func (s *Store) Close() error {
	if err := s.rdb.Close(); err != nil {
		return fmt.Errorf("close redis: %w", err)
	}
	return nil
}

// Ping reports whether Redis answers.
func (s *Store) Ping(ctx context.Context) error {
	return redisError("ping", s.rdb.Ping(ctx).Err())
}

// Shards returns how many shards the store was made with.
func (s *Store) Shards() int { return s.shards }

func connect(o Options, greet func(context.Context, *redis.Conn) error) (redis.UniversalClient, error) {
	opts, err := address(o.URL)
	if err != nil {
		return nil, err
	}
	opts.OnConnect = greet
	common(opts, o)
	switch o.Mode {
	case ModeSingle, "":
		if len(opts.Addrs) != 1 {
			return nil, errors.New("store: one address is needed in mode single")
		}
		return hooked(redis.NewClient(opts.Simple()), o), nil
	case ModeSentinel:
		if opts.MasterName == "" {
			return nil, errors.New("store: the address needs ?master=name in mode sentinel")
		}
		return hooked(redis.NewFailoverClient(opts.Failover()), o), nil
	case ModeCluster:
		return cluster(redis.NewClusterClient(opts.Cluster()), o), nil
	default:
		return nil, errors.New("store: unknown mode")
	}
}

// common sets what is the same for all modes. go-redis must not send writes
// again by itself; on a cluster it still follows redirections, where the
// operation id in every script protects.
func common(opts *redis.UniversalOptions, o Options) {
	opts.Dialer = dialer(o.Dialer)
	opts.Protocol = 2
	opts.MaxRetries = -1
	opts.MaxRedirects = redirects
	opts.DialerRetries = 1
	opts.DialTimeout = dialTimeout
	opts.ReadTimeout = replyTimeout
	opts.WriteTimeout = replyTimeout
	opts.PoolTimeout = replyTimeout
	opts.ContextTimeoutEnabled = true
	opts.PoolSize = poolSize
	if o.Pool > 0 {
		opts.PoolSize = o.Pool
	}
	opts.PipelinePoolSize = -1
	opts.DisableIdentity = true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// dialer marks every failure to connect: then nothing was sent.
func dialer(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	if dial == nil {
		return nil
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		return conn, nil
	}
}
