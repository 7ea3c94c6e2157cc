package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/config"
	"giftbot/flows"
	"giftbot/order"
)

// safe is a vendor that tells what we have there: in time, late, in part, or
// not at all.
type safe struct {
	list []order.Holding
	err  error
	hang chan struct{} // waits for it, whatever becomes of the context
}

func (s safe) Holdings(context.Context) ([]order.Holding, error) {
	if s.hang != nil {
		<-s.hang
	}
	return s.list, s.err
}

func holding(account, asset, amount string) order.Holding {
	return order.Holding{Account: account, Asset: asset, Amount: decimal.RequireFromString(amount)}
}

// wares is a catalogue with these costs by purse.
type wares struct {
	catalog.Snapshot
	products []catalog.Product
}

func (w wares) Categories(kind order.Kind) []catalog.Category {
	if kind != order.KindTopUp {
		return nil
	}
	c := catalog.Category{ID: "c"}
	for _, p := range w.products {
		c.Products = append(c.Products, p.ID)
	}
	return []catalog.Category{c}
}

func (w wares) Product(id string) (catalog.Product, bool) {
	for _, p := range w.products {
		if p.ID == id {
			return p, true
		}
	}
	return catalog.Product{}, false
}

func counted(list ...account) *accounts {
	return &accounts{
		list: list, wait: 200 * time.Millisecond,
		standing: func(context.Context) (order.Standing, error) {
			return order.Standing{Reserved: map[string]order.Money{"plexy:USD": 5_000_000}, Sales: order.Sales{Off: true, By: 42}}, nil
		},
		catalog: func() catalog.Snapshot {
			return wares{products: []catalog.Product{
				{ID: "a", Purse: "plexy:USD", Cost: 2_000_000}, {ID: "b", Purse: "plexy:USD", Cost: 4_000_000}, {ID: "free", Purse: "plexy:USD"},
			}}
		},
		books: func(context.Context) (*reading, error) {
			return &reading{
				accounts: map[order.Account]order.Money{"supplier:plexy:USD": 19_000_000, "supplier:plexy:EUR": 1},
				kept:     map[string]bool{"plexy": true},
			}, nil
		},
	}
}

