package univoucher

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"time"

	"giftbot/sandbox/kit"
)

// Books is everything the vendor knows, as GET /control/vendors/univoucher
// shows it, card secrets included and private keys not. Money is integers in
// smallest units, as text.
type Books struct {
	Name     string        `json:"name"`
	Chains   []ChainBook   `json:"chains"`
	Wallets  []WalletBook  `json:"wallets"` // configured ones first, then others that were used
	Totals   []TotalBook   `json:"totals"`  // by chain and token
	Requests []RequestBook `json:"requests"`
	Cancels  []CancelBook  `json:"cancels"`
}

// ChainBook is what a chain charges.
type ChainBook struct {
	ID             int64  `json:"id"`
	Name           string `json:"name"`
	GasPrice       string `json:"gas_price"` // wei
	FeeBasisPoints int64  `json:"fee_basis_points"`
	Inactive       bool   `json:"inactive"`
}

// WalletBook is one address on one chain. For every token, balance = funded -
// spent on cards - gas (native only) + returned by cancels.
type WalletBook struct {
	Chain    int64         `json:"chain"`
	Address  string        `json:"address"`
	Balances []BalanceBook `json:"balances"`
	GasBurnt string        `json:"gas_burnt"` // wei
	Nonce    int64         `json:"nonce"`
	Pending  int64         `json:"pending"` // transactions not yet mined
}

// BalanceBook is one token of a wallet.
type BalanceBook struct {
	Token    string `json:"token"`
	Symbol   string `json:"symbol"`
	Decimals int    `json:"decimals"`
	Balance  string `json:"balance"`
	Held     string `json:"held"`   // promised to transactions not yet mined
	Funded   string `json:"funded"` // put in from outside
}

// TotalBook sums up the cards of one token, gas excluded.
type TotalBook struct {
	Chain     int64  `json:"chain"`
	Token     string `json:"token"`
	Cards     int    `json:"cards"`
	Redeemed  int    `json:"redeemed"`
	Cancelled int    `json:"cancelled"`
	Face      string `json:"face"`
	Fees      string `json:"fees"`
	Returned  string `json:"returned"` // by cancels
	Spent     string `json:"spent"`    // face + fees - returned
}

// RequestBook is one accepted POST /cards/create.
type RequestBook struct {
	Number         int64          `json:"number"`
	OrderID        string         `json:"order_id"` // may repeat: there is no idempotency
	Chain          int64          `json:"chain"`
	Issuer         string         `json:"issuer"`
	Token          string         `json:"token"`
	AmountPerCard  string         `json:"amount_per_card"`
	FeePerCard     string         `json:"fee_per_card"`
	Quantity       int64          `json:"quantity"`
	TotalAmount    string         `json:"total_amount"`
	Message        string         `json:"message"`
	CallbackURL    string         `json:"callback_url"` // empty = sync
	Mode           string         `json:"mode"`
	State          string         `json:"state"` // pending, minted, failed, stuck or vanished
	Error          string         `json:"error,omitempty"`
	GasBurnt       string         `json:"gas_burnt"` // wei
	CreatedAt      time.Time      `json:"created_at"`
	ApprovalHashes []string       `json:"approval_hashes"`
	CreationHashes []string       `json:"creation_hashes"`
	Cards          []CardBook     `json:"cards"`
	Callbacks      []kit.Delivery `json:"callbacks"`
}

