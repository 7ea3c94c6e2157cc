package order

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
)

// Gateway sells checkout links and says what arrived on them.
type Gateway interface {
	// Open creates a checkout link. The same request is always the same
	// bytes. CodeExists: it was created before under an id we do not know.
	Open(ctx context.Context, r OpenRequest) (Link, error)
	// Link fetches the checkout address of a payment known by its id.
	Link(ctx context.Context, external string) (Link, error)
	// Read returns the gateway's own record of a payment.
	Read(ctx context.Context, p Watched) (Fact, error)
	// Terms returns what the engine must know about the gateway.
	Terms() GatewayTerms
}

// GatewayTerms are a gateway's fixed properties.
type GatewayTerms struct {
	Tolerance Money         // a shortfall up to this is accepted as exact
	Watch     time.Duration // how long after expiry a link stays watched
	Twins     bool          // the same request sent twice makes two links: all are watched
	Keeps     bool          // it may give surplus back to the payer by itself: a person decides about it
	Least     Money         // the smallest link it makes
}

// OpenRequest is everything a checkout link is made from.
type OpenRequest struct {
	Key         string // request id, UUID
	Reference   string // order number and attempt
	Amount      Money
	Lifetime    time.Duration
	Description string
	ReturnURL   string // where the buyer goes afterwards, may be empty
}

// Watched is a payment to be read. A gateway whose record does not say what was
// asked for values it by Asked.
type Watched struct {
	External  string
	Reference string
	Asked     Money
}

// Link is a checkout link.
type Link struct {
	External  string
	URL       string
	ExpiresAt Stamp // 0 if the gateway did not say
}

// Fact is a gateway's record of one payment, as read.
type Fact struct {
	External   string
	Reference  string // "" if the record does not carry it
	Status     FactStatus
	Raw        string // the gateway's own status word
	Asked      Money
	Currency   string
	Confirmed  decimal.Decimal // total confirmed so far, in Currency
	Confirming decimal.Decimal
	// Coin is the coin the buyer picked, as the gateway spells it; "" while none
	// is picked, and at a gateway that does not say. Coins is how much of it has
	// arrived, confirmed or not, in units of the coin: it never decides whether
	// an order is paid, only what a refund in the same coin may come to.
	Coin      string
	Coins     decimal.Decimal
	ExpiresAt Stamp
	Tags      []string
}

// FactStatus is a gateway's status in our words.
type FactStatus string

// What a gateway can say. An unknown word is FactOpen plus an alert.
const (
	FactOpen    FactStatus = "open"    // waiting, seen, or partly confirmed
	FactPaid    FactStatus = "paid"    // the gateway calls it paid
	FactShort   FactStatus = "short"   // closed with less than asked
	FactExpired FactStatus = "expired" // closed without, or with late money
)

// TagUnknownStatus is the tag of a fact whose status word is not in the
// gateway's sheet: it keeps waiting, and a person hears of it.
const TagUnknownStatus = "unknown_status"

// Supplier sells goods.
type Supplier interface {
	// Buy sends one purchase. The same Purchase is always the same bytes
	// under the same key.
	Buy(ctx context.Context, p Purchase) (Receipt, error)
	// Find looks for a purchase whose answer was lost. owned reports whether
	// a vendor order already belongs to somebody else. CodeUnknown: not found,
	// and it will not turn up; CodeUnclear: cannot be decided.
	Find(ctx context.Context, p Purchase, owned func(external string) (bool, error)) (Receipt, error)
	// Read fetches a purchase by the supplier's order id.
	Read(ctx context.Context, p Purchase, external string) (Receipt, error)
	// Cost returns what one piece costs at this moment, rounded up, from
	// knowledge not older than a minute. CodeUnknown: not sold any more;
	// CodeStock: fewer than quantity there; CodeFunds: our account there does
	// not cover it.
	Cost(ctx context.Context, w Wanted) (Money, error)
	// Terms returns what the engine must know about the supplier.
	Terms() SupplierTerms
}

// Receiver is a supplier that hands its goods over by itself, in a callback.
type Receiver interface {
	// Receive reads what a callback brought for a purchase and holds it
	// against the supplier's own books. An error that is no refusal: ask
	// again later. A refusal: nothing was bought, definitely.
	Receive(ctx context.Context, p Purchase, letter []byte) (Receipt, error)
}

// Recaller is a supplier that takes goods back which nobody can use, because
// what unlocks them was lost.
type Recaller interface {
	// Recall asks for it, as often as it is called, and returns what came back
	// to our account once the supplier's books say that all of it did.
	// CodeBusy: under way. CodeConflict: they were used.
	Recall(ctx context.Context, p Purchase, external string) (Money, error)
}

// SupplierTerms are a supplier's fixed properties.
type SupplierTerms struct {
	Sends       int           // purchases per Window, over all replicas; 0 for no limit
	Window      time.Duration // the window of Sends
	ReplayFor   time.Duration // how long the same key may be sent again: 23 h
	ConflictMax int           // identical conflicts before a new attempt
	Pieces      int           // most pieces in one purchase; 0 for 100. More are bought in several lines
	// Lock names what only one purchase at a time may hold; nil: the item.
	Lock func(item string) string
	// Once: the supplier knows no keys. A purchase is sent once, and again only
	// when it is certain that nothing of it arrived.
	Once bool
	// Frees: an accepted purchase is beyond doubt ours, so that the next may
	// start while it is under way.
	Frees    bool
	Look     time.Duration // least wait between two looks at an accepted purchase
	Patience time.Duration // how long an accepted purchase may take before a person hears of it; 0 for two minutes
	Recalls  bool          // goods that cannot be used are taken back (Recaller)
}

// Wanted is what is asked the price of.
type Wanted struct {
	Item     string
	Quantity int
	Face     Money // for goods of any amount: of one piece, in USD
}

// Purchase is everything one attempt is made from.
type Purchase struct {
	Key         string
	Reference   string // PurchaseReference: ours, unique per attempt
	Item        string
	Quantity    int
	Face        Money // of one piece, for goods of any amount, else 0
	Details     Details
	FirstSentAt Stamp
	UnitCost    Money  // expected
	Purse       string // the account at the supplier that pays
}

// Receipt is what a supplier answered to a purchase.
type Receipt struct {
	External string
	Item     string
	Quantity int
	Total    Money    // what was taken from our balance
	Pieces   []Piece  // secret: only ever sealed
	Pending  bool     // accepted, not there yet
	Failed   bool     // the supplier says that it will not come; with Total 0 nothing was taken, definitely
	Lost     bool     // bought, and what unlocks it cannot be had any more
	Mismatch []string // checks of the contract sheet that failed, as rule names
}
