// Package catalog holds what all suppliers sell as one catalogue in memory.
//
// Screens read Snapshot, which is immutable and never waits. Run reads the
// suppliers in the background, each at most once a minute; while one does not
// answer, its last list goes on being sold until it is too old, then it is
// hidden. A price is the supplier's cost plus markup, rounded up to a cent and
// never below cost. Nothing here is a float.
package catalog
