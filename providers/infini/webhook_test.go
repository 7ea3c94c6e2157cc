package infini

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The vector of infini sheet §6.
const (
	hookSecret    = "whsec_test_0123456789"
	hookTimestamp = "1763512573"
	hookID        = "evt-0001"
	hookSignature = "aa18dfc4e67cdc40816327962549fd3a7aaf749b15a16a46abd587a4724c9328"
)

func hookNow() time.Time { return time.Unix(1763512573, 0).Add(time.Second) }

func hookHeader() http.Header {
	return http.Header{
		"X-Webhook-Timestamp": {hookTimestamp}, "X-Webhook-Event-Id": {hookID}, "X-Webhook-Signature": {hookSignature},
	}
}

// resign signs anything the way the vendor does.
func resign(h http.Header, text string) http.Header {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(h.Get("X-Webhook-Timestamp") + "." + h.Get("X-Webhook-Event-Id") + "." + text))
	h.Set("X-Webhook-Signature", hex.EncodeToString(mac.Sum(nil)))
	return h
}

func TestWebhookVector(t *testing.T) {
	text := body(t, "webhook_completed.json")
	if len(text) != 254 {
		t.Fatalf("the vector's body has %d bytes", len(text))
	}
	want := Event{
		ID: hookID, Name: "order.completed", Known: true, OrderID: "20290d05-8f5c-4ecb-84f0-f78d6f30557f",
		Reference: "ord_1001", Status: "paid", SentAt: time.Unix(1763512573, 0).UTC(),
	}
	for name, secrets := range map[string][]string{
		"current": {hookSecret}, "previous": {"new", hookSecret}, "with an empty one": {"", hookSecret, ""},
	} {
		got, err := Verify(secrets, hookHeader(), []byte(text), hookNow())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWebhookRefusals(t *testing.T) {
	text := body(t, "webhook_completed.json")
	set := func(name string, values ...string) func(http.Header) { return func(h http.Header) { h[name] = values } }
	none := func(http.Header) {}
	tests := map[string]struct {
		secrets []string
		change  func(http.Header)
		body    string
		after   time.Duration
		want    error
	}{
		"no secret":            {nil, none, text, 0, ErrNoSecret},
		"empty secrets":        {[]string{"", ""}, none, text, 0, ErrNoSecret},
		"wrong secret":         {[]string{"other"}, none, text, 0, ErrSignature},
		"flipped body":         {nil, none, strings.Replace(text, "12.5", "12.4", 1), 0, ErrSignature},
		"trailing newline":     {nil, none, text + "\n", 0, ErrSignature},
		"re-serialised":        {nil, none, strings.ReplaceAll(text, ":", ": "), 0, ErrSignature},
		"flipped timestamp":    {nil, set("X-Webhook-Timestamp", "1763512574"), text, 0, ErrSignature},
		"flipped id":           {nil, set("X-Webhook-Event-Id", "evt-0002"), text, 0, ErrSignature},
		"flipped signature":    {nil, set("X-Webhook-Signature", "b"+hookSignature[1:]), text, 0, ErrSignature},
		"upper case":           {nil, set("X-Webhook-Signature", strings.ToUpper(hookSignature)), text, 0, ErrSignature},
		"no signature":         {nil, set("X-Webhook-Signature"), text, 0, ErrHeader},
		"two signatures":       {nil, set("X-Webhook-Signature", hookSignature, hookSignature), text, 0, ErrHeader},
		"short signature":      {nil, set("X-Webhook-Signature", hookSignature[:62]), text, 0, ErrHeader},
		"no timestamp":         {nil, set("X-Webhook-Timestamp"), text, 0, ErrHeader},
		"two timestamps":       {nil, set("X-Webhook-Timestamp", hookTimestamp, hookTimestamp), text, 0, ErrHeader},
		"long timestamp":       {nil, set("X-Webhook-Timestamp", strings.Repeat("1", 21)), text, 0, ErrHeader},
		"no event id":          {nil, set("X-Webhook-Event-Id"), text, 0, ErrHeader},
		"long event id":        {nil, set("X-Webhook-Event-Id", strings.Repeat("x", 201)), text, 0, ErrHeader},
		"after the window":     {nil, none, text, 30*time.Minute + time.Second, ErrWindow},
		"from the far future":  {nil, none, text, -6 * time.Minute, ErrWindow},
		"oversized":            {nil, none, text + strings.Repeat(" ", MaxWebhookBody), 0, ErrTooLarge},
		"the signature is not": {nil, set("X-Webhook-Signature", strings.Repeat("z", 64)), text, 0, ErrSignature},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			secrets := tt.secrets
			if secrets == nil && !errors.Is(tt.want, ErrNoSecret) {
				secrets = []string{hookSecret}
			}
			h := hookHeader()
			tt.change(h)
			_, err := Verify(secrets, h, []byte(tt.body), hookNow().Add(tt.after))
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), hookSignature) || strings.Contains(err.Error(), hookSecret)) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

// The vendor's eighth send comes 990 s after the first, with its timestamp.
func TestTheWholeTrainOfRetriesIsAccepted(t *testing.T) {
	text := body(t, "webhook_completed.json")
	for _, seconds := range []int{0, 30, 60, 90, 150, 270, 510, 990, 1799} {
		if _, err := Verify([]string{hookSecret}, hookHeader(), []byte(text), time.Unix(1763512573, 0).Add(time.Duration(seconds)*time.Second)); err != nil {
			t.Errorf("after %d s: %v", seconds, err)
		}
	}
}

func TestTimestampForms(t *testing.T) {
	const text = `{"event":"order.expired","order_id":"o","client_reference":"r"}`
	for timestamp, want := range map[string]error{
		hookTimestamp: nil, hookTimestamp + "250": nil, "0": ErrHeader, "-5": ErrHeader, "soon": ErrHeader, "1763512573.5": ErrHeader,
	} {
		h := hookHeader()
		h.Set("X-Webhook-Timestamp", timestamp)
		_, err := Verify([]string{hookSecret}, resign(h, text), []byte(text), hookNow())
		if !errors.Is(err, want) {
			t.Errorf("timestamp %s: %v, want %v", timestamp, err, want)
		}
	}
}

func TestEvents(t *testing.T) {
	for name, known := range map[string]bool{
		"order.create": true, "order.created": true, "order.update": true, "order.processing": true, "order.completed": true,
		"order.expired": true, "order.late_payment": true, "subscription.update": false, "subscription.cancel": false, "order.invented": false,
	} {
		text := `{"event":"` + name + `","order_id":"o-1","client_reference":"r-1","amount":12.5,"exception_tags":["late"],"new_field":{}}`
		e, err := Verify([]string{hookSecret}, resign(hookHeader(), text), []byte(text), hookNow())
		if err != nil || e.Known != known || e.Name != name {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
	for _, text := range []string{"", "null", "[]", "{}", `{"event":""}`, `{"event":7}`, "<xml>", `{"event":"order.completed"} trailing`} {
		if _, err := Verify([]string{hookSecret}, resign(hookHeader(), text), []byte(text), hookNow()); !errors.Is(err, ErrBody) {
			t.Errorf("%q: %v", text, err)
		}
	}
	text := `{"event":"order.completed"}`
	if e, err := Verify([]string{hookSecret}, resign(hookHeader(), text), []byte(text), hookNow()); err != nil || e.Known {
		t.Errorf("an event that names no order: %+v %v", e, err)
	}
}

// FuzzVerify: whatever is sent, only what the secret signed is accepted, and
// nothing panics.
func FuzzVerify(f *testing.F) {
	f.Add(body(f, "webhook_completed.json"), hookTimestamp, hookID, hookSignature)
	f.Add(`{"event":"order.create","order_id":1}`, "1763512573000", "evt", strings.Repeat("0", 64))
	f.Add(`{"event":"subscription.update"}`, "", "", "")
	f.Add(strings.Repeat("[", 9000), "-1", "\x00", strings.Repeat("é", 32))
	f.Fuzz(func(t *testing.T, text, timestamp, id, signature string) {
		h := http.Header{"X-Webhook-Timestamp": {timestamp}, "X-Webhook-Event-Id": {id}, "X-Webhook-Signature": {signature}}
		e, err := Verify([]string{hookSecret}, h, []byte(text), hookNow())
		if err == nil {
			if want := resign(h.Clone(), text).Get("X-Webhook-Signature"); want != signature || e.Name == "" {
				t.Fatalf("accepted %q signed %q", text, signature)
			}
		}
		signed := resign(h, text)
		e, err = Verify([]string{hookSecret}, signed, []byte(text), hookNow())
		if seconds, parse := strconv.ParseInt(timestamp, 10, 64); parse != nil && err == nil {
			t.Fatalf("accepted timestamp %q (%d) of %+v", timestamp, seconds, e)
		}
	})
}
