package inventpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// MaxWebhookBody is the largest body accepted, in bytes (DESIGN §5).
const MaxWebhookBody = 64 << 10

// Why a webhook is refused. None quotes the request.
var (
	ErrNoSecret  = errors.New("inventpay webhook: no secret is set")
	ErrHeader    = errors.New("inventpay webhook: the signature is missing, repeated or malformed")
	ErrSignature = errors.New("inventpay webhook: the signature does not fit")
	ErrTooLarge  = errors.New("inventpay webhook: the body is too large")
	ErrBody      = errors.New("inventpay webhook: the body is not an event")
)

// Event is a verified webhook: a reason to read the status, never a fact.
type Event struct {
	ID         string // payment and event name: the vendor has no delivery id (inventpay sheet §5)
	Name       string // "payment.completed"
	Known      bool   // a payment event of the sheet; anything else is acknowledged and ignored
	PaymentID  string
	OrderID    string
	Withdrawal string // of a withdrawal event of the sheet: read it again
	Status     string
	Test       bool // must never fulfil in production
}

// Verify checks a webhook and reads it (inventpay sheet §5). It is pure.
// secrets holds the current one and those still accepted; empty ones do not
// count, and without any the answer is ErrNoSecret. Nothing that is signed is
// fresh, so the time decides nothing: a delivery may come again at any time.
// Errors: ErrTooLarge, ErrHeader, ErrSignature, ErrBody. An unknown event is
// no error: Known is false.
func Verify(secrets []string, header http.Header, body []byte, _ time.Time) (Event, error) {
	if !slices.ContainsFunc(secrets, func(s string) bool { return s != "" }) {
		return Event{}, ErrNoSecret
	}
	if len(body) > MaxWebhookBody {
		return Event{}, ErrTooLarge
	}
	given := header.Values("X-Webhook-Signature")
	if len(given) != 1 || len(given[0]) != 2*sha256.Size {
		return Event{}, ErrHeader
	}
	if !signed(secrets, body, []byte(given[0])) {
		return Event{}, ErrSignature
	}
	return decodeEvent(body)
}

// signed compares with every secret, in constant time, without stopping at
// the first that fits. The signature is lower-case hex over the raw body.
func signed(secrets []string, body, given []byte) bool {
	ok := false
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(given, []byte(hex.EncodeToString(mac.Sum(nil)))) {
			ok = true
		}
	}
	return ok
}

// fields are an event's members: flat, or nested under data. The root counts
// first (inventpay sheet §5).
type fields struct{ root, data map[string]json.RawMessage }

func (f fields) get(name string) json.RawMessage {
	if raw, ok := f.root[name]; ok && string(raw) != "null" {
		return raw
	}
	return f.data[name]
}

// text is a member that is text, "" for anything else.
func (f fields) text(name string) string {
	var s string
	if err := json.Unmarshal(f.get(name), &s); err != nil {
		return ""
	}
	return s
}

// test reports whether an event is marked as a test, in any way but a clear no.
func (f fields) test() bool {
	for _, raw := range []json.RawMessage{f.root["test"], f.data["test"]} {
		if !slices.Contains([]string{"", "null", "false"}, string(raw)) {
			return true
		}
	}
	return false
}

func decodeEvent(body []byte) (Event, error) {
	var f fields
	if err := json.Unmarshal(body, &f.root); err != nil {
		return Event{}, ErrBody
	}
	if err := json.Unmarshal(f.root["data"], &f.data); err != nil {
		f.data = nil // flat
	}
	e := Event{Name: f.text("event"), PaymentID: f.text("paymentId"), OrderID: f.text("orderId"), Status: f.text("status")}
	if e.Name == "" {
		return Event{}, ErrBody
	}
	e.Known = paymentEvent(e.Name) && usableID(e.PaymentID)
	if e.Known {
		e.ID = e.PaymentID + " " + e.Name
	}
	if id := f.text("withdrawalId"); withdrawalEvent(e.Name) && usableID(id) {
		e.Withdrawal = id
	}
	e.Test = f.test() || e.Name == "payment.test"
	return e, nil
}

// paymentEvent lists the events of a payment. Confirmed and completed are
// two names for one.
func paymentEvent(name string) bool {
	return slices.Contains([]string{"created", "pending", "confirmed", "completed", "underpaid", "expired", "failed"}, after(name, "payment."))
}

func withdrawalEvent(name string) bool {
	return slices.Contains([]string{"created", "processing", "completed", "failed"}, after(name, "withdrawal."))
}

// after is what follows a prefix, "" if it is not there.
func after(name, prefix string) string {
	rest, _ := strings.CutPrefix(name, prefix)
	if rest == name {
		return ""
	}
	return rest
}
