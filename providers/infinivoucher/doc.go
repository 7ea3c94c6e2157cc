// Package infinivoucher buys voucher codes from InfiniVoucher (infinivoucher
// sheet). Buying debits a wallet and returns bearer codes in one step, so a
// purchase is sent exactly as often as the order engine says: never again from
// in here. adapter.go is the only file that knows our order package.
//
// Codes are of type Secret: they print, log and marshal as a mask.
package infinivoucher
