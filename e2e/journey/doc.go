// Package journey walks the built bot through whole purchases: the ordinary
// one in the demo, and every bad input of DESIGN §3 and §5, each to its end:
// what the buyer reads, what the admins read, what the vendors' books say.
package journey
