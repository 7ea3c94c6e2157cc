package order

import (
	"context"
	"strings"
	"time"
)

const (
	// payoutVendor is whose permits keep payouts apart: one at a time per
	// gateway, one sum a day over all of them.
	payoutVendor = "payouts"
	// payoutLook is the wait before a payout that was taken on is looked at.
	payoutLook = 10 * time.Second
	// payoutPatience is how long a payout may be under way before a person
	// hears of it.
	payoutPatience = 2 * time.Hour
	payoutPurpose  = "payout"
)

// PayoutOwner names the holder of a payout's permit, and the payout's line in
// the journal. Purchases count lines from 0, payouts from −1 down.
func PayoutOwner(n Number, payout int) string { return PermitOwner(n, -1-payout, 1) }

// payOut sends one payout: permit → intent → call → record → release. Nothing
// is sent twice: what left without an answer is unclear, and for a person.
func (j *job) payOut(ctx context.Context, i int) error {
	p := j.order.Payouts[i]
	payer, ok := j.e.Payers[p.Gateway]
	if !ok {
		return j.apply(PayOutFails{Payout: i, Once: p.Once, Code: CodeInvalid, At: j.e.now()})
	}
	if j.e.halted() {
		j.turn.payout = j.e.now().Add(haltAgain)
		return nil
	}
	permit := j.payoutPermit(i)
	request, err := j.payoutRequest(i)
	if err != nil { // no key opens its address any more: it stays, a person hears of it, and nobody waits for it
		j.e.Log.Error("payout without its address", "order", j.order.Number, "err", err)
		j.try(PayOutFails{Payout: i, Once: p.Once, Code: CodeInvalid, At: j.e.now()})
		return j.settlePayout(ctx, i, permit)
	}
	switch err = j.acquirePayout(ctx, permit); CodeOf(err) {
	case CodeBudget:
		return j.apply(PayOutFails{Payout: i, Code: CodeBudget, RetryAt: tomorrow(j.e.now()), At: j.e.now()})
	case CodeBusy:
		j.turn.payout = j.e.now().Add(max(RetryAfter(err), permitSlow))
		return nil
	default:
		if err != nil {
			return err
		}
	}
	started := j.e.now()
	going, err := j.storePayout(ctx, i)
	if err != nil || !going {
		return err
	}
	if j.e.halted() { // since it was stored
		return j.payoutNotSent(i, &Error{Code: CodeLoss, Op: "payout under a freeze"})
	}
	if j.e.now().Since(started) > sendWithin {
		return j.payoutNotSent(i, &Error{Code: CodeNotSent, Op: "payout stored too long ago"})
	}
	receipt, err := payer.Pay(ctx, request)
	if err == nil {
		j.paidOut(i, receipt, request.Address)
	} else {
		j.payoutBounced(i, err)
	}
	return j.settlePayout(ctx, i, permit)
}

// acquirePayout takes the permit. No daily sum means that nothing is sent. A
// payout that was put off over midnight counts again: to the day it leaves.
func (j *job) acquirePayout(ctx context.Context, permit Permit) error {
	if j.e.policy.PayoutMax <= 0 {
		return &Error{Code: CodeBudget, Op: "payouts are off"}
	}
	held, err := j.e.Permits.Held(ctx, payoutVendor)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Lock != permit.Lock || h.Owner != permit.Owner || h.Since.Time().Format(time.DateOnly) == permit.Day {
			continue
		}
		if err := j.e.Permits.Release(ctx, h, ""); err != nil {
			return err
		}
	}
	return j.e.Permits.Acquire(ctx, permit)
}

func (j *job) payoutPermit(i int) Permit {
	p := j.order.Payouts[i]
	return Permit{
		Vendor: payoutVendor, Lock: p.Gateway, Owner: PayoutOwner(j.order.Number, i), Send: p.Sends + 1,
		Cost: p.Amount, DailyMax: j.e.policy.PayoutMax, Day: j.e.now().Time().Format(time.DateOnly),
	}
}

// tomorrow is when the next day's sum begins.
func tomorrow(now Stamp) Stamp {
	return At(now.Time().Truncate(24 * time.Hour).Add(24 * time.Hour))
}

func (j *job) payoutRequest(i int) (PayoutRequest, error) {
	p := j.order.Payouts[i]
	address, err := j.e.Address(j.order, i)
	if err != nil {
		return PayoutRequest{}, err
	}
	coins, err := p.coins()
	if err != nil {
		return PayoutRequest{}, err
	}
	return PayoutRequest{Reference: payoutReference(j.order.Number, p.N), Network: p.Network, Amount: coins, Address: address}, nil
}

// storePayout keeps that the payout is about to leave: in Redis, at a replica
// where there is one, and in this machine's journal.
func (j *job) storePayout(ctx context.Context, i int) (bool, error) {
	once, err := j.e.newOp()
	if err != nil {
		return false, err
	}
	if err = j.apply(PayingOut{Payout: i, Once: once, At: j.e.now()}); err != nil {
		return false, err
	}
	j.copied, j.spends = true, true
	err = j.commit(ctx, true)
	j.copied, j.spends = false, false
	if code := CodeOf(err); code == CodeNotCopied || code == CodeLoss {
		return false, j.payoutNotSent(i, err)
	}
	if err != nil {
		return false, err
	}
	if p := j.order.Payouts[i]; p.State != PayoutSent || p.Once != once {
		return false, nil
	}
	if j.order.withdraws() { // who took the wish may not have kept it, and its credit has to go with it
		j.e.ordered(j.order)
	}
	if err = j.e.journal(PayoutOwner(j.order.Number, i), j.order.Payouts[i].Amount, true); err != nil {
		return false, j.payoutNotSent(i, err)
	}
	return true, nil
}

