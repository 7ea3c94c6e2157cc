package inventpay

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestPaymentStories(t *testing.T) {
	hour := time.Hour
	for name, c := range map[string]struct {
		play func(b *bench, id string)
		want string
		told string
	}{
		"nothing": {func(*bench, string) {}, "PENDING 0/0 0", "created=PENDING"},
		"picked":  {func(b *bench, id string) { must(b.t, b.v.Select(id, "USDT_ERC20")) }, "PENDING 0/12.5 0", "created=PENDING pending=PENDING"},
		"exact": {func(b *bench, id string) { b.pay(id, PayOptions{}) }, "COMPLETED 12.5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"seen": {func(b *bench, id string) { b.pay(id, PayOptions{ConfirmAfter: 45 * time.Second}) }, "PROCESSING 12.5/12.5 0",
			"created=PENDING pending=PENDING pending=PROCESSING"},
		"confirming": {func(b *bench, id string) {
			b.pay(id, PayOptions{ConfirmAfter: 45 * time.Second})
			b.pass(30 * time.Second)
		}, "CONFIRMING 12.5/12.5 10",
			"created=PENDING pending=PENDING pending=PROCESSING"},
		"confirmed": {func(b *bench, id string) {
			b.pay(id, PayOptions{ConfirmAfter: 45 * time.Second})
			b.pass(45 * time.Second)
		}, "COMPLETED 12.5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"confirmed after expiry": {func(b *bench, id string) { b.pay(id, PayOptions{ConfirmAfter: 2 * hour}); b.pass(3 * hour) }, "COMPLETED 12.5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"covered, never confirmed": {func(b *bench, id string) { b.pay(id, PayOptions{Confirming: true}); b.pass(3 * hour) }, "PROCESSING 12.5/12.5 0",
			"created=PENDING pending=PENDING pending=PROCESSING"},
		"short": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "5"}) }, "UNDERPAID 5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING underpaid=UNDERPAID"},
		"two halves": {func(b *bench, id string) { b.pay(id, PayOptions{Base: "6.25"}); b.pay(id, PayOptions{}) }, "COMPLETED 12.5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING underpaid=UNDERPAID pending=PROCESSING completed=COMPLETED"},
		"short, closed": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "5"}); b.pass(hour) }, "EXPIRED 5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING underpaid=UNDERPAID expired=EXPIRED"},
		"short and confirming, closed": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "5", Confirming: true}); b.pass(hour) }, "EXPIRED 5/12.5 15",
			"created=PENDING pending=PENDING pending=PROCESSING expired=EXPIRED"},
		"over":   {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "20"}) }, "COMPLETED 20/12.5 15", "created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"twice":  {func(b *bench, id string) { b.pay(id, PayOptions{}); b.pay(id, PayOptions{}) }, "COMPLETED 25/12.5 15", "created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"unpaid": {func(b *bench, _ string) { b.pass(hour) }, "EXPIRED 0/0 0", "created=PENDING expired=EXPIRED"},
		"late":   {func(b *bench, id string) { b.pass(hour); b.pay(id, PayOptions{}); b.pass(hour) }, "EXPIRED 12.5/12.5 15", "created=PENDING expired=EXPIRED"},
		"in bitcoin": {func(b *bench, id string) { b.pay(id, PayOptions{Coin: "BTC"}) }, "COMPLETED 0.00019456/0.00019456 3",
			"created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"},
		"failed":    {func(b *bench, id string) { b.apply(Change{Fail: &id}) }, "FAILED 0/0 0", "created=PENDING failed=FAILED"},
		"cancelled": {func(b *bench, id string) { b.apply(Change{Cancel: &id}) }, "CANCELLED 0/0 0", "created=PENDING"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.invoice()
			b.tick()
			c.play(b, id)
			b.wantLive(id, c.want)
			b.tick()
			if got := b.told(); got != c.told {
				t.Errorf("told %q\nwant %q", got, c.told)
			}
		})
	}
}

