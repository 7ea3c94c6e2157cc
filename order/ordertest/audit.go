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
		if most := rings(snap.Order) + faults; w.Chat.Pings(n) > most {
			report(n, "rang %d times, at most %d with %d faults", w.Chat.Pings(n), most, faults)
		}
	}
	for _, what := range w.wrong {
		report("", "%s", what)
	}
	w.auditPermits(report)
	w.auditPayouts(report)
	w.auditCredit(report)
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

// rings is how often an order may ring: once for its goods or for a person, and
// once for each news about the buyer's money.
func rings(o order.Order) int {
	most := 1
	for _, m := range o.Timeline {
		switch m.What {
		case "credited", "short", "payout", "paid_out", "payout_refused", "payout_dropped", "held":
			most++
		}
	}
	return most
}

// waits reports whether an order waits for its buyer, who has days for it.
func waits(o order.Order) bool {
	p, _, ok := o.OpenPayout()
	return ok && p.State == order.PayoutWanted
}

// auditEnd checks that the order is final, or before a person who knows.
func (w *World) auditEnd(snap Snapshot, faults int, report reporter) {
	o := snap.Order
	n := o.Number
	final := o.Status == order.Delivered || o.Status == order.Expired || o.Status == order.Cancelled || o.Status == order.Refunded
	if !final && !o.Held() && !waits(o) {
		report(n, "stuck in %s, due %d", o.Status, snap.Due)
	}
	if o.Held() && len(w.Chat.Alerts(n)) == 0 {
		report(n, "held for %s without an alert", o.Reason)
	}
	if o.Held() != w.Chat.ToldHeld(n) {
		report(n, "held %v for %s, and the buyer was told %v", o.Held(), o.Reason, w.Chat.ToldHeld(n))
	}
	if len(w.Chat.Alerts(n)) > 6*len(w.Policy.Admins)+faults {
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
	if book.purchases > 0 && w.Received(n)+w.Gateway.Gone(n)+w.ByHand[n]+o.CreditUsed() == 0 {
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
	if o.Status == order.Refunded && o.Left() != 0 && !o.Held() {
		report(n, "refunded, and holds %s", o.Left())
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
		if l.State == order.LineGot && l.Credited != l.UnitPrice.Times(l.Quantity-l.Got) {
			report(o.Number, "delivered %d, and credited %s", l.Got, l.Credited)
		}
		if l.Credited == 0 {
			want += l.Quantity
		} else {
			want += l.Got
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

// auditMoney: received = what was sold at its price + what went to credit and
// to the buyer's wallet + what is still held, from the gateways' books and from
// ours; the suppliers' books likewise.
func (w *World) auditMoney(o order.Order, book *book, report reporter) {
	n, sum := o.Number, w.sums(o.Number, report)
	if paid := w.Received(n); sum.gateways != paid && !o.Held() {
		report(n, "received %s, booked %s", paid, sum.gateways)
	}
	if sum.hand > w.ByHand[n] {
		report(n, "people saw %s, booked %s", w.ByHand[n], sum.hand)
	}
	if sum.account != o.Balance() {
		report(n, "the ledger holds %s for it, the order %s", sum.account, o.Balance())
	}
	if o.Left() != 0 && !o.Held() && !waits(o) {
		report(n, "%s of the buyer's money is with nobody (%s)", o.Left(), o.Status)
	}
	if o.Left() < 0 && !o.Held() || o.Forgiven > w.Gateway.Accepts+w.Bears {
		report(n, "gave %s more than it got, forgave %s", -o.Left(), o.Forgiven)
	}
	if out := w.Payer.Out(n) + w.Gateway.Back(n); out != sum.out && !o.Held() {
		report(n, "the gateway paid out %s, booked %s", out, sum.out)
	}
	if book != nil && sum.cost != book.taken && !o.Held() && !book.doubled {
		report(n, "the suppliers took %s, booked %s", book.taken, sum.cost)
	}
}

// sums is what the ledger says about one order.
type sums struct{ account, gateways, hand, out, cost order.Money }

func (w *World) sums(n order.Number, report reporter) (sum sums) {
	account := order.Account("order:" + string(n))
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
			sum.account += p.Amount
			sum.from(p)
		case p.From == account:
			sum.account -= p.Amount
			sum.to(p)
		case strings.HasPrefix(string(p.From), "supplier:"):
			sum.cost += p.Amount
		}
	}
	return sum
}

// from sorts what came into an order.
func (s *sums) from(p order.Posting) {
	switch {
	case p.From == "gateway:"+order.HandGateway:
		s.hand += p.Amount
	case strings.HasPrefix(string(p.From), "gateway:"):
		s.gateways += p.Amount
	}
}

// to sorts what went out of an order.
func (s *sums) to(p order.Posting) {
	switch {
	case !strings.HasPrefix(string(p.To), "gateway:"):
	case p.To == "gateway:"+order.HandGateway:
		s.hand -= p.Amount
	case strings.Contains(p.Key, "/fell/"):
		s.gateways -= p.Amount
	default:
		s.out += p.Amount
	}
}

// auditCredit: what the ledger says a buyer has is what they have, and never
// less than nothing.
func (w *World) auditCredit(report reporter) {
	has := make(map[int64]order.Money)
	for _, p := range w.Store.Ledger() {
		if buyer, ok := order.CreditOf(p.To); ok {
			has[buyer] += p.Amount
		}
		if buyer, ok := order.CreditOf(p.From); ok {
			has[buyer] -= p.Amount
		}
	}
	for buyer, sum := range has {
		if got := w.Credit(buyer); got != sum || sum < 0 {
			report("", "buyer %d has %s, the ledger says %s", buyer, got, sum)
		}
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
