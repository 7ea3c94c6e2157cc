// Package redisproxy stands between a bot and a Redis and can stop one call at
// the worst moment: before Redis sees it, or after it took effect and before
// the bot hears of it. It reads enough of the protocol to name the script of a
// call, and changes nothing.
//
// Every bot gets a way in of its own (Open), so that a test knows who reached
// the point where a call is held.
package redisproxy
