package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// TestPaysLate: late money in full buys all the same; a late part is the
// buyer's choice; after a cancel it is credit.
func TestPaysLate(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada, boris, carla := shop.Person(1001, "en"), shop.Person(1002, "en"), shop.Person(1004, "en")
	whole, part, gone := ada.Order(kit.Cheap()), boris.Order(kit.Cheap()), carla.Order(kit.Cheap())
	carla.Press("Cancel")
	carla.Press("Yes, cancel the order")
	carla.AwaitStatus(gone, "This order is cancelled.", "Money that still comes is not lost")
	shop.Advance(61 * time.Minute)
	for p, o := range map[*kit.Person]kit.Checkout{ada: whole, boris: part} {
		p.AwaitStatusAdvancing(o, minute, "The time to pay has run out", "Already sent the money? It is not lost")
	}

	shop.PayAt(whole, map[string]any{"confirming": true})
	ada.AwaitStatusAdvancing(whole, minute, "We see your payment", "It came after the time to pay")
	shop.PayAt(whole, map[string]any{"confirm": true})
	ada.AwaitCodes(whole, 2)

	shop.PayAt(part, map[string]any{"amount": "1.00"})
	boris.AwaitStatus(part, "We have received $1.00 of $1.88. $0.88 is still missing.")
	boris.Tap("Take $1.00 as credit", "The order is then closed")
	boris.Press("Yes, take it as credit")
	boris.AwaitStatus(part, "$1.00 is on your credit with us.")
	creditOf(boris, "$1.00")

	shop.PayAt(gone, nil)
	carla.AwaitStatus(gone, "Your payment came after the order was closed. $1.88 is on your credit with us.")
	creditOf(carla, "$1.88")
	tied(t, shop)
}

// TestPaysLateForTooMuch: what costs more meanwhile is not bought at a loss: late
// money is then credit.
func TestPaysLateForTooMuch(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada := shop.Person(1001, "en")
	o := ada.Order(kit.Cheap())
	shop.Advance(61 * time.Minute)
	ada.AwaitStatusAdvancing(o, minute, "The time to pay has run out")
	forItem("prices", "9.00")(t, shop)
	shop.Advance(2 * time.Minute)
	shop.PayAt(o, nil)
	ada.AwaitStatusAdvancing(o, minute, "could not be delivered. $1.88 is on your credit with us.")
	creditOf(ada, "$1.88")
	if n := len(shop.SupplierBooks().Orders); n != 0 {
		t.Errorf("%d purchases at a loss", n)
	}
	tied(t, shop)
}

// TestPaysTwice: two links, both paid, or one link paid twice: it is bought once
// and the second payment is credit.
func TestPaysTwice(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada, boris := shop.Person(1001, "en"), shop.Person(1002, "en")
	first := ada.Order(kit.Cheap())
	newer := ada.AnotherWay(first, kit.InventPay)
	shop.PayAt(newer, nil)
	codes := ada.AwaitCodes(newer, 2)
	shop.PayAt(first, nil)
	ada.AwaitStatus(first, "This order was paid twice. The second payment, $1.88, is on your credit with us.")
	creditOf(ada, "$1.88")
	boughtOnce(t, shop.Control, codes)

	again := boris.Order(kit.Want{Category: "Free Fire", Product: "100 Diamonds", Quantity: 2})
	shop.PayAt(again, map[string]any{"amount": "2.00"})
	boris.AwaitCodes(again, 2)
	before := shop.OrderOf(again.Number).Returned
	shop.PayAt(again, map[string]any{"amount": "2.00"})
	kit.Eventually(t, "credit for the second payment", func() bool { return shop.OrderOf(again.Number).Returned > before })
	boris.AwaitStatus(again, "is on your credit with us.")
	tied(t, shop)
}

// TestReorg: a chain that forgets what it had confirmed stops the order before
// anything is bought; a person sees it, and money that comes back goes on.
func TestReorg(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	olga, ada, boris := admin(shop, kit.Admin), shop.Person(1001, "en"), shop.Person(1002, "en")
	o := paidShort(shop, ada, "1.00", "0.88")
	shop.PayAt(o, map[string]any{"fall": "0.60"})
	olga.WaitForAdvancing(minute, "needs a person", o.Number)
	ada.AwaitStatus(o, "A person is looking at it")
	shop.PayAt(o, map[string]any{"amount": "1.48"})
	ada.AwaitCodes(o, 2)

	// After the delivery it is the shop's loss, once a person says so.
	late := boris.Order(kit.Want{Category: "Free Fire", Product: "100 Diamonds", Quantity: 2})
	shop.PayAt(late, nil)
	boris.AwaitCodes(late, 2)
	shop.PayAt(late, map[string]any{"fall": "1.00"})
	olga.WaitForAdvancing(minute, "needs a person", late.Number)
	olga.Ask("/order "+late.Number, "Order "+late.Number, "Waits for a person")
	olga.Tap("Close", "Why?")
	olga.Ask("the chain was re-organised", "Do it?")
	olga.Tap("Yes, do it", "✅ Closed")
	if got := shop.OrderOf(late.Number); got.Forgiven != 1_000_000 || got.Held() {
		t.Errorf("forgiven %s, held %v", got.Forgiven, got.Held())
	}
	tied(t, shop)
}
