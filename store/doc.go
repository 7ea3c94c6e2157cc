// Package store keeps everything that must outlive the process: orders,
// what has to be done and told about them, sessions, permits and the ledger in
// Redis; the journal of intents and the spool of callbacks in local files.
//
// It is the only importer of go-redis. Every key is built in keys.go, every
// change is one script in lua/ with one caller here. The rules of a script:
// all keys of one hash tag, check everything first and write last, no
// arithmetic on money, and the same operation executed twice changes things
// once. The last rule is what makes it safe to send a script again when a
// connection breaks and nobody knows whether it was executed; Store does so
// once by itself, except for the two that take a lease (Claim and Take): there
// a lost answer only means waiting until the lease ends. On a cluster go-redis
// follows redirections and sends again on its own; the operation id protects.
//
// Moments at which something is due follow the clock of Redis plus an offset
// that is zero outside the demo; leases follow the clock of Redis alone.
// Nothing here runs by itself: no goroutine, no timer, no key that expires.
package store
