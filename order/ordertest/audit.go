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
	books := w.books(numbers, report)
	for _, n := range numbers {
		snap, found := w.Store.Look(n)
		if !found {
			continue // never placed
		}
		w.auditEnd(snap, faults, report)
		w.auditGoods(snap.Order, books[n], report)
		w.auditMoney(snap.Order, books[n], report)
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

// Received is all money of an order in the gateways' books.
func (w *World) Received(n order.Number) order.Money {
	return w.Gateway.Received(n) + w.Twins.Received(n)
}

// auditEnd checks that the order is final, or before a person who knows.
func (w *World) auditEnd(snap Snapshot, faults int, report reporter) {
	o := snap.Order
	n := o.Number
	final := o.Status == order.Delivered || o.Status == order.Expired || o.Status == order.Cancelled || o.Status == order.Refunded
	if !final && !o.Held() {
		report(n, "stuck in %s, due %d", o.Status, snap.Due)
	}
	if o.Held() && len(w.Chat.Alerts(n)) == 0 {
		report(n, "held for %s without an alert", o.Reason)
	}
	if o.Held() != w.Chat.ToldHeld(n) {
		report(n, "held %v for %s, and the buyer was told %v", o.Held(), o.Reason, w.Chat.ToldHeld(n))
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
	if len(o.Timeline) > 60+faults {
		report(n, "a timeline of %d moments", len(o.Timeline))
	}
	for _, l := range o.Lines {
		for _, a := range l.Attempts {
			if len(a.Letters) > 0 && !o.Held() {
				report(n, "a letter is left that nobody looks at (%s)", o.Status)
			}
		}
	}
}

func (w *World) auditGoods(o order.Order, book *book, report reporter) {
	n := o.Number
	if book == nil {
		book = newBook()
	}
	if book.purchases > len(o.Lines) && !o.Held() {
		report(n, "bought %d times", book.purchases)
	}
	if book.purchases > 0 && w.Received(n) == 0 {
		report(n, "bought without payment")
	}
	if o.Status == order.Delivered {
		w.auditDelivery(o, book, report)
		return
	}
	if len(w.Chat.Codes(n)) > 0 {
		report(n, "codes shown in %s", o.Status)
	}
	if len(book.goods) > 0 && !o.Held() {
		report(n, "bought %d goods, not delivered, not held (%s)", len(book.goods), o.Status)
	}
	if o.Status == order.Refunded && o.Credited() != o.Total {
		report(n, "refunded with %s of %s", o.Credited(), o.Total)
	}
}

func (w *World) auditDelivery(o order.Order, book *book, report reporter) {
	shown := w.Chat.Codes(o.Number)
	for _, c := range shown {
		switch {
		case book.back[c]:
			report(o.Number, "shows a card that was taken back")
		case !book.goods[c]:
			report(o.Number, "shows a code that was not bought for it")
		}
	}
	want, got := 0, 0
	for _, l := range o.Lines {
		if l.State == order.LineGot && l.Credited > 0 {
			report(o.Number, "delivered and credited")
		}
		if l.Credited == 0 {
			want += l.Quantity
		}
		got += l.Got
	}
	if len(shown) != got {
		report(o.Number, "shows %d codes, got %d", len(shown), got)
	}
	if got < want && !o.Held() {
		report(o.Number, "delivered %d of %d and not held", got, want)
	}
	if len(book.goods) > got && !o.Held() {
		report(o.Number, "bought %d, delivered %d and not held", len(book.goods), got)
	}
}

// auditMoney: received = what was sold at its price + what went to credit +
// what is still held, from the gateways' books and from ours; the suppliers'
// books likewise.
func (w *World) auditMoney(o order.Order, book *book, report reporter) {
	n := o.Number
	account := order.Account("order:" + string(n))
	var in, out, cost order.Money
	keys := make(map[string]bool)
	for _, p := range w.Store.Ledger() {
		if !strings.HasPrefix(p.Key, string(n)+"/") {
			continue
		}
		if keys[p.Key] || p.Amount < 0 {
			report(n, "posted twice, or negative: %s %s", p.Key, p.Amount)
		}
		keys[p.Key] = true
		switch {
		case p.To == account:
			in += p.Amount
		case p.From == account:
			out += p.Amount
		case strings.HasPrefix(string(p.From), "supplier:"):
			cost += p.Amount
		}
	}
	if paid := w.Received(n); in != paid && !o.Held() {
		report(n, "received %s, booked %s", paid, in)
	}
	if rest := in - out; rest != 0 && !o.Held() && (rest > 0 || -rest > w.Gateway.Accepts) {
		report(n, "%s of the buyer's money is with nobody (%s)", rest, o.Status)
	}
	if out > in && -(in-out) > w.Gateway.Accepts {
		report(n, "received %s, and gave %s", in, out)
	}
	if book != nil && cost != book.taken && !o.Held() && !book.doubled {
		report(n, "the suppliers took %s, booked %s", book.taken, cost)
	}
}

// auditPermits: a lock may outlive its order's rest only while nobody knows
// what became of the purchase.
func (w *World) auditPermits(report reporter) {
	for _, vendor := range vendors() {
		for _, p := range w.Store.Locks(vendor) {
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
