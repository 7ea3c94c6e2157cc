package inventpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The vectors of inventpay sheet §5.
const (
	hookSecret = "whsec_inv_0123456789"
	nestedSign = "ea7bbd7cb02c3f07b0a4d7f68abf436eb50681751ef0d953823dca54298d99c2"
	flatSign   = "19a1c950684051359a27c20debdfd16b05dbcedeb19d9a0d0b68d2379a01adb8"
	spacedSign = "f579d2071b053876bc68799a79dc15c765964602488cdff2baa5de0e42dac784"
)

func hookNow() time.Time { return time.Date(2025, 1, 21, 12, 0, 1, 0, time.UTC) }

func header(signature ...string) http.Header {
	return http.Header{"X-Webhook-Signature": signature, "X-Webhook-Event": {"payment.created"}}
}

// sign signs anything the way the vendor does.
func sign(text string) http.Header {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(text))
	return header(hex.EncodeToString(mac.Sum(nil)))
}

// spaced is the flat body as another serialiser writes it.
func spaced(t *testing.T) string {
	t.Helper()
	return strings.NewReplacer(`,"`, `, "`, `":`, `": `).Replace(body(t, "hook_flat.json"))
}

func verify(t *testing.T, text string) (Event, error) {
	t.Helper()
	return Verify([]string{hookSecret}, sign(text), []byte(text), hookNow())
}

func TestWebhookVectors(t *testing.T) {
	want := Event{
		ID: paymentID + " payment.completed", Name: "payment.completed", Known: true,
		PaymentID: paymentID, OrderID: "ord_1001", Status: "COMPLETED",
	}
	for _, v := range []struct {
		text, signature string
		size            int
	}{
		{body(t, "hook_nested.json"), nestedSign, 239}, {body(t, "hook_flat.json"), flatSign, 191}, {spaced(t), spacedSign, 206},
	} {
		if v.size != len(v.text) {
			t.Errorf("%s has %d bytes", v.text, len(v.text))
		}
		for name, secrets := range map[string][]string{
			"current": {hookSecret}, "previous": {"new", hookSecret}, "with empty ones": {"", hookSecret, ""},
		} {
			got, err := Verify(secrets, header(v.signature), []byte(v.text), hookNow())
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s, %s: %v %s", v.text, name, err, diff)
			}
		}
	}
	// The same event, written differently, has another signature: raw bytes count.
	if _, err := Verify([]string{hookSecret}, header(flatSign), []byte(spaced(t)), hookNow()); !errors.Is(err, ErrSignature) {
		t.Errorf("re-serialised: %v", err)
	}
}

func TestWebhookRefusals(t *testing.T) {
	text := body(t, "hook_flat.json")
	ours := []string{hookSecret}
	tests := map[string]struct {
		secrets []string
		header  http.Header
		body    string
		want    error
	}{
		"no secret":             {nil, header(flatSign), text, ErrNoSecret},
		"empty secrets":         {[]string{"", ""}, header(flatSign), text, ErrNoSecret},
		"signed with nothing":   {[]string{""}, header(emptySecretSign(text)), text, ErrNoSecret},
		"empty one beside ours": {[]string{"", hookSecret}, header(emptySecretSign(text)), text, ErrSignature},
		"wrong secret":          {[]string{"other"}, header(flatSign), text, ErrSignature},
		"flipped body":          {ours, header(flatSign), strings.Replace(text, "12.5", "12.4", 1), ErrSignature},
		"flipped test":          {ours, header(flatSign), strings.Replace(text, "false", "true ", 1), ErrSignature},
		"trailing newline":      {ours, header(flatSign), text + "\n", ErrSignature},
		"cut":                   {ours, header(flatSign), text[:len(text)-1], ErrSignature},
		"empty body":            {ours, header(flatSign), "", ErrSignature},
		"re-serialised":         {ours, header(flatSign), spaced(t), ErrSignature},
		"of another body":       {ours, header(nestedSign), text, ErrSignature},
		"flipped signature":     {ours, header("0" + flatSign[1:]), text, ErrSignature},
		"upper case":            {ours, header(strings.ToUpper(flatSign)), text, ErrSignature},
		"no signature":          {ours, http.Header{}, text, ErrHeader},
		"empty signature":       {ours, header(""), text, ErrHeader},
		"two signatures":        {ours, header(flatSign, flatSign), text, ErrHeader},
		"a wrong one first":     {ours, header(nestedSign, flatSign), text, ErrHeader},
		"joined signatures":     {ours, header(flatSign + ", " + flatSign), text, ErrHeader},
		"short signature":       {ours, header(flatSign[:62]), text, ErrHeader},
		"with a prefix":         {ours, header("sha256=" + flatSign), text, ErrHeader},
		"with a space":          {ours, header(flatSign + " "), text, ErrHeader},
		"not hex":               {ours, header(strings.Repeat("z", 64)), text, ErrSignature},
		"oversized":             {ours, sign(text + strings.Repeat(" ", MaxWebhookBody)), text + strings.Repeat(" ", MaxWebhookBody), ErrTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Verify(tt.secrets, tt.header, []byte(tt.body), hookNow())
			if !errors.Is(err, tt.want) || got != (Event{}) {
				t.Fatalf("%+v, error %v, want %v", got, err, tt.want)
			}
			for _, secret := range []string{flatSign, nestedSign, hookSecret, paymentID} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells too much: %v", err)
				}
			}
		})
	}
}

