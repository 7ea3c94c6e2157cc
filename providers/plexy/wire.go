package plexy

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

// The status words (plexy sheet §4). Any other word counts as StatusPending.
const (
	StatusPending   = "pending"
	StatusCompleted = "completed"
	StatusFailed    = "failed"
)

// The codes of product types (plexy sheet §3). Their numbers are asked for.
const (
	TypeVoucher  = "redeem_card"
	TypeTransfer = "direct_transfer" // not sold
	TypeTopUp    = "direct_top_up"
)

const (
	createRoute  = "POST /orders"
	maxReference = 64
)

var (
	integer      = regexp.MustCompile(`^[0-9]{1,18}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3,5}$`)
	majorUnits   = regexp.MustCompile(`^[0-9]{1,10}\.[0-9]{2,6}$`)
)

// Product is one product of the vendor's. Amounts are major units of Currency,
// zero if the vendor did not say.
type Product struct {
	ID          string
	Name        string
	CategoryID  string
	TypeID      string
	Region      string
	Currency    string // upper case
	Description string
	Price       decimal.Decimal
	Min         decimal.Decimal
	Max         decimal.Decimal
	Step        decimal.Decimal
	Active      bool
}

// Named is a type or a category of products.
type Named struct {
	ID   string
	Code string // of a type: TypeVoucher and the like
	Name string
}

// Entry is one named secret text.
type Entry struct {
	Key   string
	Value Secret
}

// Purchase is everything an order is made from. The same fields always encode
// to the same bytes.
type Purchase struct {
	Key       string // UUID, Idempotency-Key
	ProductID string
	Currency  string
	Reference string  // ours, at most 64 bytes
	Amount    string  // face value in major units ("10.00"); "" for goods of a fixed amount
	Account   []Entry // where a top-up goes
	Test      bool
}

// encode checks the fields and returns the body. All of currency_code,
// quantity and test are always sent (sheet §11).
func (p Purchase) encode() ([]byte, error) {
	account, twice := p.account()
	switch {
	case len(p.Key) != 36 || uuid.Validate(p.Key) != nil:
		return nil, refused(createRoute, "key is not a UUID")
	case !integer.MatchString(p.ProductID):
		return nil, refused(createRoute, "product id is not an integer")
	case !currencyCode.MatchString(p.Currency):
		return nil, refused(createRoute, "currency is not a code")
	case p.Reference == "" || len(p.Reference) > maxReference:
		return nil, refused(createRoute, "reference is missing or too long")
	case p.Amount == "" && len(p.Account) > 0:
		return nil, refused(createRoute, "an account without an amount")
	case p.Amount != "" && !majorUnits.MatchString(p.Amount):
		return nil, refused(createRoute, "amount is not in major units")
	case twice:
		return nil, refused(createRoute, "an account field twice or without a name")
	}
	w := wireCreate{ProductID: json.Number(p.ProductID), Reference: p.Reference, Currency: p.Currency, Quantity: 1, Test: p.Test}
	if p.Amount != "" {
		w.TopUp = &wireTopUp{Amount: p.Amount, Account: account}
	}
	body, err := json.Marshal(w)
	if err != nil {
		return nil, refused(createRoute, "cannot be encoded")
	}
	return body, nil
}

// account returns the account as it is sent, and whether a name is not usable.
func (p Purchase) account() (fields map[string]string, unusable bool) {
	fields = make(map[string]string, len(p.Account))
	for _, e := range p.Account {
		_, twice := fields[e.Key]
		unusable = unusable || twice || e.Key == ""
		fields[e.Key] = e.Value.Reveal()
	}
	return fields, unusable
}

type wireTopUp struct {
	Amount  string            `json:"amount"`
	Account map[string]string `json:"customer_account"` // encoded by name: always in the same order
}

type wireCreate struct {
	ProductID json.Number `json:"product_id"`
	TopUp     *wireTopUp  `json:"topup_request,omitempty"`
	Reference string      `json:"external_ref"`
	Currency  string      `json:"currency_code"`
	Quantity  int         `json:"quantity"`
	Test      bool        `json:"test"`
}

// Order is one order as the vendor keeps it. Amounts are major units of
// Currency.
type Order struct {
	ID        string
	ProductID string
	Reference string
	Key       string
	Status    string
	Content   Content
	Currency  string // upper case
	Charged   Amount
	Before    Amount // our balance before and after the charge
	After     Amount
	Minor     Amount // amount_minor, a field that no page shows: only ever compared
	Test      *bool  // nil if not told
	CreatedAt time.Time
}

// Amount is order money. One that cannot be read is Odd, and does not make the
// order unreadable: its goods may be there.
type Amount struct {
	rest.Amount
	Odd bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	a.Odd = a.Amount.UnmarshalJSON(raw) != nil
	return nil
}

