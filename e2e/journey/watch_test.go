package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// TestLowBalance: admins hear of a low account once, from whichever replica,
// and again only after it was filled up.
func TestLowBalance(t *testing.T) {
	t.Parallel()
	const account = "plexy:USD"
	shop := kit.Open(t, kit.Options{Settings: map[string]string{"BALANCE_ALERTS": account + "=50,infinivoucher=10"}})
	olga := shop.Person(kit.Admin, "en")
	olga.Say("/start")
	olga.WaitButton("Shop")
	told := func() int {
		n := 0
		for _, m := range olga.Messages() {
			n += count(contains(m.Text, "Low balance: "))
		}
		return n
	}
	for _, c := range []struct {
		balance string
		alerts  int
		beside  bool // the replica before stays
	}{
		{"40.00", 1, false}, {"39.00", 1, true}, {"400.00", 1, false}, {"30.00", 2, false}, {"30.00", 2, true},
	} {
		if !c.beside {
			for _, b := range shop.Bots() {
				b.Kill()
			}
		}
		shop.Change("plexy", map[string]any{"balances": map[string]string{"USD": c.balance}})
		bot := shop.StartBot()
		shop.AwaitReady()
		kit.Eventually(t, "first round of the watch", func() bool {
			_, asked := bot.Figure("vendor_up", "univoucher") // the last it asks
			return asked
		})
		// What the next replica goes by is noted after the vendors were asked.
		low := c.balance != "400.00"
		kit.Eventually(t, "note of the balance", func() bool { return (shop.Notes("alerts")["low:"+account] != "") == low })
		kit.Eventually(t, "alert", func() bool { return told() >= c.alerts })
		time.Sleep(500 * time.Millisecond) // one too many would have the time for it
		if n := told(); n != c.alerts {
			t.Fatalf("%s: %d alerts, want %d", c.balance, n, c.alerts)
		}
	}
	olga.WaitFor("Low balance: "+account, "It holds $40.00", "below $50.00")
	olga.WaitFor("Low balance: "+account, "It holds $30.00")
}

// TestVendorUp: what /metrics says of a vendor follows the vendor.
func TestVendorUp(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Bots: -1})
	shop.Change("plexy", map[string]any{"unhealthy": true})
	bot := shop.StartBot()
	up := func(vendor, want string) func() bool {
		return func() bool {
			now, _ := bot.Figure("vendor_up", vendor)
			return now == want
		}
	}
	kit.Eventually(t, "Plexy down", up("plexy", "0"))
	kit.Eventually(t, "InfiniVoucher up", up("infinivoucher", "1"))
	shop.Change("plexy", map[string]any{"unhealthy": false})
	kit.Within(t, time.Minute+2*kit.Patience, "Plexy up again", up("plexy", "1"))
}

// TestPollingPurchase: a shop without a public address fetches its updates, and
// sees a payment when the buyer says so.
func TestPollingPurchase(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Settings: map[string]string{
		"TELEGRAM_MODE": "polling", "TELEGRAM_WEBHOOK_SECRET": "", "PUBLIC_URL": "", "UNIVOUCHER_PRIVATE_KEYS": "", "UNIVOUCHER_RPC": "",
	}})
	shop.Infini(map[string]any{"webhook_url": ""})
	shop.Voucher(map[string]any{"webhook_url": ""})
	ada := shop.Person(1001, "en")
	o := ada.Order(kit.Cheap())
	shop.PayAt(o, nil)
	ada.Press("I have paid")
	codes := ada.AwaitCodes(o, 2)
	boughtOnce(t, shop.Control, codes)
	delivered(t, shop, o)
	if n := len(shop.GatewayBooks().Webhooks) + len(shop.Letters()); n > 0 {
		for _, w := range shop.GatewayBooks().Webhooks {
			if w.Tries > 0 {
				t.Errorf("a webhook was sent: %+v", w)
			}
		}
	}
}
