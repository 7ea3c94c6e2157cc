package order

import (
	"context"

	"github.com/shopspring/decimal"
)

// Payer is a gateway that sends money out: to a buyer's own wallet, as a
// refund. It knows no keys: a payout leaves once, and again only when it is
// certain that nothing of it arrived.
type Payer interface {
	// Pay sends one payout. A refusal (Code.Refusal) means that nothing left,
	// definitely; CodeLimited and CodeNotSent too, and it may be sent later. Any
	// other error is unclear: it may have left.
	Pay(ctx context.Context, p PayoutRequest) (PayoutReceipt, error)
	// Follow reads a payout by the gateway's id.
	Follow(ctx context.Context, external string) (PayoutReceipt, error)
	// Networks lists where to it can pay, in the order they are offered.
	Networks() []Network
}

// Network is one coin on one chain that a gateway pays out.
type Network struct {
	ID    string          // ours, short, stable: "bsc-usdt"; stored with a payout
	Coin  string          // "USDT"
	Chain string          // the chain's name for people: "BNB Smart Chain"
	Kind  AddressKind     // what an address on it looks like
	Fee   decimal.Decimal // in Coin, taken from the sum; 0 with FeeKnown false: it is learned afterwards
	Known bool            // the gateway's sheet names the fee
	Least Money           // the smallest payout the gateway makes, in USD
	// Stable coins are valued at one USD. Any other is paid back only as the
	// share of what was received in the same coin.
	Stable bool
}

// AddressKind is a family of wallet addresses.
type AddressKind string

// The families of addresses.
const (
	AddressEVM      AddressKind = "evm"
	AddressTron     AddressKind = "tron"
	AddressSolana   AddressKind = "solana"
	AddressBitcoin  AddressKind = "bitcoin"
	AddressLitecoin AddressKind = "litecoin"
)

// PayoutRequest is everything one payout is made from.
type PayoutRequest struct {
	Reference string // ours, readable: "7F3K…-P1"; not a key
	Network   string // Network.ID
	Amount    decimal.Decimal
	Address   string // personal: never in a log or an error
}

// PayoutReceipt is what a gateway says about a payout.
type PayoutReceipt struct {
	External string
	State    PayoutAnswer
	Amount   decimal.Decimal // in coin, what left our balance; 0 if not said
	Fee      decimal.Decimal // in coin; 0 if not said
	Arrives  decimal.Decimal // in coin; 0 if not said
	Network  string          // Network.ID as the gateway names it, "" if not said
	Address  string          // as the gateway names it, "" if not said
	Hash     string          // transaction on chain, "" while there is none
	Raw      string          // the gateway's own status word
}

// PayoutAnswer is a gateway's status of a payout in our words.
type PayoutAnswer string

// What a gateway can say about a payout. An unknown word is PayoutPending.
const (
	PayoutPending   PayoutAnswer = "pending"
	PayoutCompleted PayoutAnswer = "completed"
	PayoutRejected  PayoutAnswer = "rejected" // failed or cancelled: the money stayed, or came back
)

// Holding is what one of our accounts holds of one asset.
type Holding struct {
	Account string          // the purse (Purchase.Purse), or the vendor's name: "plexy:USD"
	Asset   string          // "USDT"
	Chain   string          // the chain's name for people, "" where there is no chain
	Amount  decimal.Decimal // what can be spent, in units of Asset
}

// Holder is a vendor that tells what we have there.
type Holder interface {
	// Holdings lists it by account and asset, in an order that does not change
	// from call to call. An error leaves nothing to be shown as complete: what
	// could be read comes along with it.
	Holdings(ctx context.Context) ([]Holding, error)
}

// Deposit is money of ours that a supplier booked.
type Deposit struct {
	ID     string // the supplier's, unique per purse
	Purse  string // the account it went to
	Amount Money  // more than 0
	At     Stamp  // when it was booked, 0 if not said
}

// Depositor is a supplier that tells what was paid in.
type Depositor interface {
	// Deposits lists what is booked for good, by time and then by id, as far
	// back as the supplier tells: whoever books them goes by ID. What could be
	// read comes along with an error; CodeUnclear comes with nothing.
	Deposits(ctx context.Context) ([]Deposit, error)
}

// Listed is a payment in a gateway's own list that carries a reference of ours.
type Listed struct {
	External  string
	Reference string
	Asked     Money
}

// Lister is a gateway that lists what was paid.
type Lister interface {
	// Payments lists payments with money and with a reference of ours, made since
	// a moment, as far as the gateway tells. That one is not there says nothing
	// about it. What could be read comes along with an error.
	Payments(ctx context.Context, since Stamp) ([]Listed, error)
}
