package flows

import (
	"slices"
	"strings"
	"testing"

	"giftbot/locales"
	"giftbot/order"
)

// wordsIn lists the keys of a text and of those within it.
func wordsIn(text Text) []string {
	keys := []string{text.Key}
	for _, a := range text.Args {
		if inner, ok := a.(Text); ok {
			keys = append(keys, wordsIn(inner)...)
		}
	}
	return keys
}

func TestFreezeViews(t *testing.T) {
	for _, why := range []order.Doubt{order.DoubtBehind, order.DoubtOffset, order.DoubtEmpty, order.DoubtAbsent, "new"} {
		f := order.Freeze{ID: "1", Why: why, At: 1_700_000_000_000}
		other := doubtText(why).Key == "freeze.other"
		if other != (why == "new") {
			t.Errorf("%s has no words", why)
		}
		for _, h := range []order.Healed{{}, {Orders: 1, Spends: 2, Placed: 3, Found: 5, Left: 21, Broken: 1, Unheard: 1}} {
			over := ResumedView(f, h)
			var keys []string
			for _, b := range over.Blocks {
				keys = append(keys, wordsIn(b)...)
			}
			if slices.Contains(keys, "freeze.left") != (h.Left > 0) || slices.Contains(keys, "freeze.broken") != (h.Broken > 0) ||
				slices.Contains(keys, "freeze.unheard") != (h.Unheard > 0) || !slices.Contains(keys, "freeze.orders") {
				t.Errorf("%+v: %v", h, keys)
			}
			if len(over.Keyboard) == 0 || over.Keyboard[0][0].Do.ID != pageQueue {
				t.Error("no way to the queue")
			}
		}
		if FrozenView(f).Blocks[0].Key != "freeze.title" {
			t.Error("no title")
		}
	}
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range locales.Codes() {
		if words := texts.Plural(code, "freeze.spends", 3, nil); !strings.Contains(words, "3") {
			t.Errorf("%s: %q", code, words)
		}
	}
}

// Found money is nobody's until an admin names its owner.
func TestFoundMoneyOnTheDesk(t *testing.T) {
	o := order.Order{
		Number: "3F7KQW2M9X", Buyer: -4, Status: order.Cancelled, Found: true, Reason: order.ReasonFound,
		Doubts: []order.Reason{order.ReasonFound}, Flags: order.Flags{order.FlagHeld},
		Payments: []order.Payment{
			{N: 1, State: order.PaymentGap},
			{N: 2, Gateway: "infini", State: order.PaymentOpen, External: "x", Asked: 5_000_000, Seen: 5_000_000},
		},
		Timeline: []order.Moment{{What: "found"}, {What: "met", Note: "infini x"}, {What: "held", Note: string(order.ReasonFound)}},
	}
	var keys []string
	for _, b := range AlertView(o).Blocks {
		keys = append(keys, wordsIn(b)...)
	}
	for _, want := range []string{"alert.nobody", "alert.found", "alert.payment", "alert.do_found"} {
		if !slices.Contains(keys, want) {
			t.Errorf("the alert lacks %s: %v", want, keys)
		}
	}
	if slices.Contains(keys, "alert.buyer") || slices.Contains(wordsIn(deskHeader(o)), "admin.buyer") {
		t.Error("a buyer is named who is none")
	}
	if deskPayment(o.Payments[0]).Key != "admin.pay_gap" {
		t.Error("a forgotten payment has no words")
	}
	for _, m := range o.Timeline {
		if momentWords(m.What).Key == "admin.raw" {
			t.Errorf("%s has no words", m.What)
		}
	}
	c := &turn{s: Session{Screen: screenDeskSure}, env: Env{Person: Person{Admin: true}}}
	c.done(AdminDo{What: AdminRefund, Decision: order.Decision{Number: o.Number}}, AdminOrderResult{Order: o, Code: order.CodeInvalid})
	if got := c.out.Replies[0].View.Blocks[0].Key; got != "admin.no_owner" {
		t.Errorf("says %s", got)
	}
	c.s.Sum = o.Left()
	if !c.allows(o, AdminRefund) || c.allows(o, AdminPayOut) {
		t.Error("it goes to somebody's credit, and to no wallet")
	}
}

// While the books are checked, a checkout is refused kindly.
func TestCheckoutWhileTheBooksAreChecked(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range locales.Codes() {
		if words := texts.Text(code, "checkout.checking", nil); len(words) < 40 {
			t.Errorf("%s: %q", code, words)
		}
	}
}
