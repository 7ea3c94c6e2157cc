package ordertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"giftbot/order"
)

// Audit holds the bot's doings against the vendors' own books and returns
// everything that is wrong: money lost or doubled, goods lost or doubled,
// orders that nobody will ever move. faults is how many calls failed: each may
// repeat a ping, and nothing else.
func (w *World) Audit(faults int) error {
	var errs []error
	report := func(n order.Number, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{n}, args...)...))
	}
	numbers := w.Numbers()
	sold := make(map[order.Number][]*Sale)
	for _, sale := range w.Supplier.Sales() {
		n, ok := w.owner(sale, numbers)
		if !ok {
			report("", "purchase %s under a key of no order", sale.External)
		}
		sold[n] = append(sold[n], sale)
	}
	for _, n := range numbers {
		snap, found := w.Store.Look(n)
		if !found {
			continue // never placed
		}
		w.auditEnd(snap, faults, report)
		w.auditGoods(snap.Order, sold[n], report)
		w.auditMoney(snap.Order, sold[n], report)
		if w.Chat.Pings(n) > 1+faults {
			report(n, "rang %d times with %d faults", w.Chat.Pings(n), faults)
		}
	}
	for _, what := range w.wrong {
		report("", "%s", what)
	}
	w.auditPermits(report)
	w.auditSecrets(report)
	return errors.Join(errs...)
}

// reporter collects what is wrong.
type reporter = func(n order.Number, format string, args ...any)

// Numbers lists the orders that were ever drafted, sorted.
func (w *World) Numbers() []order.Number {
	var list []order.Number
	for n := range w.buyers {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// owner finds whose purchase a sale is by deriving the keys anew.
func (w *World) owner(sale *Sale, numbers []order.Number) (order.Number, bool) {
	for _, n := range numbers {
		for line := range w.Look(n).Lines {
			for attempt := 1; attempt <= 6; attempt++ {
				if order.PurchaseKey(w.Policy.Shop, n, line, attempt, sale.Item, sale.Quantity) == sale.Key {
					return n, true
				}
			}
		}
	}
	return "", false
}

// auditEnd checks that the order is final, or before a person who knows.
func (w *World) auditEnd(snap Snapshot, faults int, report reporter) {
	o := snap.Order
	n := o.Number
	final := o.Status == order.Delivered || o.Status == order.Expired || o.Status == order.Cancelled
	if !final && !o.Held() {
		report(n, "stuck in %s, due %d", o.Status, snap.Due)
	}
	if o.Held() && len(w.Chat.Alerts(n)) == 0 {
		report(n, "held for %s without an alert", o.Reason)
	}
	if o.Held() && !w.Chat.ToldHeld(n) {
		report(n, "held for %s and the buyer was not told", o.Reason)
	}
	if len(w.Chat.Alerts(n)) > 6+faults {
		report(n, "alert storm: %v", w.Chat.Alerts(n))
	}
	if snap.Leased || snap.Hints > 0 || len(snap.Pending) > 0 {
		report(n, "left behind: leased %v, hints %d, announcements %v", snap.Leased, snap.Hints, snap.Pending)
	}
	if w.Chat.Status(n) != "" && w.Chat.Status(n) != o.Status && (o.Status != order.Delivered || w.Chat.Status(n) != order.Ready) {
		report(n, "the buyer sees %s, the order is %s", w.Chat.Status(n), o.Status)
	}
}

func (w *World) auditGoods(o order.Order, sales []*Sale, report reporter) {
	n := o.Number
	if len(sales) > len(o.Lines) && !o.Held() {
		report(n, "bought %d times", len(sales))
	}
	if len(sales) > 0 && w.Gateway.Received(n) == 0 {
		report(n, "bought without payment")
	}
	if o.Status == order.Delivered {
		w.auditDelivery(o, sales, report)
		return
	}
	if len(w.Chat.Codes(n)) > 0 {
		report(n, "codes shown in %s", o.Status)
	}
	for _, sale := range sales {
		if !o.Held() {
			report(n, "bought %s, not delivered, not held (%s)", sale.External, o.Status)
		}
	}
}

func (w *World) auditDelivery(o order.Order, sales []*Sale, report reporter) {
	shown := w.Chat.Codes(o.Number)
	var bought []string
	for _, sale := range sales {
		bought = append(bought, sale.Codes...)
	}
	for _, c := range shown {
		if !slices.Contains(bought, c) {
			report(o.Number, "shows a code that was not bought for it")
		}
	}
	want, got := 0, 0
	for _, l := range o.Lines {
		want += l.Quantity
		got += l.Got
	}
	if len(shown) != got {
		report(o.Number, "shows %d codes, got %d", len(shown), got)
	}
	if got < want && !o.Held() {
		report(o.Number, "delivered %d of %d and not held", got, want)
	}
}

// auditMoney: received = what was sold at its price + what is still held,
// from the gateway's books and from ours; the supplier's books likewise.
func (w *World) auditMoney(o order.Order, sales []*Sale, report reporter) {
	n := o.Number
	account := order.Account("order:" + string(n))
	var in, out, cost order.Money
	keys := make(map[string]bool)
	for _, p := range w.Store.Ledger() {
		if strings.HasPrefix(p.Key, string(n)+"/") && keys[p.Key] {
			report(n, "posted twice: %s", p.Key)
		}
		keys[p.Key] = true
		switch {
		case p.To == account:
			in += p.Amount
		case p.From == account:
			out += p.Amount
		}
		if strings.HasPrefix(p.Key, string(n)+"/") && p.From == "supplier:"+SupplierName {
			cost += p.Amount
		}
	}
	if paid := w.Gateway.Received(n); in != paid && !o.Held() {
		report(n, "received %s, booked %s", paid, in)
	}
	if rest := in - out; rest != 0 && !o.Held() && (rest > 0 || -rest > w.Gateway.Accepts) {
		report(n, "%s of the buyer's money is with nobody (%s)", rest, o.Status)
	}
	var paid order.Money
	for _, sale := range sales {
		if !sale.Pending && !sale.Failed {
			paid += sale.Total
		}
	}
	if cost != paid && !o.Held() {
		report(n, "the supplier took %s, booked %s", paid, cost)
	}
}

// auditPermits: a lock may outlive its order's rest only while nobody knows
// what became of the purchase.
func (w *World) auditPermits(report reporter) {
	for _, p := range w.Store.Locks(SupplierName) {
		n, line, attempt, err := order.ParsePermitOwner(p.Owner)
		if err != nil {
			report(n, "permit of %q", p.Owner)
			continue
		}
		o := w.Look(n)
		open := o.Held() && line < len(o.Lines) && (o.Lines[line].State == order.LineUnclear || o.Lines[line].State == order.LineBuying)
		if !open {
			report(n, "permit of attempt %d leaked", attempt)
		}
	}
}

// auditSecrets: each code was shown to one order only.
func (w *World) auditSecrets(report reporter) {
	owner := make(map[string]order.Number)
	for _, n := range w.Numbers() {
		for _, c := range w.Chat.Codes(n) {
			if other := owner[c]; other != "" && other != n {
				report(n, "shows a code of %s", other)
			}
			owner[c] = n
		}
	}
}
