package order

import (
	"context"
	"time"
)

// Store keeps orders. Every method is at most one Redis round trip.
type Store interface {
	// Insert stores a new order (version 1), its index entries, its
	// announcements and when it is due. CodeStale: the number is taken by
	// another order. The same op again is OK and changes nothing.
	Insert(ctx context.Context, t Transition) (Order, error)
	// Claim leases one order for this worker and returns it. CodeBusy:
	// another worker has it; CodeMissing: no such order.
	Claim(ctx context.Context, n Number) (Claim, error)
	// Commit stores one transition in one script. CodeStale: the order moved
	// on, load it and apply again. The same op again is OK.
	Commit(ctx context.Context, t Transition) (Order, error)
	// Load reads an order. CodeMissing: no such order.
	Load(ctx context.Context, n Number) (Order, error)
	// Park ends the lease without a change, and says when the order is due.
	// CodeStale: it is not of this version any more, nothing was done.
	Park(ctx context.Context, n Number, version int64, due Stamp) error
}

// Index finds orders: a buyer's, those whose time has come, those that a
// webhook speaks of.
type Index interface {
	// OfBuyer lists a buyer's orders, newest first, and how many there are.
	OfBuyer(ctx context.Context, buyer int64, offset, limit int) ([]Order, int, error)
	// Wake makes an order due now. ext, when not empty, is a gateway's id for
	// the payment attempt, kept with the order for the next claim. It is the
	// durable write of a webhook. CodeMissing: no such order.
	Wake(ctx context.Context, n Number, hint Hint) error
	// Due lists orders whose time has come, at most limit, over all shards in
	// one pipeline, and the next known time.
	Due(ctx context.Context, limit int) (numbers []Number, next Stamp, err error)
	// Standing says what open orders will still cost, per supplier, and whether
	// the shop sells, in one pipeline over all shards.
	Standing(ctx context.Context) (Standing, error)
}

// Outbox is what the engine itself needs of the stored announcements.
type Outbox interface {
	// Ack ends an announcement's lease and forgets it. CodeStale: the lease
	// was lost, or it was announced anew since it was taken; nothing changed,
	// and what was told may be older than what stands. So is one that is gone.
	Ack(ctx context.Context, a Announced) error
}

// Hint is news from outside about an order: a reason to look, never a fact. One
// that comes while the order is claimed survives that claim's commit and keeps
// the order due.
type Hint struct {
	Event    string // the vendor's event id, load protection only; may be empty
	Payment  int    // payment attempt it speaks of, 0 if none
	External string // the gateway's id of that payment, may be empty
	Signed   bool   // Payment and External stood in one body that the gateway signed
	Gateway  string // whose news it is, "" when whoever brings it does not know
	Asked    Money  // what the link was made for, 0 when whoever brings it does not know
	Letter   *Letter
}

// Letter is what a supplier sent by itself about one purchase, sealed: the only
// copy of what was bought may be in it.
type Letter struct {
	Line    int    `json:"l"`
	Attempt int    `json:"a"`
	Sealed  []byte `json:"z"`
}

// Claim is an order under lease.
type Claim struct {
	Order Order
	Hints []Hint // kept since the last commit
}

// Transition is one atomic change of one order.
type Transition struct {
	Order     Order  // the new state; Version is the version it was made from
	Op        string // operation id: a script executed twice changes things once
	Due       Stamp  // when the order next needs work, 0 for never
	Keep      bool   // keep the lease, this worker goes on with the order
	Aside     bool   // made without a claim: lease, hints and due time stay as they are
	Wake      bool   // with Aside: the order is due at once, whoever has it
	Listed    bool   // Commit only: the order was nobody's until now, it joins its buyer's list
	Announce  []Announcement
	Postings  []Posting
	Reserve   map[string]Money // what the order will still cost, per supplier; replaces the former
	Open      bool             // the order counts against the buyer's open orders
	MaxOpen   int              // Insert only: refuse with CodeTooMany at this many open orders, 0 for no limit
	ClearHint bool             // the claim's hints are dealt with
	Ack       *Announced       // the announcement this transition completes
	Copied    bool             // replicas, where there are any, must have it: else CodeNotCopied, with the order as stored
	Spends    bool             // something leaves once it is stored: CodeLoss, with the order as stored, when Redis may have lost anything
}

