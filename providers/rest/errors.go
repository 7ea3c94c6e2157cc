package rest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says what a failed call means for whoever made it.
type Kind string

// The four ways a call can fail. The zero Kind is success.
const (
	KindRefused Kind = "refused"  // the vendor said no: definitely nothing was done
	KindLimited Kind = "limited"  // 429: the same bytes again, later
	KindUnclear Kind = "unclear"  // 5xx, timeout, cut connection, unreadable answer: it may have been done
	KindNotSent Kind = "not_sent" // provably nothing was sent
)

// Codes of failures that no vendor named. They never collide with a vendor's
// codes, which are numbers or upper case.
const (
	CodeTimeout     = "timeout"      // our deadline passed
	CodeCancelled   = "cancelled"    // the caller gave up
	CodeCut         = "cut"          // the connection broke
	CodeTooLarge    = "too_large"    // the answer exceeds Options.MaxBody
	CodeUndecodable = "undecodable"  // the answer is not what the contract says
	CodeRedirect    = "redirect"     // a redirect, never followed
	CodeBreaker     = "breaker_open" // this vendor failed too often just now
	CodeLocalLimit  = "local_limit"  // our own limiter refused
	CodeDial        = "dial"         // no connection could be made
	CodeAuth        = "auth"         // the request could not be signed
	CodeRequest     = "bad_request"  // the request could not be built
)

// Error is the one error a Client returns. Its text holds the vendor's message
// cut to 200 characters with everything secret-looking masked, and never a
// URL, a header or a body.
type Error struct {
	Vendor     string
	Endpoint   string // route pattern: "GET /orders/{id}"
	Kind       Kind
	Status     int           // HTTP status, 0 if there was no answer
	Code       string        // the vendor's code, or one of the Code constants
	Message    string        // the vendor's text, redacted; may be empty
	RetryAfter time.Duration // how long to wait, 0 if nobody said
	Err        error         // cause, free of request data; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", e.Vendor, e.Endpoint, e.Kind)
	if e.Status != 0 {
		b.WriteString(" " + strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// As returns the *Error in err's chain, nil if there is none.
func As(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// KindOf returns the kind of an error. An error that carries none counts as
// KindUnclear: what we cannot name may have happened. nil has no kind.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e := As(err); e != nil {
		return e.Kind
	}
	return KindUnclear
}

// ByStatus is what an HTTP status means when the body adds nothing: "" for
// 2xx, KindLimited for 429, KindRefused for other 4xx, KindUnclear for the
// rest. 408 is a timeout, and a redirect is no answer at all.
func ByStatus(status int) Kind {
	switch {
	case status >= 200 && status <= 299:
		return ""
	case status == 429:
		return KindLimited
	case status == 408:
		return KindUnclear
	case status >= 400 && status <= 499:
		return KindRefused
	default:
		return KindUnclear
	}
}

// FieldError is what a decoder returns for an answer that is JSON but breaks
// the contract. Rule is fixed text: it must not quote the answer.
type FieldError struct {
	Field string
	Rule  string
}

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Rule }
