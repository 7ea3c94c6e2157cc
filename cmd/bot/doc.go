// Command bot is giftbot: a Telegram shop for vouchers and gift cards.
//
//	bot            runs the shop with the settings of its environment (serve)
//	bot demo       runs everything on one loopback port, no account needed
//	bot doctor     checks every setting and vendor before going live
//	bot health     asks a running bot whether it is well (container health check)
//	bot version    prints the version and what is built in
//
// The package only wires: every rule lives in order, flows, store and the
// providers.
package main
