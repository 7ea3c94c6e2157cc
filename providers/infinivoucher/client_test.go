package infinivoucher

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
	testKey   = "infi_sk_plantedkey"
	buyKey    = "a759b99a-9d22-433d-bced-ab1d2e1bea1d"
	buyBody   = `{"product_id":"p60","quantity":2}`
	firstCode = "ABCD-EFGH-IJKL-1234"
	otherCode = "MNOP-QRST-UVWX-5678"
)

func body(t testing.TB, name string) string { t.Helper(); return resttest.File(t, name) }

func scripted(t *testing.T, calls ...resttest.Call) *Client {
	t.Helper()
	return chained(t, rest.Chain{Bare: true}, calls...)
}

func chained(t *testing.T, chain rest.Chain, calls ...resttest.Call) *Client {
	t.Helper()
	chain.Transport = resttest.New(t, calls...)
	c, err := New(Options{BaseURL: "https://infinidashboard.infinivoucher.com/api/v1", APIKey: testKey, Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func authorized() map[string]string { return map[string]string{"Authorization": "Bearer " + testKey} }

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func purchase() Purchase { return Purchase{Key: buyKey, ProductID: "p60", Quantity: 2} }

func buyCall(status int, reply string) resttest.Call {
	return resttest.Call{
		Method: "POST", Target: "/api/v1/orders/buy", Body: buyBody, Status: status, Reply: reply,
		Header: map[string]string{"Authorization": "Bearer " + testKey, "Idempotency-Key": buyKey, "Content-Type": "application/json"},
	}
}

func reveal(codes []Secret) []string {
	var out []string
	for _, c := range codes {
		out = append(out, c.Reveal())
	}
	return out
}

func TestHealthNeedsNoKey(t *testing.T) {
	c := scripted(t, resttest.Call{Target: "/api/v1/health", Header: map[string]string{"Authorization": ""}, Reply: body(t, "health.json")})
	got, err := c.Health(t.Context())
	want := Health{Status: "healthy", Version: "v1", Timestamp: time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestProductsMergesPages(t *testing.T) {
	c := scripted(t,
		resttest.Call{Target: "/api/v1/products?category_id=a%2Fb&in_stock=true&limit=100&page=1", Header: authorized(), Reply: body(t, "products_page1.json")},
		resttest.Call{Target: "/api/v1/products?category_id=a%2Fb&in_stock=true&limit=100&page=2", Header: authorized(), Reply: body(t, "products_page2.json")})
	got, err := c.Products(t.Context(), ProductFilter{CategoryID: "a/b", InStock: true})
	want := []Category{
		{ID: "cat1", Name: "PUBG Mobile", Products: []Product{
			{ID: "p60", Name: "60 UC", Price: dec("0.86"), Currency: "USDT", Stock: 140},
			{ID: "p325", Name: "325 UC", Price: dec("4.2"), Currency: "USDT"},
			{ID: "p660", Name: "660 UC", Price: dec("8"), Currency: "USDT"},
		}},
		{ID: "cat2", Name: "Steam", Products: []Product{{ID: "s10", Name: "10 USD", Price: dec("9.50000001"), Currency: "EUR", Stock: 3}}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestPagingEnds(t *testing.T) {
	endless := resttest.Call{Reply: `{"success":true,"data":{"categories":[],"pagination":{"page":1,"totalPages":1000000}}}`}
	calls := make([]resttest.Call, maxPages)
	for i := range calls {
		calls[i] = endless
	}
	_, err := scripted(t, calls...).Products(t.Context(), ProductFilter{})
	if e := rest.As(err); e == nil || e.Kind != rest.KindUnclear || e.Code != CodePages {
		t.Errorf("endless paging: %v", err)
	}
	empty := resttest.Call{Reply: `{"success":true,"data":{"categories":[]}}`}
	if got, err := scripted(t, empty).Products(t.Context(), ProductFilter{}); err != nil || len(got) != 0 {
		t.Errorf("no pagination at all: %v %v", got, err)
	}
}

func TestWallet(t *testing.T) {
	c := scripted(t,
		resttest.Call{Target: "/api/v1/wallet", Header: authorized(), Reply: body(t, "wallet.json")},
		resttest.Call{Target: "/api/v1/wallet?include_transactions=true&transactions_limit=50", Reply: body(t, "wallet.json")})
	for _, n := range []int{0, 500} {
		got, transactions, err := c.Wallet(t.Context(), n)
		want := Wallet{Balance: dec("1250.75"), Currency: "USDT", Status: "ACTIVE"}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if diff := cmp.Diff([]json.RawMessage{json.RawMessage(`{"anything":1}`)}, transactions); diff != "" {
			t.Error(diff)
		}
	}
}

func TestBuyOnTheWire(t *testing.T) {
	c := scripted(t, buyCall(200, body(t, "buy.json")), buyCall(201, body(t, "buy.json")))
	for range 2 { // the same purchase is the same bytes; 200 and 201 are success
		got, err := c.Buy(t.Context(), purchase())
		if err != nil {
			t.Fatal(err)
		}
		want := Order{
			ID: "ord1", ProductID: "p60", ProductName: "PUBG Mobile 60 UC", Quantity: 2, UnitPrice: dec("0.85"), Total: dec("1.70"),
			Told: true, Currency: "USDT", Status: StatusCompleted,
		}
		if diff := cmp.Diff(want, got.Order); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{firstCode, otherCode}, reveal(got.Codes)); diff != "" {
			t.Errorf("codes by index: %s", diff)
		}
		if !got.Wallet || !got.Deducted.Equal(dec("1.7")) {
			t.Errorf("wallet %v %v", got.Wallet, got.Deducted)
		}
	}
}

func TestBuyIsSentOnceAndWaitsThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := buyCall(0, "")
		hang.Fault = resttest.Hang
		started := time.Now()
		_, err := chained(t, rest.Chain{}, hang).Buy(t.Context(), purchase())
		if e := rest.As(err); e == nil || e.Kind != rest.KindUnclear || e.Code != rest.CodeTimeout || time.Since(started) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
	})
	for _, status := range []int{500, 502, 429, 503} {
		_, err := chained(t, rest.Chain{}, buyCall(status, "")).Buy(t.Context(), purchase())
		if err == nil {
			t.Errorf("status %d is no success", status)
		}
	}
	for _, fault := range []resttest.Fault{resttest.Cut, resttest.CutBody} {
		call := buyCall(200, body(t, "buy.json"))
		call.Target, call.Fault = "/orders/buy", fault
		base, script := resttest.Serve(t, call)
		c, err := New(Options{BaseURL: base, APIKey: testKey})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Buy(t.Context(), purchase()); rest.KindOf(err) != rest.KindUnclear || len(script.Seen()) != 1 {
			t.Errorf("cut %v: %v, sent %d times", fault, err, len(script.Seen()))
		}
	}
}

func TestBuyPassesTheReadLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := rest.Chain{Limit: rest.Limit{Calls: 1, Per: time.Minute}}
		c := chained(t, chain, resttest.Call{Reply: body(t, "wallet.json")}, buyCall(200, body(t, "buy.json")))
		if _, _, err := c.Wallet(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Wallet(t.Context(), 0); rest.KindOf(err) != rest.KindNotSent {
			t.Errorf("a second read: %v", err)
		}
		if _, err := c.Buy(t.Context(), purchase()); err != nil {
			t.Errorf("a purchase with a permit: %v", err)
		}
	})
}

func TestTheDefaultLimitStaysUnderSixtyAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		calls := make([]resttest.Call, 120)
		for i := range calls {
			calls[i] = resttest.Call{Reply: body(t, "wallet.json"), Check: func(*http.Request, []byte) error {
				sent = append(sent, time.Now())
				return nil
			}}
		}
		c := chained(t, rest.Chain{}, calls...)
		time.Sleep(4 * time.Second) // begin late in a window: the worst case
		for range calls {
			if _, _, err := c.Wallet(t.Context(), 0); err != nil {
				t.Fatal(err) // a caller alone always gets its turn in time
			}
		}
		for i := range len(sent) - 60 {
			if took := sent[i+60].Sub(sent[i]); took < time.Minute {
				t.Errorf("61 reads within %v", took)
			}
		}
	})
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	for name, p := range map[string]Purchase{
		"no key":       {ProductID: "p60", Quantity: 1},
		"key no uuid":  {Key: "k-1", ProductID: "p60", Quantity: 1},
		"no product":   {Key: buyKey, Quantity: 1},
		"long product": {Key: buyKey, ProductID: strings.Repeat("p", 101), Quantity: 1},
		"none":         {Key: buyKey, ProductID: "p60"},
		"negative":     {Key: buyKey, ProductID: "p60", Quantity: -1},
		"too many":     {Key: buyKey, ProductID: "p60", Quantity: 101},
	} {
		_, err := scripted(t).Buy(t.Context(), p)
		if e := rest.As(err); e == nil || e.Kind != rest.KindRefused || e.Code != CodeLocal {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := scripted(t).Order(t.Context(), id); rest.KindOf(err) != rest.KindRefused {
			t.Errorf("order %q: %v", id, err)
		}
	}
}

