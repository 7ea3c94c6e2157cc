package inventpay

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
)

// withdrawal is one payout. Its statuses are those of the withdrawal events in
// capitals; the sheet does not list them.
type withdrawal struct {
	id, address, description, status, hash, reason string
	coin                                           Coin
	amount, fee                                    decimal.Decimal // coin units; amount - fee arrives
	held                                           bool            // waits for an approval
	createdAt, processAt, finishAt, processedAt    time.Time
	after                                          fields // balanceAfterLock
}

type withdrawalIn struct {
	Amount      amountIn `json:"amount"`
	Currency    string   `json:"currency"`
	Destination string   `json:"destinationAddress"`
	Description string   `json:"description"`
}

// createWithdrawal pays out. There is no idempotency: sent twice, paid twice
// (inventpay sheet §3).
func (v *Vendor) createWithdrawal(w http.ResponseWriter, r *http.Request) {
	if e := v.mayWithdraw(r); e != nil {
		v.fail(w, e)
		return
	}
	var in withdrawalIn
	if e := decode(r, &in); e != nil {
		v.fail(w, e)
		return
	}
	coin, known := findCoin(in.Currency)
	if !known {
		v.fail(w, invalid("currency", fmt.Sprintf("must be one of %v", coinCodes())))
		return
	}
	amount, err := in.Amount.decimal(coin.Decimals)
	if err != nil {
		v.fail(w, invalid("amount", err.Error()))
		return
	}
	if !addressLike(in.Destination) {
		v.fail(w, invalid("destinationAddress", "is not a valid address"))
		return
	}
	data, e := v.payOut(&withdrawal{
		id: v.newID(), address: in.Destination, description: in.Description, status: statusPending,
		coin: coin, amount: amount, fee: decimal.RequireFromString(coin.fee),
	})
	if e != nil {
		v.fail(w, e)
		return
	}
	v.ok(w, http.StatusOK, "Withdrawal created successfully", data)
}

// addressLike is a rough check that works for every chain.
func addressLike(text string) bool {
	return len(text) >= 20 && len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// payOut locks the money and starts the withdrawal.
func (v *Vendor) payOut(w *withdrawal) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	a := v.account(w.coin.Code)
	switch {
	case !w.amount.GreaterThan(w.fee):
		return nil, invalid("amount", "must be more than the fee of "+w.fee.String())
	case w.amount.GreaterThan(a.available()):
		return nil, refuse(http.StatusBadRequest, "Insufficient balance")
	}
	a.locked = a.locked.Add(w.amount)
	w.after = fields{"available": a.available().String(), "locked": a.locked.String()}
	w.createdAt, w.held = v.cfg.Now(), v.set.HoldWithdrawals
	w.schedule(w.createdAt, v.set.WithdrawAfter)
	v.withdrawals = append(v.withdrawals, w)
	v.byPayout[w.id] = w
	v.tellWithdrawal(w, "withdrawal.created")
	return v.withdrawn(w), nil
}

func (w *withdrawal) schedule(now time.Time, after time.Duration) {
	w.processAt, w.finishAt = now.Add(after/2), now.Add(after)
}

// nextChange is when time alone moves the withdrawal; false when never.
func (w *withdrawal) nextChange() (time.Time, bool) {
	switch {
	case w.held:
		return time.Time{}, false
	case w.status == statusPending:
		return w.processAt, true
	}
	return w.finishAt, w.status == statusProcessing
}

func (v *Vendor) settleWithdrawal(w *withdrawal, now time.Time) {
	for {
		at, moves := w.nextChange()
		if !moves || at.After(now) {
			return
		}
		if w.status == statusPending {
			w.status = statusProcessing
			v.tellWithdrawal(w, "withdrawal.processing")
			continue
		}
		v.finishWithdrawal(w, v.set.FailWithdrawals, at)
	}
}

// finishWithdrawal sends the money off, or gives it back.
func (v *Vendor) finishWithdrawal(w *withdrawal, failed bool, at time.Time) {
	a := v.account(w.coin.Code)
	a.locked, w.processedAt, w.held = a.locked.Sub(w.amount), at, false
	if failed {
		w.status, w.reason = statusFailed, "Transaction failed on chain"
		v.tellWithdrawal(w, "withdrawal.failed")
		return
	}
	a.withdrawn = a.withdrawn.Add(w.amount)
	w.status, w.hash = statusCompleted, v.hash()
	v.tellWithdrawal(w, "withdrawal.completed")
}

func (v *Vendor) getWithdrawal(rw http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	w := v.byPayout[r.PathValue("id")]
	var data fields
	if w != nil {
		v.settleWithdrawal(w, v.cfg.Now())
		data = v.withdrawn(w)
	}
	v.mu.Unlock()
	if w == nil {
		v.fail(rw, refuse(http.StatusNotFound, "Withdrawal not found"))
		return
	}
	v.ok(rw, http.StatusOK, "Withdrawal retrieved", data)
}

// withdrawn is a withdrawal as the API answers it: money is strings here
// (inventpay sheet §3).
func (v *Vendor) withdrawn(w *withdrawal) fields {
	f := fields{
		"withdrawalId": w.id, "amount": w.amount.String(), "currency": w.coin.Code, "destinationAddress": w.address,
		"description": orNull(w.description), "status": w.status, "feeAmount": w.fee.String(), "netAmount": w.amount.Sub(w.fee).String(),
		"transactionHash": orNull(w.hash), "requiresApproval": w.held, "createdAt": stamp(w.createdAt), "processedAt": nil,
		"errorMessage": orNull(w.reason), "balanceAfterLock": w.after, "estimatedCompletion": stamp(w.finishAt),
	}
	if !w.processedAt.IsZero() {
		f["processedAt"] = stamp(w.processedAt)
	}
	return f
}
