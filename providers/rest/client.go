package rest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	defaultMaxBody = 4 << 20 // bytes
	defaultTimeout = 10 * time.Second
)

// Limit is a local rate limit: at most Calls per Per; a call waits up to
// MaxWait for its turn. A zero Calls means no limit.
type Limit struct {
	Calls   uint
	Per     time.Duration
	MaxWait time.Duration
}

// Breaker opens after Failures unclear or undialled attempts in a row and lets
// one probe through after Delay. Zero Failures means the default: 5, 15 s.
type Breaker struct {
	Failures uint
	Delay    time.Duration
}

// Retry bounds the attempts of a request that may be replayed. The pause
// doubles from Base to Max, half of it jittered; a vendor's Retry-After counts
// instead when it is longer. Zero Attempts means the default: 3, 200 ms, 2 s.
type Retry struct {
	Attempts int
	Base     time.Duration
	Max      time.Duration
}

// Chain is what the wiring decides about a client; the zero value is fit for
// production.
type Chain struct {
	Transport http.RoundTripper // nil: NewTransport. A simulator passes one that calls a handler
	Observer  Observer          // nil: nobody measures
	Log       *slog.Logger      // nil: nothing is logged
	Now       func() time.Time  // nil: time.Now. The clock of dates and signatures; waiting uses package time
	Jitter    func(pause time.Duration) time.Duration
	// Turn is called before a call meets the others: at the limiter, and at the
	// breaker after it waited. nil: nothing. A simulator draws them apart there.
	Turn    func(ctx context.Context, r Request)
	Limit   Limit // zero: the vendor's default
	Breaker Breaker
	Retry   Retry
	Bare    bool // no limiter, no breaker, no retry: every call is one attempt, at once
}

// Response is an answer read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Verdict is how a vendor package reads an answer. The zero Kind is success.
type Verdict struct {
	Kind    Kind
	Code    string
	Message string
}

// Options describe one vendor.
type Options struct {
	Vendor  string // bounded label: "infini"
	BaseURL string
	// Auth signs one attempt. It sees the request exactly as it goes out.
	Auth func(req *http.Request, body []byte) error
	// Classify reads an answer's error form. nil: the status decides. A
	// success verdict on a status outside 2xx is overruled by ByStatus.
	Classify func(Response) Verdict
	// RequestID finds the vendor's own request id in an answer, for the log.
	RequestID func(Response) string
	Secrets   []string // blanked wherever a vendor echoes them
	MaxBody   int64    // bytes of an answer, 0: 4 MiB
	Chain     Chain
}

// Client talks to one vendor. It is safe for concurrent use.
type Client struct {
	options Options
	base    *url.URL
	redact  redactor
	gate    *gate
	skew    atomic.Pointer[Skew]
}

// Skew is the last comparison of the vendor's clock with ours.
type Skew struct {
	Ahead time.Duration // how far the vendor is ahead, whole seconds
	At    time.Time     // when it was seen, by our clock; zero if never
}

// New checks the options and returns a Client. A base URL that ParseBase
// refuses is an error.
func New(o Options) (*Client, error) {
	base, err := ParseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Vendor, err)
	}
	o.fill(base)
	return &Client{options: o, base: base, redact: newRedactor(o.Secrets), gate: newGate(o.Vendor, o.Chain)}, nil
}

// fill puts the defaults in.
func (o *Options) fill(base *url.URL) {
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.Classify == nil {
		o.Classify = func(r Response) Verdict { return Verdict{Kind: ByStatus(r.Status)} }
	}
	if o.Auth == nil {
		o.Auth = func(*http.Request, []byte) error { return nil }
	}
	if o.RequestID == nil {
		o.RequestID = func(Response) string { return "" }
	}
	o.Chain.fill(base)
}

func (c *Chain) fill(base *url.URL) {
	if c.Transport == nil {
		c.Transport = NewTransport(base)
	}
	if c.Observer == nil {
		c.Observer = quiet{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = func(pause time.Duration) time.Duration { return rand.N(pause + 1) } //nolint:gosec // spreads retries; nobody gains by guessing it
	}
	if c.Turn == nil {
		c.Turn = func(context.Context, Request) {}
	}
	if c.Breaker.Failures == 0 {
		c.Breaker = Breaker{Failures: 5, Delay: 15 * time.Second}
	}
	if c.Retry.Attempts == 0 {
		c.Retry = Retry{Attempts: 3, Base: 200 * time.Millisecond, Max: 2 * time.Second}
	}
	if c.Bare {
		c.Limit = Limit{}
		c.Retry = Retry{Attempts: 1}
	}
}

// Skew returns the last clock comparison. Vendors that refuse old dates stop
// signing on it (infini sheet §2).
func (c *Client) Skew() Skew {
	if s := c.skew.Load(); s != nil {
		return *s
	}
	return Skew{}
}

// Local reports whether the base URL is on loopback: the sandbox.
func (c *Client) Local() bool { return Loopback(c.base) }
