package inventpay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	// Vendor is the label of this vendor in logs and metrics.
	Vendor = "inventpay"

	createTimeout   = 15 * time.Second
	readTimeout     = 10 * time.Second
	withdrawTimeout = 30 * time.Second // the SDK's own (inventpay sheet §2)
)

// Options are what the client needs. APIKey is required.
type Options struct {
	BaseURL       string // https://api.inventpay.io; the version is in the paths
	APIKey        string
	WithdrawalKey string          // empty: CreateWithdrawal refuses
	Minimum       decimal.Decimal // smallest invoice in USD, 0 for 1.00 (inventpay sheet §9)
	Chain         rest.Chain
}

// Client makes the calls. It is safe for concurrent use.
type Client struct {
	rest    *rest.Client
	options Options
}

// New checks the options. An unusable base URL, an empty key or a key that
// cannot stand in a header is an error.
func New(o Options) (*Client, error) {
	if o.APIKey == "" || strings.ContainsAny(o.APIKey+o.WithdrawalKey, "\r\n\x00") {
		return nil, errors.New("inventpay: the API key is missing or a key is malformed")
	}
	if !o.Minimum.IsPositive() {
		o.Minimum = decimal.NewFromInt(1)
	}
	chain := o.Chain
	if chain.Limit == (rest.Limit{}) {
		// Below the tightest burst told, and below 300 reads a minute (sheet §6).
		chain.Limit = rest.Limit{Calls: 5, Per: time.Second, MaxWait: 5 * time.Second}
	}
	c := &Client{options: o}
	var err error
	c.rest, err = rest.New(rest.Options{
		Vendor: Vendor, BaseURL: o.BaseURL, Classify: classify,
		Auth:    func(req *http.Request, _ []byte) error { req.Header.Set("X-API-Key", o.APIKey); return nil },
		Secrets: []string{o.APIKey, o.WithdrawalKey}, Chain: chain,
	})
	return c, err
}

// CreateInvoice makes an invoice whose coin the buyer picks. It is sent once:
// re-sends are the caller's, and each may make another invoice, all of which
// can be paid (inventpay sheet §6). Errors are *rest.Error.
func (c *Client) CreateInvoice(ctx context.Context, i CreateInvoice) (Invoice, error) {
	const endpoint = "POST /create_invoice"
	var out Invoice
	body, err := c.encodeInvoice(endpoint, i, "")
	if err != nil {
		return out, err
	}
	err = c.create(ctx, endpoint, "/v1/create_invoice", i.Key, body, func(r rest.Response) (err error) {
		out, err = decodeInvoice(r.Body)
		return err
	})
	return out, err
}

// CreatePayment makes a payment in one fixed coin: one of Coins. Otherwise it
// is CreateInvoice.
func (c *Client) CreatePayment(ctx context.Context, i CreateInvoice, coin string) (CoinPayment, error) {
	const endpoint = "POST /create_payment"
	var out CoinPayment
	if !isCoin(coin) {
		return out, refused(endpoint, CodeLocalInvalid, "coin is not supported")
	}
	body, err := c.encodeInvoice(endpoint, i, coin)
	if err != nil {
		return out, err
	}
	err = c.create(ctx, endpoint, "/v1/create_payment", i.Key, body, func(r rest.Response) (err error) {
		out, err = decodeCoinPayment(r.Body)
		return err
	})
	return out, err
}

func (c *Client) create(ctx context.Context, endpoint, path, key string, body []byte, decode func(rest.Response) error) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: endpoint, Path: path, Body: body,
		Header: http.Header{"Idempotency-Key": {key}}, Timeout: createTimeout, Replay: rest.Never, Decode: decode,
	})
}

// Status reads a payment's record. The endpoint is public: no key is sent
// (inventpay sheet §3). The record's id may be another than asked for: whoever
// uses it compares.
func (c *Client) Status(ctx context.Context, paymentID string) (Payment, error) {
	const endpoint = "GET /invoice/{id}/status"
	var out Payment
	if !usableID(paymentID) {
		return out, refused(endpoint, CodeLocalInvalid, "payment id")
	}
	err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: rest.PathEscape("v1", "invoice", paymentID, "status"),
		Timeout: readTimeout, Replay: rest.Safe, NoAuth: true,
		Decode: func(r rest.Response) (err error) { out, err = decodePayment(r.Body); return err },
	})
	return out, err
}

