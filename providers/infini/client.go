package infini

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"giftbot/providers/rest"
)

const (
	// Vendor is the label of this vendor in logs and metrics.
	Vendor = "infini"
	// MaxSkew is how far the clocks may be apart before the client stops
	// signing: the vendor refuses a Date beyond 300 s (infini sheet §2).
	MaxSkew = 240 * time.Second

	writeTimeout = 15 * time.Second
	readTimeout  = 10 * time.Second
	// skewFresh is how long a clock comparison counts; after that one signed
	// request goes out to compare again.
	skewFresh = time.Minute

	orderPath = "/v1/acquiring/order"
)

// ErrClock is the cause of CodeAuth when the clocks are more than
// Options.MaxSkew apart.
var ErrClock = errors.New("the clocks are too far apart to sign")

// Options are what the client needs. KeyID and SecretKey are required.
type Options struct {
	BaseURL   string // https://openapi.infini.money; a path prefix is kept and signed
	KeyID     string
	SecretKey string
	MaxSkew   time.Duration // 0: never stop signing; production uses MaxSkew
	Chain     rest.Chain
}

// Client makes signed calls. It is safe for concurrent use.
type Client struct {
	rest    *rest.Client
	options Options
	now     func() time.Time
}

// New checks the options. An unusable base URL, an empty key or a key id that
// cannot stand in a header is an error.
func New(o Options) (*Client, error) {
	if o.KeyID == "" || o.SecretKey == "" || strings.ContainsAny(o.KeyID, "\"\r\n\\") {
		return nil, errors.New("infini: key id and secret key are required")
	}
	c := &Client{options: o, now: o.Chain.Now}
	if c.now == nil {
		c.now = time.Now
	}
	chain := o.Chain
	if chain.Limit == (rest.Limit{}) {
		// No limit is documented (sheet §8); this one only stops a runaway loop.
		chain.Limit = rest.Limit{Calls: 50, Per: 5 * time.Second, MaxWait: 5 * time.Second}
	}
	var err error
	c.rest, err = rest.New(rest.Options{
		Vendor: Vendor, BaseURL: o.BaseURL, Auth: c.sign, Classify: classify,
		Secrets: []string{o.SecretKey, o.KeyID}, Chain: chain,
	})
	return c, err
}

// Skew returns the last comparison of the vendor's clock with ours.
func (c *Client) Skew() rest.Skew { return c.rest.Skew() }

// Create makes an order and its checkout link. It is sent once: re-sends are
// the caller's, with the same CreateOrder, which is always the same bytes
// (sheet §9). Created.CheckoutURL may be empty: then Reissue. Errors are
// *rest.Error; CodeRequestExists and CodeReferenceExists mean that the order
// exists under an id that was not told.
func (c *Client) Create(ctx context.Context, o CreateOrder) (Created, error) {
	body, err := o.encode()
	if err != nil {
		return Created{}, err
	}
	var out Created
	err = c.once(ctx, createRoute, orderPath, body, into(&out, decodeCreated))
	return out, err
}

// Query reads an order. CodeOrderUnknown: there is none of this id.
func (c *Client) Query(ctx context.Context, orderID string) (Order, error) {
	var out Order
	err := c.read(ctx, "GET /order", orderPath, url.Values{"order_id": {orderID}}, into(&out, decodeOrder))
	return out, err
}

// Reissue fetches a fresh checkout link of an order. Two routes are
// documented; the one the vendor's own tools use is tried first (sheet §4).
func (c *Client) Reissue(ctx context.Context, orderID string) (Created, error) {
	out, err := c.reissue(ctx, "/order/token/reissue", orderID)
	if e := rest.As(err); e != nil && e.Status == http.StatusNotFound && e.Code != CodeOrderUnknown {
		return c.reissue(ctx, "/token/reissue", orderID)
	}
	return out, err
}

func (c *Client) reissue(ctx context.Context, route, orderID string) (Created, error) {
	body, err := marshal("POST "+route, struct {
		OrderID string `json:"order_id"`
	}{orderID})
	if err != nil {
		return Created{}, err
	}
	var out Created
	err = c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: "POST " + route, Path: "/v1/acquiring" + route, Body: body,
		Timeout: readTimeout, Replay: rest.Safe, Decode: into(&out, decodeCreated),
	})
	return out, err
}

// read is a call that changes nothing: it may be sent again.
func (c *Client) read(ctx context.Context, endpoint, path string, query url.Values, decode func(rest.Response) error) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: path, Query: query,
		Timeout: readTimeout, Replay: rest.Safe, Decode: decode,
	})
}

// once is a call that changes something: it is sent one single time.
func (c *Client) once(ctx context.Context, endpoint, path string, body []byte, decode func(rest.Response) error) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: endpoint, Path: path, Body: body,
		Timeout: writeTimeout, Replay: rest.Never, Decode: decode,
	})
}

// into keeps what a decoder makes of an answer.
func into[T any](out *T, decode func([]byte) (T, error)) func(rest.Response) error {
	return func(r rest.Response) (err error) { *out, err = decode(r.Body); return err }
}

// marshal encodes what cannot fail but for a programming error.
func marshal[T any](endpoint string, body T) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, refused(endpoint, CodeLocalInvalid, "cannot be encoded")
	}
	return raw, nil
}
