package order

import "slices"

// Status says where an order is on its way; flags say what is odd about it.
type Status string

// The status path, and off it the ways an order can end early.
const (
	AwaitingPayment Status = "awaiting_payment"
	Confirming      Status = "confirming" // money seen, not final, or not what was asked
	Paid            Status = "paid"
	Fulfilling      Status = "fulfilling"
	Ready           Status = "ready"     // goods are here, the buyer has not seen them
	Delivered       Status = "delivered" // final
	Expired         Status = "expired"
	Cancelled       Status = "cancelled"
	Refunding       Status = "refunding"
	Refunded        Status = "refunded"
)

// Statuses lists every status in the order of the path.
func Statuses() []Status {
	return []Status{AwaitingPayment, Confirming, Paid, Fulfilling, Ready, Delivered, Expired, Cancelled, Refunding, Refunded}
}

// Flag marks something odd about an order, next to its status.
type Flag string

// The flags of DESIGN §3.
const (
	FlagShort         Flag = "short"
	FlagOver          Flag = "over"
	FlagLate          Flag = "late"
	FlagTwice         Flag = "twice"
	FlagWrongCurrency Flag = "wrong_currency"
	FlagLoss          Flag = "loss"
	FlagSupplierDown  Flag = "supplier_down"
	FlagUnclear       Flag = "unclear"
	FlagHeld          Flag = "held"
)

// Flags is a sorted set.
type Flags []Flag

// Has reports whether the flag is set.
func (f Flags) Has(flag Flag) bool {
	_, found := slices.BinarySearch(f, flag)
	return found
}

// With returns the set with the flag.
func (f Flags) With(flag Flag) Flags {
	at, found := slices.BinarySearch(f, flag)
	if found {
		return f
	}
	return slices.Insert(slices.Clone(f), at, flag)
}

// Without returns the set without the flag.
func (f Flags) Without(flag Flag) Flags {
	at, found := slices.BinarySearch(f, flag)
	if !found {
		return f
	}
	return slices.Delete(slices.Clone(f), at, at+1)
}

// LineState is where one line is.
type LineState string

// The states of a line.
const (
	LineWaiting LineState = "waiting"
	LineBuying  LineState = "buying"  // an attempt is stored, its outcome is not
	LineUnclear LineState = "unclear" // nobody knows whether it was bought
	LineGot     LineState = "got"
	LineFailed  LineState = "failed" // definitely not bought, and not tried again by itself
)

// PaymentState is where one checkout link is.
type PaymentState string

// The states of a payment.
const (
	PaymentPlanned PaymentState = "planned" // wanted, not yet asked for
	PaymentSent    PaymentState = "sent"    // asked for, no answer recorded
	PaymentOpen    PaymentState = "open"    // the link exists and is watched
	PaymentLost    PaymentState = "lost"    // exists at the gateway under an id we do not know
	PaymentClosed  PaymentState = "closed"  // final: nothing more is expected
	PaymentRefused PaymentState = "refused" // the gateway said no
	PaymentGap     PaymentState = "gap"     // forgotten by Redis: its number is kept
)

// Outcome is what became of an attempt. Empty means that none is recorded,
// which is never read as "failed".
type Outcome string

// The outcomes of an attempt.
const (
	OutcomeNone    Outcome = ""
	OutcomeDone    Outcome = "done"
	OutcomeRefused Outcome = "refused" // definitely not bought
	OutcomeUnclear Outcome = "unclear"
	OutcomeBack    Outcome = "back" // bought, of no use, and taken back
)

// Reason says why an order waits for a person.
type Reason string

// The reasons an order is held.
const (
	ReasonShort        Reason = "short"
	ReasonOver         Reason = "over"
	ReasonLate         Reason = "late"
	ReasonTwice        Reason = "twice"
	ReasonCurrency     Reason = "wrong_currency"
	ReasonLower        Reason = "confirmed_fell"   // a confirmed total went down
	ReasonMismatch     Reason = "payment_mismatch" // the gateway's record is not the one we asked for
	ReasonUnread       Reason = "payment_unread"   // the gateway cannot say what arrived
	ReasonAfterEnd     Reason = "paid_after_end"   // money after cancel
	ReasonLoss         Reason = "cost_above_price"
	ReasonStock        Reason = "out_of_stock"
	ReasonFunds        Reason = "supplier_funds"
	ReasonBudget       Reason = "daily_budget"
	ReasonFrozen       Reason = "supplier_frozen"
	ReasonRefused      Reason = "supplier_refused"
	ReasonUnclear      Reason = "purchase_unclear"
	ReasonSupplierDown Reason = "supplier_down" // a purchase waits for its supplier
	ReasonFewer        Reason = "fewer_codes"
	ReasonGoods        Reason = "goods_mismatch"
	ReasonInvoice      Reason = "invoice_refused"
	ReasonGoodsTwice   Reason = "bought_twice"
	ReasonSupplierGone Reason = "supplier_unknown"
	ReasonSlow         Reason = "supplier_slow"  // accepted long ago, not delivered
	ReasonSecretLost   Reason = "secret_lost"    // the goods exist, what unlocks them never came
	ReasonStatus       Reason = "unknown_status" // a gateway says a word nobody knows
	ReasonFound        Reason = "found_money"    // paid for an order that nobody knows any more

	ReasonPayout        Reason = "payout_waits"   // a payout waits for an admin's word
	ReasonPayoutCap     Reason = "payout_cap"     // the day's sum for payouts is used up
	ReasonPayoutUnclear Reason = "payout_unclear" // sent, and nobody knows whether it left
	ReasonPayoutRefused Reason = "payout_refused" // the gateway did not make it
	ReasonPayoutLeft    Reason = "payout_left"    // a person said that it stayed, and the gateway has it after all
)
