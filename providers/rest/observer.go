package rest

import "time"

// Outcome is how one attempt ended, for metrics: OutcomeOK or a Kind.
type Outcome string

// OutcomeOK is an attempt that was answered and decoded.
const OutcomeOK Outcome = "ok"

// Observer receives what a Client measures. Labels are bounded: vendor and
// endpoint are constants of our code. Methods must be quick and safe for
// concurrent use.
type Observer interface {
	// Request reports one attempt and how long it took, waiting included.
	Request(vendor, endpoint string, outcome Outcome, took time.Duration)
	// Breaker reports a breaker that changed state: "closed", "open" or
	// "half-open".
	Breaker(vendor, state string)
	// Skew reports how far the vendor's clock is ahead of ours (negative:
	// behind), to the second, from the Date header of an answer.
	Skew(vendor string, ahead time.Duration)
}

// quiet is the Observer of a Client that was given none.
type quiet struct{}

func (quiet) Request(string, string, Outcome, time.Duration) {}
func (quiet) Breaker(string, string)                         {}
func (quiet) Skew(string, time.Duration)                     {}
