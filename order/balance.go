package order

import "slices"

// The gateways that are none: money that came from the buyer's credit, and
// money that a person saw arrive.
const (
	CreditGateway = "credit"
	HandGateway   = "by_hand"
)

// link reports whether the payment is a checkout link at a gateway.
func (p Payment) link() bool {
	return p.Gateway != CreditGateway && p.Gateway != HandGateway && !p.gap()
}

// Vouched is how many payments people have confirmed by hand.
func (o Order) Vouched() int {
	n := 0
	for _, p := range o.Payments {
		if p.Gateway == HandGateway {
			n++
		}
	}
	return n
}

// Moments is how much has happened to the order: the length of its timeline,
// which only grows. Whatever changes what a person would decide about adds to it;
// looking at the order, and storing it once more, does not. So it tells the
// order on a screen from what the order has become since.
func (o Order) Moments() int { return len(o.Timeline) }

// seen reports whether a gateway, or a person, saw money of this payment.
func (p Payment) seen() bool { return p.Gateway != CreditGateway && p.money() }

// moneySeen reports whether anything but credit came in, or is on its way.
func (o Order) moneySeen() bool { return slices.ContainsFunc(o.Payments, Payment.seen) }

// CreditUsed is what came from the buyer's credit.
func (o Order) CreditUsed() Money {
	var sum Money
	for _, p := range o.Payments {
		if p.Gateway == CreditGateway {
			sum += p.Seen
		}
	}
	return sum
}

// Left is what the order holds: received, less what was delivered for,
// credited, and set aside for the buyer's wallet. It is the balance of the
// order's account in the ledger, less payouts under way.
func (o Order) Left() Money {
	left := o.Received() + o.Forgiven - o.Sold() - o.Returned
	for _, p := range o.Payouts {
		if p.held() {
			left -= p.Amount
		}
	}
	return left
}

// Balance is what the order's account in the ledger holds.
func (o Order) Balance() Money {
	sum := o.Received() + o.Forgiven - o.Sold() - o.Returned
	for _, p := range o.Payouts {
		if p.State == PayoutDone {
			sum -= p.Amount
		}
	}
	return sum
}

// Sold is the price of what was delivered, or can be.
func (o Order) Sold() Money {
	var sum Money
	for _, l := range o.Lines {
		sum += l.UnitPrice.Times(l.Got)
	}
	return sum
}

// Missing is what an order that is not paid still lacks, 0 for nothing. What a
// person still decides about pays for nothing.
func (o Order) Missing() Money { return max(0, o.Total-o.Left()+o.kept()) }

// needed is what the order holds for goods that may still come, or that a
// person decides about.
func (o Order) needed() Money {
	switch o.Status {
	case AwaitingPayment, Confirming:
		return max(o.Total, o.Left())
	case Paid, Fulfilling, Ready, Delivered:
	default:
		return 0
	}
	var sum Money
	for _, l := range o.Lines {
		if l.State != LineGot && l.Credited == 0 {
			sum += l.UnitPrice.Times(l.Quantity)
		}
	}
	return sum
}

// kept is surplus that a gateway may give back by itself, and money that may be
// booked a second time: a person decides.
func (o Order) kept() Money {
	var sum Money
	for _, p := range o.Payments {
		sum += p.Kept
	}
	return sum
}

// Refundable is the most one decision gives back: what the order holds, except
// surplus that a gateway may give back by itself. That is a decision of its own,
// once nothing else is left.
func (o Order) Refundable() Money {
	left, kept := o.Left(), o.kept()
	if kept > 0 && left > kept {
		return left - kept
	}
	return left
}

// Unpaid reports whether the order counts against how many its buyer may have
// open: a payment that is short keeps it open.
func (o Order) Unpaid() bool { return o.Status == AwaitingPayment || o.Status == Confirming }

// spare is what the order holds and has no use for.
func (o Order) spare() Money { return o.Left() - o.needed() - o.kept() }

// fell is what confirmed totals went down by: it is booked, and not there.
func (o Order) fell() Money {
	var sum Money
	for _, p := range o.Payments {
		if p.Fell {
			sum += p.Seen - p.Now
		}
	}
	return sum
}

// stopped reports whether a doubt about the money keeps it from moving.
func (o Order) stopped() bool { return slices.ContainsFunc(o.Doubts, Reason.stops) || o.forgotPayout() }

// forgotPayout reports whether the journal knows of a payout that the order has
// forgotten: nobody can say how much of what it holds is still there.
func (o Order) forgotPayout() bool {
	_, _, open := o.OpenPayout()
	return !open && slices.Contains(o.Doubts, ReasonPayoutUnclear)
}

// pending reports whether a purchase may be under way.
func (o Order) pending() bool {
	return slices.ContainsFunc(o.Lines, func(l Line) bool { return l.State == LineBuying || l.State == LineUnclear })
}

// waits reports whether a line of a paid order is still to be bought.
func (o Order) waits() bool {
	paid := o.Status == Paid || o.Status == Fulfilling
	return paid && slices.ContainsFunc(o.Lines, func(l Line) bool { return l.State == LineWaiting })
}

// CanRefund reports whether the order holds money that may be given back now.
func (o Order) CanRefund() bool { return o.Left() > 0 && !o.pending() && o.Status != AwaitingPayment }

// chooseUntil is until when the buyer may choose what becomes of a payment
// that is short.
func (o Order) chooseUntil() Stamp {
	until := o.ExpiresAt
	for _, p := range o.Payments {
		until = max(until, p.ExpiresAt)
	}
	return until.Add(chooseFor)
}
