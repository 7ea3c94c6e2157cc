package infinivoucher

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// A failed order that does not say what it took may have kept the money: the
// refund of the debit is not documented (infinivoucher sheet §4).
func TestAFailureThatTellsNoSumIsUnclear(t *testing.T) {
	const bare = `{"success":true,"data":{"order":{"id":"ord1","productId":"p60","quantity":2,"currency":"USDT","status":"FAILED"%s}%s}}`
	for _, row := range []struct {
		fields, wallet string
		nothing        bool
	}{
		{``, ``, false},
		{`,"totalAmount":null`, ``, false},
		{`,"totalAmount":"1.70","unitPrice":"0.85"`, ``, false},
		{`,"unitPrice":"0.85"`, `,"wallet":{"deducted":"0"}`, true},
		{`,"totalAmount":"1.70","unitPrice":"0.85"`, `,"wallet":{"deducted":"0.00"}`, true},
		{`,"totalAmount":"0"`, ``, true},
	} {
		text := fmt.Sprintf(bare, row.fields, row.wallet)
		got, err := adapter(t, buyCall(200, text)).Buy(t.Context(), wanted())
		if err != nil || !got.Failed || (got.Total == 0) != row.nothing {
			t.Errorf("bought: %s: %+v %v", text, got, err)
		}
		got, err = adapter(t, resttest.Call{Reply: text}).Read(t.Context(), wanted(), "ord1")
		if err != nil || !got.Failed || (got.Total == 0) != row.nothing {
			t.Errorf("read: %s: %+v %v", text, got, err)
		}
	}
}

// What was paid and does not say so is not free.
func TestACompletedOrderWithoutItsSumIsTold(t *testing.T) {
	text := strings.Replace(body(t, "order.json"), `"totalAmount":"1.70"`, `"totalAmount":null`, 1)
	text = strings.Replace(text, `"unitPrice":"0.85"`, `"unitPrice":null`, 1)
	got, err := adapter(t, resttest.Call{Reply: text}).Read(t.Context(), wanted(), "ord1")
	if err != nil || len(got.Pieces) != 2 || got.Total != 1_700_000 || !slices.Contains(got.Mismatch, string(MismatchTotal)) {
		t.Errorf("%+v %v", got, err)
	}
}

// A list that does not say how many pages it has proves no absence: the purchase
// may be on the next one, and would be refunded or bought again.
func TestOrdersWithoutTheirPagesProveNothing(t *testing.T) {
	other := `{"id":"ord7","productId":"p61","quantity":1,"unitPrice":"1","totalAmount":"1","currency":"USDT","status":"COMPLETED"}`
	for _, pages := range []string{``, `,"pagination":null`, `,"pagination":{}`, `,"pagination":{"total":250,"limit":100}`, `,"pagination":{"totalPages":0}`} {
		list := resttest.Call{Reply: `{"success":true,"data":{"orders":[` + other + `]` + pages + `}}`}
		_, err := adapter(t, list).Find(t.Context(), wanted(), func(string) (bool, error) { return false, nil })
		if codeOf(err) != order.CodeUnclear {
			t.Errorf("%q: %v", pages, err)
		}
		if _, err := scripted(t, list).Orders(t.Context(), OrderFilter{}); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%q: %v", pages, err)
		}
	}
	none := resttest.Call{Reply: `{"success":true,"data":{"orders":[],"pagination":{"totalPages":0}}}`}
	if _, err := adapter(t, none).Find(t.Context(), wanted(), nil); codeOf(err) != order.CodeUnknown {
		t.Errorf("no order at all: %v", err)
	}
}

// An order from before the purchase was sent is not it, whatever the vendor
// makes of "from": its codes are somebody else's.
func TestFindTakesNoOlderOrder(t *testing.T) {
	item := func(id, at string) string {
		return `{"id":"` + id + `","productId":"p60","quantity":2,"unitPrice":"0.85","totalAmount":"1.70","currency":"USDT","status":"COMPLETED","createdAt":"` + at + `"}`
	}
	nobody := func(string) (bool, error) { return false, nil }
	_, err := adapter(t, ordersCall(item("ord8", "2026-03-14T12:06:00.000Z"))).Find(t.Context(), wanted(), nobody)
	if codeOf(err) != order.CodeUnknown {
		t.Errorf("a day older: %v", err)
	}
	got, err := adapter(t, ordersCall(item("ord8", "2026-03-14T12:06:00.000Z"), item("ord1", "2026-03-15T12:06:01.000Z")), orderCall(t, "order.json")).Find(t.Context(), wanted(), nobody)
	if err != nil || got.External != "ord1" {
		t.Errorf("beside an older one: %+v %v", got, err)
	}
}