func emptySecretSign(text string) string {
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// A delivery has no time of its own: it is as good after a year as at once,
// because it only wakes us (sheet §5).
func TestDeliveriesDoNotAge(t *testing.T) {
	text := body(t, "hook_nested.json")
	for _, now := range []time.Time{hookNow(), hookNow().AddDate(1, 0, 0), hookNow().AddDate(-1, 0, 0), {}} {
		if _, err := Verify([]string{hookSecret}, header(nestedSign), []byte(text), now); err != nil {
			t.Errorf("at %v: %v", now, err)
		}
	}
}

// Every name of sheet §5, flat and nested. The header's name counts for nothing.
func TestEvents(t *testing.T) {
	for name, known := range map[string]bool{
		"payment.created": true, "payment.pending": true, "payment.confirmed": true, "payment.completed": true,
		"payment.underpaid": true, "payment.expired": true, "payment.failed": true,
		"payment.test": false, "payment.settled": false, "payment.": false, "created": false, "payment.Completed": false,
		"withdrawal.created": false, "withdrawal.completed": false, "store.order": false,
	} {
		for _, text := range []string{
			`{"event":"` + name + `","paymentId":"p-1","orderId":"o-1","status":"PENDING","paidPercentage":50.5,"new":{}}`,
			`{"event":"` + name + `","data":{"paymentId":"p-1","orderId":"o-1","status":"PENDING","txHash":null},"timestamp":"t"}`,
		} {
			e, err := verify(t, text)
			if err != nil || e.Known != known || e.Name != name || e.PaymentID != "p-1" || e.OrderID != "o-1" || e.Withdrawal != "" {
				t.Errorf("%s: %+v %v", text, e, err)
			}
			if want := ""; !known && e.ID != want || known && e.ID != "p-1 "+name {
				t.Errorf("%s: id %q", text, e.ID)
			}
		}
	}
}

func TestWithdrawalEvents(t *testing.T) {
	for name, ours := range map[string]bool{
		"withdrawal.created": true, "withdrawal.processing": true, "withdrawal.completed": true, "withdrawal.failed": true,
		"withdrawal.invented": false, "payment.completed": false,
	} {
		for _, text := range []string{`{"event":"` + name + `","withdrawalId":"wd-1"}`, `{"event":"` + name + `","data":{"withdrawalId":"wd-1"}}`} {
			e, err := verify(t, text)
			if err != nil || (e.Withdrawal == "wd-1") != ours || e.Known {
				t.Errorf("%s: %+v %v", text, e, err)
			}
		}
	}
	for _, id := range []string{`""`, `7`, `null`, `"a b"`, `"` + strings.Repeat("x", 101) + `"`} {
		if e, err := verify(t, `{"event":"withdrawal.failed","withdrawalId":`+id+`}`); err != nil || e.Withdrawal != "" {
			t.Errorf("%s: %+v %v", id, e, err)
		}
	}
}

// Where a member stands in both places, the root counts (sheet §5).
func TestRootBeforeData(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"event":"payment.failed","paymentId":"p","orderId":"o","data":{"paymentId":"q","orderId":"r"}}`: {"p", "o"},
		`{"event":"payment.failed","paymentId":"p","data":{"paymentId":"q","orderId":"r"}}`:               {"p", "r"},
		`{"event":"payment.failed","paymentId":null,"data":{"paymentId":"q"}}`:                            {"q", ""},
		`{"data":{"event":"payment.failed","paymentId":"q"}}`:                                             {"q", ""},
		`{"event":"payment.failed","paymentId":"p","data":null}`:                                          {"p", ""},
		`{"event":"payment.failed","paymentId":"p","data":[1]}`:                                           {"p", ""},
		`{"event":"payment.failed","paymentId":"p","data":"text"}`:                                        {"p", ""},
		`{"event":"payment.failed","PaymentID":"x","paymentId":"p"}`:                                      {"p", ""},
	} {
		e, err := verify(t, text)
		if err != nil || e.Name != "payment.failed" || !e.Known || e.PaymentID != want[0] || e.OrderID != want[1] {
			t.Errorf("%s: %+v %v", text, e, err)
		}
	}
}

func TestTestEvents(t *testing.T) {
	for text, want := range map[string]bool{
		`{"event":"payment.completed","test":true}`:                        true,
		`{"event":"payment.completed","test":"true"}`:                      true,
		`{"event":"payment.completed","test":1}`:                           true,
		`{"event":"payment.completed","data":{"test":true}}`:               true,
		`{"event":"payment.completed","test":false,"data":{"test":true}}`:  true,
		`{"event":"payment.completed","test":true,"data":{"test":false}}`:  true,
		`{"event":"payment.test"}`:                                         true,
		`{"event":"payment.test","test":false}`:                            true,
		`{"event":"payment.completed","test":false}`:                       false,
		`{"event":"payment.completed","test":null}`:                        false,
		`{"event":"payment.completed"}`:                                    false,
		`{"event":"payment.completed","test":false,"data":{"test":false}}`: false,
	} {
		if e, err := verify(t, text); err != nil || e.Test != want {
			t.Errorf("%s: %+v %v", text, e, err)
		}
	}
}

func TestBodiesThatAreNoEvents(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "7", `"x"`, "{}", `{"event":""}`, `{"event":7}`, `{"event":null}`, `{"event":["payment.completed"]}`, "<xml>",
		`{"event":"payment.completed"} trailing`, `{"data":"payment.completed"}`, "\xff\xfe", strings.Repeat("[", 20000),
	} {
		if _, err := verify(t, text); !errors.Is(err, ErrBody) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	for _, text := range []string{
		`{"event":"payment.completed"}`, `{"event":"payment.completed","paymentId":7}`, `{"event":"payment.completed","paymentId":"a b"}`,
		`{"event":"payment.completed","paymentId":"` + strings.Repeat("x", 101) + `"}`,
	} {
		if e, err := verify(t, text); err != nil || e.Known || e.ID != "" {
			t.Errorf("an event that names no payment: %.80s: %+v %v", text, e, err)
		}
	}
}

// FuzzVerify: whatever is sent, only what the secret signed is accepted, and
// nothing panics.
func FuzzVerify(f *testing.F) {
	f.Add(body(f, "hook_nested.json"), nestedSign)
	f.Add(body(f, "hook_flat.json"), flatSign)
	f.Add(`{"event":"withdrawal.failed","withdrawalId":1}`, strings.Repeat("0", 64))
	f.Add(`{"event":"payment.test","data":[]}`, "")
	f.Add(strings.Repeat(`{"data":`, 5000), strings.Repeat("é", 32))
	f.Fuzz(func(t *testing.T, text, signature string) {
		right := sign(text)
		e, err := Verify([]string{hookSecret}, header(signature), []byte(text), hookNow())
		if err == nil && (right.Get("X-Webhook-Signature") != signature || e.Name == "") {
			t.Fatalf("accepted %q signed %q", text, signature)
		}
		e, err = Verify([]string{hookSecret}, right, []byte(text), hookNow())
		if err == nil && (e.Known && !usableID(e.PaymentID) || e.Withdrawal != "" && !usableID(e.Withdrawal)) {
			t.Fatalf("%+v", e)
		}
	})
}
