package infini

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/ordererr"
)

// arrives is the least that has to be left of a payout after its fee.
const arrives order.Money = 1_000_000

// Payer is Infini as a gateway that sends refunds out.
type Payer struct {
	client *Client
	lanes  []lane
}

// PayerTerms are the shop's settings for payouts.
type PayerTerms struct {
	Test bool // the vendor's sandbox, which knows one test chain alone (infini sheet §4)
}

// lane is one of our networks and what the vendor calls it.
type lane struct {
	order.Network
	chain, token string
}

var _ order.Payer = (*Payer)(nil)

// NewPayer returns the payouts over a client.
func NewPayer(c *Client, t PayerTerms) *Payer {
	if t.Test {
		return &Payer{client: c, lanes: []lane{newLane(ChainTestTron, "USDT", "Tron (test)", order.AddressTron)}}
	}
	return &Payer{client: c, lanes: lanes()}
}

// lanes are the chains and tokens of the sheet (§4), the cheapest first. USDC
// on Tron is left out: its issuer gave it up.
func lanes() []lane {
	out := []lane{
		newLane(ChainBSC, "USDT", "BNB Smart Chain", order.AddressEVM),
		newLane(ChainBSC, "USDC", "BNB Smart Chain", order.AddressEVM),
		newLane(ChainArbitrum, "USDT", "Arbitrum", order.AddressEVM),
		newLane(ChainArbitrum, "USDC", "Arbitrum", order.AddressEVM),
		newLane(ChainSolana, "USDT", "Solana", order.AddressSolana),
		newLane(ChainSolana, "USDC", "Solana", order.AddressSolana),
		newLane(ChainTron, "USDT", "Tron", order.AddressTron),
		newLane(ChainEthereum, "USDT", "Ethereum", order.AddressEVM),
		newLane(ChainEthereum, "USDC", "Ethereum", order.AddressEVM),
	}
	slices.SortStableFunc(out, func(a, b lane) int { return a.Fee.Cmp(b.Fee) })
	return out
}

func newLane(chain, token, name string, kind order.AddressKind) lane {
	fee, known := NetworkFee(chain)
	least, _ := order.MoneyRoundedUp(fee) // a table of our own, in range
	return lane{chain: chain, token: token, Network: order.Network{
		ID: networkID(chain, token), Coin: token, Chain: name, Kind: kind, Fee: fee, Known: known,
		Least: least + arrives, Stable: true,
	}}
}

// networkID is also what a chain and token become that we do not offer: so
// that whoever compares sees another network, and not none.
func networkID(chain, token string) string { return strings.ToLower(chain + "-" + token) }

// Networks implements order.Payer.
func (p *Payer) Networks() []order.Network {
	out := make([]order.Network, len(p.lanes))
	for i, l := range p.lanes {
		out[i] = l.Network
	}
	return out
}

// Pay implements order.Payer. It sends one withdrawal, once: the vendor knows
// no idempotency key, and what was sent twice is paid twice (infini sheet §4).
func (p *Payer) Pay(ctx context.Context, r order.PayoutRequest) (order.PayoutReceipt, error) {
	i := slices.IndexFunc(p.lanes, func(l lane) bool { return l.ID == r.Network })
	if i < 0 {
		return order.PayoutReceipt{}, &order.Error{Code: order.CodeInvalid, Op: "infini withdraw: not a network of ours"}
	}
	id, err := p.client.Withdraw(ctx, CreateWithdrawal{
		Chain: p.lanes[i].chain, Token: p.lanes[i].token, Amount: r.Amount, Address: r.Address, Note: r.Reference,
	})
	if err != nil {
		return order.PayoutReceipt{}, ordererr.From(Vendor+" withdraw", err, 0, payoutRefusal)
	}
	return order.PayoutReceipt{External: id, State: order.PayoutPending}, nil
}

// payoutRefusal is refusalCode for a call without a key: a conflict may be with
// the very payout that was asked for, and then it is no refusal.
func payoutRefusal(e *rest.Error) order.Code {
	code := refusalCode(e)
	if e.Status == http.StatusConflict || strings.HasPrefix(e.Code, "409") || code == order.CodeExists {
		return order.CodeUnclear
	}
	return code
}

// Follow implements order.Payer. The record tells no address. One that ended and
// has a transaction all the same is unclear: a person looks on the chain.
func (p *Payer) Follow(ctx context.Context, external string) (order.PayoutReceipt, error) {
	w, err := p.client.Withdrawal(ctx, external)
	if err != nil {
		return order.PayoutReceipt{}, orderError("withdrawal", err)
	}
	state := payoutAnswer(w.Status)
	if state == order.PayoutRejected && w.Transaction != "" {
		return order.PayoutReceipt{}, &order.Error{Code: order.CodeUnclear, Op: "infini withdrawal: it failed, and has a transaction"}
	}
	return order.PayoutReceipt{
		External: w.RequestID, State: state, Raw: string(w.Status), Network: networkID(w.Chain, w.Token),
		Amount: w.Amount, Fee: w.Fee, Arrives: w.Actual, Hash: w.Transaction,
	}, nil
}

// payoutAnswer translates the status words (infini sheet §4).
func payoutAnswer(s WithdrawalStatus) order.PayoutAnswer {
	switch s {
	case WithdrawalCompleted:
		return order.PayoutCompleted
	case WithdrawalFailed, WithdrawalCancelled:
		return order.PayoutRejected
	default:
		return order.PayoutPending
	}
}
