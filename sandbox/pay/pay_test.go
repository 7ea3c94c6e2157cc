package pay

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

func open(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := Handler(func(gateway, id string) (Checkout, bool) {
		return Checkout{ID: id, Gateway: gateway, Amount: decimal.RequireFromString("12.50"), Currency: "USD", Description: `"><script>alert(1)</script>`, Status: "pending"},
			gateway == "infini" && id == "o1"
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

func TestPageShowsTheOrderAndEscapes(t *testing.T) {
	rec := open(t, "/pay/infini/o1")
	page := rec.Body.String()
	if rec.Code != 200 || !strings.Contains(page, `data-gateway="infini" data-id="o1"`) || !strings.Contains(page, "Sandbox — no real money") {
		t.Errorf("%d %s", rec.Code, page)
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the description is not escaped")
	}
	if !strings.Contains(rec.Header().Get("Content-Security-Policy"), "default-src 'self'") {
		t.Error("no content security policy")
	}
}

// The page's script addresses elements by id: each must exist.
func TestScriptAndPageAgree(t *testing.T) {
	page, script := open(t, "/pay/infini/o1").Body.String(), open(t, "/pay/assets/pay.js").Body.String()+open(t, "/pay/assets/coins.js").Body.String()
	ids := regexp.MustCompile(`\$\("([a-z-]+)"\)`).FindAllStringSubmatch(script, -1)
	if len(ids) < 10 {
		t.Fatalf("only %d ids found in the script", len(ids))
	}
	for _, m := range ids {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("the script wants #%s, the page has none", m[1])
		}
	}
	if regexp.MustCompile(`(?i)<script>|\son[a-z]+="|\sstyle="`).MatchString(page) {
		t.Error("inline script or style: the content security policy blocks it")
	}
}

func TestUnknownCheckoutAndAssets(t *testing.T) {
	for path, status := range map[string]int{"/pay/infini/o2": 404, "/pay/x/o1": 404, "/pay/assets/pay.css": 200, "/pay/assets/none.css": 404} {
		if got := open(t, path).Code; got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}
}

func TestPrice(t *testing.T) {
	for want, c := range map[string]Checkout{
		"12.50":    {Amount: decimal.RequireFromString("12.5"), Currency: "USD"},
		"12.00":    {Amount: decimal.NewFromInt(12), Currency: "EUR"},
		"1.000001": {Amount: decimal.RequireFromString("1.000001"), Currency: "USD"},
		"500":      {Amount: decimal.NewFromInt(500), Currency: "JPY"},
	} {
		if got := c.Price(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Every button that pays names a way to pay that the script knows.
func TestEveryButtonPays(t *testing.T) {
	page, script := open(t, "/pay/infini/o1").Body.String(), open(t, "/pay/assets/pay.js").Body.String()
	var kinds []string
	for _, m := range regexp.MustCompile(`data-pay="([a-z]+)"`).FindAllStringSubmatch(page, -1) {
		kinds = append(kinds, m[1])
		if !strings.Contains(script, "    "+m[1]+": () => (") {
			t.Errorf("the script does not know how to pay %q", m[1])
		}
	}
	if got := strings.Join(kinds, " "); got != "exact card again less more wrong slow fall" {
		t.Errorf("ways to pay: %s", got)
	}
}
