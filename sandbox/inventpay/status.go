package inventpay

import (
	"net/http"

	"giftbot/sandbox/kit"
)

// status answers the public endpoint of inventpay sheet §3: a bare object, or
// in the envelope when so set.
func (v *Vendor) status(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	p := v.byID[r.PathValue("id")]
	var data fields
	if p != nil {
		v.settle(p, v.cfg.Now())
		data = v.describe(p)
	}
	set := v.set
	v.mu.Unlock()
	switch {
	case p == nil:
		v.fail(w, refuse(http.StatusNotFound, "Payment not found"))
	case set.Envelope:
		v.ok(w, http.StatusOK, "Status retrieved", data)
	default:
		kit.WriteJSON(w, http.StatusOK, data)
	}
}

// describe is a payment as the status endpoint answers it; there is no orderId
// and no price in it. The lock is held.
func (v *Vendor) describe(p *payment) fields {
	now := v.cfg.Now()
	f := fields{
		"paymentId": p.id, "status": v.set.word(p.live(now)), "currentBalance": v.set.statusMoney(p.balance()),
		"confirmations": p.confirmations(now), "requiredAmount": v.set.statusMoney(p.required),
		"expiresAt": stamp(p.expiresAt), "createdAt": stamp(p.createdAt),
	}
	if p.shown != "" {
		f["status"] = p.shown
	}
	if p.coin.Code != "" {
		f["currency"], f["address"] = p.coin.Code, p.address
	}
	if !p.completedAt.IsZero() {
		f["completedAt"] = stamp(p.completedAt)
	}
	return f
}

// word is a status as shown: with four_statuses everything that is not final is
// PENDING, as docs and SDK have it (inventpay sheet §4).
func (s settings) word(status string) string {
	switch status {
	case statusProcessing, statusConfirming, statusUnderpaid:
		if s.FourStatuses {
			return statusPending
		}
	}
	return status
}
