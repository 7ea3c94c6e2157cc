package inventpay

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	maxOrderID     = 100 // characters (inventpay sheet §3)
	maxDescription = 500
	maxID          = 100 // of an id in a path or a record, ours
	minLifetime    = 5 * time.Minute
	maxLifetime    = 24 * time.Hour
	currencyUSD    = "USD"
	currencyUSDT   = "USDT" // what a USD invoice may come back as (sheet §3)
)

// The status words (inventpay sheet §4).
const (
	StatusPending    = "PENDING"
	StatusConfirming = "CONFIRMING"
	StatusProcessing = "PROCESSING"
	StatusUnderpaid  = "UNDERPAID"
	StatusCompleted  = "COMPLETED" // the only one that says paid
	StatusExpired    = "EXPIRED"
	StatusFailed     = "FAILED"
	StatusCancelled  = "CANCELLED"
)

// Coins are the coins a payment or a payout can be in.
func Coins() []string {
	return []string{"BTC", "ETH", "LTC", "USDT_ERC20", "USDT_BEP20", "SOL", "USDC_SOL", "USDC_BEP20"}
}

func isCoin(coin string) bool { return slices.Contains(Coins(), coin) }

// CreateInvoice is everything an invoice is made from (inventpay sheet §3).
// The same fields always encode to the same bytes.
type CreateInvoice struct {
	Key         string          // UUID, sent as Idempotency-Key; the vendor may ignore it
	Amount      decimal.Decimal // USD, whole cents
	OrderID     string          // our order number and attempt, at most 100 characters
	Description string          // at most 500 characters
	CallbackURL string          // https, or empty
	ExpiresIn   time.Duration   // whole minutes, 5 minutes to 24 hours
}

type wireCreate struct {
	Amount         json.Number `json:"amount"`
	AmountCurrency string      `json:"amountCurrency"`
	Currency       string      `json:"currency,omitempty"`
	OrderID        string      `json:"orderId,omitempty"`
	Description    string      `json:"description,omitempty"`
	CallbackURL    string      `json:"callbackUrl,omitempty"`
	Minutes        int64       `json:"expirationMinutes"`
}

// encodeInvoice checks the fields and returns the body. No coin means that the
// buyer picks it.
func (c *Client) encodeInvoice(endpoint string, i CreateInvoice, coin string) ([]byte, error) {
	problem := i.problem()
	if problem == "" && i.CallbackURL != "" && !c.usable(i.CallbackURL) {
		problem = "callback address is not https"
	}
	if problem != "" {
		return nil, refused(endpoint, CodeLocalInvalid, problem)
	}
	if i.Amount.LessThan(c.options.Minimum) {
		return nil, refused(endpoint, CodeLocalMinimum, "amount is below the minimum")
	}
	return marshal(endpoint, wireCreate{
		Amount: json.Number(i.Amount.StringFixed(2)), AmountCurrency: currencyUSD, Currency: coin,
		OrderID: i.OrderID, Description: i.Description, CallbackURL: i.CallbackURL, Minutes: int64(i.ExpiresIn / time.Minute),
	})
}

// problem names the first field the vendor would refuse, "" if none.
func (i CreateInvoice) problem() string {
	switch {
	case !isUUID(i.Key):
		return "key is not a UUID"
	case !plain(i.Amount) || !i.Amount.Truncate(2).Equal(i.Amount):
		return "amount is not positive in whole cents"
	case utf8.RuneCountInString(i.OrderID) > maxOrderID:
		return "order id is too long"
	case utf8.RuneCountInString(i.Description) > maxDescription:
		return "description is too long"
	case i.ExpiresIn < minLifetime || i.ExpiresIn > maxLifetime || i.ExpiresIn%time.Minute != 0:
		return "lifetime is not 5 to 1440 whole minutes"
	default:
		return ""
	}
}

func isUUID(key string) bool { return len(key) == 36 && uuid.Validate(key) == nil }

// plain reports whether an amount is positive and of a size that is cheap to
// write out.
func plain(d decimal.Decimal) bool {
	return d.IsPositive() && d.Exponent() >= -18 && d.Exponent() <= 18 && d.NumDigits() <= 30
}

// Invoice is the answer to CreateInvoice.
type Invoice struct {
	PaymentID    string
	BaseAmount   decimal.Decimal // the price, in BaseCurrency; 0 if not told
	BaseCurrency string          // USD, or USDT for the same price
	URL          string          // the page the buyer pays on
	OrderID      string
	ExpiresAt    time.Time // zero if not told
}

// CoinPayment is the answer to CreatePayment.
type CoinPayment struct {
	Invoice
	Amount  decimal.Decimal // in units of Coin
	Coin    string
	Address string
	Network string
	QR      string // what a wallet's QR code holds
}

