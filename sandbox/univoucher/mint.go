package univoucher

import (
	"math/big"
	"slices"
	"time"
)

// The states of a create request, as shown in the books.
const (
	statePending  = "pending"  // accepted, its transaction not mined
	stateMinted   = "minted"   // the cards are on chain
	stateFailed   = "failed"   // no cards; gas may be gone
	stateStuck    = "stuck"    // its transaction waits in the pool, see Change.Mine
	stateVanished = "vanished" // nothing was ever sent
)

// request is one accepted POST /cards/create.
type request struct {
	order
	n         int64
	quote     quote
	account   *account
	held      *promise // nil when nothing is promised
	mode      string
	state     string
	failure   string // text of the error callback
	createdAt time.Time
	dueAt     time.Time
	gas       *big.Int // wei burnt
	rounds    []round
	calls     []*callback
}

// round is one minting; ModeMintTwice has two.
type round struct {
	cards     []*card
	approvals []string // transaction hashes
	creations []string
}

// enter books an accepted order, reserves its money and, in async mode, sets
// the time of its minting; the lock is held.
func (v *Vendor) enter(o order, q quote, a *account, mode string) *request {
	now := v.cfg.Now()
	r := &request{
		order: o, n: int64(len(v.requests) + 1), quote: q, account: a, mode: mode, state: statePending,
		createdAt: now, dueAt: now.Add(v.set.MintDelay), gas: new(big.Int),
	}
	if mode != ModeVanish && mode != ModeFailBefore {
		r.held = &promise{token: o.token, amount: q.total, gas: q.gasCost, txs: q.txs}
		a.hold(*r.held)
	}
	v.requests = append(v.requests, r)
	if !r.sync() || mode == ModeErrorAfter {
		v.jobs = append(v.jobs, r)
	}
	return r
}

func (r *request) sync() bool { return r.callbackURL == "" }

func (r *request) due() time.Time { return r.dueAt }

// run mines the request, or does what its mode says instead; the lock is held.
func (r *request) run(v *Vendor, at time.Time) {
	if r.mode == ModeStuck {
		r.state = stateStuck
		return
	}
	if r.held != nil {
		r.account.release(*r.held)
		r.held = nil
	}
	switch {
	case r.mode == ModeVanish:
		r.state = stateVanished
	case r.mode == ModeFailBefore:
		r.fail(v, round{}, "Card creation failed")
	case !r.covered():
		r.fail(v, round{}, "insufficient funds for transfer")
	case r.mode == ModeReverted:
		r.fail(v, r.send(v), "transaction execution reverted")
	default:
		r.mint(v, at)
	}
}

// mint puts the cards on chain, twice in ModeMintTwice, and calls back.
func (r *request) mint(v *Vendor, at time.Time) {
	r.state = stateMinted
	times := 1
	if r.mode == ModeMintTwice {
		times = 2
	}
	for range times {
		if !r.covered() {
			return
		}
		done := r.send(v)
		done.cards = r.makeCards(v, done.creations[0], at)
		r.rounds = append(r.rounds, done)
		if r.mode == ModeFailAfter {
			r.failure = v.set.failure("Transaction confirmation timeout")
		}
		r.announce(v, done)
	}
}

// covered tells whether the wallet can still pay: somebody may have emptied it.
func (r *request) covered() bool {
	a := r.account
	need := new(big.Int).Set(r.quote.gasCost)
	if r.token == zeroAddress {
		need.Add(need, r.quote.total)
	} else if read(a.balance, r.token).Cmp(r.quote.total) < 0 {
		return false
	}
	return read(a.balance, zeroAddress).Cmp(need) >= 0
}

// send makes the transactions: an approval if the token has none, and the
// creation. It burns their gas.
func (r *request) send(v *Vendor) round {
	var done round
	if r.token != zeroAddress && !r.account.approved[r.token] {
		r.account.approved[r.token] = true
		r.burn(r.quote.approval)
		done.approvals = append(done.approvals, v.draw().hash())
	}
	r.burn(r.quote.creation)
	done.creations = append(done.creations, v.draw().hash())
	return done
}

