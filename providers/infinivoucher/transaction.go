package infinivoucher

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"giftbot/providers/rest"
)

// Transaction is what moved the wallet. The vendor shows none of its fields
// (infinivoucher sheet §3, §11): these are the names under which such a record
// usually carries them, and one that carries them otherwise is not read.
type Transaction struct {
	ID        string
	Kind      TransactionKind
	Amount    rest.Amount // major units of Currency
	Currency  string      // "" for the wallet's own
	CreatedAt time.Time   // zero if not told
}

// TransactionKind says what a transaction is to our books.
type TransactionKind int

// The kinds.
const (
	TransactionUnknown TransactionKind = iota // its words are none that we know
	TransactionDeposit                        // money that was paid in
	TransactionOther                          // a purchase, money back for one, or nothing that is booked yet
)

type wireTransaction struct {
	ID        word        `json:"id"`
	Type      word        `json:"type"`
	Direction word        `json:"direction"`
	Status    word        `json:"status"`
	Amount    rest.Amount `json:"amount"`
	Currency  word        `json:"currency"`
	CreatedAt word        `json:"createdAt"`
}

// readTransaction reads one record. What cannot be decoded is an error; what
// can be, and says nothing that we know, is TransactionUnknown.
func readTransaction(raw json.RawMessage) (Transaction, error) {
	var w wireTransaction
	if err := json.Unmarshal(raw, &w); err != nil {
		return Transaction{}, err
	}
	created, _ := time.Parse(time.RFC3339, string(w.CreatedAt)) // a time that cannot be read is no time: it only sorts
	return Transaction{ID: string(w.ID), Kind: w.kind(), Amount: w.Amount, Currency: strings.ToUpper(string(w.Currency)), CreatedAt: created}, nil
}

// kind judges the words. Those that contradict each other say nothing.
func (w wireTransaction) kind() TransactionKind {
	is := w.Type.among("DEPOSIT", "TOPUP", "TOP_UP", "RECHARGE", "FUNDING", "CREDIT")
	out := w.Type.among("PURCHASE", "ORDER", "BUY", "DEBIT", "PAYMENT", "WITHDRAWAL", "FEE", "CHARGE")
	back := w.Type.among("REFUND", "REVERSAL")
	into, from := w.Direction.among("CREDIT", "IN"), w.Direction.among("DEBIT", "OUT")
	switch {
	case w.Direction != "" && !into && !from, (is || back) && from, out && into:
		return TransactionUnknown
	case out, back, from:
		return TransactionOther
	case !is && !into:
		return TransactionUnknown
	case w.Status == "", w.Status.among("COMPLETED", "SUCCESS", "CONFIRMED", "POSTED"):
		return TransactionDeposit
	case w.Status.among("PENDING", "PROCESSING", "FAILED", "CANCELLED", "REJECTED"):
		return TransactionOther
	default:
		return TransactionUnknown
	}
}

// word is text, or a number as it is written; null is none.
type word string

// UnmarshalJSON implements json.Unmarshaler.
func (w *word) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if raw[0] != '"' {
		if err := json.Unmarshal(raw, &number); err != nil {
			return err
		}
		*w = word(number)
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*w = word(strings.TrimSpace(text))
	return nil
}

func (w word) among(list ...string) bool {
	return slices.Contains(list, strings.ReplaceAll(strings.ToUpper(string(w)), "-", "_"))
}