type wireInvoice struct {
	PaymentID    string      `json:"paymentId"`
	BaseAmount   rest.Amount `json:"baseAmount"`
	BaseCurrency string      `json:"baseCurrency"`
	URL          string      `json:"invoiceUrl"`
	OrderID      string      `json:"orderId"`
	ExpiresAt    stamp       `json:"expiresAt"`
}

func (w wireInvoice) invoice() (Invoice, error) {
	if !usableID(w.PaymentID) {
		return Invoice{}, &rest.FieldError{Field: "paymentId", Rule: "is missing or odd"}
	}
	return Invoice{
		PaymentID: w.PaymentID, BaseAmount: w.BaseAmount.Decimal, BaseCurrency: w.BaseCurrency, URL: w.URL,
		OrderID: w.OrderID, ExpiresAt: w.ExpiresAt.Time,
	}, nil
}

func decodeInvoice(body []byte) (Invoice, error) {
	w, err := decode[wireInvoice](body)
	if err != nil {
		return Invoice{}, err
	}
	return w.invoice()
}

func decodeCoinPayment(body []byte) (CoinPayment, error) {
	w, err := decode[struct {
		wireInvoice
		Amount  rest.Amount `json:"amount"`
		Coin    string      `json:"currency"`
		Address string      `json:"address"`
		Network string      `json:"network"`
		QR      string      `json:"qrCode"`
	}](body)
	if err != nil {
		return CoinPayment{}, err
	}
	if w.Address == "" || !w.Amount.IsPositive() {
		return CoinPayment{}, &rest.FieldError{Field: "address, amount", Rule: "is missing"}
	}
	invoice, err := w.invoice()
	return CoinPayment{Invoice: invoice, Amount: w.Amount.Decimal, Coin: w.Coin, Address: w.Address, Network: w.Network, QR: w.QR}, err
}

// Payment is the vendor's record of an invoice or a payment. It tells neither
// our order nor the price.
type Payment struct {
	ID        string
	Status    string          // one of the Status words, or a word we do not know
	Balance   decimal.Decimal // arrived, in units of Coin
	Required  decimal.Decimal // asked, in units of Coin; 0 if not told
	Coin      string          // "" until the buyer picks one
	Address   string
	ExpiresAt time.Time // zero if not told
	Young     bool      // the balance is told to have fewer than confirmedBy blocks
}

// confirmedBy is the least number of blocks that any coin is final after
// (inventpay sheet §4).
const confirmedBy = 3

func decodePayment(body []byte) (Payment, error) {
	w, err := decode[struct {
		ID        string      `json:"paymentId"`
		Status    string      `json:"status"`
		Balance   rest.Amount `json:"currentBalance"`
		Required  rest.Amount `json:"requiredAmount"`
		Coin      string      `json:"currency"`
		Address   string      `json:"address"`
		ExpiresAt stamp       `json:"expiresAt"`
		Blocks    *count      `json:"confirmations"`
	}](body)
	switch {
	case err != nil:
		return Payment{}, err
	case w.Status == "": // what an error body decodes to (inventpay sheet §8)
		return Payment{}, &rest.FieldError{Field: "status", Rule: "is missing"}
	case w.Balance.IsNegative() || w.Required.IsNegative():
		return Payment{}, &rest.FieldError{Field: "currentBalance, requiredAmount", Rule: "is negative"}
	}
	return Payment{
		ID: w.ID, Status: w.Status, Balance: w.Balance.Decimal, Required: w.Required.Decimal,
		Coin: w.Coin, Address: w.Address, ExpiresAt: w.ExpiresAt.Time,
		Young: w.Balance.IsPositive() && w.Blocks != nil && *w.Blocks < confirmedBy,
	}, nil
}

// decode reads an answer's data, or all of it when there is no such object:
// the status record comes both ways (inventpay sheet §2).
func decode[T any](body []byte) (T, error) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	var out T
	if err := json.Unmarshal(body, &envelope); err != nil {
		return out, err
	}
	if len(envelope.Data) > 0 && envelope.Data[0] == '{' {
		body = envelope.Data
	}
	err := json.Unmarshal(body, &out)
	return out, err
}

// stamp is an ISO 8601 time. Anything else is the zero time: no decision hangs
// on it.
type stamp struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (s *stamp) UnmarshalJSON(raw []byte) error {
	if at, err := time.Parse(time.RFC3339, string(bytes.Trim(raw, `"`))); err == nil {
		s.Time = at.UTC()
	}
	return nil
}

// count is a number of things, as a number or as a string. Anything else is 0.
type count int

// UnmarshalJSON implements json.Unmarshaler.
func (n *count) UnmarshalJSON(raw []byte) error {
	var v int
	if err := json.Unmarshal(bytes.Trim(raw, `"`), &v); err == nil {
		*n = count(v)
	}
	return nil
}

// flag is a truth value, as itself or as a string. Anything else is false.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = string(bytes.Trim(raw, `"`)) == "true"
	return nil
}
