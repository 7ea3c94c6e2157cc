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
// Of a wallet transaction the sheet says only that there are some (infinivoucher
// sheet §3). Its shape here is our assumption, on which no client may depend
// for money: id, type (PURCHASE, TOPUP, REFUND or ADJUSTMENT), amount (a
// purchase is negative), balanceAfter, orderId where there is one, createdAt;
// newest first, ten unless transactions_limit says otherwise. A top-up is made
// by the control top_up.
//
// Nothing happens by itself: the clock is injected and Tick sends the webhooks
// that are due.
package infinivoucher
