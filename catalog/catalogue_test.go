package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
)

// fakeSource is a supplier whose answers a test sets.
type fakeSource struct {
	mu         sync.Mutex
	name       string
	list       []Listing
	balance    order.Money
	err        error
	balanceErr error
	reads      int
}

func (f *fakeSource) Name() string { return f.name }

func (f *fakeSource) Read(context.Context) ([]Listing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	return f.list, f.err
}

func (f *fakeSource) Balances(context.Context) (map[string]order.Money, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.balanceErr != nil {
		return nil, f.balanceErr
	}
	return map[string]order.Money{f.name: f.balance}, nil
}

func (f *fakeSource) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

type fakeClock struct{ now time.Time }

func (f *fakeClock) Now() time.Time { return f.now }

func (f *fakeClock) add(d time.Duration) { f.now = f.now.Add(d) }

type fakeMeter struct {
	mu    sync.Mutex
	reads map[string]int
	ages  map[string]int64
}

func newMeter() *fakeMeter { return &fakeMeter{reads: map[string]int{}, ages: map[string]int64{}} }

func (f *fakeMeter) CatalogueRead(supplier string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads[fmt.Sprint(supplier, " ", ok)]++
}

func (f *fakeMeter) CatalogueAge(supplier string, seconds int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ages[supplier] = seconds
}

func listing(item, category, price string, stock int) Listing {
	return Listing{
		Item: item, Name: "Name " + item, CategoryID: "c-" + category, CategoryName: category,
		Price: decimal.RequireFromString(price), Currency: "USDT", Stock: stock,
	}
}

type world struct {
	*Catalogue
	clock  *fakeClock
	meter  *fakeMeter
	source *fakeSource
}

