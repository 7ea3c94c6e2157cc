package infini

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// Withdrawal statuses, infini sheet §4.
const (
	outPending    = "pending"
	outProcessing = "processing"
	outCompleted  = "completed"
	outFailed     = "failed"
	outCancelled  = "cancelled"
)

// withdrawal is one payout from the merchant's settled balance.
type withdrawal struct {
	id, chain, token, address, note string
	status, hash                    string
	amount, fee                     decimal.Decimal // amount - fee arrives
	createdAt, processAt, finishAt  time.Time
	plan                            string // one of kit's; empty = as fail_withdrawals says
	endedAt                         time.Time
}

// ErrUnknownWithdrawal is returned for a request id that was never given.
var ErrUnknownWithdrawal = errors.New("unknown withdrawal")

// networkFee is the fee of a chain in the token, infini sheet §4. TTRON, the
// only chain of the vendor's own sandbox, has no fee in the sheet; TRON's is taken.
func networkFee(chain string, testChain bool) (decimal.Decimal, bool) {
	fees := map[string]string{"ETHEREUM": "5", "BSC": "0.5", "SOLANA": "1", "ARBITRUM": "0.5", "TRON": "3"}
	if testChain {
		fees = map[string]string{"TTRON": "3"}
	}
	fee, ok := fees[chain]
	if !ok {
		return decimal.Zero, false
	}
	return decimal.RequireFromString(fee), true
}

type withdrawIn struct {
	Chain     string   `json:"chain"`
	TokenType string   `json:"token_type"`
	Amount    amountIn `json:"amount"`
	Address   string   `json:"wallet_address"`
	Note      string   `json:"note"`
}

// createWithdrawal answers POST /fund/withdraw. It knows no idempotency:
// asked twice, it pays twice (infini sheet §4).
func (v *Vendor) createWithdrawal(w http.ResponseWriter, r *http.Request) {
	var in withdrawIn
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		v.fail(w, refuse(400, 400, "invalid request"))
		return
	}
	out, refusal := in.check(v.settings().TestChain)
	if refusal == nil {
		refusal = v.payOut(out)
	}
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	v.ok(w, fields{"request_id": out.id})
}

func (in withdrawIn) check(testChain bool) (*withdrawal, *apiError) {
	fee, known := networkFee(in.Chain, testChain)
	if !known || in.TokenType != "USDT" && (in.TokenType != "USDC" || testChain) {
		return nil, refuse(400, 40007, "unknown chain or token")
	}
	amount, err := decimal.NewFromString(in.Amount.text)
	switch {
	case err != nil || strings.ContainsAny(in.Amount.text, "eE+"):
		return nil, refuse(400, 400, "amount must be a decimal")
	case !amount.IsPositive():
		return nil, refuse(400, 40003, "amount must be positive")
	case !amount.Equal(amount.Truncate(6)):
		return nil, refuse(400, 40004, "amount has more than 6 decimals")
	case !amount.GreaterThan(fee):
		return nil, refuse(400, 400, "amount must be more than the network fee of "+fee.String())
	case !addressLike(in.Address):
		return nil, refuse(400, 400, "wallet_address is not valid")
	}
	return &withdrawal{
		chain: in.Chain, token: in.TokenType, address: in.Address, note: in.Note, amount: amount, fee: fee, status: outPending,
	}, nil
}

