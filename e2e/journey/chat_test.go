package journey

import (
	"sync"
	"testing"

	"giftbot/e2e/kit"
)

// TestQuantityInWords: what is no number is answered, what is too much is cut.
func TestQuantityInWords(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	ada.Say("/start")
	ada.Press("🛍 Shop")
	ada.Press("PUBG Mobile")
	ada.Press("60 UC")
	ada.WaitButton("Buy now")
	for _, words := range []string{"two", "-3", "0", "2.5", "1e3", "", "💥", "99999999999999999999", "2 or 3", "<b>2</b>"} {
		if words == "" {
			continue
		}
		before := ada.Last().ID
		ada.Say(words)
		kit.Eventually(t, "answer to "+words, func() bool { return ada.Last().ID > before })
		if m := ada.Last(); !contains(m.Text, "Please send a number from 1 to 100") || !contains(m.Text, "60 UC") {
			t.Errorf("%q is answered: %s", words, m.Text)
		}
	}
	ada.Say("1000")
	ada.WaitFor("Up to 100 pieces can be ordered at once")
	ada.WaitButton("100 pcs")
	ada.Say("2")
	ada.WaitButton("2 pcs")
	if n := len(shop.GatewayBooks().Orders); n != 0 {
		t.Errorf("%d checkouts without a checkout", n)
	}
}

// TestButtons: forged, borrowed, old and double presses end kindly, and one
// checkout is one order.
func TestButtons(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada, mallory := shop.Person(1001, "en"), shop.Person(1002, "en")
	mallory.Say("/start")
	mallory.WaitButton("🛍 Shop")

	ada.Choose(kit.Cheap())
	pay := ada.WaitButton("Crypto or card")
	var taps sync.WaitGroup
	for range 3 {
		taps.Go(func() { ada.PressData(pay.Message.ID, pay.Button.Data, true) })
	}
	taps.Wait()
	order := ada.AwaitCheckout(0)
	ada.PressData(pay.Message.ID, pay.Button.Data, true)
	if n := len(shop.GatewayBooks().Orders); n != 1 {
		t.Fatalf("%d checkouts after several taps on one button", n)
	}

	for _, data := range []string{"1AAAAAAAAAAAAAAAAAAAA", "x", "2" + pay.Button.Data[1:], pay.Button.Data + "A", "1"} {
		toast, _ := mallory.PressData(mallory.Last().ID, data, true)
		if !toast.Answered || !contains(toast.Text, "older screen") {
			t.Errorf("forged %q: %+v", data, toast)
		}
	}
	cancel := ada.WaitButton("Cancel")
	if toast, _ := mallory.PressData(mallory.Last().ID, cancel.Button.Data, true); !toast.Answered {
		t.Error("somebody else's button is not answered")
	}
	mallory.Say("/start o_" + order.Number)
	mallory.WaitFor("cannot find this order among yours")
	mallory.Say(order.Number)

	shop.Pay(order.ID, nil)
	codes := ada.AwaitCodes(order, 2)
	for _, old := range []kit.Found{cancel, pay} {
		if toast, _ := ada.PressData(old.Message.ID, old.Button.Data, true); !toast.Answered {
			t.Errorf("the old button %q is not answered", old.Button.Text)
		}
	}
	settled(t, shop)
	boughtOnce(t, shop.Control, codes)
	if mallory.Sees(codes[0]) || len(shop.GatewayBooks().Orders) != 1 {
		t.Error("an old or borrowed button did something")
	}
}

// TestCancel: a cancelled order buys nothing, and money sent all the same is
// the buyer's credit.
func TestCancel(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	ada.Press("Cancel")
	ada.Press("Yes, cancel the order")
	ada.WaitFor(order.Number, "This order is cancelled. Nothing was charged.")
	shop.Pay(order.ID, nil)
	ada.WaitFor(order.Number, "after the order was closed", "$1.88 is on your credit with us")
	if n := len(shop.SupplierBooks().Orders); n != 0 {
		t.Errorf("%d purchases", n)
	}
}
