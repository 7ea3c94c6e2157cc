package univoucher

import (
	"math/big"
	"time"
)

const (
	contractAddress = "0x51553818203e38ce0E78e4dA05C07ac779ec5b58" // on every chain, univoucher sheet §1
	fullBasisPoints = 10000
	maxBasisPoints  = 200 // the contract's cap, univoucher sheet §9
	firstCard       = 100001

	// Gas the chains ask for, in units; ours, the sheet gives none.
	createGas   = 100_000
	perCardGas  = 110_000
	approvalGas = 60_000
	cancelGas   = 80_000
)

// chain is one network with its fee and its prices.
type chain struct {
	id       int64
	name     string
	prefix   string // of card ids, univoucher sheet §1
	coin     string
	symbol   string
	platform string
	explorer string
	block    time.Duration
	gasPrice *big.Int // wei

	feePoints int64
	fees      []feeChange
	nextCard  int64
	inactive  bool
	wallet    string // address of the configured wallet, lower case
	accounts  map[string]*account
	tokens    map[string]Token // by lower-case address
}

type feeChange struct {
	from, to int64
	at       time.Time
	hash     string
}

// newChains are the seven chains of univoucher sheet §1, in the order of their
// prefixes.
func newChains() []*chain {
	const mega = 1_000_000
	all := []*chain{
		{id: 1, name: "Ethereum", coin: "Ether", symbol: "ETH", platform: "ethereum", explorer: "https://etherscan.io", block: 12 * time.Second, gasPrice: big.NewInt(2000 * mega)},
		{id: 8453, name: "Base", coin: "Ether", symbol: "ETH", platform: "base", explorer: "https://basescan.org", block: 2 * time.Second, gasPrice: big.NewInt(10 * mega)},
		{id: 56, name: "BNB Chain", coin: "BNB", symbol: "BNB", platform: "binance-smart-chain", explorer: "https://bscscan.com", block: time.Second, gasPrice: big.NewInt(100 * mega)},
		{id: 137, name: "Polygon", coin: "POL", symbol: "POL", platform: "polygon-pos", explorer: "https://polygonscan.com", block: 2 * time.Second, gasPrice: big.NewInt(30000 * mega)},
		{id: 42161, name: "Arbitrum", coin: "Ether", symbol: "ETH", platform: "arbitrum-one", explorer: "https://arbiscan.io", block: time.Second, gasPrice: big.NewInt(20 * mega)},
		{id: 10, name: "Optimism", coin: "Ether", symbol: "ETH", platform: "optimistic-ethereum", explorer: "https://optimistic.etherscan.io", block: 2 * time.Second, gasPrice: big.NewInt(mega)},
		{id: 43114, name: "Avalanche", coin: "Avalanche", symbol: "AVAX", platform: "avalanche", explorer: "https://snowtrace.io", block: 2 * time.Second, gasPrice: big.NewInt(1000 * mega)},
	}
	for i, c := range all {
		c.prefix = "0" + string(rune('1'+i))
		c.feePoints, c.nextCard = 100, firstCard
		c.accounts, c.tokens = map[string]*account{}, map[string]Token{}
	}
	return all
}

// blockAt is the number of the chain's block at a time.
func (c *chain) blockAt(t time.Time) int64 { return t.Unix() / int64(c.block/time.Second) }

// account is the balance sheet of an address on the chain; an address never
// seen before owns nothing.
func (c *chain) account(address string) *account {
	a := c.accounts[address]
	if a == nil {
		a = newAccount(address)
		c.accounts[address] = a
	}
	return a
}

// look is account without remembering an address that was only asked about.
func (c *chain) look(address string) *account {
	if a := c.accounts[address]; a != nil {
		return a
	}
	return newAccount(address)
}

// fee is the creation fee of one card of amount, rounded down.
func (c *chain) fee(amount *big.Int) *big.Int {
	fee := new(big.Int).Mul(amount, big.NewInt(c.feePoints))
	return fee.Quo(fee, big.NewInt(fullBasisPoints))
}

// account is what an address has on one chain. Balances are in smallest units
// by lower-case token address, the zero address being the native coin.
type account struct {
	address  string
	balance  map[string]*big.Int
	held     map[string]*big.Int // promised to transactions not yet mined
	funded   map[string]*big.Int // put in from outside
	approved map[string]bool     // tokens with an unlimited allowance to the contract
	gas      *big.Int            // wei burnt so far
	nonce    int64               // transactions mined
	pending  int64               // transactions sent, not yet mined
}

func newAccount(address string) *account {
	return &account{
		address: address, balance: map[string]*big.Int{}, held: map[string]*big.Int{}, funded: map[string]*big.Int{},
		approved: map[string]bool{}, gas: new(big.Int),
	}
}

// move adds to one of an account's sheets.
func move(sheet map[string]*big.Int, token string, amount *big.Int) {
	sheet[token] = new(big.Int).Add(read(sheet, token), amount)
}

func read(sheet map[string]*big.Int, token string) *big.Int {
	if n := sheet[token]; n != nil {
		return n
	}
	return new(big.Int)
}

// free is the balance that no transaction on its way needs.
func (a *account) free(token string) *big.Int {
	return new(big.Int).Sub(read(a.balance, token), read(a.held, token))
}

// fund sets a balance from outside.
func (a *account) fund(token string, to *big.Int) {
	move(a.funded, token, new(big.Int).Sub(to, read(a.balance, token)))
	a.balance[token] = to
}

// spend takes from a balance; the caller knows that it covers it.
func (a *account) spend(token string, amount *big.Int) {
	move(a.balance, token, new(big.Int).Neg(amount))
}

// burn pays for one transaction.
func (a *account) burn(gas *big.Int) {
	a.spend(zeroAddress, gas)
	a.gas.Add(a.gas, gas)
	a.nonce++
}

// promise reserves money and transactions until they are mined.
type promise struct {
	token       string
	amount, gas *big.Int
	txs         int64
}

func (a *account) hold(p promise) {
	move(a.held, p.token, p.amount)
	move(a.held, zeroAddress, p.gas)
	a.pending += p.txs
}

func (a *account) release(p promise) {
	move(a.held, p.token, new(big.Int).Neg(p.amount))
	move(a.held, zeroAddress, new(big.Int).Neg(p.gas))
	a.pending -= p.txs
}
