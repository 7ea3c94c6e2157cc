package infini

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	withdrawPath  = "/v1/acquiring/fund/withdraw"
	withdrawRoute = "POST /fund/withdraw"
)

// The chains a withdrawal can go out on (infini sheet §4).
const (
	ChainEthereum = "ETHEREUM"
	ChainBSC      = "BSC"
	ChainSolana   = "SOLANA"
	ChainArbitrum = "ARBITRUM"
	ChainTron     = "TRON"
	ChainTestTron = "TTRON" // the only one of the vendor's sandbox, with USDT alone
)

// WithdrawalStatus is how far a withdrawal is, or a word we do not know: that
// one ends nothing.
type WithdrawalStatus string

// The statuses of infini sheet §4.
const (
	WithdrawalPending    WithdrawalStatus = "pending"
	WithdrawalProcessing WithdrawalStatus = "processing"
	WithdrawalCompleted  WithdrawalStatus = "completed"
	WithdrawalFailed     WithdrawalStatus = "failed"
	WithdrawalCancelled  WithdrawalStatus = "cancelled"
)

// Final reports whether the status never changes again.
func (s WithdrawalStatus) Final() bool {
	return s == WithdrawalCompleted || s == WithdrawalFailed || s == WithdrawalCancelled
}

var (
	evmAddress    = regexp.MustCompile(`^0x[0-9a-fA-F]{40}$`)
	tronAddress   = regexp.MustCompile(`^T[1-9A-HJ-NP-Za-km-z]{33}$`)
	solanaAddress = regexp.MustCompile(`^[1-9A-HJ-NP-Za-km-z]{32,44}$`)
)

// NetworkFee is what the vendor keeps of a withdrawal on a chain, in units of
// the token (infini sheet §4). ok is false for a chain without a documented fee.
func NetworkFee(chain string) (fee decimal.Decimal, ok bool) {
	switch chain {
	case ChainEthereum:
		return decimal.NewFromInt(5), true
	case ChainTron:
		return decimal.NewFromInt(3), true
	case ChainSolana:
		return decimal.NewFromInt(1), true
	case ChainBSC, ChainArbitrum:
		return decimal.New(5, -1), true
	default:
		return decimal.Zero, false
	}
}

// CreateWithdrawal is everything a withdrawal is made from (infini sheet §4).
type CreateWithdrawal struct {
	Chain   string          // one of the Chain constants
	Token   string          // USDT or USDC
	Amount  decimal.Decimal // units of Token, at most 6 decimals; Amount less the network fee arrives
	Address string          // personal: kept out of logs
	Note    string          // may be empty
}

type wireWithdraw struct {
	Chain   string `json:"chain"`
	Token   string `json:"token_type"`
	Amount  string `json:"amount"`
	Address string `json:"wallet_address"`
	Note    string `json:"note,omitempty"`
}

func (w CreateWithdrawal) encode() ([]byte, error) {
	if problem := w.problem(); problem != "" {
		return nil, refused(withdrawRoute, CodeLocalInvalid, problem)
	}
	if fee, ok := NetworkFee(w.Chain); ok && !w.Amount.GreaterThan(fee) {
		return nil, refused(withdrawRoute, CodeLocalMinimum, "amount is not above the network fee")
	}
	return marshal(withdrawRoute, wireWithdraw{
		Chain: w.Chain, Token: w.Token, Amount: amountText(w.Amount, w.Token), Address: w.Address, Note: w.Note,
	})
}

// problem names the first field that would send money nowhere, "" if none.
func (w CreateWithdrawal) problem() string {
	address := addressOf(w.Chain)
	switch {
	case address == nil:
		return "chain is not supported"
	case w.Token != "USDT" && w.Token != "USDC" || w.Chain == ChainTestTron && w.Token != "USDT":
		return "token is not supported on this chain"
	case amountProblem(w.Amount, w.Token) != "":
		return amountProblem(w.Amount, w.Token)
	case !address.MatchString(w.Address):
		return "address is not one of this chain"
	default:
		return ""
	}
}

// addressOf is what an address of a chain looks like, nil for no chain of ours.
func addressOf(chain string) *regexp.Regexp {
	switch chain {
	case ChainEthereum, ChainBSC, ChainArbitrum:
		return evmAddress
	case ChainTron, ChainTestTron:
		return tronAddress
	case ChainSolana:
		return solanaAddress
	default:
		return nil
	}
}

