package order

import (
	"slices"
	"time"
)

// Stamp is a moment in Unix milliseconds, UTC. Zero means "not yet" or "never".
type Stamp int64

// At converts a time to a Stamp.
func At(t time.Time) Stamp { return Stamp(t.UnixMilli()) }

// Time converts back to UTC.
func (s Stamp) Time() time.Time { return time.UnixMilli(int64(s)).UTC() }

// Add moves the moment by a duration, in whole milliseconds.
func (s Stamp) Add(d time.Duration) Stamp { return s + Stamp(d.Milliseconds()) }

// Since returns how long ago the earlier moment was.
func (s Stamp) Since(earlier Stamp) time.Duration {
	return time.Duration(s-earlier) * time.Millisecond
}

// Order is what a buyer asked for, what arrived for it and what was bought
// for it. It changes only through Apply. The JSON names are short because a
// million closed orders stay in memory.
type Order struct {
	Number    Number    `json:"n"`
	Version   int64     `json:"-"` // counted by the store; what a commit is compared against
	Buyer     int64     `json:"u"` // Telegram id
	Language  string    `json:"g"` // language the buyer is written to
	Status    Status    `json:"s"`
	Flags     Flags     `json:"f,omitempty"`
	Reason    Reason    `json:"r,omitempty"` // why a person is needed, while held: the newest of Doubts
	Doubts    []Reason  `json:"o,omitempty"` // everything a person has to decide, oldest first
	Lines     []Line    `json:"l"`
	Payments  []Payment `json:"p,omitempty"`
	Total     Money     `json:"t"` // price of all lines, fixed when placed
	CreatedAt Stamp     `json:"c"`
	ExpiresAt Stamp     `json:"x"`           // after this an order without money is closed
	Message   int       `json:"m,omitempty"` // the order's one status message in the buyer's chat
	Timeline  []Moment  `json:"h,omitempty"`
	Returned  Money     `json:"e,omitempty"` // everything that went to the buyer's credit
	Forgiven  Money     `json:"i,omitempty"` // what was missing within the tolerance: the shop's loss
	Freed     Money     `json:"k,omitempty"` // credit given back when the order expired: late money may take it again
	Payouts   []Payout  `json:"w,omitempty"` // what goes to the buyer's own wallet
	Found     bool      `json:"q,omitempty"` // of an order that nobody knows any more: only its payments, and no person's
}

// Line is one product of an order.
type Line struct {
	Product   string    `json:"i"` // id in our catalogue
	Supplier  string    `json:"v"` // provider name: "infinivoucher"
	Item      string    `json:"k"` // the supplier's product id
	Name      string    `json:"n"`
	Quantity  int       `json:"q"`
	UnitPrice Money     `json:"p"` // what the buyer pays for one
	UnitCost  Money     `json:"c"` // what the supplier asked when the order was placed
	State     LineState `json:"s"`
	Attempts  []Attempt `json:"a,omitempty"`
	Got       int       `json:"g,omitempty"` // pieces received
	Paid      Money     `json:"d,omitempty"` // what the supplier took for them
	Credited  Money     `json:"b,omitempty"` // its price, when it went to the buyer's credit
	Goods     []byte    `json:"z,omitempty"` // sealed pieces, never plaintext
	Kind      Kind      `json:"h,omitempty"`
	Face      Money     `json:"f,omitempty"` // amount of one piece the buyer chose, USD; 0 for goods of a fixed amount
	Purse     string    `json:"u,omitempty"` // the account at the supplier that pays; "" for its only one
	Details   []byte    `json:"e,omitempty"` // sealed Details
	Usual     int       `json:"w,omitempty"` // seconds it usually takes, 0 for at once
	Why       Reason    `json:"y,omitempty"` // why it failed
	Tried     int       `json:"x,omitempty"` // attempts before a person had it tried again
	Asks      Money     `json:"j,omitempty"` // what the supplier asked for one, when it failed because that was too much
	Most      Money     `json:"l,omitempty"` // what a person allowed one to cost, above its price
}

// Kind says what a line is, for the words about it.
type Kind string

// The kinds of goods.
const (
	KindVoucher Kind = ""       // codes
	KindTopUp   Kind = "top_up" // credited to an account of the buyer's
	KindCard    Kind = "card"   // a crypto gift card
)

// Attempt is one purchase at a supplier. It is stored before the first byte
// leaves and again when its outcome is known.
type Attempt struct {
	N           int      `json:"n"`
	Key         string   `json:"k"` // idempotency key, derived (Key)
	FirstSentAt Stamp    `json:"f"`
	Sends       int      `json:"w"`           // how often the same bytes went out
	Known       int      `json:"b,omitempty"` // how many of them were answered "nothing done"
	Conflicts   int      `json:"d,omitempty"` // how many of those were conflicts
	RetryAt     Stamp    `json:"y,omitempty"` // no send before this
	Outcome     Outcome  `json:"o,omitempty"`
	Code        Code     `json:"c,omitempty"` // why it was refused or is unclear
	External    string   `json:"x,omitempty"` // the supplier's order id
	Once        string   `json:"e,omitempty"` // who may send it, drawn: a supplier without keys is asked once
	AcceptedAt  Stamp    `json:"q,omitempty"` // the supplier took it on
	Letters     [][]byte `json:"l,omitempty"` // sealed: what its callbacks brought, until they are dealt with
	Recall      bool     `json:"r,omitempty"` // lost: it is being taken back, and never delivered meanwhile
	LostAt      Stamp    `json:"t,omitempty"` // when it turned out that nobody can use what was bought
	SentAt      Stamp    `json:"s,omitempty"` // the newest send, when it is not the first
	Before      Stamp    `json:"p,omitempty"` // the one before the newest
	Odd         string   `json:"m,omitempty"` // checks of the goods that failed, and that a person was told of
}

