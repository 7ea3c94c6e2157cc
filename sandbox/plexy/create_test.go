package plexy

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestVoucherOrder(t *testing.T) {
	b := newBench(t)
	got := b.post(`{"product_id":101,"external_ref":"INV-1001","currency_code":"USD","quantity":1,"test":false}`, "order-1001")
	if got.status != 201 || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	b.want("order", got.all("product_id", "external_ref", "idempotency_key", "status", "currency_code", "is_test", "region_code"),
		"101 INV-1001 order-1001 pending USD false US")
	b.want("money", got.all("charged_amount", "balance_before", "balance_after"), "10.20 2000.00 1989.80")
	b.want("times", got.all("created_at", "completed_at", "failed_at"), "2026-03-15T12:00:00Z null null")
	if !strings.Contains(got.raw, `"order_content":{"vendor_order_id":"LC-`) {
		t.Errorf("content: %s", got.raw)
	}
	b.wantBooks(1, 0, 0, "1989.8")

	id := got.at("id")
	b.clock.Advance(2999 * time.Millisecond)
	b.want("too early", b.get("/orders/"+id).at("status"), "pending")
	b.clock.Advance(time.Millisecond)
	done := b.get("/orders/" + id)
	b.want("done", done.all("status", "completed_at", "failed_at", "charged_amount"), "completed 2026-03-15T12:00:03Z null 10.20")
	code := done.at("order_content.voucher_code")
	if len(code) != len("ABCD-EFGH-IJKL") || strings.Contains(done.raw, "vendor_order_id") {
		t.Errorf("content: %s", done.raw)
	}
	b.wantBooks(1, 1, 0, "1989.8")
	k := b.v.Books().Orders[0]
	b.want("books", words(k.ID, k.IdempotencyKey, k.ExternalRef, k.Content["voucher_code"], k.Charged, k.Amount, k.Status),
		id+" order-1001 INV-1001 "+code+" 10.2 10 completed")
}

// The vendor's own sample: a top-up of 10.00 is charged 12.50.
func TestTopUpOrder(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Balances: map[string]string{"USD": "100"}})
	got := b.post(`{"product_id":456,"topup_request":{"amount":"10.00","customer_account":{"steam_login":"ada","email":"ada@example.com"}},
		"external_ref":"INV-1001","currency_code":"USD"}`, "order-1001")
	b.want("money", got.all("charged_amount", "balance_before", "balance_after", "is_test"), "12.50 100.00 87.50 false")
	b.wantBooks(1, 0, 0, "87.5")
	done := b.done(got)
	b.want("done", done.at("status"), "completed")
	if !strings.HasPrefix(done.at("order_content.vendor_order_id"), "LC-") {
		t.Errorf("content: %s", done.raw)
	}
	b.wantBooks(1, 0, 1, "87.5")
	top := b.v.Books().TopUps[0]
	b.want("top-up", words(top.OrderID == got.at("id"), top.ProductID, top.Account["steam_login"], top.Account["email"], top.Amount, top.Currency),
		"true 456 ada ada@example.com 10 USD")
}

func TestAccountsSumWhatTheyGot(t *testing.T) {
	b := newBench(t)
	for _, amount := range []string{"5", "2.5"} {
		b.done(b.topUp(pubg, amount, `{"player_id":"51234"}`))
	}
	b.done(b.topUp(pubg, "1.00", `{"player_id":"59999"}`))
	b.done(b.topUp(fire, "0.99", `{"player_id":"51234"}`))
	b.done(b.topUp(phone, "2.34", `{"phone":"+491701234567"}`))
	var got []string
	for _, a := range b.v.Books().Accounts {
		got = append(got, words(a.ProductID, a.Account, a.Times, a.Amount, a.Currency))
	}
	b.want("accounts", strings.Join(got, "\n"), strings.Join([]string{
		`301 map[player_id:51234] 2 7.5 USD`, `301 map[player_id:59999] 1 1 USD`,
		`302 map[player_id:51234] 1 0.99 USD`, `303 map[phone:+491701234567] 1 2.34 USD`,
	}, "\n"))
}

