package univoucher

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// Errors of Apply about things that do not exist.
var (
	ErrUnknownCard    = errors.New("unknown card")
	ErrUnknownRequest = errors.New("unknown request")
)

// What the next create does instead of going well.
const (
	ModeNormal       = "normal"        // as always; lets a list skip a create
	ModeErrorBefore  = "error_before"  // 500, nothing is created
	ModeErrorAfter   = "error_after"   // 500, and yet the cards come with their callback
	ModeFailBefore   = "fail_before"   // 202, then an error callback without hashes; nothing spent
	ModeFailAfter    = "fail_after"    // 202, cards minted and paid, then an error callback with the hashes
	ModeReverted     = "reverted"      // 202, the transaction reverts: gas spent, error callback with the hashes
	ModeLostCallback = "lost_callback" // 202, cards minted and paid, nobody ever calls
	ModeVanish       = "vanish"        // 202, then nothing at all
	ModeStuck        = "stuck"         // 202, the transaction waits in the pool until Change.Mine
	ModeFewerCards   = "fewer_cards"   // one card less is minted and paid
	ModeMissingCard  = "missing_card"  // all are minted and paid, the callback leaves one out
	ModeWrongAmount  = "wrong_amount"  // cards of half the amount
	ModeWrongSecret  = "wrong_secret"  // the callback's secrets do not open the keys
	ModeMintTwice    = "mint_twice"    // minted, paid and called back twice
)

func modes() []string {
	return []string{
		ModeNormal, ModeErrorBefore, ModeErrorAfter, ModeFailBefore, ModeFailAfter, ModeReverted, ModeLostCallback, ModeVanish,
		ModeStuck, ModeFewerCards, ModeMissingCard, ModeWrongAmount, ModeWrongSecret, ModeMintTwice,
	}
}

// settings are the readings of the sheet and the faults a test may choose.
type settings struct {
	MintDelay, SyncLatency, IndexerLag         time.Duration
	LoseCallbacks, CancelEndpoint, FailCancels bool
	Unhealthy, RPCDown                         bool
	CallbackTries                              int
	ErrorText                                  string
	Next                                       []NextCreate
}

func defaultSettings() settings {
	return settings{MintDelay: 3 * time.Second, IndexerLag: 2 * time.Second, CallbackTries: 3}
}

// failure is the text of an error callback.
func (s settings) failure(usual string) string {
	if s.ErrorText != "" {
		return s.ErrorText
	}
	return usual
}

func (s *settings) takeMode() string {
	if len(s.Next) == 0 {
		return ModeNormal
	}
	n := s.Next[0]
	n.Times--
	s.Next = s.Next[1:]
	if n.Times > 0 {
		s.Next = append([]NextCreate{n}, s.Next...)
	}
	return n.Mode
}

// NextCreate plans the next creates that pass validation.
type NextCreate struct {
	Mode  string `json:"mode"`
	Times int    `json:"times"` // 0 = once
}

// SetBalance sets what an address owns.
type SetBalance struct {
	Chain   int64  `json:"chain"`
	Address string `json:"address"` // empty = the configured wallet
	Token   string `json:"token"`   // empty = the native coin
	Amount  string `json:"amount"`  // smallest units
}

// Redeem says who redeems a card, and through whom.
type Redeem struct {
	CardID     string `json:"card_id"`
	RedeemedBy string `json:"redeemed_by"` // address; empty = a stranger
	Partner    string `json:"partner"`     // address; empty = none
}

// Change is what POST /control/vendors/univoucher accepts; absent fields stay.
type Change struct {
	MintDelay      *string          `json:"mint_delay,omitempty"`       // Go duration from the 202 to the cards, default 3s
	SyncLatency    *string          `json:"sync_latency,omitempty"`     // Go duration a sync create blocks, default 0s
	IndexerLag     *string          `json:"indexer_lag,omitempty"`      // Go duration from the chain to GET /cards, default 2s
	LoseCallbacks  *bool            `json:"lose_callbacks,omitempty"`   // never call anybody
	CallbackTries  *int             `json:"callback_tries,omitempty"`   // 1 to 4, default 3; for callbacks queued from now on
	ErrorText      *string          `json:"error_text,omitempty"`       // of error callbacks; empty = the usual ones
	NextCreate     []NextCreate     `json:"next_create,omitempty"`      // planned in this order, replaces earlier plans
	CancelEndpoint *bool            `json:"cancel_endpoint,omitempty"`  // default off: 404
	FailCancels    *bool            `json:"fail_cancels,omitempty"`     // accepted cancels end in an error callback
	Unhealthy      *bool            `json:"unhealthy,omitempty"`        // GET /health answers 503
	RPCDown        *bool            `json:"rpc_down,omitempty"`         // the nodes answer 503
	GasPrice       map[int64]string `json:"gas_price,omitempty"`        // chain id → wei
	FeeBasisPoints map[int64]int64  `json:"fee_basis_points,omitempty"` // chain id → 0 to 200
	Inactive       map[int64]bool   `json:"inactive,omitempty"`         // chain id → gone
	Balances       []SetBalance     `json:"balances,omitempty"`
	RedeemCard     *Redeem          `json:"redeem_card,omitempty"`
	CancelCard     *string          `json:"cancel_card,omitempty"` // card id: its creator cancels it on chain, without gas
	Mine           *int64           `json:"mine,omitempty"`        // request number: a stuck one is mined now
	Resend         *int64           `json:"resend,omitempty"`      // request number: its callbacks are sent once more
}

