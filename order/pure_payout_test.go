package order_test

import (
	"time"

	"giftbot/order"
)

// payOut sends one payout: permit → intent → call → record → release.
func (h *hand) payOut(i int) error {
	m := h.m
	f, err := m.before(&h.life, portAcquire)
	if err == nil && m.budget > 0 {
		m.budget--
		err = refusals[order.CodeBudget]
	}
	if lost := m.after(&h.life, f); lost != nil {
		err = lost
	}
	if h.dead {
		return errCrash
	}
	if order.CodeOf(err) == order.CodeBudget && err != nil {
		return h.apply(order.PayOutFails{Payout: i, Code: order.CodeBudget, RetryAt: m.now.Add(24 * time.Hour), At: m.now})
	}
	if err != nil {
		return err
	}
	started := m.now
	going, err := h.storedPayout(i)
	if err != nil || !going {
		return err
	}
	if m.now.Since(started) > order.SendWithin {
		return h.payoutNotSent(i)
	}
	return h.pay(i)
}

// storedPayout keeps that the payout is about to leave.
func (h *hand) storedPayout(i int) (bool, error) {
	m := h.m
	once := m.drawn()
	if err := h.apply(order.PayingOut{Payout: i, Once: once, At: m.now}); err != nil {
		return false, err
	}
	h.copied = true
	err := h.commit(true)
	h.copied = false
	if err != nil && order.CodeOf(err) == order.CodeNotCopied {
		return false, h.payoutNotSent(i)
	}
	if err != nil {
		return false, err
	}
	if p := h.o.Payouts[i]; p.State != order.PayoutSent || p.Once != once {
		return false, nil
	}
	err = m.journaled(&h.life, order.PayOutFails{Payout: i, Code: order.CodeUnclear, At: m.now})
	if h.dead {
		return false, errCrash
	}
	if err != nil {
		return false, h.payoutNotSent(i)
	}
	return true, nil
}

func (h *hand) payoutNotSent(i int) error {
	return h.apply(order.PayOutFails{Payout: i, Once: h.o.Payouts[i].Once, Code: order.CodeNotSent, RetryAt: h.m.now.Add(order.VendorWait), At: h.m.now})
}

// pay is the request, and what comes of it.
func (h *hand) pay(i int) error {
	m := h.m
	r, err := m.paid(&h.life, i)
	switch {
	case h.dead:
		return errCrash
	case err == nil:
		h.paidOut(i, r)
	default:
		h.try(order.PayOutFails{Payout: i, Once: h.o.Payouts[i].Once, Code: order.CodeOf(err), RetryAt: m.now.Add(order.VendorWait), At: m.now})
	}
	return h.commitAll()
}

func (m *model) paid(l *life, i int) (order.PayoutReceipt, error) {
	f, err := m.before(l, portPay)
	if err != nil {
		return order.PayoutReceipt{}, err
	}
	o := m.store.o
	if i >= len(o.Payouts) || o.Payouts[i].State != order.PayoutSent || len(o.Payouts[i].Approved) < m.needs() {
		m.fault("a payout left before it was stored, or approved")
		return order.PayoutReceipt{}, errUnclear
	}
	if m.store.uncopied {
		m.fault("a payout left that no replica knows")
	}
	amount, err := order.ParseMoney(o.Payouts[i].Coins)
	if err != nil {
		m.fault("a payout of " + o.Payouts[i].Coins)
	}
	r, err := m.payOutNow(i, amount)
	if lost := m.after(l, f); lost != nil {
		return order.PayoutReceipt{}, lost
	}
	return r, err
}

func (m *model) needs() int {
	if m.twoPerson {
		return 2
	}
	return 1
}

func (h *hand) paidOut(i int, r order.PayoutReceipt) {
	now := h.m.now
	age := now.Since(h.o.Payouts[i].SentAt)
	h.try(order.PaidOut{Payout: i, Receipt: r, Late: age >= order.PayoutPatience, RetryAt: now.Add(max(order.PayoutLook, order.PendingAfter(age))), At: now})
}

// follow asks what became of a payout. Without the gateway's id there is
// nothing to ask for.
func (h *hand) follow(i int) error {
	m := h.m
	p := h.o.Payouts[i]
	if p.External == "" {
		if m.bug == bugPayAgain && p.State == order.PayoutSent {
			return h.pay(i)
		}
		h.try(order.PayOutFails{Payout: i, Code: order.CodeUnclear, RetryAt: m.now.Add(pureRules.FindEvery), At: m.now})
		return nil
	}
	f, err := m.before(&h.life, portFollow)
	var r order.PayoutReceipt
	if err == nil {
		r, err = m.desk.follow(p.External, f == outdated)
		if lost := m.after(&h.life, f); lost != nil {
			err = lost
		}
	}
	if h.dead {
		return errCrash
	}
	if err != nil {
		age := m.now.Since(p.SentAt)
		if age < order.PayoutPatience {
			h.turn.WaitPayout(m.now.Add(order.VendorWait))
			return nil
		}
		h.try(order.PayOutFails{Payout: i, Code: order.CodeUnclear, RetryAt: m.now.Add(max(order.VendorWait, order.PendingAfter(age))), At: m.now})
		return nil
	}
	h.paidOut(i, r)
	return h.commitAll()
}

// takeCredit asks for the credit again that an expired order gave back.
func (h *hand) takeCredit() error {
	if err := h.commit(true); err != nil {
		return err
	}
	amount := min(h.o.Freed, h.o.Missing())
	if err := h.apply(order.UseCredit{N: len(h.o.Payments) + 1, Amount: amount, At: h.m.now}); err != nil {
		return err
	}
	err := h.commit(true)
	if err == nil || order.CodeOf(err) != order.CodeCredit {
		return err
	}
	fresh, err := h.m.load(&h.life)
	if err != nil {
		return err
	}
	h.o, h.pending, h.effects = fresh, h.pending[:0], h.effects[:0]
	h.try(order.CreditShort{At: h.m.now})
	return nil
}
