package plexy

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	testKey   = "plexy_live_plantedkey77"
	agentID   = "0b0f7a52-4a6e-4c58-8a0e-6f1d2c3b4a59"
	agentPath = "/gate/agent/" + agentID
	buyKey    = "a759b99a-9d22-433d-bced-ab1d2e1bea1d"
	reference = "3F7KQW2M9X-0-1"
	topUpID   = "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c"
	voucherID = "7d2e5a0c-1c6b-4f9a-9d1f-2e2d3a4b5c6d"
	code      = "ABCD-EFGH-IJKL"
	login     = "ada_lovelace"

	topUpBody   = `{"product_id":456,"topup_request":{"amount":"10.00","customer_account":{"email":"ada@example.com","steam_login":"ada_lovelace"}},"external_ref":"3F7KQW2M9X-0-1","currency_code":"USD","quantity":1,"test":false}`
	voucherBody = `{"product_id":500,"external_ref":"3F7KQW2M9X-0-1","currency_code":"USD","quantity":1,"test":false}`
)

func body(t testing.TB, name string) string { t.Helper(); return resttest.File(t, name) }

func scripted(t *testing.T, calls ...resttest.Call) *Client {
	t.Helper()
	return chained(t, rest.Chain{Bare: true}, calls...)
}

func chained(t *testing.T, chain rest.Chain, calls ...resttest.Call) *Client {
	t.Helper()
	chain.Transport = resttest.New(t, calls...)
	c, err := New(Options{BaseURL: "https://gate.example/gate", APIKey: testKey, AgentID: agentID, Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

// get is a reading call: authorized with the raw key, without a body.
func get(path, reply string) resttest.Call {
	return resttest.Call{Method: "GET", Target: agentPath + path, Header: map[string]string{"Authorization": testKey, "Idempotency-Key": ""}, Reply: reply}
}

func post(body string, status int, reply string) resttest.Call {
	return resttest.Call{
		Method: "POST", Target: agentPath + "/orders", Body: body, Status: status, Reply: reply,
		Header: map[string]string{"Authorization": testKey, "Idempotency-Key": buyKey, "Content-Type": "application/json"},
	}
}

// with is a call with another status.
func with(call resttest.Call, status int) resttest.Call {
	call.Status = status
	return call
}

func topUp() Purchase {
	return Purchase{
		Key: buyKey, ProductID: "456", Currency: "USD", Reference: reference, Amount: "10.00",
		Account: []Entry{{"steam_login", NewSecret(login)}, {"email", NewSecret("ada@example.com")}},
	}
}

func voucher() Purchase {
	return Purchase{Key: buyKey, ProductID: "500", Currency: "USD", Reference: reference}
}

func amount(text string) Amount { return Amount{Amount: rest.Amount{Decimal: dec(text), Set: true}} }

// Sheet §1: the raw key, and no default for anything.
func TestOptionsAreChecked(t *testing.T) {
	good := Options{BaseURL: "https://gate.example", APIKey: testKey, AgentID: agentID}
	for name, change := range map[string]func(*Options){
		"no key": func(o *Options) { o.APIKey = "" }, "a scheme": func(o *Options) { o.APIKey = "Bearer " + testKey },
		"a header": func(o *Options) { o.APIKey = "a\r\nX: y" }, "no base": func(o *Options) { o.BaseURL = "" },
		"plain http": func(o *Options) { o.BaseURL = "http://gate.example" }, "no agent": func(o *Options) { o.AgentID = "" },
		"agent climbs": func(o *Options) { o.AgentID = "../" + agentID[3:] }, "agent in braces": func(o *Options) { o.AgentID = "{" + agentID + "}" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

// Sheet §3: any 2xx is health; without the prefix first, then with it.
func TestHealthFindsItsPath(t *testing.T) {
	plain := resttest.Call{Method: "GET", Target: "/gate/health", Reply: "OK"}
	below := get("/health", "")
	for name, tt := range map[string]struct {
		calls []resttest.Call
		want  []rest.Kind
	}{
		"without":             {[]resttest.Call{plain, with(plain, 204)}, []rest.Kind{"", ""}},
		"with, and remembers": {[]resttest.Call{with(plain, 404), with(below, 204), below, with(below, 503)}, []rest.Kind{"", "", rest.KindUnclear}},
		"neither, then found": {[]resttest.Call{with(plain, 500), with(below, 401), plain}, []rest.Kind{rest.KindRefused, ""}},
		"a redirect is none":  {[]resttest.Call{with(plain, 302), with(below, 302)}, []rest.Kind{rest.KindUnclear}},
	} {
		c := scripted(t, tt.calls...)
		for i, want := range tt.want {
			if err := c.Health(t.Context()); rest.KindOf(err) != want {
				t.Errorf("%s: probe %d: %v", name, i, err)
			}
		}
	}
}

func TestNamedListsComeAsArrayOrPage(t *testing.T) {
	want := []Named{{ID: "1", Code: TypeVoucher, Name: "Redeem card"}, {ID: "2", Code: TypeTransfer, Name: "Direct transfer"}, {ID: "3", Code: TypeTopUp, Name: "Direct top-up"}}
	for _, reply := range []string{body(t, "product_types.json"), `{"items":` + body(t, "product_types.json") + `}`} {
		got, err := scripted(t, get("/product-types", reply)).ProductTypes(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	got, err := scripted(t, get("/product-categories", body(t, "categories.json"))).Categories(t.Context())
	if diff := cmp.Diff([]Named{{ID: "10", Name: "Steam"}, {ID: "11", Name: "Gift cards"}}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, reply := range []string{`{}`, `{"items":null}`, `[{"code":"x"}]`, `[1]`, `{"items":[{"id":true}]}`, `<html>`} {
		if _, err := scripted(t, get("/product-types", reply)).ProductTypes(t.Context()); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s reads as a list: %v", reply, err)
		}
	}
}

func TestProduct(t *testing.T) {
	got, err := scripted(t, get("/products/456", body(t, "product.json"))).Product(t.Context(), "456")
	want := Product{
		ID: "456", Name: "Steam Wallet Top Up", CategoryID: "10", TypeID: "3", Region: "GLOBAL", Currency: "USD", Description: "Credited to the wallet",
		Price: dec("10"), Min: dec("5"), Max: dec("100"), Step: dec("1"), Active: true,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for status, kind := range map[int]rest.Kind{401: rest.KindRefused, 404: rest.KindRefused, 500: rest.KindUnclear} {
		if _, err := scripted(t, with(get("/products/456", `{}`), status)).Product(t.Context(), "456"); rest.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
	}
	if _, err := scripted(t, get("/products/457", body(t, "product.json"))).Product(t.Context(), "457"); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("another product: %v", err)
	}
	for _, id := range []string{"", "..", "1/2", "x"} {
		if _, err := scripted(t).Product(t.Context(), id); rest.KindOf(err) != rest.KindRefused {
			t.Errorf("%q: %v", id, err)
		}
	}
	if got, err := scripted(t, get("/products/1", `{"id":"1","price":"0.10","is_active":false}`)).Product(t.Context(), "1"); err != nil || !got.Price.Equal(dec("0.1")) || got.Active {
		t.Errorf("numbers as text: %+v %v", got, err)
	}
}

// Sheet §3: the same purchase is the same bytes under the same key, and all of
// currency_code, quantity and test are there.
func TestCreateOnTheWire(t *testing.T) {
	swapped := topUp()
	swapped.Account[0], swapped.Account[1] = swapped.Account[1], swapped.Account[0]
	c := scripted(t, post(topUpBody, 201, body(t, "order_created.json")), post(topUpBody, 200, body(t, "order_created.json")), post(topUpBody, 201, body(t, "order_created.json")))
	for _, p := range []Purchase{topUp(), topUp(), swapped} {
		got, err := c.Create(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		no := false
		want := Order{
			ID: topUpID, ProductID: "456", Reference: reference, Key: buyKey, Status: StatusPending,
			Content: Content{map[string]Secret{"vendor_order_id": NewSecret("LC-123456")}}, Currency: "USD",
			Charged: amount("12.50"), Before: amount("100.00"), After: amount("87.50"), Test: &no,
			CreatedAt: time.Date(2024, 11, 1, 10, 0, 0, 0, time.UTC),
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Content{}, Secret{})); diff != "" {
			t.Error(diff)
		}
	}
	test := voucher()
	test.Test = true
	sent := strings.Replace(voucherBody, `"test":false`, `"test":true`, 1)
	if _, err := scripted(t, post(sent, 201, body(t, "order_voucher_done.json"))).Create(t.Context(), test); err != nil {
		t.Error(err)
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*Purchase){
		"no key": func(p *Purchase) { p.Key = "" }, "key no uuid": func(p *Purchase) { p.Key = "order-1001" },
		"no product": func(p *Purchase) { p.ProductID = "" }, "product no number": func(p *Purchase) { p.ProductID = "1e3" },
		"no currency": func(p *Purchase) { p.Currency = "" }, "currency lower": func(p *Purchase) { p.Currency = "usd" },
		"no reference": func(p *Purchase) { p.Reference = "" }, "reference long": func(p *Purchase) { p.Reference = strings.Repeat("r", 65) },
		"no amount": func(p *Purchase) { p.Amount = "" }, "amount in cents": func(p *Purchase) { p.Amount = "1000" },
		"amount negative": func(p *Purchase) { p.Amount = "-1.00" }, "amount no number": func(p *Purchase) { p.Amount = "1e1.00" },
		"field twice": func(p *Purchase) { p.Account[1].Key = p.Account[0].Key }, "field nameless": func(p *Purchase) { p.Account[1].Key = "" },
	} {
		p := topUp()
		change(&p)
		if _, err := scripted(t).Create(t.Context(), p); rest.As(err) == nil || rest.As(err).Kind != rest.KindRefused || rest.As(err).Code != CodeLocal {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", ".", "..", strings.Repeat("a", 65)} {
		if _, err := scripted(t).Order(t.Context(), id); rest.KindOf(err) != rest.KindRefused {
			t.Errorf("order %q: %v", id, err)
		}
	}
}

// The chain never sends an order a second time; reads it does.
func TestCreateIsSentOnce(t *testing.T) {
	for _, status := range []int{429, 500, 502, 503, 504} {
		if _, err := chained(t, rest.Chain{}, post(voucherBody, status, "")).Create(t.Context(), voucher()); err == nil {
			t.Errorf("%d is no success", status)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		hang := post(voucherBody, 0, "")
		hang.Fault = resttest.Hang
		started := time.Now()
		_, err := chained(t, rest.Chain{}, hang).Create(t.Context(), voucher())
		if rest.KindOf(err) != rest.KindUnclear || time.Since(started) != createTimeout {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
		read := chained(t, rest.Chain{}, with(get("/balance", ""), 500), get("/balance", body(t, "balance.json")))
		if _, err := read.Balance(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Sheet §5: at most two calls per second, orders and reads together.
func TestTwoCallsPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []resttest.Call{post(voucherBody, 201, body(t, "order_voucher_done.json"))}
		for range 20 {
			calls = append(calls, get("/balance", body(t, "balance.json")))
		}
		c := chained(t, rest.Chain{}, calls...)
		started := time.Now()
		if _, err := c.Create(t.Context(), voucher()); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := c.Balance(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took < 9*time.Second {
			t.Errorf("21 calls within %v", took)
		}
	})
}

func TestOrderReads(t *testing.T) {
	got, err := scripted(t, get("/orders/"+voucherID, body(t, "order_voucher_done.json"))).Order(t.Context(), voucherID)
	if err != nil || got.Status != StatusCompleted || len(got.Content.Codes()) != 1 || got.Content.Codes()[0].Value.Reveal() != code {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := scripted(t, get("/orders/a%2F..%3Fx", body(t, "order_voucher_done.json"))).Order(t.Context(), "a/..?x"); rest.KindOf(err) != rest.KindNotSent && err != nil {
		t.Errorf("an id that climbs: %v", err)
	}
	for _, reply := range []string{``, `{}`, `[]`, `{"id":"x"}`, `{"status":"completed"}`, `{"id":5,"status":"completed"}`} {
		if _, err := scripted(t, get("/orders/x", reply)).Order(t.Context(), "x"); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s reads as an order: %v", reply, err)
		}
	}
}

func TestBalanceAndDeposits(t *testing.T) {
	funds, err := scripted(t, get("/balance", body(t, "balance.json"))).Balance(t.Context())
	want := []Funds{{"USD", dec("87.50")}, {"USDT", dec("5.0000009")}, {"EUR", dec("900.00")}}
	if diff := cmp.Diff(want, funds); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, reply := range []string{`{}`, `{"items":[{"currency_code":"USD"}]}`, `{"items":[{"available":"1"}]}`, `{"items":[{"currency_code":"USD","available":"1,5"}]}`} {
		if _, err = scripted(t, get("/balance", reply)).Balance(t.Context()); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s reads as a balance: %v", reply, err)
		}
	}
	deposits, err := scripted(t, get("/deposits?page=1&pageSize=50&status=posted", body(t, "deposits.json"))).Deposits(t.Context(), "posted")
	wantDeposits := []Deposit{
		{ID: "1201", Currency: "USD", Amount: dec("250.00"), Method: "bank_wire", Status: "posted", Reference: "WIRE-2024-77", PostedAt: time.Date(2024, 11, 1, 9, 30, 0, 0, time.UTC)},
		{ID: "1202", Currency: "USD", Amount: dec("50.00"), Method: "manual", Status: "pending"},
	}
	if diff := cmp.Diff(wantDeposits, deposits); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := scripted(t, get("/deposits?page=1&pageSize=50", `{"items":[{"id":"x"}]}`)).Deposits(t.Context(), ""); rest.KindOf(err) != rest.KindUnclear {
		t.Error(err)
	}
}

// Sheet §3 and §4: what is not finished, each once, whatever the filter did.
func TestUnfinished(t *testing.T) {
	done := body(t, "order_voucher_done.json")
	pending := body(t, "order_created.json")
	odd := strings.Replace(strings.Replace(pending, topUpID, "x", 1), `"pending"`, `"processing"`, 1)
	c := scripted(t, get("/orders?page=1&pageSize=50&status=pending", `{"items":[`+pending+`,`+done+`,`+pending+`,`+odd+`],"total":4}`))
	got, err := c.Unfinished(t.Context())
	at := time.Date(2024, 11, 1, 10, 0, 0, 0, time.UTC)
	want := []Unfinished{{topUpID, reference, at}, {"x", reference, at}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// Sheet §10 and the house rule: no key, no code and no account in any text.
func TestNothingSecretIsEverPrinted(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p := topUp()
	replies := []resttest.Call{post(topUpBody, 201, strings.Replace(body(t, "order_voucher_done.json"), `"product_id":500`, `"product_id":"`+code+`"`, 1))}
	for _, reply := range []string{
		`{"error":"` + login + `"}`, `{"code":"` + code + `","message":"account ` + login + ` of ada@example.com, key ` + testKey + `"}`,
		`{"error":{"code":"` + login + `","param":"` + login + `","request_id":"` + code + `"}}`, `account ` + login + ` not found`, code, login,
	} {
		replies = append(replies, post(topUpBody, 400, reply))
	}
	done := get("/orders/"+voucherID, body(t, "order_voucher_done.json"))
	c := chained(t, rest.Chain{Log: logger, Limit: rest.Limit{Calls: 100, Per: time.Second}}, append(replies, done)...)
	all := fmt.Sprintf("%v %+v %#v", p, p, p)
	for range replies {
		_, err := c.Create(t.Context(), p)
		all += fmt.Sprintf("%v %+v %#v", err, rest.As(err), err)
	}
	got, err := c.Order(t.Context(), voucherID)
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("order", "order", got, "code", got.Content.Codes()[0].Value)
	marshalled, err := json.Marshal([]any{got, got.Content.Codes(), p})
	if err != nil {
		t.Fatal(err)
	}
	secret := got.Content.Codes()[0].Value
	all += fmt.Sprintf("%v %+v %#v %s %q %x", got, got, got.Content, secret, secret, secret) + string(marshalled) + log.String()
	for _, planted := range []string{code, "EFGH", login, "lovelace", "ada@", testKey, "plantedkey", fmt.Sprintf("%x", code)} {
		if strings.Contains(all, planted) {
			t.Errorf("%q is in %s", planted, all)
		}
	}
}

func TestAuthIsTheRawKey(t *testing.T) {
	call := get("/balance", body(t, "balance.json"))
	call.Check = func(r *http.Request, _ []byte) error {
		if strings.Contains(r.Header.Get("Authorization"), " ") {
			return fmt.Errorf("a scheme")
		}
		return nil
	}
	if _, err := scripted(t, call).Balance(t.Context()); err != nil {
		t.Error(err)
	}
}
