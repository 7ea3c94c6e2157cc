package store

import (
	"context"
	"errors"
	"net"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
)

// redisError gives trouble with Redis the code that is true: CodeNotSent when
// nothing was executed (no connection, or Redis refused before it began),
// CodeUnclear for everything else. Nil stays nil.
func redisError(op string, err error) error {
	if err == nil {
		return nil
	}
	code := order.CodeUnclear
	if neverBegan(err) {
		code = order.CodeNotSent
	}
	return &order.Error{Code: code, Op: "redis " + op, Err: err}
}

func refused(op string, code order.Code, err error) error {
	return &order.Error{Code: code, Op: "redis " + op, Err: err}
}

func neverBegan(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	if errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) || errors.Is(err, redis.ErrClosed) {
		return true
	}
	return refusedBeforeStart(err)
}

// refusedBeforeStart knows the answers Redis gives before a command or a
// script writes anything.
func refusedBeforeStart(err error) bool {
	for _, prefix := range []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "BUSY", "TRYAGAIN", "NOAUTH", "WRONGPASS"} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// brokenConnection reports whether sending the same operation again over a new
// connection makes sense: there was one and it broke, Redis did not answer no,
// nobody waits too long already.
func brokenConnection(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || neverBegan(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if _, answered := errors.AsType[redis.Error](err); answered {
		return false
	}
	timeout, ok := errors.AsType[net.Error](err)
	return !ok || !timeout.Timeout()
}
