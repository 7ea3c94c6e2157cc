package order

import "slices"

// edge is one cell of the status table: what an event may turn a status into.
type edge struct {
	from  Status
	event EventKind
	to    []Status
}

// table is the whole lifecycle. Apply refuses what is not in it, and a test
// holds the diagram in doc.go against it.
func table() []edge {
	all := slices.Concat(unpaidEdges(), paidEdges(), endEdges())
	for _, s := range Statuses() {
		all = append(all, moneyEdges(s)...)
	}
	return all
}

// unpaidEdges are those of an order that is not paid yet.
func unpaidEdges() []edge {
	return []edge{
		{AwaitingPayment, KindPlanned, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpening, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpened, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpenFails, []Status{AwaitingPayment, Cancelled}},
		{AwaitingPayment, KindRead, []Status{AwaitingPayment, Confirming, Paid, Fulfilling}},
		{AwaitingPayment, KindUnread, []Status{AwaitingPayment}},
		{AwaitingPayment, KindUnwatch, []Status{AwaitingPayment}},
		{AwaitingPayment, KindExpire, []Status{AwaitingPayment, Expired}},
		{AwaitingPayment, KindCancel, []Status{Cancelled}},
		{AwaitingPayment, KindTwin, []Status{AwaitingPayment}},
		{AwaitingPayment, KindArrived, []Status{AwaitingPayment}},
		{AwaitingPayment, KindShown, []Status{AwaitingPayment}},

		{Confirming, KindPlanned, []Status{Confirming}},
		{Confirming, KindOpening, []Status{Confirming}},
		{Confirming, KindOpenFails, []Status{Confirming}},
		{Confirming, KindCancel, []Status{Cancelled}},
		{Confirming, KindCreditShort, []Status{Confirming}},
		{Confirming, KindRead, []Status{Confirming, Paid, Fulfilling}},
		{Confirming, KindOpened, []Status{Confirming}},
		{Confirming, KindUnread, []Status{Confirming}},
		{Confirming, KindUnwatch, []Status{Confirming}},
		{Confirming, KindExpire, []Status{Confirming, Expired}},
		{Confirming, KindTwin, []Status{Confirming}},
		{Confirming, KindArrived, []Status{Confirming}},
		{Confirming, KindShown, []Status{Confirming}},
	}
}

// paidEdges are those of an order that is paid and not ended.
func paidEdges() []edge {
	return []edge{
		{Paid, KindRead, []Status{Paid}},
		{Paid, KindOpened, []Status{Paid}},
		{Paid, KindUnwatch, []Status{Paid}},
		{Paid, KindBuying, []Status{Fulfilling}},
		{Paid, KindBuyFails, []Status{Paid, Refunded}},
		{Paid, KindTwin, []Status{Paid}},
		{Paid, KindArrived, []Status{Fulfilling}},
		{Paid, KindShown, []Status{Paid}},

		{Fulfilling, KindRead, []Status{Fulfilling}},
		{Fulfilling, KindOpened, []Status{Fulfilling}},
		{Fulfilling, KindUnwatch, []Status{Fulfilling}},
		{Fulfilling, KindBuying, []Status{Fulfilling}},
		{Fulfilling, KindBought, []Status{Fulfilling, Ready}},
		{Fulfilling, KindBuyFails, []Status{Fulfilling, Ready, Refunded}},
		{Fulfilling, KindAccepted, []Status{Fulfilling}},
		{Fulfilling, KindLost, []Status{Fulfilling}},
		{Fulfilling, KindRecalled, []Status{Fulfilling, Ready, Refunded}},
		{Fulfilling, KindTwin, []Status{Fulfilling}},
		{Fulfilling, KindArrived, []Status{Fulfilling}},
		{Fulfilling, KindShown, []Status{Fulfilling}},

		{Ready, KindRead, []Status{Ready}},
		{Ready, KindOpened, []Status{Ready}},
		{Ready, KindUnwatch, []Status{Ready}},
		{Ready, KindBought, []Status{Ready}},
		{Ready, KindTwin, []Status{Ready}},
		{Ready, KindArrived, []Status{Ready}},
		{Ready, KindShown, []Status{Ready, Delivered}},
	}
}

// endEdges are those of an order that has ended.
func endEdges() []edge {
	return []edge{
		{Delivered, KindRead, []Status{Delivered}},
		{Delivered, KindOpened, []Status{Delivered}},
		{Delivered, KindUnwatch, []Status{Delivered}},
		{Delivered, KindBought, []Status{Delivered}},
		{Delivered, KindTwin, []Status{Delivered}},
		{Delivered, KindArrived, []Status{Delivered}},
		{Delivered, KindShown, []Status{Delivered}},

		{Expired, KindRead, []Status{Expired, Confirming, Paid, Fulfilling}},
		{Expired, KindOpened, []Status{Expired}},
		{Expired, KindOpenFails, []Status{Expired}},
		{Expired, KindUnwatch, []Status{Expired}},
		{Expired, KindTwin, []Status{Expired}},
		{Expired, KindArrived, []Status{Expired}},
		{Expired, KindShown, []Status{Expired}},

		{Cancelled, KindRead, []Status{Cancelled}},
		{Cancelled, KindOpened, []Status{Cancelled}},
		{Cancelled, KindOpenFails, []Status{Cancelled}},
		{Cancelled, KindUnwatch, []Status{Cancelled}},
		{Cancelled, KindTwin, []Status{Cancelled}},
		{Cancelled, KindArrived, []Status{Cancelled}},
		{Cancelled, KindShown, []Status{Cancelled}},

		{Refunding, KindRead, []Status{Refunding}},
		{Refunding, KindOpened, []Status{Refunding}},
		{Refunding, KindUnwatch, []Status{Refunding}},
		{Refunding, KindBought, []Status{Refunding}},
		{Refunding, KindTwin, []Status{Refunding}},
		{Refunding, KindArrived, []Status{Refunding}},
		{Refunding, KindShown, []Status{Refunding}},

		{Refunded, KindRead, []Status{Refunded}},
		{Refunded, KindOpened, []Status{Refunded}},
		{Refunded, KindUnwatch, []Status{Refunded}},
		{Refunded, KindBought, []Status{Refunded}},
		{Refunded, KindTwin, []Status{Refunded}},
		{Refunded, KindArrived, []Status{Refunded}},
		{Refunded, KindShown, []Status{Refunded}},
	}
}

