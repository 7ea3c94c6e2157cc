package inventpay

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/google/uuid"

	"giftbot/order"
	"giftbot/order/address"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

// least is the smallest payout: the vendor names neither a minimum nor a fee
// (inventpay sheet §3, §9).
const least order.Money = 1_000_000

// The words of a withdrawal that end it. The sheet has no list: these are the
// ends that its events (§5) and its payments (§4) have, and any other waits.
const (
	withdrawalCompleted = "COMPLETED"
	withdrawalFailed    = "FAILED"
	withdrawalCancelled = "CANCELLED"
)

// Payer is InventPay as a gateway that sends refunds out.
type Payer struct{ client *Client }

// lane is one of our networks and what the vendor calls it.
type lane struct {
	order.Network
	coin string
}

var _ order.Payer = (*Payer)(nil)

// NewPayer returns the payouts over a client. Without a withdrawal key there
// are none: nil and false.
func NewPayer(c *Client) (*Payer, bool) {
	if c.options.WithdrawalKey == "" {
		return nil, false
	}
	return &Payer{client: c}, true
}

// lanes are the vendor's coins: the stable ones first, the usually cheapest
// chain first among them.
func lanes() []lane {
	return []lane{
		newLane("USDT_BEP20", "bsc-usdt", "USDT", "BNB Smart Chain", order.AddressEVM, true),
		newLane("USDC_BEP20", "bsc-usdc", "USDC", "BNB Smart Chain", order.AddressEVM, true),
		newLane("USDC_SOL", "solana-usdc", "USDC", "Solana", order.AddressSolana, true),
		newLane("USDT_ERC20", "ethereum-usdt", "USDT", "Ethereum", order.AddressEVM, true),
		newLane("SOL", "solana-sol", "SOL", "Solana", order.AddressSolana, false),
		newLane("LTC", "litecoin-ltc", "LTC", "Litecoin", order.AddressLitecoin, false),
		newLane("ETH", "ethereum-eth", "ETH", "Ethereum", order.AddressEVM, false),
		newLane("BTC", "bitcoin-btc", "BTC", "Bitcoin", order.AddressBitcoin, false),
	}
}

func newLane(coin, id, name, chain string, kind order.AddressKind, stable bool) lane {
	return lane{coin: coin, Network: order.Network{ID: id, Coin: name, Chain: chain, Kind: kind, Least: least, Stable: stable}}
}

// Networks implements order.Payer.
func (p *Payer) Networks() []order.Network {
	list := lanes()
	out := make([]order.Network, len(list))
	for i, l := range list {
		out[i] = l.Network
	}
	return out
}

// Pay implements order.Payer. It sends one withdrawal, once. The same request
// carries the same Idempotency-Key, on which nothing may rely (inventpay sheet
// §3, §6). An address that is none of the network's is refused here: the vendor
// is not known to look.
func (p *Payer) Pay(ctx context.Context, r order.PayoutRequest) (order.PayoutReceipt, error) {
	list := lanes()
	i := slices.IndexFunc(list, func(l lane) bool { return l.ID == r.Network })
	if i < 0 {
		return order.PayoutReceipt{}, &order.Error{Code: order.CodeInvalid, Op: "inventpay withdrawal: not a network of ours"}
	}
	if _, err := address.Check(list[i].Kind, r.Address); err != nil {
		return order.PayoutReceipt{}, &order.Error{Code: order.CodeInvalid, Op: "inventpay withdrawal", Err: err}
	}
	w, err := p.client.CreateWithdrawal(ctx, CreateWithdrawal{
		Key: payoutKey(r), Amount: r.Amount, Coin: list[i].coin, Destination: r.Address, Description: r.Reference,
	})
	if err != nil {
		return order.PayoutReceipt{}, ordererr.From(Vendor+" withdrawal", err, 0, payoutRefusal)
	}
	return receipt(w), nil
}

// payoutKey is one UUID for one payout, however often it is asked for.
func payoutKey(r order.PayoutRequest) string {
	all := strings.Join([]string{r.Reference, r.Network, r.Amount.String(), r.Address}, "\n")
	return uuid.NewHash(sha256.New(), uuid.Nil, []byte(all), 4).String()
}

func payoutRefusal(e *rest.Error) order.Code {
	if e.Code == CodeNoWithdrawalKey {
		return order.CodeDenied
	}
	return refusalCode(e)
}

// Follow implements order.Payer. A payout that ended and has a transaction all the
// same is unclear: a person looks on the chain.
func (p *Payer) Follow(ctx context.Context, external string) (order.PayoutReceipt, error) {
	w, err := p.client.Withdrawal(ctx, external)
	if err != nil {
		return order.PayoutReceipt{}, orderError("withdrawal", err)
	}
	if ended(w) && w.Transaction != "" {
		return order.PayoutReceipt{}, &order.Error{Code: order.CodeUnclear, Op: "inventpay withdrawal: it failed, and has a transaction"}
	}
	return receipt(w), nil
}

// ended reports whether the vendor gave a payout up.
func ended(w Withdrawal) bool {
	return w.Status == withdrawalFailed || w.Status == withdrawalCancelled
}

// receipt translates a record. A coin that we do not pay in is told as the
// vendor spells it: another network, and not none.
func receipt(w Withdrawal) order.PayoutReceipt {
	out := order.PayoutReceipt{
		External: w.ID, State: payoutAnswer(w), Raw: w.Status, Network: w.Coin, Address: w.Destination,
		Amount: w.Amount, Fee: w.Fee, Arrives: w.Net, Hash: w.Transaction,
	}
	for _, l := range lanes() {
		if l.coin != w.Coin {
			continue
		}
		out.Network = l.ID
		// The vendor may write the letters of an address in another case than we did.
		if same, err := address.Check(l.Kind, w.Destination); err == nil {
			out.Address = same
		}
	}
	return out
}

// payoutAnswer reads how far a withdrawal is. One that somebody has to approve
// has not left, unless it has a transaction; one that has a transaction may have
// arrived, whatever is said of it.
func payoutAnswer(w Withdrawal) order.PayoutAnswer {
	switch {
	case w.Status == withdrawalCompleted && (!w.NeedsApproval || w.Transaction != ""):
		return order.PayoutCompleted
	case ended(w) && w.Transaction == "":
		return order.PayoutRejected
	default:
		return order.PayoutPending
	}
}
