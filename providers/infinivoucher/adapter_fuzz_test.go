package infinivoucher

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
)

// FuzzReceipt: whatever the vendor answers to a purchase, codes and money that
// do not fit what was wanted are told, and no code is printed.
func FuzzReceipt(f *testing.F) {
	for _, name := range []string{"buy.json", "buy_odd_codes.json", "buy_replayed_without_codes.json", "buy_seed_sample.json", "order.json", "order_pending.json"} {
		f.Add([]byte(body(f, name)))
	}
	for _, text := range []string{
		`{"success":true,"data":{"order":{"id":"x","productId":"p","quantity":2,"unitPrice":-1,"totalAmount":-2,"currency":"USDT","status":"COMPLETED"},"codes":[{"index":1,"code":"A"},{"index":0,"code":"B"}]}}`,
		`{"success":true,"data":{"order":{"id":"x","quantity":-9223372036854775808,"unitPrice":1e99,"totalAmount":"1e-99"},"wallet":{"deducted":null}}}`,
		`{"success":true,"data":{"order":{"id":"x"},"codes":[null,{"code":7}]}}`, `{"success":true,"data":[]}`, "null",
	} {
		f.Add([]byte(text))
	}
	wanted := Wanted{ProductID: "p", Quantity: 2, Ceiling: decimal.New(1, 1)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w wireReceipt
		if data(&w)(rest.Response{Body: raw}) != nil {
			return
		}
		r := w.receipt()
		for _, c := range r.Codes {
			if printed := fmt.Sprintf("%v%+v%#v", c, c, c); len(c.Reveal()) > 12 && strings.Contains(printed, c.Reveal()) {
				t.Fatal("a code is printed")
			}
		}
		out := receipt(order.Purchase{}, r, wanted)
		if out.External == "" || out.Total > order.MaxMoney {
			t.Fatalf("%+v", out)
		}
		if len(out.Mismatch) > 0 || out.Pending || out.Failed {
			return
		}
		if out.Item != wanted.ProductID || len(out.Pieces) != wanted.Quantity || out.Total < 0 || out.Total > order.Money(20_000_000) {
			t.Fatalf("taken for what was wanted: %d pieces of %q for %s", len(out.Pieces), out.Item, out.Total)
		}
		if out.Pieces[0].Code == "" || out.Pieces[0].Code == out.Pieces[1].Code {
			t.Fatal("a code is empty or the same as another")
		}
	})
}

// FuzzLists: whatever the vendor answers about its goods and our wallet, a
// product is in stock only at a price, and what is not there does not read as
// an empty shop.
func FuzzLists(f *testing.F) {
	for _, name := range []string{"products_page1.json", "products_page2.json", "orders_page1.json", "orders_page2.json", "wallet.json", "health.json"} {
		f.Add([]byte(body(f, name)))
	}
	f.Add([]byte(`{"success":true,"data":{"categories":[{"id":"c","products":[{"id":"p","price":-1,"stockStatus":"IN_STOCK","availableQuantity":9}]},{"id":"c","products":null}],"orders":[null],"items":[]}}`))
	f.Add([]byte(`{"success":true,"data":{"wallet":{"balance":"1e99","currency":"USDT"},"transactions":[1,null,{"id":7,"type":"deposit","direction":"out","amount":"x"}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := rest.Response{Body: raw}
		var products wireProducts
		if data(&products)(answer) == nil {
			var all catalogue
			all.merge(*products.Categories)
			all.merge(*products.Categories)
			checkCatalogue(t, all.categories)
		}
		var orders wireOrders
		if data(&orders)(answer) == nil {
			for _, o := range orders.all() {
				_ = o.order()
			}
		}
		var wallet wireWallet
		if data(&wallet)(answer) == nil {
			if w := wallet.wallet(); w.Currency == "" {
				t.Fatalf("wallet %+v", w)
			}
			for _, one := range wallet.Transactions {
				if m, err := readTransaction(one); err == nil && m.Kind == TransactionDeposit && m.Currency != strings.ToUpper(m.Currency) {
					t.Fatalf("transaction %+v", m)
				}
			}
		}
	})
}

// checkCatalogue: what was read twice is there once.
func checkCatalogue(t *testing.T, list []Category) {
	t.Helper()
	categories := map[string]bool{}
	for _, c := range list {
		if categories[c.ID] {
			t.Fatalf("category %q is there twice", c.ID)
		}
		categories[c.ID] = true
		products := map[string]bool{}
		for _, p := range c.Products {
			if products[p.ID] || p.ID == "" || p.Stock < 0 || p.Stock > 0 && !p.Price.IsPositive() {
				t.Fatalf("product %+v", p)
			}
			products[p.ID] = true
		}
	}
}
