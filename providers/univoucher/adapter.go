package univoucher

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
)

const (
	pieces   = 10 // of one line: one transaction
	creates  = 5  // per window; the lock of a chain slows down more than this
	window   = 10 * time.Second
	look     = 60 * time.Second
	patience = 30 * time.Minute
	// callbackBy is how long a callback may take: two confirmations of 30 min,
	// retries, and as much again (univoucher sheet §6).
	callbackBy = 90 * time.Minute
	// lookBack is how long before the first send a creation is looked for: our
	// clock may be off by 4 min (DESIGN §5).
	lookBack = 6 * time.Minute
	// lagging is the wait before a card is asked for again that the vendor's
	// books do not show yet (univoucher sheet §2).
	lagging = 15 * time.Second
	// recallAgain is the wait between two looks at a cancellation, cancelAgain
	// between two requests for the same.
	recallAgain = 60 * time.Second
	cancelAgain = 10 * time.Minute
)

// Mismatch names a check of univoucher sheet §4 to §6 that failed. Everything
// is kept, only what is certain is delivered, a person is told.
type Mismatch string

// The checks.
const (
	MismatchOrder     Mismatch = "order"     // another order id
	MismatchNetwork   Mismatch = "network"   // another chain
	MismatchToken     Mismatch = "token"     // another token
	MismatchAmount    Mismatch = "amount"    // another amount per card
	MismatchQuantity  Mismatch = "quantity"  // another quantity
	MismatchIssuer    Mismatch = "issuer"    // another wallet pays
	MismatchTotal     Mismatch = "total"     // dearer than fee and amount, by more than 2 %
	MismatchSame      Mismatch = "same_card" // a card stood there twice
	MismatchCard      Mismatch = "card"      // a card is not what was bought, or its secret does not open it
	MismatchRedeemed  Mismatch = "redeemed"  // a card was used before it was delivered
	MismatchCancelled Mismatch = "cancelled" // a card was taken back before it was delivered
	MismatchFewer     Mismatch = "fewer"     // fewer good cards than bought
	MismatchMore      Mismatch = "more"      // more cards than bought
	MismatchTwice     Mismatch = "twice"     // more cards on the chain than one creation makes
)

// Settings are what the adapter is configured with.
type Settings struct {
	Keys         map[int64]PrivateKey // of the wallet of each chain: a small one (univoucher sheet §1)
	Tokens       []Token
	CallbackBase string             // PUBLIC_URL + "/webhooks/univoucher/"
	Cancel       bool               // ask lost cards back: the endpoint is not documented (univoucher sheet §7)
	MaxGas       map[int64]*big.Int // wei per unit of gas, beyond which a chain makes a pause; no entry: no limit
}

// Adapter is UniVoucher as the order engine's supplier and as a source of the
// catalogue. It is safe for concurrent use.
type Adapter struct {
	client   *Client
	nodes    *Nodes
	tokens   *Tokens
	settings Settings
	items    map[string]Token
	now      func() time.Time

	mu        sync.Mutex // guards what follows; never held during a call
	fees      map[int64]feeRead
	wallets   map[int64]walletRead
	cancelled map[string]time.Time // when a recall was last asked for, by its cards
}

var (
	_ order.Supplier = (*Adapter)(nil)
	_ order.Receiver = (*Adapter)(nil)
	_ order.Recaller = (*Adapter)(nil)
)

// NewAdapter returns the supplier over a client, the chains' nodes and the
// callback tokens. now is the clock that reads age by; nil means time.Now. An
// unusable token, a token that stands there twice, or a callback address that
// is not https is an error that names it.
func NewAdapter(c *Client, nodes *Nodes, tokens *Tokens, s Settings, now func() time.Time) (*Adapter, error) {
	if now == nil {
		now = time.Now
	}
	a := &Adapter{
		client: c, nodes: nodes, tokens: tokens, settings: s, now: now, items: make(map[string]Token, len(s.Tokens)),
		fees: make(map[int64]feeRead), wallets: make(map[int64]walletRead), cancelled: make(map[string]time.Time),
	}
	for _, t := range s.Tokens {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("univoucher: token %s: %w", t.Item(), err)
		}
		if _, twice := a.items[t.Item()]; twice {
			return nil, fmt.Errorf("univoucher: token %s: twice", t.Item())
		}
		a.items[t.Item()] = t
	}
	base, err := url.Parse(s.CallbackBase)
	if err != nil || base.Host == "" || base.Scheme != "https" && !rest.Loopback(base) || !strings.HasSuffix(base.Path, "/") {
		return nil, errors.New("univoucher: the callback address is not https, or does not end in a slash")
	}
	return a, nil
}

// Name is the provider name.
func (a *Adapter) Name() string { return Vendor }

// Terms implements order.Supplier: nothing is sent twice, and one creation at a
// time per wallet (univoucher sheet §6).
func (a *Adapter) Terms() order.SupplierTerms {
	return order.SupplierTerms{
		Sends: creates, Window: window, Pieces: pieces, Lock: chainOf, Once: true, Look: look, Patience: patience, Recalls: a.settings.Cancel,
	}
}

// sold returns the token of an item and the key of the wallet that pays.
func (a *Adapter) sold(item string) (Token, PrivateKey, bool) {
	t, known := a.items[item]
	key := a.settings.Keys[t.Chain]
	return t, key, known && key.Address() != ""
}

// wanted is a purchase in the vendor's terms.
type wanted struct {
	order.Purchase
	token  Token
	key    PrivateKey
	amount *big.Int // of one card
}

// wants translates a purchase. CodeInvalid: it cannot be bought here.
func (a *Adapter) wants(p order.Purchase) (wanted, error) {
	t, key, ok := a.sold(p.Item)
	if !ok {
		return wanted{}, refusal("item", errors.New("no such token, or no wallet"))
	}
	amount, err := unitsOf(int64(p.Face), t.Decimals)
	if err != nil {
		return wanted{}, refusal("amount", err)
	}
	if p.Quantity < 1 || p.Quantity > maxCards {
		return wanted{}, refusal("quantity", nil)
	}
	return wanted{Purchase: p, token: t, key: key, amount: amount}, nil
}

// dollars converts units of a token, rounded by round.
func (t Token) dollars(units *big.Int, round func(decimal.Decimal) (order.Money, error)) (order.Money, error) {
	return round(decimal.NewFromBigInt(units, -int32(t.Decimals))) //nolint:gosec // at most 30
}

// age is how long ago a purchase was sent, false if that is not known.
func (a *Adapter) age(p order.Purchase) (time.Duration, bool) {
	return a.now().Sub(p.FirstSentAt.Time()), p.FirstSentAt > 0
}

// joined names cards as one vendor order: their ids in the order of numbers.
func joined(ids []string) string {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return strings.Join(slices.Compact(ids), ",")
}

func refusal(what string, err error) error {
	return &order.Error{Code: order.CodeInvalid, Op: Vendor + " " + what, Err: err}
}

func unclear(what string, wait time.Duration, err error) error {
	return &order.Error{Code: order.CodeUnclear, Op: Vendor + " " + what, RetryAfter: wait, Err: err}
}

// readError is what a read that failed says about a purchase: nothing, whatever
// the vendor answered.
func readError(op string, wait time.Duration, err error) error {
	if e := rest.As(err); e != nil {
		wait = max(wait, e.RetryAfter)
	}
	return unclear(op, wait, err)
}
