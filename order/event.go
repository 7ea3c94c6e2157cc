package order

import "time"

// Event is one thing that happened to an order. Apply accepts nothing else.
type Event interface {
	// Kind names the event in the status table.
	Kind() EventKind
}

// EventKind names an event in the status table and in the diagram of doc.go.
type EventKind string

// The kinds of events.
const (
	KindPlanned   EventKind = "Planned"
	KindOpening   EventKind = "Opening"
	KindOpened    EventKind = "Opened"
	KindOpenFails EventKind = "OpenFails"
	KindRead      EventKind = "Read"
	KindUnread    EventKind = "Unread"
	KindUnwatch   EventKind = "Unwatch"
	KindExpire    EventKind = "Expire"
	KindCancel    EventKind = "Cancel"
	KindBuying    EventKind = "Buying"
	KindBought    EventKind = "Bought"
	KindBuyFails  EventKind = "BuyFails"
	KindShown     EventKind = "Shown"
	KindTwin      EventKind = "Twin"
	KindAccepted  EventKind = "Accepted"
	KindArrived   EventKind = "Arrived"
	KindLost      EventKind = "Lost"
	KindRecalled  EventKind = "Recalled"
	KindMet       EventKind = "Met"
)

type (
	// Planned adds a payment that is wanted: another link.
	Planned struct {
		N        int // the number it gets: planned twice, it is one
		Gateway  string
		Asked    Money
		Lifetime time.Duration
		At       Stamp
	}
	// Opening records that the request for a checkout link is about to leave.
	Opening struct {
		Payment int // index
		Key     string
		Return  string // where the checkout leads back to: kept from the first send
		At      Stamp
	}
	// Opened records a checkout link, or the gateway's id of one whose
	// address is not known yet (URL empty).
	Opened struct {
		Payment int
		Link    Link
		Twins   bool // the gateway may have made two links of the request: none is a surprise
		At      Stamp
	}
	// OpenFails records why there is no link. A Code that is no refusal means
	// that the same request goes out again at RetryAt.
	OpenFails struct {
		Payment int
		Code    Code
		RetryAt Stamp
		At      Stamp
	}
	// Twin is a second link made by a request whose answer was lost: it can be
	// paid, so it is watched.
	Twin struct {
		Payment  int // index of the payment it was made for
		External string
		At       Stamp
	}
	// Met is a payment that the order does not know, because Redis went back to
	// before it was asked for. Fact is the gateway's record of it.
	Met struct {
		N        int // the number its reference says
		Gateway  string
		External string
		Fact     Fact
		At       Stamp
	}
	// Read is a gateway's own record of a payment. Tolerance is the shortfall
	// that counts as exact.
	Read struct {
		Payment   int
		Fact      Fact
		Tolerance Money
		Keeps     bool // the gateway may give surplus back by itself: a person decides about it
		At        Stamp
	}
	// Unread records that the gateway cannot say what arrived, long after
	// the link ended.
	Unread struct {
		Payment int
		At      Stamp
	}
	// Unwatch ends the watch over a link that nobody can pay any more.
	Unwatch struct {
		Payment int
		At      Stamp
	}
	// Expire closes an order that nobody paid.
	Expire struct{ At Stamp }
	// Cancel is the buyer's wish. Money says that they know that what was paid
	// becomes credit.
	Cancel struct {
		Money bool
		At    Stamp
	}
	// Buying records that a purchase is about to leave: the first time with
	// a new attempt number, again with the same one.
	Buying struct {
		Line    int
		Attempt int
		Key     string
		Once    string // drawn by who sends, for a supplier that is asked once
		At      Stamp
	}
	// Accepted records that the supplier took a purchase on and has not
	// finished it. Late says that a person should hear of it.
	Accepted struct {
		Line     int
		Attempt  int
		External string // may be empty
		Late     bool
		Mismatch []string
		RetryAt  Stamp // when to look next
		At       Stamp
	}
	// Arrived keeps what a supplier's callback brought. It proves that the
	// attempt was sent, even one we have forgotten; without content it is the
	// journal that says so. Doubled says that the attempt is settled and this is
	// something else.
	Arrived struct {
		Line    int
		Attempt int
		Sealed  []byte
		Key     string // of a purchase under a derived key, that the journal knows
		Doubled bool
		At      Stamp
	}
	// Lost records goods that exist and that nobody can use. Recall says that
	// they are taken back, Late that a person should hear of how long it takes,
	// Used that they cannot be any more.
	Lost struct {
		Line     int
		Attempt  int
		External string
		Recall   bool
		Late     bool
		Used     bool
		Mismatch []string
		RetryAt  Stamp
		At       Stamp
	}
	// Recalled records that lost goods were taken back: the buyer is credited.
	Recalled struct {
		Line    int
		Attempt int
		Spent   Money // what the supplier had taken
		Back    Money // what came back of it
		At      Stamp
	}
	// Bought is a purchase that took place. Sealed holds its pieces.
	Bought struct {
		Line     int
		Attempt  int
		External string
		Got      int // distinct pieces, at most the quantity
		Total    Money
		Sealed   []byte
		Mismatch []string
		At       Stamp
	}
	// BuyFails records that a line was not bought, or that nobody knows.
	// Attempt 0 speaks of an attempt that was never made. Sends is how often it
	// had left when that was said, 0 for who does not know: what became of a later
	// send it does not say.
	BuyFails struct {
		Line     int
		Attempt  int
		Sends    int
		Code     Code
		Final    bool   // a person has to decide: it is not tried again by itself
		External string // the supplier's order, when it exists but has no codes yet
		RetryAt  Stamp
		Reason   Reason // with Final
		Asks     Money  // what one costs now, when that is too much
		At       Stamp
	}
	// Shown records that the buyer's status message shows the order. Goods
	// says that the codes were in it.
	Shown struct {
		Message int
		Goods   bool
		At      Stamp
	}
)

