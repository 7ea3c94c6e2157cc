package inventpay

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestFall(t *testing.T) {
	const paid = "created=PENDING pending=PENDING pending=PROCESSING completed=COMPLETED"
	const short = "created=PENDING pending=PENDING pending=PROCESSING underpaid=UNDERPAID"
	for name, c := range map[string]struct {
		play func(b *bench, id string)
		want string
		told string
	}{
		"part of a completed payment": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			must(b.t, b.v.Fall(id, "2.00", ""))
		}, "COMPLETED 10.5/12.5 15", paid},
		"all of it": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			must(b.t, b.v.Fall(id, "12.5", ""))
		}, "COMPLETED 0/12.5 0", paid},
		"in bitcoin": {func(b *bench, id string) {
			b.pay(id, PayOptions{Coin: "BTC"})
			must(b.t, b.v.Fall(id, "6.25", ""))
		}, "COMPLETED 0.00009728/0.00019456 3", paid},
		"in units of the coin": {func(b *bench, id string) {
			b.pay(id, PayOptions{Coin: "BTC"})
			must(b.t, b.v.Fall(id, "", "0.00019456"))
		}, "COMPLETED 0/0.00019456 0", paid},
		"part of a short one": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			must(b.t, b.v.Fall(id, "3", ""))
		}, "UNDERPAID 2/12.5 15", short},
		"all of a short one, then it expires": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			must(b.t, b.v.Fall(id, "5", ""))
			b.wantLive(id, "PENDING 0/12.5 0")
			b.pass(time.Hour)
		}, "EXPIRED 0/12.5 0", short + " expired=EXPIRED"},
		"after expiry": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			b.pass(time.Hour)
			must(b.t, b.v.Fall(id, "1", ""))
		}, "EXPIRED 4/12.5 15", short + " expired=EXPIRED"},
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

// The newest transfer goes first; what it brought into the balance goes with it, its fee too.
func TestFallInTheBooks(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.pay(id, PayOptions{Amount: "7"})
	b.pay(id, PayOptions{Amount: "5.5"})
	if m := b.money(); m != "512.375 available, 0 locked, 0 withdrawn" {
		t.Fatal(m)
	}
	must(t, b.v.Fall(id, "", "6"))
	books := b.v.Books()
	var transfers []string
	for _, x := range books.Payments[0].Transfers {
		transfers = append(transfers, fmt.Sprintf("%s-%s %s", x.Amount, x.Fallen, x.State))
	}
	got := fmt.Sprint(transfers, books.Payments[0].Settled, books.Payments[0].Fee, books.Fallen["USDT_BEP20"], books.Balances["USDT_BEP20"].Available)
	if want := "[6.5-0.5 confirmed 0-5.5 fallen] 6.435 0.065 6 506.435"; got != want {
		t.Errorf("books %s, want %s", got, want)
	}
}

// What fell stays fallen when the payment closes and when late money completes it.
func TestFallenMoneyStaysGone(t *testing.T) {
	b := newBench(t)
	b.apply(Change{LateCompletes: ptr(true)})
	id := b.invoice()
	b.pay(id, PayOptions{Amount: "5"})
	must(t, b.v.Fall(id, "5", ""))
	b.pass(2 * time.Hour)
	if p, _ := b.v.Payment(id); p.WasUnderpaid || !p.Unclaimed.IsZero() {
		t.Errorf("%+v", p)
	}
	b.pay(id, PayOptions{Amount: "12.5"})
	b.wantLive(id, "COMPLETED 12.5/12.5 15")
	if got := b.v.Books().Fallen["USDT_BEP20"].String(); got != "5" {
		t.Errorf("fallen %s", got)
	}
}

func TestFallRefusals(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	if err := b.v.Fall(id, "1", ""); err == nil {
		t.Error("nothing was paid")
	}
	b.pay(id, PayOptions{Amount: "3"})
	b.pay(id, PayOptions{Amount: "5", Confirming: true})
	for _, c := range [][2]string{{"3.01", ""}, {"", "3.01"}, {"", ""}, {"1", "1"}, {"0", ""}, {"-1", ""}, {"x", ""}} {
		if err := b.v.Fall(id, c[0], c[1]); err == nil {
			t.Errorf("%q fell", c)
		}
	}
	if err := b.v.Fall("no", "1", ""); !errors.Is(err, ErrUnknownPayment) {
		t.Errorf("unknown payment: %v", err)
	}
	b.wantLive(id, "PROCESSING 8/12.5 0")
}
