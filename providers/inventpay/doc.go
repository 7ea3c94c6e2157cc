// Package inventpay talks to InventPay's crypto invoices (inventpay sheet): it
// creates invoices, reads their status, looks after the webhook registration,
// pays out, and verifies the webhooks. adapter.go is the only file that knows
// our order package.
//
// Nothing here decides about money: a webhook is a reason to read the status,
// and what the status says is a fact for the engine.
package inventpay
