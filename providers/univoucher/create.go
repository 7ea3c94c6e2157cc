package univoucher

import (
	"context"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"giftbot/providers/rest"
)

const (
	createRoute = "POST /cards/create"
	cancelRoute = "POST /cards/cancel"

	createTimeout = 30 * time.Second // for the 202 (univoucher sheet §4)
	syncTimeout   = 65 * time.Minute // two confirmations of up to 30 min each
	maxCards      = 100              // in one creation, and in one cancellation
	maxMessage    = 100              // characters, public on the chain
	maxReference  = 100              // bytes
	minAuthToken  = 32               // bytes (univoucher sheet §5)
)

// CreateRequest is everything cards are created from. The same fields always
// encode to the same bytes.
type CreateRequest struct {
	Chain       int64
	Token       string
	Amount      *big.Int // per card, smallest unit, without the fee
	Quantity    int      // 1 to 100, in one transaction
	Key         PrivateKey
	OrderID     string // our reference; no idempotency key
	CallbackURL string // "" for the synchronous form
	AuthToken   Secret
	Message     string // public: never anything of the buyer's that they did not type for it
}

type wireCreate struct {
	Network     int64  `json:"network"`
	Token       string `json:"tokenAddress"`
	Amount      string `json:"amount"`
	Quantity    int    `json:"quantity"`
	PrivateKey  string `json:"privateKey"`
	OrderID     string `json:"orderId"`
	CallbackURL string `json:"callbackUrl,omitempty"`
	AuthToken   string `json:"authToken,omitempty"`
	Message     string `json:"message,omitempty"`
}

// encode checks the fields and returns the body.
func (r CreateRequest) encode() ([]byte, error) {
	switch {
	case r.Chain <= 0:
		return nil, refused(createRoute, "chain is missing")
	case !plainAddress.MatchString(r.Token):
		return nil, refused(createRoute, "token is no address")
	case r.Amount == nil || r.Amount.Sign() <= 0 || r.Amount.BitLen() > 256:
		return nil, refused(createRoute, "amount is missing or out of range")
	case r.Quantity < 1 || r.Quantity > maxCards:
		return nil, refused(createRoute, "quantity is not 1 to 100")
	case r.Key.Address() == "":
		return nil, refused(createRoute, "there is no key")
	case r.OrderID == "" || len(r.OrderID) > maxReference:
		return nil, refused(createRoute, "order id is missing or too long")
	case utf8.RuneCountInString(r.Message) > maxMessage || !utf8.ValidString(r.Message):
		return nil, refused(createRoute, "message is longer than 100 characters or no text")
	}
	body, err := json.Marshal(wireCreate{
		Network: r.Chain, Token: r.Token, Amount: r.Amount.String(), Quantity: r.Quantity, PrivateKey: r.Key.reveal(),
		OrderID: r.OrderID, CallbackURL: r.CallbackURL, AuthToken: r.AuthToken.Reveal(), Message: r.Message,
	})
	if err != nil {
		return nil, refused(createRoute, "cannot be encoded")
	}
	return body, nil
}

// checkCallback wants an address and a token that nobody guesses.
func checkCallback(route, address string, token Secret) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return refused(route, "callback URL is missing or unusable")
	case u.Scheme != "https" && (u.Scheme != "http" || !rest.Loopback(u)):
		return refused(route, "callback URL is not https")
	case len(token.Reveal()) < minAuthToken:
		return refused(route, "auth token is too short")
	}
	return nil
}

// Created is a creation as the vendor took it on. Amounts are in the smallest
// unit of the token, nil where the answer has none.
type Created struct {
	OrderID, Status    string
	Issuer             string // the address of the key that was sent
	Chain              int64
	Token              string
	Amount, Fee, Total *big.Int // per card
	All                *big.Int // for all cards
	Quantity           int
	Message            string
	CallbackURL        string
	CreatedAt          time.Time

	// What only the synchronous form has.
	Cards     []NewCard
	Approvals []string
	Creations []string
}

// NewCard is a card with its secret, as it is handed over exactly once.
type NewCard struct {
	ID      string
	Secret  Secret
	Slot    string
	Amount  *big.Int
	Token   string
	Message string
	OrderID string
}

type wireNewCard struct {
	ID      cardID `json:"cardId"`
	Secret  Secret `json:"cardSecret"`
	Slot    string `json:"slotId"`
	Amount  soft   `json:"amount"`
	Token   string `json:"tokenAddress"`
	Message string `json:"message"`
	OrderID string `json:"orderId"`
}

func (w wireNewCard) card() NewCard {
	return NewCard{
		ID: string(w.ID), Secret: w.Secret, Slot: w.Slot, Amount: w.Amount.value, Token: w.Token, Message: w.Message, OrderID: w.OrderID,
	}
}