func TestBalancesOfAllVendors(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	c := counted(
		account{"infini", nil},
		account{"inventpay", safe{err: errors.New("refused")}},
		account{"plexy", safe{list: []order.Holding{holding("plexy:USD", "USD", "20.5")}}},
		account{"univoucher", safe{list: []order.Holding{holding("univoucher:1-ETH", "ETH", "0.25")}, err: errors.New("one chain is away")}},
		account{"infinivoucher", safe{hang: hang}},
	)
	began := time.Now()
	got, err := c.Balances(t.Context())
	if took := time.Since(began); err != nil || took > time.Second {
		t.Fatalf("%v after %v", err, took)
	}
	want := flows.BalancesResult{Sales: order.Sales{Off: true, By: 42}, Vendors: []flows.VendorBalance{
		{Vendor: "infini"},
		{Vendor: "inventpay", Failed: true},
		{
			Vendor: "plexy", Kept: true, Books: 19_000_000, Off: 1_500_000,
			Holdings: []flows.HoldingView{{Account: "plexy:USD", Asset: "USD", Amount: "20.5", Needed: 5_000_000, Covers: 5}}, // 15.5 at 3 each
		},
		{Vendor: "univoucher", Failed: true, Holdings: []flows.HoldingView{{Account: "univoucher:1-ETH", Asset: "ETH", Amount: "0.25", Covers: -1}}},
		{Vendor: "infinivoucher", Slow: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestNobodyWaitsForTheBooksForLong(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	one := account{"plexy", safe{list: []order.Holding{holding("plexy:USD", "USD", "1")}}}
	for name, read := range map[string]func(context.Context) (*reading, error){
		"slow":   func(context.Context) (*reading, error) { <-hang; return nil, nil },
		"failed": func(context.Context) (*reading, error) { return nil, errors.New("redis") },
		"first":  func(context.Context) (*reading, error) { return nil, nil },
	} {
		c := counted(one, one) // asked twice, read once
		c.books = read
		began := time.Now()
		got, err := c.Balances(t.Context())
		if took := time.Since(began); err != nil || took > time.Second || got.Vendors[1].Kept || len(got.Vendors[1].Holdings) != 1 {
			t.Errorf("%s: %v %+v after %v", name, err, got, took)
		}
	}
}

func TestNoBalancesWithoutTheStore(t *testing.T) {
	c := counted(account{"infini", nil})
	c.standing = func(context.Context) (order.Standing, error) { return order.Standing{}, errRedis }
	if _, err := c.Balances(t.Context()); order.CodeOf(err) != order.CodeNotSent {
		t.Error(err)
	}
}

var errRedis = &order.Error{Code: order.CodeNotSent, Op: "redis"}

func TestWhatIsReservedLeavesNothingForMore(t *testing.T) {
	v := viewOf(holding("plexy:USD", "USD", "2"), 5_000_000, 1_000_000)
	if v.Covers != 0 {
		t.Errorf("covers %d", v.Covers)
	}
	if v = viewOf(holding("x", "SHIB", "1e40"), 0, 1); v.Covers != -1 {
		t.Errorf("covers %d of what cannot be counted", v.Covers)
	}
}

// stopped is a supplier with products off sale.
type stopped struct {
	paused  map[string]string
	err     error
	resumed []string
}

func (s *stopped) Paused(context.Context) (map[string]string, error) { return s.paused, s.err }

func (s *stopped) Resume(_ context.Context, product string) error {
	s.resumed = append(s.resumed, product)
	return nil
}

func TestResume(t *testing.T) {
	for product, want := range map[string]order.Code{"456": "", "plexy:456@USD": "", "457": order.CodeUnknown, "": order.CodeUnknown, "infinivoucher:456": order.CodeUnknown} {
		s := &stopped{paused: map[string]string{"456": "charge"}}
		err := (&accounts{resume: s}).Resume(t.Context(), product)
		if want == "" && (err != nil || len(s.resumed) != 1 || s.resumed[0] != "456") || want != "" && (order.CodeOf(err) != want || len(s.resumed) != 0) {
			t.Errorf("%q: %v, resumed %v", product, err, s.resumed)
		}
	}
	if err := (&accounts{}).Resume(t.Context(), "456"); order.CodeOf(err) != order.CodeUnknown {
		t.Errorf("without Plexy: %v", err)
	}
	if err := (&accounts{resume: &stopped{err: errRedis}}).Resume(t.Context(), "456"); order.CodeOf(err) != order.CodeNotSent {
		t.Errorf("unknown what is off sale: %v", err)
	}
}

func TestDoctorTellsOfPayouts(t *testing.T) {
	infini := config.Infini{KeyID: "k", SecretKey: config.NewSecret("s")}
	inventPay := config.InventPay{APIKey: config.NewSecret("k"), WithdrawalKey: config.NewSecret("w")}
	on := config.Orders{PayoutDailyMax: decimal.NewFromInt(500)}
	second := config.Orders{PayoutDailyMax: decimal.NewFromInt(500), RefundTwoPerson: decimal.NewFromInt(100)}
	for _, tc := range []struct {
		cfg  config.Config
		ok   bool
		says string
	}{
		{config.Config{Infini: infini}, true, "off (PAYOUT_DAILY_MAX is 0): refunds stay store credit"},
		{config.Config{Infini: infini, InventPay: inventPay, Orders: on}, true, "up to 500 USD a day, by Infini and InventPay"},
		{config.Config{InventPay: inventPay, Orders: second}, true, "up to 500 USD a day, by InventPay; from 100 USD on two admins have to approve"},
		{config.Config{Orders: on}, false, "on, and no gateway can make them"},
	} {
		d := &doctor{cfg: tc.cfg}
		if f := d.payouts()[0].examine(t.Context()); f.OK != tc.ok || f.Says != tc.says || f.Do == "" != tc.ok {
			t.Errorf("%+v, want %q", f, tc.says)
		}
	}
}