func newWorld(t *testing.T, more ...Source) *world {
	t.Helper()
	w := &world{
		clock:  &fakeClock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)},
		meter:  newMeter(),
		source: &fakeSource{name: "infinivoucher", list: []Listing{listing("a", "Zeta", "0.85", 5), listing("b", "alpha", "10", 0), listing("c", "Zeta", "2", 9)}, balance: 100 * order.Cent},
	}
	c, err := New(Config{
		Sources: append([]Source{w.source}, more...), Markup: Markup{Percent: decimal.New(10, 0)},
		Clock: w.clock, Meter: w.meter, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Catalogue = c
	return w
}

func (w *world) mustRefresh(t *testing.T) {
	t.Helper()
	if err := w.Refresh(t.Context()); err != nil {
		t.Fatalf("refresh: %v", err)
	}
}

func TestSnapshotHoldsWhatTheSupplierSells(t *testing.T) {
	w := newWorld(t)
	if got := w.Snapshot().Categories(order.KindVoucher); len(got) != 0 {
		t.Fatalf("an empty catalogue has categories: %v", got)
	}
	w.mustRefresh(t)
	s := w.Snapshot()
	want := []Category{
		{ID: "infinivoucher:c-alpha", Name: "alpha", Products: []string{"infinivoucher:b"}},
		{ID: "infinivoucher:c-Zeta", Name: "Zeta", Products: []string{"infinivoucher:a", "infinivoucher:c"}},
	}
	if diff := cmp.Diff(want, s.Categories(order.KindVoucher)); diff != "" {
		t.Errorf("categories, by name in any case (-want +got):\n%s", diff)
	}
	got, ok := s.Product("infinivoucher:a")
	wantProduct := Product{
		ID: "infinivoucher:a", Supplier: "infinivoucher", Item: "a", Category: "infinivoucher:c-Zeta",
		Name: "Name a", Title: "Zeta Name a", Cost: 850_000, Price: 940_000, Stock: 5, Purse: "infinivoucher", Markup: Markup{Percent: decimal.New(10, 0)},
	}
	if diff := cmp.Diff(wantProduct, got); diff != "" || !ok {
		t.Errorf("product (-want +got), found %v:\n%s", ok, diff)
	}
	if p, ok := s.Product("infinivoucher:b"); !ok || p.Stock != 0 {
		t.Errorf("out of stock must stay visible, got %v %v", p, ok)
	}
	if _, ok := s.Product("infinivoucher:zzz"); ok {
		t.Error("an unknown product was found")
	}
	if _, ok := s.Category("infinivoucher:zzz"); ok {
		t.Error("an unknown category was found")
	}
	if s.ReadAt() != order.At(w.clock.Now()) {
		t.Errorf("read at %d", s.ReadAt())
	}
}

func TestASnapshotNeverChanges(t *testing.T) {
	w := newWorld(t)
	w.mustRefresh(t)
	old := w.Snapshot()
	w.clock.add(MinInterval)
	w.source.set(func() { w.source.list = []Listing{listing("new", "Zeta", "3", 1)} })
	w.mustRefresh(t)
	if _, ok := old.Product("infinivoucher:a"); !ok {
		t.Error("the old snapshot lost a product")
	}
	if _, ok := w.Snapshot().Product("infinivoucher:a"); ok {
		t.Error("a product that is gone is still sold")
	}
	if _, ok := w.Snapshot().Category("infinivoucher:c-alpha"); ok {
		t.Error("a category without products is still shown")
	}
}

func TestRefreshWaitsAMinute(t *testing.T) {
	w := newWorld(t)
	w.mustRefresh(t)
	for _, step := range []struct {
		wait  time.Duration
		reads int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {30 * time.Second, 2}, {-time.Hour, 3}} {
		w.clock.add(step.wait)
		w.mustRefresh(t)
		if w.source.reads != step.reads {
			t.Errorf("after %v more: %d reads, want %d", step.wait, w.source.reads, step.reads)
		}
	}
}

func TestAnIntervalBelowAMinuteIsAMinute(t *testing.T) {
	w := newWorld(t)
	c, err := New(Config{Sources: []Source{w.source}, Clock: w.clock, Meter: w.meter, Log: slog.Default(), Interval: time.Second})
	if err != nil || c.cfg.Interval != MinInterval {
		t.Errorf("interval %v, err %v", c.cfg.Interval, err)
	}
}

func TestASupplierNeverReadIsTriedSooner(t *testing.T) {
	w := newWorld(t)
	w.source.err = errors.New("down")
	if err := w.Refresh(t.Context()); err == nil {
		t.Fatal("the error was swallowed")
	}
	if w.meter.ages["infinivoucher"] != -1 {
		t.Errorf("age %d, want -1 for never", w.meter.ages["infinivoucher"])
	}
	w.source.err = nil
	w.clock.add(firstRetry)
	w.mustRefresh(t)
	if len(w.Snapshot().Categories(order.KindVoucher)) == 0 {
		t.Error("nothing for sale after the supplier came back")
	}
}

func TestStaleListIsSoldUntilTooOld(t *testing.T) {
	other := &fakeSource{name: "other", list: []Listing{listing("x", "Other", "1", 1)}}
	w := newWorld(t, other)
	w.mustRefresh(t)
	w.source.err = errors.New("down")

	w.clock.add(29 * time.Minute)
	if err := w.Refresh(t.Context()); err == nil {
		t.Fatal("the failing supplier was not reported")
	}
	if _, ok := w.Snapshot().Product("infinivoucher:a"); !ok {
		t.Error("the stale list was dropped too early")
	}
	if age := w.meter.ages["infinivoucher"]; age != 29*60 {
		t.Errorf("age %d s", age)
	}

	w.clock.add(2 * time.Minute)
	_ = w.Refresh(t.Context()) // the same failure
	if _, ok := w.Snapshot().Product("infinivoucher:a"); ok {
		t.Error("a list older than the limit is still sold")
	}
	if _, ok := w.Snapshot().Product("other:x"); !ok {
		t.Error("one supplier's failure hid another's products")
	}

	w.source.err = nil
	w.clock.add(MinInterval)
	w.mustRefresh(t)
	if _, ok := w.Snapshot().Product("infinivoucher:a"); !ok {
		t.Error("the supplier is back, its products are not")
	}
}

// A clock that jumps (the demo's does) must not hide what can be read again.
func TestAJumpOfTheClockHidesNothing(t *testing.T) {
	w := newWorld(t)
	w.mustRefresh(t)
	w.clock.add(25 * time.Hour)
	w.mustRefresh(t)
	if _, ok := w.Snapshot().Product("infinivoucher:a"); !ok {
		t.Error("hidden although the supplier answers")
	}
}

func TestHiddenWithAReason(t *testing.T) {
	w := newWorld(t)
	euro := listing("eur", "Z", "1", 1)
	euro.Currency = "EUR"
	nameless := listing("nameless", "Z", "1", 1)
	nameless.Name = " \n "
	huge := listing("huge", "Z", "1", 1)
	huge.Price = decimal.New(1, 2_000_000)
	w.source.list = []Listing{euro, nameless, huge, listing("free", "Z", "0", 1), listing("minus", "Z", "-1", 1), listing("a", "Z", "1", 1), listing("a", "Z", "2", 1)}
	w.mustRefresh(t)
	want := []Hidden{
		{"infinivoucher", "eur", "currency"}, {"infinivoucher", "nameless", "name"}, {"infinivoucher", "huge", "price"},
		{"infinivoucher", "free", "price"}, {"infinivoucher", "minus", "price"}, {"infinivoucher", "a", "twice"},
	}
	if diff := cmp.Diff(want, w.Hidden()); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
	if c := w.Snapshot().Categories(order.KindVoucher); len(c) != 1 || len(c[0].Products) != 1 {
		t.Errorf("visible: %v", c)
	}
}

func TestAvailable(t *testing.T) {
	w := newWorld(t)
	check := func(cost, reserved order.Money, want order.Code) {
		t.Helper()
		got := order.Code("")
		if err := w.Available("infinivoucher", cost, reserved); err != nil {
			got = order.CodeOf(err)
		}
		if got != want {
			t.Errorf("cost %v, reserved %v: %q, want %q", cost, reserved, got, want)
		}
	}
	check(1, 0, order.CodeSupply) // never read
	w.mustRefresh(t)
	check(order.Cent*100, 0, "")
	check(order.Cent*60, order.Cent*40, "")
	check(order.Cent*60, order.Cent*40+1, order.CodeSupply)
	check(-1, 0, order.CodeSupply)
	check(1, order.MaxMoney, order.CodeSupply)
	if err := w.Available("nobody", 0, 0); order.CodeOf(err) != order.CodeSupply {
		t.Errorf("unknown supplier: %v", err)
	}
	w.source.balanceErr = errors.New("down")
	w.clock.add(31 * time.Minute)
	if err := w.Refresh(t.Context()); err == nil {
		t.Error("a failed balance was not reported")
	}
	check(1, 0, order.CodeSupply) // too old to be believed
	if _, age, ok := w.BalanceAge("infinivoucher"); !ok || age != 31*time.Minute {
		t.Errorf("age %v, %v", age, ok)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	good := Config{Clock: &fakeClock{}, Meter: newMeter(), Log: slog.Default()}
	for name, change := range map[string]func(*Config){
		"no clock":      func(c *Config) { c.Clock = nil },
		"no meter":      func(c *Config) { c.Meter = nil },
		"no log":        func(c *Config) { c.Log = nil },
		"long name":     func(c *Config) { c.Sources = []Source{&fakeSource{name: "a-supplier-with-a-long-name"}} },
		"name with :":   func(c *Config) { c.Sources = []Source{&fakeSource{name: "a:b"}} },
		"supplier anon": func(c *Config) { c.Sources = []Source{&fakeSource{}} },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRunRefreshesUntilItIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fakeSource{name: "infinivoucher", list: []Listing{listing("a", "Z", "1", 1)}}
		c, err := New(Config{Sources: []Source{source}, Clock: realClock{}, Meter: newMeter(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { c.Run(ctx); close(done) }()
		synctest.Wait()
		if _, ok := c.Snapshot().Product("infinivoucher:a"); !ok {
			t.Error("not read at the start")
		}
		time.Sleep(3*time.Minute + 10*time.Second)
		cancel()
		<-done
		if source.reads != 4 {
			t.Errorf("%d reads in three minutes, want 4", source.reads)
		}
	})
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

// Readers and refreshes at once: for the race detector.
func TestReadersDoNotWaitForARefresh(t *testing.T) {
	blocked := &blockingSource{enter: make(chan struct{}), leave: make(chan struct{})}
	w := newWorld(t, blocked)
	go func() { _ = w.Refresh(context.Background()) }() // its error is not the point
	<-blocked.enter
	if err := w.Refresh(t.Context()); err != nil {
		t.Errorf("a second refresh: %v", err)
	}
	_ = w.Snapshot().Categories(order.KindVoucher)
	if _, ok := w.Balance("infinivoucher"); !ok {
		t.Error("the first supplier was read, its balance is not known")
	}
	close(blocked.leave)
}

type blockingSource struct{ enter, leave chan struct{} }

func (b *blockingSource) Name() string { return "slow" }

func (b *blockingSource) Read(context.Context) ([]Listing, error) {
	close(b.enter)
	<-b.leave
	return nil, nil
}

func (b *blockingSource) Balances(context.Context) (map[string]order.Money, error) {
	return map[string]order.Money{}, nil
}

func TestAWholeNameStandsAlone(t *testing.T) {
	w := newWorld(t)
	whole := listing("a", "Wallets", "1", 1)
	whole.Name, whole.Whole = "Steam Wallet Top Up", true
	w.source.list = []Listing{whole}
	w.mustRefresh(t)
	if p, _ := w.Snapshot().Product("infinivoucher:a"); p.Title != "Steam Wallet Top Up" {
		t.Errorf("title %q", p.Title)
	}
}

func TestTitleNamesTheCategoryOnce(t *testing.T) {
	for _, tt := range []struct{ category, name, want string }{
		{"PUBG Mobile", "60 UC", "PUBG Mobile 60 UC"},
		{"PUBG Mobile", "PUBG Mobile 60 UC", "PUBG Mobile 60 UC"},
		{"Netflix", "netflix $25", "netflix $25"},
		{noName, "60 UC", "60 UC"},
	} {
		if got := title(tt.category, tt.name); got != tt.want {
			t.Errorf("title(%q, %q) = %q, want %q", tt.category, tt.name, got, tt.want)
		}
	}
}
