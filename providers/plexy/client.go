package plexy

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"giftbot/providers/rest"
)

const (
	// Vendor is the label of this vendor in logs and metrics, and the
	// provider's name.
	Vendor = "plexy"

	createTimeout = 30 * time.Second
	readTimeout   = 10 * time.Second
	maxOrderID    = 64 // bytes
)

// Options are what the client needs. All but Chain are required: the vendor
// publishes no base URL (plexy sheet §1).
type Options struct {
	BaseURL string
	APIKey  string
	AgentID string // UUID
	Chain   rest.Chain
}

// Client makes calls with one API key for one agent. It is safe for
// concurrent use.
type Client struct {
	rest   *rest.Client
	key    string
	agent  string // path of everything but a probe
	health atomic.Pointer[string]
}

// New checks the options. An unusable base URL, an empty key, a key with a
// scheme in front and an agent id that is no UUID are errors.
func New(o Options) (*Client, error) {
	if o.APIKey == "" || strings.ContainsAny(o.APIKey, "\r\n ") {
		return nil, errors.New("plexy: an API key is required, without any scheme")
	}
	if len(o.AgentID) != 36 || uuid.Validate(o.AgentID) != nil {
		return nil, errors.New("plexy: the agent id is not a UUID")
	}
	c := &Client{key: o.APIKey, agent: "/agent/" + o.AgentID}
	chain := o.Chain
	if chain.Limit == (rest.Limit{}) {
		// Two calls per second, orders and reads together (sheet §5). The longest
		// wait leaves half of a read's deadline for the answer.
		chain.Limit = rest.Limit{Calls: 1, Per: 500 * time.Millisecond, MaxWait: 5 * time.Second}
	}
	var err error
	c.rest, err = rest.New(rest.Options{
		Vendor: Vendor, BaseURL: o.BaseURL, Auth: c.authorize, Classify: classify, Secrets: []string{o.APIKey}, Chain: chain,
	})
	return c, err
}

// authorize sends the raw key: with "Bearer" in front the vendor refuses it
// (sheet §10).
func (c *Client) authorize(req *http.Request, _ []byte) error {
	req.Header.Set("Authorization", c.key)
	return nil
}

// Skew returns the last comparison of the vendor's clock with ours.
func (c *Client) Skew() rest.Skew { return c.rest.Skew() }

// get makes one reading call for the agent and decodes its body.
func (c *Client) get(ctx context.Context, endpoint, path string, query url.Values, decode func([]byte) error) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: c.agent + path, Query: query, Timeout: readTimeout, Replay: rest.Safe,
		Decode: func(r rest.Response) error { return decode(r.Body) },
	})
}

// into decodes a body into a shape and checks it.
func into[W interface{ valid() error }](out *W) func([]byte) error {
	return func(body []byte) error {
		if err := json.Unmarshal(body, out); err != nil {
			return err
		}
		return (*out).valid()
	}
}

// list fetches one page.
func (c *Client) list(ctx context.Context, endpoint, path string, query url.Values) (page, error) {
	var p page
	err := c.get(ctx, endpoint, path, query, func(body []byte) error { return json.Unmarshal(body, &p) })
	return p, err
}

// pages walks a list that is paged.
func (c *Client) pages(ctx context.Context, endpoint, path string, query url.Values, visit func([]json.RawMessage) (int, bool, error)) error {
	query = clone(query)
	query.Set("pageSize", strconv.Itoa(pageSize))
	return walk(endpoint, func(number int) (page, error) {
		query.Set("page", strconv.Itoa(number))
		return c.list(ctx, endpoint, path, query)
	}, visit)
}

func clone(query url.Values) url.Values {
	out := url.Values{}
	for name, values := range query {
		out[name] = slices.Clone(values)
	}
	return out
}

// undecodable is the error of an item that breaks the contract.
func undecodable(endpoint string) error {
	return &rest.Error{Vendor: Vendor, Endpoint: endpoint, Kind: rest.KindUnclear, Code: rest.CodeUndecodable}
}

// Health asks whether the vendor is up; any 2xx will do. Whether the probe
// stands below the agent is not documented: the first call tries both, later
// ones what answered (sheet §3).
func (c *Client) Health(ctx context.Context) error {
	paths := []string{"/health", c.agent + "/health"}
	if known := c.health.Load(); known != nil {
		paths = []string{*known}
	}
	var err error
	for _, path := range paths {
		err = c.rest.Do(ctx, rest.Request{Method: http.MethodGet, Endpoint: "GET /health", Path: path, Timeout: readTimeout})
		if err == nil {
			c.health.Store(&path)
			return nil
		}
	}
	return err
}

// ProductTypes lists the types of products.
func (c *Client) ProductTypes(ctx context.Context) ([]Named, error) {
	return c.named(ctx, "GET /product-types", "/product-types")
}

// Categories lists the categories of products. Their shape is not documented
// (sheet §3).
func (c *Client) Categories(ctx context.Context) ([]Named, error) {
	return c.named(ctx, "GET /product-categories", "/product-categories")
}

func (c *Client) named(ctx context.Context, endpoint, path string) ([]Named, error) {
	p, err := c.list(ctx, endpoint, path, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Named, len(p.items))
	for i, raw := range p.items {
		var w wireNamed
		if err := json.Unmarshal(raw, &w); err != nil || w.ID == "" {
			return nil, undecodable(endpoint)
		}
		out[i] = w.named()
	}
	return out, nil
}