func TestLateMoneyCompletesWhenSet(t *testing.T) {
	b := newBench(t)
	b.apply(Change{LateCompletes: ptr(true)})
	id := b.invoice()
	b.pay(id, PayOptions{Amount: "5"})
	b.pass(2 * time.Hour)
	b.wantLive(id, "EXPIRED 5/12.5 15")
	b.pay(id, PayOptions{Amount: "7.5", ConfirmAfter: time.Minute})
	if at, ok := b.v.NextDue(); !ok || at.After(b.clock.Now().Add(time.Minute)) {
		t.Errorf("next due %v %v", at, ok)
	}
	b.wantLive(id, "EXPIRED 12.5/12.5 0")
	b.pass(time.Minute)
	b.wantLive(id, "COMPLETED 12.5/12.5 15")
}

func TestReadingsOfAStatus(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.pay(id, PayOptions{Amount: "5"})
	b.apply(Change{Envelope: ptr(true), Numbers: ptr(true), FourStatuses: ptr(true)})
	if got := b.live(id); got.data["status"] != "PENDING" || got.data["currentBalance"] != 5.0 || got.data["requiredAmount"] != 12.5 || got.root["success"] != true {
		t.Errorf("%s", got.raw)
	}
	b.apply(Change{ShowStatus: map[string]string{id: "SETTLED"}})
	if got := b.live(id); got.data["status"] != "SETTLED" {
		t.Errorf("%s", got.raw)
	}
	b.apply(Change{ShowStatus: map[string]string{id: ""}, Envelope: ptr(false), FourStatuses: ptr(false)})
	if got := b.live(id); got.root["status"] != "UNDERPAID" || got.root["completedAt"] != nil {
		t.Errorf("%s", got.raw)
	}
	b.pay(id, PayOptions{})
	if got := b.live(id); got.root["completedAt"] != "2026-03-01T12:00:00.000Z" {
		t.Errorf("%s", got.raw)
	}
}

func TestSelect(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	for _, coin := range []string{"BTC", "SOL", "SOL", "LTC", "ETH"} {
		must(t, b.v.Select(id, coin))
	}
	book, _ := b.v.Payment(id)
	if book.Coin != "ETH" || book.Required.String() != "0.0040059" || book.Address == "" {
		t.Errorf("%+v", book)
	}
	b.pay(id, PayOptions{Amount: "0.001"})
	for coin, want := range map[string]string{"BTC": "this payment takes ETH", "DOGE": `coin "DOGE" is not offered`, "": `coin "" is not offered`} {
		if err := b.v.Select(id, coin); err == nil || err.Error() != want {
			t.Errorf("%q: %v", coin, err)
		}
	}
	fixed := b.make("/create_payment", `{"amount":1,"amountCurrency":"USD","currency":"LTC"}`)
	if err := b.v.Select(fixed, "BTC"); err == nil {
		t.Error("a fixed payment changed its coin")
	}
	b.pass(2 * time.Hour)
	if err := b.v.Select(fixed, "LTC"); err == nil {
		t.Error("a closed payment took a coin")
	}
	if err := b.v.Select("no", "BTC"); !errors.Is(err, ErrUnknownPayment) {
		t.Error(err)
	}
}

func TestBadPayments(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	for _, opts := range []PayOptions{{Amount: "0"}, {Amount: "-1"}, {Base: "x"}, {Amount: "1", Base: "1"}, {Coin: "DOGE"}, {ConfirmAfter: -1}, {Amount: "0.0000001"}} {
		if _, err := b.v.Pay(id, opts); err == nil {
			t.Errorf("%+v was accepted", opts)
		}
	}
	b.wantLive(id, "PENDING 0/0 0")
	b.pay(id, PayOptions{Confirming: true})
	if n, err := b.v.Confirm(id); n != 1 || err != nil {
		t.Error(n, err)
	}
	b.wantLive(id, "COMPLETED 12.5/12.5 15")
	if n, err := b.v.Confirm(id); n != 0 || err != nil {
		t.Error(n, err)
	}
	for _, err := range []error{second(b.v.Pay("no", PayOptions{})), second(b.v.Confirm("no")), b.v.Fail("no", statusFailed, "")} {
		if !errors.Is(err, ErrUnknownPayment) {
			t.Error(err)
		}
	}
	if err := b.v.Fail(id, statusFailed, ""); err == nil {
		t.Error("a completed payment failed")
	}
}

