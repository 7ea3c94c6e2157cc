package order_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// onScreen is a decision about the order as an admin sees it now.
func onScreen(o order.Order) order.Decision {
	return order.Decision{Number: o.Number, Admin: ordertest.Admin, Left: o.Left(), Vouched: o.Vouched(), Moments: o.Moments(), Why: "looked"}
}

// closing closes by a screen.
func closing(d order.Decision) func(context.Context, *order.Engine) error {
	return func(ctx context.Context, e *order.Engine) error {
		_, err := e.CloseHeld(ctx, d)
		return err
	}
}

// An order holds as much as on the screen, by chance: a part was given back, and
// as much surplus came. Whatever was decided by that screen is refused.
func TestAsMuchIsNotTheSame(t *testing.T) {
	w, n := outOfStock(t)
	keeps(w)
	old := onScreen(w.Look(n))
	does(t, w, n, refunds("5"), pays("5"), wait(minutes))
	if o := w.Look(n); o.Left() != old.Left || order.Look(o).Kept != 5_000_000 {
		t.Fatalf("the story needs as much: %s left, %s kept", o.Left(), order.Look(o).Kept)
	}
	for what, act := range map[string]func(context.Context, *order.Engine) error{
		"close": closing(old),
		"refund": func(ctx context.Context, e *order.Engine) error {
			_, err := e.Refund(ctx, old)
			return err
		},
		"pay out": func(ctx context.Context, e *order.Engine) error {
			_, err := e.PayOut(ctx, old, ordertest.GatewayName)
			return err
		},
		"confirm by hand": func(ctx context.Context, e *order.Engine) error {
			d := old
			d.Amount = 5_000_000
			_, err := e.ConfirmByHand(ctx, d)
			return err
		},
		"buy above the price": func(ctx context.Context, e *order.Engine) error {
			_, err := e.TryAgain(ctx, old, true)
			return err
		},
	} {
		refuses(t, w, n, order.CodeEvent, what, act)
	}
	now := onScreen(w.Look(n))
	now.Amount = 5_000_000
	if _, err := w.Process().Engine.Refund(t.Context(), now); err != nil {
		t.Errorf("who looked again: %v", err)
	}
}

// Who closes a fall writes off what the screen said that is gone, not what went
// while they typed.
func TestADeeperFallIsAnotherQuestion(t *testing.T) {
	w, n, _ := placed(t)
	w.Supplier.Away = true
	does(t, w, n, pays("20"), wait(minutes), falls("19"), wait(minutes))
	old := onScreen(w.Look(n))
	before := len(w.Store.Ledger())
	does(t, w, n, falls("3"), wait(minutes))
	if o := w.Look(n); o.Left() != old.Left || o.Payments[0].Now != 3_000_000 {
		t.Fatalf("the story needs as much: %s left, fallen to %s", o.Left(), o.Payments[0].Now)
	}
	refuses(t, w, n, order.CodeEvent, "a deeper fall", closing(old))
	if got := len(w.Store.Ledger()); got != before {
		t.Errorf("%d postings, %d before", got, before)
	}
	if err := closing(onScreen(w.Look(n)))(t.Context(), w.Process().Engine); err != nil || w.Look(n).Received() != 3_000_000 {
		t.Errorf("who looked again: %v, received %s", err, w.Look(n).Received())
	}
}

// An order that is read and stored again and again, and to which nothing happens,
// is the same on every screen: an admin who types for long is not refused.
func TestTheSameAgainIsNoMoment(t *testing.T) {
	w, n, _ := placed(t)
	does(t, w, n, pays("5"), wait(minutes))
	seen := w.Look(n)
	does(t, w, n, sees("15"), wait(minutes), sees("0"), wait(minutes))
	later := w.Look(n)
	if later.Moments() != seen.Moments() || later.Version == seen.Version {
		t.Fatalf("%d moments, then %d; version %d, then %d", seen.Moments(), later.Moments(), seen.Version, later.Version)
	}
	if _, err := w.Process().Engine.Refund(t.Context(), onScreen(seen)); err != nil {
		t.Error(err)
	}
}

// Another sum of a doubt that stands is a moment, with the sum; the same is none.
// Nobody is told again.
func TestAnotherSumIsAMoment(t *testing.T) {
	coin := func(confirmed string) order.Fact {
		f := fact("x", confirmed)
		f.Tags = []string{order.TagWrongCurrency}
		return f
	}
	half := fact("x", "5")
	half.Confirming = decimal.NewFromInt(10)
	nameless := order.Fact{External: "x", Coin: "BTC", Coins: decimal.NewFromInt(2)}
	for name, row := range map[string]struct {
		first, same, other order.Fact
		what, note         string
		asked              order.Money
	}{
		"falls deeper":          {fact("x", "19"), fact("x", "19"), fact("x", "3"), "confirmed_fell", "3.00", 20_000_000},
		"falls less":            {fact("x", "3"), fact("x", "3"), fact("x", "19"), "confirmed_fell", "19.00", 20_000_000},
		"a part is on its way":  {fact("x", "5"), fact("x", "5"), half, "confirmed_fell", "15.00", 20_000_000},
		"more of a wrong coin":  {coin("1"), coin("1"), coin("30"), "wrong_currency", "30", 20_000_000},
		"more that nobody asks": {order.Fact{External: "x", Coin: "BTC", Coins: decimal.NewFromInt(1)}, order.Fact{External: "x", Coin: "BTC", Coins: decimal.NewFromInt(1)}, nameless, "found_money", "2 BTC", 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := twoLineOrder(t)
			o.Payments[0].Asked = row.asked
			o, _ = run(t, o, order.Read{Payment: 0, Fact: row.first, At: 2000})
			same, _ := run(t, o, order.Read{Payment: 0, Fact: row.same, At: 3000})
			if same.Moments() != o.Moments() {
				t.Errorf("the same is a moment: %+v", same.Timeline)
			}
			other, effects := run(t, same, order.Read{Payment: 0, Fact: row.other, At: 4000})
			last := other.Timeline[len(other.Timeline)-1]
			if want := (order.Moment{At: 4000, What: row.what, Note: row.note}); last != want || other.Moments() != o.Moments()+1 {
				t.Errorf("%+v, want %+v", other.Timeline, want)
			}
			if count(effects, order.EffectAlert)+count(effects, order.EffectPing) != 0 {
				t.Errorf("told again: %v", effects)
			}
		})
	}
}

// Goods that come late are not paid with surplus that is kept: a part of their
// line's money went back, and closing the surplus would leave it to the shop.
func TestKeptMoneyPaysForNoLateGoods(t *testing.T) {
	late := order.Bought{Line: 0, Attempt: 1, External: "e", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 3000}
	for state, kept := range map[order.LineState]order.Money{order.LineFailed: 10_000_000, order.LineGot: 0} {
		o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 2000})
		o.Lines[1].State, o.Lines[1].Credited, o.Returned = order.LineFailed, 10_000_000, 15_000_000
		o.Payments[0].Seen, o.Payments[0].Kept = 25_000_000, kept
		o, _ = run(t, o, late)
		if l := o.Lines[0]; l.State != state {
			t.Fatalf("%s kept: %s, %s left", kept, l.State, o.Left())
		}
		if kept == 0 {
			continue
		}
		o, _ = run(t, o, order.GiveBack{Left: kept, Amount: kept, By: 900, At: 4000})
		if o.Left() != 0 || o.Balance() != 0 || o.Forgiven != 0 {
			t.Errorf("left %s, balance %s, forgiven %s", o.Left(), o.Balance(), o.Forgiven)
		}
	}
}
