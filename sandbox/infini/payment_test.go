package infini

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// requestPayment opens an address on TRON for an order and returns the answer.
func (b *bench) requestPayment(orderID, extra string) reply {
	b.t.Helper()
	return b.call("POST", api+"/payment", fmt.Sprintf(`{"order_id":%q,"chain":"TRON","token_id":"101"%s}`, orderID, extra))
}

func TestRequestedPayment(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.pay(id, PayOptions{Amount: "2.5"})
	got := b.requestPayment(id, "")
	payment, _ := got.data["payment_id"].(string)
	if got.code != 0 || got.data["amount"] != "10" || len(got.data["address"].(string)) != 34 || len(got.data) != 4 {
		t.Fatalf("payment: %s", got.raw)
	}
	read := func() string {
		d := b.call("GET", api+"/payment?payment_id="+payment, "").data
		return fmt.Sprintf("%v %v %v %v", d["status"], d["amount"], d["token_type"], d["address"] == got.data["address"])
	}
	if r := read(); r != "pending 10 USDT true" {
		t.Errorf("asked for: %s", r)
	}
	b.pay(id, PayOptions{Currency: "USDC"}) // another coin answers no request
	b.pay(id, PayOptions{Confirming: true})
	if r := read(); r != "confirming 12.5 USDT true" {
		t.Errorf("seen: %s", r)
	}
	if _, err := b.v.Confirm(id); err != nil {
		t.Fatal(err)
	}
	if r := read(); r != "confirmed 12.5 USDT true" {
		t.Errorf("confirmed: %s", r)
	}
	if n := len(b.call("GET", api+"/payment/list?order_id="+id, "").data["list"].([]any)); n != 3 {
		t.Errorf("%d payments", n)
	}
}

func TestRequestedPaymentExpires(t *testing.T) {
	b := newBench(t)
	id := b.call("POST", api+"/order", b.body(`,"expires_in":7200`)).data["order_id"].(string)
	payment := b.requestPayment(id, `,"token_id":101`).data["payment_id"].(string)
	b.pass(addressLife)
	if d := b.call("GET", api+"/payment?payment_id="+payment, "").data; d["status"] != "expired" {
		t.Errorf("after its hour: %v", d)
	}
	b.pay(id, PayOptions{})
	list := b.call("GET", api+"/payment/list?order_id="+id, "")
	if strings.Count(list.raw, `"payment_id"`) != 2 {
		t.Errorf("money after an address expired belongs to no request: %s", list.raw)
	}
}

func TestRequestedPaymentRefusals(t *testing.T) {
	b := newBench(t)
	open, paid, expired := b.create(), b.create(), b.create()
	b.pay(paid, PayOptions{})
	card := b.call("POST", api+"/order", b.body(`,"pay_methods":[2]`)).data["order_id"].(string)
	for name, c := range map[string]struct {
		id, extra    string
		status, code int
	}{
		"unknown order": {"none", "", 404, 40401},
		"no order":      {"", "", 400, 400},
		"unknown chain": {open, `,"chain":"DOGE"`, 400, 40007},
		"other token":   {open, `,"token_id":"102"`, 400, 40007},
		"paid":          {paid, "", 409, 40903},
		"other method":  {card, "", 400, 40010},
	} {
		if got := b.requestPayment(c.id, c.extra); got.status != c.status || got.code != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	b.pass(time.Hour)
	if got := b.requestPayment(expired, ""); got.status != 409 || got.code != 40906 {
		t.Errorf("expired: %s", got.raw)
	}
	for path, code := range map[string]int{"/payment?payment_id=none": 40402, "/payment/list?order_id=none": 40401} {
		if got := b.call("GET", api+path, ""); got.status != 404 || got.code != code {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
}

func TestListShapes(t *testing.T) {
	b := newBench(t)
	ids := []string{b.create(), b.create(), b.create()}
	page := b.call("GET", api+"/order/list?page=2&limit=2", "")
	if list := page.data["list"].([]any); len(list) != 1 || page.data["total"] != 3.0 || !strings.Contains(page.raw, ids[0]) {
		t.Errorf("second page: %s", page.raw)
	}
	b.apply(Change{ListArrays: ptr(true)})
	for path, want := range map[string]string{
		"/order/list":                      `{"code":0,"data":[{`,
		"/order/list?client_reference=no":  `{"code":0,"data":[]`,
		"/payment/list?order_id=" + ids[0]: `{"code":0,"data":[]`,
		"/currency":                        `{"code":0,"data":[{"chain":"TRON","token_id":"101","token_type":"USDT"}`,
	} {
		if got := b.call("GET", api+path, ""); !strings.HasPrefix(got.raw, want) {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
	b.apply(Change{Bare: ptr(true)})
	if got := b.call("GET", api+"/order/list", ""); !strings.HasPrefix(got.raw, "[{") {
		t.Errorf("bare: %s", got.raw)
	}
}
