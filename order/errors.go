package order

import (
	"errors"
	"fmt"
	"time"
)

// Code says why something could not be done. It is what decides; texts for
// people are chosen at the edge.
type Code string

// Codes of refusals: the vendor answered, and definitely nothing was done.
const (
	CodeStock    Code = "out_of_stock"
	CodeFunds    Code = "supplier_funds"
	CodeFrozen   Code = "supplier_frozen"
	CodeDenied   Code = "denied"    // key, scope, address or signature refused
	CodeInvalid  Code = "invalid"   // the vendor does not accept the request
	CodeUnknown  Code = "unknown"   // the vendor does not know what we asked about
	CodeConflict Code = "conflict"  // nothing done, the same request may work in a moment
	CodeExists   Code = "exists"    // our reference was used before: done, under an id we do not know
	CodeTooSmall Code = "too_small" // below the vendor's minimum
)

// Codes of everything else.
const (
	CodeUnclear Code = "unclear"  // sent, outcome unknown: 5xx, timeout, cut connection, unreadable answer
	CodeLimited Code = "limited"  // 429: the same request later
	CodeNotSent Code = "not_sent" // provably nothing left this machine
	CodeStale   Code = "stale"    // the order moved on meanwhile
	CodeMissing Code = "missing"  // no such order, or not this person's
	CodeBusy    Code = "busy"     // another worker has it
	CodeEvent   Code = "event"    // this event is not possible in this status
	CodeTooSoon Code = "too_soon" // asked again too quickly
	CodeTooMany Code = "too_many" // too many open orders
	CodeSupply  Code = "supply"   // the supplier's balance does not cover it
	CodePrice   Code = "price"    // the price changed since it was shown
	CodeBudget  Code = "budget"   // the daily budget for a supplier is used up
	CodeCredit  Code = "credit"   // the buyer's credit does not cover it

	CodeClosed Code = "closed" // sales are stopped
	CodePaused Code = "paused" // a purchase of the product is unclear: it is off sale

	CodeNotCopied Code = "not_copied" // stored, and not confirmed by a replica in time
	CodeLoss      Code = "loss"       // Redis may have lost something: nothing is spent, and nothing new is sold
)

// Error is the one error type of this package and of its ports.
type Error struct {
	Code       Code
	Op         string        // what was tried: "infinivoucher buy"
	RetryAfter time.Duration // how long the vendor asked us to wait, zero if it did not say
	Err        error         // cause, without secrets; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Op, e.Code)
	}
	return fmt.Sprintf("%s: %s: %v", e.Op, e.Code, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error. An error that carries none counts as
// CodeUnclear: what we cannot name may have happened.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeUnclear
}

// RetryAfter returns the wait a vendor asked for, zero if none.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// Refusal reports whether the code means that definitely nothing was done.
func (c Code) Refusal() bool {
	switch c {
	case CodeStock, CodeFunds, CodeFrozen, CodeDenied, CodeInvalid, CodeUnknown, CodeConflict, CodeTooSmall:
		return true
	default:
		return false
	}
}
