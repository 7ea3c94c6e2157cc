package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/sandbox/infini"
)

type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

// wallet is a supplier's side of the catalogue.
type wallet struct{ balance order.Money }

func (w *wallet) Name() string { return "infinivoucher" }

func (w *wallet) Read(context.Context) ([]catalog.Listing, error) {
	return []catalog.Listing{{Item: "uc60", Name: "60 UC", CategoryID: "c", CategoryName: "PUBG", Price: decimal.RequireFromString("0.85"), Currency: "USDT", Stock: 5}}, nil
}

func (w *wallet) Balances(context.Context) (map[string]order.Money, error) {
	return map[string]order.Money{w.Name(): w.balance}, nil
}

// till is the supplier's selling side: it gives one answer.
type till struct {
	order.Supplier
	receipt order.Receipt
	err     error
}

func (s *till) Buy(context.Context, order.Purchase) (order.Receipt, error) { return s.receipt, s.err }

// The balance in the catalogue is up to a minute old. What was bought since it
// was read must not be promised to the next buyer.
func TestFundsCountWhatWasSpentSinceTheBalanceWasRead(t *testing.T) {
	clock := &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}
	w := &wallet{balance: 10_000_000}
	c, err := catalog.New(catalog.Config{
		Sources: []catalog.Source{w}, Clock: clock, Meter: meter{webhook.NewMetrics()}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	v := vendors{spent: newSpending(clock)}
	answers := &till{}
	f, supplier := v.funds(c), v.spent.watch(answers)
	balance := func(want order.Money) {
		t.Helper()
		if got, known := f.Balance("infinivoucher"); !known || got != want {
			t.Errorf("balance %v %v, want %v", got, known, want)
		}
	}
	if _, known := f.Balance("infinivoucher"); known {
		t.Error("a balance that was never read is known")
	}
	if err = c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	balance(10_000_000)

	clock.now = clock.now.Add(10 * time.Second)
	buy := func(r order.Receipt, failure error) {
		t.Helper()
		answers.receipt, answers.err = r, failure
		if _, got := supplier.Buy(t.Context(), order.Purchase{UnitCost: 850_000, Quantity: 2, Purse: "infinivoucher"}); !errors.Is(got, failure) {
			t.Errorf("the purchase returned %v", got)
		}
	}
	buy(order.Receipt{Total: 1_700_000}, nil)
	balance(8_300_000)
	buy(order.Receipt{}, &order.Error{Code: order.CodeUnclear, Op: "buy"}) // it may have been taken
	balance(6_600_000)
	buy(order.Receipt{}, &order.Error{Code: order.CodeStock, Op: "buy"}) // it was not
	balance(6_600_000)
	buy(order.Receipt{Pending: true}, nil)
	balance(4_900_000)

	w.balance = 4_900_000
	clock.now = clock.now.Add(2 * time.Minute)
	if err = c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	balance(4_900_000)
}

func TestInfiniWebhooksBecomeNotices(t *testing.T) {
	const secret = "whsec_test_0123456789"
	now := time.Unix(1_763_512_573, 0)
	n, err := order.NewNumber(zeros{}, 3)
	if err != nil {
		t.Fatal(err)
	}
	send := func(sign, body string) (webhook.Notice, error) {
		h := http.Header{}
		h.Set("X-Webhook-Timestamp", "1763512573")
		h.Set("X-Webhook-Event-Id", "evt-1")
		h.Set("X-Webhook-Signature", infini.SignWebhook(sign, "1763512573", "evt-1", []byte(body)))
		return verifyInfini([]string{secret, ""})(h, []byte(body), now)
	}
	ours := `{"event":"order.completed","order_id":"20290d05-8f5c-4ecb-84f0-f78d6f30557f","client_reference":"` + n.Reference(2) + `","status":"paid"}`
	got, err := send(secret, ours)
	want := webhook.Notice{Number: n, Hint: order.Hint{Event: "evt-1", Payment: 2, External: "20290d05-8f5c-4ecb-84f0-f78d6f30557f", Signed: true, Gateway: "infini"}}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = send(secret, `{"event":"order.completed","order_id":"x","client_reference":"another-shop-1"}`); err != nil || got.Number != "" {
		t.Errorf("an order of another shop: %+v, %v", got, err)
	}
	if _, err = send(secret, `{"event":`); !errors.Is(err, webhook.ErrMalformed) {
		t.Errorf("a body that is no event: %v", err)
	}
	if _, err = send("another secret 0123456789", ours); err == nil || errors.Is(err, webhook.ErrMalformed) {
		t.Errorf("a forged webhook: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestSupplierWebhooksNameAnOrderAndNothingElse(t *testing.T) {
	id, err := voucherOrder([]byte(`{"event":"order.completed","data":{"order_id":"clx1","status":"COMPLETED"}}`))
	if id != "clx1" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
	if _, err = voucherOrder([]byte(`[]`)); err == nil {
		t.Error("a body that is no hint was read")
	}
}

// shelfOf is a catalogue of one product.
type shelfOf struct {
	catalog.Snapshot
	product catalog.Product
}

func (s shelfOf) Product(id string) (catalog.Product, bool) { return s.product, id == s.product.ID }

func TestWhatIsOffSaleIsOutOfStock(t *testing.T) {
	shelf := shelfOf{product: catalog.Product{ID: "plexy:456@USD", Supplier: "plexy", Item: "456@USD", Stock: 7}}
	for _, tc := range []struct {
		id     string
		paused bool
		stock  int
		found  bool
	}{
		{"plexy:456@USD", false, 7, true},
		{"plexy:456@USD", true, 0, true},
		{"plexy:457@USD", true, 7, false},
	} {
		s := onSale{shelf, func(supplier, item string) bool { return tc.paused && supplier == "plexy" && item == "456@USD" }}
		if p, ok := s.Product(tc.id); ok != tc.found || ok && p.Stock != tc.stock {
			t.Errorf("%s paused %v: %d in stock, found %v", tc.id, tc.paused, p.Stock, ok)
		}
	}
}

// The gateways' own terms stay; the shop adds its least link, and whether
// surplus waits for a person.
func TestTermsOfAGatewayAreTheShopsAsWell(t *testing.T) {
	for name, tc := range map[string]struct {
		own  order.GatewayTerms
		hold bool
		want order.GatewayTerms
	}{
		"held":     {order.GatewayTerms{Tolerance: 5, Watch: time.Hour}, true, order.GatewayTerms{Tolerance: 5, Watch: time.Hour, Keeps: true, Least: 1_000_000}},
		"credited": {order.GatewayTerms{Twins: true}, false, order.GatewayTerms{Twins: true, Least: 1_000_000}},
		"stricter": {order.GatewayTerms{Least: 2_000_000}, false, order.GatewayTerms{Least: 2_000_000}},
	} {
		if got := (gateway{checkouts{terms: tc.own}, tc.hold}).Terms(); got != tc.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// checkouts is a gateway that has terms and nothing else.
type checkouts struct {
	order.Gateway
	terms order.GatewayTerms
}

func (c checkouts) Terms() order.GatewayTerms { return c.terms }
