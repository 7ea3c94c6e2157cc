package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// codeMark begins every code the fake supplier sells.
	codeMark = "BENCHCODE-"
	// shelf is how many products the fake supplier has: one purchase of a
	// product waits for the other, and neighbours must not.
	shelf     = 100
	itemCost  = "10.00"
	paidTotal = "12.50"
	voucherAt = "/voucher"
	gatewayAt = "/gateway"
	linkLives = time.Hour
)

// counters are a gateway and a supplier that take as much as is brought to
// them: the vendors' own limits would hide ours. They answer in the shapes of
// the vendors' sheets, after a pause.
type counters struct {
	base  string
	stop  func()
	pause atomic.Int64 // how long an answer takes, in nanoseconds

	sold  atomic.Int64
	mu    sync.Mutex
	links map[string]*link
}

// link is one payment.
type link struct {
	id, request, reference, amount string
	paid                           bool
}

func startCounters(ctx context.Context) (*counters, error) {
	c := &counters{links: map[string]*link{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+gatewayAt+"/v1/acquiring/order", c.open)
	mux.HandleFunc("GET "+gatewayAt+"/v1/acquiring/order", c.read)
	mux.HandleFunc("GET "+voucherAt+"/products", c.products)
	mux.HandleFunc("GET "+voucherAt+"/wallet", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, envelope(`{"wallet":{"balance":"100000000","currency":"USDT","status":"ACTIVE"}}`))
	})
	mux.HandleFunc("POST "+voucherAt+"/orders/buy", c.buy)
	var err error
	c.base, c.stop, err = serveAs(ctx, "fake", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(c.pause.Load()))
		mux.ServeHTTP(w, r)
	}))
	return c, err
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body) // who asked may be gone
}

// envelope is how the supplier wraps what it says.
func envelope(data string) string { return `{"success":true,"data":` + data + `}` }

func (c *counters) open(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Request   string `json:"request_id"`
		Reference string `json:"client_reference"`
		Amount    string `json:"amount"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l := c.issue(link{request: in.Request, reference: in.Reference, amount: in.Amount})
	answer(w, fmt.Sprintf(`{"order_id":%q,"request_id":%q,"client_reference":%q,"checkout_url":"%s/pay/%s"}`, l.id, l.request, l.reference, c.base, l.id))
}

// issue keeps a payment under a new id.
func (c *counters) issue(l link) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.id = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(c.links)+1)
	c.links[l.id] = &l
	return &l
}

func (c *counters) read(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.links[r.URL.Query().Get("order_id")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer(w, l.record())
}

// record is what the gateway knows of a payment.
func (l *link) record() string {
	state, confirmed := "pending", "0"
	if l.paid {
		state, confirmed = "paid", l.amount
	}
	return fmt.Sprintf(`{"order_id":%q,"request_id":%q,"client_reference":%q,"status":%q,"amount":%q,"currency":"USD",`+
		`"amount_confirming":"0","amount_confirmed":%q,"expires_at":%d}`, l.id, l.request, l.reference, state, l.amount, confirmed, time.Now().Add(linkLives).Unix())
}

// pay has a payment read as paid from now on.
func (c *counters) pay(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, ok := c.links[id]; ok {
		l.paid = true
	}
}

func (*counters) products(w http.ResponseWriter, _ *http.Request) {
	var list []string
	for i := range shelf {
		list = append(list, fmt.Sprintf(`{"id":%q,"name":"Voucher %d","price":%q,"currency":"USDT","stockStatus":"IN_STOCK","availableQuantity":1000000}`, item(i), i, itemCost))
	}
	answer(w, envelope(`{"categories":[{"id":"bench","name":"Bench","products":[`+strings.Join(list, ",")+`]}],"pagination":{"page":1,"limit":100,"total":100,"totalPages":1}}`))
}

// item names the product of the n-th order.
func item(n int) string { return "product-" + strconv.Itoa(n%shelf) }

func (c *counters) buy(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Product  string `json:"product_id"`
		Quantity int    `json:"quantity"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Quantity != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	n := c.sold.Add(1)
	answer(w, envelope(fmt.Sprintf(`{"order":{"id":"bought-%d","productId":%q,"productName":"Voucher","quantity":1,"unitPrice":%q,"totalAmount":%q,"currency":"USDT","status":"COMPLETED"},`+
		`"codes":[{"index":1,"code":"%s%08d"}],"wallet":{"deducted":%q}}`, n, in.Product, itemCost, itemCost, codeMark, n, itemCost)))
}
