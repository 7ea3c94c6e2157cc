package univoucher

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	// Vendor is the label of this vendor in logs and metrics.
	Vendor = "univoucher"

	readTimeout = 10 * time.Second
	pageLimit   = 100 // the vendor's maximum is not documented (univoucher sheet §11)
)

// Options are what the client needs. The vendor wants no key of its own.
type Options struct {
	BaseURL string       // https://api.univoucher.com/v1
	Keys    []PrivateKey // of our wallets: blanked should the vendor ever echo one
	Chain   rest.Chain
}

// Client makes calls to the vendor. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
}

// New checks the options. An unusable base URL is an error.
func New(o Options) (*Client, error) {
	chain := o.Chain
	if chain.Limit == (rest.Limit{}) && !chain.Bare {
		// No limit is documented: two reads per second (univoucher sheet §2).
		chain.Limit = rest.Limit{Calls: 2, Per: time.Second, MaxWait: 5 * time.Second}
	}
	var secrets []string
	for _, k := range o.Keys {
		if text := k.reveal(); text != "" {
			secrets = append(secrets, text, text[2:])
		}
	}
	c := &Client{}
	var err error
	c.rest, err = rest.New(rest.Options{Vendor: Vendor, BaseURL: o.BaseURL, Classify: classify, Secrets: secrets, Chain: chain})
	return c, err
}

// Skew returns the last comparison of the vendor's clock with ours.
func (c *Client) Skew() rest.Skew { return c.rest.Skew() }

// get makes one reading call and decodes its bare answer.
func (c *Client) get(ctx context.Context, endpoint, path string, query url.Values, into any) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: path, Query: query, Timeout: readTimeout, Replay: rest.Safe, Decode: bare(into),
	})
}

// Health asks whether the vendor is up; 503 is an error.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var out Health
	err := c.get(ctx, "GET /health", "/health", nil, &out)
	return out, err
}

// About returns the vendor's description of itself, as it is.
func (c *Client) About(ctx context.Context) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.get(ctx, "GET /", "/", nil, &out)
	return out, err
}

// Callbacks returns the vendor's description of its callbacks, as it is.
func (c *Client) Callbacks(ctx context.Context) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.get(ctx, "GET /callbacks", "/callbacks", nil, &out)
	return out, err
}

// Card reads one card by its id. A card minted a moment ago may not be there
// yet: CodeNoCard.
func (c *Client) Card(ctx context.Context, id string) (Card, error) {
	const endpoint = "GET /cards/single"
	if !plainID.MatchString(id) {
		return Card{}, refused(endpoint, "card id is no number")
	}
	card, err := c.single(ctx, url.Values{"id": {id}})
	if err == nil && card.ID != id {
		return Card{}, &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindUnclear, Code: rest.CodeUndecodable, Message: "another card"}
	}
	return card, err
}

// CardBySlot reads one card by its slot address.
func (c *Client) CardBySlot(ctx context.Context, slot string) (Card, error) {
	const endpoint = "GET /cards/single"
	if !plainAddress.MatchString(slot) {
		return Card{}, refused(endpoint, "slot is no address")
	}
	card, err := c.single(ctx, url.Values{"slotId": {slot}})
	if err == nil && !sameAddress(card.Slot, slot) {
		return Card{}, &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindUnclear, Code: rest.CodeUndecodable, Message: "another card"}
	}
	return card, err
}

func (c *Client) single(ctx context.Context, query url.Values) (Card, error) {
	var out wireCard
	if err := c.get(ctx, "GET /cards/single", "/cards/single", query, &out); err != nil {
		return Card{}, err
	}
	return out.card(), nil
}

// CardFilter narrows Cards; zero fields do not. What BelongsTo means depends on
// the others (univoucher sheet §12).
type CardFilter struct {
	BelongsTo  string // creator or redeemer
	Creator    string
	RedeemedBy string
	Partner    string
	Token      string
	Chain      int64
	Status     string // active, redeemed, cancelled
	Oldest     bool   // first: the default is the newest
	Page       int    // 0 is 1
	Limit      int    // 0 is 100, which is also the most
	Counts     bool   // only the counts, no cards
}

