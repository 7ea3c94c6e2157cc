package order_test

import (
	"pgregory.net/rapid"

	"giftbot/order"
)

// start is an order of two lines in any status, as it may have come there.
func start(t *rapid.T) order.Order {
	d := drawing{t: t}
	status := pick(d, "status", order.Statuses()...)
	o := order.Order{
		Number: "0000000000", Buyer: 1, Total: 30_000_000, Status: status, ExpiresAt: 3_600_000,
		Lines: []order.Line{{Supplier: "s", Quantity: 1, UnitPrice: 10_000_000, State: order.LineWaiting}, {Supplier: "s", Quantity: 2, UnitPrice: 10_000_000, State: order.LineWaiting}},
	}
	switch status {
	case order.AwaitingPayment:
		return d.unpaid(o)
	case order.Confirming:
		return d.paying(d.unpaid(o))
	case order.Paid:
		return d.paying(d.late(d.missing(d.funded(o))))
	case order.Fulfilling, order.Ready, order.Delivered:
		return d.paying(d.late(d.bought(d.funded(o))))
	case order.Expired, order.Cancelled:
		return d.paying(d.closed(o))
	case order.Refunding:
		return d.refunding(o)
	default:
		return d.paying(d.refunded(o))
	}
}

// paying draws a second payment that goes to the buyer's wallet.
func (d drawing) paying(o order.Order) order.Order {
	if !d.rarely("second payment", 3) {
		return o
	}
	second := open(3_000_000, 3_000_000)
	second.N, second.External, second.State = len(o.Payments)+1, "z", order.PaymentClosed
	o.Payments = append(o.Payments, second)
	return d.wallet(o, 3_000_000)
}

// wallet sets an amount aside for a payout that is anywhere on its way.
func (d drawing) wallet(o order.Order, amount order.Money) order.Order {
	p := order.Payout{N: 1, Gateway: "g", Amount: amount}
	p.State = pick(d, "payout", order.PayoutWanted, order.PayoutAddressed, order.PayoutApproved, order.PayoutSent, order.PayoutUnclear)
	switch p.State {
	case order.PayoutApproved:
		p.Approved = []int64{900}
	case order.PayoutSent, order.PayoutUnclear:
		p.Approved, p.Sends, p.Once = []int64{900}, 1, "x"
	default:
	}
	o.Payouts = []order.Payout{p}
	return o
}

func open(asked, seen order.Money) order.Payment {
	return order.Payment{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: asked, Seen: seen, External: "x", ExpiresAt: 3_600_000}
}

func credit(n int, amount order.Money) order.Payment {
	return order.Payment{N: n, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: amount, Seen: amount}
}

// unpaid draws how far the payment of an order is.
func (d drawing) unpaid(o order.Order) order.Order {
	o.Payments = []order.Payment{open(30_000_000, 0)}
	if d.rarely("credit", 3) {
		o.Payments = []order.Payment{open(20_000_000, 0), credit(2, 10_000_000)}
	}
	if o.Status == order.AwaitingPayment && d.bool("planned") {
		o.Payments[0].State, o.Payments[0].External = pick(d, "state", order.PaymentPlanned, order.PaymentSent), ""
	}
	if o.Status == order.Confirming {
		o.Payments[0].Seen = pick[order.Money](d, "seen", 0, 5_000_000)
		if o.Payments[0].Seen > 0 && d.bool("told") {
			o.Flags = o.Flags.With(order.FlagShort)
		}
		if d.rarely("late with credit", 4) {
			o.Payments = []order.Payment{open(20_000_000, 20_000_000), credit(2, 10_000_000)}
			o.Freed, o.Returned = 10_000_000, 10_000_000
		}
	}
	if d.rarely("bought before Redis forgot the payment", 3) {
		o.Lines[0].State = order.LineBuying
		o.Lines[0].Attempts = []order.Attempt{{N: 1, Key: "k", FirstSentAt: 1, Sends: 1}}
	}
	return o
}

// funded pays an order in full, by one link or with credit.
func (d drawing) funded(o order.Order) order.Order {
	o.Payments = []order.Payment{open(30_000_000, 30_000_000)}
	if d.rarely("credit", 3) {
		o.Payments = []order.Payment{open(20_000_000, 20_000_000), credit(2, 10_000_000)}
	}
	return o
}