func (r *request) burn(gas *big.Int) {
	r.account.burn(gas)
	r.gas.Add(r.gas, gas)
}

// makeCards pays for the cards and makes them.
func (r *request) makeCards(v *Vendor, hash string, at time.Time) []*card {
	quantity, amount, fee := r.quantity, r.amount, r.quote.fee
	switch r.mode {
	case ModeFewerCards:
		quantity--
	case ModeWrongAmount:
		amount = new(big.Int).Quo(amount, big.NewInt(2))
		fee = r.chain.fee(amount)
	}
	var made []*card
	for range quantity {
		c := v.newCard(r, amount, fee, at, hash)
		r.account.spend(r.token, c.cost())
		made = append(made, c)
	}
	return made
}

// fail ends the request with an error callback.
func (r *request) fail(v *Vendor, done round, text string) {
	r.state, r.failure = stateFailed, v.set.failure(text)
	if len(done.creations) > 0 {
		r.rounds = append(r.rounds, done)
	}
	r.announce(v, done)
}

// reason is why a sync call has no cards.
func (r *request) reason() string {
	if r.failure != "" {
		return r.failure
	}
	return "sandbox: " + r.state
}

// announce calls back about one round, unless nobody is to be called.
func (r *request) announce(v *Vendor, done round) {
	if r.sync() || r.mode == ModeLostCallback {
		return
	}
	event, body := EventSuccess, r.successBody(done)
	if r.failure != "" {
		event, body = EventError, r.errorBody(done)
	}
	r.calls = append(r.calls, v.call(message{key: r.id, event: event, url: r.callbackURL, body: body}))
}

// money is what the 202 and the success callback have in common.
func (r *request) money() fields {
	return fields{
		"success": true, "orderId": r.id, "issuerAddress": checksum(r.issuer), "network": r.chain.id,
		"tokenAddress": checksum(r.token), "amountPerCard": r.amount.String(), "feePerCard": r.quote.fee.String(),
		"totalPerCard": r.quote.perCard.String(), "quantity": r.quantity, "totalAmount": r.quote.total.String(),
		"message": r.message, "createdAt": stamp(r.createdAt),
	}
}

// pendingBody is the 202 of univoucher sheet §4.
func (r *request) pendingBody() fields {
	f := r.money()
	f["status"], f["callbackUrl"] = "pending", r.callbackURL
	return f
}

// successBody is the callback of univoucher sheet §5, or the sync answer.
func (r *request) successBody(done round) fields {
	f := r.money()
	f["status"] = "success"
	shown := []fields{}
	for _, c := range done.cards {
		shown = append(shown, c.handOver(r))
	}
	if r.mode == ModeMissingCard && len(shown) > 0 {
		shown = shown[:len(shown)-1]
	}
	f["cards"] = shown
	return r.closing(f, done)
}

func (r *request) errorBody(done round) fields {
	return r.closing(fields{"orderId": r.id, "status": "error", "error": r.failure}, done)
}

func (r *request) closing(f fields, done round) fields {
	f["approvalTransactionHashes"] = append([]string{}, done.approvals...)
	f["creationTransactionHashes"] = append([]string{}, done.creations...)
	if !r.sync() {
		f["authToken"] = r.authToken
	}
	return f
}

// resend repeats the callbacks of every round; the lock is held.
func (r *request) resend(v *Vendor) {
	for _, done := range r.rounds {
		r.announce(v, done)
	}
	if len(r.rounds) == 0 {
		r.announce(v, round{})
	}
}

// cards are all cards of the request.
func (r *request) cards() []*card {
	var out []*card
	for _, done := range r.rounds {
		out = slices.Concat(out, done.cards)
	}
	return out
}
