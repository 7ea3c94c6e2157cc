package inventpay

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// withdrawal is one payout. Its statuses are those of the withdrawal events in
// capitals; the sheet does not list them.
type withdrawal struct {
	id, address, description, status, hash, reason string
	coin                                           Coin
	amount, fee                                    decimal.Decimal // coin units; amount - fee arrives
	held                                           bool            // waits for an approval
	plan                                           string          // one of kit's; empty = as fail_withdrawals says
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
	plan := v.set.NextWithdrawal.Take()
	if status, _, text, refused := plan.Refusal(); refused {
		return nil, refuse(status, text)
	}
	a.locked = a.locked.Add(w.amount)
	w.after = fields{"available": a.available().String(), "locked": a.locked.String()}
	w.createdAt, w.plan = v.cfg.Now(), plan.State
	w.held = w.plan == kit.WithdrawalApproval || w.plan == "" && v.set.HoldWithdrawals
	w.schedule(w.createdAt, plan.Lasts(v.set.WithdrawAfter))
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
	case w.held || w.final():
		return time.Time{}, false
	case w.status == statusPending && w.plan != kit.WithdrawalCancelled:
		return w.processAt, true
	}
	return w.finishAt, w.plan != kit.WithdrawalStuck
}

func (v *Vendor) settleWithdrawal(w *withdrawal, now time.Time) {
	for {
		at, moves := w.nextChange()
		if !moves || at.After(now) {
			return
		}
		if w.status == statusPending && w.plan != kit.WithdrawalCancelled {
			w.status = statusProcessing
			v.tellWithdrawal(w, "withdrawal.processing")
			continue
		}
		v.finishWithdrawal(w, v.set.end(w.plan), at)
	}
}

// end is the status of a withdrawal whose time has come.
func (s settings) end(plan string) string {
	switch {
	case plan == kit.WithdrawalCancelled:
		return statusCancelled
	case plan == kit.WithdrawalFailed, plan == "" && s.FailWithdrawals:
		return statusFailed
	}
	return statusCompleted
}

func (w *withdrawal) final() bool { return !w.processedAt.IsZero() }

// finishWithdrawal sends the money off, or gives it back. The sheet names no
// event for a cancelled one.
func (v *Vendor) finishWithdrawal(w *withdrawal, status string, at time.Time) {
	a := v.account(w.coin.Code)
	a.locked, w.processedAt, w.held, w.status = a.locked.Sub(w.amount), at, false, status
	switch status {
	case statusFailed:
		w.reason = "Transaction failed on chain"
		v.tellWithdrawal(w, "withdrawal.failed")
	case statusCancelled:
		w.reason = "Cancelled"
	default:
		a.withdrawn = a.withdrawn.Add(w.amount)
		w.hash = v.hash()
		v.tellWithdrawal(w, "withdrawal.completed")
	}
}

// WithdrawalEnd is how a test ends a withdrawal before its time.
type WithdrawalEnd struct {
	WithdrawalID string `json:"withdrawal_id"`
	Status       string `json:"status"` // completed, failed or cancelled
}

// FinishWithdrawal ends a withdrawal now, also one that is held. What failed or
// was cancelled goes back into the balance.
func (v *Vendor) FinishWithdrawal(e WithdrawalEnd) error {
	status := strings.ToUpper(e.Status)
	if !slices.Contains([]string{statusCompleted, statusFailed, statusCancelled}, status) {
		return errors.New("finish_withdrawal: status must be completed, failed or cancelled")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	w := v.byPayout[e.WithdrawalID]
	switch {
	case w == nil:
		return ErrUnknownWithdrawal
	case w.final():
		return errors.New("the withdrawal has ended already")
	}
	v.finishWithdrawal(w, status, v.cfg.Now())
	return nil
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