// missing draws whether a line turned out not to be there before it was asked for.
func (d drawing) missing(o order.Order) order.Order {
	if d.bool("missing") {
		o.Lines[0].State, o.Lines[0].Credited, o.Returned = order.LineFailed, 10_000_000, 10_000_000
	}
	return o
}

func (d drawing) late(o order.Order) order.Order {
	if d.bool("late") {
		o.Flags = o.Flags.With(order.FlagLate)
	}
	return o
}

// bought draws how far the purchases of a paid order are.
func (d drawing) bought(o order.Order) order.Order {
	o.Lines[0].State = order.LineGot
	o.Lines[0].Got = 1
	o.Lines[0].Attempts = []order.Attempt{{N: 1, Key: "k", Sends: 1, Outcome: order.OutcomeDone, External: "x"}}
	switch other := &o.Lines[1]; {
	case o.Status == order.Fulfilling:
		if d.bool("nothing there yet") {
			o.Lines[0].State, o.Lines[0].Got = pick(d, "line", order.LineWaiting, order.LineFailed), 0
			o.Lines[0].Attempts[0].Outcome = order.OutcomeRefused
			if o.Lines[0].State == order.LineFailed && d.bool("given up") {
				o.Lines[0].Credited, o.Returned = 10_000_000, 10_000_000
			}
		}
		other.State = pick(d, "other line", order.LineBuying, order.LineUnclear)
		other.Attempts = []order.Attempt{{N: 1, Key: "k", FirstSentAt: 1, Sends: 1}}
	case d.bool("failed, undecided"):
		other.State, other.Why = order.LineFailed, order.ReasonLoss
		other.Attempts = []order.Attempt{{N: 1, Key: "k", Sends: 1, Outcome: order.OutcomeRefused}}
		o.Doubts, o.Reason, o.Flags = []order.Reason{order.ReasonLoss}, order.ReasonLoss, o.Flags.With(order.FlagHeld)
	case d.bool("given up"):
		other.State, other.Credited, o.Returned = order.LineFailed, 20_000_000, 20_000_000
	default:
		other.State, other.Got = order.LineGot, 2
	}
	return o
}

// closed is an order that ended before it was paid; its money is credit, or in
// doubt.
func (d drawing) closed(o order.Order) order.Order {
	o.Payments = []order.Payment{open(30_000_000, 0)}
	switch rapid.IntRange(0, 3).Draw(d.t, "money") {
	case 0:
		o.Payments = []order.Payment{open(20_000_000, 0), credit(2, 10_000_000)}
		o.Returned = 10_000_000
		if o.Status == order.Expired {
			o.Freed = 10_000_000
		}
	case 1:
		o.Payments[0].Seen = 30_000_000
		o.Doubts, o.Reason, o.Flags = []order.Reason{order.ReasonCurrency}, order.ReasonCurrency, o.Flags.With(order.FlagHeld)
	case 2:
		if o.Status == order.Expired {
			o.Lines[0].State = order.LineBuying
			o.Lines[0].Attempts = []order.Attempt{{N: 1, Key: "k", FirstSentAt: 1, Sends: 1}}
		}
	}
	return o
}

// refunding is an order whose money goes to a wallet. Without any payment it is
// one that takes credit out.
func (d drawing) refunding(o order.Order) order.Order {
	if d.rarely("of credit", 3) {
		o.Lines = nil
		return o
	}
	return d.wallet(d.givenUp(o), 30_000_000)
}

// refunded is an order whose money went back, or is in doubt.
func (d drawing) refunded(o order.Order) order.Order {
	o = d.givenUp(o)
	if d.bool("in doubt") {
		o.Doubts, o.Reason, o.Flags = []order.Reason{order.ReasonCurrency}, order.ReasonCurrency, o.Flags.With(order.FlagHeld)
		return o
	}
	o.Returned = 30_000_000
	return o
}

// givenUp is a paid order of which nothing was bought.
func (drawing) givenUp(o order.Order) order.Order {
	o.Payments = []order.Payment{open(30_000_000, 30_000_000)}
	for i := range o.Lines {
		o.Lines[i].State, o.Lines[i].Credited = order.LineFailed, o.Lines[i].UnitPrice.Times(o.Lines[i].Quantity)
		o.Lines[i].Attempts = []order.Attempt{{N: 1, Key: "k", Sends: 1, Outcome: order.OutcomeRefused}}
	}
	return o
}
