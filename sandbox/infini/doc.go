// Package infini is a stand-in for the Infini payment gateway, written from the
// contract sheet (contracts/infini.md, "infini sheet" below) and from nothing
// else: it shares no code with the client it judges.
//
// It is strict about what the sheet is strict about: the signature over the
// path and query as received on the wire (the /infini prefix included), the
// Date window, the Digest of a body, unique request_id and client_reference.
// Where the sheet says that a behaviour is unknown, a setting switches between
// the readings (see Change).
//
// Nothing happens by itself: the clock is injected, Tick expires orders,
// confirms payments, moves withdrawals and sends the webhooks that are due.
//
// Withdrawals draw on the confirmed money of the orders in USD and know no
// idempotency (sheet §4). Subscriptions become active with their first payment
// and move on when a test pays the next invoice (sheet §12).
package infini
