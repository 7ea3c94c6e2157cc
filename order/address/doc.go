// Package address reads the wallet addresses that people type for a refund on
// chain (DESIGN §3). A payout cannot be called back, so an address that is
// mistyped, of another chain, or of nobody is refused while it can still be
// corrected. Nothing here asks a network, and no error quotes an address.
package address