// Every row of infinivoucher sheet §5, and what contradicts itself.
func TestErrorTable(t *testing.T) {
	failure := func(code string) string {
		return `{"success":false,"error":{"code":"` + code + `","message":"Requested 5, available 2"}}`
	}
	tests := []struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
	}{
		{401, failure(CodeUnauthorized), rest.KindRefused, CodeUnauthorized},
		{403, failure(CodeForbidden), rest.KindRefused, CodeForbidden},
		{403, failure(CodeFrozen), rest.KindRefused, CodeFrozen},
		{402, failure(CodeFunds), rest.KindRefused, CodeFunds},
		{409, failure(CodeStock), rest.KindRefused, CodeStock},
		{409, failure(CodeConflict), rest.KindRefused, CodeConflict},
		{409, failure("IDEMPOTENCY_IN_PROGRESS"), rest.KindUnclear, "IDEMPOTENCY_IN_PROGRESS"},
		{409, ``, rest.KindUnclear, ""},
		{429, ``, rest.KindLimited, ""},
		{429, failure("RATE_LIMITED"), rest.KindLimited, "RATE_LIMITED"},
		{400, failure("VALIDATION_ERROR"), rest.KindRefused, "VALIDATION_ERROR"},
		{404, `not found`, rest.KindRefused, ""},
		{422, `{}`, rest.KindRefused, ""},
		{500, failure("INTERNAL"), rest.KindUnclear, "INTERNAL"},
		{500, failure(CodeStock), rest.KindUnclear, CodeStock},
		{502, `<html>`, rest.KindUnclear, ""},
		{200, failure(CodeStock), rest.KindUnclear, CodeStock},
		{400, body(t, "buy.json"), rest.KindUnclear, ""},
		{200, ``, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"success":true}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"success":true,"data":null}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"success":true,"data":{"order":{}}}`, rest.KindUnclear, rest.CodeUndecodable},
		{204, ``, rest.KindUnclear, rest.CodeUndecodable},
		{302, ``, rest.KindUnclear, rest.CodeRedirect},
	}
	for _, tt := range tests {
		_, err := scripted(t, buyCall(tt.status, tt.reply)).Buy(t.Context(), purchase())
		if e := rest.As(err); e == nil || e.Kind != tt.kind || e.Code != tt.code || e.Status != tt.status {
			t.Errorf("%d %s: %v, want %s %q", tt.status, tt.reply, err, tt.kind, tt.code)
		}
	}
	for name, call := range map[string]func(*Client) error{
		"products": func(c *Client) error { _, err := c.Products(t.Context(), ProductFilter{}); return err },
		"orders":   func(c *Client) error { _, err := c.Orders(t.Context(), OrderFilter{}); return err },
		"wallet":   func(c *Client) error { _, _, err := c.Wallet(t.Context(), 0); return err },
	} {
		if err := call(scripted(t, resttest.Call{Reply: `{"success":true,"data":{}}`})); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s without its list reads as nothing there: %v", name, err)
		}
	}
}

func TestOrders(t *testing.T) {
	from := time.Date(2026, 3, 15, 14, 0, 0, 0, time.FixedZone("", 7200))
	const query = "?from=2026-03-15T12%3A00%3A00.000Z&limit=100&page="
	c := scripted(t,
		resttest.Call{Target: "/api/v1/orders" + query + "1", Header: authorized(), Reply: body(t, "orders_page1.json")},
		resttest.Call{Target: "/api/v1/orders" + query + "2", Reply: body(t, "orders_page2.json")})
	got, err := c.Orders(t.Context(), OrderFilter{From: from})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range got {
		ids = append(ids, o.ID)
	}
	if diff := cmp.Diff([]string{"ord1", "ord2", "ord3"}, ids); diff != "" {
		t.Errorf("each once, by time: %s", diff)
	}
	filtered := scripted(t, resttest.Call{
		Target: "/api/v1/orders?limit=100&page=1&status=FAILED&to=2026-03-15T12%3A00%3A00.000Z",
		Reply:  `{"success":true,"data":{"items":[{"id":"a"}],"pagination":{"totalPages":1}}}`,
	})
	if got, err := filtered.Orders(t.Context(), OrderFilter{Status: StatusFailed, To: from}); err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
}

func TestOrderEscapesItsID(t *testing.T) {
	c := scripted(t, resttest.Call{Method: "GET", Target: "/api/v1/orders/a%2Fb%3Fx", Header: authorized(), Reply: body(t, "order.json")})
	if _, err := c.Order(t.Context(), "../wallet"); rest.KindOf(err) != rest.KindNotSent {
		t.Errorf("an id that climbs: %v", err)
	}
	got, err := c.Order(t.Context(), "a/b?x")
	if err != nil || got.Wallet || len(got.Codes) != 2 || got.Order.CreatedAt.IsZero() {
		t.Errorf("%+v %v", got.Order, err)
	}
}

func TestOddCodesStillDecode(t *testing.T) {
	got, err := scripted(t, buyCall(200, body(t, "buy_odd_codes.json"))).Buy(t.Context(), purchase())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"123456789012345678901234", "", "X"}, reveal(got.Codes)); diff != "" {
		t.Error(diff)
	}
}

func TestNoCodeAndNoKeyIsEverPrinted(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	broken := strings.Replace(body(t, "buy.json"), `"quantity":2`, `"quantity":"`+firstCode+`"`, 1)
	refusal := `{"success":false,"error":{"code":"BAD ` + firstCode + `","message":"` + firstCode + ` ` + testKey + `"},"meta":{"requestId":"` + firstCode + ` x"}}`
	c := chained(t, rest.Chain{Log: logger}, buyCall(200, body(t, "buy.json")), buyCall(200, broken), buyCall(400, refusal))
	got, err := c.Buy(t.Context(), purchase())
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("receipt", "receipt", got, "code", got.Codes[0])
	marshalled, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	all := string(marshalled) + fmt.Sprintf("%v %+v %#v %s %q %x %d", got, got, got.Codes, got.Codes[0], got.Codes[0], got.Codes[0], got.Codes[0])
	for range 2 {
		_, err := c.Buy(t.Context(), purchase())
		all += err.Error() + fmt.Sprintf("%+v %#v", rest.As(err), err)
	}
	all += log.String()
	for _, planted := range []string{firstCode, otherCode, "EFGH", testKey, "plantedkey", buyKey, fmt.Sprintf("%x", firstCode)} {
		if strings.Contains(all, planted) {
			t.Errorf("%q is in %s", planted, all)
		}
	}
	if !strings.Contains(log.String(), "req_buy1") {
		t.Error("the vendor's request id is not logged")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no key": {BaseURL: "https://x.example"}, "header key": {BaseURL: "https://x.example", APIKey: "a\r\nX: y"},
		"plain http": {BaseURL: "http://x.example", APIKey: "k"}, "no base": {APIKey: "k"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
