package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	hosted "giftbot/sandbox/infini"
	coins "giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
)

// moneyMishap spoils payouts, or takes back what was confirmed.
func (w *world) moneyMishap() {
	switch w.rng.IntN(7) {
	case 0:
		w.fall()
	case 1:
		w.loseAnswer("infini", "/fund/withdraw")
	case 2:
		w.loseAnswer("inventpay", "withdrawal")
	case 3, 4:
		plans := w.drawWithdrawals(400)
		w.mishapped("infini", "payouts "+fmt.Sprint(plans[0].State, plans[0].Refuse), w.box.Infini.Apply(hosted.Change{NextWithdrawal: plans}))
	default:
		plans := w.drawWithdrawals(403)
		w.mishapped("inventpay", "payouts "+fmt.Sprint(plans[0].State, plans[0].Refuse), w.box.InventPay.Apply(coins.Change{NextWithdrawal: plans}))
	}
}

// loseAnswer has the next payout answered by nothing: made, or not made.
func (w *world) loseAnswer(vendor, path string) {
	kind := []string{kit.DropReply, kit.ErrorAfter, kit.ErrorBefore}[w.rng.IntN(3)]
	w.box.Faults.Add(kit.Fault{Target: vendor, Path: path, Kind: kind, Times: 1})
	w.mishapped(vendor, "payout "+kind, nil)
}

func (w *world) drawWithdrawals(refuse int) kit.Withdrawals {
	plans := []kit.NextWithdrawal{
		{State: kit.WithdrawalFailed, After: "20m"}, {State: kit.WithdrawalCancelled}, {State: kit.WithdrawalApproval},
		{State: kit.WithdrawalStuck}, {Refuse: refuse}, {Refuse: 500},
	}
	p := plans[w.rng.IntN(len(plans))]
	p.Times = 1 + w.rng.IntN(2)
	return kit.Withdrawals{p}
}

// fall re-organises a chain: some of the money of a payment is gone again. A
// person at the shop hears of it sooner or later, and has the order looked at.
func (w *world) fall() {
	type paid struct {
		reference string
		lose      func() error
	}
	var all []paid
	for _, o := range w.box.Infini.Books().Orders {
		if o.AmountConfirmed.IsPositive() && time.Since(o.CreatedAt) < 3*time.Hour {
			lost := w.some(o.AmountConfirmed, 2).String()
			all = append(all, paid{o.ClientReference, func() error { return w.box.Infini.Fall(o.OrderID, lost) }})
		}
	}
	for _, p := range w.box.InventPay.Books().Payments {
		if p.Confirmed.IsPositive() && time.Since(p.CreatedAt) < 3*time.Hour {
			lost := w.some(p.Confirmed, 6).String()
			all = append(all, paid{p.OrderID, func() error { return w.box.InventPay.Fall(p.PaymentID, "", lost) }})
		}
	}
	if len(all) == 0 {
		return
	}
	one := all[w.rng.IntN(len(all))]
	n, _, err := order.ParseReference(one.reference)
	if err != nil {
		return
	}
	err = one.lose()
	w.mishapped("chain", "confirmed money falls", err)
	if err == nil {
		w.deedsOf(n).falls++
	}
	w.tell("   of what %s has received, its gateway takes back", n)
	w.tended()
	w.look(n, 0)
}

// some of an amount, all of it now and then.
func (w *world) some(of decimal.Decimal, digits int32) decimal.Decimal {
	part := decimal.New(int64([]int{1, 4, 10}[w.rng.IntN(3)]), -1)
	return decimal.Max(of.Mul(part).Truncate(digits), decimal.New(1, -digits))
}

// look has an admin ask for an order to be looked at, until it was. What was
// not read by then is not read again for hours.
func (w *world) look(n order.Number, tries int) {
	w.after(w.span(time.Minute, time.Hour), func() {
		w.ask(func(ctx context.Context, e *order.Engine) error {
			_, err := e.Look(ctx, w.admins[0], n)
			return err
		}, func(err error) {
			w.tended()
			w.tell("staff has %s looked at: %v", n, err)
			if tries < 2 || err != nil && tries < 8 {
				w.look(n, tries+1)
			}
		})
	})
}