func second[T any](_ T, err error) error { return err }

// A price paid in its base currency is met to the last digit of every coin.
func TestBaseAmountsMeetThePrice(t *testing.T) {
	b := newBench(t)
	for _, coin := range coinCodes() {
		id := b.make("/create_invoice", `{"amount":17.77,"amountCurrency":"USD"}`)
		b.pay(id, PayOptions{Coin: coin, Base: "17.77"})
		book, _ := b.v.Payment(id)
		if book.Status != statusCompleted || !book.Remaining.IsZero() || book.InBase(book.Confirmed).String() != "17.77" {
			t.Errorf("%s: %s, remaining %s", coin, book.Status, book.Remaining)
		}
		c, _ := findCoin(coin)
		if worth := book.Required.Mul(defaultSettings().price(c)); worth.LessThan(decimal.RequireFromString("17.77")) {
			t.Errorf("%s: %s coins are worth only %s", coin, book.Required, worth)
		}
	}
}

func TestRatesAreLocked(t *testing.T) {
	b := newBench(t)
	id := b.make("/create_invoice", `{"amount":10,"amountCurrency":"USD"}`)
	b.apply(Change{Prices: map[string]string{"BTC": "10"}})
	b.pay(id, PayOptions{Coin: "BTC"})
	b.wantLive(id, "COMPLETED 0.00015565/0.00015565 3")
	dear := b.make("/create_payment", `{"amount":0.5,"amountCurrency":"LTC","currency":"BTC"}`)
	b.wantLive(dear, "PENDING 0/4.21 0")
}

func TestBooksAddUp(t *testing.T) {
	b := newBench(t)
	over, late, short := b.invoice(), b.invoice(), b.invoice()
	b.pay(over, PayOptions{Amount: "20"})
	b.pay(over, PayOptions{Amount: "1", ConfirmAfter: time.Minute})
	b.pay(short, PayOptions{Coin: "LTC", Base: "5"})
	b.pass(time.Hour)
	b.pay(late, PayOptions{})
	books := b.v.Books()
	usdt := books.Balances["USDT_BEP20"]
	// 500 at first, 21 less 1 % of it; neither the late 12.5 nor the short LTC is anybody's.
	if got := fmt.Sprint(usdt.Available, usdt.Fees, books.Unclaimed["USDT_BEP20"], books.Unclaimed["LTC"]); got != "520.79 0.21 12.5 0.05938242" {
		t.Errorf("available, fees, unclaimed: %s", got)
	}
	if !books.Payments[2].WasUnderpaid || books.Payments[0].Settled.String() != "20.79" || books.Payments[0].OrderID != "ord_1001" || len(books.Payments[0].Transfers) != 2 {
		t.Errorf("%+v", books.Payments)
	}
	if _, ok := b.v.Payment("no"); ok {
		t.Error("a payment that was never made")
	}
}

func TestNextDueFollowsTime(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.tick()
	start := b.clock.Now()
	due := func(want time.Duration, some bool) {
		t.Helper()
		at, ok := b.v.NextDue()
		if ok != some || (ok && !at.Equal(start.Add(want))) {
			t.Errorf("due after %v %v, want %v %v", at.Sub(start), ok, want, some)
		}
	}
	due(time.Hour, true)
	b.pay(id, PayOptions{ConfirmAfter: time.Minute})
	b.tick()
	due(time.Minute, true)
	b.pass(time.Minute)
	due(0, false)
}
