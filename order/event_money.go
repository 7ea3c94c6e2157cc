package order

import "github.com/shopspring/decimal"

// The kinds of events by which money is moved, decided or sent out.
const (
	KindUseCredit   EventKind = "UseCredit"
	KindCreditShort EventKind = "CreditShort"
	KindGiveBack    EventKind = "GiveBack"
	KindAgain       EventKind = "Again"
	KindGiveUp      EventKind = "GiveUp"
	KindByHand      EventKind = "ByHand"
	KindClose       EventKind = "Close"
	KindPayOut      EventKind = "PayOut"
	KindAddressed   EventKind = "Addressed"
	KindApproved    EventKind = "Approved"
	KindPayingOut   EventKind = "PayingOut"
	KindPaidOut     EventKind = "PaidOut"
	KindPayOutFails EventKind = "PayOutFails"
	KindDropPayOut  EventKind = "DropPayOut"
)

type (
	// UseCredit takes the buyer's store credit into the order. The store refuses
	// the transition when the credit does not cover it.
	UseCredit struct {
		N      int // the number the payment gets: taken twice, it is one
		Amount Money
		At     Stamp
	}
	// CreditShort records that the credit an expired order had given back is
	// not there any more.
	CreditShort struct{ At Stamp }
	// GiveBack gives an order's money to the buyer's credit, and gives up what
	// was to be bought for it. Left is what the order held when that was decided:
	// of two people who decide at once, one is refused.
	GiveBack struct {
		Left   Money
		Amount Money // 0 for everything
		To     int64 // whose credit, 0 for the buyer's: found money has another owner
		By     int64 // the buyer, or an admin
		Why    string
		At     Stamp
	}
	// Again has failed lines bought again. Anyway allows what the supplier asked
	// when they failed, above the price, and no more; without it nothing is allowed
	// any more that was before.
	Again struct {
		Anyway bool
		By     int64
		Why    string
		At     Stamp
	}
	// GiveUp says that a purchase nobody could clear up was not made: a person
	// looked. What still comes of it is the shop's own.
	GiveUp struct {
		Line    int
		Attempt int
		By      int64
		Why     string
		At      Stamp
	}
	// ByHand books money that a person saw arrive and no gateway can tell of.
	ByHand struct {
		N      int // the number the payment gets: booked twice, it is one
		Amount Money
		By     int64
		Why    string
		At     Stamp
	}
	// Close says that a person has dealt with everything the order was held for.
	Close struct {
		Left Money
		By   int64
		Why  string
		At   Stamp
	}
	// PayOut sets money aside for the buyer's own wallet. The address follows.
	PayOut struct {
		N       int // the number it gets
		Left    Money
		Amount  Money // 0 for everything
		Gateway string
		By      int64
		Why     string
		At      Stamp
	}
	// Addressed records where the buyer wants a payout. Sealed holds the address.
	Addressed struct {
		Payout  int // index
		Network string
		Coin    string
		Coins   decimal.Decimal // what leaves, in coin units
		Fee     decimal.Decimal // of it, as far as it is known before
		Sealed  []byte
		At      Stamp
	}
	// Approved records an admin's word for a payout. Needs is how many different
	// admins have to give it.
	Approved struct {
		Payout int
		Needs  int
		By     int64
		At     Stamp
	}
	// PayingOut records that a payout is about to leave.
	PayingOut struct {
		Payout int
		Once   string // drawn by who sends
		At     Stamp
	}
	// PaidOut records what the gateway says of a payout that was sent.
	PaidOut struct {
		Payout  int
		Receipt PayoutReceipt
		Late    bool  // a person should hear of how long it takes
		RetryAt Stamp // when to look next, while it is pending
		By      int64 // the person who looked it up, 0 for the gateway itself
		Why     string
		At      Stamp
	}
	// PayOutFails records that a payout did not leave, or that nobody knows.
	// Once names the send it speaks of: what became of another one it cannot say.
	PayOutFails struct {
		Payout  int
		Once    string
		Code    Code
		RetryAt Stamp
		By      int64
		Why     string
		At      Stamp
	}
	// DropPayOut takes a payout back that was not sent: its money is the order's
	// again, and the buyer's credit as far as nothing else needs it.
	DropPayOut struct {
		Payout int
		By     int64
		Why    string
		At     Stamp
	}
)

// Kind implements Event.
func (UseCredit) Kind() EventKind { return KindUseCredit }

// Kind implements Event.
func (CreditShort) Kind() EventKind { return KindCreditShort }

// Kind implements Event.
func (GiveBack) Kind() EventKind { return KindGiveBack }

// Kind implements Event.
func (Again) Kind() EventKind { return KindAgain }

// Kind implements Event.
func (GiveUp) Kind() EventKind { return KindGiveUp }

// Kind implements Event.
func (ByHand) Kind() EventKind { return KindByHand }

// Kind implements Event.
func (Close) Kind() EventKind { return KindClose }

// Kind implements Event.
func (PayOut) Kind() EventKind { return KindPayOut }

// Kind implements Event.
func (Addressed) Kind() EventKind { return KindAddressed }

// Kind implements Event.
func (Approved) Kind() EventKind { return KindApproved }

// Kind implements Event.
func (PayingOut) Kind() EventKind { return KindPayingOut }

// Kind implements Event.
func (PaidOut) Kind() EventKind { return KindPaidOut }

// Kind implements Event.
func (PayOutFails) Kind() EventKind { return KindPayOutFails }

// Kind implements Event.
func (DropPayOut) Kind() EventKind { return KindDropPayOut }