// addressLike is a rough check that fits every chain.
func addressLike(text string) bool {
	return len(text) >= 20 && len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// payOut takes the money from the balance and starts the withdrawal.
func (v *Vendor) payOut(w *withdrawal) *apiError {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	if v.balance().LessThan(w.amount) {
		return refuse(400, 400, "insufficient balance")
	}
	plan := v.set.NextWithdrawal.Take()
	if status, code, text, refused := plan.Refusal(); refused {
		return refuse(status, code, text)
	}
	w.id, w.createdAt, w.plan = v.cfg.NewID(), v.nowLocked(), plan.State
	w.schedule(w.createdAt, plan.Lasts(v.set.WithdrawAfter))
	v.withdrawals = append(v.withdrawals, w)
	v.byPayout[w.id] = w
	return nil
}

// balance is what can be paid out, in stablecoin: the confirmed money of the
// orders in USD (1:1; the sheet has no rates for the others) and what a test
// deposited, less all withdrawals that were not given back. The lock is held.
func (v *Vendor) balance() decimal.Decimal {
	total := v.deposited
	for _, o := range v.orders {
		if o.currency == "USD" {
			total = total.Add(o.settled())
		}
	}
	for _, w := range v.withdrawals {
		if w.status != outFailed && w.status != outCancelled {
			total = total.Sub(w.amount)
		}
	}
	return total
}

func (w *withdrawal) schedule(now time.Time, lasts time.Duration) {
	w.processAt, w.finishAt = now.Add(lasts/2), now.Add(lasts)
}

func (w *withdrawal) final() bool { return !w.endedAt.IsZero() }

// nextChange is when time alone moves the withdrawal; false when never.
func (w *withdrawal) nextChange() (time.Time, bool) {
	switch {
	case w.final(), w.plan == kit.WithdrawalApproval:
		return time.Time{}, false
	case w.status == outPending && w.plan != kit.WithdrawalCancelled:
		return w.processAt, true
	}
	return w.finishAt, w.plan != kit.WithdrawalStuck
}

func (v *Vendor) settleWithdrawal(w *withdrawal, now time.Time) {
	for {
		at, moves := w.nextChange()
		switch {
		case !moves || at.After(now):
			return
		case w.status == outPending && w.plan != kit.WithdrawalCancelled:
			w.status = outProcessing
		default:
			v.finish(w, v.set.end(w.plan), at)
		}
	}
}

// end is the status of a withdrawal whose time has come.
func (s settings) end(plan string) string {
	switch {
	case plan == kit.WithdrawalCancelled:
		return outCancelled
	case plan == kit.WithdrawalFailed, plan == "" && s.FailWithdrawals:
		return outFailed
	}
	return outCompleted
}

// approve lets a withdrawal go on that waits for a person at the vendor.
func (v *Vendor) approve(id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	w := v.byPayout[id]
	switch {
	case w == nil:
		return ErrUnknownWithdrawal
	case w.final() || w.plan != kit.WithdrawalApproval:
		return errors.New("withdrawal needs no approval")
	}
	w.plan = ""
	w.schedule(v.nowLocked(), w.finishAt.Sub(w.createdAt))
	return nil
}

// finish ends a withdrawal; a completed one has its hash on the chain.
func (v *Vendor) finish(w *withdrawal, status string, at time.Time) {
	w.status, w.endedAt = status, at
	if status == outCompleted {
		w.hash = letters(v.cfg.NewID()+v.cfg.NewID(), 64)
	}
}

// letters makes something hash- or address-like of an id.
func letters(id string, n int) string {
	text := strings.ReplaceAll(id, "-", "")
	for len(text) < n {
		text += text
	}
	return text[:n]
}

// WithdrawalEnd is how a test ends a withdrawal before its time.
type WithdrawalEnd struct {
	RequestID string `json:"request_id"`
	Status    string `json:"status"` // completed, failed or cancelled
}

func (e WithdrawalEnd) check() error {
	if e.Status != outCompleted && e.Status != outFailed && e.Status != outCancelled {
		return fmt.Errorf("finish_withdrawal: status must be %s, %s or %s", outCompleted, outFailed, outCancelled)
	}
	return nil
}

// FinishWithdrawal ends a withdrawal now. What failed or was cancelled goes
// back into the balance.
func (v *Vendor) FinishWithdrawal(e WithdrawalEnd) error {
	if err := e.check(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	w := v.byPayout[e.RequestID]
	switch {
	case w == nil:
		return ErrUnknownWithdrawal
	case w.final():
		return errors.New("the withdrawal has ended already")
	}
	v.finish(w, e.Status, v.nowLocked())
	return nil
}

// getWithdrawal answers GET /fund/withdraw?request_id=.
func (v *Vendor) getWithdrawal(rw http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	var data fields
	if w := v.byPayout[r.URL.Query().Get("request_id")]; w != nil {
		data = fields{
			"status": w.status, "amount": v.set.money(w.amount), "fee": v.set.money(w.fee), "actual_amount": v.set.money(w.amount.Sub(w.fee)),
			"transaction_hash": w.hash, "chain": w.chain, "token_type": w.token,
		}
	}
	v.mu.Unlock()
	if data == nil {
		v.fail(rw, refuse(404, 404, "withdrawal not found"))
		return
	}
	v.ok(rw, data)
}