// Apply validates a change and then makes all of it, or none.
func (v *Vendor) Apply(c Change) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	next, err := c.settings(v.set)
	if err != nil {
		return err
	}
	for _, check := range []func(Change) error{v.checkChains, v.checkBalances, v.checkCards, v.checkRequests} {
		if err := check(c); err != nil {
			return err
		}
	}
	v.set = next
	v.applyChains(c)
	v.applyCards(c)
	v.applyRequests(c)
	return nil
}

// settings returns the settings after the change.
func (c Change) settings(s settings) (settings, error) {
	for name, d := range map[string]struct {
		text *string
		to   *time.Duration
	}{"mint_delay": {c.MintDelay, &s.MintDelay}, "sync_latency": {c.SyncLatency, &s.SyncLatency}, "indexer_lag": {c.IndexerLag, &s.IndexerLag}} {
		if d.text == nil {
			continue
		}
		n, err := time.ParseDuration(*d.text)
		if err != nil || n < 0 {
			return s, fmt.Errorf(`%s must be a duration such as "30s"`, name)
		}
		*d.to = n
	}
	for _, n := range c.NextCreate {
		if !slices.Contains(modes(), n.Mode) || n.Times < 0 {
			return s, fmt.Errorf("next_create: mode must be one of %v", modes())
		}
	}
	if c.NextCreate != nil {
		s.Next = slices.Clone(c.NextCreate)
	}
	if c.CallbackTries != nil {
		if s.CallbackTries = *c.CallbackTries; s.CallbackTries < 1 || s.CallbackTries > maxTries {
			return s, fmt.Errorf("callback_tries must be 1 to %d", maxTries)
		}
	}
	c.switches(&s)
	return s, nil
}

// switches copies what needs no check.
func (c Change) switches(s *settings) {
	for _, b := range []struct{ from, to *bool }{
		{c.LoseCallbacks, &s.LoseCallbacks}, {c.CancelEndpoint, &s.CancelEndpoint}, {c.FailCancels, &s.FailCancels},
		{c.Unhealthy, &s.Unhealthy}, {c.RPCDown, &s.RPCDown},
	} {
		if b.from != nil {
			*b.to = *b.from
		}
	}
	if c.ErrorText != nil {
		s.ErrorText = *c.ErrorText
	}
}

func (v *Vendor) checkChains(c Change) error {
	for id, text := range c.GasPrice {
		if _, ok := parseAmount(text); v.byChain[id] == nil || !ok {
			return fmt.Errorf("gas_price: unknown chain %d or bad price in wei", id)
		}
	}
	for id, points := range c.FeeBasisPoints {
		if v.byChain[id] == nil || points < 0 || points > maxBasisPoints {
			return fmt.Errorf("fee_basis_points: unknown chain %d or not 0 to %d", id, maxBasisPoints)
		}
	}
	for id := range c.Inactive {
		if v.byChain[id] == nil {
			return fmt.Errorf("inactive: unknown chain %d", id)
		}
	}
	return nil
}

// owned is a balance to set, read.
type owned struct {
	account *account
	token   string
	amount  *big.Int
}

func (v *Vendor) readBalance(b SetBalance) (owned, error) {
	c := v.byChain[b.Chain]
	if c == nil {
		return owned{}, fmt.Errorf("balances: unknown chain %d", b.Chain)
	}
	address := c.wallet
	if b.Address != "" {
		address, _ = parseAddress(b.Address)
	}
	if address == "" {
		return owned{}, errors.New("balances: bad address, or no wallet is configured")
	}
	if b.Token == "" {
		b.Token = zeroAddress
	}
	token, amount, err := c.readBalance(b.Token, b.Amount)
	if err != nil {
		return owned{}, fmt.Errorf("balances: %w", err)
	}
	return owned{c.account(address), token, amount}, nil
}

func (v *Vendor) checkBalances(c Change) error {
	for _, b := range c.Balances {
		if _, err := v.readBalance(b); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vendor) cardByID(text string) *card {
	id, _ := strconv.ParseInt(text, 10, 64) // no card is number 0
	return v.byCard[id]
}

func (v *Vendor) checkCards(c Change) error {
	ids := []string{}
	if c.RedeemCard != nil {
		for _, address := range []string{c.RedeemCard.RedeemedBy, c.RedeemCard.Partner} {
			if _, ok := parseAddress(address); address != "" && !ok {
				return errors.New("redeem_card: bad address")
			}
		}
		ids = append(ids, c.RedeemCard.CardID)
	}
	if c.CancelCard != nil {
		ids = append(ids, *c.CancelCard)
	}
	for _, id := range ids {
		if card := v.cardByID(id); card == nil {
			return ErrUnknownCard
		} else if card.end != nil {
			return errors.New("card is not active")
		}
	}
	if len(ids) == 2 && v.cardByID(ids[0]) == v.cardByID(ids[1]) {
		return errors.New("a card cannot be both redeemed and cancelled")
	}
	return nil
}

func (v *Vendor) requestByNumber(n int64) *request {
	if n < 1 || n > int64(len(v.requests)) {
		return nil
	}
	return v.requests[n-1]
}

func (v *Vendor) checkRequests(c Change) error {
	if c.Mine != nil {
		if r := v.requestByNumber(*c.Mine); r == nil {
			return ErrUnknownRequest
		} else if r.state != stateStuck {
			return errors.New("request is not stuck")
		}
	}
	if c.Resend != nil {
		if r := v.requestByNumber(*c.Resend); r == nil {
			return ErrUnknownRequest
		} else if r.sync() || (r.state != stateMinted && r.state != stateFailed) {
			return errors.New("request has no callback to repeat")
		}
	}
	return nil
}
