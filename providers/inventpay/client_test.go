package inventpay

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	testKey     = "pk_live_planted0123456789"
	testPayKey  = "wk_live_planted9876543210"
	requestID   = "a759b99a-9d22-433d-bced-ab1d2e1bea1d"
	paymentID   = "cmh123abc456def"
	invoiceID   = "cmh456def789"
	callbackURL = "https://shop.example/webhooks/inventpay"
	apiBase     = "https://api.inventpay.io"
)

func body(t testing.TB, name string) string { t.Helper(); return resttest.File(t, name) }

func number(text string) decimal.Decimal { return decimal.RequireFromString(text) }

// client returns a client on a script, one attempt for each call.
func client(t *testing.T, calls ...resttest.Call) *Client {
	t.Helper()
	return clientWith(t, Options{WithdrawalKey: testPayKey, Chain: rest.Chain{Bare: true}}, calls...)
}

func clientWith(t *testing.T, o Options, calls ...resttest.Call) *Client {
	t.Helper()
	o.APIKey = testKey
	if o.BaseURL == "" {
		o.BaseURL = apiBase
	}
	o.Chain.Transport = resttest.New(t, calls...)
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sample() CreateInvoice {
	return CreateInvoice{
		Key: requestID, Amount: number("12.5"), OrderID: "3F7KQW2M9X-1", Description: "3F7KQW2M9X",
		CallbackURL: callbackURL, ExpiresIn: time.Hour,
	}
}

const sampleBody = `{"amount":12.50,"amountCurrency":"USD","orderId":"3F7KQW2M9X-1","description":"3F7KQW2M9X",` +
	`"callbackUrl":"https://shop.example/webhooks/inventpay","expirationMinutes":60}`

func wantFault(t *testing.T, what string, err error, kind rest.Kind, code string) {
	t.Helper()
	if e := rest.As(err); e == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s %q", what, err, kind, code)
	}
}