// ident is an integer id. Text is taken as well.
type ident string

// UnmarshalJSON implements json.Unmarshaler.
func (i *ident) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	if text == "null" {
		return nil
	}
	if !integer.MatchString(text) {
		return &rest.FieldError{Field: "id", Rule: "is not an integer"}
	}
	*i = ident(text)
	return nil
}

type wireNamed struct {
	ID   ident  `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

func (w wireNamed) named() Named { return Named{ID: string(w.ID), Code: w.Code, Name: w.Name} }

type wireProduct struct {
	ID          ident       `json:"id"`
	Name        string      `json:"name"`
	CategoryID  ident       `json:"category_id"`
	TypeID      ident       `json:"product_type_id"`
	Region      string      `json:"region_code"`
	Currency    string      `json:"currency_code"`
	Description string      `json:"description"`
	Price       rest.Amount `json:"price"`
	Min         rest.Amount `json:"min_amount"`
	Max         rest.Amount `json:"max_amount"`
	Step        rest.Amount `json:"step"`
	Active      bool        `json:"is_active"`
}

func (w wireProduct) valid() error {
	if w.ID == "" {
		return &rest.FieldError{Field: "id", Rule: "is missing"}
	}
	return nil
}

func (w wireProduct) product() Product {
	return Product{
		ID: string(w.ID), Name: w.Name, CategoryID: string(w.CategoryID), TypeID: string(w.TypeID), Region: w.Region,
		Currency: strings.ToUpper(w.Currency), Description: w.Description,
		Price: w.Price.Decimal, Min: w.Min.Decimal, Max: w.Max.Decimal, Step: w.Step.Decimal, Active: w.Active,
	}
}

type wireOrder struct {
	ID        string  `json:"id"`
	ProductID ident   `json:"product_id"`
	Reference string  `json:"external_ref"`
	Key       string  `json:"idempotency_key"`
	Status    string  `json:"status"`
	Content   Content `json:"order_content"`
	Currency  string  `json:"currency_code"`
	Charged   Amount  `json:"charged_amount"`
	Before    Amount  `json:"balance_before"`
	After     Amount  `json:"balance_after"`
	Minor     Amount  `json:"amount_minor"`
	Test      *bool   `json:"is_test"`
	CreatedAt string  `json:"created_at"`
}

func (w wireOrder) valid() error {
	if w.ID == "" || w.Status == "" {
		return &rest.FieldError{Field: "id, status", Rule: "missing"}
	}
	return nil
}

// order translates. A time that cannot be read is no time.
func (w wireOrder) order() Order {
	created, _ := time.Parse(time.RFC3339, w.CreatedAt)
	return Order{
		ID: w.ID, ProductID: string(w.ProductID), Reference: w.Reference, Key: w.Key, Status: w.Status, Content: w.Content,
		Currency: strings.ToUpper(w.Currency), Charged: w.Charged, Before: w.Before, After: w.After, Minor: w.Minor,
		Test: w.Test, CreatedAt: created,
	}
}

// Funds is what is left in one currency.
type Funds struct {
	Currency  string // upper case
	Available decimal.Decimal
}

type wireFunds struct {
	Currency  string      `json:"currency_code"`
	Available rest.Amount `json:"available"`
}

func (w wireFunds) valid() error {
	if w.Currency == "" || !w.Available.Set {
		return &rest.FieldError{Field: "items", Rule: "has no currency or no amount"}
	}
	return nil
}

func (w wireFunds) funds() Funds {
	return Funds{Currency: strings.ToUpper(w.Currency), Available: w.Available.Decimal}
}

// Deposit is money the vendor received from us. Amounts are major units.
type Deposit struct {
	ID        string
	Currency  string // upper case
	Amount    decimal.Decimal
	Method    string // bank_wire, manual
	Status    string // posted, pending
	Reference string
	PostedAt  time.Time // zero while pending
}

type wireDeposit struct {
	ID        ident       `json:"id"`
	Currency  string      `json:"currency_code"`
	Amount    rest.Amount `json:"amount"`
	Method    string      `json:"method"`
	Status    string      `json:"status"`
	Reference string      `json:"external_ref"`
	PostedAt  string      `json:"posted_at"`
}

func (w wireDeposit) deposit() Deposit {
	posted, _ := time.Parse(time.RFC3339, w.PostedAt)
	return Deposit{
		ID: string(w.ID), Currency: strings.ToUpper(w.Currency), Amount: w.Amount.Decimal,
		Method: w.Method, Status: w.Status, Reference: w.Reference, PostedAt: posted,
	}
}
