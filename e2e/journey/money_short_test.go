package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// paidShort is a cheap order of which only a part was paid, and whose buyer was
// told.
func paidShort(shop *kit.Shop, p *kit.Person, amount, missing string) kit.Checkout {
	o := p.Order(kit.Cheap())
	shop.PayAt(o, map[string]any{"amount": amount})
	p.AwaitStatus(o, "We have received $"+amount+" of $1.88. $"+missing+" is still missing.",
		"Pay the missing $"+missing+", or take $"+amount+" as credit: you choose, until", "Nothing you paid is kept as a penalty.")
	p.WaitFor("A part of the payment for order " + o.Number + " is missing. You choose what happens next.")
	return o
}

// TestPaysLess: who pays less pays the rest, by whatever way, or takes the part
// as credit; who does not choose has it as credit after twelve hours.
func TestPaysLess(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada := shop.Person(2001, "en")
	o := paidShort(shop, ada, "0.80", "1.08")
	shop.PayAt(o, nil) // the rest, on the same link
	ada.AwaitCodes(o, 2)
	paysTheRestElsewhere(t, shop)
	paysTheRestByCredit(shop)
	takesThePart(shop)
	paysDust(shop)
	tied(t, shop)

	boris := shop.Person(2005, "en")
	undecided := paidShort(shop, boris, "1.00", "0.88")
	shop.Advance(13 * time.Hour)
	boris.AwaitStatusAdvancing(undecided, minute, "The time to pay has run out", "$1.00 is on your credit with us.")
	creditOf(boris, "$1.00")
	tied(t, shop)
}

func paysTheRestElsewhere(t *testing.T, shop *kit.Shop) {
	t.Helper()
	ada := shop.Person(2002, "en")
	o := paidShort(shop, ada, "0.80", "1.08")
	ada.Tap("Another way to pay", "$1.08 is still missing for order "+o.Number, "How would you like to pay it?")
	ada.Press("🪙 Crypto")
	rest := ada.LinkNow(o)
	if rest.Gateway != kit.InventPay || !ada.Has(ada.At(o.Message), "Pay $1.08") {
		t.Errorf("the link for the rest is %+v", rest)
	}
	shop.PayAt(rest, nil)
	ada.AwaitCodes(o, 2)
}

func paysTheRestByCredit(shop *kit.Shop) {
	ada := shop.Person(2003, "en")
	overpaid(shop, ada, "3.00", "$1.12")
	o := paidShort(shop, ada, "0.80", "1.08")
	ada.Tap("Another way to pay", "$1.08 is still missing")
	ada.Press("💰 From my credit")
	ada.AwaitCodes(o, 2)
	creditOf(ada, "$0.04")
}

// takesThePart closes a short order; money that still comes is credit too.
func takesThePart(shop *kit.Shop) {
	ada := shop.Person(2004, "en")
	o := paidShort(shop, ada, "0.80", "1.08")
	ada.Tap("Take $0.80 as credit", "Take $0.80 of order "+o.Number+" as credit? The order is then closed.")
	ada.Press("Yes, take it as credit")
	ada.AwaitStatus(o, "This order is cancelled.", "$0.80 is on your credit with us.")
	ada.WaitFor("Order " + o.Number + ": $0.80 is on your credit with us.")
	creditOf(ada, "$0.80")
	shop.PayAt(o, nil)
	ada.AwaitStatus(o, "Your payment came after the order was closed.")
	creditOf(ada, "$1.88")
}

// paysDust pays a millionth of a dollar, then the rest to the last digit that
// money has, and a surplus of a cent.
func paysDust(shop *kit.Shop) {
	ada := shop.Person(2006, "en")
	o := paidShort(shop, ada, "0.000001", "1.879999")
	shop.PayAt(o, map[string]any{"amount": "1.889999"})
	ada.AwaitCodes(o, 2)
	ada.AwaitStatus(o, "The surplus, $0.01, is on your credit with us.")
	creditOf(ada, "$0.01")
}

// TestPaysMoreDigitsThanMoneyHas: an amount that cannot be read is not guessed.
// A person looks, and says what arrived.
func TestPaysMoreDigitsThanMoneyHas(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
	o := ada.Order(kit.Cheap())
	shop.PayAt(o, map[string]any{"amount": "1.880000000000000000000000000001"})
	olga.WaitForAdvancing(10*minute, "needs a person", o.Number)
	ada.AwaitStatus(o, "A person is looking at it")
	olga.Ask("/order "+o.Number, "Order "+o.Number, "Waits for a person")
	olga.Tap("Confirm by hand", "How much arrived", "Confirm only what you have seen yourself.")
	olga.Tap("$1.88", "it counts as paid by that much", "Why?")
	olga.Ask("seen in the console", "Do it?")
	olga.Tap("Yes, do it", "✅ Confirmed: $1.88 received.")
	ada.AwaitCodes(o, 2)
	tied(t, shop)
}
