// Package univoucher is a stand-in for UniVoucher, crypto gift cards on seven
// chains, written from the contract sheet (contracts/univoucher.md,
// "univoucher sheet" below) and from nothing else: it shares no code with the
// client it judges.
//
// It serves the API under /univoucher/v1 and a small JSON-RPC node per chain
// under /univoucher/rpc/{chainId}, over the same balances. There is no
// idempotency: a repeated create mints and pays again. A card's secret leaves
// only in the callback (or the sync answer), and the callback is tried three
// times and then never again. Cards are real: the published ciphertext opens
// with the secret to the private key whose address is the slot.
//
// Addresses in answers carry the EIP-55 checksum. A wallet's private key is
// turned into its address at once and never kept. Where the sheet says that a
// behaviour is unknown, a setting or a planned create chooses (see Change).
//
// Nothing happens by itself: the clock is injected, and Tick mines what is due
// and sends the callbacks that are due.
package univoucher