// Kind implements Event.
func (Planned) Kind() EventKind { return KindPlanned }

// Kind implements Event.
func (Opening) Kind() EventKind { return KindOpening }

// Kind implements Event.
func (Opened) Kind() EventKind { return KindOpened }

// Kind implements Event.
func (OpenFails) Kind() EventKind { return KindOpenFails }

// Kind implements Event.
func (Read) Kind() EventKind { return KindRead }

// Kind implements Event.
func (Unread) Kind() EventKind { return KindUnread }

// Kind implements Event.
func (Unwatch) Kind() EventKind { return KindUnwatch }

// Kind implements Event.
func (Expire) Kind() EventKind { return KindExpire }

// Kind implements Event.
func (Cancel) Kind() EventKind { return KindCancel }

// Kind implements Event.
func (Buying) Kind() EventKind { return KindBuying }

// Kind implements Event.
func (Bought) Kind() EventKind { return KindBought }

// Kind implements Event.
func (BuyFails) Kind() EventKind { return KindBuyFails }

// Kind implements Event.
func (Shown) Kind() EventKind { return KindShown }

// Kind implements Event.
func (Twin) Kind() EventKind { return KindTwin }

// Kind implements Event.
func (Accepted) Kind() EventKind { return KindAccepted }

// Kind implements Event.
func (Arrived) Kind() EventKind { return KindArrived }

// Kind implements Event.
func (Lost) Kind() EventKind { return KindLost }

// Kind implements Event.
func (Met) Kind() EventKind { return KindMet }

// Kind implements Event.
func (Recalled) Kind() EventKind { return KindRecalled }

// EffectKind says what has to be done.
type EffectKind string

// The effects. The first group is announced by Apply and stored with the
// transition; the second is derived from the order by Next, so that it needs
// no storage and survives any crash.
const (
	EffectNotify EffectKind = "notify" // the status message must show the order
	EffectPing   EffectKind = "ping"   // ring the buyer: the goods are there, or a person is looking
	EffectAlert  EffectKind = "alert"  // tell the admins
	EffectPost   EffectKind = "post"   // book Posting

	EffectOpen   EffectKind = "open"   // create the checkout link of payment Index
	EffectLink   EffectKind = "link"   // fetch the address of payment Index
	EffectReopen EffectKind = "reopen" // plan another payment in place of a lost one
	EffectRead   EffectKind = "read"   // read payment Index
	EffectExpire EffectKind = "expire"
	EffectClose  EffectKind = "close"  // stop watching payment Index
	EffectBuy    EffectKind = "buy"    // buy line Index, a new attempt
	EffectResend EffectKind = "resend" // send line Index's open attempt again
	EffectFind   EffectKind = "find"   // look for line Index's purchase at the supplier
	EffectRecall EffectKind = "recall" // take line Index's unusable goods back
	EffectCredit EffectKind = "credit" // ask for the credit again that an expired order gave back
	EffectPayOut EffectKind = "payout" // send payout Index
	EffectFollow EffectKind = "follow" // ask what became of payout Index
	EffectDrop   EffectKind = "drop"   // give payout Index up: its address never came
	EffectNone   EffectKind = ""
)

// Effect is one thing to do because of an order.
type Effect struct {
	Kind    EffectKind
	Index   int // payment or line
	Posting Posting
}
