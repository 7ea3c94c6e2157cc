package univoucher

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

const (
	fresh     = 60 * time.Second // how old a balance may be when it decides about a purchase
	feeFor    = time.Hour
	maxPoints = 200 // the contract's own cap, 2 % (univoucher sheet §9)
	nativeDec = 18  // of every chain's coin

	// Gas of one creation: the transaction, and what each card writes. Generous,
	// because a creation that runs out of gas is paid for and brings nothing.
	gasBase = 150_000
	gasCard = 350_000

	shelf = 10 // cards that may be bought at once while there is gas
)

var errNoWallet = errors.New("no wallet, or no node")

type feeRead struct {
	at     time.Time
	points int64
}

// walletRead is what one wallet had at a moment.
type walletRead struct {
	at       time.Time
	native   *big.Int // wei
	gasPrice *big.Int // wei
	tokens   map[string]*big.Int
}

// fee returns the creation fee of a chain in basis points, at most an hour old.
// CodeUnknown: it is above the contract's cap, so that something is wrong.
func (a *Adapter) fee(ctx context.Context, chain int64) (int64, error) {
	at := a.now() // before the call: what it returns is at least this old
	a.mu.Lock()
	known, ok := a.fees[chain]
	a.mu.Unlock()
	if ok && at.Sub(known.at).Abs() < feeFor {
		return known.points, nil
	}
	h, err := a.client.FeeHistory(ctx, chain)
	switch {
	case err != nil:
		return 0, readError("fee", 0, err)
	case h.Chain != chain:
		return 0, unclear("fee: of another chain", 0, nil)
	case h.Points > maxPoints:
		return 0, &order.Error{Code: order.CodeUnknown, Op: "univoucher fee: above the contract's cap"}
	}
	a.mu.Lock()
	a.fees[chain] = feeRead{at: at, points: h.Points}
	a.mu.Unlock()
	return h.Points, nil
}

// feeKnown returns the fee as last read, however old; the cap if it never was.
func (a *Adapter) feeKnown(chain int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.fees[chain]; ok {
		return known.points
	}
	return maxPoints
}

// wallet returns what the wallet of a chain has, at most a minute old.
func (a *Adapter) wallet(ctx context.Context, chain int64) (walletRead, error) {
	owner := a.settings.Keys[chain].Address()
	if owner == "" || !a.nodes.Has(chain) {
		return walletRead{}, &order.Error{Code: order.CodeUnknown, Op: "univoucher wallet", Err: errNoWallet}
	}
	out := walletRead{at: a.now(), tokens: make(map[string]*big.Int)}
	a.mu.Lock()
	known, ok := a.wallets[chain]
	a.mu.Unlock()
	if ok && out.at.Sub(known.at).Abs() < fresh {
		return known, nil
	}
	var err error
	if out.native, err = a.nodes.Balance(ctx, chain, owner); err != nil {
		return walletRead{}, readError("wallet", 0, err)
	}
	if out.gasPrice, err = a.nodes.GasPrice(ctx, chain); err != nil {
		return walletRead{}, readError("wallet", 0, err)
	}
	for _, t := range a.settings.Tokens {
		if t.Chain != chain {
			continue
		}
		if out.tokens[t.Item()], err = a.nodes.TokenBalance(ctx, chain, t.Address, owner); err != nil {
			return walletRead{}, readError("wallet: "+t.Item(), 0, err)
		}
	}
	a.mu.Lock()
	a.wallets[chain] = out
	a.mu.Unlock()
	return out, nil
}

// spent forgets what was read of a wallet: it has just paid.
func (a *Adapter) spent(chain int64) {
	a.mu.Lock()
	delete(a.wallets, chain)
	a.mu.Unlock()
}

// gas reports whether a wallet can pay for a creation, and whether the price of
// gas is one we pay.
func (a *Adapter) gas(w walletRead, chain int64, quantity int) (covered, cheap bool) {
	need := big.NewInt(gasBase + gasCard*int64(quantity))
	need.Mul(need, w.gasPrice)
	limit := a.settings.MaxGas[chain]
	return w.native.Sign() > 0 && w.native.Cmp(need) >= 0, limit == nil || w.gasPrice.Cmp(limit) <= 0
}

// Cost returns what one card costs: its face, the fee, and the gas of a
// creation, rounded up. CodeUnknown: not sold. CodeFunds: the wallet does not
// cover all of it. CodeBusy: gas is too dear at this moment. CodeUnclear: it
// cannot be known now.
func (a *Adapter) Cost(ctx context.Context, w order.Wanted) (order.Money, error) {
	t, _, ok := a.sold(w.Item)
	amount, err := unitsOf(int64(w.Face), t.Decimals)
	if !ok || err != nil || w.Quantity < 1 || w.Quantity > maxCards {
		return 0, &order.Error{Code: order.CodeUnknown, Op: "univoucher cost", Err: err}
	}
	points, err := a.fee(ctx, t.Chain)
	if err != nil {
		return 0, err
	}
	wallet, err := a.wallet(ctx, t.Chain)
	if err != nil {
		return 0, err
	}
	covered, cheap := a.gas(wallet, t.Chain, w.Quantity)
	switch {
	case !covered:
		return 0, &order.Error{Code: order.CodeFunds, Op: "univoucher cost: native coin"}
	case wallet.tokens[w.Item].Cmp(withFee(amount, points, w.Quantity)) < 0:
		return 0, &order.Error{Code: order.CodeFunds, Op: "univoucher cost: token"}
	case !cheap:
		return 0, &order.Error{Code: order.CodeBusy, Op: "univoucher cost: gas is too dear", RetryAfter: fresh}
	}
	cost := withFee(big.NewInt(int64(w.Face)), points, 1)
	if !cost.IsInt64() || order.Money(cost.Int64()) > order.MaxMoney-t.GasUSD {
		return 0, &order.Error{Code: order.CodeUnknown, Op: "univoucher cost: out of range"}
	}
	return order.Money(cost.Int64()) + t.GasUSD, nil
}