func (f CardFilter) query() url.Values {
	q := url.Values{"sortDirection": {"desc"}}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("belongTo", f.BelongsTo)
	set("creator", f.Creator)
	set("redeemedBy", f.RedeemedBy)
	set("partner", f.Partner)
	set("tokenAddress", f.Token)
	set("status", f.Status)
	if f.Chain > 0 {
		q.Set("chain", strconv.FormatInt(f.Chain, 10))
	}
	if f.Oldest {
		q.Set("sortDirection", "asc")
	}
	limit := f.Limit
	if limit <= 0 || limit > pageLimit {
		limit = pageLimit
	}
	if f.Counts {
		limit = 0
	}
	q.Set("limit", strconv.Itoa(limit))
	q.Set("page", strconv.Itoa(max(f.Page, 1)))
	return q
}

// Cards reads one page of the card list.
func (c *Client) Cards(ctx context.Context, f CardFilter) (CardPage, error) {
	out := wireCards{counts: f.Counts}
	if err := c.get(ctx, "GET /cards/all", "/cards/all", f.query(), &out); err != nil {
		return CardPage{}, err
	}
	return out.page(), nil
}

// Fees returns the creation fee of every chain, by chain id, as a fraction:
// 0.01 is 1 %.
func (c *Client) Fees(ctx context.Context) (map[int64]decimal.Decimal, error) {
	var w map[string]rest.Amount
	if err := c.get(ctx, "GET /fees/current", "/fees/current", nil, &w); err != nil {
		return nil, err
	}
	out := make(map[int64]decimal.Decimal, len(w))
	for id, fee := range w {
		chain, err := strconv.ParseInt(id, 10, 64)
		if err == nil && fee.Set {
			out[chain] = fee.Decimal
		}
	}
	return out, nil
}

// Fee returns the creation fee of one chain as a fraction.
func (c *Client) Fee(ctx context.Context, chain int64) (decimal.Decimal, error) {
	var w wireFee
	err := c.get(ctx, "GET /fees/current", "/fees/current", url.Values{"chainId": {strconv.FormatInt(chain, 10)}}, &w)
	return w.Fee.Decimal, err
}

type wireFee struct {
	Fee rest.Amount `json:"feePercentage"`
}

func (w wireFee) valid() error {
	if !w.Fee.Set {
		return &rest.FieldError{Field: "feePercentage", Rule: "is missing"}
	}
	return nil
}

// FeeHistory returns the fee of one chain in basis points, which leave no doubt
// about the unit (univoucher sheet §11).
func (c *Client) FeeHistory(ctx context.Context, chain int64) (FeeHistory, error) {
	var w wireFees
	err := c.get(ctx, "GET /fees/history/{chainId}", "/fees/history"+rest.PathEscape(strconv.FormatInt(chain, 10)), nil, &w)
	if err != nil {
		return FeeHistory{}, err
	}
	return w.history(), nil
}

// Chains returns the chains the vendor serves at this moment.
func (c *Client) Chains(ctx context.Context) ([]Chain, error) {
	var w wireChains
	if err := c.get(ctx, "GET /chains", "/chains", nil, &w); err != nil {
		return nil, err
	}
	out := make([]Chain, 0, len(*w.Chains))
	for _, chain := range *w.Chains {
		out = append(out, chain.chain())
	}
	return out, nil
}

// Chain returns one chain. CodeNoChain: unknown, or not active.
func (c *Client) Chain(ctx context.Context, id int64) (Chain, error) {
	var w wireChain
	if err := c.get(ctx, "GET /chains", "/chains", url.Values{"chain": {strconv.FormatInt(id, 10)}}, &w); err != nil {
		return Chain{}, err
	}
	return w.chain(), nil
}