func (j *job) payoutNotSent(i int, why error) error {
	j.e.Log.Warn("payout not sent", "order", j.order.Number, "err", why)
	return j.apply(PayOutFails{Payout: i, Once: j.order.Payouts[i].Once, Code: CodeNotSent, RetryAt: j.e.now().Add(vendorWait), At: j.e.now()})
}

func (j *job) payoutBounced(i int, err error) {
	code, now := CodeOf(err), j.e.now()
	j.e.Log.Warn("payout", "order", j.order.Number, "code", code, "err", err)
	j.e.Meter.Count("payouts_failed", string(code))
	j.try(PayOutFails{Payout: i, Once: j.order.Payouts[i].Once, Code: code, RetryAt: now.Add(max(RetryAfter(err), vendorWait)), At: now})
}

// paidOut takes over what the gateway says. A payout to another address than
// ours, or of another sum, is not ours.
func (j *job) paidOut(i int, r PayoutReceipt, address string) {
	now, p := j.e.now(), j.order.Payouts[i]
	if !p.answeredBy(r, address) {
		j.e.Log.Error("a payout to another address, or of another sum", "order", j.order.Number)
		j.try(PayOutFails{Payout: i, Code: CodeUnclear, RetryAt: now.Add(j.e.policy.Rules.FindEvery), At: now})
		return
	}
	age := now.Since(p.SentAt)
	j.try(PaidOut{Payout: i, Receipt: r, Late: age >= payoutPatience, RetryAt: now.Add(max(payoutLook, pendingAfter(age))), At: now})
}

// answeredBy reports whether a receipt is about a payout. What it does not say
// is not compared.
func (p Payout) answeredBy(r PayoutReceipt, address string) bool {
	coins, err := p.coins()
	switch {
	case r.Address != "" && !SameAddress(r.Address, address), r.Network != "" && r.Network != p.Network:
		return false
	case r.Amount.IsPositive() && (err != nil || !r.Amount.Equal(coins)):
		return false
	default:
		return true
	}
}

// SameAddress compares two addresses as chains do: what begins like a
// hexadecimal or a bech32 address may be written in either case.
func SameAddress(a, b string) bool {
	for _, prefix := range []string{"0x", "bc1", "ltc1"} {
		if len(a) >= len(prefix) && strings.EqualFold(a[:len(prefix)], prefix) {
			return strings.EqualFold(a, b)
		}
	}
	return a == b
}

// follow asks what became of a payout that was sent. Without the gateway's id
// there is nothing to ask for.
func (j *job) follow(ctx context.Context, i int) error {
	p, now := j.order.Payouts[i], j.e.now()
	payer, ok := j.e.Payers[p.Gateway]
	if p.External == "" || !ok {
		j.try(PayOutFails{Payout: i, Code: CodeUnclear, RetryAt: now.Add(j.e.policy.Rules.FindEvery), At: now})
		return nil
	}
	receipt, err := payer.Follow(ctx, p.External)
	if err != nil {
		j.e.Log.Warn("payout look-up", "order", j.order.Number, "code", CodeOf(err), "err", err)
		j.untold(i, max(RetryAfter(err), vendorWait))
		return nil
	}
	address, err := j.e.Address(j.order, i)
	if err != nil { // whether it went to our address, nobody can tell
		j.e.Log.Error("payout without its address", "order", j.order.Number, "err", err)
		j.untold(i, vendorWait)
		return nil
	}
	j.paidOut(i, receipt, address)
	return j.settlePayout(ctx, i, j.payoutPermit(i))
}

// untold waits for a gateway that does not say what became of a payout. A person
// hears of it when that lasts longer than a payout may take.
func (j *job) untold(i int, wait time.Duration) {
	now := j.e.now()
	age := now.Since(j.order.Payouts[i].SentAt)
	if age < payoutPatience {
		j.turn.payout = now.Add(wait)
		return
	}
	j.try(PayOutFails{Payout: i, Code: CodeUnclear, RetryAt: now.Add(max(wait, pendingAfter(age))), At: now})
}

// settlePayout stores what became of the payout, then lets the next one go.
func (j *job) settlePayout(ctx context.Context, i int, permit Permit) error {
	if err := j.commitAll(ctx); err != nil {
		return err
	}
	if p := j.order.Payouts[i]; !p.known() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	if err := j.e.Permits.Release(ctx, permit, ""); err != nil {
		j.e.Log.Warn("permit release", "order", j.order.Number, "err", err)
	}
	return nil
}

// known reports whether a payout needs its permit no more: its end is known,
// or the gateway's name for it.
func (p Payout) known() bool { return !p.open() || p.External != "" }

// takeCredit asks for the credit again that the order had given back when it
// expired. It may have been spent meanwhile.
func (j *job) takeCredit(ctx context.Context) error {
	if err := j.commit(ctx, true); err != nil {
		return err
	}
	amount := min(j.order.Freed, j.order.Missing())
	if err := j.apply(UseCredit{N: len(j.order.Payments) + 1, Amount: amount, At: j.e.now()}); err != nil {
		return err
	}
	err := j.commit(ctx, true)
	if CodeOf(err) != CodeCredit {
		return err
	}
	fresh, err := j.e.Store.Load(ctx, j.order.Number)
	if err != nil {
		return err
	}
	j.order, j.pending, j.effects = fresh, nil, nil
	j.try(CreditShort{At: j.e.now()})
	return nil
}
