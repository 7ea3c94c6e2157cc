package infini

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	testKey    = "merchant-001"
	testSecret = "sk_test_0123456789abcdef"
	testDate   = "Tue, 21 Jan 2025 12:00:00 GMT"
	orderID    = "10290d05-8f5c-4ecb-84f0-f78d6f30557f"
	requestID  = "a759b99a-9d22-433d-bced-ab1d2e1bea1d"
)

func testNow() time.Time { return time.Date(2025, 1, 21, 13, 0, 0, 0, time.FixedZone("", 3600)) }

func body(t testing.TB, name string) string { t.Helper(); return resttest.File(t, name) }

// scripted returns a client on a script; every test sets its own script.
func scripted(t *testing.T, calls ...resttest.Call) *Client {
	t.Helper()
	c, err := New(Options{
		BaseURL: "https://openapi.infini.money", KeyID: testKey, SecretKey: testSecret,
		Chain: rest.Chain{Transport: resttest.New(t, calls...), Now: testNow, Bare: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sample() CreateOrder {
	return CreateOrder{
		RequestID: requestID, Amount: decimal.RequireFromString("12.5"), Currency: "USD", Reference: "3F7KQW2M9X-1",
		Description: "3F7KQW2M9X", ExpiresIn: time.Hour, SuccessURL: "https://t.me/shop?start=o_1", PayMethods: []int{1},
	}
}

const sampleBody = `{"request_id":"` + requestID + `","amount":"12.50","currency":"USD","client_reference":"3F7KQW2M9X-1",` +
	`"order_desc":"3F7KQW2M9X","expires_in":3600,"success_url":"https://t.me/shop?start=o_1","pay_methods":[1]}`

// The vectors of infini sheet §2.
func TestSigningVectors(t *testing.T) {
	post := signingString(testKey, "POST", "/v1/acquiring/order", testDate)
	get := signingString(testKey, "GET", "/v1/acquiring/order?order_id="+orderID, testDate)
	for text, want := range map[string]string{
		post: "Uv+koe8gJLpuoFZt+7qNhHTD/GUSU6sU+duy2LTvN50=",
		get:  "zt9ezT6CrKrJVn29hVSOrJ8kf0JTaOZEamLAXa5fl/Q=",
	} {
		if got := signature(testSecret, text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if !strings.HasSuffix(text, "\n") {
			t.Errorf("%q does not end in a line feed", text)
		}
	}
	const withoutLF = "LmvOb8oLC3at0F3B1grtJrY9WU7+w3KPCkBrODdfj0M="
	if got := signature(testSecret, strings.TrimSuffix(post, "\n")); got != withoutLF {
		t.Errorf("the vector that must be rejected is reproduced as %s", got)
	}
	if signature(testSecret, post) == withoutLF {
		t.Error("we sign without the final line feed")
	}
	const text = `{"amount":"12.50","currency":"USD","request_id":"a759b99a-9d22-433d-bced-ab1d2e1bea1d","client_reference":"ord_1001"}`
	if got := digest([]byte(text)); got != "SHA-256=tmsm+JGvQTnPpPT5Qx9qSdhXGu7lLF2fN6j26RbMWGM=" {
		t.Errorf("digest %s", got)
	}
}

func auth(signature string) string {
	return `Signature keyId="merchant-001",algorithm="hmac-sha256",headers="@request-target date",signature="` + signature + `"`
}

func TestCreateOnTheWire(t *testing.T) {
	call := resttest.Call{
		Method: "POST", Target: "/v1/acquiring/order", Body: sampleBody, Reply: body(t, "create_enveloped.json"),
		Header: map[string]string{
			"Date": testDate, "Authorization": auth("Uv+koe8gJLpuoFZt+7qNhHTD/GUSU6sU+duy2LTvN50="),
			"Digest": digest([]byte(sampleBody)), "Content-Type": "application/json",
		},
	}
	bare := call
	bare.Reply = body(t, "create_bare.json")
	c := scripted(t, call, bare)
	want := Created{OrderID: orderID, RequestID: requestID, Reference: "3F7KQW2M9X-1", CheckoutURL: "https://checkout.infini.money/pay/10290d05"}
	for range 2 { // the same order is the same bytes
		got, err := c.Create(t.Context(), sample())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestQueryOnTheWire(t *testing.T) {
	c := scripted(t, resttest.Call{
		Method: "GET", Target: "/v1/acquiring/order?order_id=" + orderID, Reply: body(t, "order_docs.json"),
		Header: map[string]string{
			"Date": testDate, "Authorization": auth("zt9ezT6CrKrJVn29hVSOrJ8kf0JTaOZEamLAXa5fl/Q="), "Digest": "", "Content-Type": "",
		},
	})
	if _, err := c.Query(t.Context(), orderID); err != nil {
		t.Fatal(err)
	}
}

// The signature covers what the server sees, a path prefix and escapes included.
func TestThePrefixIsSigned(t *testing.T) {
	base, _ := resttest.Serve(t, resttest.Call{
		Target: "/infini/v1/acquiring/order?order_id=a+b%26c",
		Reply:  body(t, "order_docs.json"),
		Check: func(r *http.Request, _ []byte) error {
			mac := hmac.New(sha256.New, []byte(testSecret))
			fmt.Fprintf(mac, "%s\n%s %s\ndate: %s\n", testKey, r.Method, r.RequestURI, r.Header.Get("Date"))
			if want := auth(base64.StdEncoding.EncodeToString(mac.Sum(nil))); r.Header.Get("Authorization") != want {
				return errors.New("the signature does not fit the request line")
			}
			return nil
		},
	})
	c, err := New(Options{BaseURL: base + "/infini/", KeyID: testKey, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), "a b&c"); err != nil {
		t.Fatal(err)
	}
}

func TestEveryOrderShape(t *testing.T) {
	want := Order{
		ID: "ord-123", Reference: "ORDER-001", Status: "processing", Amount: decimal.RequireFromString("100"), Currency: "USD",
		Confirmed: decimal.RequireFromString("0.5"), ExpiresAt: time.Unix(1763512195, 0).UTC(), CreatedAt: time.Unix(1763512000, 0).UTC(),
		Tags: []string{"wrong_currency"},
	}
	for _, name := range []string{"order_docs.json", "order_aliases.json", "order_both_aliases.json"} {
		got, err := scripted(t, resttest.Call{Reply: body(t, name)}).Query(t.Context(), "ord-123")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	got, err := scripted(t, resttest.Call{Reply: body(t, "order_null_tags.json")}).Query(t.Context(), "ord-123")
	if err != nil || !got.Confirmed.IsZero() || got.Tags != nil || !got.ExpiresAt.IsZero() {
		t.Errorf("nulls: %+v %v", got, err)
	}
}

// An amount may stand under either name or both; a wrong one would pay an order at another price.
func TestAmountUnderTwoNames(t *testing.T) {
	for fields, want := range map[string]string{
		`"amount":"12.5"`:                         "12.5",
		`"order_amount":12.50`:                    "12.5",
		`"amount":"12.50","order_amount":12.5`:    "12.5",
		`"amount":null,"order_amount":"3"`:        "3",
		`"amount":"3","order_amount":null`:        "3",
		`"currency":"USD"`:                        "0",
		`"amount":0,"order_amount":"12.5"`:        "contradictory", // zero is told, not absent
		`"amount":"12.5","order_amount":0`:        "contradictory",
		`"amount":"12.5","order_amount":"12.501"`: "contradictory",
	} {
		got, err := decodeOrder([]byte(`{"order_id":"o","status":"paid",` + fields + `}`))
		if want == "contradictory" {
			if problem, ok := errors.AsType[*rest.FieldError](err); !ok || problem.Field != "amount" {
				t.Errorf("%s: %v, want a contradiction", fields, err)
			}
			continue
		}
		if err != nil || !got.Amount.Equal(decimal.RequireFromString(want)) {
			t.Errorf("%s: %v, %v, want %s", fields, got.Amount, err, want)
		}
	}
}

func TestContradictionsAreUnclear(t *testing.T) {
	for _, name := range []string{"contradicts_amount.json", "contradicts_status.json", "contradicts_currency.json", "empty_envelope.json", "no_order_id.json"} {
		_, err := scripted(t, resttest.Call{Reply: body(t, name)}).Query(t.Context(), "ord-123")
		if e := rest.As(err); e == nil || e.Kind != rest.KindUnclear || e.Code != rest.CodeUndecodable {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, reply := range []string{"", "null", "[]", "<html>", `{"code":"x"}`, `{"code":0,"data":{"order_id":7}}`, `{"order_id":"1","status":"paid","amount":"1e999999999"}`} {
		_, err := scripted(t, resttest.Call{Reply: reply}).Query(t.Context(), "ord-123")
		if rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%q: %v", reply, err)
		}
	}
}

// Every row of infini sheet §8.
func TestErrorTable(t *testing.T) {
	type row struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
	}
	rows := []row{
		{401, `{"message":"client request can't be validated"}`, rest.KindRefused, CodeSignature},
		{403, `{"message":"ip not in whitelist"}`, rest.KindRefused, CodeAddress},
		{401, `{"message":"ip not in whitelist"}`, rest.KindRefused, CodeAddress},
		{403, ``, rest.KindRefused, ""},
		{400, `{"code":40017,"message":"rate"}`, rest.KindUnclear, CodeRate},
		{200, `{"code":40017,"message":"rate"}`, rest.KindUnclear, CodeRate},
		{404, `{"code":40401,"message":"order not found"}`, rest.KindRefused, CodeOrderUnknown},
		{404, `{"code":40402,"message":"payment not found"}`, rest.KindRefused, CodePaymentUnknown},
		{404, `404 page not found`, rest.KindRefused, ""},
		{429, `{"message":"slow down"}`, rest.KindLimited, ""},
		{200, `{"code":429,"message":"slow down"}`, rest.KindLimited, "429"},
		{500, `{"code":50000,"message":"oops"}`, rest.KindUnclear, "50000"},
		{500, `{"code":40001,"message":"oops"}`, rest.KindUnclear, CodeRequestID},
		{200, `{"code":50000,"message":"oops","data":null}`, rest.KindUnclear, "50000"},
		{200, `{"code":"40902","message":"text code"}`, rest.KindRefused, CodeReferenceExists},
		{200, `{"code":-1,"data":{"order_id":"x"}}`, rest.KindUnclear, "-1"},
		{400, `{"code":0,"data":{"order_id":"x"}}`, rest.KindUnclear, "0"},
		{400, `{"code":50000}`, rest.KindUnclear, "50000"},
		{400, `{"code":40003,"message":["odd"],"detail":{}}`, rest.KindRefused, CodeAmount},
		{502, `<html>`, rest.KindUnclear, ""},
	}
	for status, codes := range map[int][]string{
		400: {CodeInvalid, CodeRequestID, CodeExpiryPast, CodeAmount, CodeAmountDecimals, CodeExpiresIn, CodeMinimum, CodeChainOrToken,
			CodeSuccessURL, CodeFailureURL, CodePayMethod, CodeWholeAmount, CodePayMethodOff, CodeCurrency},
		409: {CodeRequestExists, CodeReferenceExists, CodePaymentConflict3, CodePaymentConflict4, CodePaymentConflict5, CodeOrderExpired,
			CodeTokenNotAllowed, CodePaymentConflict8, CodePaymentConflict9, CodePaymentConflict10, CodePaymentConflict11, CodePaymentConflict12},
	} {
		for _, code := range codes {
			reply := `{"code":` + code + `,"message":"no","detail":"why"}`
			rows = append(rows, row{status, reply, rest.KindRefused, code}, row{200, reply, rest.KindRefused, code})
		}
	}
	for _, r := range rows {
		_, err := scripted(t, resttest.Call{Status: r.status, Reply: r.reply, Body: sampleBody}).Create(t.Context(), sample())
		e := rest.As(err)
		if e == nil || e.Kind != r.kind || e.Code != r.code || e.Status != r.status {
			t.Errorf("%d %s: %v, want %s %q", r.status, r.reply, err, r.kind, r.code)
		}
		if want := r.code == CodeRequestExists || r.code == CodeReferenceExists; Exists(err) != want {
			t.Errorf("Exists(%v) = %v", err, !want)
		}
	}
}

func TestCreateIsSentOnce(t *testing.T) {
	base, script := resttest.Serve(t, resttest.Call{Body: sampleBody, Fault: resttest.Cut})
	c, err := New(Options{BaseURL: base, KeyID: testKey, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(t.Context(), sample()); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("error %v", err)
	}
	if n := len(script.Seen()); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*CreateOrder){
		"request id":      func(o *CreateOrder) { o.RequestID = "ord-1" },
		"urn request id":  func(o *CreateOrder) { o.RequestID = "urn:uuid:" + requestID },
		"zero amount":     func(o *CreateOrder) { o.Amount = decimal.Zero },
		"negative amount": func(o *CreateOrder) { o.Amount = decimal.NewFromInt(-5) },
		"seven decimals":  func(o *CreateOrder) { o.Amount = decimal.RequireFromString("1.0000001") },
		"no currency":     func(o *CreateOrder) { o.Currency = "" },
		"yen with sen":    func(o *CreateOrder) { o.Currency, o.Amount = "JPY", decimal.RequireFromString("10.5") },
		"no lifetime":     func(o *CreateOrder) { o.ExpiresIn = 0 },
		"long address":    func(o *CreateOrder) { o.FailureURL = "https://t.me/" + strings.Repeat("x", 243) },
	} {
		o := sample()
		change(&o)
		_, err := scripted(t).Create(t.Context(), o)
		if e := rest.As(err); e == nil || e.Kind != rest.KindRefused || e.Code != CodeLocalInvalid || e.Status != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := sample()
	o.Amount = decimal.RequireFromString("0.99")
	if _, err := scripted(t).Create(t.Context(), o); rest.As(err) == nil || rest.As(err).Code != CodeLocalMinimum {
		t.Errorf("below the minimum: %v", err)
	}
	o.Amount = decimal.RequireFromString("1.000001")
	raw, err := o.encode()
	if err != nil || !bytes.Contains(raw, []byte(`"amount":"1.000001"`)) {
		t.Errorf("six decimals: %s %v", raw, err)
	}
}

func TestReissueFallsBackToTheOtherRoute(t *testing.T) {
	const sent = `{"order_id":"` + orderID + `"}`
	first := resttest.Call{Method: "POST", Target: "/v1/acquiring/order/token/reissue", Body: sent, Status: 404, Reply: "404 page not found"}
	second := resttest.Call{Method: "POST", Target: "/v1/acquiring/token/reissue", Body: sent, Reply: body(t, "reissue.json")}
	got, err := scripted(t, first, second).Reissue(t.Context(), orderID)
	if err != nil || got.CheckoutURL != "https://checkout.infini.money/pay/again" {
		t.Errorf("%+v %v", got, err)
	}
	unknown := first
	unknown.Reply = `{"code":40401,"message":"order not found"}`
	if _, err := scripted(t, unknown).Reissue(t.Context(), orderID); rest.As(err) == nil || rest.As(err).Code != CodeOrderUnknown {
		t.Errorf("an unknown order is no missing route: %v", err)
	}
}

func TestClocksTooFarApartStopTheSigning(t *testing.T) {
	now := testNow()
	late := resttest.Call{Reply: body(t, "order_docs.json"), Send: map[string]string{"Date": now.Add(241 * time.Second).UTC().Format(http.TimeFormat)}}
	good := resttest.Call{Reply: body(t, "order_docs.json"), Send: map[string]string{"Date": now.Add(3 * time.Minute).UTC().Format(http.TimeFormat)}}
	c, err := New(Options{
		BaseURL: "https://openapi.infini.money", KeyID: testKey, SecretKey: testSecret, MaxSkew: MaxSkew,
		Chain: rest.Chain{Transport: resttest.New(t, late, good, good), Now: func() time.Time { return now }, Bare: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error { _, err := c.Query(context.Background(), "ord-123"); return err }
	if err := ask(); err != nil || c.Skew().Ahead != 241*time.Second {
		t.Fatalf("%v, skew %v", err, c.Skew())
	}
	if err := ask(); rest.KindOf(err) != rest.KindNotSent || !errors.Is(err, ErrClock) {
		t.Errorf("signed 241 s off: %v", err)
	}
	now = now.Add(time.Minute) // one goes out to compare again
	if err := errors.Join(ask(), ask()); err != nil {
		t.Error(err)
	}
}

func TestNoSecretInLogsAndErrors(t *testing.T) {
	var log bytes.Buffer
	echo := `{"code":40001,"message":"bad signature of merchant-001 with sk_test_0123456789abcdef for ` + orderID + `"}`
	c, err := New(Options{
		BaseURL: "https://openapi.infini.money", KeyID: testKey, SecretKey: testSecret,
		Chain: rest.Chain{
			Transport: resttest.New(t, resttest.Call{Status: 400, Reply: echo, Body: sampleBody}, resttest.Call{Reply: body(t, "create_bare.json"), Body: sampleBody}),
			Now:       testNow, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, refusal := c.Create(t.Context(), sample())
	if _, err := c.Create(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	all := log.String() + refusal.Error()
	for _, planted := range []string{testSecret, testKey, orderID, "planted", "Uv+koe8g", "3F7KQW2M9X", "t.me"} {
		if strings.Contains(all, planted) {
			t.Errorf("%q is in %s", planted, all)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no key":     {BaseURL: "https://x.example", SecretKey: "s"},
		"no secret":  {BaseURL: "https://x.example", KeyID: "k"},
		"header key": {BaseURL: "https://x.example", KeyID: "k\"\r\nX: y", SecretKey: "s"},
		"plain http": {BaseURL: "http://x.example", KeyID: "k", SecretKey: "s"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
