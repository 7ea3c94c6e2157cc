package order

// edge is one cell of the status table: what an event may turn a status into.
type edge struct {
	from  Status
	event EventKind
	to    []Status
}

// table is the whole lifecycle. Apply refuses what is not in it, and a test
// holds the diagram in doc.go against it.
func table() []edge {
	return []edge{
		{AwaitingPayment, KindPlanned, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpening, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpened, []Status{AwaitingPayment}},
		{AwaitingPayment, KindOpenFails, []Status{AwaitingPayment, Cancelled}},
		{AwaitingPayment, KindRead, []Status{AwaitingPayment, Confirming, Paid}},
		{AwaitingPayment, KindUnread, []Status{AwaitingPayment}},
		{AwaitingPayment, KindUnwatch, []Status{AwaitingPayment}},
		{AwaitingPayment, KindExpire, []Status{Expired}},
		{AwaitingPayment, KindCancel, []Status{Cancelled}},
		{AwaitingPayment, KindShown, []Status{AwaitingPayment}},

		{Confirming, KindRead, []Status{Confirming, Paid}},
		{Confirming, KindOpened, []Status{Confirming}},
		{Confirming, KindUnread, []Status{Confirming}},
		{Confirming, KindUnwatch, []Status{Confirming}},
		{Confirming, KindExpire, []Status{Expired}},
		{Confirming, KindShown, []Status{Confirming}},

		{Paid, KindRead, []Status{Paid}},
		{Paid, KindOpened, []Status{Paid}},
		{Paid, KindUnwatch, []Status{Paid}},
		{Paid, KindBuying, []Status{Fulfilling}},
		{Paid, KindBuyFails, []Status{Paid}},
		{Paid, KindShown, []Status{Paid}},

		{Fulfilling, KindRead, []Status{Fulfilling}},
		{Fulfilling, KindOpened, []Status{Fulfilling}},
		{Fulfilling, KindUnwatch, []Status{Fulfilling}},
		{Fulfilling, KindBuying, []Status{Fulfilling}},
		{Fulfilling, KindBought, []Status{Fulfilling, Ready}},
		{Fulfilling, KindBuyFails, []Status{Fulfilling, Ready}},
		{Fulfilling, KindShown, []Status{Fulfilling}},

		{Ready, KindRead, []Status{Ready}},
		{Ready, KindOpened, []Status{Ready}},
		{Ready, KindUnwatch, []Status{Ready}},
		{Ready, KindBought, []Status{Ready}},
		{Ready, KindShown, []Status{Ready, Delivered}},

		{Delivered, KindRead, []Status{Delivered}},
		{Delivered, KindOpened, []Status{Delivered}},
		{Delivered, KindUnwatch, []Status{Delivered}},
		{Delivered, KindBought, []Status{Delivered}},
		{Delivered, KindShown, []Status{Delivered}},

		{Expired, KindRead, []Status{Expired}},
		{Expired, KindOpened, []Status{Expired}},
		{Expired, KindOpenFails, []Status{Expired}},
		{Expired, KindUnwatch, []Status{Expired}},
		{Expired, KindShown, []Status{Expired}},

		{Cancelled, KindRead, []Status{Cancelled}},
		{Cancelled, KindOpened, []Status{Cancelled}},
		{Cancelled, KindOpenFails, []Status{Cancelled}},
		{Cancelled, KindUnwatch, []Status{Cancelled}},
		{Cancelled, KindShown, []Status{Cancelled}},
	}
}

// allowed reports the statuses an event may lead to, nil for an unknown pair.
func allowed(from Status, event EventKind) []Status {
	for _, e := range table() {
		if e.from == from && e.event == event {
			return e.to
		}
	}
	return nil
}
