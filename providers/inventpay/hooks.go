package inventpay

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"giftbot/providers/rest"
)

// maxPage is the largest page of deliveries (inventpay sheet §3).
const maxPage = 100

// DeliveryFilter chooses webhook deliveries.
type DeliveryFilter struct {
	Page      int  // from 1
	Limit     int  // 1 to 100
	Failed    bool // only those that failed
	PaymentID string
}

type wireWebhookURL struct {
	WebhookURL string `json:"webhookUrl"`
}

// SetWebhook registers the merchant's one webhook address: https, or loopback
// beside a vendor on loopback.
func (c *Client) SetWebhook(ctx context.Context, address string) error {
	const endpoint = "PUT /merchant/webhook-url"
	if !c.usable(address) {
		return refused(endpoint, CodeLocalInvalid, "the webhook address is not https")
	}
	body, err := marshal(endpoint, wireWebhookURL{address})
	if err != nil {
		return err
	}
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodPut, Endpoint: endpoint, Path: "/v1/merchant/webhook-url", Body: body,
		Timeout: readTimeout, Replay: rest.Safe,
	})
}

// DeleteWebhook removes the merchant's webhook address.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodDelete, Endpoint: "DELETE /merchant/webhook-url", Path: "/v1/merchant/webhook-url",
		Timeout: readTimeout, Replay: rest.Safe,
	})
}

// Webhook reads the registration. The secret in the answer is not kept.
func (c *Client) Webhook(ctx context.Context) (Webhook, error) {
	var out Webhook
	err := c.read(ctx, "GET /merchant/webhook-config", "/v1/merchant/webhook-config", nil, func(r rest.Response) (err error) {
		out, err = decodeWebhook(r.Body)
		return err
	})
	return out, err
}

// TestWebhook has a signed payment.test sent to an address, or to the
// registered one if it is empty. It is sent once.
func (c *Client) TestWebhook(ctx context.Context, address string) (WebhookTest, error) {
	const endpoint = "POST /merchant/test-webhook"
	var out WebhookTest
	body := []byte("{}")
	if address != "" {
		if !c.usable(address) {
			return out, refused(endpoint, CodeLocalInvalid, "the webhook address is not https")
		}
		var err error
		if body, err = marshal(endpoint, wireWebhookURL{address}); err != nil {
			return out, err
		}
	}
	err := c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: endpoint, Path: "/v1/merchant/test-webhook", Body: body,
		Timeout: createTimeout, Replay: rest.Never,
		Decode: func(r rest.Response) (err error) { out, err = decodeTest(r.Body); return err },
	})
	return out, err
}

// Deliveries lists webhook deliveries, one page.
func (c *Client) Deliveries(ctx context.Context, f DeliveryFilter) (Deliveries, error) {
	var out Deliveries
	err := c.read(ctx, "GET /merchant/webhook-deliveries", "/v1/merchant/webhook-deliveries", page(f), func(r rest.Response) (err error) {
		out, err = decodeDeliveries(r.Body)
		return err
	})
	return out, err
}

// Delivery reads one webhook delivery.
func (c *Client) Delivery(ctx context.Context, id string) (Delivery, error) {
	const endpoint = "GET /merchant/webhook-delivery/{id}"
	var out Delivery
	if !usableID(id) {
		return out, refused(endpoint, CodeLocalInvalid, "delivery id")
	}
	path := rest.PathEscape("v1", "merchant", "webhook-delivery", id)
	err := c.read(ctx, endpoint, path, nil, func(r rest.Response) (err error) {
		out, err = decodeDelivery(r.Body)
		return err
	})
	return out, err
}

// RetryDelivery has a delivery sent again. It is asked once.
func (c *Client) RetryDelivery(ctx context.Context, id string) error {
	const endpoint = "POST /merchant/webhook-delivery/{id}/retry"
	if !usableID(id) {
		return refused(endpoint, CodeLocalInvalid, "delivery id")
	}
	return c.rest.Do(ctx, rest.Request{
		Method: http.MethodPost, Endpoint: endpoint, Path: rest.PathEscape("v1", "merchant", "webhook-delivery", id, "retry"),
		Timeout: createTimeout, Replay: rest.Never,
	})
}

// WebhookStats counts the deliveries of the last days, at least 1.
func (c *Client) WebhookStats(ctx context.Context, days int) (WebhookStats, error) {
	var out WebhookStats
	query := url.Values{"days": {strconv.Itoa(max(days, 1))}}
	err := c.read(ctx, "GET /merchant/webhook-stats", "/v1/merchant/webhook-stats", query, func(r rest.Response) (err error) {
		out, err = decodeStats(r.Body)
		return err
	})
	return out, err
}

func page(f DeliveryFilter) url.Values {
	query := url.Values{"page": {strconv.Itoa(max(f.Page, 1))}, "limit": {strconv.Itoa(min(max(f.Limit, 1), maxPage))}}
	if f.Failed {
		query.Set("success", "false")
	}
	if f.PaymentID != "" {
		query.Set("paymentId", f.PaymentID)
	}
	return query
}
