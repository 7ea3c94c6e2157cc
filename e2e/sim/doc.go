// Package sim runs the whole shop in virtual time (PROOF §1, T2): the real
// order engine, store scripts, vendor clients and Telegram edge, two or three
// replicas of the bot on one in-memory Redis, against the sandbox's five
// vendors, their chains and its Telegram, with people who tap, pay at either
// gateway, cancel and block. Vouchers are bought in the chat; top-ups and gift
// cards are placed at the engine, as the conversation about them does. So is
// everything about money: the buyers' credit, the rest of a payment that was too
// little, payouts and their addresses, and what two admins decide about the queue,
// each from what their screen showed a while ago.
//
// # How a story is exact
//
// Everything runs inside one testing/synctest bubble. Every call that leaves a
// replica (Redis, a vendor, Telegram, the journal) stops at its port and waits.
// One scheduler lets everything come to rest (synctest.Wait), lists what could
// happen next in a sorted order, and draws from the seed which of it happens
// and how: well, an error before or after it took effect, late, twice, a crash
// before or after. So two goroutines never run towards the same port at once,
// and every interleaving of replicas at the granularity of port calls is
// possible. Virtual time moves only when nothing can happen.
//
// What a port does not see is drawn apart in time, by next to nothing: actors
// begin at moments of their own, calls of one replica take turns at the limiter
// and the breaker (rest.Chain.Turn), and an answer never comes with the deadline
// it is waited for. Which goroutine the machine runs first decides nothing.
//
// What a machine keeps over a crash is its replica's disk: the journal, which is
// given back to Redis at some starts, and the spool, which takes callbacks while
// Redis is away.
//
// A crash makes every later call of that incarnation of a replica fail; a new
// incarnation starts on the same Redis after a pause.
//
// # What is judged
//
// The verdict comes from the vendors' own books in the sandbox and from what
// people saw in their chats (verdict_test.go); our own records are compared
// with them. All that the gateways received, less what fell with its chain, has
// become goods at their price, credit, a payout in a gateway's books, or is held
// for somebody who knows (verdict_money_test.go, verdict_payouts_test.go). Bugs
// are planted in the shop's own code (package e2e/bugs), and hunted (hunt_test.go)
// in worlds where they show soon (diets_test.go): the verdict notices them.
package sim
