package rest

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// maxRetryAfter bounds what a vendor can make us wait, in errors and pauses.
const maxRetryAfter = time.Hour

// Do makes one call. Request.Timeout (10 s if zero) covers all of it: waiting
// for the limiter, every attempt, every pause. The error is an *Error.
func (c *Client) Do(ctx context.Context, r Request) error {
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	call := &call{client: c, request: r}
	// What the executor returns is not used: when the context ends it hides
	// the last answer behind the context's error.
	_ = failsafe.With[any](call.policy(ctx)).WithContext(ctx).Run(func() error { return call.attempt(ctx) })
	return call.result()
}

// call is one Do in progress.
type call struct {
	client  *Client
	request Request
	tries   int
	last    *Error // of the latest attempt, nil for success
	doubt   *Error // the latest attempt that may have taken effect
	pause   time.Duration
}

func (c *call) policy(ctx context.Context) failsafe.Policy[any] {
	attempts := 1
	if c.request.Replay == Safe {
		attempts = c.client.options.Chain.Retry.Attempts
	}
	return retrypolicy.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool { return err != nil && c.again(ctx) }).
		WithMaxAttempts(attempts).
		WithDelayFunc(func(failsafe.ExecutionAttempt[any]) time.Duration { return c.pause }).
		ReturnLastFailure().
		Build()
}

// again decides about another attempt and sets the pause before it: only
// for faults that may pass, and only if the pause ends before the deadline.
func (c *call) again(ctx context.Context) bool {
	passing := c.last.Kind == KindUnclear || c.last.Kind == KindLimited || c.last.Code == CodeDial
	if !passing || ctx.Err() != nil {
		return false
	}
	chain := c.client.options.Chain
	step := min(chain.Retry.Base<<min(c.tries-1, 16), chain.Retry.Max)
	c.pause = max(step/2+chain.Jitter(step/2), c.last.RetryAfter)
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > c.pause
}

// attempt passes the gate, makes the exchange and reports it.
func (c *call) attempt(ctx context.Context) error {
	started := time.Now()
	c.tries++
	var res Response
	fault := c.client.gate.enter(ctx, c.request)
	if fault == nil {
		res, fault = c.client.exchange(ctx, c.request)
		c.client.gate.leave(fault)
	}
	c.last = fault
	if fault != nil {
		fault.Vendor, fault.Endpoint = c.client.options.Vendor, c.request.Endpoint
		if fault.Kind == KindUnclear {
			c.doubt = fault
		}
	}
	c.report(ctx, res, time.Since(started))
	if fault != nil {
		return fault
	}
	return nil
}

// result is the last attempt's, except that "not sent" does not hold for a
// call of which an earlier attempt was sent.
func (c *call) result() error {
	switch {
	case c.last == nil:
		return nil
	case c.last.Kind == KindNotSent && c.doubt != nil:
		return c.doubt
	default:
		return c.last
	}
}

// report writes the metrics and one log line of an attempt.
func (c *call) report(ctx context.Context, res Response, took time.Duration) {
	o := c.client.options
	outcome, level := OutcomeOK, slog.LevelDebug
	attrs := []slog.Attr{slog.String("vendor", o.Vendor), slog.String("endpoint", c.request.Endpoint),
		slog.Int("attempt", c.tries), slog.Duration("took", took)}
	if res.Status != 0 {
		attrs = append(attrs, slog.Int("status", res.Status))
		if id := o.RequestID(res); id != "" {
			attrs = append(attrs, slog.String("request_id", word(id, maxRequestID)))
		}
	}
	if c.last != nil {
		outcome, level = Outcome(c.last.Kind), slog.LevelWarn
		attrs = append(attrs, slog.String("code", c.last.Code), slog.String("message", c.last.Message))
	}
	o.Chain.Observer.Request(o.Vendor, c.request.Endpoint, outcome, took)
	attrs = append(attrs, slog.String("outcome", string(outcome)))
	o.Chain.Log.LogAttrs(ctx, level, "vendor call", attrs...)
}

// compareClock keeps how far the vendor's clock is from ours.
func (c *Client) compareClock(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	now := c.options.Chain.Now()
	ahead := date.Sub(now.Truncate(time.Second))
	c.skew.Store(&Skew{Ahead: ahead, At: now})
	c.options.Chain.Observer.Skew(c.options.Vendor, ahead)
}

// retryAfter reads both forms of Retry-After: seconds, and a date. 0 if there
// is none; never more than an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(0, time.Duration(min(seconds, 1<<20))*time.Second), maxRetryAfter)
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(0, date.Sub(now)), maxRetryAfter)
	}
	return 0
}