func TestEveryTopUpArrivesOnce(t *testing.T) {
	b := newBench(t)
	body, key := topUpBody(pubg, "5.00", `{"player_id":"51234"}`), b.ids()
	for range 3 {
		b.post(body, key)
	}
	for range 5 {
		b.clock.Advance(2 * time.Second)
		b.v.Tick(t.Context())
		b.get("/orders")
	}
	b.wantBooks(1, 0, 1, "1994.75")
	if a := b.v.Books().Accounts; len(a) != 1 || a[0].Times != 1 || a[0].Amount.String() != "5" {
		t.Errorf("accounts %+v", a)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := newBench(t)
	body, key := `{"product_id":101}`, "order-1"
	first := b.post(body, key)
	if again := b.post(body, key); again.status != 201 || again.raw != first.raw {
		t.Errorf("replay differs: %d %s", again.status, again.raw)
	}
	for _, other := range []string{`{"product_id":102}`, `{"product_id": 101}`, `{`} {
		if got := b.post(other, key); got.status != 409 || got.at("code") != "idempotency_conflict" {
			t.Errorf("%s: %d %s", other, got.status, got.raw)
		}
	}
	b.clock.Advance(24*time.Hour - time.Second)
	if late := b.post(body, key); late.raw != first.raw {
		t.Errorf("replay of a finished order: %s", late.raw)
	}
	b.wantBooks(1, 1, 0, "1989.8")
	b.clock.Advance(time.Second)
	if later := b.post(body, key); later.status != 201 || later.at("id") == first.at("id") {
		t.Errorf("after 24 h the key should be forgotten: %s", later.raw)
	}
	b.wantBooks(2, 1, 0, "1979.6")
}

func TestWhatAReplayGets(t *testing.T) {
	for setting, want := range map[string]string{
		ReplayCached: "201 pending", ReplayCurrent: "200 completed", ReplayConflict: "409 null",
	} {
		b := newBench(t)
		b.apply(Change{Replay: &setting})
		b.done(b.post(`{"product_id":101}`, "k"))
		got := b.post(`{"product_id":101}`, "k")
		b.want(setting, words(got.status, got.at("status")), want)
		b.wantBooks(1, 1, 0, "1989.8")
	}
}

func TestRepeatsAtTheSameTimeMakeOneOrder(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	answers := make([]string, 20)
	for i := range answers {
		wg.Go(func() { answers[i] = b.post(`{"product_id":101}`, "k").raw })
	}
	wg.Wait()
	for _, a := range answers {
		b.want("answer", a, answers[0])
	}
	b.wantBooks(1, 0, 0, "1989.8")
}

func TestRefusedBodies(t *testing.T) {
	player := `{"player_id":"51234"}`
	for name, c := range map[string]struct {
		body, code, param string
	}{
		"no JSON":          {`{`, "validation_error", ""},
		"empty":            {``, "validation_error", ""},
		"two values":       {`{"product_id":101} {}`, "validation_error", ""},
		"id as text":       {`{"product_id":"101"}`, "validation_error", ""},
		"unknown field":    {`{"product_id":101,"coupon":"x"}`, "validation_error", ""},
		"amount as number": {`{"product_id":301,"topup_request":{"amount":5,"customer_account":{"player_id":"1"}}}`, "validation_error", ""},
		"no product":       {`{}`, "product_not_found", ""},
		"unknown product":  {`{"product_id":999}`, "product_not_found", ""},
		"inactive product": {`{"product_id":106}`, "product_inactive", ""},
		"transfer":         {`{"product_id":201,"topup_request":{"amount":"10","customer_account":{}}}`, "validation_error", "product_id"},
		"quantity 2":       {`{"product_id":101,"quantity":2}`, "validation_error", "quantity"},
		"quantity 0":       {`{"product_id":101,"quantity":0}`, "validation_error", "quantity"},
		"other currency":   {`{"product_id":101,"currency_code":"EUR"}`, "validation_error", "currency_code"},
		"top-up of a code": {topUpBody(psn, "10.00", player), "validation_error", "topup_request"},
		"no request":       {`{"product_id":301}`, "validation_error", "topup_request"},
		"no account":       {`{"product_id":301,"topup_request":{"amount":"5.00"}}`, "validation_error", "topup_request.customer_account.player_id"},
		"empty account":    {topUpBody(pubg, "5.00", `{"player_id":""}`), "validation_error", "topup_request.customer_account.player_id"},
		"half an account":  {topUpBody(steam, "5.00", `{"steam_login":"ada"}`), "validation_error", "topup_request.customer_account.email"},
		"other account":    {topUpBody(pubg, "5.00", `{"player_id":"1","zone":"2"}`), "validation_error", "topup_request.customer_account.zone"},
		"no amount":        {topUpBody(pubg, "", player), "validation_error", "topup_request.amount"},
		"amount in words":  {topUpBody(pubg, "five", player), "validation_error", "topup_request.amount"},
		"exponent":         {topUpBody(pubg, "1e1", player), "validation_error", "topup_request.amount"},
		"three decimals":   {topUpBody(pubg, "5.000", player), "validation_error", "topup_request.amount"},
		"zero":             {topUpBody(phone, "0.00", `{"phone":"1"}`), "validation_error", "topup_request.amount"},
		"negative":         {topUpBody(pubg, "-5.00", player), "validation_error", "topup_request.amount"},
		"below min":        {topUpBody(pubg, "0.50", player), "validation_error", "topup_request.amount"},
		"above max":        {topUpBody(pubg, "200.50", player), "validation_error", "topup_request.amount"},
		"between steps":    {topUpBody(pubg, "5.25", player), "validation_error", "topup_request.amount"},
		"not the one size": {topUpBody(fire, "1.00", player), "validation_error", "topup_request.amount"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			got := b.post(c.body, b.ids())
			b.wantRefused(got, 400, c.code)
			if c.param != "" && !strings.HasPrefix(got.at("message"), c.param+" ") {
				t.Errorf("the field %s is not named: %s", c.param, got.raw)
			}
		})
	}
}

func TestAmountsAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		product         int
		amount, account string
		charged         string
	}{
		{pubg, "1", `{"player_id":"5"}`, "1.05"}, {pubg, "200.00", `{"player_id":"5"}`, "210.00"}, {pubg, "1.5", `{"player_id":"5"}`, "1.58"},
		{fire, "0.99", `{"player_id":"5"}`, "1.04"}, {phone, "2.01", `{"phone":"5"}`, "2.18"}, {steam, "100.00", `{"steam_login":"a","email":"b"}`, "125.00"},
	} {
		b := newBench(t)
		got := b.topUp(c.product, c.amount, c.account)
		b.want(c.amount, got.at("charged_amount"), c.charged)
	}
}

func TestRefusedKeys(t *testing.T) {
	b := newBench(t)
	b.wantRefused(b.post(`{"product_id":101}`, ""), 400, "validation_error")
	b.wantRefused(b.post(`{"product_id":101}`, strings.Repeat("k", 256)), 400, "validation_error")
	if got := b.post(`{"product_id":101}`, strings.Repeat("k", 255)); got.status != 201 {
		t.Errorf("255 characters: %d %s", got.status, got.raw)
	}
	r, _ := http.NewRequest("POST", "http://v.test/plexy/agent/"+testAgent+"/orders", strings.NewReader(`{"product_id":101}`))
	r.Header = http.Header{"Authorization": {testKey}, "Idempotency-Key": {"a", "b"}}
	if res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r); err != nil || res.StatusCode != 400 {
		t.Errorf("two keys: %v %v", res, err)
	}
}

// A refusal for lack of money is not stored: the same order under the same key
// goes through once a deposit is posted.
func TestInsufficientBalanceIsNotStored(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Balances: map[string]string{"USD": "10.19"}})
	refused := b.post(`{"product_id":101}`, "k")
	b.want("refused", words(refused.status, refused.at("code")), "400 insufficient_balance")
	b.apply(Change{Deposit: &Deposit{Currency: "USD", Amount: "0.01"}})
	got := b.post(`{"product_id":101}`, "k")
	b.want("later", words(got.status, got.all("balance_before", "balance_after")), "201 10.20 0.00")
	b.wantBooks(1, 0, 0, "0")
}

func TestEveryCurrencyHasItsBalance(t *testing.T) {
	b := newBench(t)
	b.want("no EUR", b.buy(euro).at("code"), "insufficient_balance")
	b.apply(Change{Deposit: &Deposit{Currency: "EUR", Amount: "100", Method: "manual"}})
	b.want("EUR", b.buy(euro).all("currency_code", "charged_amount", "balance_after"), "EUR 26.00 74.00")
	b.want("USDT", b.buy(tethr).all("currency_code", "charged_amount", "balance_after"), "USDT 25.25 474.75")
	b.wantBooks(2, 0, 0, "2000")
	spent := b.v.Books().Totals.Spent
	b.want("spent", words(spent["EUR"], spent["USDT"]), "26 25.25")
}

