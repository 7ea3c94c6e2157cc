// Package inventpay is a stand-in for the InventPay crypto gateway, written
// from the contract sheet (contracts/inventpay.md, "inventpay sheet" below). It
// shares no code with the client it judges. Where the sheet names a call and not
// the fields of its answer (balances, webhook deliveries and statistics, the
// extras of a withdrawal), the field names are those of the vendor's own SDK
// types; a client must not depend on them.
//
// It is strict about what the sheet is strict about: the two keys, JSON numbers
// for amounts, the limits of a create, the rate limits, the signature over the
// raw bytes. It has no idempotency: a repeated create makes a second invoice
// with the same orderId, a repeated withdrawal pays twice. Where the sheet says
// that a behaviour is unknown or contradictory, a setting switches between the
// readings (see Change).
//
// Nothing happens by itself: the clock is injected, Tick confirms transfers,
// expires payments, moves withdrawals and sends the webhooks that are due.
package inventpay