// Withdraw pays out of the merchant's balance and returns the vendor's request
// id. There is NO idempotency: sent twice it pays twice, so it is sent once and
// nobody may ever send it again (infini sheet §4, DESIGN §3). Errors are
// *rest.Error: after KindRefused, KindLimited and KindNotSent nothing was paid,
// after KindUnclear (timeout, 5xx, cut connection, unreadable answer) it may
// have been, and a person decides.
func (c *Client) Withdraw(ctx context.Context, w CreateWithdrawal) (requestID string, err error) {
	body, err := w.encode()
	if err != nil {
		return "", err
	}
	err = c.once(ctx, withdrawRoute, withdrawPath, body, into(&requestID, decodeWithdraw))
	return requestID, err
}

func decodeWithdraw(body []byte) (string, error) {
	data, err := unwrap(body)
	if err != nil {
		return "", err
	}
	var w struct {
		RequestID flexText `json:"request_id"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return "", err
	}
	if w.RequestID == "" {
		return "", &rest.FieldError{Field: "request_id", Rule: "is missing"}
	}
	return string(w.RequestID), nil
}

// Withdrawal is the vendor's record of a withdrawal. Amounts are units of Token.
type Withdrawal struct {
	RequestID   string
	Status      WithdrawalStatus
	Chain       string
	Token       string
	Amount      decimal.Decimal // what was asked, and leaves our balance
	Fee         decimal.Decimal
	Actual      decimal.Decimal // what arrives: Amount less Fee, checked once completed
	Transaction string          // hash on the chain, "" until there is one
}

// Fits reports whether the record is of this very request, as far as a record
// tells: the vendor repeats chain, token and amount, but no address.
func (w Withdrawal) Fits(asked CreateWithdrawal) bool {
	return w.Chain == asked.Chain && w.Token == asked.Token && w.Amount.Equal(asked.Amount)
}

// Withdrawal reads a withdrawal by the id Withdraw returned.
func (c *Client) Withdrawal(ctx context.Context, requestID string) (Withdrawal, error) {
	const endpoint = "GET /fund/withdraw"
	var out Withdrawal
	if requestID == "" {
		return out, refused(endpoint, CodeLocalInvalid, "request id")
	}
	err := c.read(ctx, endpoint, withdrawPath, url.Values{"request_id": {requestID}}, into(&out, func(body []byte) (Withdrawal, error) {
		return decodeWithdrawal(body, requestID)
	}))
	return out, err
}

type wireWithdrawal struct {
	RequestID   flexText    `json:"request_id"`
	Status      string      `json:"status"`
	Chain       string      `json:"chain"`
	Token       string      `json:"token_type"`
	Amount      rest.Amount `json:"amount"`
	Fee         laterAmount `json:"fee"`
	Actual      laterAmount `json:"actual_amount"`
	Transaction string      `json:"transaction_hash"`
}

func decodeWithdrawal(body []byte, requestID string) (Withdrawal, error) {
	data, err := unwrap(body)
	if err != nil {
		return Withdrawal{}, err
	}
	var w wireWithdrawal
	if err := json.Unmarshal(data, &w); err != nil {
		return Withdrawal{}, err
	}
	switch {
	case w.Status == "" || w.Chain == "" || w.Token == "" || !w.Amount.Set:
		return Withdrawal{}, &rest.FieldError{Field: "status, chain, token_type, amount", Rule: "is missing"}
	case w.RequestID != "" && string(w.RequestID) != requestID:
		return Withdrawal{}, &rest.FieldError{Field: "request_id", Rule: "is another"}
	case !w.adds():
		return Withdrawal{}, &rest.FieldError{Field: "actual_amount", Rule: "is not amount less fee"}
	}
	return Withdrawal{
		RequestID: requestID, Status: WithdrawalStatus(w.Status), Chain: w.Chain, Token: w.Token,
		Amount: w.Amount.Decimal, Fee: w.Fee.Decimal, Actual: w.Actual.Decimal, Transaction: w.Transaction,
	}, nil
}

// adds checks actual_amount = amount - fee. A completed withdrawal must tell
// all three; before that, and after a failure, what arrives may be absent or 0.
func (w wireWithdrawal) adds() bool {
	if w.Amount.IsNegative() || w.Fee.IsNegative() || w.Actual.IsNegative() {
		return false
	}
	fits := w.Actual.Equal(w.Amount.Sub(w.Fee.Decimal))
	if WithdrawalStatus(w.Status) == WithdrawalCompleted {
		return w.Fee.Set && w.Actual.Set && fits
	}
	return w.Actual.IsZero() || fits
}

// laterAmount is an amount that may be "" until it is known.
type laterAmount struct{ rest.Amount }

// UnmarshalJSON implements json.Unmarshaler.
func (a *laterAmount) UnmarshalJSON(raw []byte) error {
	if string(raw) == `""` {
		return nil
	}
	return a.Amount.UnmarshalJSON(raw)
}