func TestFrozenAgent(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Frozen: ptr(true)})
	b.wantRefused(b.post(`{"product_id":101}`, "k"), 400, "agent_frozen")
	if got := b.get("/balance"); got.status != 200 {
		t.Errorf("balance: %d", got.status)
	}
	b.apply(Change{Frozen: ptr(false)})
	if got := b.post(`{"product_id":101}`, "k"); got.status != 201 {
		t.Errorf("thawed: %d %s", got.status, got.raw)
	}
}

// The two samples differ in currency_code, quantity and test, so a test can
// have any of them refused (plexy sheet §11).
func TestRejectedField(t *testing.T) {
	b := newBench(t)
	for _, field := range []string{"currency_code", "quantity", "test"} {
		b.apply(Change{RejectField: &field})
		got := b.post(`{"product_id":101,"currency_code":"USD","quantity":1,"test":false}`, "k")
		b.wantRefused(got, 400, "validation_error")
		if !strings.Contains(got.raw, field) {
			t.Errorf("%s is not named: %s", field, got.raw)
		}
	}
	if got := b.post(`{"product_id":101,"currency_code":"USD","quantity":1}`, "k"); got.status != 201 {
		t.Errorf("without it: %d %s", got.status, got.raw)
	}
}

func TestTestOrders(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Balances: map[string]string{"USD": "1"}})
	got := b.post(`{"product_id":103,"test":true}`, b.ids())
	b.want("order", got.all("is_test", "charged_amount", "balance_before", "balance_after"), "true 0.00 1.00 1.00")
	done := b.done(got)
	for _, key := range []string{"voucher_code", "pin", "serial"} {
		if !strings.HasPrefix(done.at("order_content."+key), "TEST-") {
			t.Errorf("%s looks real: %s", key, done.raw)
		}
	}
	b.done(b.post(`{"product_id":301,"topup_request":{"amount":"5.00","customer_account":{"player_id":"51234"}},"test":true}`, b.ids()))
	b.next(ModeFail)
	b.done(b.post(`{"product_id":101,"test":true}`, b.ids()))
	b.wantBooks(0, 0, 0, "1")
	if n := b.v.Books().Totals.TestOrders; n != 3 {
		t.Errorf("%d test orders", n)
	}
}

func TestConfig(t *testing.T) {
	now, id := time.Now, testAgent
	good := Product{ID: 1, Name: "x", Category: Category{1, "c"}, Type: RedeemCard, Currency: "USD", Price: amount("1")}
	bad := func(change func(*Product)) Config {
		p := good
		change(&p)
		return Config{APIKey: "k", AgentID: id, Now: now, Products: []Product{p}}
	}
	for name, c := range map[string]Config{
		"no key":         {AgentID: id, Now: now},
		"no clock":       {APIKey: "k", AgentID: id},
		"agent no UUID":  {APIKey: "k", AgentID: "7", Now: now},
		"bad balance":    {APIKey: "k", AgentID: id, Now: now, Balances: map[string]string{"USD": "much"}},
		"debt":           {APIKey: "k", AgentID: id, Now: now, Balances: map[string]string{"USD": "-1"}},
		"twice":          {APIKey: "k", AgentID: id, Now: now, Products: []Product{good, good}},
		"no name":        bad(func(p *Product) { p.Name = "" }),
		"no id":          bad(func(p *Product) { p.ID = 0 }),
		"odd type":       bad(func(p *Product) { p.Type = "gift" }),
		"no price":       bad(func(p *Product) { p.Price.Valid = false }),
		"free":           bad(func(p *Product) { p.Price = amount("0") }),
		"negative step":  bad(func(p *Product) { p.Step = amount("-1") }),
		"no fields":      bad(func(p *Product) { p.Type = DirectTopUp }),
		"negative extra": bad(func(p *Product) { p.Margin = percent("-1") }),
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	v, err := New(Config{APIKey: "k", AgentID: id, Now: now, Products: []Product{good}, Balances: map[string]string{"USD": "0"}})
	if err != nil || v.Books().Balances["USD"].String() != "0" || len(v.Books().Products) != 1 {
		t.Errorf("%v", err)
	}
}
