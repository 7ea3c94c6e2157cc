package plexy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// codeOf is the code of an error, "" for none: order.CodeOf counts no error
// as unclear, and a test must see the difference.
func codeOf(err error) order.Code {
	if err == nil {
		return ""
	}
	return order.CodeOf(err)
}

// memory is a Memory that can be away.
type memory struct {
	notes map[string]string
	err   error
}

func (m *memory) Notes(context.Context) (map[string]string, error) { return m.notes, m.err }

func (m *memory) Note(_ context.Context, key, value string) error {
	if m.err == nil {
		m.notes[key] = value
	}
	return m.err
}

func settings() Settings {
	return Settings{
		AccountFields: map[string][]Field{
			"456":         {{Key: "steam_login", Label: "Login", Format: `[a-z_]{3,20}`, Example: "ada"}, {Key: "email", Label: "Mail", Format: `.+@.+`}},
			"category:10": {{Key: "player", Label: "Player"}},
		},
		CostPercent: dec("125"), MaxChargePercent: dec("150"),
	}
}

func adapter(t *testing.T, calls ...resttest.Call) *Adapter {
	t.Helper()
	a, _ := remembering(t, settings(), nil, calls...)
	return a
}

// remembering is an adapter over a memory and a clock.
func remembering(t *testing.T, s Settings, now func() time.Time, calls ...resttest.Call) (*Adapter, *memory) {
	t.Helper()
	m := &memory{notes: make(map[string]string)}
	a, err := NewAdapter(scripted(t, calls...), s, m, now)
	if err != nil {
		t.Fatal(err)
	}
	return a, m
}

func firstSent() order.Stamp { return order.At(time.Date(2024, 11, 1, 10, 0, 0, 0, time.UTC)) }

func buyTopUp() order.Purchase {
	return order.Purchase{
		Key: buyKey, Reference: reference, Item: "456@USD", Quantity: 1, Face: 10_000_000, FirstSentAt: firstSent(), UnitCost: 12_500_000,
		Details: order.Details{Account: []order.Part{{Key: "steam_login", Value: login}, {Key: "email", Value: "ada@example.com"}}}, Purse: "plexy:USD",
	}
}

func buyVoucher() order.Purchase {
	return order.Purchase{Key: buyKey, Reference: reference, Item: "500@USD", Quantity: 1, FirstSentAt: firstSent(), UnitCost: 25_000_000, Purse: "plexy:USD"}
}

// productText is one product of testdata/products.json.
func productText(t *testing.T, id string) string {
	t.Helper()
	for line := range strings.Lines(body(t, "products.json")) {
		if strings.HasPrefix(line, `{"id":`+id+`,`) {
			return strings.TrimSuffix(strings.TrimSpace(line), ",")
		}
	}
	t.Fatalf("no product %s", id)
	return ""
}

// shelfCalls are what a cold adapter reads about a product.
func shelfCalls(t *testing.T, id string) []resttest.Call {
	t.Helper()
	return []resttest.Call{get("/product-types", body(t, "product_types.json")), get("/products/"+id, productText(t, id))}
}

