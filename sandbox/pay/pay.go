package pay

import (
	"cmp"
	"embed"
	"html"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

//go:embed assets
var files embed.FS

// Checkout is what the page shows of an order, read again every second from
// GET /control/payments/{gateway}/{id}. Amounts are in Currency.
type Checkout struct {
	ID          string          `json:"id"`
	Gateway     string          `json:"gateway"`
	Merchant    string          `json:"merchant"`
	Description string          `json:"description"`
	Reference   string          `json:"reference"` // the shop's order number
	Amount      decimal.Decimal `json:"amount"`
	Currency    string          `json:"currency"`
	Confirming  decimal.Decimal `json:"amount_confirming"`
	Confirmed   decimal.Decimal `json:"amount_confirmed"`
	Remaining   decimal.Decimal `json:"remaining"` // never negative
	Status      string          `json:"status"`
	Tags        []string        `json:"tags"`
	PayMethods  []int           `json:"pay_methods"` // 1 crypto, 2 card
	ExpiresAt   time.Time       `json:"expires_at"`
	Now         time.Time       `json:"now"` // sandbox clock
	SuccessURL  string          `json:"success_url"`
	FailureURL  string          `json:"failure_url"`
	Unclaimed   decimal.Decimal `json:"unclaimed"`       // came too late for the gateway: in no other amount here
	Coins       []Coin          `json:"coins,omitempty"` // what the price is in each coin; none where no coin is picked
	Sent        *Sent           `json:"sent,omitempty"`  // the picked coin; nil until there is one
}

// Coin is one way to pay a price, at a rate that does not move any more.
type Coin struct {
	Code    string          `json:"code"` // such as USDT_BEP20
	Name    string          `json:"name"`
	Network string          `json:"network"`
	Amount  decimal.Decimal `json:"amount"` // coin units
	Price   decimal.Decimal `json:"price"`  // USD for one coin
}

// Sent is the picked coin and what came in it. Amounts are in coin units.
type Sent struct {
	Coin          string          `json:"coin"`
	Address       string          `json:"address"`
	Required      decimal.Decimal `json:"required"`
	Confirming    decimal.Decimal `json:"confirming"`
	Confirmed     decimal.Decimal `json:"confirmed"`
	Remaining     decimal.Decimal `json:"remaining"` // never negative
	Confirmations int             `json:"confirmations"`
	Needed        int             `json:"confirmations_needed"`
	Fixed         bool            `json:"fixed"` // another coin cannot be picked any more
}

// Price is the amount as people write it: two decimals at least, except in
// currencies without a small unit.
func (c Checkout) Price() string {
	if c.Currency == "JPY" || c.Currency == "KRW" || c.Amount.Exponent() < -2 {
		return c.Amount.String()
	}
	return c.Amount.StringFixed(2)
}

// filler puts a checkout into the page's {placeholders}, which all stand in text
// or between quotes. Not html/template: whatever uses it keeps every method of
// every type in the binary, nine megabytes of it.
func (c Checkout) filler() *strings.Replacer {
	sign := "∞"
	if len(c.Coins) > 0 {
		sign = "◈"
	}
	words := []string{
		"{price}", c.Price(), "{currency}", c.Currency, "{gateway}", c.Gateway, "{id}", c.ID, "{status}", c.Status, "{sign}", sign,
		"{merchant}", cmp.Or(c.Merchant, "Checkout"), "{description}", cmp.Or(c.Description, "Payment by "+c.Gateway),
		"{reference}", cmp.Or(c.Reference, "–"),
	}
	for i := 1; i < len(words); i += 2 {
		words[i] = html.EscapeString(words[i])
	}
	return strings.NewReplacer(words...)
}

// Lookup finds a checkout; false if there is none.
type Lookup func(gateway, id string) (Checkout, bool)

// Handler serves /pay/{gateway}/{id} and /pay/assets/.
func Handler(find Lookup) (http.Handler, error) {
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	page, err := fs.ReadFile(assets, "pay.html")
	if err != nil {
		return nil, err
	}
	missing, err := fs.ReadFile(assets, "missing.html")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /pay/assets/{file}", http.StripPrefix("/pay/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("GET /pay/{gateway}/{id}", func(w http.ResponseWriter, r *http.Request) {
		c, ok := find(r.PathValue("gateway"), r.PathValue("id"))
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(missing)
			return
		}
		_, _ = c.filler().WriteString(w, string(page))
	})
	return secured(mux), nil
}

// secured keeps foreign scripts and frames away from the page.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
