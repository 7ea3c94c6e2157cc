package plexy

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// products are n product objects from an id on.
func products(from, n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = `{"id":` + strconv.Itoa(from+i) + `,"is_active":true}`
	}
	return "[" + strings.Join(items, ",") + "]"
}

func pageOf(items, more string) string { return `{"items":` + items + more + `}` }

// Sheet §3 and §11: array or page, paged while full.
func TestProductPages(t *testing.T) {
	tests := map[string]struct {
		replies []string
		want    int // products, −1 for an error
	}{
		"one page":                 {[]string{pageOf(products(1, 3), `,"page":1,"pageSize":50,"total":3`)}, 3},
		"without a total":          {[]string{pageOf(products(1, 50), ``), pageOf(products(51, 1), ``)}, 51},
		"full, then empty":         {[]string{pageOf(products(1, 50), ``), pageOf(`[]`, ``)}, 50},
		"smaller pages, told":      {[]string{pageOf(products(1, 20), `,"pageSize":20`), pageOf(products(21, 5), `,"pageSize":20`)}, 25},
		"smaller pages, not told":  {[]string{pageOf(products(1, 20), `,"total":25`), pageOf(products(21, 5), `,"total":25`)}, 25},
		"a bare array":             {[]string{products(1, 3)}, 3},
		"a bare array of all":      {[]string{products(1, 120)}, 120},
		"bare arrays, paged":       {[]string{products(1, 50), products(51, 7)}, 57},
		"a bare array, not paged":  {[]string{products(1, 50), products(1, 50)}, 50},
		"none":                     {[]string{`[]`}, 0},
		"moved between pages":      {[]string{pageOf(products(1, 50), `,"total":51`), pageOf(products(50, 2), `,"total":52`)}, 51},
		"the same page again":      {[]string{pageOf(products(1, 50), `,"total":90`), pageOf(products(1, 50), `,"total":90`)}, -1},
		"ends before its total":    {[]string{pageOf(products(1, 50), `,"total":90`), pageOf(`[]`, `,"total":90`)}, -1},
		"no items":                 {[]string{`{"page":1}`}, -1},
		"one cannot be read":       {[]string{`[{"id":1},{"id":2,"price":"N/A"},{"id":"x"},{"name":"nameless"}]`}, 1},
		"none can be read":         {[]string{`[{"id":"x"}]`}, -1},
		"the second page is down":  {[]string{pageOf(products(1, 50), ``), ""}, -1},
		"the same product renewed": {[]string{`[{"id":1,"name":"a"},{"id":1,"name":"b"}]`}, 1},
	}
	for name, tt := range tests {
		var calls []resttest.Call
		for i, reply := range tt.replies {
			call := get(fmt.Sprintf("/products?page=%d&pageSize=50", i+1), reply)
			if reply == "" {
				call.Status = 500
			}
			calls = append(calls, call)
		}
		got, err := scripted(t, calls...).Products(t.Context())
		switch {
		case tt.want < 0 && rest.KindOf(err) != rest.KindUnclear:
			t.Errorf("%s: %d, %v", name, len(got), err)
		case tt.want >= 0 && (err != nil || len(got) != tt.want):
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
	}
}

func TestPagingEnds(t *testing.T) {
	calls := make([]resttest.Call, maxPages)
	for i := range calls {
		calls[i] = resttest.Call{Reply: pageOf(products(i*50, 50), ``)}
	}
	if _, err := scripted(t, calls...).Products(t.Context()); rest.As(err) == nil || rest.As(err).Code != CodePages {
		t.Errorf("endless paging: %v", err)
	}
	for i := range calls {
		calls[i].Reply = pageOf(`[`+strings.Repeat(`{"id":"o`+strconv.Itoa(i)+`","status":"pending"},`, 49)+`{"id":"p`+strconv.Itoa(i)+`","status":"pending"}]`, ``)
	}
	if err := scripted(t, calls...).Orders(t.Context(), OrderFilter{}, func([]Order) bool { return false }); rest.As(err) == nil || rest.As(err).Code != CodePages {
		t.Errorf("endless orders: %v", err)
	}
}

func TestOneUnreadableOrderIsAnError(t *testing.T) {
	c := scripted(t, get("/orders?page=1&pageSize=50&product_id=456&status=failed", pageOf(`[`+body(t, "order_created.json")+`,{"id":7}]`, ``)))
	err := c.Orders(t.Context(), OrderFilter{Status: StatusFailed, ProductID: "456"}, func([]Order) bool { return false })
	if rest.As(err) == nil || rest.As(err).Code != rest.CodeUndecodable {
		t.Errorf("%v", err)
	}
}
