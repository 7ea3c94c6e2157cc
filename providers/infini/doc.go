// Package infini talks to Infini's hosted checkout (infini sheet): it creates
// orders and checkout links, reads what arrived on them, pays out, keeps
// subscriptions, and verifies the webhooks. adapter.go is the only file that knows our order package.
//
// Nothing here decides about money: a webhook is a reason to Query, and what
// Query returns is a fact for the engine.
package infini
