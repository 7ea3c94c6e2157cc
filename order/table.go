package order

import "slices"

// edge is one cell of the status table: what an event may turn a status into.
type edge struct {
	from  Status
	event EventKind
	to    states
}

// states is where an event may lead, at most four; the rest is empty. It is an
// array so that the edges of a status are one constant.
type states [4]Status

// has reports whether an event may lead to a status.
func (s states) has(to Status) bool { return slices.Contains(s[:], to) }

// table is the whole lifecycle. Apply refuses what is not in it, and a test
// holds the diagram in doc.go against it.
func table() []edge {
	var all []edge
	for _, s := range Statuses() {
		all = append(append(append(all, edgesOf(s)...), moneyEdges(s)...), edge{s, KindMet, states{s}})
	}
	return all
}

// awaitingEdges and confirmingEdges are those of an order that is not paid yet.
func awaitingEdges() []edge {
	return []edge{
		{AwaitingPayment, KindPlanned, states{AwaitingPayment}},
		{AwaitingPayment, KindOpening, states{AwaitingPayment}},
		{AwaitingPayment, KindOpened, states{AwaitingPayment}},
		{AwaitingPayment, KindOpenFails, states{AwaitingPayment, Cancelled}},
		{AwaitingPayment, KindRead, states{AwaitingPayment, Confirming, Paid, Fulfilling}},
		{AwaitingPayment, KindUnread, states{AwaitingPayment}},
		{AwaitingPayment, KindUnwatch, states{AwaitingPayment}},
		{AwaitingPayment, KindExpire, states{AwaitingPayment, Expired}},
		{AwaitingPayment, KindCancel, states{Cancelled}},
		{AwaitingPayment, KindTwin, states{AwaitingPayment}},
		{AwaitingPayment, KindArrived, states{AwaitingPayment}},
		{AwaitingPayment, KindShown, states{AwaitingPayment}},
	}
}

func confirmingEdges() []edge {
	return []edge{
		{Confirming, KindPlanned, states{Confirming}},
		{Confirming, KindOpening, states{Confirming}},
		{Confirming, KindOpenFails, states{Confirming}},
		{Confirming, KindCancel, states{Cancelled}},
		{Confirming, KindCreditShort, states{Confirming}},
		{Confirming, KindRead, states{Confirming, Paid, Fulfilling}},
		{Confirming, KindOpened, states{Confirming}},
		{Confirming, KindUnread, states{Confirming}},
		{Confirming, KindUnwatch, states{Confirming}},
		{Confirming, KindExpire, states{Confirming, Expired}},
		{Confirming, KindTwin, states{Confirming}},
		{Confirming, KindArrived, states{Confirming}},
		{Confirming, KindShown, states{Confirming}},
	}
}

// paidEdges, fulfillingEdges and readyEdges are those of an order that is paid and
// not ended.
func paidEdges() []edge {
	return []edge{
		{Paid, KindRead, states{Paid}},
		{Paid, KindOpened, states{Paid}},
		{Paid, KindUnwatch, states{Paid}},
		{Paid, KindBuying, states{Fulfilling}},
		{Paid, KindBuyFails, states{Paid, Refunded}},
		{Paid, KindTwin, states{Paid}},
		{Paid, KindArrived, states{Fulfilling}},
		{Paid, KindShown, states{Paid}},
	}
}

func fulfillingEdges() []edge {
	return []edge{
		{Fulfilling, KindRead, states{Fulfilling}},
		{Fulfilling, KindOpened, states{Fulfilling}},
		{Fulfilling, KindUnwatch, states{Fulfilling}},
		{Fulfilling, KindBuying, states{Fulfilling}},
		{Fulfilling, KindBought, states{Fulfilling, Ready}},
		{Fulfilling, KindBuyFails, states{Fulfilling, Ready, Refunded}},
		{Fulfilling, KindAccepted, states{Fulfilling}},
		{Fulfilling, KindLost, states{Fulfilling}},
		{Fulfilling, KindRecalled, states{Fulfilling, Ready, Refunded}},
		{Fulfilling, KindTwin, states{Fulfilling}},
		{Fulfilling, KindArrived, states{Fulfilling}},
		{Fulfilling, KindShown, states{Fulfilling}},
	}
}

func readyEdges() []edge {
	return []edge{
		{Ready, KindRead, states{Ready}},
		{Ready, KindOpened, states{Ready}},
		{Ready, KindUnwatch, states{Ready}},
		{Ready, KindBought, states{Ready}},
		{Ready, KindAccepted, states{Ready}},
		{Ready, KindTwin, states{Ready}},
		{Ready, KindArrived, states{Ready}},
		{Ready, KindShown, states{Ready, Delivered}},
	}
}

// deliveredEdges and the following are those of an order that has ended.
func deliveredEdges() []edge {
	return []edge{
		{Delivered, KindRead, states{Delivered}},
		{Delivered, KindOpened, states{Delivered}},
		{Delivered, KindUnwatch, states{Delivered}},
		{Delivered, KindBought, states{Delivered}},
		{Delivered, KindAccepted, states{Delivered}},
		{Delivered, KindTwin, states{Delivered}},
		{Delivered, KindArrived, states{Delivered}},
		{Delivered, KindShown, states{Delivered}},
	}
}

func expiredEdges() []edge {
	return []edge{
		{Expired, KindRead, states{Expired, Confirming, Paid, Fulfilling}},
		{Expired, KindOpened, states{Expired}},
		{Expired, KindOpenFails, states{Expired}},
		{Expired, KindUnwatch, states{Expired}},
		{Expired, KindTwin, states{Expired}},
		{Expired, KindArrived, states{Expired}},
		{Expired, KindShown, states{Expired}},
	}
}

