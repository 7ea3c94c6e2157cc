// Package journey walks the built bot through whole purchases of all kinds:
// codes, top-ups and gift cards through both gateways, in the demo and in a
// shop, and every bad input of DESIGN §3 and §5, each to its end: what the
// buyer reads, what the admins read, what the vendors' books say. Where hours
// have to pass, the bot runs in the test's own process (kit.Options.Clock).
package journey
