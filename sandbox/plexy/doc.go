// Package plexy is a stand-in for Plexy's Gate API (vouchers and direct
// top-ups), written from the contract sheet (contracts/plexy.md, "plexy sheet"
// below) and from nothing else: it shares no code with the client it judges.
//
// It reserves the agent's balance when an order is made, finishes the order
// some seconds later, keeps books of every order with the goods it handed out
// and of every account that was topped up, and forgets an Idempotency-Key after
// 24 h: then it sells again. Where the sheet says that a behaviour is unknown, a
// setting or a planned order mode chooses (see Change).
//
// A deposit made by the control deposit is listed at once at /agent/{id}/deposits,
// newest first; one that is pending moves the balance when post_deposit posts it.
//
// Nothing happens by itself: the clock is injected, and orders finish when Tick,
// Settle or any call that reads them finds that their time has come.
package plexy
