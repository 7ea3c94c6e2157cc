package inventpay

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

// Balance is what the merchant account holds of a coin, in its units.
type Balance struct {
	Coin      string
	Available decimal.Decimal // can be paid out
	Locked    decimal.Decimal // in a payout under way
	Pending   decimal.Decimal
}

type wireBalance struct {
	Coin      string      `json:"currency"`
	Available rest.Amount `json:"availableBalance"`
	Locked    rest.Amount `json:"lockedBalance"`
	Pending   rest.Amount `json:"pendingBalance"`
}

func (w wireBalance) balance(coin string) (Balance, error) {
	if w.Coin != "" && coin != "" && w.Coin != coin {
		return Balance{}, &rest.FieldError{Field: "currency", Rule: "is another"}
	}
	if coin == "" {
		coin = w.Coin
	}
	if coin == "" || !w.Available.Set {
		return Balance{}, &rest.FieldError{Field: "currency, availableBalance", Rule: "is missing"}
	}
	return Balance{Coin: coin, Available: w.Available.Decimal, Locked: w.Locked.Decimal, Pending: w.Pending.Decimal}, nil
}

// decodeBalances reads the three shapes seen: a map by coin, a list, and a
// list beside its summary (inventpay sheet §3). The result is sorted by coin.
func decodeBalances(body []byte) ([]Balance, error) {
	w, err := decode[struct {
		Balances json.RawMessage `json:"balances"`
	}](body)
	if err != nil {
		return nil, err
	}
	list, err := balanceList(w.Balances)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Balance) int { return strings.Compare(a.Coin, b.Coin) })
	for i := 1; i < len(list); i++ {
		if list[i].Coin == list[i-1].Coin {
			return nil, &rest.FieldError{Field: "balances", Rule: "names a coin twice"}
		}
	}
	return list, nil
}

func balanceList(raw json.RawMessage) ([]Balance, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, &rest.FieldError{Field: "balances", Rule: "is missing"}
	}
	if raw[0] == '[' {
		return balancesInList(raw)
	}
	var byCoin map[string]json.RawMessage
	if err := json.Unmarshal(raw, &byCoin); err != nil {
		return nil, err
	}
	if list, ok := byCoin["balances"]; ok {
		return balancesInList(list)
	}
	out := make([]Balance, 0, len(byCoin))
	for _, coin := range slices.Sorted(maps.Keys(byCoin)) {
		var w wireBalance
		if err := json.Unmarshal(byCoin[coin], &w); err != nil {
			return nil, err
		}
		b, err := w.balance(coin)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func balancesInList(raw json.RawMessage) ([]Balance, error) {
	var list []wireBalance
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	out := make([]Balance, 0, len(list))
	for _, w := range list {
		b, err := w.balance("")
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// decodeBalance reads one coin's balance, which stands under "balance" or
// beside the coin.
func decodeBalance(body []byte, coin string) (Balance, error) {
	w, err := decode[struct {
		wireBalance
		Inner *wireBalance `json:"balance"`
	}](body)
	if err != nil {
		return Balance{}, err
	}
	if w.Inner == nil {
		return w.balance(coin)
	}
	if w.Inner.Coin == "" {
		w.Inner.Coin = w.Coin
	}
	return w.Inner.balance(coin)
}

// CreateWithdrawal is everything a payout is made from (inventpay sheet §3).
type CreateWithdrawal struct {
	Key         string          // UUID, sent as Idempotency-Key; nothing may rely on it
	Amount      decimal.Decimal // in units of Coin
	Coin        string          // one of Coins
	Destination string          // personal: kept out of logs
	Description string
}

type wireWithdraw struct {
	Amount      json.Number `json:"amount"`
	Coin        string      `json:"currency"`
	Destination string      `json:"destinationAddress"`
	Description string      `json:"description,omitempty"`
}

func (w CreateWithdrawal) encode(endpoint string) ([]byte, error) {
	problem := ""
	switch {
	case !isUUID(w.Key):
		problem = "key is not a UUID"
	case !plain(w.Amount):
		problem = "amount is not positive"
	case !isCoin(w.Coin):
		problem = "coin is not supported"
	case !usableID(w.Destination):
		problem = "destination is not an address"
	case utf8.RuneCountInString(w.Description) > maxDescription:
		problem = "description is too long"
	}
	if problem != "" {
		return nil, refused(endpoint, CodeLocalInvalid, problem)
	}
	return marshal(endpoint, wireWithdraw{
		Amount: json.Number(w.Amount.String()), Coin: w.Coin, Destination: w.Destination, Description: w.Description,
	})
}

// Withdrawal is the vendor's record of a payout. Amounts are units of Coin.
type Withdrawal struct {
	ID            string
	Status        string // the vendor's word: the sheet has no list
	Coin          string
	Destination   string // personal: kept out of logs
	Amount        decimal.Decimal
	Fee           decimal.Decimal
	Net           decimal.Decimal
	Transaction   string // hash on the chain, "" until there is one
	NeedsApproval bool
	Error         string
	CreatedAt     time.Time
	ProcessedAt   time.Time // zero until it is
}

type wireWithdrawal struct {
	ID            string      `json:"withdrawalId"`
	Status        string      `json:"status"`
	Coin          string      `json:"currency"`
	Destination   string      `json:"destinationAddress"`
	Amount        rest.Amount `json:"amount"`
	Fee           rest.Amount `json:"feeAmount"`
	Net           rest.Amount `json:"netAmount"`
	Transaction   string      `json:"transactionHash"`
	NeedsApproval flag        `json:"requiresApproval"`
	Error         string      `json:"errorMessage"`
	CreatedAt     stamp       `json:"createdAt"`
	ProcessedAt   stamp       `json:"processedAt"`
}

// decodeWithdrawal reads a payout and holds it against what was asked for,
// where the answer tells it.
func decodeWithdrawal(body []byte, asked CreateWithdrawal) (Withdrawal, error) {
	w, err := decode[wireWithdrawal](body)
	other := func(told, want string) bool { return told != "" && want != "" && told != want }
	switch {
	case err != nil:
		return Withdrawal{}, err
	case !usableID(w.ID) || w.Status == "":
		return Withdrawal{}, &rest.FieldError{Field: "withdrawalId, status", Rule: "is missing"}
	case other(w.Coin, asked.Coin) || other(addressForm(w.Destination), addressForm(asked.Destination)):
		return Withdrawal{}, &rest.FieldError{Field: "currency, destinationAddress", Rule: "is another"}
	}
	return Withdrawal{
		ID: w.ID, Status: w.Status, Coin: w.Coin, Destination: w.Destination, Amount: w.Amount.Decimal, Fee: w.Fee.Decimal,
		Net: w.Net.Decimal, Transaction: w.Transaction, NeedsApproval: bool(w.NeedsApproval), Error: w.Error,
		CreatedAt: w.CreatedAt.Time, ProcessedAt: w.ProcessedAt.Time,
	}, nil
}

// addressForm is an address as chains compare it: hexadecimal and bech32 ones
// are the same in either case.
func addressForm(address string) string {
	lower := strings.ToLower(address)
	for _, prefix := range []string{"0x", "bc1", "ltc1"} {
		if strings.HasPrefix(lower, prefix) {
			return lower
		}
	}
	return address
}
