// Package order is the lifecycle of an order, the part of giftbot to read
// first. Apply is pure and knows every rule of money; Engine does what Apply's
// state asks for, through the ports of ports.go, one unit of work a Step.
//
// # Glossary
//
//	order     what one buyer wants: lines to be bought, payments to cover them
//	line      one product and how many of it, bought by one attempt at a time
//	attempt   one purchase at a supplier, stored before it is sent
//	payment   one checkout link at one gateway; all of an order stay watched
//	fact      a gateway's own record of a payment, as read from it
//	hint      news from outside: a reason to read facts, never a fact
//	claim     a lease of ten seconds on an order, fenced by its version
//	permit    the right to have one purchase of a product under way, shop-wide
//	held      a person has to decide; admins were alerted, the buyer was told
//	unclear   sent, and nobody knows whether it was done: never "failed"
//	once      a supplier without keys is asked once; each send is signed with
//	          a word drawn for it, so that two workers cannot both send
//	letter    what a supplier's callback brought, sealed, kept with its attempt
//	          until its content is checked: it may be the only copy
//	lost      bought, and what unlocks it never came; where the supplier takes
//	          it back (recall) it is never delivered meanwhile
//	twin      a second link made by a request whose answer was lost: watched,
//	          never shown
//	credit    what the shop owes a buyer: an account in the ledger (ledger.go)
//	payout    money on its way to the buyer's own wallet
//	freeze    Redis may have lost something: nothing is spent until it is healed
//	found     money of an order that nobody knows any more
//	turn      what one claim knows beyond the order: what it read, what waits
//
// # Status
//
// Events that leave the status as it is are not drawn; table.go has them all,
// and a test holds this diagram against it.
//
//	awaiting_payment --OpenFails--> cancelled
//	awaiting_payment --Read--> confirming
//	awaiting_payment --Read--> paid
//	awaiting_payment --Read--> fulfilling
//	awaiting_payment --Expire--> expired
//	awaiting_payment --Cancel--> cancelled
//	awaiting_payment --UseCredit--> paid
//	awaiting_payment --UseCredit--> fulfilling
//	awaiting_payment --ByHand--> confirming
//	awaiting_payment --ByHand--> paid
//	awaiting_payment --ByHand--> fulfilling
//	confirming --Cancel--> cancelled
//	confirming --Read--> paid
//	confirming --Read--> fulfilling
//	confirming --Expire--> expired
//	confirming --UseCredit--> paid
//	confirming --UseCredit--> fulfilling
//	confirming --ByHand--> paid
//	confirming --ByHand--> fulfilling
//	confirming --Close--> paid
//	confirming --Close--> fulfilling
//	confirming --GiveBack--> refunded
//	confirming --PayOut--> refunding
//	paid --Buying--> fulfilling
//	paid --BuyFails--> refunded
//	paid --Arrived--> fulfilling
//	paid --GiveBack--> refunded
//	paid --Close--> refunded
//	paid --PayOut--> refunding
//	fulfilling --Bought--> ready
//	fulfilling --BuyFails--> ready
//	fulfilling --BuyFails--> refunded
//	fulfilling --Recalled--> ready
//	fulfilling --Recalled--> refunded
//	fulfilling --GiveBack--> ready
//	fulfilling --GiveBack--> refunded
//	fulfilling --PayOut--> ready
//	fulfilling --PayOut--> refunding
//	fulfilling --GiveUp--> ready
//	fulfilling --Close--> ready
//	fulfilling --Close--> refunded
//	ready --Shown--> delivered
//	ready --Again--> fulfilling
//	delivered --Again--> fulfilling
//	expired --Read--> confirming
//	expired --Read--> paid
//	expired --Read--> fulfilling
//	expired --ByHand--> paid
//	expired --ByHand--> fulfilling
//	expired --GiveBack--> refunded
//	expired --PayOut--> refunding
//	cancelled --PayOut--> refunding
//	refunding --PaidOut--> refunded
//	refunding --PayOutFails--> refunded
//	refunding --DropPayOut--> refunded
//	refunded --PayOut--> refunding
//
// Read leads to fulfilling, and Arrived from paid, where Redis went back to
// before a purchase that the journal or a callback knows: it is looked for, and
// never made again.
//
// # Money
//
// What an order holds (Left) is received + forgiven − sold − returned − set
// aside for the buyer's wallet. What of it nothing needs any more goes to the
// buyer's credit, in one place (spread): a surplus, a second payment, money that
// comes after the end, the price of pieces that were not had. A payment that is
// short is the buyer's choice for as long as its links live and twelve hours
// longer: pay the rest, or take it as credit. Money that is in doubt (Reason.stops)
// stays where it is until a person has decided.
//
// A person's decision names what the order held on their screen: of two who
// decide at once, the second is refused. A payout is set aside, gets an address
// from the buyer and a word from an admin, is stored, copied and journaled, and
// leaves once. Unanswered, it is unclear, and never sent again.
//
// # The life of a paid order
//
// Redis round trips are numbered (1) to (8); the crash points, marked ✗, are
// what the crash tests kill at. After each one the order ends with one
// purchase and one delivery.
//
//	webhook   the gateway says that something happened
//	          ✗ webhook-before-hint
//	(1) wake  the hint is stored and the order due: now the webhook is answered
//	          ✗ webhook-after-hint
//	(2) claim a worker leases the order and gets its record
//	          ✗ claimed
//	read      the gateway's own record of the payment, outside any script
//	          ✗ read
//	(3) permit one purchase of this product at a time, and a rate token
//	          ✗ permit-taken
//	(4) commit the payment is booked and the attempt stored, in one transition
//	          ✗ attempt-stored
//	buy       the supplier is asked, under the attempt's derived key
//	          ✗ buy-sent
//	          ✗ buy-answered
//	(5) commit the codes are stored sealed, the order is ready and announced
//	          ✗ goods-stored
//	(6) release the permit is free again
//	          ✗ permit-released
//	(7) take  a sender leases the announcement and gets the order's record
//	          ✗ announcement-taken
//	edit      the order's own message now shows the codes
//	          ✗ edit-sent
//	          ✗ edit-answered
//	(8) commit the order is delivered, the announcement is done
//	          ✗ delivered
//	ping      a short message that rings; a crash may repeat it, nothing else
//	          ✗ ping-sent
//
// # The life of a payout
//
// As above, from an admin's word on. After each point the money left at most
// once; where nobody knows whether it did, a person is asked.
//
//	permit    one payout of a gateway at a time, and its share of the day's sum
//	          ✗ payout-permit-taken
//	commit    it is stored as sent, and confirmed by a replica
//	          ✗ payout-stored
//	journal   this machine knows it, too
//	          ✗ payout-journaled
//	pay       the gateway is asked, within half a minute, and never again
//	          ✗ payout-sent
//	          ✗ payout-answered
//	commit    the gateway's name for it is stored
//	release   the permit is free again
//	          ✗ payout-released
//	follow    until the gateway says how it ended
//	          ✗ payout-followed
//
// # When Redis loses something
//
// A restart, a lost tail of its file, a replica promoted too early: Redis may
// come back as it was before. Every script that changes money counts its shard
// up; each replica remembers, in memory and on its own disk, how far it saw each
// shard, and which Redis answered (its replication id). On every new connection
// to another Redis the counters it began with are kept beside them (floor), and
// held against what the replica saw before anything else is said. The same with
// every sweep, and with the commit before each spend.
//
//	loss seen   a counter or an offset lower than seen: the freeze is stored in
//	            Redis and on the disk before anything else; no replica sends a
//	            purchase, a mint or a payout, nothing new is sold
//	no loss     a restart with nothing missing freezes nothing. Spends wait, for a
//	            few seconds, until every replica has said so of itself
//	no answer   a replica that does not come may have seen more: freeze
//	new disk    a replica without a journal, open orders, and no other replica
//	            that is there and misses nothing: freeze
//
// Under the freeze each replica works its journal off: an order that Redis does
// not know is placed again as it was, a link that its order does not know is
// watched again, a purchase that it does not know becomes one under way, never a
// fresh one; a payout becomes unclear. An order that took credit out comes back as
// that, with its credit taken again as far as it is still there; where it is not,
// its payout is unclear, too. What left for an order that no journal has stands in
// one without lines, for a person. What nobody can read holds nothing else up: it
// is logged and counted (Healed.Broken). Then every order
// that is not settled is looked at again: its payments are read, closed ones
// too, its purchases looked for, its payouts followed. Gateways that list what
// they took are asked for references that no order has. When all is read, or two
// minutes are over, spending goes on; what is unclear holds its own order only. A
// gateway whose list did not answer is asked on until it has.
//
// Where the journal of a replica that spent is missing, nobody knows what left:
// then each card that was about to be minted counts as minted until the chain
// and the callback have had their time, and each payout that was about to leave
// counts as sent until a person says otherwise.
//
// What its key protects: a checkout link, a code, a top-up. Sent again for an
// order that forgot it, it is the same one, for as long as the vendor keeps the
// key. That a refusal was followed by another attempt is in the journal. What
// nothing protects: a mint and a payout. They leave only after all of the above.
//
// A payment whose order is gone from Redis and from all journals is found money:
// an order without lines that waits for a person, who says whose it is. Where a
// webhook made found money of an order before its journal was asked, the journal's
// order takes its place, unless a person has decided about it.
//
// A link that the order has forgotten is known by its reference, whatever its
// number was given to since: by the journal of who asked for it or answered its
// webhook, by a webhook, or in the gateway's list, which is looked at under the
// freeze and before another link is made: while it does not answer, none is.
// Where neither its gateway nor the journal says what it was made for, a person
// does: it is never valued at the sum of the link that has its number since.
//
// What cannot be had again: what a person typed or decided in the lost moment
// (they are asked again), announcements (made again from the orders), which
// permits were held (held again by who sends or looks). Credit is in the same
// scripts as the orders it belongs to, and goes back with them: it balances, and
// what a lost purchase had used is taken again when its order is placed again. A credit
// that crossed two shards of which one went back stands at the clearing account
// until the sweep brings it again; what arrived and was never sent is named by
// the trial balance.
//
// # Suppliers that take their time
//
// A supplier may accept a purchase and finish it later. Accepted keeps the
// attempt under way: it is looked at ever more rarely, never sent again, and a
// person hears of it when the supplier's patience is over. Where the accepted
// purchase is beyond doubt ours, its permit is free for the next (Frees).
//
// A supplier that calls back sends the only copy of what unlocks the goods.
// Deliver seals it and stores it as a hint, which is all that happens before the
// callback is answered; the next claim moves it into the attempt (Arrived) and
// only then the hint goes. It is read and held against the supplier's books by
// the next look. Every distinct letter is kept until the attempt is settled: one
// that brings more than its line has, or comes after all was settled, is for a
// person. Goods whose letter never came are Lost: taken back and credited
// (Recalled), or before a person.
//
// A purchase that cannot be repeated leaves only after its attempt is stored,
// confirmed by a replica of Redis where there is one, and written to the local
// journal; and only soon after. It is sent again only when it is certain that
// nothing of any send arrived. After a loss in Redis, Replay gives back what
// the journal knows, before the first step and under a freeze.
//
// Why nothing is lost: whatever is needed next is derived from the stored
// order (next.go), never from memory, and the order stays due until nothing
// is needed. Why nothing is doubled: a transition names the version it was
// made from, a purchase is sent under a key derived from what it buys, and a
// delivery edits the one message that belongs to the order.
package order
