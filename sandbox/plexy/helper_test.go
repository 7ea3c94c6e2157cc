package plexy

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

const (
	testKey   = "gate_key_test"
	testAgent = "7b0c9a52-4f43-4a51-9f39-0d3a5a4f8c11"

	psn   = 101 // voucher, 10 USD, 2 %
	razer = 103 // voucher with PIN and serial
	euro  = 104 // voucher in EUR
	tethr = 105 // voucher in USDT
	gone  = 106 // inactive
	card  = 201 // direct_transfer
	pubg  = 301 // 1 to 200 by 0.5
	fire  = 302 // one size, 0.99
	phone = 303 // 2 to 50, no step
	steam = 456 // 5 to 100 by 1, 25 %
)

type bench struct {
	t     *testing.T
	v     *Vendor
	clock *kit.Clock
	ids   func() string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	start := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	b := &bench{t: t, clock: kit.NewClock(func() time.Time { return start }), ids: kit.SeededIDs(9)}
	v, err := New(Config{APIKey: testKey, AgentID: testAgent, Now: b.clock.Now, NewID: kit.SeededIDs(1)})
	if err != nil {
		t.Fatal(err)
	}
	b.v = v
	return b
}

type reply struct {
	status int
	header http.Header
	raw    string
	data   map[string]any
}

// at walks into the answer by dotted keys and prints what is there.
func (r reply) at(path string) string {
	var here any = r.data
	for key := range strings.SplitSeq(path, ".") {
		m, _ := here.(map[string]any)
		here = m[key]
	}
	if here == nil {
		return "null"
	}
	return fmt.Sprint(here)
}

// all prints several fields, with a space between.
func (r reply) all(paths ...string) string {
	out := make([]string, 0, len(paths))
	for _, p := range paths {
		out = append(out, r.at(p))
	}
	return strings.Join(out, " ")
}

// items are the elements of a page.
func (r reply) items() []reply {
	list, _ := r.data["items"].([]any)
	out := []reply{}
	for _, one := range list {
		m, _ := one.(map[string]any)
		out = append(out, reply{data: m})
	}
	return out
}

func decode(raw string) map[string]any {
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	var m map[string]any
	_ = dec.Decode(&m) // an array or plain text has no fields
	return m
}

func (b *bench) send(method, path, body string, header map[string]string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://v.test/plexy"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(raw), decode(string(raw))}
}

func (b *bench) get(path string) reply {
	b.t.Helper()
	return b.send("GET", "/agent/"+testAgent+path, "", map[string]string{"Authorization": testKey})
}

// post orders with a body as it is.
func (b *bench) post(body, idem string) reply {
	b.t.Helper()
	h := map[string]string{"Authorization": testKey, "Content-Type": "application/json"}
	if idem != "" {
		h["Idempotency-Key"] = idem
	}
	return b.send("POST", "/agent/"+testAgent+"/orders", body, h)
}

// buy orders a voucher under a new key.
func (b *bench) buy(product int) reply {
	b.t.Helper()
	return b.post(fmt.Sprintf(`{"product_id":%d,"quantity":1,"test":false}`, product), b.ids())
}

func topUpBody(product int, amount, account string) string {
	return fmt.Sprintf(`{"product_id":%d,"topup_request":{"amount":%q,"customer_account":%s},"test":false}`, product, amount, account)
}

// topUp pays into an account, given as JSON, under a new key.
func (b *bench) topUp(product int, amount, account string) reply {
	b.t.Helper()
	return b.post(topUpBody(product, amount, account), b.ids())
}

// done lets the usual delay pass and reads an order.
func (b *bench) done(r reply) reply {
	b.t.Helper()
	if r.status != 201 {
		b.t.Fatalf("order: %d %s", r.status, r.raw)
	}
	b.clock.Advance(3 * time.Second)
	return b.get("/orders/" + r.at("id"))
}

func (b *bench) apply(c Change) {
	b.t.Helper()
	if err := b.v.Apply(c); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) next(modes ...string) {
	b.t.Helper()
	plan := []NextOrder{}
	for _, m := range modes {
		plan = append(plan, NextOrder{Mode: m})
	}
	b.apply(Change{NextOrder: plan})
}

// want compares a text with what was expected.
func (b *bench) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// wantRefused checks a refusal and that nothing was sold or taken.
func (b *bench) wantRefused(got reply, status int, code string) {
	b.t.Helper()
	if got.status != status || got.at("code") != code {
		b.t.Errorf("%d %s, want %d %s", got.status, got.raw, status, code)
	}
	if k := b.v.Books(); len(k.Orders) != 0 || k.Balances["USD"].String() != "2000" {
		b.t.Errorf("%d orders, USD %s", len(k.Orders), k.Balances["USD"])
	}
}

// wantBooks checks orders, codes, top-ups and the USD balance, and that every
// balance is the sum of its movements.
func (b *bench) wantBooks(orders, codes, topUps int, usd string) {
	b.t.Helper()
	k := b.v.Books()
	if k.Totals.Orders != orders || k.Totals.Codes != codes || k.Totals.TopUps != topUps || k.Balances["USD"].String() != usd {
		b.t.Errorf("books: %+v, USD %s; want %d orders, %d codes, %d top-ups, USD %s",
			k.Totals, k.Balances["USD"], orders, codes, topUps, usd)
	}
	for currency := range k.Balances {
		sum := k.Balances[currency].Sub(k.Balances[currency])
		for _, m := range k.Movements {
			if m.Currency == currency {
				sum = sum.Add(m.Amount)
			}
		}
		if !sum.Equal(k.Balances[currency]) {
			b.t.Errorf("%s: movements make %s, the balance is %s", currency, sum, k.Balances[currency])
		}
	}
}

// words prints values with a space between.
func words(values ...any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }

func ptr[T any](v T) *T { return &v }

// idsOf are the ids on a page, in its order.
func idsOf(r reply) []string {
	out := []string{}
	for _, one := range r.items() {
		out = append(out, one.at("id"))
	}
	return out
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}
