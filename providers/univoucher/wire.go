package univoucher

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

// The status words of a card (univoucher sheet §8).
const (
	StatusActive    = "active"
	StatusRedeemed  = "redeemed"
	StatusCancelled = "cancelled"
)

var (
	plainID    = regexp.MustCompile(`^[0-9]{1,78}$`) // an id is a uint256 on the chain
	plainUnits = regexp.MustCompile(`^[0-9]{1,78}$`)
)

// Health is the vendor's own word on itself.
type Health struct {
	Status  string `json:"status"` // "ok"
	Message string `json:"message"`
}

// Card is one gift card as the vendor's books have it. Amounts are in the
// smallest unit of the token.
type Card struct {
	ID             string // decimal text
	Slot           string // the address whose key the secret unlocks
	Chain          int64
	ChainName      string
	Active         bool
	Status         string
	Token          string
	Amount         *big.Int // nil if the answer has none
	Creator        string
	Message        string
	Locked         string // the encrypted private key, JSON text; public
	FeePaid        *big.Int
	CreatedAt      time.Time // zero if unreadable
	CreationHash   string
	RedeemedBy     string
	RedemptionHash string
	Partner        string
	CancelledBy    string
}

// text accepts text and plain numbers, as they are written.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return &rest.FieldError{Field: "text", Rule: "is neither text nor a number"}
	}
	*t = text(n.String())
	return nil
}

// cardID accepts a number or its text (univoucher sheet §3).
type cardID string

// UnmarshalJSON implements json.Unmarshaler.
func (c *cardID) UnmarshalJSON(raw []byte) error {
	var t text
	if err := t.UnmarshalJSON(raw); err != nil || !plainID.MatchString(string(t)) {
		return &rest.FieldError{Field: "cardId", Rule: "is no decimal number"}
	}
	*c = cardID(t)
	return nil
}

// units is an amount in the smallest unit of a token: whole, not negative, at
// most what a contract can hold.
type units struct{ value *big.Int }

// UnmarshalJSON implements json.Unmarshaler.
func (u *units) UnmarshalJSON(raw []byte) error {
	var t text
	if err := t.UnmarshalJSON(raw); err != nil {
		return &rest.FieldError{Field: "amount", Rule: "is no whole number"}
	}
	if t == "" {
		return nil
	}
	value, ok := new(big.Int).SetString(string(t), 10)
	if !plainUnits.MatchString(string(t)) || !ok {
		return &rest.FieldError{Field: "amount", Rule: "is no whole number"}
	}
	u.value = value
	return nil
}

// soft is an amount of an answer that speaks of our money: one that cannot be
// read is absent, and does not hide the rest.
type soft struct{ value *big.Int }

// UnmarshalJSON implements json.Unmarshaler.
func (s *soft) UnmarshalJSON(raw []byte) error {
	var u units
	if u.UnmarshalJSON(raw) == nil {
		s.value = u.value
	}
	return nil
}

// count is a small number of such an answer, as a number or as text; 0 for
// anything else.
type count int64

// UnmarshalJSON implements json.Unmarshaler.
func (c *count) UnmarshalJSON(raw []byte) error {
	if n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64); err == nil {
		*c = count(n)
	}
	return nil
}

// locked accepts the encrypted key as JSON text, or as the object itself.
type locked string

// UnmarshalJSON implements json.Unmarshaler.
func (l *locked) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*l = locked(s)
		return nil
	}
	*l = locked(raw)
	return nil
}

type wireCard struct {
	ID             cardID `json:"cardId"`
	Slot           string `json:"slotId"`
	Chain          int64  `json:"chainId"`
	ChainName      string `json:"chainName"`
	Active         bool   `json:"active"`
	Status         string `json:"status"`
	Token          string `json:"tokenAddress"`
	Amount         units  `json:"tokenAmount"`
	Creator        string `json:"creator"`
	Message        string `json:"message"`
	Locked         locked `json:"encryptedPrivateKey"`
	FeePaid        units  `json:"feePaid"`
	CreatedAt      text   `json:"createdAt"`
	CreationHash   string `json:"creationHash"`
	RedeemedBy     string `json:"redeemedBy"`
	RedemptionHash string `json:"redemptionHash"`
	Partner        string `json:"partner"`
	CancelledBy    string `json:"cancelledBy"`
}

func (w wireCard) valid() error {
	if w.ID == "" || w.Slot == "" || w.Status == "" {
		return &rest.FieldError{Field: "cardId, slotId, status", Rule: "missing"}
	}
	return nil
}

func (w wireCard) card() Card {
	return Card{
		ID: string(w.ID), Slot: w.Slot, Chain: w.Chain, ChainName: w.ChainName, Active: w.Active, Status: w.Status,
		Token: w.Token, Amount: w.Amount.value, Creator: w.Creator, Message: w.Message, Locked: string(w.Locked),
		FeePaid: w.FeePaid.value, CreatedAt: moment(string(w.CreatedAt)), CreationHash: w.CreationHash,
		RedeemedBy: w.RedeemedBy, RedemptionHash: w.RedemptionHash, Partner: w.Partner, CancelledBy: w.CancelledBy,
	}
}