func cancelledEdges() []edge {
	return []edge{
		{Cancelled, KindRead, states{Cancelled}},
		{Cancelled, KindOpened, states{Cancelled}},
		{Cancelled, KindOpenFails, states{Cancelled}},
		{Cancelled, KindUnwatch, states{Cancelled}},
		{Cancelled, KindTwin, states{Cancelled}},
		{Cancelled, KindArrived, states{Cancelled}},
		{Cancelled, KindShown, states{Cancelled}},
	}
}

func refundingEdges() []edge {
	return []edge{
		{Refunding, KindRead, states{Refunding}},
		{Refunding, KindOpened, states{Refunding}},
		{Refunding, KindUnwatch, states{Refunding}},
		{Refunding, KindBought, states{Refunding}},
		{Refunding, KindAccepted, states{Refunding}},
		{Refunding, KindTwin, states{Refunding}},
		{Refunding, KindArrived, states{Refunding}},
		{Refunding, KindShown, states{Refunding}},
	}
}

func refundedEdges() []edge {
	return []edge{
		{Refunded, KindRead, states{Refunded}},
		{Refunded, KindOpened, states{Refunded}},
		{Refunded, KindUnwatch, states{Refunded}},
		{Refunded, KindBought, states{Refunded}},
		{Refunded, KindAccepted, states{Refunded}},
		{Refunded, KindTwin, states{Refunded}},
		{Refunded, KindArrived, states{Refunded}},
		{Refunded, KindShown, states{Refunded}},
	}
}

// moneyEdges are the decisions of people about an order's money, and what
// becomes of money that is sent out.
func moneyEdges(s Status) []edge {
	switch s {
	case AwaitingPayment:
		return []edge{
			{s, KindUseCredit, states{s, Paid, Fulfilling}},
			{s, KindByHand, states{Confirming, Paid, Fulfilling}},
			{s, KindClose, states{s}},
			{s, KindPayOutFails, states{s}}, // the journal knows one, and Redis not even the payment
		}
	case Confirming:
		return append(payoutEdges(s),
			edge{s, KindUseCredit, states{s, Paid, Fulfilling}}, edge{s, KindByHand, states{s, Paid, Fulfilling}}, edge{s, KindClose, states{s, Paid, Fulfilling}},
			edge{s, KindGiveBack, states{s, Refunded}}, edge{s, KindPayOut, states{s, Refunding}})
	case Paid:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s, Refunded}}, edge{s, KindAgain, states{s}},
			edge{s, KindGiveBack, states{s, Refunded}}, edge{s, KindPayOut, states{s, Refunding}})
	case Fulfilling:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s, Ready, Refunded}}, edge{s, KindAgain, states{s}},
			edge{s, KindGiveBack, states{s, Ready, Refunded}}, edge{s, KindPayOut, states{s, Ready, Refunding}},
			edge{s, KindGiveUp, states{s, Ready}})
	case Ready, Delivered:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s}}, edge{s, KindAgain, states{Fulfilling}},
			edge{s, KindGiveBack, states{s}}, edge{s, KindPayOut, states{s}})
	case Expired:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s, Paid, Fulfilling}}, edge{s, KindClose, states{s}},
			edge{s, KindGiveBack, states{s, Refunded}}, edge{s, KindPayOut, states{s, Refunding}}, edge{s, KindGiveUp, states{s}})
	case Cancelled:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s}},
			edge{s, KindGiveBack, states{s}}, edge{s, KindPayOut, states{s, Refunding}}, edge{s, KindGiveUp, states{s}})
	case Refunding:
		return append(payoutEdges(s),
			edge{s, KindUseCredit, states{s}}, edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s}},
			edge{s, KindGiveBack, states{s}}, edge{s, KindPayOut, states{s}})
	default:
		return append(payoutEdges(s),
			edge{s, KindByHand, states{s}}, edge{s, KindClose, states{s}},
			edge{s, KindGiveBack, states{s}}, edge{s, KindPayOut, states{s, Refunding}})
	}
}

// payoutEdges follow a payout. Only an order that is being refunded ends by it.
func payoutEdges(s Status) []edge {
	end, drop := states{s}, states{s}
	if s == Refunding {
		end, drop = states{Refunding, Refunded}, states{Refunded}
	}
	return []edge{
		{s, KindAddressed, states{s}},
		{s, KindApproved, states{s}},
		{s, KindPayingOut, states{s}},
		{s, KindPaidOut, end},
		{s, KindPayOutFails, end},
		{s, KindDropPayOut, drop},
	}
}

// allowed reports the statuses an event may lead to, false for an unknown pair.
func allowed(from Status, event EventKind) (states, bool) {
	if event == KindMet {
		return states{from}, true
	}
	edges := edgesOf(from)
	if event.decides() {
		edges = moneyEdges(from)
	}
	for i := range edges {
		if edges[i].event == event {
			return edges[i].to, true
		}
	}
	return states{}, false
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

// edgesOf returns the part of the table that holds a status: every event asks.
func edgesOf(from Status) []edge {
	switch from {
	case AwaitingPayment:
		return awaitingEdges()
	case Confirming:
		return confirmingEdges()
	case Paid:
		return paidEdges()
	case Fulfilling:
		return fulfillingEdges()
	case Ready:
		return readyEdges()
	case Delivered:
		return deliveredEdges()
	case Expired:
		return expiredEdges()
	case Cancelled:
		return cancelledEdges()
	case Refunding:
		return refundingEdges()
	case Refunded:
		return refundedEdges()
	default:
		return nil
	}
}
