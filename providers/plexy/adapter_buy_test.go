package plexy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// edited is a recorded body with some of it changed.
func edited(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	text := body(t, name)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%s has no %s", name, pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func voucherReceipt(change func(*order.Receipt)) order.Receipt {
	r := order.Receipt{External: voucherID, Item: "500@USD", Quantity: 1, Total: 21_000_000, Pieces: []order.Piece{{Code: code}}}
	if change != nil {
		change(&r)
	}
	return r
}

// held is a receipt that a person has to look at before anything is delivered.
func held(rules ...string) order.Receipt {
	return voucherReceipt(func(r *order.Receipt) { r.Pieces, r.Pending, r.Mismatch = nil, true, rules })
}

func topUpReceipt(change func(*order.Receipt)) order.Receipt {
	r := order.Receipt{External: topUpID, Item: "456@USD", Quantity: 1, Total: 12_500_000}
	change(&r)
	return r
}

// Sheet §4, §8, §9 and §10: what an answer means.
func TestBuyVoucher(t *testing.T) {
	const content = `{"voucher_code":"ABCD-EFGH-IJKL"}`
	pending := voucherReceipt(func(r *order.Receipt) { r.Pieces, r.Pending = nil, true })
	parts := voucherReceipt(func(r *order.Receipt) {
		r.Pieces = []order.Piece{{Code: "C-1", Parts: []order.Part{{Key: "pin", Value: "0012"}, {Key: "serial", Value: "S-9"}}}}
	})
	delivered := func(total order.Money, rules ...string) order.Receipt {
		return voucherReceipt(func(r *order.Receipt) { r.Total, r.Mismatch = total, rules })
	}
	tests := map[string]struct {
		pairs []string
		want  order.Receipt
	}{
		"completed":               {nil, voucherReceipt(nil)},
		"pending":                 {[]string{`"completed"`, `"pending"`, content, `null`}, pending},
		"content while pending":   {[]string{`"completed"`, `"pending"`}, pending},
		"an unknown word":         {[]string{`"completed"`, `"refunded"`}, pending},
		"failed":                  {[]string{`"completed"`, `"failed"`}, voucherReceipt(func(r *order.Receipt) { r.Pieces, r.Failed, r.Total = nil, true, 0 })},
		"code, pin and serial":    {[]string{content, `{"serial":"S-9","pin":"0012","code":"C-1"}`}, parts},
		"a pin alone":             {[]string{content, `{"pin":7788}`}, voucherReceipt(func(r *order.Receipt) { r.Pieces = []order.Piece{{Code: "7788"}} })},
		"no content":              {[]string{content, `null`}, held("content")},
		"content nobody knows":    {[]string{content, `{"redeem":"here"}`}, held("content")},
		"a test order":            {[]string{`"is_test":false`, `"is_test":true`}, held("test")},
		"another product":         {[]string{`"product_id":500`, `"product_id":501`}, func() order.Receipt { r := held("product"); r.Item = "501@USD"; return r }()},
		"another reference":       {[]string{reference, "X-0-1"}, delivered(21_000_000, "external_ref")},
		"the balance lost more":   {[]string{`"79.00"`, `"70.00"`}, delivered(21_000_000, "balance")},
		"no balances (a replay)":  {[]string{`"79.00"`, `null`, `"100.00"`, `null`}, voucherReceipt(nil)},
		"a charge to be rounded":  {[]string{`"21.00"`, `"21.0000001"`, `"79.00"`, `"78.9999999"`}, delivered(21_000_001)},
		"a charge not told":       {[]string{`"21.00"`, `null`}, delivered(25_000_000, "amount")},
		"a charge out of range":   {[]string{`"21.00"`, `"1e30"`, `"79.00"`, `null`}, delivered(25_000_000, "charge")},
		"charged above the limit": {[]string{`"21.00"`, `"30.01"`, `"79.00"`, `"69.99"`}, delivered(30_010_000, "charge")},
	}
	for name, tt := range tests {
		calls := append(shelfCalls(t, "500"), post(voucherBody, 201, edited(t, "order_voucher_done.json", tt.pairs...)))
		got, err := adapter(t, calls...).Buy(t.Context(), buyVoucher())
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	foreign := edited(t, "order_voucher_done.json", reference, "X-0-1", buyKey, "b759b99a-9d22-433d-bced-ab1d2e1bea1d")
	if got, err := adapter(t, append(shelfCalls(t, "500"), post(voucherBody, 201, foreign))...).Buy(t.Context(), buyVoucher()); codeOf(err) != order.CodeUnclear || got.Pieces != nil {
		t.Errorf("somebody else's order: %+v %v", got, err)
	}
}

func TestBuyTopUp(t *testing.T) {
	tests := map[string]struct {
		reply string
		want  order.Receipt
	}{
		"pending":           {body(t, "order_created.json"), topUpReceipt(func(r *order.Receipt) { r.Pending = true })},
		"done":              {body(t, "order_topup_done.json"), topUpReceipt(func(r *order.Receipt) { r.Pieces = []order.Piece{{Proof: "LC-123456"}} })},
		"done, no number":   {edited(t, "order_topup_done.json", `{"vendor_order_id":"LC-123456"}`, `null`), topUpReceipt(func(r *order.Receipt) { r.Pieces = []order.Piece{{Proof: topUpID}} })},
		"done as a test":    {edited(t, "order_topup_done.json", `"is_test":false`, `"is_test":true`), topUpReceipt(func(r *order.Receipt) { r.Pending, r.Mismatch = true, []string{"test"} })},
		"failed in the end": {edited(t, "order_topup_done.json", `"completed"`, `"failed"`), topUpReceipt(func(r *order.Receipt) { r.Failed, r.Total = true, 0 })},
	}
	for name, tt := range tests {
		got, err := adapter(t, append(shelfCalls(t, "456"), post(topUpBody, 201, tt.reply))...).Buy(t.Context(), buyTopUp())
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// Sheet §9: with the setting on, an order is a test or is not delivered.
func TestTestMode(t *testing.T) {
	s := settings()
	s.Test = true
	sent := strings.Replace(voucherBody, `"test":false`, `"test":true`, 1)
	for reply, want := range map[string]order.Receipt{
		edited(t, "order_voucher_done.json", `"is_test":false`, `"is_test":true`): voucherReceipt(nil),
		body(t, "order_voucher_done.json"):                                        held("test"),
		edited(t, "order_voucher_done.json", `"is_test":false,`, ``):              held("test"),
	} {
		a, _ := remembering(t, s, nil, append(shelfCalls(t, "500"), post(sent, 201, reply))...)
		got, err := a.Buy(t.Context(), buyVoucher())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

// A voucher of any amount says its amount, and no account.
func TestBuyOpenVoucher(t *testing.T) {
	p := buyVoucher()
	p.Item, p.Face = "501@USDT", 7_500_000
	sent := `{"product_id":501,"topup_request":{"amount":"7.50","customer_account":{}},"external_ref":"3F7KQW2M9X-0-1","currency_code":"USDT","quantity":1,"test":false}`
	reply := edited(t, "order_voucher_done.json", `"product_id":500`, `"product_id":501`, `"USD"`, `"USDT"`, `"21.00"`, `"8.00"`, `"79.00"`, `"92"`)
	got, err := adapter(t, append(shelfCalls(t, "501"), post(sent, 201, reply))...).Buy(t.Context(), p)
	want := voucherReceipt(func(r *order.Receipt) { r.Item, r.Total = "501@USDT", 8_000_000 })
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// The same purchase is the same bytes, from a warm adapter and from one that
// has just started.
func TestReplayIsTheSameBytes(t *testing.T) {
	reply := body(t, "order_created.json")
	warm := adapter(t, append(listCalls(t, body(t, "products.json")), post(topUpBody, 201, reply), post(topUpBody, 200, reply))...)
	if _, err := warm.Listings(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*Adapter{warm, warm, adapter(t, append(shelfCalls(t, "456"), post(topUpBody, 201, reply))...)} {
		if _, err := a.Buy(t.Context(), buyTopUp()); err != nil {
			t.Error(err)
		}
	}
}

// Sheet §8: a top-up to a wrong account cannot be taken back, so nothing
// doubtful is sent.
func TestBuyRefusesBeforeSending(t *testing.T) {
	account := func(parts ...order.Part) func(*order.Purchase) {
		return func(p *order.Purchase) { p.Details.Account = parts }
	}
	steam, mail := order.Part{Key: "steam_login", Value: login}, order.Part{Key: "email", Value: "ada@example.com"}
	for name, change := range map[string]func(*order.Purchase){
		"below the least":     func(p *order.Purchase) { p.Face = 4_000_000 },
		"above the highest":   func(p *order.Purchase) { p.Face = 101_000_000 },
		"between steps":       func(p *order.Purchase) { p.Face = 10_010_000 },
		"no amount":           func(p *order.Purchase) { p.Face = 0 },
		"no account":          account(),
		"a field is missing":  account(steam),
		"an unknown field":    account(steam, mail, order.Part{Key: "other", Value: "x"}),
		"a field twice":       account(steam, steam, mail),
		"two for one":         account(steam, steam),
		"format: too short":   account(order.Part{Key: "steam_login", Value: "ab"}, mail),
		"format: partly":      account(order.Part{Key: "steam_login", Value: "ada 1"}, mail),
		"blank":               account(order.Part{Key: "steam_login", Value: " "}, mail),
		"two lines":           account(steam, order.Part{Key: "email", Value: "a@b\n"}),
		"too long":            account(steam, order.Part{Key: "email", Value: "a@" + strings.Repeat("b", 200)}),
		"quantity":            func(p *order.Purchase) { p.Quantity = 2 },
		"item without money":  func(p *order.Purchase) { p.Item = "456" },
		"item of a wrong one": func(p *order.Purchase) { p.Item = "x@USD" },
	} {
		a := adapter(t, listCalls(t, body(t, "products.json"))...)
		if _, err := a.Listings(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := buyTopUp()
		change(&p)
		_, err := a.Buy(t.Context(), p)
		if codeOf(err) != order.CodeInvalid || strings.Contains(err.Error(), "ada") {
			t.Errorf("%s: %v", name, err)
		}
	}
	typed := buyVoucher()
	typed.Details.Account = []order.Part{steam}
	if _, err := adapter(t, shelfCalls(t, "500")...).Buy(t.Context(), typed); codeOf(err) != order.CodeInvalid {
		t.Errorf("an account for a voucher: %v", err)
	}
	transfer := shelfCalls(t, "500")
	transfer[1].Reply = strings.Replace(transfer[1].Reply, `"product_type_id":1`, `"product_type_id":2`, 1)
	if _, err := adapter(t, transfer...).Buy(t.Context(), buyVoucher()); codeOf(err) != order.CodeInvalid {
		t.Errorf("a transfer: %v", err)
	}
}

// Before anything is sent, an unreadable product is "not sent", never unclear.
func TestBuyWithoutKnowledge(t *testing.T) {
	shelf := shelfCalls(t, "500")
	for name, tt := range map[string]struct {
		calls []resttest.Call
		want  order.Code
	}{
		"types are down":    {[]resttest.Call{with(shelf[0], 500)}, order.CodeNotSent},
		"product is down":   {[]resttest.Call{shelf[0], with(shelf[1], 503)}, order.CodeNotSent},
		"product is gone":   {[]resttest.Call{shelf[0], with(shelf[1], 404)}, order.CodeUnknown},
		"key is refused":    {[]resttest.Call{with(shelf[0], 401)}, order.CodeDenied},
		"slowed down":       {[]resttest.Call{with(shelf[0], 429)}, order.CodeLimited},
		"unreadable answer": {[]resttest.Call{shelf[0], get("/products/500", `{`)}, order.CodeNotSent},
	} {
		if _, err := adapter(t, tt.calls...).Buy(t.Context(), buyVoucher()); codeOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := adapter(t).Buy(ctx, buyVoucher()); codeOf(err) != order.CodeNotSent {
		t.Errorf("given up: %v", err)
	}
}

// Sheet §8: every charge teaches; one that is too high pauses the product.
func TestChargesAreLearned(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  map[string]string
	}{
		"pending":         {nil, map[string]string{"charge:456": "125"}},
		"another percent": {[]string{`"12.50"`, `"11.0000333"`}, map[string]string{"charge:456": "110.0004"}},
		"at the limit":    {[]string{`"12.50"`, `"15.00"`}, map[string]string{"charge:456": "150"}},
		"above it":        {[]string{`"12.50"`, `"15.01"`}, map[string]string{"charge:456": "150.1", "pause:456": "charged 150.1 %"}},
		"failed":          {[]string{`"pending"`, `"failed"`}, map[string]string{}},
		"a test":          {[]string{`"is_test":false`, `"is_test":true`}, map[string]string{}},
		"in EUR":          {[]string{`"USD"`, `"EUR"`}, map[string]string{}},
		"nothing charged": {[]string{`"12.50"`, `"0"`}, map[string]string{}},
	}
	for name, tt := range tests {
		a, m := remembering(t, settings(), nil, append(shelfCalls(t, "456"), post(topUpBody, 201, edited(t, "order_created.json", tt.pairs...)))...)
		if _, err := a.Buy(t.Context(), buyTopUp()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, m.notes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A product that a person sells again is not paused by the same order, but by
// the next; and a memory that is away forgets nothing.
func TestPauseAndResume(t *testing.T) {
	dear := edited(t, "order_created.json", `"12.50"`, `"20.00"`, `"87.50"`, `"80.00"`)
	look := get("/orders/"+topUpID, dear)
	next := get("/orders/next", strings.Replace(dear, topUpID, "next", 1))
	a, m := remembering(t, settings(), nil, append(shelfCalls(t, "456"), post(topUpBody, 201, dear), look, next)...)
	paused := func(want string) {
		t.Helper()
		got, err := a.Paused(t.Context())
		if err != nil || got["456"] != want {
			t.Errorf("paused %q, want %q: %v", got, want, err)
		}
	}
	m.err = errors.New("away")
	if r, err := a.Buy(t.Context(), buyTopUp()); err != nil || !cmp.Equal(r.Mismatch, []string{"charge"}) {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := a.Cost(t.Context(), order.Wanted{Item: "456@USD", Quantity: 1, Face: 10_000_000}); codeOf(err) != order.CodeNotSent {
		t.Errorf("without the memory nothing is sold: %v", err)
	}
	if err := a.Resume(t.Context(), "456"); err == nil || len(m.notes) != 0 {
		t.Error("resumed into nowhere")
	}
	m.err = nil
	paused("charged 200 %")
	if want := map[string]string{"charge:456": "200", "pause:456": "charged 200 %"}; !maps.Equal(m.notes, want) {
		t.Errorf("written later: %v", m.notes)
	}
	if err := a.Resume(t.Context(), "456"); err != nil {
		t.Fatal(err)
	}
	paused("")
	for _, id := range []string{topUpID, "next"} {
		paused("")
		if _, err := a.Read(t.Context(), buyTopUp(), id); err != nil {
			t.Fatal(err)
		}
	}
	paused("charged 200 %")
}

// An adapter that has just started judges a charge by what was expected.
func TestCeilingWithoutThePrice(t *testing.T) {
	for charged, want := range map[string][]string{`"30.00"`: nil, `"30.01"`: {"charge"}} { // expected 25.00 = 125 % of 20.00
		reply := edited(t, "order_voucher_done.json", `"21.00"`, charged, `"79.00"`, `null`)
		a, m := remembering(t, settings(), nil, get("/orders/"+voucherID, reply))
		r, err := a.Read(t.Context(), buyVoucher(), voucherID)
		if diff := cmp.Diff(want, r.Mismatch); err != nil || diff != "" || (m.notes["pause:500"] != "") != (want != nil) {
			t.Errorf("%v %s %v", err, diff, m.notes)
		}
	}
}

// Sheet §5: a 409 is looked up, and never bought again.
func TestConflictIsLookedUp(t *testing.T) {
	const list = "/orders?page=1&pageSize=50&product_id=500"
	conflict := post(voucherBody, 409, `{"error":{"type":"idempotency_error","code":"idempotency_conflict"}}`)
	done := body(t, "order_voucher_done.json")
	found := []resttest.Call{conflict, get(list, `{"items":[`+done+`]}`), get("/orders/"+voucherID, done)}
	got, err := adapter(t, append(shelfCalls(t, "500"), found...)...).Buy(t.Context(), buyVoucher())
	if diff := cmp.Diff(voucherReceipt(nil), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for name, look := range map[string]resttest.Call{"not there": get(list, `{"items":[]}`), "down": with(get(list, ``), 500)} {
		if _, err := adapter(t, append(shelfCalls(t, "500"), conflict, look)...).Buy(t.Context(), buyVoucher()); codeOf(err) != order.CodeUnclear {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Sheet §5: an order that was just created may not be known yet.
func TestReadAsksAgain(t *testing.T) {
	path := "/orders/" + voucherID
	missing, there := with(get(path, ``), 404), get(path, body(t, "order_voucher_done.json"))
	tests := map[string]struct {
		age   time.Duration
		calls []resttest.Call
		want  order.Code
	}{
		"at once":               {0, []resttest.Call{there}, ""},
		"the second time":       {0, []resttest.Call{missing, there}, ""},
		"the third time":        {0, []resttest.Call{missing, missing, there}, ""},
		"never":                 {0, []resttest.Call{missing, missing, missing}, order.CodeUnclear},
		"not just created":      {2 * time.Minute, []resttest.Call{missing}, order.CodeUnclear},
		"down is another thing": {0, []resttest.Call{with(there, 500)}, order.CodeUnclear},
		"not our key":           {0, []resttest.Call{with(there, 401)}, order.CodeDenied},
		"another order":         {0, []resttest.Call{get(path, edited(t, "order_voucher_done.json", voucherID, topUpID))}, order.CodeUnclear},
		"another purchase":      {0, []resttest.Call{get(path, edited(t, "order_voucher_done.json", reference, "X", buyKey, "Y"))}, order.CodeUnclear},
	}
	for name, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			a, _ := remembering(t, settings(), func() time.Time { return firstSent().Time().Add(tt.age) }, tt.calls...)
			got, err := a.Read(t.Context(), buyVoucher(), voucherID)
			if codeOf(err) != tt.want || tt.want == "" && !cmp.Equal(got, voucherReceipt(nil)) {
				t.Errorf("%s: %+v %v", name, got, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		a, _ := remembering(t, settings(), firstSent().Time, missing)
		if _, err := a.Read(ctx, buyVoucher(), voucherID); codeOf(err) != order.CodeUnclear || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("given up while waiting: %v", err)
		}
	})
}

// listed is an order of another purchase, made some minutes after ours was
// first sent.
func listed(id string, minutes int) string {
	at := firstSent().Time().Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
	return fmt.Sprintf(`{"id":%q,"product_id":500,"external_ref":"other","idempotency_key":"other","status":"completed","created_at":%q}`, id, at)
}

// listedRange are fifty orders, one per minute in either direction.
func listedRange(from, step int) string {
	items := make([]string, pageSize)
	for i := range items {
		items[i] = listed(fmt.Sprintf("o%d", from+i*step), from+i*step)
	}
	return strings.Join(items, ",")
}

// Sheet §6 and §11: a lost answer is found by our key or reference; the order
// of the list is not known.
func TestFind(t *testing.T) {
	nobody := func(string) (bool, error) { return false, nil }
	ours := body(t, "order_voucher_done.json")
	pages := func(items ...string) []resttest.Call {
		var calls []resttest.Call
		for i, text := range items {
			calls = append(calls, get(fmt.Sprintf("/orders?page=%d&pageSize=50&product_id=500", i+1), `{"items":[`+text+`]}`))
		}
		return calls
	}
	there := get("/orders/"+voucherID, ours)
	byKey := edited(t, "order_voucher_done.json", `"`+reference+`"`, `null`)
	byReference := edited(t, "order_voucher_done.json", `"`+buyKey+`"`, `null`)
	tests := map[string]struct {
		calls []resttest.Call
		owned func(string) (bool, error)
		want  order.Code // "" for found
	}{
		"on the first page":           {append(pages(listed("a", 3)+","+ours), there), nobody, ""},
		"by the key alone":            {append(pages(byKey), there), nobody, ""},
		"by the reference alone":      {append(pages(byReference), there), nobody, ""},
		"twice on a page":             {append(pages(ours+","+ours), there), nobody, ""},
		"newest first, on the second": {append(pages(listedRange(55, -1), ours), there), nobody, ""},
		"newest first, passed":        {pages(listedRange(30, -1)), nobody, order.CodeUnknown},
		"newest first, not passed":    {pages(listedRange(40, -1), ""), nobody, order.CodeUnknown},
		"oldest first":                {append(pages(listedRange(-500, 1), listedRange(-450, 1), ours), there), nobody, ""},
		"one without a time":          {append(pages(strings.Replace(listedRange(30, -1), firstSent().Time().Format("T15:04"), "T25:99", 1), ours), there), nobody, ""},
		"none":                        {pages(listed("a", 3)), nobody, order.CodeUnknown},
		"two of ours":                 {pages(ours + "," + strings.Replace(ours, voucherID, topUpID, 1)), nobody, order.CodeUnclear},
		"somebody else's":             {pages(ours), func(id string) (bool, error) { return id == voucherID, nil }, order.CodeUnclear},
		"owner not known":             {pages(ours), func(string) (bool, error) { return false, errors.New("away") }, order.CodeUnclear},
		"list not readable":           {[]resttest.Call{with(pages("")[0], 500)}, nobody, order.CodeUnclear},
		"an order not readable":       {pages(`{"id":1}`), nobody, order.CodeUnclear},
		"key refused":                 {[]resttest.Call{with(pages("")[0], 401)}, nobody, order.CodeDenied},
		"found, and down":             {append(pages(ours), with(there, 500)), nobody, order.CodeUnclear},
	}
	for name, tt := range tests {
		got, err := adapter(t, tt.calls...).Find(t.Context(), buyVoucher(), tt.owned)
		if codeOf(err) != tt.want || tt.want == "" && !cmp.Equal(got, voucherReceipt(nil)) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	odd := buyVoucher()
	odd.Item = "odd"
	if _, err := adapter(t).Find(t.Context(), odd, nobody); codeOf(err) != order.CodeInvalid {
		t.Error(err)
	}
}

// A clock that is off must not hide a purchase from the search.
func TestFindLooksBackFurtherWithClocksApart(t *testing.T) {
	ahead := get("/balance", body(t, "balance.json"))
	ahead.Send = map[string]string{"Date": "Fri, 01 Nov 2024 10:30:00 GMT"}
	list := get("/orders?page=1&pageSize=50&product_id=500", `{"items":[`+listedRange(30, -1)+`]}`)
	more := get("/orders?page=2&pageSize=50&product_id=500", `{"items":[]}`)
	c := chained(t, rest.Chain{Bare: true, Now: firstSent().Time}, ahead, list, more)
	a, err := NewAdapter(c, settings(), &memory{notes: map[string]string{}}, firstSent().Time)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Balances(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Find(t.Context(), buyVoucher(), nil); codeOf(err) != order.CodeUnknown {
		t.Error(err)
	}
}

// After a purchase the balance is read anew, however young it was.
func TestBalanceIsForgottenByAPurchase(t *testing.T) {
	empty := get("/balance", `{"items":[{"currency_code":"USD","available":"1"}]}`)
	calls := append(shelfCalls(t, "500"), get("/balance", body(t, "balance.json")), post(voucherBody, 201, body(t, "order_voucher_done.json")), empty)
	a := adapter(t, calls...)
	if _, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Buy(t.Context(), buyVoucher()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Cost(t.Context(), order.Wanted{Item: "500@USD", Quantity: 1}); codeOf(err) != order.CodeFunds {
		t.Errorf("%v", err)
	}
}
