package infini

import (
	"strings"
	"testing"
)

func TestCreateRefusals(t *testing.T) {
	long := "https://shop.test/" + strings.Repeat("x", 256)
	for name, c := range map[string]struct {
		extra string
		code  int
	}{
		"not a uuid":        {`,"request_id":"abc"`, 40001},
		"expiry in past":    {`,"expires_in":-1`, 40002},
		"expiry zero":       {`,"expires_in":0`, 40002},
		"amount zero":       {`,"amount":"0"`, 40003},
		"amount negative":   {`,"amount":"-1"`, 40003},
		"seven decimals":    {`,"amount":"1.0000001"`, 40004},
		"no expiry":         {`,"expires_in":null`, 40005},
		"below minimum":     {`,"amount":"0.009"`, 40006},
		"bad success":       {`,"success_url":"ftp://x"`, 40008},
		"bad failure":       {`,"failure_url":"/relative"`, 40009},
		"long with binance": {`,"pay_methods":[3],"success_url":"` + long + `"`, 40008},
		"unknown method":    {`,"pay_methods":[4]`, 40013},
		"yen with sen":      {`,"currency":"JPY"`, 40012},
		"unknown currency":  {`,"currency":"USDT"`, 40016},
		"amount no number":  {`,"amount":"12,5"`, 400},
		"amount exponent":   {`,"amount":"1e2"`, 400},
		"wrong type":        {`,"pay_methods":"1"`, 40001},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			got := b.call("POST", api+"/order", b.body(c.extra))
			if got.status != 400 || got.code != c.code {
				t.Errorf("got %d %s, want code %d", got.status, got.raw, c.code)
			}
			if n := len(b.v.Books().Orders); n != 0 {
				t.Errorf("%d orders made by a refused create", n)
			}
		})
	}
}