// moneyEdges are the decisions of people about an order's money, and what
// becomes of money that is sent out.
func moneyEdges(s Status) []edge {
	switch s {
	case AwaitingPayment:
		return []edge{
			{s, KindUseCredit, []Status{s, Paid}},
			{s, KindByHand, []Status{Confirming, Paid, Fulfilling}},
			{s, KindClose, []Status{s}},
		}
	case Confirming:
		return append(payoutEdges(s),
			edge{s, KindUseCredit, []Status{s, Paid}}, edge{s, KindByHand, []Status{s, Paid, Fulfilling}}, edge{s, KindClose, []Status{s, Paid, Fulfilling}},
			edge{s, KindGiveBack, []Status{s, Refunded}}, edge{s, KindPayOut, []Status{s, Refunding}})
	case Paid:
		return append(payoutEdges(s),
			edge{s, KindByHand, []Status{s}}, edge{s, KindClose, []Status{s, Refunded}}, edge{s, KindAgain, []Status{s}},
			edge{s, KindGiveBack, []Status{s, Refunded}}, edge{s, KindPayOut, []Status{s, Refunding}})
	case Fulfilling:
		return append(payoutEdges(s),
			edge{s, KindByHand, []Status{s}}, edge{s, KindClose, []Status{s, Ready, Refunded}}, edge{s, KindAgain, []Status{s}},
			edge{s, KindGiveBack, []Status{s, Ready, Refunded}}, edge{s, KindPayOut, []Status{s, Ready, Refunding}},
			edge{s, KindGiveUp, []Status{s, Ready}})
	case Ready, Delivered:
		return append(payoutEdges(s),
			edge{s, KindByHand, []Status{s}}, edge{s, KindClose, []Status{s}}, edge{s, KindAgain, []Status{Fulfilling}},
			edge{s, KindGiveBack, []Status{s}}, edge{s, KindPayOut, []Status{s}})
	case Expired:
		return append(payoutEdges(s),
			edge{s, KindByHand, []Status{s, Paid, Fulfilling}}, edge{s, KindClose, []Status{s}},
			edge{s, KindGiveBack, []Status{s}}, edge{s, KindPayOut, []Status{s, Refunding}})
	case Refunding:
		return append(payoutEdges(s),
			edge{s, KindUseCredit, []Status{s}}, edge{s, KindByHand, []Status{s}}, edge{s, KindClose, []Status{s}},
			edge{s, KindGiveBack, []Status{s}}, edge{s, KindPayOut, []Status{s}})
	default:
		return append(payoutEdges(s),
			edge{s, KindByHand, []Status{s}}, edge{s, KindClose, []Status{s}},
			edge{s, KindGiveBack, []Status{s}}, edge{s, KindPayOut, []Status{s, Refunding}})
	}
}

// payoutEdges follow a payout. Only an order that is being refunded ends by it.
func payoutEdges(s Status) []edge {
	end, drop := []Status{s}, []Status{s}
	if s == Refunding {
		end, drop = []Status{Refunding, Refunded}, []Status{Refunded}
	}
	return []edge{
		{s, KindAddressed, []Status{s}},
		{s, KindApproved, []Status{s}},
		{s, KindPayingOut, []Status{s}},
		{s, KindPaidOut, end},
		{s, KindPayOutFails, end},
		{s, KindDropPayOut, drop},
	}
}

// allowed reports the statuses an event may lead to, nil for an unknown pair.
func allowed(from Status, event EventKind) []Status {
	edges := edgesOf(from)
	if event.decides() {
		edges = moneyEdges(from)
	}
	for _, e := range edges {
		if e.from == from && e.event == event {
			return e.to
		}
	}
	return nil
}

// decides reports whether the event is one of moneyEdges.
func (k EventKind) decides() bool {
	switch k {
	case KindUseCredit, KindGiveBack, KindAgain, KindGiveUp, KindByHand, KindClose,
		KindPayOut, KindAddressed, KindApproved, KindPayingOut, KindPaidOut, KindPayOutFails, KindDropPayOut:
		return true
	default:
		return false
	}
}

// edgesOf returns the part of the table that holds a status: every event asks,
// and the whole table is four times as much to build.
func edgesOf(from Status) []edge {
	switch from {
	case AwaitingPayment, Confirming:
		return unpaidEdges()
	case Paid, Fulfilling, Ready:
		return paidEdges()
	default:
		return endEdges()
	}
}
