package journey

import (
	"net/http"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// away is how long Redis is gone.
const away = 10 * time.Second

// TestRedisAway: while Redis is away nothing is taken and nothing is lost;
// afterwards the payment that came meanwhile buys once.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada, boris := shop.Person(1001, "en"), shop.Person(1002, "en")
	order := ada.Order(kit.Cheap())

	shop.Redis.Shutdown()
	gone := time.Now()
	shop.Pay(order.ID, nil)
	boris.Say("/start")
	kit.Eventually(t, "webhook refused with 503", func() bool {
		for _, d := range shop.GatewayBooks().Webhooks {
			if d.LastCode == http.StatusServiceUnavailable {
				return true
			}
		}
		return false
	})
	if status := kit.Status(t, "GET", "http://"+shop.Bot().Addr+"/readyz", nil, nil); status != http.StatusServiceUnavailable {
		t.Errorf("ready without Redis: %d", status)
	}
	if status := kit.Status(t, "GET", "http://"+shop.Bot().Addr+"/healthz", nil, nil); status != http.StatusOK {
		t.Errorf("not alive without Redis: %d", status)
	}
	kit.Within(t, away+kit.Patience, "end of the outage", func() bool { return time.Since(gone) >= away })
	if n := len(shop.SupplierBooks().Orders); n != 0 {
		t.Errorf("%d purchases without a record", n)
	}
	shop.Redis.Restart()
	boris.WaitFor("Aurora Gifts")
	boughtOnce(t, shop.Control, ada.AwaitCodes(order, 2))
}
