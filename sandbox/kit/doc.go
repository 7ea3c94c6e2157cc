// Package kit holds what every part of the sandbox shares: the adjustable
// clock, the fault registry with its http middleware, the webhook sender with
// its retry train, the request log, id generators and small JSON helpers.
//
// Nothing here starts a goroutine on its own and nothing reads the wall clock
// unless it was given it, so that a simulator can own time, order and ids.
package kit