func TestCreateInvoiceOnTheWire(t *testing.T) {
	call := resttest.Call{
		Method: "POST", Target: "/v1/create_invoice", Body: sampleBody, Reply: body(t, "invoice.json"), Status: 201,
		Header: map[string]string{
			"X-Api-Key": testKey, "Idempotency-Key": requestID, "Content-Type": "application/json",
			"X-Withdrawal-Key": "", "Authorization": "",
		},
	}
	ok := call
	ok.Status = 200 // both are accepted (sheet §2)
	c := client(t, call, ok)
	want := Invoice{
		PaymentID: invoiceID, BaseAmount: number("12.5"), BaseCurrency: "USDT", URL: "https://inventpay.io/invoice/" + invoiceID,
		OrderID: "3F7KQW2M9X-1", ExpiresAt: time.Date(2025, 1, 21, 13, 0, 0, 0, time.UTC),
	}
	for range 2 { // the same invoice is the same bytes
		got, err := c.CreateInvoice(t.Context(), sample())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestCreatePaymentOnTheWire(t *testing.T) {
	const sent = `{"amount":29.99,"amountCurrency":"USD","currency":"USDT_BEP20","orderId":"order-12345","expirationMinutes":30}`
	c := client(t, resttest.Call{
		Method: "POST", Target: "/v1/create_payment", Body: sent, Reply: body(t, "payment.json"),
		Header: map[string]string{"X-Api-Key": testKey, "Idempotency-Key": requestID},
	})
	got, err := c.CreatePayment(t.Context(), CreateInvoice{
		Key: requestID, Amount: number("29.99"), OrderID: "order-12345", ExpiresIn: 30 * time.Minute,
	}, "USDT_BEP20")
	want := CoinPayment{
		Invoice: Invoice{
			PaymentID: paymentID, BaseAmount: number("29.99"), BaseCurrency: "USD", URL: "https://inventpay.io/invoice/" + paymentID,
			OrderID: "order-12345", ExpiresAt: time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC),
		},
		Amount: number("29.99"), Coin: "USDT_BEP20", Address: "0x742d35Cc6634C0532925a3b844Bc454e4438f44e", Network: "BEP20",
		QR: "usdt_bep20:0x742d35Cc6634C0532925a3b844Bc454e4438f44e?amount=29.99",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, coin := range []string{"", "MULTI", "DOGE", "usdt_bep20"} {
		_, err = client(t).CreatePayment(t.Context(), sample(), coin)
		wantFault(t, "coin "+coin, err, rest.KindRefused, CodeLocalInvalid)
	}
	odd := sample()
	odd.Key = ""
	_, err = client(t).CreatePayment(t.Context(), odd, "BTC")
	wantFault(t, "no key", err, rest.KindRefused, CodeLocalInvalid)
}

// Every coin of sheet §3 can be asked for.
func TestEveryCoin(t *testing.T) {
	for _, coin := range []string{"BTC", "ETH", "LTC", "USDT_ERC20", "USDT_BEP20", "SOL", "USDC_SOL", "USDC_BEP20"} {
		call := resttest.Call{
			Reply: `{"success":true,"data":{"paymentId":"p","amount":"0.00031","currency":"` + coin + `","address":"a"}}`,
			Check: func(_ *http.Request, sent []byte) error {
				if !bytes.Contains(sent, []byte(`"currency":"`+coin+`"`)) {
					return errors.New("another coin")
				}
				return nil
			},
		}
		got, err := client(t, call).CreatePayment(t.Context(), sample(), coin)
		if err != nil || got.Coin != coin || !got.Amount.Equal(number("0.00031")) {
			t.Errorf("%s: %+v %v", coin, got, err)
		}
	}
}

// Amounts are JSON numbers of decimal text, whole cents (sheet §3, §7).
func TestAmountsOnTheWire(t *testing.T) {
	c := client(t)
	for text, want := range map[string]string{
		"1": "1.00", "12.5": "12.50", "12.50000": "12.50", "0.3e2": "30.00", "9007199254740993.01": "9007199254740993.01", "33.33": "33.33",
	} {
		i := sample()
		i.Amount = number(text)
		raw, err := c.encodeInvoice("POST /x", i, "")
		if err != nil || !bytes.HasPrefix(raw, []byte(`{"amount":`+want+`,"amountCurrency":"USD",`)) {
			t.Errorf("%s: %s %v", text, raw, err)
		}
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*CreateInvoice){
		"no key":            func(i *CreateInvoice) { i.Key = "" },
		"key no UUID":       func(i *CreateInvoice) { i.Key = "urn:uuid:" + requestID },
		"zero":              func(i *CreateInvoice) { i.Amount = decimal.Zero },
		"negative":          func(i *CreateInvoice) { i.Amount = number("-5") },
		"parts of a cent":   func(i *CreateInvoice) { i.Amount = number("12.505") },
		"monstrous":         func(i *CreateInvoice) { i.Amount = decimal.New(1, 2_000_000_000) },
		"tiny":              func(i *CreateInvoice) { i.Amount = decimal.New(1, -2_000_000_000) },
		"long order id":     func(i *CreateInvoice) { i.OrderID = strings.Repeat("é", 101) },
		"long description":  func(i *CreateInvoice) { i.Description = strings.Repeat("é", 501) },
		"plain callback":    func(i *CreateInvoice) { i.CallbackURL = "http://shop.example/hook" },
		"loopback callback": func(i *CreateInvoice) { i.CallbackURL = "http://127.0.0.1/hook" },
		"no lifetime":       func(i *CreateInvoice) { i.ExpiresIn = 0 },
		"four minutes":      func(i *CreateInvoice) { i.ExpiresIn = 4 * time.Minute },
		"more than a day":   func(i *CreateInvoice) { i.ExpiresIn = 24*time.Hour + time.Minute },
		"half a minute":     func(i *CreateInvoice) { i.ExpiresIn = 30*time.Minute + 30*time.Second },
	} {
		i := sample()
		change(&i)
		_, err := client(t).CreateInvoice(t.Context(), i)
		wantFault(t, name, err, rest.KindRefused, CodeLocalInvalid)
	}
	for name, change := range map[string]func(*CreateInvoice){
		"100 characters": func(i *CreateInvoice) { i.OrderID = strings.Repeat("é", 100) },
		"500 characters": func(i *CreateInvoice) { i.Description = strings.Repeat("é", 500) },
		"no callback":    func(i *CreateInvoice) { i.CallbackURL = "" },
		"five minutes":   func(i *CreateInvoice) { i.ExpiresIn = 5 * time.Minute },
		"a day":          func(i *CreateInvoice) { i.ExpiresIn = 24 * time.Hour },
	} {
		i := sample()
		change(&i)
		if _, err := client(t).encodeInvoice("POST /x", i, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMinimum(t *testing.T) {
	i := sample()
	i.Amount = number("0.99")
	_, err := client(t).CreateInvoice(t.Context(), i)
	wantFault(t, "below one dollar", err, rest.KindRefused, CodeLocalMinimum)
	i.Amount = number("4.99")
	_, err = clientWith(t, Options{Minimum: number("5")}).CreateInvoice(t.Context(), i)
	wantFault(t, "below the shop's own", err, rest.KindRefused, CodeLocalMinimum)
	if _, err := clientWith(t, Options{Minimum: number("4.99")}).encodeInvoice("POST /x", i, ""); err != nil {
		t.Errorf("at the minimum: %v", err)
	}
}

// The status is public: no key leaves. It comes bare and under data, with
// strings and with numbers (sheet §2, §3).
func TestStatusOnTheWire(t *testing.T) {
	want := Payment{
		ID: paymentID, Status: StatusCompleted, Balance: number("29.99"), Required: number("29.99"), Coin: "USDT_BEP20",
		Address: "0x742d35Cc6634C0532925a3b844Bc454e4438f44e", ExpiresAt: time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	for _, name := range []string{"status_docs.json", "status_enveloped.json"} {
		got, err := client(t, resttest.Call{
			Method: "GET", Target: "/v1/invoice/" + paymentID + "/status", Reply: body(t, name),
			Header: map[string]string{"X-Api-Key": "", "X-Withdrawal-Key": "", "Authorization": "", "Content-Type": ""},
		}).Status(t.Context(), paymentID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	got, err := client(t, resttest.Call{Reply: body(t, "status_no_coin.json")}).Status(t.Context(), paymentID)
	if diff := cmp.Diff(Payment{ID: paymentID, Status: StatusPending}, got); err != nil || diff != "" {
		t.Errorf("no coin yet: %v %s", err, diff)
	}
}

func TestIDsStayInTheirPlace(t *testing.T) {
	call := resttest.Call{Target: "/v1/invoice/a%2Fb%3Fc/status", Reply: `{"paymentId":"a/b?c","status":"PENDING"}`}
	if _, err := client(t, call).Status(t.Context(), "a/b?c"); err != nil {
		t.Error(err)
	}
	_, err := client(t).Status(t.Context(), "a/../../b")
	wantFault(t, "an id that climbs", err, rest.KindNotSent, rest.CodeRequest)
	for _, id := range []string{"", ".", "..", "a b", "a\nb", strings.Repeat("x", 101)} {
		c := client(t)
		_, errStatus := c.Status(t.Context(), id)
		_, errPaid := c.Withdrawal(t.Context(), id)
		_, errSent := c.Delivery(t.Context(), id)
		for _, err := range []error{errStatus, errPaid, errSent, c.RetryDelivery(t.Context(), id)} {
			wantFault(t, "id "+id, err, rest.KindRefused, CodeLocalInvalid)
		}
	}
}

// Numbers and records that must not be believed, and must not cost anything.
func TestOddStatusRecordsAreUnclear(t *testing.T) {
	record := func(fields string) string { return `{"paymentId":"` + paymentID + `",` + fields + `}` }
	started := time.Now()
	for _, reply := range []string{
		"", "null", "[]", "7", "<html>", `"x"`, `{}`, `{"success":true}`, `{"success":true,"data":null}`, `{"success":true,"data":[]}`,
		record(`"status":""`), record(`"status":null`), record(`"status":7`), record(`"currentBalance":"1"`),
		record(`"status":"COMPLETED","currentBalance":"1e999999999"`), record(`"status":"COMPLETED","currentBalance":1e999999999`),
		record(`"status":"COMPLETED","requiredAmount":1e-999999999`), record(`"status":"COMPLETED","currentBalance":"0x10"`),
		record(`"status":"COMPLETED","currentBalance":""`), record(`"status":"COMPLETED","currentBalance":"NaN"`),
		record(`"status":"COMPLETED","currentBalance":{}`), record(`"status":"COMPLETED","currentBalance":"-1"`),
		record(`"status":"COMPLETED","requiredAmount":-1`), record(`"status":"COMPLETED","currentBalance":"1,5"`),
		`{"paymentId":7,"status":"COMPLETED"}`, `{"success":true,"data":{"paymentId":"` + paymentID + `"}}`,
	} {
		_, err := client(t, resttest.Call{Reply: reply}).Status(t.Context(), paymentID)
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestCreateAnswersThatCannotBeUsedAreUnclear(t *testing.T) {
	for _, reply := range []string{
		"", "{}", `{"success":true}`, `{"success":true,"data":{}}`, `{"success":true,"data":{"paymentId":""}}`, `{"success":true,"data":{"paymentId":9}}`,
		`{"success":true,"data":{"paymentId":"a b"}}`, `{"success":true,"data":{"paymentId":"p","baseAmount":"1e999999"}}`,
	} {
		_, err := client(t, resttest.Call{Reply: reply, Body: sampleBody}).CreateInvoice(t.Context(), sample())
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
	for _, reply := range []string{
		`{"success":true,"data":{"paymentId":"p","amount":1}}`, `{"success":true,"data":{"paymentId":"p","address":"a"}}`,
		`{"success":true,"data":{"amount":1,"address":"a"}}`, `[]`,
	} {
		check := func(*http.Request, []byte) error { return nil }
		_, err := client(t, resttest.Call{Reply: reply, Check: check}).CreatePayment(t.Context(), sample(), "BTC")
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
}

// Every row of sheet §2, with envelopes, without, and with bodies that are no JSON.
func TestErrorTable(t *testing.T) {
	rows := []struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
		text   string
	}{
		{400, `{"success":false,"error":"Validation failed","details":{"field":"amount"}}`, rest.KindRefused, "", `Validation failed {"field":"amount"}`},
		{400, `{"success":false,"error":"Bad","message":"amount"}`, rest.KindRefused, "", "Bad amount"},
		{400, `{"error":{"odd":1}}`, rest.KindRefused, "", `{"odd":1}`},
		{400, `<html>`, rest.KindRefused, "", ""},
		{401, `{"success":false,"error":"Invalid API key"}`, rest.KindRefused, "", "Invalid API key"},
		{401, ``, rest.KindRefused, "", ""},
		{403, `{"success":false,"error":"Withdrawal key required"}`, rest.KindRefused, "", "Withdrawal key required"},
		{404, `{"success":false,"error":"Payment not found"}`, rest.KindRefused, "", "Payment not found"},
		{404, `not found`, rest.KindRefused, "", ""},
		{408, ``, rest.KindUnclear, "", ""},
		{409, `{"success":false,"error":"in progress"}`, rest.KindUnclear, CodeConflict, "in progress"},
		{422, `{"success":false,"error":"no"}`, rest.KindRefused, "", "no"},
		{429, `{"success":false,"error":"Too many requests"}`, rest.KindLimited, "", "Too many requests"},
		{429, `slow down`, rest.KindLimited, "", ""},
		{500, `{"success":false,"error":"Internal"}`, rest.KindUnclear, "", "Internal"},
		{502, `<html>`, rest.KindUnclear, "", ""},
		{503, ``, rest.KindUnclear, "", ""},
		{504, ``, rest.KindUnclear, "", ""},
		{302, ``, rest.KindUnclear, rest.CodeRedirect, ""},
		// Envelopes that say something else than their status.
		{200, `{"success":false,"error":"no"}`, rest.KindUnclear, CodeContradiction, "no"},
		{200, `{"success":false,"error":"no","statusCode":400}`, rest.KindUnclear, CodeContradiction, "no"},
		{201, `{"success":false,"data":{"paymentId":"p"}}`, rest.KindUnclear, CodeContradiction, ""},
		{200, `{"success":"true","data":{"paymentId":"p"}}`, rest.KindUnclear, CodeContradiction, ""},
		{200, `{"success":0}`, rest.KindUnclear, CodeContradiction, ""},
		{400, `{"success":true,"data":{"paymentId":"p"}}`, rest.KindUnclear, CodeContradiction, ""},
		{500, `{"success":true,"data":{"paymentId":"p"}}`, rest.KindUnclear, "", ""},
	}
	for _, r := range rows {
		_, err := client(t, resttest.Call{Status: r.status, Reply: r.reply, Body: sampleBody}).CreateInvoice(t.Context(), sample())
		wantFault(t, r.reply, err, r.kind, r.code)
		if e := rest.As(err); e != nil && (e.Status != r.status || e.Message != r.text) {
			t.Errorf("%d %s: status %d, message %q", r.status, r.reply, e.Status, e.Message)
		}
	}
}

// Reads may be repeated; whatever creates or sends something may not (sheet §6).
func TestWhatIsSentAgain(t *testing.T) {
	down := resttest.Call{Status: 503, Check: func(*http.Request, []byte) error { return nil }}
	limited := resttest.Call{Status: 429, Send: map[string]string{"Retry-After": "1"}}
	reads := map[string]func(context.Context, *Client) error{
		"status":     func(ctx context.Context, c *Client) error { _, err := c.Status(ctx, paymentID); return err },
		"balances":   func(ctx context.Context, c *Client) error { _, err := c.Balances(ctx); return err },
		"config":     func(ctx context.Context, c *Client) error { _, err := c.Webhook(ctx); return err },
		"withdrawal": func(ctx context.Context, c *Client) error { _, err := c.Withdrawal(ctx, "wd-1"); return err },
		"set": func(ctx context.Context, c *Client) error {
			return c.SetWebhook(ctx, callbackURL)
		},
		"delete": func(ctx context.Context, c *Client) error { return c.DeleteWebhook(ctx) },
	}
	for name, call := range reads {
		synctest.Test(t, func(t *testing.T) {
			again := limited
			again.Check = down.Check
			c := clientWith(t, Options{WithdrawalKey: testPayKey}, down, again, down)
			wantFault(t, name, call(t.Context(), c), rest.KindUnclear, "")
		})
	}
	once := map[string]func(context.Context, *Client) error{
		"invoice": func(ctx context.Context, c *Client) error { _, err := c.CreateInvoice(ctx, sample()); return err },
		"payment": func(ctx context.Context, c *Client) error {
			_, err := c.CreatePayment(ctx, sample(), "BTC")
			return err
		},
		"test":     func(ctx context.Context, c *Client) error { _, err := c.TestWebhook(ctx, ""); return err },
		"retry":    func(ctx context.Context, c *Client) error { return c.RetryDelivery(ctx, "del-1") },
		"withdraw": func(ctx context.Context, c *Client) error { _, err := c.CreateWithdrawal(ctx, payout()); return err },
	}
	for name, call := range once {
		synctest.Test(t, func(t *testing.T) {
			c := clientWith(t, Options{WithdrawalKey: testPayKey}, down)
			wantFault(t, name, call(t.Context(), c), rest.KindUnclear, "")
		})
		synctest.Test(t, func(t *testing.T) {
			hang := down
			hang.Fault = resttest.Hang
			c := clientWith(t, Options{WithdrawalKey: testPayKey}, hang)
			started := time.Now()
			wantFault(t, name, call(t.Context(), c), rest.KindUnclear, rest.CodeTimeout)
			if took := time.Since(started); name == "withdraw" && took != 30*time.Second || took > 30*time.Second {
				t.Errorf("%s: gave up after %v", name, took)
			}
		})
	}
}

// At most five calls a second, whatever they are (sheet §6).
func TestRateBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := resttest.Call{Reply: body(t, "status_docs.json")}
		calls := make([]resttest.Call, 20)
		for i := range calls {
			calls[i] = ok
		}
		c := clientWith(t, Options{}, calls...)
		var at []time.Duration
		started := time.Now()
		for range calls {
			if _, err := c.Status(t.Context(), paymentID); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(started))
		}
		for i := 5; i < len(at); i++ {
			if at[i]-at[i-5] < 999*time.Millisecond {
				t.Errorf("calls %d to %d within %v", i-5, i, at[i]-at[i-5])
			}
		}
	})
}

func TestNoSecretInLogsAndErrors(t *testing.T) {
	var log bytes.Buffer
	echo := `{"success":false,"error":"bad key pk_live_planted0123456789","details":{"payout":"wk_live_planted9876543210","to":"` + destination + `"}}`
	unseen := func(*http.Request, []byte) error { return nil }
	c := clientWith(t, Options{WithdrawalKey: testPayKey, Chain: rest.Chain{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}},
		resttest.Call{Status: 400, Reply: echo, Check: unseen}, resttest.Call{Status: 403, Reply: echo, Check: unseen},
		resttest.Call{Reply: body(t, "webhook_config.json")}, resttest.Call{Reply: body(t, "withdrawal.json"), Check: unseen})
	_, refusal := c.CreateInvoice(t.Context(), sample())
	_, denial := c.CreateWithdrawal(t.Context(), payout())
	hook, err := c.Webhook(t.Context())
	if err != nil {
		t.Error(err)
	}
	if _, err := c.CreateWithdrawal(t.Context(), payout()); err != nil {
		t.Error(err)
	}
	all := log.String() + refusal.Error() + denial.Error() + strings.Join(hook.Events, "") + hook.URL
	for _, planted := range []string{"planted", testKey, testPayKey, destination, "whsec", "3F7KQW2M9X"} {
		if strings.Contains(all, planted) {
			t.Errorf("%q is in %s", planted, all)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no key":            {BaseURL: apiBase},
		"key with a break":  {BaseURL: apiBase, APIKey: "k\r\nX: y"},
		"other with one":    {BaseURL: apiBase, APIKey: "k", WithdrawalKey: "w\n"},
		"plain http":        {BaseURL: "http://api.inventpay.io", APIKey: "k"},
		"no absolute URL":   {BaseURL: "api.inventpay.io", APIKey: "k"},
		"user in the URL":   {BaseURL: "https://u:p@api.inventpay.io", APIKey: "k"},
		"query in the URL":  {BaseURL: "https://api.inventpay.io?x=1", APIKey: "k"},
		"nothing at all":    {},
		"only a withdrawal": {BaseURL: apiBase, WithdrawalKey: "w"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	// Older keys are bare words (sheet §1): the prefix is not checked.
	if _, err := New(Options{BaseURL: apiBase, APIKey: "cmfnz7jei0000"}); err != nil {
		t.Error(err)
	}
}
