package telegram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-telegram/bot"
)

// Fault says how a call to Telegram failed. It is what decides.
type Fault string

// The classes of a failed call (TELEGRAM.md §1 and §3).
const (
	FaultNone         Fault = ""
	FaultUnreachable  Fault = "unreachable"  // 403, or a chat we cannot see: the person blocked us, left, or never started
	FaultLimited      Fault = "limited"      // 429, or our own pacing: not done, RetryAfter says when
	FaultSame         Fault = "same"         // message is not modified: done
	FaultGone         Fault = "gone"         // the message cannot be edited any more: send a new one
	FaultNoText       Fault = "no_text"      // the message holds a picture: only its caption can be edited
	FaultNoCaption    Fault = "no_caption"   // the message holds a text: it has no caption
	FaultPicture      Fault = "picture"      // the picture could not be drawn, or Telegram does not take it
	FaultOld          Fault = "old"          // the callback query is too old: done
	FaultEntities     Fault = "entities"     // our HTML was not accepted
	FaultMigrated     Fault = "migrated"     // the chat has a new id, Error.Chat
	FaultRefused      Fault = "refused"      // any other 4xx: nothing was done, and never will be
	FaultUnauthorized Fault = "unauthorized" // the token was revoked
	FaultNotSent      Fault = "not_sent"     // provably nothing left this machine
	FaultUnclear      Fault = "unclear"      // 5xx, timeout, cut connection: it may have happened
)

// Error is a failed call. It never quotes a text of ours, a token, or what
// Telegram quoted from them.
type Error struct {
	Fault      Fault
	Method     string
	RetryAfter time.Duration // after FaultLimited
	Chat       int64         // after FaultMigrated
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("telegram %s: %s", e.Method, e.Fault) }

// FaultOf returns the class of an error, FaultUnclear when it carries none.
func FaultOf(err error) Fault {
	if err == nil {
		return FaultNone
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fault
	}
	return FaultUnclear
}

// retryAfter returns how long Telegram, or our own pacing, asked us to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// classify turns an error of the library into ours and drops its text: a
// description may quote the message, an undecodable body is quoted whole.
func classify(method string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Method: method}
	if limited, ok := errors.AsType[*bot.TooManyRequestsError](err); ok {
		e.Fault, e.RetryAfter = FaultLimited, time.Duration(max(limited.RetryAfter, 1))*time.Second
		return e
	}
	if moved, ok := errors.AsType[*bot.MigrateError](err); ok {
		e.Fault, e.Chat = FaultMigrated, int64(moved.MigrateToChatID)
		return e
	}
	e.Fault = faultOf(err)
	return e
}

func faultOf(err error) Fault {
	switch {
	case errors.Is(err, bot.ErrorForbidden):
		return FaultUnreachable
	case errors.Is(err, bot.ErrorUnauthorized):
		return FaultUnauthorized
	case errors.Is(err, bot.ErrorBadRequest):
		return badRequest(strings.ToLower(err.Error()))
	case errors.Is(err, bot.ErrorNotFound), errors.Is(err, bot.ErrorConflict):
		return FaultRefused
	case notSent(err):
		return FaultNotSent
	default:
		return FaultUnclear
	}
}

// badRequest tells the causes of a 400 apart: Telegram does so by text alone.
func badRequest(text string) Fault {
	for _, known := range [...]struct {
		part  string
		fault Fault
	}{
		{"message is not modified", FaultSame},
		{"message to edit not found", FaultGone},
		{"message can't be edited", FaultGone},
		{"there is no text in the message to edit", FaultNoText},
		{"there is no caption in the message to edit", FaultNoCaption},
		{"message_id_invalid", FaultGone},
		{"query is too old", FaultOld},
		{"query_id_invalid", FaultOld},
		{"query id is invalid", FaultOld},
		{"can't parse entities", FaultEntities},
		{"chat not found", FaultUnreachable},
		{"user is deactivated", FaultUnreachable},
		{"peer_id_invalid", FaultUnreachable},
	} {
		if strings.Contains(text, known.part) {
			return known.fault
		}
	}
	return FaultRefused
}

// notSent reports errors from before the first byte: no address, no route,
// connection refused. A cancelled wait for our own lane counts as well.
func notSent(err error) bool {
	if errors.Is(err, errNeverSent) {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && !errors.Is(err, context.Canceled)
}

// errNeverSent marks a request that our own client refused to send.
var errNeverSent = errors.New("request was not sent")
