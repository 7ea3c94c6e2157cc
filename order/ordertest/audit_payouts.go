package ordertest

import (
	"time"

	"giftbot/order"
)

// payouts is whose permits payouts hold.
const payouts = "payouts"

// auditPayouts: a payout's permit outlives it only while nobody knows what
// became of it; what left is what was set aside; no day has more than it may.
func (w *World) auditPayouts(report reporter) {
	for _, p := range w.Store.Locks(payouts) {
		n, line, _, err := order.ParsePermitOwner(p.Owner)
		o := w.Look(n)
		at := -1 - line
		if err != nil || at < 0 || at >= len(o.Payouts) || !o.Held() {
			report(n, "permit of payout %d leaked", at+1)
		}
	}
	days := make(map[string]order.Money)
	for _, s := range w.Payer.Sendings() {
		n, number, _ := payoutOf(s.Reference)
		amount, err := order.MoneyFromDecimal(s.Amount)
		if err != nil {
			report(n, "paid out %s", s.Amount)
		}
		if o := w.Look(n); number <= len(o.Payouts) && o.Payouts[number-1].Amount != amount && !o.Held() {
			report(n, "paid out %s of %s", amount, o.Payouts[number-1].Amount)
		}
		days[s.At.Time().Format(time.DateOnly)] += amount
	}
	for day, sum := range days {
		if sum > w.Policy.PayoutMax {
			report("", "paid out %s on %s", sum, day)
		}
	}
}
