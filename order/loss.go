package order

import (
	"context"
	"time"
)

// Doubt says why Redis is believed to have lost something.
type Doubt string

// The doubts about Redis.
const (
	DoubtBehind Doubt = "behind"        // a shard is not as far as this replica has seen it
	DoubtOffset Doubt = "offset"        // another primary took over before it had everything
	DoubtEmpty  Doubt = "empty_journal" // a new disk, and open orders: what was spent is not known here
	DoubtAbsent Doubt = "absent"        // Redis was restarted, and a replica that may have seen more does not come
)

// Freeze stops every replica from sending purchases and payouts.
type Freeze struct {
	ID  string // drawn; "" for none
	Why Doubt
	At  Stamp
	By  string // the replica that found it
}

// Healed is what came out of a freeze.
type Healed struct {
	Orders  int // looked at again
	Spends  int // taken from the journals
	Placed  int // orders taken from the journals
	Found   int // payments that belong to no order we know
	Left    int // orders that could not be read again so far
	Broken  int // orders and lines of journals that nobody can read, or that make no sense: for a person
	Unheard int // gateways whose list of payments has not answered so far
}

// Ending is how a freeze ends.
type Ending struct {
	Healed Healed
	Owed   []string // gateways whose list has not answered: whoever serves asks on
	Gone   []string // replicas that did not answer, and that nobody waits for any more
}

// Owed are lists that nobody has heard since a freeze ended.
type Owed struct {
	Freeze   string
	Gateways []string
}

// Sight is how things stand between this replica and Redis, as of their last
// contact.
type Sight struct {
	Freeze   Freeze   // stands for all replicas
	Doubt    Doubt    // this replica's own finding, which no freeze speaks of yet; "" for none
	Waits    bool     // another Redis answers than before, and not every replica has said that it misses nothing
	Answered bool     // this replica has worked its journal off under the freeze
	Heals    bool     // it is this replica's turn to do what has to be done once
	Alone    bool     // no other replica has answered
	Silent   []string // replicas that have not answered the freeze
	Unread   int      // orders with news that nobody has looked at
	Owed     Owed     // of the freeze that ended last
}

// Spends reports whether nothing stands against sending a purchase or a payout.
func (s Sight) Spends() bool { return s.Freeze.ID == "" && s.Doubt == "" && !s.Waits }

// Tide is what this replica has seen of Redis, compared with what it sees.
type Tide interface {
	// Look asks nobody. What it returns is as old as the last sweep; the commit
	// before a spend compares once more (Transition.Spends).
	Look() Sight
	// Keep has what was seen on this machine's disk, fsynced, before a spend
	// that cannot be repeated.
	Keep() error
}

// Freezer stops spending for all replicas, and lets it go on.
type Freezer interface {
	// Freeze stores that spending stops: in Redis, and on this machine's disk,
	// because Redis may lose that too. It replaces a freeze that stands: what was
	// done under that one has to be done again.
	Freeze(ctx context.Context, why Doubt) (Freeze, error)
	// Answer stores that this replica's journal is worked off.
	Answer(ctx context.Context, id string, h Healed) error
	// Unsettled lists the orders that still need something, or wait for a person.
	Unsettled(ctx context.Context) ([]Number, error)
	// Lift ends a freeze. first is false when somebody else ended it, or another
	// one stands.
	Lift(ctx context.Context, id string, e Ending) (first bool, err error)
	// Heard stores that a list has answered that was owed since a freeze. It
	// changes nothing when another freeze came after that one.
	Heard(ctx context.Context, freeze, gateway string) error
}

// Memory is what this machine's disk knows of orders beside what Journal is told.
type Memory interface {
	// Ordered keeps a new order before it is stored, fsynced: all of it, so that
	// it can be placed again.
	Ordered(o Order) error
	// Linked keeps a gateway's id of a link, fsynced: of one that was made before
	// it is stored, of one that a webhook tells of before that is answered. What
	// was said a moment ago may be said again at no cost.
	Linked(l Linked) error
	// Sending keeps that a purchase under a derived key is about to leave. It
	// outlives the process, and need not outlive the machine: the key protects.
	Sending(owner string) error
	// Remembered returns everything that Ordered, Linked, Sending and
	// Journal.Spending were told in this process and before.
	Remembered() (Remembered, error)
}

// Remembered is what a machine's disk knows, oldest first.
type Remembered struct {
	Orders []Order
	Links  []Linked
	Spent  []Spent
	Broken int // lines that nobody can read
}

// Linked is a payment link under its gateway's id.
type Linked struct {
	Number   Number
	Payment  int // from 1
	Gateway  string
	External string
	Asked    Money // 0 when a webhook told of it
}

// hint is the news that there is this link.
func (l Linked) hint() Hint {
	return Hint{Payment: l.Payment, External: l.External, Gateway: l.Gateway, Asked: l.Asked, Signed: true}
}

const (
	// haltAgain is the wait before a purchase that must not leave is looked at
	// again.
	haltAgain = 2 * time.Second
	// answerPatience is how long a freeze waits for replicas that do not answer.
	answerPatience = 30 * time.Second
	// unreadPatience is how long a freeze waits for orders to be read again:
	// those that vendors do not let us read go on by themselves.
	unreadPatience = 2 * time.Minute
)
