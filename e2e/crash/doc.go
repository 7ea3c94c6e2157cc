// Package crash kills the built bot at each crash point of order/doc.go and
// looks at what becomes of a paid order of two codes: started again, beside a
// second replica, frozen for longer than its lease, asked to stop. A gift card,
// which is asked for once and comes in a callback, has moments of its own.
//
// Nothing in the bot knows of these tests. A point is reached by holding one
// call outside of it: at a proxy before Redis (redisproxy) or at the sandbox
// (hold_before, hold_after). Leases are the real ones of ten seconds.
package crash