// wireMoney is what a 202, a synchronous answer and a callback have in common.
type wireMoney struct {
	OrderID     string   `json:"orderId"`
	Status      string   `json:"status"`
	Issuer      string   `json:"issuerAddress"`
	Network     count    `json:"network"`
	Token       string   `json:"tokenAddress"`
	Amount      soft     `json:"amountPerCard"`
	Fee         soft     `json:"feePerCard"`
	Total       soft     `json:"totalPerCard"`
	All         soft     `json:"totalAmount"`
	Quantity    count    `json:"quantity"`
	Message     string   `json:"message"`
	CallbackURL string   `json:"callbackUrl"`
	CreatedAt   text     `json:"createdAt"`
	Approvals   []string `json:"approvalTransactionHashes"`
	Creations   []string `json:"creationTransactionHashes"`
}

func (w wireMoney) created() Created {
	return Created{
		OrderID: w.OrderID, Status: w.Status, Issuer: w.Issuer, Chain: int64(w.Network), Token: w.Token, Amount: w.Amount.value,
		Fee: w.Fee.value, Total: w.Total.value, All: w.All.value, Quantity: int(w.Quantity), Message: w.Message,
		CallbackURL: w.CallbackURL, CreatedAt: moment(string(w.CreatedAt)), Approvals: w.Approvals, Creations: w.Creations,
	}
}

type wireCreated struct {
	wireMoney
	Success bool          `json:"success"`
	Cards   []wireNewCard `json:"cards"`
	wanted  string        // the status word of the form that was asked for
}

func (w wireCreated) valid() error {
	if !w.Success || w.Status != w.wanted || w.OrderID == "" {
		return &rest.FieldError{Field: "success, status, orderId", Rule: "are not as asked"}
	}
	return nil
}

// Create sends one creation, once, and returns when the vendor has taken it on
// (202). The cards come in a callback. It passes the local limiter by: the
// caller holds a permit. Whether an answer that was lost meant a creation is
// not known (univoucher sheet §6).
func (c *Client) Create(ctx context.Context, r CreateRequest) (Created, error) {
	if err := checkCallback(createRoute, r.CallbackURL, r.AuthToken); err != nil {
		return Created{}, err
	}
	return c.create(ctx, r, "pending", createTimeout)
}

// CreateSync is the form that blocks until the cards are mined, up to an hour.
// A cut connection loses the secrets: the bot does not use it (univoucher sheet
// §4).
func (c *Client) CreateSync(ctx context.Context, r CreateRequest) (Created, error) {
	if r.CallbackURL != "" || r.AuthToken.Reveal() != "" {
		return Created{}, refused(createRoute, "the synchronous form has no callback")
	}
	return c.create(ctx, r, "success", syncTimeout)
}

func (c *Client) create(ctx context.Context, r CreateRequest, status string, timeout time.Duration) (Created, error) {
	body, err := r.encode()
	if err != nil {
		return Created{}, err
	}
	w := wireCreated{wanted: status}
	err = c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: createRoute, Path: "/cards/create", Body: body,
		Timeout: timeout, Replay: rest.Never, Unlimited: true, Decode: bare(&w),
	})
	if err != nil {
		return Created{}, err
	}
	out := w.created()
	for _, card := range w.Cards {
		out.Cards = append(out.Cards, card.card())
	}
	return out, nil
}

// CancelRequest asks cards of one chain back. Their face amount returns to the
// wallet, the fee does not.
type CancelRequest struct {
	CardIDs     []string // 1 to 100
	Key         PrivateKey
	CallbackURL string
	AuthToken   Secret
}

type wireCancel struct {
	CardIDs     []string `json:"cardIds"`
	PrivateKey  string   `json:"privateKey"`
	CallbackURL string   `json:"callbackUrl"`
	AuthToken   string   `json:"authToken"`
}

func (r CancelRequest) encode() ([]byte, error) {
	switch {
	case len(r.CardIDs) == 0 || len(r.CardIDs) > maxCards:
		return nil, refused(cancelRoute, "cards are not 1 to 100")
	case r.Key.Address() == "":
		return nil, refused(cancelRoute, "there is no key")
	}
	for _, id := range r.CardIDs {
		if !plainID.MatchString(id) {
			return nil, refused(cancelRoute, "card id is no number")
		}
	}
	body, err := json.Marshal(wireCancel{CardIDs: r.CardIDs, PrivateKey: r.Key.reveal(), CallbackURL: r.CallbackURL, AuthToken: r.AuthToken.Reveal()})
	if err != nil {
		return nil, refused(cancelRoute, "cannot be encoded")
	}
	return body, nil
}

// Cancel asks for cards back. The endpoint is not documented (univoucher sheet
// §7): what came of it is read from the cards themselves.
func (c *Client) Cancel(ctx context.Context, r CancelRequest) error {
	if err := checkCallback(cancelRoute, r.CallbackURL, r.AuthToken); err != nil {
		return err
	}
	body, err := r.encode()
	if err != nil {
		return err
	}
	var w struct {
		Success bool `json:"success"`
	}
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: cancelRoute, Path: "/cards/cancel", Body: body,
		Timeout: createTimeout, Replay: rest.Never, Unlimited: true,
		Decode: func(r rest.Response) error {
			if err := json.Unmarshal(r.Body, &w); err != nil {
				return err
			}
			if !w.Success {
				return &rest.FieldError{Field: "success", Rule: "is missing"}
			}
			return nil
		},
	})
}
