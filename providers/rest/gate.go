package rest

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
)

// gate is the limiter and the breaker in front of one vendor. nil parts are
// switched off.
type gate struct {
	limit   Limit
	turn    func(context.Context, Request)
	limiter ratelimiter.RateLimiter[any]
	breaker circuitbreaker.CircuitBreaker[any]
}

func newGate(vendor string, chain Chain) *gate {
	g := &gate{limit: chain.Limit, turn: chain.Turn}
	if chain.Limit.Calls > 0 {
		g.limiter = ratelimiter.NewBursty[any](chain.Limit.Calls, chain.Limit.Per)
	}
	if !chain.Bare {
		observer := chain.Observer
		g.breaker = circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(chain.Breaker.Failures).
			WithSuccessThreshold(1). // one probe decides
			WithDelay(chain.Breaker.Delay).
			OnStateChanged(func(e circuitbreaker.StateChangedEvent) { observer.Breaker(vendor, e.NewState.String()) }).
			Build()
	}
	return g
}

// enter waits for the limiter's leave and asks the breaker. A refusal is
// KindNotSent.
func (g *gate) enter(ctx context.Context, r Request) *Error {
	g.turn(ctx, r)
	if g.limiter != nil && !r.Unlimited {
		if err := g.limiter.AcquirePermitWithMaxWait(ctx, g.limit.MaxWait); err != nil {
			return g.limited(ctx)
		}
		g.turn(ctx, r)
	}
	if err := ctx.Err(); err != nil {
		return &Error{Kind: KindNotSent, Code: ctxCode(err), Err: err}
	}
	if g.breaker != nil && !g.breaker.TryAcquirePermit() {
		return &Error{Kind: KindNotSent, Code: CodeBreaker, RetryAfter: max(g.breaker.RemainingDelay(), time.Second)}
	}
	return nil
}

func (g *gate) limited(ctx context.Context) *Error {
	if err := ctx.Err(); err != nil {
		return &Error{Kind: KindNotSent, Code: ctxCode(err), Err: err}
	}
	return &Error{Kind: KindNotSent, Code: CodeLocalLimit, RetryAfter: g.limit.Per}
}

// leave tells the breaker how an attempt that entered ended. A call its
// caller gave up says nothing about the vendor, but a probe must be answered,
// or the breaker would wait for it for ever.
func (g *gate) leave(fault *Error) {
	switch {
	case g.breaker == nil:
	case fault != nil && fault.Code == CodeCancelled:
		if !g.breaker.IsClosed() {
			g.breaker.RecordFailure()
		}
	case fault != nil && (fault.Kind == KindUnclear || fault.Code == CodeDial):
		g.breaker.RecordFailure()
	default:
		g.breaker.RecordSuccess()
	}
}