// Products walks all pages and returns each product once, as its last page has
// it. A product that cannot be read is left out; a page of nothing else is an
// error, as is a list that does not end within 200 pages (KindUnclear).
func (c *Client) Products(ctx context.Context) ([]Product, error) {
	const endpoint = "GET /products"
	var all []Product
	index := make(map[string]int)
	err := c.pages(ctx, endpoint, "/products", nil, func(items []json.RawMessage) (fresh int, stop bool, err error) {
		read := 0
		for _, raw := range items {
			var w wireProduct
			if err := json.Unmarshal(raw, &w); err != nil || w.valid() != nil {
				continue
			}
			read++
			p := w.product()
			if i, known := index[p.ID]; known {
				all[i] = p
				continue
			}
			index[p.ID] = len(all)
			all = append(all, p)
			fresh++
		}
		if read == 0 && len(items) > 0 {
			return 0, true, undecodable(endpoint)
		}
		return fresh, false, nil
	})
	return all, err
}

// Product reads one product.
func (c *Client) Product(ctx context.Context, id string) (Product, error) {
	const endpoint = "GET /products/{id}"
	if !integer.MatchString(id) {
		return Product{}, refused(endpoint, "product id")
	}
	var w wireProduct
	if err := c.get(ctx, endpoint, "/products"+rest.PathEscape(id), nil, into(&w)); err != nil {
		return Product{}, err
	}
	if string(w.ID) != id {
		return Product{}, undecodable(endpoint)
	}
	return w.product(), nil
}

// Create sends one order, once. The same Purchase is always the same bytes
// under the same key; whether to send them again is the caller's decision
// (sheet §6). The vendor takes the money at once, and may finish later.
func (c *Client) Create(ctx context.Context, p Purchase) (Order, error) {
	body, err := p.encode()
	if err != nil {
		return Order{}, err
	}
	var w wireOrder
	err = c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: createRoute, Path: c.agent + "/orders", Body: body,
		Header:  http.Header{"Idempotency-Key": {p.Key}},
		Timeout: createTimeout, Replay: rest.Never,
		Decode: func(r rest.Response) error { return into(&w)(r.Body) },
	})
	if err != nil {
		return Order{}, err
	}
	return w.order(), nil
}

// Order reads one order.
func (c *Client) Order(ctx context.Context, id string) (Order, error) {
	const endpoint = "GET /orders/{id}"
	if id == "" || id == "." || id == ".." || len(id) > maxOrderID {
		return Order{}, refused(endpoint, "order id")
	}
	var w wireOrder
	if err := c.get(ctx, endpoint, "/orders"+rest.PathEscape(id), nil, into(&w)); err != nil {
		return Order{}, err
	}
	return w.order(), nil
}

// OrderFilter narrows Orders; empty fields do not.
type OrderFilter struct {
	Status    string
	ProductID string
}

// Orders walks the orders page by page, in the vendor's order, which is not
// documented, until visit returns true or there are no more. An order may be
// seen on two pages. An order that cannot be read is an error: it may be the
// one that is looked for.
func (c *Client) Orders(ctx context.Context, f OrderFilter, visit func([]Order) (stop bool)) error {
	const endpoint = "GET /orders"
	query := url.Values{}
	if f.Status != "" {
		query.Set("status", f.Status)
	}
	if f.ProductID != "" {
		query.Set("product_id", f.ProductID)
	}
	known := make(map[string]bool)
	return c.pages(ctx, endpoint, "/orders", query, func(items []json.RawMessage) (fresh int, stop bool, err error) {
		wires, err := each[wireOrder](items)
		if err != nil {
			return 0, true, undecodable(endpoint)
		}
		orders := make([]Order, len(wires))
		for i, w := range wires {
			orders[i] = w.order()
			if !known[w.ID] {
				known[w.ID] = true
				fresh++
			}
		}
		return fresh, visit(orders), nil
	})
}

// Balance reads what is left, by currency.
func (c *Client) Balance(ctx context.Context) ([]Funds, error) {
	const endpoint = "GET /balance"
	p, err := c.list(ctx, endpoint, "/balance", nil)
	if err != nil {
		return nil, err
	}
	wires, err := each[wireFunds](p.items)
	if err != nil {
		return nil, undecodable(endpoint)
	}
	out := make([]Funds, len(wires))
	for i, w := range wires {
		out[i] = w.funds()
	}
	return out, nil
}

// Deposits walks the deposits of a status ("posted", "pending", "" for all)
// and returns each once.
func (c *Client) Deposits(ctx context.Context, status string) ([]Deposit, error) {
	const endpoint = "GET /deposits"
	query := url.Values{}
	if status != "" {
		query.Set("status", status)
	}
	var all []Deposit
	err := c.pages(ctx, endpoint, "/deposits", query, func(items []json.RawMessage) (fresh int, stop bool, err error) {
		for _, raw := range items {
			var w wireDeposit
			if err := json.Unmarshal(raw, &w); err != nil || w.ID == "" {
				return 0, true, undecodable(endpoint)
			}
			if !slices.ContainsFunc(all, func(d Deposit) bool { return d.ID == string(w.ID) }) {
				all = append(all, w.deposit())
				fresh++
			}
		}
		return fresh, false, nil
	})
	return all, err
}