// Balances reads what the merchant account holds, per coin.
func (c *Client) Balances(ctx context.Context) ([]Balance, error) {
	var out []Balance
	err := c.read(ctx, "GET /merchant/balance", "/v1/merchant/balance", nil, func(r rest.Response) (err error) {
		out, err = decodeBalances(r.Body)
		return err
	})
	return out, err
}

// Balance reads what the merchant account holds of one coin.
func (c *Client) Balance(ctx context.Context, coin string) (Balance, error) {
	const endpoint = "GET /merchant/balance/{coin}"
	var out Balance
	if !isCoin(coin) {
		return out, refused(endpoint, CodeLocalInvalid, "coin is not supported")
	}
	err := c.read(ctx, endpoint, rest.PathEscape("v1", "merchant", "balance", coin), nil, func(r rest.Response) (err error) {
		out, err = decodeBalance(r.Body, coin)
		return err
	})
	return out, err
}

// read is an authenticated call that changes nothing.
func (c *Client) read(ctx context.Context, endpoint, path string, query url.Values, decode func(rest.Response) error) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: path, Query: query,
		Timeout: readTimeout, Replay: rest.Safe, Decode: decode,
	})
}

// CreateWithdrawal pays out. It is sent once and must never be sent again
// after an unclear answer: no idempotency is known (inventpay sheet §3).
// Without a withdrawal key it is refused with CodeNoWithdrawalKey.
func (c *Client) CreateWithdrawal(ctx context.Context, w CreateWithdrawal) (Withdrawal, error) {
	const endpoint = "POST /withdrawal/create"
	var out Withdrawal
	if c.options.WithdrawalKey == "" {
		return out, refused(endpoint, CodeNoWithdrawalKey, "no withdrawal key is set")
	}
	body, err := w.encode(endpoint)
	if err != nil {
		return out, err
	}
	header := c.withdrawalHeader()
	header["Idempotency-Key"] = []string{w.Key}
	err = c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: endpoint, Path: "/v1/merchant/withdrawal/create", Body: body, Header: header,
		Timeout: withdrawTimeout, Replay: rest.Never,
		Decode: func(r rest.Response) (err error) { out, err = decodeWithdrawal(r.Body, w); return err },
	})
	return out, err
}

// Withdrawal reads a payout. The withdrawal key is sent along when there is
// one: a payout under way can be followed after the key was taken out.
func (c *Client) Withdrawal(ctx context.Context, id string) (Withdrawal, error) {
	const endpoint = "GET /withdrawal/{id}"
	var out Withdrawal
	if !usableID(id) {
		return out, refused(endpoint, CodeLocalInvalid, "withdrawal id")
	}
	err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodGet, Endpoint: endpoint, Path: rest.PathEscape("v1", "withdrawal", id),
		Header: c.withdrawalHeader(), Timeout: readTimeout, Replay: rest.Safe,
		Decode: func(r rest.Response) (err error) {
			out, err = decodeWithdrawal(r.Body, CreateWithdrawal{})
			if err == nil && out.ID != id {
				err = &rest.FieldError{Field: "withdrawalId", Rule: "is another"}
			}
			return err
		},
	})
	return out, err
}

func (c *Client) withdrawalHeader() http.Header {
	header := http.Header{}
	if c.options.WithdrawalKey != "" {
		header.Set("X-Withdrawal-Key", c.options.WithdrawalKey)
	}
	return header
}

// usable reports whether somebody may be sent to an address: https, or http
// on loopback when the vendor itself is there.
func (c *Client) usable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && c.rest.Local() && rest.Loopback(u)
}

// usableID keeps what is no id out of paths and records.
func usableID(id string) bool {
	return id != "" && len(id) <= maxID && id != "." && id != ".." && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// marshal encodes what cannot fail but for a programming error.
func marshal[T any](endpoint string, body T) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, refused(endpoint, CodeLocalInvalid, "cannot be encoded")
	}
	return raw, nil
}
