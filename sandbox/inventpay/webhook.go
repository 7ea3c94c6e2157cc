package inventpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"giftbot/sandbox/kit"
)

// The events about a payment, inventpay sheet §5.
const (
	eventCreated   = "payment.created"
	eventPending   = "payment.pending"
	eventConfirmed = "payment.confirmed"
	eventCompleted = "payment.completed"
	eventUnderpaid = "payment.underpaid"
	eventExpired   = "payment.expired"
	eventFailed    = "payment.failed"
	eventTest      = "payment.test"
)

func paymentEvents() []string {
	return []string{eventCreated, eventPending, eventConfirmed, eventCompleted, eventUnderpaid, eventExpired, eventFailed}
}

// supportedEvents is what webhook-config lists.
func supportedEvents() []string {
	return append(paymentEvents(), eventTest, "withdrawal.created", "withdrawal.processing", "withdrawal.completed", "withdrawal.failed")
}

// SignWebhook returns the lower-case hex X-Webhook-Signature over the raw body,
// inventpay sheet §5.
func SignWebhook(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// The header that names where a message of the direct outbox goes; it never
// leaves the sandbox.
const (
	toHeader   = "Sandbox-Deliver-To"
	carriedURL = "http://carried.invalid/"
)

// addressed is a client whose requests go to the URL they carry.
func addressed(client *http.Client) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	own := *client
	next := own.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	own.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		u, err := url.Parse(r.Header.Get(toHeader))
		if err != nil {
			return nil, fmt.Errorf("inventpay sandbox: callbackUrl: %w", err)
		}
		out := r.Clone(r.Context())
		out.Header.Del(toHeader)
		out.URL, out.Host = u, u.Host
		return next.RoundTrip(out)
	})
	return &own
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// announce queues the signed webhook of an event to every URL that wants it;
// the lock is held.
func (v *Vendor) announce(p *payment, event string) {
	data := fields{
		"paymentId": p.id, "orderId": orNull(p.orderID), "baseAmount": v.set.money(p.base), "baseCurrency": p.baseCurrency,
		"status": v.set.word(p.live(v.cfg.Now())), "createdAt": stamp(p.createdAt),
	}
	if p.coin.Code != "" {
		data["amount"], data["currency"] = v.set.money(p.required), p.coin.Code
	}
	maps.Copy(data, v.details(p, event))
	callback := p.callback
	if v.set.DeliverTo == "merchant" {
		callback = ""
	}
	body := v.set.hook(event, data, v.cfg.Now(), false)
	if v.set.DeliverTo != "callback" && (callback == "" || callback != v.out.URL()) {
		v.deliver(v.out, v.out.URL(), p.id, event, body)
	}
	if callback != "" {
		v.deliver(v.direct, callback, p.id, event, body)
	}
}

// details are the extra fields of an event, inventpay sheet §5.
func (v *Vendor) details(p *payment, event string) fields {
	m := v.set.money
	switch event {
	case eventCreated:
		return fields{"invoiceUrl": v.invoiceURL(p), "expiresAt": stamp(p.expiresAt)}
	case eventPending:
		return fields{"currentBalance": m(p.balance()), "currencySelected": p.coin.Code, "address": p.address, "cryptoAmount": m(p.required)}
	case eventConfirmed, eventCompleted:
		return fields{
			"settlementAmount": m(p.settled), "feeAmount": m(p.fee), "feeRate": number(v.set.FeeRate), "currentBalance": m(p.balance()),
			"transactionHash": p.lastHash(), "confirmedAt": stamp(p.completedAt),
		}
	case eventUnderpaid:
		paid := p.balance().Shift(2).DivRound(p.required, 2)
		return fields{
			"requiredAmount": m(p.required), "currentBalance": m(p.balance()), "remainingAmount": m(p.remaining()),
			"paidPercentage": number(paid), "remainingPercentage": number(hundred().Sub(paid)),
		}
	case eventExpired:
		return fields{"wasUnderpaid": p.underpaid, "currentBalance": m(p.balance())}
	}
	return fields{"error": p.reason, "failureReason": p.reason}
}

func (p *payment) lastHash() any {
	if len(p.transfers) == 0 {
		return nil
	}
	return p.transfers[len(p.transfers)-1].hash
}

func (v *Vendor) tellWithdrawal(w *withdrawal, event string) {
	v.deliver(v.out, v.out.URL(), w.id, event, v.set.hook(event, v.withdrawn(w), v.cfg.Now(), false))
}

// hook is a webhook's body: nested under data as in docs and SDK types, or flat
// as in the README and the author's shop (inventpay sheet §5).
func (s settings) hook(event string, data fields, at time.Time, test bool) []byte {
	root := fields{}
	if s.FlatWebhooks {
		maps.Copy(root, data)
	} else {
		root["data"] = data
	}
	root["event"], root["timestamp"], root["test"] = event, stamp(at), test
	raw, err := json.Marshal(root)
	if err != nil {
		return nil // strings, numbers and booleans always encode
	}
	return raw
}

// delivery is one webhook as the console knows it; how it fared is in its outbox.
type delivery struct {
	id, key, event, url string
	body                []byte
	header              http.Header
	out                 *kit.Outbox
	createdAt           time.Time
}

const maxDeliveries = 5000

// deliver signs a body and queues it. It is signed once and never again. The
// delivery's id travels in the outbox's event name and is shown to nobody.
func (v *Vendor) deliver(out *kit.Outbox, to, key, event string, body []byte) *delivery {
	d := &delivery{id: v.newID(), key: key, event: event, url: to, body: body, out: out, createdAt: v.cfg.Now(), header: http.Header{}}
	d.header.Set("X-Webhook-Signature", SignWebhook(v.cfg.WebhookSecret, body))
	d.header.Set("X-Webhook-Event", event)
	if out == v.direct {
		d.header.Set(toHeader, to)
	}
	if len(v.sent) >= maxDeliveries {
		delete(v.bySent, v.sent[0].id)
		v.sent = slices.Delete(v.sent, 0, 1)
	}
	v.sent = append(v.sent, d)
	v.bySent[d.id] = d
	d.send()
	return d
}

func (d *delivery) send() {
	d.out.Send(kit.Message{Key: d.key, Event: d.event + " " + d.id, Header: d.header, Body: d.body})
}

// Announce queues one more webhook about a payment, as it is now, under any
// event name about payments.
func (v *Vendor) Announce(id, event string) error {
	if !slices.Contains(paymentEvents(), event) {
		return fmt.Errorf("event must be one of %s", strings.Join(paymentEvents(), ", "))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return ErrUnknownPayment
	}
	if event == eventUnderpaid && p.coin.Code == "" {
		return fmt.Errorf("nothing was paid")
	}
	v.announce(p, event)
	return nil
}