// moment reads a time: ISO 8601, or Unix seconds. Zero for anything else.
func moment(s string) time.Time {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at.UTC()
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && seconds > 0 && seconds < 1<<35 {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Time{}
}

// CardPage is one page of the card list, with the counts of the whole list.
type CardPage struct {
	Total, Active, Redeemed, Cancelled int
	Page, Limit, TotalPages            int
	Cards                              []Card
}

type wireCards struct {
	Total      *int        `json:"total"`
	Active     int         `json:"active"`
	Redeemed   int         `json:"redeemed"`
	Cancelled  int         `json:"cancelled"`
	Page       int         `json:"page"`
	Limit      int         `json:"limit"`
	TotalPages int         `json:"totalPages"`
	Cards      *[]wireCard `json:"cards"`
	counts     bool        // only the counts were asked for
}

// valid keeps an unexpected answer from reading as "no cards": that would prove
// that a creation never happened.
func (w wireCards) valid() error {
	switch {
	case w.Total == nil || *w.Total < 0:
		return &rest.FieldError{Field: "total", Rule: "is missing"}
	case w.counts:
		return nil
	case w.Cards == nil:
		return &rest.FieldError{Field: "cards", Rule: "is missing"}
	case w.Page <= 1 && len(*w.Cards) == 0 && *w.Total > 0:
		return &rest.FieldError{Field: "cards", Rule: "is empty, and the total is not"}
	}
	for _, c := range *w.Cards {
		if err := c.valid(); err != nil {
			return err
		}
	}
	return nil
}

func (w wireCards) page() CardPage {
	out := CardPage{
		Total: *w.Total, Active: w.Active, Redeemed: w.Redeemed, Cancelled: w.Cancelled,
		Page: w.Page, Limit: w.Limit, TotalPages: w.TotalPages,
	}
	if w.Cards != nil {
		for _, c := range *w.Cards {
			out.Cards = append(out.Cards, c.card())
		}
	}
	return out
}

// FeeHistory is the creation fee of a chain. 100 basis points are 1 %.
type FeeHistory struct {
	Chain     int64
	ChainName string
	Points    int64 // basis points at this moment
	Changes   []FeeChange
}

// FeeChange is one change of the fee.
type FeeChange struct {
	Old, New int64 // basis points
	At       time.Time
	Hash     string
}

type wireFees struct {
	Chain     int64  `json:"chainId"`
	ChainName string `json:"chainName"`
	Points    *int64 `json:"currentFeeBasisPoints"`
	History   []struct {
		Old  int64  `json:"oldFeeBasisPoints"`
		New  int64  `json:"newFeeBasisPoints"`
		At   text   `json:"timestamp"`
		Hash string `json:"transactionHash"`
	} `json:"history"`
}

func (w wireFees) valid() error {
	if w.Points == nil || *w.Points < 0 || *w.Points > basis {
		return &rest.FieldError{Field: "currentFeeBasisPoints", Rule: "is missing or out of range"}
	}
	return nil
}

func (w wireFees) history() FeeHistory {
	out := FeeHistory{Chain: w.Chain, ChainName: w.ChainName, Points: *w.Points}
	for _, c := range w.History {
		out.Changes = append(out.Changes, FeeChange{Old: c.Old, New: c.New, At: moment(string(c.At)), Hash: c.Hash})
	}
	return out
}

// Chain is a chain as the vendor serves it. Its RPC addresses are not kept: we
// ask our own nodes (DESIGN §5).
type Chain struct {
	ID       int64
	Name     string
	Prefix   string // of card ids: "02"
	Coin     string // native
	Decimals int    // of the native coin
	Contract string
	Explorer string
	Fee      decimal.Decimal // fraction: 0.01 is 1 %
}

type wireChain struct {
	ID       int64       `json:"id"`
	Name     string      `json:"name"`
	Prefix   text        `json:"chainPrefix"`
	Coin     string      `json:"nativeCurrencySymbol"`
	Decimals int         `json:"nativeCurrencyDecimals"`
	Contract string      `json:"contractAddress"`
	Explorer string      `json:"explorerUrl"`
	Fee      rest.Amount `json:"feePercentage"`
}

func (w wireChain) valid() error {
	if w.ID <= 0 {
		return &rest.FieldError{Field: "id", Rule: "is missing"}
	}
	return nil
}

func (w wireChain) chain() Chain {
	return Chain{
		ID: w.ID, Name: w.Name, Prefix: string(w.Prefix), Coin: w.Coin, Decimals: w.Decimals,
		Contract: w.Contract, Explorer: w.Explorer, Fee: w.Fee.Decimal,
	}
}

type wireChains struct {
	Chains *[]wireChain `json:"chains"`
}

func (w wireChains) valid() error {
	if w.Chains == nil {
		return &rest.FieldError{Field: "chains", Rule: "is missing"}
	}
	return nil
}

// bare decodes a success, which has no envelope (univoucher sheet §2). Unknown
// fields are accepted.
func bare(into any) func(rest.Response) error {
	return func(r rest.Response) error {
		if err := json.Unmarshal(r.Body, into); err != nil {
			return err
		}
		if v, ok := into.(interface{ valid() error }); ok {
			return v.valid()
		}
		return nil
	}
}
