package infini

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestFall(t *testing.T) {
	for name, c := range map[string]struct {
		play   func(b *bench, id string)
		want   string
		events string
	}{
		"part of a paid order": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			must(b.t, b.v.Fall(id, "2.00"))
		}, "paid 0/10.5 []", "order.create=pending order.completed=paid"},
		"all of a paid order": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			must(b.t, b.v.Fall(id, "12.5"))
		}, "paid 0/0 []", "order.create=pending order.completed=paid"},
		"paid again after it": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			must(b.t, b.v.Fall(id, "2"))
			b.pay(id, PayOptions{}) // what is missing
		}, "paid 0/12.5 []", "order.create=pending order.completed=paid order.completed=paid"},
		"the surplus": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "20"})
			must(b.t, b.v.Fall(id, "7.5"))
		}, "paid 0/12.5 []", "order.create=pending order.completed=paid"},
		"part of a short one": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			must(b.t, b.v.Fall(id, "3"))
		}, "processing 0/2 []", "order.create=pending order.processing=processing"},
		"all of a short one, then it expires": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			must(b.t, b.v.Fall(id, "5"))
			b.wantOrder(id, "pending 0/0 []")
			b.pass(time.Hour)
		}, "expired 0/0 []", "order.create=pending order.processing=processing order.expired=expired"},
		"after expiry": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			b.pass(time.Hour)
			must(b.t, b.v.Fall(id, "1"))
		}, "partial_paid 0/4 [underpaid]", "order.create=pending order.processing=processing order.expired=partial_paid"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.create()
			b.v.Tick(t.Context())
			c.play(b, id)
			b.wantOrder(id, c.want)
			b.v.Tick(t.Context())
			if got := b.events(); got != c.events {
				t.Errorf("events %q\nwant   %q", got, c.events)
			}
		})
	}
}

// The newest payment goes first, and the books tell what was there.
func TestFallInTheBooks(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.pay(id, PayOptions{Amount: "7"})
	b.pay(id, PayOptions{Amount: "5.5"})
	must(t, b.v.Fall(id, "6"))
	books := b.v.Books()
	var payments []string
	for _, p := range books.Orders[0].Payments {
		payments = append(payments, fmt.Sprintf("%s-%s %s", p.Amount, p.Fallen, p.State))
	}
	got := fmt.Sprint(payments, books.Settled["USD"], books.Available, books.Fallen["USD"], books.Orders[0].Remaining)
	if want := "[6.5-0.5 confirmed 0-5.5 fallen] 6.5 6.5 6 6"; got != want {
		t.Errorf("books %s, want %s", got, want)
	}
}

func TestFallRefusals(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.pay(id, PayOptions{Amount: "5", Confirming: true})
	b.pay(id, PayOptions{Amount: "3"})
	for _, amount := range []string{"3.01", "0", "-1", "x", ""} {
		if err := b.v.Fall(id, amount); err == nil {
			t.Errorf("%q fell", amount)
		}
	}
	if err := b.v.Fall("no", "1"); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("unknown order: %v", err)
	}
	b.wantOrder(id, "processing 5/3 []")
}

// Infini sheet §7: one source has it that the payer can claim the surplus.
func TestSurplusIsClaimedBack(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.pay(id, PayOptions{Amount: "20"})
	b.apply(Change{SurplusReturned: &id})
	b.wantOrder(id, "paid 0/20 [overpaid]") // what was received does not change
	books := b.v.Books()
	if got := fmt.Sprint(books.Settled["USD"], books.Available, books.Returned["USD"], books.Orders[0].Returned); got != "12.5 12.5 7.5 7.5" {
		t.Errorf("books %s", got)
	}
	if err := b.v.Apply(Change{SurplusReturned: &id}); err == nil {
		t.Error("returned twice")
	}
	b.pay(id, PayOptions{Amount: "1"})
	b.apply(Change{SurplusReturned: &id})
	if got := b.v.Books().Returned["USD"].String(); got != "8.5" {
		t.Errorf("returned %s", got)
	}
	if err := b.v.ReturnSurplus("no"); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("unknown order: %v", err)
	}
	exact := b.create()
	b.pay(exact, PayOptions{})
	if err := b.v.ReturnSurplus(exact); err == nil {
		t.Error("an exact payment has no surplus")
	}
}

// Which tags stand beside which case, infini sheet §5 and §7.
func TestExceptionTags(t *testing.T) {
	late := func(amounts ...string) func(*bench, string) {
		return func(b *bench, id string) {
			b.pass(2 * time.Hour)
			for _, amount := range amounts {
				b.pay(id, PayOptions{Amount: amount})
			}
		}
	}
	for name, c := range map[string]struct {
		play func(b *bench, id string)
		want string
	}{
		"late and full":  {late("12.5"), "expired 0/12.5 [late]"},
		"late and short": {late("5"), "expired 0/5 [late underpaid]"},
		"late and over":  {late("20"), "expired 0/20 [overpaid late]"},
		"the rest late": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			late("")(b, id)
		}, "partial_paid 0/12.5 [underpaid late]"},
		"twice, the second late": {func(b *bench, id string) {
			b.pay(id, PayOptions{})
			late("12.5")(b, id)
		}, "paid 0/25 [overpaid late]"},
		"wrong coin, full": {func(b *bench, id string) { b.pay(id, PayOptions{Currency: "BTC"}) }, "paid 0/12.5 [wrong_currency]"},
		"short within the tolerance": {func(b *bench, id string) {
			b.apply(Change{Tolerance: ptr("0.5")})
			b.pay(id, PayOptions{Amount: "12"})
		}, "paid 0/12 [underpaid]"},
		"short beyond the tolerance": {func(b *bench, id string) {
			b.apply(Change{Tolerance: ptr("0.5")})
			b.pay(id, PayOptions{Amount: "11.99"})
		}, "processing 0/11.99 []"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.create()
			c.play(b, id)
			b.wantOrder(id, c.want)
		})
	}
}