func TestNewAdapterChecksItsSettings(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"no cost":          func(s *Settings) { s.CostPercent = dec("0") },
		"negative cost":    func(s *Settings) { s.CostPercent = dec("-1") },
		"no room":          func(s *Settings) { s.MaxChargePercent = dec("124.99") },
		"format is broken": func(s *Settings) { s.AccountFields = map[string][]Field{"1": {{Key: "k", Format: "["}}} },
		"no field key":     func(s *Settings) { s.AccountFields = map[string][]Field{"1": {{Format: "a"}}} },
	} {
		s := settings()
		change(&s)
		if _, err := NewAdapter(scripted(t), s, &memory{}, nil); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestTerms(t *testing.T) {
	got := adapter(t).Terms()
	lock := got.Lock
	got.Lock = nil
	want := order.SupplierTerms{Sends: 2, Window: time.Second, ReplayFor: 23 * time.Hour, ConflictMax: 3, Pieces: 1, Frees: true, Patience: 30 * time.Minute}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for item, want := range map[string]string{"456@USD": "currency:USD", "500@USD": "currency:USD", "501@USDT": "currency:USDT", "odd": "odd", "x@USD": "x@USD"} {
		if lock(item) != want {
			t.Errorf("%s locks %s", item, lock(item))
		}
	}
}

func listCalls(t *testing.T, products string) []resttest.Call {
	return []resttest.Call{
		get("/product-types", body(t, "product_types.json")), get("/product-categories", body(t, "categories.json")),
		get("/products?page=1&pageSize=50", products),
	}
}

func TestListings(t *testing.T) {
	a, m := remembering(t, settings(), nil, listCalls(t, body(t, "products.json"))...)
	m.notes["charge:501"] = "110.5"
	got, err := a.Listings(t.Context())
	want := []Listing{
		{
			Item: "456@USD", Name: "Steam Wallet Top Up", CategoryID: "10", CategoryName: "Steam", Region: "GLOBAL", Description: "Credited to the wallet",
			Kind: order.KindTopUp, Rate: dec("1.25"), Min: 5_000_000, Max: 100_000_000, Step: 1_000_000, Currency: "USD", Purse: "plexy:USD", Stock: 10,
			Fields: settings().AccountFields["456"],
		},
		{
			Item: "500@USD", Name: "Card 20", CategoryID: "11", CategoryName: "Gift cards", Region: "US",
			Price: dec("25"), Currency: "USD", Purse: "plexy:USD", Stock: 10,
		},
		{ // from 5.50 to 52.255 in steps of 2.50: multiples of the step only
			Item: "501@USDT", Name: "Card, any amount", CategoryID: "11", CategoryName: "Gift cards", Region: "US",
			Rate: dec("1.105"), Min: 7_500_000, Max: 50_000_000, Step: 2_500_000, Currency: "USDT", Purse: "plexy:USDT", Stock: 10,
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// Sheet §3: what is not sold, and why.
func TestHiddenListings(t *testing.T) {
	change := func(id, from, to string) string {
		text := productText(t, id)
		if !strings.Contains(text, from) {
			t.Fatalf("nothing to change: %s", from)
		}
		return strings.Replace(text, from, to, 1)
	}
	tests := map[string]struct{ product, want string }{
		"sold":                        {productText(t, "500"), ""},
		"not active":                  {change("500", `"is_active":true`, `"is_active":false`), HiddenInactive},
		"activity not told":           {change("500", `,"is_active":true`, ``), HiddenInactive},
		"a transfer":                  {change("500", `"product_type_id":1`, `"product_type_id":2`), HiddenTransfer},
		"an unknown type":             {change("500", `"product_type_id":1`, `"product_type_id":9`), HiddenType},
		"no type":                     {change("500", `"product_type_id":1,`, ``), HiddenType},
		"in EUR":                      {change("500", `"USD"`, `"EUR"`), HiddenCurrency},
		"no price":                    {change("500", `"price":20`, `"price":null`), HiddenPrice},
		"a price of nothing":          {change("500", `"price":20`, `"price":0`), HiddenPrice},
		"fields of the category":      {change("456", `"id":456`, `"id":457`), ""},
		"no fields":                   {change("456", `"id":456,"name":"Steam Wallet Top Up","slug":"steam-top-up","category_id":10`, `"id":457,"category_id":12`), HiddenFields},
		"paused":                      {change("500", `"id":500`, `"id":666`), HiddenPaused},
		"no amount in the range":      {change("501", `"step":2.5`, `"step":60`), HiddenPrice},
		"a step finer than money":     {change("501", `"step":2.5`, `"step":0.0000001`), HiddenPrice},
		"a range without a step":      {change("501", `"step":2.5`, `"step":null`), ""},
		"amounts beyond money":        {change("501", `52.255`, `1e30`), HiddenPrice},
		"the least above the highest": {change("501", `52.255`, `5`), HiddenPrice},
	}
	for name, tt := range tests {
		a, m := remembering(t, settings(), nil, listCalls(t, "["+tt.product+"]")...)
		m.notes["pause:666"] = "charged 200 %"
		got, err := a.Listings(t.Context())
		if err != nil || len(got) != 1 || got[0].Hidden != tt.want || (got[0].Stock == 0) != (tt.want != "") {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestTopUpOfAFixedPriceHasOneAmount(t *testing.T) {
	text := strings.NewReplacer(`"min_amount":5`, `"min_amount":null`, `"max_amount":100`, `"max_amount":null`, `"step":1,`, ``).Replace(productText(t, "456"))
	got, err := adapter(t, listCalls(t, "["+text+"]")...).Listings(t.Context())
	if err != nil || got[0].Min != 10_000_000 || got[0].Max != 10_000_000 || got[0].Hidden != "" || !got[0].Price.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
}

func TestListingsWithoutSomeOfIt(t *testing.T) {
	calls := listCalls(t, body(t, "products.json"))
	calls[1].Status = 404
	again := listCalls(t, body(t, "products.json"))
	again[1].Reply = `"?"`
	a := adapter(t, append(append(listCalls(t, body(t, "products.json")), again...), calls...)...)
	for range 3 { // the names of categories stay what they were
		if got, err := a.Listings(t.Context()); err != nil || got[0].CategoryName != "Steam" {
			t.Errorf("%v %v", got, err)
		}
	}
	if got, err := adapter(t, calls...).Listings(t.Context()); err != nil || got[0].CategoryName != "" || got[0].Stock == 0 {
		t.Errorf("%v %v", got, err)
	}
	if _, err := adapter(t, with(calls[0], 401)).Listings(t.Context()); codeOf(err) != order.CodeDenied {
		t.Errorf("no types: %v", err)
	}
	if _, err := adapter(t, calls[0], calls[1], with(calls[2], 500)).Listings(t.Context()); codeOf(err) != order.CodeUnclear {
		t.Errorf("no products: %v", err)
	}
	forgetful, m := remembering(t, settings(), nil)
	m.err = errors.New("away")
	if _, err := forgetful.Listings(t.Context()); codeOf(err) != order.CodeNotSent {
		t.Errorf("no memory: %v", err)
	}
}

func TestCost(t *testing.T) {
	balance := get("/balance", body(t, "balance.json"))
	empty := get("/balance", `{"items":[]}`)
	exact := get("/balance", `{"items":[{"currency_code":"USD","available":"25.00"}]}`)
	below := get("/balance", `{"items":[{"currency_code":"USD","available":"24.999999"}]}`)
	tests := map[string]struct {
		item  string
		face  order.Money
		notes map[string]string
		calls []resttest.Call
		want  order.Money
		code  order.Code
	}{
		"a voucher":                    {"500@USD", 0, nil, append(shelfCalls(t, "500"), balance), 25_000_000, ""},
		"as charged last":              {"500@USD", 0, map[string]string{"charge:500": "103.33333335"}, append(shelfCalls(t, "500"), balance), 20_666_667, ""},
		"a note nobody can read":       {"500@USD", 0, map[string]string{"charge:500": "much"}, append(shelfCalls(t, "500"), balance), 25_000_000, ""},
		"a note beyond reason":         {"500@USD", 0, map[string]string{"charge:500": "1e20"}, append(shelfCalls(t, "500"), balance), 25_000_000, ""},
		"a top-up":                     {"456@USD", 10_000_000, nil, append(shelfCalls(t, "456"), balance), 12_500_000, ""},
		"below the least":              {"456@USD", 4_000_000, nil, shelfCalls(t, "456"), 0, order.CodeUnknown},
		"above the highest":            {"456@USD", 101_000_000, nil, shelfCalls(t, "456"), 0, order.CodeUnknown},
		"between two steps":            {"456@USD", 10_500_000, nil, shelfCalls(t, "456"), 0, order.CodeUnknown},
		"no amount":                    {"456@USD", 0, nil, shelfCalls(t, "456"), 0, order.CodeUnknown},
		"an amount of a fixed voucher": {"500@USD", 20_000_000, nil, shelfCalls(t, "500"), 0, order.CodeUnknown},
		"another currency now":         {"500@USDT", 0, nil, shelfCalls(t, "500"), 0, order.CodeUnknown},
		"no such item":                 {"nothing", 0, nil, nil, 0, order.CodeUnknown},
		"gone":                         {"500@USD", 0, nil, []resttest.Call{shelfCalls(t, "500")[0], with(shelfCalls(t, "500")[1], 404)}, 0, order.CodeUnknown},
		"down":                         {"500@USD", 0, nil, []resttest.Call{with(shelfCalls(t, "500")[0], 500)}, 0, order.CodeUnclear},
		"paused":                       {"500@USD", 0, map[string]string{"pause:500": "charged 200 %"}, shelfCalls(t, "500"), 0, order.CodeStock},
		"resumed":                      {"500@USD", 0, map[string]string{"pause:500": ""}, append(shelfCalls(t, "500"), balance), 25_000_000, ""},
		"exactly the balance":          {"500@USD", 0, nil, append(shelfCalls(t, "500"), exact), 25_000_000, ""},
		"more than the balance":        {"500@USD", 0, nil, append(shelfCalls(t, "500"), below), 0, order.CodeFunds},
		"no balance in the currency":   {"500@USD", 0, nil, append(shelfCalls(t, "500"), empty), 0, order.CodeFunds},
		"balance not known":            {"500@USD", 0, nil, append(shelfCalls(t, "500"), with(balance, 500)), 0, order.CodeUnclear},
	}
	for name, tt := range tests {
		a, m := remembering(t, settings(), nil, tt.calls...)
		for key, value := range tt.notes {
			m.notes[key] = value
		}
		got, err := a.Cost(t.Context(), order.Wanted{Item: tt.item, Quantity: 1, Face: tt.face})
		if got != tt.want || codeOf(err) != tt.code {
			t.Errorf("%s: %v %v, want %v %s", name, got, err, tt.want, tt.code)
		}
	}
	a := adapter(t, shelfCalls(t, "500")...)
	if _, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 11}); codeOf(err) != order.CodeStock {
		t.Errorf("more than there is: %v", err)
	}
}

func TestCostIsAtMostAMinuteOld(t *testing.T) {
	now := firstSent().Time()
	dearer := get("/products/500", strings.Replace(productText(t, "500"), `"price":20`, `"price":20.0000001`, 1))
	calls := append(listCalls(t, body(t, "products.json")), get("/balance", body(t, "balance.json")), dearer, get("/balance", body(t, "balance.json")))
	a, _ := remembering(t, settings(), func() time.Time { return now }, calls...)
	if _, err := a.Listings(t.Context()); err != nil {
		t.Fatal(err)
	}
	cost := func(want order.Money) {
		t.Helper()
		if got, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); err != nil || got != want {
			t.Errorf("%v %v, want %v", got, err, want)
		}
	}
	cost(25_000_000)
	now = now.Add(59 * time.Second)
	cost(25_000_000)
	now = now.Add(time.Second)
	cost(25_000_001) // rounded up
	cost(25_000_001)
}

func TestOneReadsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := append(shelfCalls(t, "500"), get("/balance", body(t, "balance.json")))
		calls[1].After = time.Second
		a := adapter(t, calls...)
		go func() {
			if _, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := a.Cost(ctx, order.Wanted{Item: "500@USD", Quantity: 1}); codeOf(err) != order.CodeNotSent {
			t.Errorf("waiting ends with the context: %v", err)
		}
		time.Sleep(2 * time.Second)
		if _, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); err != nil {
			t.Error(err)
		}
	})
}

func TestBalances(t *testing.T) {
	got, err := adapter(t, get("/balance", body(t, "balance.json"))).Balances(t.Context())
	want := map[string]order.Money{"plexy:USD": 87_500_000, "plexy:USDT": 5_000_000}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for reply, code := range map[string]order.Code{
		`{"items":[{"currency_code":"USD","available":"1e30"}]}`: order.CodeInvalid,
		`{"items":[{"currency_code":"USD","available":"a"}]}`:    order.CodeUnclear,
		`{}`: order.CodeUnclear,
	} {
		if _, err := adapter(t, get("/balance", reply)).Balances(t.Context()); codeOf(err) != code {
			t.Errorf("%s: %v", reply, err)
		}
	}
	if _, err := adapter(t, with(get("/balance", ``), 401)).Balances(t.Context()); codeOf(err) != order.CodeDenied {
		t.Errorf("key and agent do not fit: %v", err) // sheet §11
	}
}

// Sheet §5: one health probe a minute.
func TestHealthIsProbedOnceAMinute(t *testing.T) {
	now := firstSent().Time()
	plain := resttest.Call{Target: "/gate/health"}
	a, _ := remembering(t, settings(), func() time.Time { return now }, plain, with(plain, 500))
	for i, want := range []order.Code{"", "", order.CodeUnclear, order.CodeUnclear} {
		if err := a.Health(t.Context()); codeOf(err) != want {
			t.Errorf("probe %d: %v", i, err)
		}
		now = now.Add(30 * time.Second)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, _ := remembering(t, settings(), nil, plain)
	if err := b.Health(ctx); codeOf(err) != order.CodeNotSent {
		t.Errorf("given up: %v", err)
	}
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("a caller that gave up says nothing about the vendor: %v", err)
	}
}

func TestPending(t *testing.T) {
	const path = "/orders?page=1&pageSize=50&status=pending"
	got, err := adapter(t, get(path, `{"items":[`+body(t, "order_created.json")+`]}`)).Pending(t.Context())
	if err != nil || len(got) != 1 || got[0].Reference != reference {
		t.Errorf("%v %v", got, err)
	}
	if _, err := adapter(t, with(get(path, ``), 500)).Pending(t.Context()); codeOf(err) != order.CodeUnclear {
		t.Error(err)
	}
	if got := codeOf(orderError("x", errors.New("nameless"))); got != order.CodeUnclear {
		t.Errorf("a nameless error is %s", got)
	}
	limited := orderError("x", &rest.Error{Kind: rest.KindLimited, RetryAfter: time.Second})
	if order.RetryAfter(limited) != limitedFor || order.RetryAfter(orderError("x", &rest.Error{Kind: rest.KindLimited, RetryAfter: time.Minute})) != time.Minute {
		t.Errorf("a 429 waits %v", order.RetryAfter(limited))
	}
}
