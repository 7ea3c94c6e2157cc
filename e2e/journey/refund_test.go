package journey

import (
	"testing"

	"giftbot/e2e/kit"
	sandbox "giftbot/sandbox/kit"
)

// undeliverable is an order that was paid, and whose supplier ran out of stock
// meanwhile: it waits for a person.
func undeliverable(t *testing.T, shop *kit.Shop, p *kit.Person, want kit.Want) kit.Checkout {
	t.Helper()
	o := p.Order(want)
	forItem("stock", 0)(t, shop)
	shop.PayAt(o, nil)
	p.AwaitStatus(o, "ran out of stock", "A person is looking at it")
	forItem("stock", 1000)(t, shop)
	return o
}

// ten is ten pieces of kit.Cheap's product, for $9.40.
func ten(gateway string) kit.Want {
	want := kit.Cheap()
	want.Quantity, want.Gateway = 10, gateway
	return want
}

// doIt gives the reason an admin is asked for and presses yes.
func doIt(p *kit.Person, why, done string) {
	p.Ask(why, "Why: "+why, "Do it? This question lasts five minutes.")
	p.Tap("Yes, do it", done)
}

// TestRefundToCredit: from the queue to the order to the buyer's credit, and no
// further than there is money.
func TestRefundToCredit(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
	o := undeliverable(t, shop, ada, kit.Cheap())
	olga.WaitFor("needs a person", o.Number, "out of stock")
	olga.Ask("/queue", o.Number, "holds $1.88", "the supplier is out of stock")
	olga.Tap(o.Number, "Order "+o.Number, "Still held: $1.88", "Waits for a person")
	olga.Tap("↩️ Refund…", "Where should $1.88 go?")
	for sum, answer := range map[string]string{
		"1.880001": "$1.880001 is more than there is: the order holds $1.88. Nothing was changed.",
		"0":        "That is not a sum", "-1": "That is not a sum", "1e1": "That is not a sum",
		"0.123456789012345678901234567890": "That is not a sum", "0.0000001": "That is not a sum",
	} {
		olga.Ask("/refund "+o.Number+" "+sum, answer)
	}
	olga.Ask("/refund "+o.Number+" 0.88", "Where should $0.88 go?")
	olga.Tap("To credit · $0.88", "at once", "Why?")
	doIt(olga, "they asked for it", "✅ Done: $0.88 is on the buyer's credit.")
	creditOf(ada, "$0.88")
	olga.Ask("/refund "+o.Number, "already on the buyer's credit: $0.88", "Where should $1.00 go?")
	olga.Tap("To credit · $1.00", "Why?")
	doIt(olga, "the rest", "✅ Done: $1.00 is on the buyer's credit.")
	ada.AwaitStatus(o, "$1.88 is on your credit with us.")
	creditOf(ada, "$1.88")
	olga.Ask("/queue", "Nothing waits for you")
	olga.Ask("/refund "+o.Number, "The order holds nothing that could go back.")
	tied(t, shop)
}

// TestTwoAdmins: a confirmation counts once and for five minutes; of two admins
// who refund at once, one does.
func TestTwoAdmins(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	olga, pat, ada := admin(shop, kit.Admin), admin(shop, second), shop.Person(1001, "en")
	o := undeliverable(t, shop, ada, kit.Cheap())
	ready := func(p *kit.Person) kit.Found {
		p.Ask("/refund "+o.Number, "Where should $1.88 go?")
		p.Tap("To credit · $1.88", "Why?")
		p.Ask("out of stock", "Do it?")
		return p.WaitButton("Yes, do it")
	}
	ready(olga)
	shop.Advance(6 * minute)
	olga.Tap("Yes, do it", "⌛ This confirmation has expired: it lasts five minutes. Nothing was done.")
	if got := shop.OrderOf(o.Number).Returned; got != 0 {
		t.Fatalf("an expired confirmation gave %s back", got)
	}
	presses := map[*kit.Person]kit.Found{olga: ready(olga), pat: ready(pat)}
	press := func(p *kit.Person) func() {
		return func() { p.PressData(presses[p].Message.ID, presses[p].Button.Data, false) }
	}
	kit.AtOnce(press(olga), press(pat), press(olga), press(pat))
	done := 0
	for p, b := range presses {
		if contains(p.At(b.Message.ID).Text, "✅ Done: $1.88 is on the buyer's credit.") || p.Sees("✅ Done: $1.88") {
			done++
		}
	}
	if got := shop.OrderOf(o.Number).Returned; got != 1_880_000 || done > 1 {
		t.Errorf("%s was given back, %d were told that they did it", got, done)
	}
	creditOf(ada, "$1.88")
	tied(t, shop)
}

// TestRefundWhileBuying: what may have been bought is not given back.
func TestRefundWhileBuying(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
	o := ada.Order(kit.Cheap())
	fault := shop.Fault(sandbox.Fault{Target: "infinivoucher", Path: "/orders/buy", Kind: sandbox.HoldBefore})
	shop.PayAt(o, nil)
	shop.AwaitHeld(fault)
	m := olga.Ask("/refund "+o.Number, "It is being bought right now, or nobody knows whether it was. Money goes back only when that is clear.")
	if olga.Has(m, "To credit") || olga.Has(m, "To wallet") {
		t.Error("there is a button to refund it all the same")
	}
	shop.Release(fault)
	ada.AwaitCodes(o, 2)
	olga.Ask("/refund "+o.Number, "The order holds nothing that could go back.")
	tied(t, shop)
}
