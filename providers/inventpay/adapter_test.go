package inventpay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// codeOf is the code of an error, "" for none: order.CodeOf counts no error
// as unclear, and a test must see the difference.
func codeOf(err error) order.Code {
	if err == nil {
		return ""
	}
	return order.CodeOf(err)
}

func adapter(t *testing.T, calls ...resttest.Call) *Adapter {
	t.Helper()
	a, err := NewAdapter(client(t, calls...), Settings{Tolerance: 10_000, CallbackURL: callbackURL})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func openRequest() order.OpenRequest {
	return order.OpenRequest{
		Key: requestID, Reference: "3F7KQW2M9X-1", Amount: 12_500_000, Lifetime: time.Hour,
		Description: "3F7KQW2M9X", ReturnURL: "https://t.me/shop?start=o_1",
	}
}

// made is the vendor's answer to openRequest, with one field changed.
func made(field, value string) string {
	fields := map[string]string{
		"paymentId": `"` + invoiceID + `"`, "baseAmount": "12.5", "baseCurrency": `"USD"`,
		"invoiceUrl": `"https://inventpay.io/invoice/` + invoiceID + `"`, "orderId": `"3F7KQW2M9X-1"`,
	}
	fields[field] = value
	var parts []string
	for name, value := range fields {
		if value != "" {
			parts = append(parts, `"`+name+`":`+value)
		}
	}
	return `{"success":true,"data":{` + strings.Join(parts, ",") + `}}`
}

func TestOpen(t *testing.T) {
	link := order.Link{External: invoiceID, URL: "https://inventpay.io/invoice/" + invoiceID}
	dated := link
	dated.ExpiresAt = order.At(time.Date(2025, 1, 21, 13, 0, 0, 0, time.UTC))
	tests := map[string]struct {
		reply string
		want  order.Link
	}{
		"as documented":       {body(t, "invoice.json"), dated},
		"in USD":              {made("", ""), link},
		"in USDT":             {made("baseCurrency", `"USDT"`), link},
		"amount as text":      {made("baseAmount", `"12.500"`), link},
		"orderId not told":    {made("orderId", ""), link},
		"orderId null":        {made("orderId", "null"), link},
		"expiry not readable": {made("expiresAt", `"soon"`), link},
		"expiry told":         {made("expiresAt", `"2025-01-21T14:00:00+01:00"`), dated},
	}
	for name, tt := range tests {
		got, err := adapter(t, resttest.Call{Method: "POST", Target: "/v1/create_invoice", Body: sampleBody, Reply: tt.reply}).Open(t.Context(), openRequest())
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// A link for another sum, or that nobody may be sent to, is never shown.
func TestOpenRefusesWhatItDidNotAskFor(t *testing.T) {
	for reply, want := range map[string]order.Code{
		made("baseAmount", "12.49"):                                order.CodeInvalid,
		made("baseAmount", "12.500001"):                            order.CodeInvalid,
		made("baseAmount", "125"):                                  order.CodeInvalid,
		made("baseAmount", "0"):                                    order.CodeInvalid,
		made("baseAmount", "-12.5"):                                order.CodeInvalid,
		made("baseAmount", "null"):                                 order.CodeInvalid,
		made("baseAmount", ""):                                     order.CodeInvalid,
		made("baseCurrency", `"EUR"`):                              order.CodeInvalid,
		made("baseCurrency", `"BTC"`):                              order.CodeInvalid,
		made("baseCurrency", `"usd"`):                              order.CodeInvalid,
		made("baseCurrency", ""):                                   order.CodeInvalid,
		made("invoiceUrl", ""):                                     order.CodeInvalid,
		made("invoiceUrl", `"http://inventpay.io/invoice/x"`):      order.CodeInvalid,
		made("invoiceUrl", `"http://127.0.0.1/invoice/x"`):         order.CodeInvalid,
		made("invoiceUrl", `"javascript:alert(1)"`):                order.CodeInvalid,
		made("invoiceUrl", `"/invoice/x"`):                         order.CodeInvalid,
		made("invoiceUrl", `"https://inventpay.io@evil.example/"`): order.CodeInvalid,
		made("orderId", `"3F7KQW2M9X-2"`):                          order.CodeUnclear,
		made("baseAmount", `"1e99999999"`):                         order.CodeUnclear,
		made("paymentId", ""):                                      order.CodeUnclear,
	} {
		link, err := adapter(t, resttest.Call{Body: sampleBody, Reply: reply}).Open(t.Context(), openRequest())
		if codeOf(err) != want || link != (order.Link{}) {
			t.Errorf("%s: %v %v, want %s", reply, link, err, want)
		}
	}
}

// Beside a vendor on loopback, addresses there are fine.
func TestOpenOnLoopback(t *testing.T) {
	reply := made("invoiceUrl", `"http://127.0.0.1:9/pay/inventpay/x"`)
	call := resttest.Call{Reply: reply, Body: strings.Replace(sampleBody, callbackURL, "http://localhost:8080/webhooks/inventpay", 1)}
	c := clientWith(t, Options{BaseURL: "http://127.0.0.1:9/inventpay"}, call)
	a, err := NewAdapter(c, Settings{CallbackURL: "http://localhost:8080/webhooks/inventpay"})
	if err != nil {
		t.Fatal(err)
	}
	if link, err := a.Open(t.Context(), openRequest()); err != nil || link.URL != "http://127.0.0.1:9/pay/inventpay/x" {
		t.Errorf("%+v %v", link, err)
	}
}

func TestCallbackAddressIsChecked(t *testing.T) {
	for _, address := range []string{"http://shop.example/hook", "http://127.0.0.1/hook", "shop.example", "https://u:p@shop.example/"} {
		if _, err := NewAdapter(client(t), Settings{CallbackURL: address}); err == nil {
			t.Errorf("%s was accepted", address)
		}
	}
	a, err := NewAdapter(client(t, resttest.Call{Reply: made("", ""), Body: strings.Replace(sampleBody, `"callbackUrl":"`+callbackURL+`",`, "", 1)}), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Open(t.Context(), openRequest()); err != nil {
		t.Errorf("without a callback: %v", err)
	}
}

func TestLifetime(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, -time.Hour: 5 * time.Minute, time.Second: 5 * time.Minute, 5 * time.Minute: 5 * time.Minute,
		5*time.Minute + time.Second: 6 * time.Minute, time.Hour: time.Hour, time.Hour - time.Millisecond: time.Hour,
		24 * time.Hour: 24 * time.Hour, 24*time.Hour + time.Second: 24 * time.Hour, 90 * 24 * time.Hour: 24 * time.Hour,
	} {
		if got := lifetime(given); got != want {
			t.Errorf("%v becomes %v, want %v", given, got, want)
		}
	}
}

// Every row of sheet §2, as the engine hears of it.
func TestOpenErrorCodes(t *testing.T) {
	tests := []struct {
		status int
		reply  string
		want   order.Code
	}{
		{400, `{"success":false,"error":"Validation failed"}`, order.CodeInvalid},
		{401, `{"success":false,"error":"Invalid API key"}`, order.CodeDenied},
		{403, ``, order.CodeDenied},
		{404, ``, order.CodeUnknown},
		{409, ``, order.CodeUnclear},
		{422, ``, order.CodeInvalid},
		{429, ``, order.CodeLimited},
		{500, ``, order.CodeUnclear},
		{503, `<html>`, order.CodeUnclear},
		{200, `{}`, order.CodeUnclear},
		{200, `{"success":false,"error":"no"}`, order.CodeUnclear},
	}
	for _, tt := range tests {
		call := resttest.Call{Status: tt.status, Reply: tt.reply, Body: sampleBody, Send: map[string]string{"Retry-After": "7"}}
		link, err := adapter(t, call).Open(t.Context(), openRequest())
		if codeOf(err) != tt.want || link != (order.Link{}) {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.reply, err, tt.want)
		}
		if tt.status == 429 && order.RetryAfter(err) != 7*time.Second {
			t.Errorf("retry after %v", order.RetryAfter(err))
		}
	}
	for amount, want := range map[order.Money]order.Code{999_999: order.CodeInvalid, 990_000: order.CodeTooSmall, 12_500_001: order.CodeInvalid, 0: order.CodeInvalid} {
		r := openRequest()
		r.Amount = amount
		if _, err := adapter(t).Open(t.Context(), r); codeOf(err) != want {
			t.Errorf("%v: %v, want %s", amount, err, want)
		}
	}
	cut := resttest.Call{Body: sampleBody, Fault: resttest.Cut}
	if _, err := adapter(t, cut).Open(t.Context(), openRequest()); codeOf(err) != order.CodeUnclear {
		t.Errorf("cut: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := adapter(t).Open(ctx, openRequest()); codeOf(err) != order.CodeNotSent {
		t.Errorf("cancelled: %v", err)
	}
	if got := codeOf(orderError("x", errors.New("nameless"))); got != order.CodeUnclear {
		t.Errorf("a nameless error is %s", got)
	}
}

func TestThereIsNoCallForTheAddress(t *testing.T) {
	if link, err := adapter(t).Link(t.Context(), invoiceID); codeOf(err) != order.CodeUnknown || link != (order.Link{}) {
		t.Errorf("%v %v", link, err)
	}
}

func watched(asked order.Money) order.Watched {
	return order.Watched{External: paymentID, Reference: "3F7KQW2M9X-1", Asked: asked}
}

// record is a status record of the given word and amounts.
func record(word, balance, required string) string {
	return `{"paymentId":"` + paymentID + `","status":"` + word + `","currentBalance":` + balance + `,"requiredAmount":` + required + `}`
}

func read(t *testing.T, reply string, asked order.Money) (order.Fact, error) {
	t.Helper()
	return adapter(t, resttest.Call{Target: "/v1/invoice/" + paymentID + "/status", Reply: reply}).Read(t.Context(), watched(asked))
}

func TestRead(t *testing.T) {
	want := order.Fact{
		External: paymentID, Status: order.FactPaid, Raw: "COMPLETED", Asked: 29_990_000, Currency: "USD",
		Confirmed: number("29.99"), ExpiresAt: order.At(time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)),
		Coin: "USDT_BEP20", Coins: number("29.99"),
	}
	for _, name := range []string{"status_docs.json", "status_enveloped.json"} {
		got, err := read(t, body(t, name), 29_990_000)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	got, err := read(t, body(t, "status_no_coin.json"), 29_990_000)
	want = order.Fact{External: paymentID, Status: order.FactOpen, Raw: "PENDING", Asked: 29_990_000, Currency: "USD"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("no coin yet: %v %s", err, diff)
	}
}

// Every row of sheet §4, with nothing, a half, all and more than asked.
func TestStatusWords(t *testing.T) {
	unknown := []string{order.TagUnknownStatus}
	for _, row := range []struct {
		word  string
		bare  order.FactStatus // with nothing arrived
		some  order.FactStatus // with money there
		final bool
		tags  []string
	}{
		{"PENDING", order.FactOpen, order.FactOpen, false, nil},
		{"CONFIRMING", order.FactOpen, order.FactOpen, false, nil},
		{"PROCESSING", order.FactOpen, order.FactOpen, false, nil},
		{"UNDERPAID", order.FactOpen, order.FactOpen, false, []string{"underpaid"}},
		{"COMPLETED", order.FactPaid, order.FactPaid, true, nil},
		{"EXPIRED", order.FactExpired, order.FactShort, true, nil},
		{"FAILED", order.FactExpired, order.FactShort, true, nil},
		{"CANCELLED", order.FactExpired, order.FactShort, true, nil},
		{"SETTLED", order.FactOpen, order.FactOpen, false, unknown},
		{"invented", order.FactOpen, order.FactOpen, false, unknown},
		{"completed", order.FactOpen, order.FactOpen, false, unknown},
		{"COMPLETED ", order.FactOpen, order.FactOpen, false, unknown},
	} {
		for balance, worth := range map[string]string{"0": "0", `"0.0006"`: "6.25", "0.0012": "12.5", "0.0024": "25"} {
			fact, err := read(t, record(row.word, balance, `"0.0012"`), 12_500_000)
			want := order.Fact{External: paymentID, Status: row.some, Raw: row.word, Asked: 12_500_000, Currency: "USD", Tags: row.tags}
			if balance == "0" || row.some == order.FactShort && worth != "6.25" {
				want.Status = row.bare // nothing, or all of it too late
			}
			if row.final {
				want.Confirmed = number(worth)
			} else {
				want.Confirming = number(worth)
			}
			if diff := cmp.Diff(want, fact); err != nil || diff != "" {
				t.Errorf("%s with %s: %v %s", row.word, balance, err, diff)
			}
		}
	}
}

// What arrived is valued as asked × balance / required, rounded down.
func TestShare(t *testing.T) {
	for _, row := range []struct {
		asked             order.Money
		balance, required string
		want              string
	}{
		{12_500_000, "0.00031415", "0.00031415", "12.5"},
		{12_500_000, `"29.990"`, "29.99", "12.5"},
		{10_000_000, "1", "3", "3.333333"},
		{10_000_000, "2", "3", "6.666666"},
		{10_000_000, "4", "3", "13.333333"},
		{10_000_000, "0.99999999", "1", "9.999999"},
		{10_000_000, "1.00000001", "1", "10"},
		{10_000_000, "2.99", "3", "9.966666"},
		{1, "1", "2", "0"},
		{10_000_000, "1e-18", "1", "0"},
		{10_000_000, "12.5", "0", "0"},
		{10_000_000, "12.5", "null", "0"},
		{10_000_000, "12.5", `"0.000"`, "0"},
		{10_000_000, "null", "1", "0"},
		{10_000_000, "0", "0", "0"},
		{0, "1", "1", "0"},
		{order.MaxMoney, "1", "1", "9007199254.740991"},
		{order.MaxMoney, "3", "1", "27021597764.222973"},
	} {
		fact, err := read(t, record("COMPLETED", row.balance, row.required), row.asked)
		if err != nil || !fact.Confirmed.Equal(number(row.want)) || fact.Status != order.FactPaid || !fact.Confirming.IsZero() {
			t.Errorf("%v × %s / %s: %+v %v, want %s", row.asked, row.balance, row.required, fact, err, row.want)
		}
	}
	bare := `{"paymentId":"` + paymentID + `","status":"COMPLETED"}`
	if fact, err := read(t, bare, 12_500_000); err != nil || fact.Status != order.FactPaid || !fact.Confirmed.IsZero() {
		t.Errorf("paid, and no amounts: %+v %v", fact, err)
	}
}

// The largest numbers an answer can hold cost nothing, and end in an amount
// the engine holds the order for.
func TestHostileNumbers(t *testing.T) {
	nines := strings.Repeat("9", 24)
	started := time.Now()
	for range 200 {
		fact, err := read(t, record("COMPLETED", `"`+nines+`e99"`, `"0.00000000000000000000001e-99"`), order.MaxMoney)
		if err != nil || !fact.Confirmed.IsPositive() {
			t.Fatalf("%v", err)
		}
		if _, err = order.MoneyRoundedDown(fact.Confirmed); err == nil {
			t.Fatal("counted as money")
		}
		fact, err = read(t, record("COMPLETED", `"1e-99"`, `"`+nines+`e99"`), order.MaxMoney)
		if err != nil || !fact.Confirmed.IsZero() {
			t.Fatalf("%+v %v", fact, err)
		}
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	for _, huge := range []string{`"1e100"`, "1e-100", `"1e999999999"`, "-1"} {
		if _, err := read(t, record("COMPLETED", huge, "1"), 1_000_000); codeOf(err) != order.CodeUnclear {
			t.Errorf("%s: %v", huge, err)
		}
	}
}

// An order with money seen never expires: even money that cannot be valued shows.
func TestMoneyIsSeenEvenIfItCannotBeValued(t *testing.T) {
	for _, row := range [][2]string{{"0.5", "null"}, {"0.5", "0"}, {"1e-20", "1"}} {
		fact, err := read(t, record("PENDING", row[0], row[1]), 12_500_000)
		if err != nil || !fact.Confirming.IsPositive() || !fact.Confirmed.IsZero() {
			t.Errorf("%v: %+v %v", row, fact, err)
		}
	}
}

func TestReadMustBeOfThePayment(t *testing.T) {
	for _, reply := range []string{
		strings.Replace(record("COMPLETED", "1", "1"), paymentID, "other", 1), `{"status":"COMPLETED","currentBalance":1,"requiredAmount":1}`,
		record("", "1", "1"), `{"success":false,"error":"no"}`, "", "<html>",
	} {
		if fact, err := read(t, reply, 1_000_000); codeOf(err) != order.CodeUnclear || fact.Status != "" {
			t.Errorf("%s: %+v %v", reply, fact, err)
		}
	}
}

func TestReadErrorCodes(t *testing.T) {
	for status, want := range map[int]order.Code{
		400: order.CodeInvalid, 401: order.CodeDenied, 403: order.CodeDenied, 404: order.CodeUnknown, 429: order.CodeLimited, 500: order.CodeUnclear,
	} {
		_, err := adapter(t, resttest.Call{Status: status}).Read(t.Context(), watched(1))
		if codeOf(err) != want {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
	}
	if _, err := adapter(t).Read(t.Context(), order.Watched{Asked: 1}); codeOf(err) != order.CodeInvalid {
		t.Errorf("no id: %v", err)
	}
}

func TestTerms(t *testing.T) {
	if diff := cmp.Diff(order.GatewayTerms{Tolerance: 10_000, Watch: 48 * time.Hour, Twins: true}, adapter(t).Terms()); diff != "" {
		t.Error(diff)
	}
}

func TestHealthAndBalances(t *testing.T) {
	call := resttest.Call{Target: "/v1/merchant/balance", Reply: body(t, "balances_map.json"), Header: map[string]string{"X-Api-Key": testKey}}
	got, err := adapter(t, call).Balances(t.Context())
	if diff := cmp.Diff(map[string]decimal.Decimal{"BTC": number("0.01000001"), "USDT_BEP20": number("504.87")}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := adapter(t, call).Health(t.Context()); err != nil {
		t.Error(err)
	}
	for status, want := range map[int]order.Code{401: order.CodeDenied, 403: order.CodeDenied, 429: order.CodeLimited, 503: order.CodeUnclear} {
		a := adapter(t, resttest.Call{Status: status}, resttest.Call{Status: status})
		if err := a.Health(t.Context()); codeOf(err) != want {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
		if held, err := a.Balances(t.Context()); codeOf(err) != want || held != nil {
			t.Errorf("%d: %v %v, want %s", status, held, err, want)
		}
	}
}

func TestEnsureWebhook(t *testing.T) {
	config := resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-config", Reply: body(t, "webhook_config.json")}
	none := config
	none.Reply = `{"success":true,"data":{"webhook":{"url":null,"isConfigured":false}}}`
	const other = "https://new.example/webhooks/inventpay"
	put := func(address string) resttest.Call {
		return resttest.Call{Method: "PUT", Target: "/v1/merchant/webhook-url", Body: `{"webhookUrl":"` + address + `"}`, Reply: `{"success":true}`}
	}
	for name, tt := range map[string]struct {
		address string
		calls   []resttest.Call
		want    order.Code
	}{
		"registered":       {callbackURL, []resttest.Call{config}, ""},
		"another":          {other, []resttest.Call{config, put(other)}, ""},
		"none":             {callbackURL, []resttest.Call{none, put(callbackURL)}, ""},
		"config denied":    {callbackURL, []resttest.Call{{Status: 401}}, order.CodeDenied},
		"put refused":      {other, []resttest.Call{config, {Status: 400, Check: func(*http.Request, []byte) error { return nil }}}, order.CodeInvalid},
		"not https":        {"http://shop.example/hook", []resttest.Call{config}, order.CodeInvalid},
		"config unclear":   {callbackURL, []resttest.Call{{Reply: "{}"}}, order.CodeUnclear},
		"nothing to be at": {"", []resttest.Call{config}, order.CodeInvalid},
	} {
		if err := adapter(t, tt.calls...).EnsureWebhook(t.Context(), tt.address); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestHint(t *testing.T) {
	n, err := order.ParseNumber("0000000000")
	if err != nil {
		t.Fatal(err)
	}
	e := Event{ID: "p payment.completed", Name: "payment.completed", Known: true, PaymentID: "p", OrderID: n.Reference(2)}
	want := order.Hint{Event: "p payment.completed", Payment: 2, External: "p", Signed: true}
	for _, hint := range []func(Event) (order.Number, order.Hint, bool){Event.Hint, adapter(t).Hint} {
		if got, h, ok := hint(e); !ok || got != n || h != want {
			t.Errorf("%v %+v %v", got, h, ok)
		}
		for name, change := range map[string]func(*Event){
			"unknown event": func(e *Event) { e.Known = false }, "foreign order": func(e *Event) { e.OrderID = "ord_1001" },
			"no order": func(e *Event) { e.OrderID = "" }, "test": func(e *Event) { e.Test = true },
		} {
			odd := e
			change(&odd)
			if got, h, ok := hint(odd); ok || got != "" || h != (order.Hint{}) {
				t.Errorf("%s: %v %+v", name, got, h)
			}
		}
	}
	trial, err := NewAdapter(client(t), Settings{Test: true})
	if err != nil {
		t.Fatal(err)
	}
	e.Test = true
	if got, h, ok := trial.Hint(e); !ok || got != n || h != want {
		t.Errorf("where tests count: %v %+v %v", got, h, ok)
	}
}

// A local refusal to send is never mistaken for the vendor's answer.
func TestNotSent(t *testing.T) {
	if got := codeOf(orderError("x", &rest.Error{Kind: rest.KindNotSent})); got != order.CodeNotSent {
		t.Errorf("not sent is %s", got)
	}
}