// Listing is one token as cards of it are sold at this moment: goods of any
// amount within bounds.
type Listing struct {
	Item      string
	Name      string // "USDC"
	Chain     int64
	ChainName string
	FeeLevel  string          // low, medium, high
	Rate      decimal.Decimal // cost per dollar of face: 1 and the fee
	Extra     order.Money     // cost per card beside it: gas
	Min, Max  order.Money     // of the face
	Step      order.Money
	Presets   []order.Money
	Currency  string // the symbol, which counts 1:1 as USD
	Stock     int    // 0 while nothing can be created
	Purse     string // the account that pays
	Usual     time.Duration
}

// Listings returns every token on a chain that the vendor serves and for which
// we have a wallet and a node. A chain whose fee cannot be read is left out;
// one whose wallet cannot be read is out of stock.
func (a *Adapter) Listings(ctx context.Context) ([]Listing, error) {
	chains, err := a.client.Chains(ctx)
	if err != nil {
		return nil, readError("chains", 0, err)
	}
	served := make(map[int64]bool, len(chains))
	for _, c := range chains {
		served[c.ID] = true
	}
	var out []Listing
	var failed error
	for _, t := range a.settings.Tokens {
		if _, _, ok := a.sold(t.Item()); !ok || !served[t.Chain] || !a.nodes.Has(t.Chain) {
			continue
		}
		l, err := a.listing(ctx, t)
		if err != nil {
			failed = err
			continue
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, failed
	}
	return out, nil
}

func (a *Adapter) listing(ctx context.Context, t Token) (Listing, error) {
	points, err := a.fee(ctx, t.Chain)
	if err != nil {
		return Listing{}, err
	}
	network, _ := NetworkOf(t.Chain)
	out := Listing{
		Item: t.Item(), Name: t.Symbol, Chain: t.Chain, ChainName: network.Name, FeeLevel: network.FeeLevel,
		Rate: decimal.New(basis+points, -4), Extra: t.GasUSD, Min: t.Min, Max: t.Max, Step: order.Cent, Presets: t.Presets,
		Currency: t.Symbol, Purse: t.Purse(), Usual: network.Usual,
	}
	wallet, err := a.wallet(ctx, t.Chain)
	if err != nil {
		return out, nil //nolint:nilerr // it is sold, and cannot be bought now: no stock
	}
	if covered, cheap := a.gas(wallet, t.Chain, 1); covered && cheap {
		out.Stock = shelf
	}
	return out, nil
}

// Balances returns what each purse holds, rounded down. What could not be read
// is missing and part of the error; the rest is there all the same.
func (a *Adapter) Balances(ctx context.Context) (map[string]order.Money, error) {
	out := make(map[string]order.Money)
	wallets, err := a.Wallets(ctx)
	for _, w := range wallets {
		for _, t := range w.Tokens {
			out[Vendor+":"+t.Item] = t.Balance
		}
	}
	return out, err
}

// Wallet is what one chain's wallet holds, for admins.
type Wallet struct {
	Chain     int64
	ChainName string
	Address   string
	Coin      string          // native
	Native    decimal.Decimal // major units of Coin
	GasPrice  decimal.Decimal // gwei
	Tokens    []WalletToken
}

// WalletToken is what a wallet holds of one token.
type WalletToken struct {
	Item    string
	Symbol  string
	Balance order.Money // rounded down
}

// Wallets reads the wallet of every chain on which something is sold, in the
// order of the tokens. What could not be read is missing and part of the error.
func (a *Adapter) Wallets(ctx context.Context) ([]Wallet, error) {
	var out []Wallet
	var failed []error
	done := make(map[int64]bool)
	for _, t := range a.settings.Tokens {
		if _, _, ok := a.sold(t.Item()); !ok || !a.nodes.Has(t.Chain) || done[t.Chain] {
			continue
		}
		done[t.Chain] = true
		read, err := a.wallet(ctx, t.Chain)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		w, err := a.describe(t.Chain, read)
		failed = append(failed, err)
		out = append(out, w)
	}
	return out, errors.Join(failed...)
}

func (a *Adapter) describe(chain int64, read walletRead) (Wallet, error) {
	network, _ := NetworkOf(chain)
	w := Wallet{
		Chain: chain, ChainName: network.Name, Address: checksummed(a.settings.Keys[chain].Address()), Coin: network.Coin,
		Native: decimal.NewFromBigInt(read.native, -nativeDec), GasPrice: decimal.NewFromBigInt(read.gasPrice, -9),
	}
	var failed []error
	for _, t := range a.settings.Tokens {
		units, held := read.tokens[t.Item()]
		if !held {
			continue
		}
		balance, err := t.dollars(units, order.MoneyRoundedDown)
		if err != nil {
			// More than we count: a token of the chain that is not worth a dollar.
			failed = append(failed, &order.Error{Code: order.CodeInvalid, Op: "univoucher balance: " + t.Item(), Err: err})
			continue
		}
		w.Tokens = append(w.Tokens, WalletToken{Item: t.Item(), Symbol: t.Symbol, Balance: balance})
	}
	return w, errors.Join(failed...)
}
