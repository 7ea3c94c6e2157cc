package infini

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	// MaxWebhookBody is the largest body accepted, in bytes (DESIGN §5).
	MaxWebhookBody = 64 << 10
	// webhookWindow covers the vendor's 16-minute train of retries, which all
	// carry the first timestamp (infini sheet §6).
	webhookWindow = 30 * time.Minute
	// webhookAhead allows for clocks that differ.
	webhookAhead = 5 * time.Minute

	maxEventID = 200
)

// Why a webhook is refused. None quotes the request.
var (
	ErrNoSecret  = errors.New("infini webhook: no secret is set")
	ErrHeader    = errors.New("infini webhook: a header is missing, repeated or malformed")
	ErrSignature = errors.New("infini webhook: the signature does not fit")
	ErrWindow    = errors.New("infini webhook: the timestamp is outside the window")
	ErrTooLarge  = errors.New("infini webhook: the body is too large")
	ErrBody      = errors.New("infini webhook: the body is not an event")
)

// Event is a verified webhook: a reason to Query, never a fact.
type Event struct {
	ID        string // the vendor's event id, for load protection
	Name      string // "order.completed"
	Known     bool   // an order event of the sheet; anything else is acknowledged and ignored
	OrderID   string
	Reference string
	Status    string
	SentAt    time.Time
	// Subscription is what an event about one tells, nil in every other event.
	// No order waits for it: Known stays false and Hint's ok too.
	Subscription *Subscription
}

// Verify checks a webhook and reads it (infini sheet §6). It is pure. secrets
// holds the current one and those still accepted; empty ones do not count, and
// without any the answer is ErrNoSecret. Errors: ErrTooLarge, ErrHeader,
// ErrSignature, ErrWindow, ErrBody. An unknown event is no error: Known is
// false.
func Verify(secrets []string, header http.Header, body []byte, now time.Time) (Event, error) {
	if !slices.ContainsFunc(secrets, func(s string) bool { return s != "" }) {
		return Event{}, ErrNoSecret
	}
	if len(body) > MaxWebhookBody {
		return Event{}, ErrTooLarge
	}
	timestamp, id, given, err := webhookHeaders(header)
	if err != nil {
		return Event{}, err
	}
	if !signed(secrets, timestamp, id, body, given) {
		return Event{}, ErrSignature
	}
	sentAt, err := webhookTime(timestamp)
	if err != nil {
		return Event{}, err
	}
	if age := now.Sub(sentAt); age > webhookWindow || age < -webhookAhead {
		return Event{}, ErrWindow
	}
	return decodeEvent(id, sentAt, body)
}

// webhookHeaders takes each header exactly once.
func webhookHeaders(h http.Header) (timestamp, id string, signature []byte, err error) {
	one := func(name string) string {
		if values := h.Values(name); len(values) == 1 {
			return values[0]
		}
		return ""
	}
	timestamp, id = one("X-Webhook-Timestamp"), one("X-Webhook-Event-Id")
	given := one("X-Webhook-Signature")
	if timestamp == "" || len(timestamp) > 20 || id == "" || len(id) > maxEventID || len(given) != 2*sha256.Size {
		return "", "", nil, ErrHeader
	}
	return timestamp, id, []byte(given), nil
}

// signed compares with every secret, in constant time, without stopping at
// the first that fits. The signature is lower-case hex.
func signed(secrets []string, timestamp, id string, body, given []byte) bool {
	ok := false
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(timestamp + "." + id + "."))
		mac.Write(body)
		if hmac.Equal(given, []byte(hex.EncodeToString(mac.Sum(nil)))) {
			ok = true
		}
	}
	return ok
}

// webhookTime reads Unix seconds or milliseconds.
func webhookTime(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, ErrHeader
	}
	return flexInt(n).time(), nil
}

func decodeEvent(id string, sentAt time.Time, body []byte) (Event, error) {
	var w struct {
		Event     string `json:"event"`
		OrderID   string `json:"order_id"`
		Reference string `json:"client_reference"`
		Status    string `json:"status"`
	}
	if err := json.Unmarshal(body, &w); err != nil || w.Event == "" {
		return Event{}, ErrBody
	}
	known := slices.Contains([]string{
		"order.create", "order.created", "order.processing", "order.completed", "order.expired", "order.late_payment", "order.update",
	}, w.Event)
	return Event{
		ID: id, Name: w.Event, Known: known && (w.OrderID != "" || w.Reference != ""),
		OrderID: w.OrderID, Reference: w.Reference, Status: w.Status, SentAt: sentAt,
		Subscription: subscriptionIn(w.Event, body),
	}, nil
}

// subscriptionIn reads what a subscription event carries (sheet §12). One that
// cannot be read is nil and no error: a resend would bring the same bytes.
func subscriptionIn(event string, body []byte) *Subscription {
	if event != EventSubscriptionUpdate && event != EventSubscriptionCancel {
		return nil
	}
	s, err := decodeSubscription(body)
	if err != nil {
		return nil
	}
	return &s
}
