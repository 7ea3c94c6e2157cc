// Package security goes through the security checks of PROOF §4 line by line on
// the assembled shop, over HTTP: what is refused changes nothing in Redis, is
// counted, and is logged without a secret. Beside the code each rule has tests
// of its own; here is shown that the whole keeps them.
package security