func TestCreateAccepts(t *testing.T) {
	for name, extra := range map[string]string{
		"number amount":  `,"amount":12.5`,
		"six decimals":   `,"amount":"1.000001"`,
		"trailing zeros": `,"amount":"1.00000000"`,
		"whole yen":      `,"currency":"JPY","amount":"500"`,
		"card":           `,"pay_methods":[1,2]`,
		"long, crypto":   `,"pay_methods":[1],"success_url":"https://shop.test/` + strings.Repeat("x", 256) + `"`,
	} {
		b := newBench(t)
		if got := b.call("POST", api+"/order", b.body(extra)); got.status != 200 || got.code != 0 {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
}

func TestCreateAnswerAndDuplicates(t *testing.T) {
	b := newBench(t)
	body := b.body("")
	first := b.call("POST", api+"/order", body)
	if want := "http://pay.test/pay/infini/" + first.data["order_id"].(string); first.data["checkout_url"] != want {
		t.Errorf("checkout_url %v, want %s", first.data["checkout_url"], want)
	}
	if again := b.call("POST", api+"/order", body); again.status != 409 || again.code != 40901 {
		t.Errorf("same request_id: %d %s", again.status, again.raw)
	}
	ref := first.data["client_reference"].(string)
	if other := b.call("POST", api+"/order", b.body(`,"client_reference":"`+ref+`"`)); other.code != 40902 {
		t.Errorf("same client_reference: %s", other.raw)
	}
	yes := true
	if err := b.v.Apply(Change{ReplayRequestID: &yes}); err != nil {
		t.Fatal(err)
	}
	if again := b.call("POST", api+"/order", body); again.data["order_id"] != first.data["order_id"] {
		t.Errorf("replay: %s", again.raw)
	}
	if n := len(b.v.Books().Orders); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

func TestReadingsOfTheEnvelope(t *testing.T) {
	b := newBench(t)
	id := b.create()
	yes := true
	apply := func(c Change) {
		t.Helper()
		if err := b.v.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	apply(Change{ErrorsAs200: &yes})
	if got := b.order("nope"); got.status != 200 || got.code != 40401 {
		t.Errorf("error under 200: %d %s", got.status, got.raw)
	}
	apply(Change{Aliases: &yes, Numbers: &yes})
	d := b.order(id).data
	if d["order_amount"] != 12.5 || d["pay_status"] != "pending" || d["amount"] != nil || d["order_currency"] != "USD" {
		t.Errorf("aliases and numbers: %v", d)
	}
	apply(Change{NoCheckoutURL: &yes})
	if got := b.call("POST", api+"/order", b.body("")); got.data["checkout_url"] != nil {
		t.Errorf("checkout_url should be missing: %s", got.raw)
	}
	apply(Change{Bare: &yes})
	if got := b.order(id); got.code != -1 || !strings.Contains(got.raw, `"order_id":"`+id) {
		t.Errorf("bare: %s", got.raw)
	}
}

func TestPlannedCreateErrors(t *testing.T) {
	b := newBench(t)
	if err := b.v.Apply(Change{CreateErrors: []CreateError{{Status: 400, Code: 40017, Times: 2}}}); err != nil {
		t.Fatal(err)
	}
	body := b.body("")
	for range 2 {
		if got := b.call("POST", api+"/order", body); got.code != 40017 {
			t.Fatalf("got %s", got.raw)
		}
	}
	if got := b.call("POST", api+"/order", body); got.code != 0 {
		t.Errorf("third: %s", got.raw)
	}
}

func TestReissue(t *testing.T) {
	b := newBench(t)
	id := b.create()
	body := `{"order_id":"` + id + `"}`
	if got := b.call("POST", api+"/token/reissue", body); got.status != 404 || got.code != -1 {
		t.Errorf("unmounted route: %d %s", got.status, got.raw)
	}
	got := b.call("POST", api+"/order/token/reissue", body)
	if got.code != 0 || got.data["checkout_url"] == "" || got.data["token"] == "" {
		t.Errorf("reissue: %s", got.raw)
	}
	if got := b.call("POST", api+"/order/token/reissue", `{"order_id":"x"}`); got.status != 404 || got.code != 40401 {
		t.Errorf("unknown: %d %s", got.status, got.raw)
	}
	b.pass(3600e9)
	if got := b.call("POST", api+"/order/token/reissue", body); got.code != 40906 {
		t.Errorf("expired: %s", got.raw)
	}
	route := "token"
	if err := b.v.Apply(Change{ReissueRoute: &route}); err != nil {
		t.Fatal(err)
	}
	if got := b.call("POST", api+"/order/token/reissue", body); got.status != 404 {
		t.Errorf("route moved: %d", got.status)
	}
}

func TestQueries(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.create()
	for path, code := range map[string]int{
		"/order": 400, "/order?order_id=no": 40401, "/payment?payment_id=no": 40402, "/payment/list?order_id=no": 40401, "/currency": 0,
	} {
		if got := b.call("GET", api+path, ""); got.code != code {
			t.Errorf("%s: %s, want code %d", path, got.raw, code)
		}
	}
	ref := b.order(id).data["client_reference"].(string)
	got := b.call("GET", api+"/order/list?page_size=1&client_reference="+ref, "")
	list := got.data["list"].([]any)
	if got.data["total"] != 1.0 || len(list) != 1 || list[0].(map[string]any)["order_id"] != id {
		t.Errorf("list by reference: %s", got.raw)
	}
	if got := b.call("GET", api+"/order/list?page=2&page_size=1", ""); got.data["total"] != 2.0 || len(got.data["list"].([]any)) != 1 {
		t.Errorf("second page: %s", got.raw)
	}
	b.pay(id, PayOptions{})
	p := b.v.Books().Orders[0].Payments[0].PaymentID
	if got := b.call("GET", api+"/payment?payment_id="+p, ""); got.data["amount"] != "12.5" {
		t.Errorf("payment: %s", got.raw)
	}
}
