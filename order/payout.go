package order

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// Payout is money on its way to the buyer's own wallet. It is set aside from
// what the order holds, waits for the address the buyer types and for an
// admin's word, leaves once, and is followed to its end.
type Payout struct {
	N         int         `json:"n"`
	Gateway   string      `json:"g"`
	State     PayoutState `json:"s"`
	Amount    Money       `json:"a"` // what it takes from the order, fees included
	AskedAt   Stamp       `json:"k"`
	Network   string      `json:"w,omitempty"`
	Coin      string      `json:"c,omitempty"`
	Coins     string      `json:"m,omitempty"` // what leaves, in coin units
	Fee       string      `json:"f,omitempty"` // in coin units, as far as known
	Arrives   string      `json:"v,omitempty"` // in coin units, as the gateway said
	Address   []byte      `json:"z,omitempty"` // sealed
	FixedAt   Stamp       `json:"i,omitempty"` // when the address was typed
	Approved  []int64     `json:"p,omitempty"` // admins
	SentAt    Stamp       `json:"t,omitempty"`
	Sends     int         `json:"e,omitempty"`
	Once      string      `json:"o,omitempty"`
	RetryAt   Stamp       `json:"y,omitempty"`
	External  string      `json:"x,omitempty"`
	Hash      string      `json:"h,omitempty"`
	Code      Code        `json:"q,omitempty"`
	ByHandWho int64       `json:"b,omitempty"` // the person who said how it ended
}

// PayoutState says where a payout is on its way.
type PayoutState string

// The states of a payout.
const (
	PayoutWanted    PayoutState = "wanted"    // waits for the buyer's address
	PayoutAddressed PayoutState = "addressed" // waits for an admin
	PayoutApproved  PayoutState = "approved"  // may be sent
	PayoutSent      PayoutState = "sent"      // sent, or about to be
	PayoutUnclear   PayoutState = "unclear"   // sent, and nobody knows
	PayoutDone      PayoutState = "done"
	PayoutDropped   PayoutState = "dropped" // not sent, definitely: the money is the order's again
)

// AddressFixed is how long a typed address cannot be changed (DESIGN §3).
const AddressFixed = 24 * time.Hour

// open reports whether the payout is neither done nor dropped.
func (p Payout) open() bool { return p.State != PayoutDone && p.State != PayoutDropped }

// held reports whether the payout's money is set aside or gone.
func (p Payout) held() bool { return p.State != PayoutDropped }

// left reports whether something of the payout may have left.
func (p Payout) left() bool {
	return p.State == PayoutSent || p.State == PayoutUnclear || p.State == PayoutDone
}

// OpenPayout is the order's payout that is under way, and its index.
func (o Order) OpenPayout() (Payout, int, bool) {
	for i, p := range o.Payouts {
		if p.open() {
			return p, i, true
		}
	}
	return Payout{}, -1, false
}

// withdraws reports whether the order takes credit out: nothing else is in it.
func (o Order) withdraws() bool { return len(o.Lines) == 0 && !o.Found && len(o.Payouts) > 0 }

// PaidOut is all money that went to the buyer's own wallet, or may have.
func (o Order) PaidOut() Money {
	var sum Money
	for _, p := range o.Payouts {
		if p.left() {
			sum += p.Amount
		}
	}
	return sum
}

// coins is what leaves, in coin units.
func (p Payout) coins() (decimal.Decimal, error) {
	d, err := decimal.NewFromString(p.Coins)
	if err != nil {
		return d, &Error{Code: CodeInvalid, Op: "sum of a payout", Err: err}
	}
	return d, nil
}

// payoutReference is our name for a payout, for the gateway's books.
func payoutReference(n Number, payout int) string {
	return string(n) + "-P" + strconv.Itoa(payout)
}
