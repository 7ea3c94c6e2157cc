package infini

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"giftbot/sandbox/kit"
)

// webhookBody is the body of infini sheet §6, fields in the order of its vector.
type webhookBody struct {
	Event            string   `json:"event"`
	OrderID          string   `json:"order_id"`
	ClientReference  string   `json:"client_reference"`
	Amount           string   `json:"amount"`
	Currency         string   `json:"currency"`
	Status           string   `json:"status"`
	AmountConfirmed  string   `json:"amount_confirmed"`
	AmountConfirming string   `json:"amount_confirming"`
	CreatedAt        int64    `json:"created_at"`
	UpdatedAt        int64    `json:"updated_at"`
	ExceptionTags    []string `json:"exception_tags,omitempty"`
}

// announce queues a signed webhook about the order; the lock is held.
func (v *Vendor) announce(o *order, event string) {
	body, err := json.Marshal(webhookBody{
		Event: event, OrderID: o.id, ClientReference: o.reference,
		Amount: o.amount.String(), Currency: o.currency, Status: o.status,
		AmountConfirmed: o.sum(Confirmed).String(), AmountConfirming: o.sum(Confirming).String(),
		CreatedAt: o.createdAt.Unix(), UpdatedAt: o.updatedAt.Unix(), ExceptionTags: o.tags,
	})
	if err != nil {
		return // strings and integers always encode
	}
	v.out.Send(v.sign(o.id, event, body, v.nowLocked()))
}

// sign makes a webhook as the vendor would, timestamped at. It is signed once
// and never again on a retry.
func (v *Vendor) sign(key, event string, body []byte, at time.Time) kit.Message {
	timestamp, eventID := strconv.FormatInt(at.Unix(), 10), "evt-"+v.cfg.NewID()
	h := http.Header{}
	h.Set("X-Webhook-Timestamp", timestamp)
	h.Set("X-Webhook-Event-Id", eventID)
	h.Set("X-Webhook-Signature", SignWebhook(v.cfg.WebhookSecret, timestamp, eventID, body))
	return kit.Message{Key: key, Event: event, Header: h, Body: body}
}

func events() []string {
	return []string{"order.create", "order.processing", "order.completed", "order.expired", "order.late_payment"}
}

// Announce queues one more webhook about an order, as it is now, under any of
// the documented event names.
func (v *Vendor) Announce(orderID, event string) error {
	if !slices.Contains(events(), event) {
		return fmt.Errorf("event must be one of %v", events())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	if o == nil {
		return ErrUnknownOrder
	}
	v.announce(o, event)
	return nil
}
