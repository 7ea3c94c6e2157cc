package infinivoucher

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

func adapter(t *testing.T, calls ...resttest.Call) *Adapter {
	t.Helper()
	return NewAdapter(scripted(t, calls...), nil)
}

func firstSent() order.Stamp { return order.At(time.Date(2026, 3, 15, 12, 6, 0, 0, time.UTC)) }

func wanted() order.Purchase {
	return order.Purchase{Key: buyKey, Item: "p60", Quantity: 2, FirstSentAt: firstSent(), UnitCost: 850_000}
}

func receiptOf(codes ...string) order.Receipt {
	return order.Receipt{External: "ord1", Item: "p60", Quantity: 2, Total: 1_700_000, Pieces: order.CodesOf(codes...)}
}

func orderCall(t *testing.T, name string) resttest.Call {
	return resttest.Call{Method: "GET", Target: "/api/v1/orders/ord1", Reply: body(t, name)}
}

func TestAdapterBuy(t *testing.T) {
	replayed := buyCall(200, body(t, "buy_replayed_without_codes.json"))
	down := orderCall(t, "order.json")
	down.Status = 500
	denied := orderCall(t, "order.json")
	denied.Status, denied.Reply = 403, `{"success":false,"error":{"code":"FORBIDDEN","message":"scope"}}`
	pending := receiptOf()
	pending.Pending = true
	fewer := receiptOf(firstCode)
	fewer.Mismatch = []string{string(MismatchCodes)}
	oneCode := strings.Replace(body(t, "buy.json"), `{"index":2,"code":"`+otherCode+`"},`, "", 1)
	oneOrder := orderCall(t, "order.json")
	oneOrder.Reply = strings.Replace(body(t, "order.json"), `,{"index":2,"code":"`+otherCode+`"}`, "", 1)
	failed := receiptOf()
	failed.Failed = true
	status := func(word string) resttest.Call {
		text := strings.Replace(body(t, "buy_replayed_without_codes.json"), `"COMPLETED"`, `"`+word+`"`, 1)
		return buyCall(200, text)
	}
	unknown := pending
	unknown.Mismatch = []string{string(MismatchStatus)}
	tests := map[string]struct {
		calls []resttest.Call
		want  order.Receipt
	}{
		"with codes":                      {[]resttest.Call{buyCall(200, body(t, "buy.json"))}, receiptOf(firstCode, otherCode)},
		"replayed without codes":          {[]resttest.Call{replayed, orderCall(t, "order.json")}, receiptOf(firstCode, otherCode)},
		"codes cannot be had now":         {[]resttest.Call{replayed, down}, pending},
		"a code missing, then complete":   {[]resttest.Call{buyCall(200, oneCode), orderCall(t, "order.json")}, receiptOf(firstCode, otherCode)},
		"a code missing for good":         {[]resttest.Call{buyCall(200, oneCode), oneOrder}, fewer},
		"a code missing, vendor down":     {[]resttest.Call{buyCall(200, oneCode), down}, pending}, // the code is there, and paid
		"a code missing, no right to ask": {[]resttest.Call{buyCall(200, oneCode), denied}, fewer},
		"pending":                         {[]resttest.Call{status("PENDING")}, pending},
		"failed":                          {[]resttest.Call{status("FAILED")}, failed},
		"an unknown word counts as later": {[]resttest.Call{status("SHIPPED")}, unknown},
	}
	for name, tt := range tests {
		got, err := adapter(t, tt.calls...).Buy(t.Context(), wanted())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The seed's own sample: five bought, two codes.
func TestAdapterBuySeedSample(t *testing.T) {
	p := wanted()
	p.Quantity = 5
	call := buyCall(200, body(t, "buy_seed_sample.json"))
	call.Body = `{"product_id":"p60","quantity":5}`
	got, err := adapter(t, call, orderCall(t, "order.json")).Buy(t.Context(), p)
	want := order.Receipt{
		External: "ord1", Item: "p60", Quantity: 5, Total: 4_250_000, Pieces: order.CodesOf(firstCode, otherCode), Mismatch: []string{string(MismatchCodes)},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestAdapterErrorCodes(t *testing.T) {
	failure := func(code string) string { return `{"success":false,"error":{"code":"` + code + `","message":"m"}}` }
	tests := []struct {
		status int
		reply  string
		want   order.Code
	}{
		{401, failure(CodeUnauthorized), order.CodeDenied}, {403, failure(CodeForbidden), order.CodeDenied}, {403, ``, order.CodeDenied},
		{403, failure(CodeFrozen), order.CodeFrozen}, {402, failure(CodeFunds), order.CodeFunds}, {402, ``, order.CodeFunds},
		{409, failure(CodeStock), order.CodeStock}, {409, failure(CodeConflict), order.CodeConflict}, {409, failure("NEW"), order.CodeUnclear},
		{429, ``, order.CodeLimited}, {400, ``, order.CodeInvalid}, {422, ``, order.CodeInvalid}, {404, ``, order.CodeUnknown},
		{500, ``, order.CodeUnclear}, {200, `{`, order.CodeUnclear},
	}
	for _, tt := range tests {
		_, err := adapter(t, buyCall(tt.status, tt.reply)).Buy(t.Context(), wanted())
		if codeOf(err) != tt.want {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.reply, err, tt.want)
		}
		if tt.status == 429 && order.RetryAfter(err) != 10*time.Second {
			t.Errorf("a 429 without Retry-After waits %v", order.RetryAfter(err))
		}
	}
	if got := codeOf(orderError("x", errors.New("nameless"))); got != order.CodeUnclear {
		t.Errorf("a nameless error is %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := adapter(t).Buy(ctx, wanted()); codeOf(err) != order.CodeNotSent {
		t.Errorf("nothing was sent: %v", err)
	}
}

func TestAdapterRead(t *testing.T) {
	got, err := adapter(t, orderCall(t, "order.json")).Read(t.Context(), order.Purchase{}, "ord1")
	if diff := cmp.Diff(receiptOf(firstCode, otherCode), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := adapter(t, orderCall(t, "order_pending.json")).Read(t.Context(), order.Purchase{}, "ord1"); err != nil || !got.Pending || got.Pieces != nil {
		t.Errorf("pending: %+v %v", got, err)
	}
	other := orderCall(t, "order.json")
	other.Target = "/api/v1/orders/ord2"
	if _, err := adapter(t, other).Read(t.Context(), order.Purchase{}, "ord2"); codeOf(err) != order.CodeUnclear {
		t.Errorf("another order's answer: %v", err)
	}
}

// ordersCall lists purchases, one JSON object each, as made from lookBack on.
func ordersCall(items ...string) resttest.Call {
	return resttest.Call{
		Target: "/api/v1/orders?from=2026-03-15T12%3A00%3A00.000Z&limit=100&page=1",
		Reply:  `{"success":true,"data":{"orders":[` + strings.Join(items, ",") + `],"pagination":{"totalPages":1}}}`,
	}
}

func TestAdapterFind(t *testing.T) {
	item := func(id, product, quantity, price string) string {
		return `{"id":"` + id + `","productId":"` + product + `","quantity":` + quantity + `,"unitPrice":"` + price + `","totalAmount":"1","currency":"USDT","status":"COMPLETED"}`
	}
	ours, taken := item("ord1", "p60", "2", "0.85"), item("ord9", "p60", "2", "0.85")
	others := []string{item("ord5", "p60", "1", "0.85"), item("ord6", "p61", "2", "0.85"), taken}
	owned := func(id string) (bool, error) { return id == "ord9", nil }
	tests := map[string]struct {
		calls []resttest.Call
		owned func(string) (bool, error)
		want  order.Code // "" for found
	}{
		"exactly one":         {[]resttest.Call{ordersCall(append(others, ours)...), orderCall(t, "order.json")}, owned, ""},
		"none":                {[]resttest.Call{ordersCall(others...)}, owned, order.CodeUnknown},
		"two":                 {[]resttest.Call{ordersCall(ours, item("ord2", "p60", "2", "0.85"))}, owned, order.CodeUnclear},
		"at another price":    {[]resttest.Call{ordersCall(item("ord1", "p60", "2", "0.86"))}, owned, order.CodeUnclear},
		"owner not known now": {[]resttest.Call{ordersCall(ours)}, func(string) (bool, error) { return false, errors.New("store is away") }, order.CodeUnclear},
		"list not readable":   {[]resttest.Call{{Status: 500}}, owned, order.CodeUnclear},
		"codes not readable":  {[]resttest.Call{ordersCall(ours), {Status: 500}}, owned, order.CodeUnclear},
		"codes of another":    {[]resttest.Call{ordersCall(item("ord2", "p60", "2", "0.85")), {Reply: body(t, "order.json")}}, owned, order.CodeUnclear},
	}
	for name, tt := range tests {
		got, err := adapter(t, tt.calls...).Find(t.Context(), wanted(), tt.owned)
		if tt.want != "" {
			if codeOf(err) != tt.want {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
			continue
		}
		if diff := cmp.Diff(receiptOf(firstCode, otherCode), got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// A clock that is off must not hide a purchase from the search.
func TestFindLooksBackFurtherWithClocksApart(t *testing.T) {
	now := func() time.Time { return firstSent().Time() }
	clock := resttest.Call{Reply: body(t, "wallet.json"), Send: map[string]string{"Date": "Sun, 15 Mar 2026 12:02:00 GMT"}}
	list := ordersCall()
	list.Target = "/api/v1/orders?from=2026-03-15T11%3A56%3A00.000Z&limit=100&page=1"
	a := NewAdapter(chained(t, rest.Chain{Now: now, Bare: true}, clock, list), now)
	if _, err := a.Balance(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Find(t.Context(), wanted(), nil); codeOf(err) != order.CodeUnknown {
		t.Error(err)
	}
}

// What the wallet lost is what the purchase cost, whatever the total says.
func TestTheWalletSaysWhatWasTaken(t *testing.T) {
	reply := strings.Replace(body(t, "buy.json"), `"deducted":"1.70"`, `"deducted":"1.7000001"`, 1)
	got, err := adapter(t, buyCall(200, reply)).Buy(t.Context(), wanted())
	want := receiptOf(firstCode, otherCode)
	want.Total, want.Mismatch = 1_700_001, []string{string(MismatchDeducted)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func onePage(t *testing.T) resttest.Call {
	return resttest.Call{
		Target: "/api/v1/products?limit=100&page=1", Reply: strings.Replace(body(t, "products_page1.json"), `"totalPages":2`, `"totalPages":1`, 1),
	}
}

func TestCostIsAtMostAMinuteOld(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	dearer := onePage(t)
	dearer.Reply = strings.Replace(dearer.Reply, `"0.85"`, `"0.8500001"`, 1)
	a := NewAdapter(scripted(t, onePage(t), dearer, resttest.Call{Status: 500}), func() time.Time { return now })
	cost := func(item string, quantity int, want order.Money, code order.Code) {
		t.Helper()
		got, err := a.Cost(t.Context(), order.Wanted{Item: item, Quantity: quantity})
		if got != want || err == nil && code != "" || err != nil && codeOf(err) != code {
			t.Errorf("cost of %d %s: %v %v, want %v %s", quantity, item, got, err, want, code)
		}
	}
	cost("p60", 2, 850_000, "")
	now = now.Add(59 * time.Second)
	cost("p60", 142, 850_000, "")
	cost("p60", 143, 0, order.CodeStock)
	cost("p325", 1, 0, order.CodeStock) // has a quantity, but does not say IN_STOCK
	cost("nothing", 1, 0, order.CodeUnknown)
	now = now.Add(2 * time.Second)
	cost("p60", 1, 850_001, "") // rounded up
	now = now.Add(time.Hour)
	cost("p60", 1, 0, order.CodeUnclear)
}

func TestOnlyDollarsHaveACost(t *testing.T) {
	call := resttest.Call{Reply: strings.Replace(body(t, "products_page2.json"), `"totalPages":2`, `"totalPages":1`, 1)}
	if _, err := adapter(t, call).Cost(t.Context(), order.Wanted{Item: "s10", Quantity: 1}); codeOf(err) != order.CodeUnknown {
		t.Errorf("sold in EUR: %v", err)
	}
}

// Between the order and the purchase the price may rise; what Cost said is
// then not a mismatch, and a lost purchase at that price is still ours.
func TestAPriceThatCostToldIsExpected(t *testing.T) {
	cheap := wanted()
	cheap.UnitCost = 800_000
	a := adapter(t, onePage(t), buyCall(200, body(t, "buy.json")))
	if _, err := a.Cost(t.Context(), order.Wanted{Item: "p60", Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Buy(t.Context(), cheap); err != nil || got.Mismatch != nil {
		t.Errorf("%v %v", got.Mismatch, err)
	}
	blind := adapter(t, buyCall(200, body(t, "buy.json")))
	if got, err := blind.Buy(t.Context(), cheap); err != nil || !cmp.Equal(got.Mismatch, []string{string(MismatchPrice)}) {
		t.Errorf("a price nobody told: %v %v", got.Mismatch, err)
	}
}

func TestListings(t *testing.T) {
	a := adapter(t, onePage(t), onePage(t))
	for range 2 { // always read anew
		got, err := a.Listings(t.Context())
		want := []Listing{
			{Item: "p60", Name: "60 UC", CategoryID: "cat1", CategoryName: "PUBG Mobile", Price: dec("0.85"), Currency: "USDT", Stock: 142},
			{Item: "p325", Name: "325 UC", CategoryID: "cat1", CategoryName: "PUBG Mobile", Price: dec("4.2"), Currency: "USDT"},
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	if cost, err := a.Cost(t.Context(), order.Wanted{Item: "p60", Quantity: 1}); err != nil || cost != 850_000 {
		t.Errorf("what the catalogue read answers: %v %v", cost, err)
	}
}

func TestBalance(t *testing.T) {
	for reply, want := range map[string]struct {
		balance order.Money
		code    order.Code
	}{
		`{"balance":"1250.7500009","currency":"USDT","status":"ACTIVE"}`: {1_250_750_000, ""},
		`{"balance":"1250.75","currency":"USDT","status":"FROZEN"}`:      {0, order.CodeFrozen},
		`{"balance":"1250.75","currency":"EUR","status":"ACTIVE"}`:       {0, order.CodeInvalid},
		`{"balance":"1e30","currency":"USDT","status":"ACTIVE"}`:         {0, order.CodeInvalid},
		`{"currency":"USDT","status":"ACTIVE"}`:                          {0, order.CodeUnclear},
	} {
		got, err := adapter(t, resttest.Call{Reply: `{"success":true,"data":{"wallet":` + reply + `}}`}).Balance(t.Context())
		if got != want.balance || err != nil && codeOf(err) != want.code || err == nil && want.code != "" {
			t.Errorf("%s: %v %v", reply, got, err)
		}
	}
}

func TestOneReadsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := onePage(t)
		slow.After = time.Second
		a := NewAdapter(chained(t, rest.Chain{}, slow), nil)
		for range 10 {
			go func() {
				if cost, err := a.Cost(t.Context(), order.Wanted{Item: "p60", Quantity: 1}); err != nil || cost != 850_000 {
					t.Errorf("%v %v", cost, err)
				}
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := a.Cost(ctx, order.Wanted{Item: "p60", Quantity: 1}); codeOf(err) != order.CodeNotSent {
			t.Errorf("waiting ends with the context: %v", err)
		}
		time.Sleep(2 * time.Second)
	})
}

func TestTerms(t *testing.T) {
	want := order.SupplierTerms{Sends: 4, Window: 10 * time.Second, ReplayFor: 23 * time.Hour, ConflictMax: 3}
	if got := adapter(t).Terms(); !cmp.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
