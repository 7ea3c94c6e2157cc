package infinivoucher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"giftbot/providers/rest"
)

const (
	// Vendor is the label of this vendor in logs and metrics.
	Vendor = "infinivoucher"

	buyTimeout      = 30 * time.Second // infinivoucher sheet §11
	readTimeout     = 10 * time.Second
	pageLimit       = 100 // the vendor's largest page
	maxPages        = 100 // 10,000 products or orders: beyond that the paging is broken
	maxTransactions = 50
	timeForm        = "2006-01-02T15:04:05.000Z"
)

// Options are what the client needs. APIKey is required.
type Options struct {
	BaseURL string // https://infinidashboard.infinivoucher.com/api/v1
	APIKey  string // infi_sk_…
	Chain   rest.Chain
}

// Client makes calls with one API key. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
	key  string
}

// New checks the options. An unusable base URL or an empty key is an error.
func New(o Options) (*Client, error) {
	if o.APIKey == "" || strings.ContainsAny(o.APIKey, "\r\n ") {
		return nil, errors.New("infinivoucher: an API key is required")
	}
	c := &Client{key: o.APIKey}
	chain := o.Chain
	if chain.Limit == (rest.Limit{}) {
		// Under 60 in any minute (sheet §7); purchases have permits of their own.
		// The longest wait leaves half of a read's deadline for the answer.
		chain.Limit = rest.Limit{Calls: 4, Per: 5 * time.Second, MaxWait: 5 * time.Second}
	}
	var err error
	c.rest, err = rest.New(rest.Options{
		Vendor: Vendor, BaseURL: o.BaseURL, Auth: c.authorize, Classify: classify, RequestID: requestID,
		Secrets: []string{o.APIKey}, Chain: chain,
	})
	return c, err
}

func (c *Client) authorize(req *http.Request, _ []byte) error {
	req.Header.Set("Authorization", "Bearer "+c.key)
	return nil
}

// Skew returns the last comparison of the vendor's clock with ours.
func (c *Client) Skew() rest.Skew { return c.rest.Skew() }

// get makes one reading call and decodes its data.
func (c *Client) get(ctx context.Context, endpoint, path string, query url.Values, into any) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: path, Query: query, Timeout: readTimeout,
		Replay: rest.Safe, NoAuth: path == "/health", Decode: data(into),
	})
}

// Health asks whether the vendor is up. It needs no key.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var out Health
	err := c.get(ctx, "GET /health", "/health", nil, &out)
	return out, err
}

// ProductFilter narrows Products; the zero value lists everything.
type ProductFilter struct {
	CategoryID string
	InStock    bool
}

// Products walks all pages and returns the categories in the vendor's order,
// each once with all its products (sheet §3). A walk that does not end within
// 100 pages is an error of KindUnclear.
func (c *Client) Products(ctx context.Context, f ProductFilter) ([]Category, error) {
	query := url.Values{}
	if f.CategoryID != "" {
		query.Set("category_id", f.CategoryID)
	}
	if f.InStock {
		query.Set("in_stock", "true")
	}
	var all catalogue
	err := c.walk(query, "GET /products", func() (int, error) {
		var page wireProducts
		if err := c.get(ctx, "GET /products", "/products", query, &page); err != nil {
			return 0, err
		}
		all.merge(*page.Categories)
		return page.Pagination.TotalPages, nil
	})
	return all.categories, err
}

// walk sets the page in query and fetches until the vendor's last page.
func (c *Client) walk(query url.Values, endpoint string, fetch func() (totalPages int, err error)) error {
	query.Set("limit", strconv.Itoa(pageLimit))
	for page := 1; page <= maxPages; page++ {
		query.Set("page", strconv.Itoa(page))
		total, err := fetch()
		if err != nil {
			return err
		}
		if page >= total {
			return nil
		}
	}
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindUnclear, Code: CodePages}
}

// Wallet reads the balance, and up to 50 transactions as the vendor sends
// them: their shape is not documented (sheet §3).
func (c *Client) Wallet(ctx context.Context, transactions int) (Wallet, []json.RawMessage, error) {
	query := url.Values{}
	if transactions > 0 {
		query.Set("include_transactions", "true")
		query.Set("transactions_limit", strconv.Itoa(min(transactions, maxTransactions)))
	}
	var out wireWallet
	if err := c.get(ctx, "GET /wallet", "/wallet", query, &out); err != nil {
		return Wallet{}, nil, err
	}
	return out.wallet(), out.Transactions, nil
}

// Buy sends one purchase, once. The same Purchase is always the same bytes
// under the same key; whether to send them again is the caller's decision
// (sheet §6). It does not pass the local limiter: the caller holds a permit.
func (c *Client) Buy(ctx context.Context, p Purchase) (Receipt, error) {
	body, err := p.encode()
	if err != nil {
		return Receipt{}, err
	}
	var out wireReceipt
	err = c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: buyRoute, Path: "/orders/buy", Body: body,
		Header:  http.Header{"Idempotency-Key": {p.Key}},
		Timeout: buyTimeout, Replay: rest.Never, Unlimited: true, Decode: data(&out),
	})
	if err != nil {
		return Receipt{}, err
	}
	return out.receipt(), nil
}

// OrderFilter narrows Orders; zero fields do not.
type OrderFilter struct {
	Status string // COMPLETED, PENDING, FAILED
	From   time.Time
	To     time.Time
}

// Orders walks all pages and returns the orders by their time of creation,
// without codes. The vendor's sort order is not documented, so an order may
// move between pages while they are read: each id is returned once.
func (c *Client) Orders(ctx context.Context, f OrderFilter) ([]Order, error) {
	query := url.Values{}
	if f.Status != "" {
		query.Set("status", f.Status)
	}
	if !f.From.IsZero() {
		query.Set("from", f.From.UTC().Format(timeForm))
	}
	if !f.To.IsZero() {
		query.Set("to", f.To.UTC().Format(timeForm))
	}
	var all []Order
	err := c.walk(query, "GET /orders", func() (int, error) {
		var page wireOrders
		if err := c.get(ctx, "GET /orders", "/orders", query, &page); err != nil {
			return 0, err
		}
		for _, o := range page.all() {
			if !slices.ContainsFunc(all, func(known Order) bool { return known.ID == o.ID }) {
				all = append(all, o.order())
			}
		}
		return page.Pagination.TotalPages, nil
	})
	slices.SortStableFunc(all, func(a, b Order) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Order reads one order with its codes: the recovery call (sheet §3).
func (c *Client) Order(ctx context.Context, id string) (Receipt, error) {
	if id == "" || id == "." || id == ".." {
		return Receipt{}, refused("GET /orders/{id}", "order id")
	}
	var out wireReceipt
	if err := c.get(ctx, "GET /orders/{id}", "/orders"+rest.PathEscape(id), nil, &out); err != nil {
		return Receipt{}, err
	}
	return out.receipt(), nil
}
