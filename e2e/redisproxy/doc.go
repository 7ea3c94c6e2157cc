// Package redisproxy stands between a bot and a Redis and can stop one call at
// the worst moment: before Redis sees it, or after it took effect and before
// the bot hears of it. It reads enough of the protocol to name the script of a
// call, and changes nothing.
//
// It can also be asked about every call (Decide): a reply is lost, comes late,
// or is an error that Redis gives while it loads or cannot write. And it can lead
// to another Redis from one moment on (Lead).
//
// Every bot gets a way in of its own (Open), so that a test knows who reached
// the point where a call is held.
package redisproxy
