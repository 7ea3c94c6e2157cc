// Package redistest starts what tests of the store and of the whole bot need:
// a private redis-server as a real process that can be killed, an in-memory
// miniredis that works inside testing/synctest, and connections that break at
// the worst moment.
package redistest