// AnnouncementKind says what has to be told.
type AnnouncementKind string

// The kinds of announcements.
const (
	AnnounceStatus AnnouncementKind = "st" // the buyer's status message must show the order as it is
	AnnouncePing   AnnouncementKind = "pg" // a short message that rings, without secrets
	AnnounceAlert  AnnouncementKind = "al" // one message to one admin
)

// Announcement is something to be told about an order. The text is made from
// the order when it is sent, so that a pending announcement is never out of
// date and two of the same kind are one.
type Announcement struct {
	Kind AnnouncementKind
	To   int64 // chat: the buyer, or an admin
}

// Announced is an announcement under lease: what a sender took.
type Announced struct {
	Announcement
	Number Number
	Order  Order         // as it was when taken
	Lease  Stamp         // proof of the lease, compared when it is acknowledged
	Term   time.Duration // how long the lease lasts, 0 when nobody knows
	Tries  int
}

// Account names one side of a posting: "gateway:infini", "order:3F7K…",
// "supplier:infinivoucher", "sales", "credit:1001".
type Account string

// Posting moves an amount from one account to another. Key makes it
// replay-safe; the sum over all accounts is always zero.
type Posting struct {
	Key    string
	From   Account
	To     Account
	Amount Money
}

// Permits hands out what all buyers share at one vendor: one unresolved
// purchase per lock, the purchase rate, the daily budget. Locks never expire.
type Permits interface {
	// Acquire takes the lock and one rate token, or says how long to wait:
	// CodeBusy with RetryAfter. Asking again for the same owner is OK.
	// CodeBudget: the day's budget does not cover it, nothing was taken.
	Acquire(ctx context.Context, p Permit) error
	// Release frees the lock if the owner still holds it, and keeps which
	// vendor order belongs to the owner (external may be empty). Idempotent.
	Release(ctx context.Context, p Permit, external string) error
	// Held lists the permits of a vendor, oldest first.
	Held(ctx context.Context, vendor string) ([]Permit, error)
	// Owner returns the permit owner a vendor order was booked to, "" if none.
	Owner(ctx context.Context, vendor, external string) (string, error)
}

// Permit is the right to have one purchase under way.
type Permit struct {
	Vendor string
	Lock   string // what only one purchase may hold: the product id
	Owner  string // PermitOwner: order, line, attempt
	Send   int    // which send this is: every send costs a rate token
	Limit  int    // sends per Window, 0 for no limit
	Window time.Duration
	Since  Stamp // when the lock was taken; filled by Held

	// What the purchase costs, booked to the vendor's budget of the day when
	// DailyMax is not 0. A purchase that is sent again is not booked again.
	Cost     Money
	DailyMax Money
	Day      string // "2026-01-31", UTC
}

// Vault seals secrets for one order and purpose, and opens them again.
type Vault interface {
	Seal(n Number, purpose string, plain []byte) ([]byte, error)
	Open(n Number, purpose string, sealed []byte) ([]byte, error)
}

// Journal is the local file of intents that survives a loss in Redis.
type Journal interface {
	// Placed records (order, buyer, total, payment key) with an fsync.
	Placed(n Number, buyer int64, total Money, key string) error
	// Spending records, with an fsync, that an outside call which cannot be
	// repeated is about to leave: the attempt's owner (PermitOwner) and what it
	// costs.
	Spending(owner string, cost Money) error
}

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Meter counts what happens, by name and label. No amounts, no identities.
type Meter interface {
	Count(name, label string)
}
