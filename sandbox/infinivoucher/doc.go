// Package infinivoucher is a stand-in for the InfiniVoucher marketplace,
// written from the contract sheet (contracts/infinivoucher.md, "infinivoucher
// sheet" below) and from nothing else: it shares no code with the client it
// judges.
//
// It keeps books of every order with the codes it handed out, forgets an
// Idempotency-Key after 24 h and then sells again, and limits calls and
// purchases. Where the sheet says that a behaviour is unknown, a setting or a
// planned purchase mode chooses (see Change).
//
// Nothing happens by itself: the clock is injected and Tick sends the webhooks
// that are due.
package infinivoucher