// Payment is one checkout link at one gateway. Several may be open at once;
// all stay watched.
type Payment struct {
	N          int          `json:"n"`
	Gateway    string       `json:"g"`
	State      PaymentState `json:"s"`
	Asked      Money        `json:"a"`
	Key        string       `json:"k"`           // request id at the gateway, derived
	Lifetime   int          `json:"l"`           // seconds the link lives, part of the request
	SentAt     Stamp        `json:"f,omitempty"` // first time the request left
	RetryAt    Stamp        `json:"y,omitempty"`
	Sends      int          `json:"w,omitempty"`
	External   string       `json:"x,omitempty"` // the gateway's order id
	URL        string       `json:"u,omitempty"` // shown while the link is open
	Return     string       `json:"t,omitempty"` // where the checkout leads back to, part of the request
	ExpiresAt  Stamp        `json:"e,omitempty"`
	Seen       Money        `json:"b,omitempty"` // highest confirmed total ever read: what is booked
	Confirming bool         `json:"c,omitempty"` // money is on its way
	Ended      bool         `json:"d,omitempty"` // the gateway takes no payment in time any more
	Twin       bool         `json:"i,omitempty"` // made by a request whose answer was lost: watched, never shown
	Kept       Money        `json:"o,omitempty"` // surplus that the gateway may give back by itself, or what links confirmed of money vouched for: a person decides
	Fell       bool         `json:"h,omitempty"` // a confirmed total went down, to Now
	Now        Money        `json:"z,omitempty"`
	Falls      int          `json:"v,omitempty"` // how often a person booked that it went down
	Odd        string       `json:"m,omitempty"` // what the gateway's record said when it was no use: for a person
	Unknown    bool         `json:"p,omitempty"` // the gateway's status is a word that nobody here knows
	Judged     string       `json:"r,omitempty"` // Odd that a person has dealt with
	Coin       string       `json:"j,omitempty"` // the coin it was paid in, where the gateway says so
	Coins      string       `json:"q,omitempty"` // how much of it, in coin units
}

// Moment is one line of an order's timeline. Note holds an amount or a code,
// never a secret.
type Moment struct {
	At   Stamp  `json:"t"`
	What string `json:"w"`
	Note string `json:"n,omitempty"`
	By   int64  `json:"b,omitempty"` // the person who decided it, 0 for nobody
}

// Received is all money booked for the order, credit included.
func (o Order) Received() Money {
	var sum Money
	for _, p := range o.Payments {
		sum += p.Seen
	}
	return sum
}

// since returns when the order came into a status.
func (o Order) since(s Status) (Stamp, bool) {
	at := slices.IndexFunc(o.Timeline, func(m Moment) bool { return m.What == string(s) })
	if at < 0 {
		return 0, false
	}
	return o.Timeline[at].At, true
}

// money reports whether anything was paid or is on its way.
func (p Payment) money() bool { return p.Seen > 0 || p.Confirming }

// Held reports whether a person has to decide before money moves again.
func (o Order) Held() bool { return o.Flags.Has(FlagHeld) }

// Shown is the payment whose link the buyer sees: the last one.
func (o Order) Shown() (Payment, bool) {
	i := o.shown()
	if i < 0 {
		return Payment{}, false
	}
	return o.Payments[i], true
}

// shown is the index of the payment whose link the buyer sees, -1 for none.
func (o Order) shown() int {
	for i := len(o.Payments) - 1; i >= 0; i-- {
		if !o.Payments[i].Twin && o.Payments[i].link() {
			return i
		}
	}
	return -1
}

// Last returns the line's newest attempt.
func (l Line) Last() (Attempt, bool) {
	if len(l.Attempts) == 0 {
		return Attempt{}, false
	}
	return l.Attempts[len(l.Attempts)-1], true
}

// clone copies everything that Apply may change, so that Apply stays pure.
func (o Order) clone() Order {
	o.Flags = slices.Clone(o.Flags)
	o.Doubts = slices.Clone(o.Doubts)
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].Attempts = slices.Clone(o.Lines[i].Attempts)
	}
	o.Payments = slices.Clone(o.Payments)
	o.Payouts = slices.Clone(o.Payouts)
	if o.Timeline != nil { // an event adds a moment or two
		o.Timeline = append(make([]Moment, 0, len(o.Timeline)+2), o.Timeline...)
	}
	return o
}
