package plexy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/order"
	"giftbot/providers/rest"
)

// vendor is a small Gate API: it keeps orders, keys and one balance, and can
// lose its answers.
type vendor struct {
	tb       interface{ Errorf(string, ...any) }
	orders   []map[string]any // oldest first
	balance  decimal.Decimal
	percent  decimal.Decimal
	products map[string]string
	now      time.Time
	lose     int                           // answers to POST that are lost
	sort     func(a, b map[string]any) int // nil: oldest first
	size     int                           // largest page, 0 for any
	untold   bool                          // pages tell no total
	posts    []string                      // bodies that came
}

func newVendor(t *testing.T) *vendor {
	return &vendor{
		tb: t, balance: dec("100"), percent: dec("125"), now: firstSent().Time(),
		products: map[string]string{"456": productText(t, "456"), "500": productText(t, "500")},
	}
}

func (v *vendor) adapter(t *testing.T, m Memory) *Adapter {
	t.Helper()
	c, err := New(Options{BaseURL: "https://gate.example/gate", APIKey: testKey, AgentID: agentID, Chain: rest.Chain{Bare: true, Transport: v}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAdapter(c, settings(), m, func() time.Time { return v.now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// RoundTrip implements http.RoundTripper.
func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	path := strings.TrimPrefix(r.URL.Path, agentPath)
	id := path[strings.LastIndex(path, "/")+1:]
	switch {
	case r.Header.Get("Authorization") != testKey:
		http.Error(w, `{"error":"unauthorized"}`, http.StatusUnauthorized)
	case path == "/product-types":
		fmt.Fprint(w, `[{"id":1,"code":"redeem_card"},{"id":3,"code":"direct_top_up"}]`)
	case strings.HasPrefix(path, "/products/") && v.products[id] != "":
		fmt.Fprint(w, v.products[id])
	case path == "/balance":
		fmt.Fprintf(w, `{"items":[{"currency_code":"USD","available":%q}]}`, v.balance.StringFixed(2))
	case path == "/orders" && r.Method == http.MethodPost:
		v.create(w, r)
		if v.lose > 0 {
			v.lose--
			return nil, io.ErrUnexpectedEOF
		}
	case path == "/orders":
		v.list(w, r)
	case strings.HasPrefix(path, "/orders/"):
		v.read(w, id)
	default:
		http.Error(w, `{"error":"not_found"}`, http.StatusNotFound)
	}
	return w.Result(), nil
}

func (v *vendor) create(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	v.posts = append(v.posts, string(raw))
	key := r.Header.Get("Idempotency-Key")
	if i := slices.IndexFunc(v.orders, func(o map[string]any) bool { return o["idempotency_key"] == key }); i >= 0 {
		if v.orders[i]["sent"] != string(raw) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		_ = json.NewEncoder(w).Encode(v.orders[i])
		return
	}
	var body struct {
		Product int `json:"product_id"`
		TopUp   struct {
			Amount string `json:"amount"`
		} `json:"topup_request"`
		Reference string `json:"external_ref"`
		Currency  string `json:"currency_code"`
		Test      bool   `json:"test"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		v.tb.Errorf("body: %v", err)
	}
	charge := dec(cmp.Or(body.TopUp.Amount, "20")).Mul(v.percent).Shift(-2)
	if charge.GreaterThan(v.balance) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":"insufficient_balance","message":"Balance too low"}`)
		return
	}
	o := v.add(map[string]any{
		"product_id": body.Product, "external_ref": body.Reference, "idempotency_key": key, "currency_code": body.Currency, "is_test": body.Test,
		"charged_amount": charge.StringFixed(2), "balance_before": v.balance.StringFixed(2), "balance_after": v.balance.Sub(charge).StringFixed(2), "sent": string(raw),
	})
	v.balance = v.balance.Sub(charge)
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(o)
}

func (v *vendor) add(o map[string]any) map[string]any {
	o["id"], o["status"], o["created_at"] = fmt.Sprintf("order-%d", len(v.orders)), StatusPending, v.now.UTC().Format(time.RFC3339)
	v.orders = append(v.orders, o)
	return o
}

func (v *vendor) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	all := slices.DeleteFunc(slices.Clone(v.orders), func(o map[string]any) bool {
		return q.Get("product_id") != "" && fmt.Sprint(o["product_id"]) != q.Get("product_id") || q.Get("status") != "" && o["status"] != q.Get("status")
	})
	if v.sort != nil {
		slices.SortStableFunc(all, v.sort)
	}
	number, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("pageSize"))
	if v.size > 0 {
		size = min(size, v.size)
	}
	from, to := min((number-1)*size, len(all)), min(number*size, len(all))
	page := map[string]any{"items": append([]map[string]any{}, all[from:to]...), "page": number, "pageSize": size}
	if !v.untold {
		page["total"] = len(all)
	}
	_ = json.NewEncoder(w).Encode(page)
}

func (v *vendor) read(w http.ResponseWriter, id string) {
	for _, o := range v.orders {
		if o["id"] == id {
			_ = json.NewEncoder(w).Encode(o)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

// finish gives the newest order its end.
func (v *vendor) finish(status, content string) {
	o := v.orders[len(v.orders)-1]
	o["status"], o["order_content"] = status, json.RawMessage(content)
}

func newest(a, b map[string]any) int {
	return cmp.Compare(fmt.Sprint(b["created_at"]), fmt.Sprint(a["created_at"]))
}

func noOwner(string) (bool, error) { return false, nil }

// The life of a voucher: priced, ordered, polled, there.
func TestLifeOfAVoucher(t *testing.T) {
	v := newVendor(t)
	a := v.adapter(t, &memory{notes: map[string]string{}})
	if cost, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); err != nil || cost != 25_000_000 {
		t.Fatalf("%v %v", cost, err)
	}
	r, err := a.Buy(t.Context(), buyVoucher())
	if err != nil || !r.Pending || r.Total != 25_000_000 || r.Pieces != nil || r.Mismatch != nil {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err = a.Read(t.Context(), buyVoucher(), r.External); err != nil || !r.Pending {
		t.Fatalf("%+v %v", r, err)
	}
	open, err := a.Pending(t.Context())
	if err != nil || len(open) != 1 || open[0].OrderID != r.External || open[0].Reference != reference {
		t.Errorf("%+v %v", open, err)
	}
	v.finish(StatusCompleted, `{"voucher_code":"ABCD-EFGH-IJKL"}`)
	if r, err = a.Read(t.Context(), buyVoucher(), r.External); err != nil || r.Pending || r.Pieces[0].Code != code {
		t.Fatalf("%+v %v", r, err)
	}
	if open, err = a.Pending(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%+v %v", open, err)
	}
}

// An answer that is lost costs nothing twice: the same bytes again, or a look.
func TestLostAnswers(t *testing.T) {
	v := newVendor(t)
	v.lose = 2
	a := v.adapter(t, &memory{notes: map[string]string{}})
	for range 2 {
		if _, err := a.Buy(t.Context(), buyTopUp()); codeOf(err) != order.CodeUnclear {
			t.Fatal(err)
		}
	}
	again := v.adapter(t, &memory{notes: map[string]string{}}) // the bot started anew
	r, err := again.Buy(t.Context(), buyTopUp())
	if err != nil || r.External != "order-0" || len(v.orders) != 1 || !v.balance.Equal(dec("87.5")) {
		t.Errorf("%+v %v, %d orders", r, err, len(v.orders))
	}
	if len(v.posts) != 3 || v.posts[0] != v.posts[1] || v.posts[1] != v.posts[2] {
		t.Errorf("sent %q", v.posts)
	}
	v.now = v.now.Add(24 * time.Hour) // the vendor has forgotten the key
	found, err := again.Find(t.Context(), buyTopUp(), noOwner)
	if err != nil || found.External != r.External || !found.Pending {
		t.Errorf("%+v %v", found, err)
	}
	other := buyTopUp()
	other.Face = 11_000_000 // the same key with other bytes: our mistake, and still no second order
	if r, err = again.Buy(t.Context(), other); err != nil || r.External != "order-0" || len(v.orders) != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

// A balance that runs dry refuses before it is asked, and where it is asked.
func TestFundsRunOut(t *testing.T) {
	v := newVendor(t)
	v.balance = dec("30")
	a := v.adapter(t, &memory{notes: map[string]string{}})
	want := order.Wanted{Item: "500@USD", Quantity: 1}
	if _, err := a.Cost(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Buy(t.Context(), buyVoucher()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Cost(t.Context(), want); codeOf(err) != order.CodeFunds {
		t.Errorf("cost: %v", err)
	}
	second := buyVoucher()
	second.Key, second.Reference = "b759b99a-9d22-433d-bced-ab1d2e1bea1d", "3F7KQW2M9X-1-1"
	if _, err := a.Buy(t.Context(), second); codeOf(err) != order.CodeFunds {
		t.Errorf("buy: %v", err)
	}
	v.balance = dec("100")
	if r, err := a.Buy(t.Context(), second); err != nil || r.External != "order-1" {
		t.Errorf("after a deposit, the same order with the same key: %+v %v", r, err)
	}
}

// A product that turns out too dear is delivered once, and not sold again by
// any replica; sold again, it costs what it was charged.
func TestTooDearOnce(t *testing.T) {
	v := newVendor(t)
	shared := &memory{notes: map[string]string{}}
	one, two := v.adapter(t, shared), v.adapter(t, shared)
	want := order.Wanted{Item: "500@USD", Quantity: 1}
	if _, err := two.Cost(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	v.percent = dec("200")
	if r, err := one.Buy(t.Context(), buyVoucher()); err != nil || !slices.Equal(r.Mismatch, []string{"charge"}) {
		t.Fatalf("%+v %v", r, err)
	}
	for _, a := range []*Adapter{one, two} {
		if _, err := a.Cost(t.Context(), want); codeOf(err) != order.CodeStock {
			t.Errorf("%v", err)
		}
	}
	if err := two.Resume(t.Context(), "500"); err != nil {
		t.Fatal(err)
	}
	if cost, err := one.Cost(t.Context(), want); err != nil || cost != 40_000_000 {
		t.Errorf("%v %v", cost, err)
	}
}

// However the vendor sorts, pages and counts: an order that is there is found,
// and one that is not is not.
func TestFindWhateverTheList(t *testing.T) {
	v := newVendor(t)
	a := v.adapter(t, &memory{notes: map[string]string{}})
	rapid.Check(t, func(rt *rapid.T) {
		v.tb = rt
		sorts := map[string]func(a, b map[string]any) int{"oldest": nil, "newest": newest, "by id": func(a, b map[string]any) int {
			return cmp.Compare(fmt.Sprint(a["id"]), fmt.Sprint(b["id"]))
		}}
		v.sort = sorts[rapid.SampledFrom([]string{"oldest", "newest", "by id"}).Draw(rt, "sort")]
		v.size = rapid.SampledFrom([]int{0, 1, 7, 50}).Draw(rt, "size")
		v.untold = rapid.Bool().Draw(rt, "untold")
		v.orders = nil
		count := rapid.IntRange(0, 120).Draw(rt, "orders")
		ours := rapid.IntRange(-1, count-1).Draw(rt, "ours")
		step := rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, time.Hour}).Draw(rt, "step")
		for i := range count {
			v.now = firstSent().Time().Add(time.Duration(i-max(ours, 0)) * step)
			o := map[string]any{"product_id": rapid.SampledFrom([]int{456, 500}).Draw(rt, "product"), "external_ref": "other", "idempotency_key": "other", "is_test": false}
			if i == ours {
				o["product_id"], o["external_ref"], o["idempotency_key"] = 500, reference, buyKey
			}
			v.add(o)
		}
		r, err := a.Find(t.Context(), buyVoucher(), noOwner)
		switch {
		case ours < 0 && codeOf(err) != order.CodeUnknown:
			rt.Fatalf("nothing to find: %+v %v", r, err)
		case ours >= 0 && (err != nil || r.External != fmt.Sprintf("order-%d", ours)):
			rt.Fatalf("order %d: %+v %v", ours, r, err)
		}
	})
}

// readOnly is a memory that can be read and not written: half of it is away.
type readOnly struct{ memory }

func (r *readOnly) Note(context.Context, string, string) error { return errors.New("read only") }

// A pause that cannot be shared holds here all the same.
func TestPauseWithoutWriting(t *testing.T) {
	v := newVendor(t)
	v.percent = dec("200")
	a := v.adapter(t, &readOnly{memory{notes: map[string]string{"charge:500": "110"}}})
	want := order.Wanted{Item: "500@USD", Quantity: 1}
	if cost, err := a.Cost(t.Context(), want); err != nil || cost != 22_000_000 {
		t.Fatalf("%v %v", cost, err)
	}
	if _, err := a.Buy(t.Context(), buyVoucher()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Cost(t.Context(), want); codeOf(err) != order.CodeStock {
			t.Errorf("sold at what is known to be too much: %v", err)
		}
	}
	if got, err := a.Paused(t.Context()); err != nil || got["500"] != "charged 200 %" {
		t.Errorf("%v %v", got, err)
	}
}

// Many orders at once, some of them the same: each pauses once.
func TestEachOrderPausesOnce(t *testing.T) {
	n := newNotebook(&memory{notes: map[string]string{}})
	var first atomic.Int64
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if n.first(strconv.Itoa(i % 10)) {
				first.Add(1)
			}
			n.write(t.Context(), notePause+"500", strconv.Itoa(i%10))
			if _, err := n.read(t.Context()); err != nil || n.known().paused("500") == "" {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if first.Load() != 10 {
		t.Errorf("%d first times", first.Load())
	}
	for i := range blamedMax + 1 {
		n.first("more-" + strconv.Itoa(i))
	}
	if len(n.blamed) > blamedMax {
		t.Errorf("%d orders are remembered", len(n.blamed))
	}
}
