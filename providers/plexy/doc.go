// Package plexy buys vouchers and direct top-ups from Plexy's Gate API (plexy
// sheet). An order takes money when it is created and is finished later, so a
// create call is sent exactly as often as the order engine says: never again
// from in here. There are no webhooks: orders are polled. Only the adapter
// files know our order package.
//
// An item of ours is a product and the currency its purchases are charged in:
// "456@USD". So the engine can hold one lock per currency without asking.
//
// Codes and the buyer's account data are of type Secret: they print, log and
// marshal as a mask. The vendor's own error texts are not kept at all, because
// they may quote an account.
package plexy