// CardBook is one card with its secret.
type CardBook struct {
	ID          string    `json:"id"`
	SlotID      string    `json:"slot_id"`
	Secret      string    `json:"secret"`
	Amount      string    `json:"amount"`
	Fee         string    `json:"fee"`
	Status      string    `json:"status"` // active, redeemed or cancelled
	CreatedAt   time.Time `json:"created_at"`
	RedeemedBy  string    `json:"redeemed_by,omitempty"`
	CancelledBy string    `json:"cancelled_by,omitempty"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
}

// CancelBook is one accepted POST /cards/cancel.
type CancelBook struct {
	Number      int64          `json:"number"`
	Chain       int64          `json:"chain"`
	Issuer      string         `json:"issuer"`
	CardIDs     []string       `json:"card_ids"`
	CallbackURL string         `json:"callback_url"`
	State       string         `json:"state"` // pending, minted (done) or failed
	Error       string         `json:"error,omitempty"`
	CreatedAt   time.Time      `json:"created_at"`
	Callbacks   []kit.Delivery `json:"callbacks"`
}

// Books returns a copy of everything, brought up to the present.
func (v *Vendor) Books() Books {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	b := Books{
		Name: "univoucher", Chains: []ChainBook{}, Wallets: []WalletBook{}, Totals: v.totals(),
		Requests: []RequestBook{}, Cancels: []CancelBook{},
	}
	for _, c := range v.chains {
		b.Chains = append(b.Chains, ChainBook{c.id, c.name, c.gasPrice.String(), c.feePoints, c.inactive})
		b.Wallets = append(b.Wallets, c.wallets()...)
	}
	for _, r := range v.requests {
		b.Requests = append(b.Requests, r.book())
	}
	for _, c := range v.cancels {
		b.Cancels = append(b.Cancels, c.book())
	}
	return b
}

// wallets are the accounts of the chain, the configured one first.
func (c *chain) wallets() []WalletBook {
	rank := func(a *account) string {
		if a.address == c.wallet {
			return ""
		}
		return a.address
	}
	accounts := slices.SortedFunc(maps.Values(c.accounts), func(a, b *account) int { return cmp.Compare(rank(a), rank(b)) })
	var out []WalletBook
	for _, a := range accounts {
		out = append(out, WalletBook{
			Chain: c.id, Address: checksum(a.address), Balances: c.balances(a),
			GasBurnt: a.gas.String(), Nonce: a.nonce, Pending: a.pending,
		})
	}
	return out
}

func (c *chain) balances(a *account) []BalanceBook {
	out := []BalanceBook{}
	for _, token := range slices.Sorted(maps.Keys(a.balance)) {
		known := Token{Symbol: c.symbol, Decimals: 18}
		if token != zeroAddress {
			known = c.tokens[token]
		}
		out = append(out, BalanceBook{
			Token: checksum(token), Symbol: known.Symbol, Decimals: known.Decimals,
			Balance: a.balance[token].String(), Held: read(a.held, token).String(), Funded: read(a.funded, token).String(),
		})
	}
	return out
}

// sum is a TotalBook being added up.
type sum struct {
	TotalBook
	face, fees, returned *big.Int
}

func (v *Vendor) totals() []TotalBook {
	sums := map[string]*sum{}
	var keys []string
	for _, c := range v.cards {
		key := strconv.FormatInt(c.chain.id, 10) + c.token
		s := sums[key]
		if s == nil {
			s = &sum{TotalBook{Chain: c.chain.id, Token: checksum(c.token)}, new(big.Int), new(big.Int), new(big.Int)}
			sums[key] = s
			keys = append(keys, key)
		}
		s.add(c)
	}
	out := []TotalBook{}
	for _, key := range keys {
		out = append(out, sums[key].book())
	}
	return out
}

func (s *sum) add(c *card) {
	s.Cards++
	s.face.Add(s.face, c.amount)
	s.fees.Add(s.fees, c.fee)
	switch c.status() {
	case cardRedeemed:
		s.Redeemed++
	case cardCancelled:
		s.Cancelled++
		s.returned.Add(s.returned, c.amount)
	}
}

func (s *sum) book() TotalBook {
	spent := new(big.Int).Add(s.face, s.fees)
	s.Face, s.Fees, s.Returned = s.face.String(), s.fees.String(), s.returned.String()
	s.Spent = spent.Sub(spent, s.returned).String()
	return s.TotalBook
}

func (c *card) status() string {
	if c.end == nil {
		return cardActive
	}
	return c.end.status
}

func (r *request) book() RequestBook {
	b := RequestBook{
		Number: r.n, OrderID: r.id, Chain: r.chain.id, Issuer: checksum(r.issuer), Token: checksum(r.token),
		AmountPerCard: r.amount.String(), FeePerCard: r.quote.fee.String(), Quantity: r.quantity,
		TotalAmount: r.quote.total.String(), Message: r.message, CallbackURL: r.callbackURL, Mode: r.mode, State: r.state,
		Error: r.failure, GasBurnt: r.gas.String(), CreatedAt: r.createdAt,
		ApprovalHashes: []string{}, CreationHashes: []string{}, Cards: []CardBook{}, Callbacks: stories(r.calls),
	}
	for _, done := range r.rounds {
		b.ApprovalHashes = append(b.ApprovalHashes, done.approvals...)
		b.CreationHashes = append(b.CreationHashes, done.creations...)
	}
	for _, c := range r.cards() {
		b.Cards = append(b.Cards, c.book())
	}
	return b
}

func (c *card) book() CardBook {
	b := CardBook{
		ID: strconv.FormatInt(c.id, 10), SlotID: checksum(c.slot), Secret: c.secret, Amount: c.amount.String(),
		Fee: c.fee.String(), Status: c.status(), CreatedAt: c.at,
	}
	switch b.Status {
	case cardRedeemed:
		b.RedeemedBy, b.EndedAt = checksum(c.end.by), c.end.at
	case cardCancelled:
		b.CancelledBy, b.EndedAt = checksum(c.end.by), c.end.at
	}
	return b
}

func (c *cancellation) book() CancelBook {
	b := CancelBook{
		Number: c.n, Chain: c.chain.id, Issuer: checksum(c.issuer), CardIDs: []string{}, CallbackURL: c.url,
		State: c.state, Error: c.failure, CreatedAt: c.createdAt, Callbacks: stories(c.calls),
	}
	for _, card := range c.cards {
		b.CardIDs = append(b.CardIDs, strconv.FormatInt(card.id, 10))
	}
	return b
}

func stories(calls []*callback) []kit.Delivery {
	out := []kit.Delivery{}
	for _, c := range calls {
		out = append(out, c.story())
	}
	return out
}
