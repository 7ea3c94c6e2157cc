package journey

import (
	"strings"
	"testing"

	"giftbot/e2e/kit"
)

// TestSecrets: every shop is audited when its test ends (kit.Shop.Audit); this
// one shows that the audit sees what it has to see.
func TestSecrets(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	shop.Voucher(map[string]any{"next_purchase": []map[string]any{{"mode": "error_after"}}})
	shop.Pay(order.ID, nil)
	codes := ada.AwaitCodes(order, 2)
	settled(t, shop)

	planted := shop.Planted()
	kinds := map[string]int{}
	for name, secret := range planted {
		kind, _, _ := strings.Cut(name, " of ")
		kind, _, _ = strings.Cut(kind, "…")
		if strings.HasPrefix(name, "signature") {
			kind = "signature"
		}
		kinds[kind]++
		if len(secret) < 12 {
			t.Errorf("%s is too short to be looked for", name)
		}
	}
	if kinds["a code"] != 4 || kinds["signature"] < 3 || len(kinds) < 9 {
		t.Errorf("planted: %v", kinds)
	}
	text := ada.At(order.Message).Text
	for _, code := range codes {
		if !strings.Contains(text, code) || !holds(planted, code) {
			t.Error("the chat shows a code that is not looked for")
		}
	}
	places := shop.Places()
	for place, must := range map[string]string{
		"the log": "vendor call", "the metrics": "vendor_requests", "Redis's file": order.Number[:5], "Redis's key": order.Number[:5],
	} {
		if !found(places, place, must) {
			t.Errorf("%s was not read: no %q in it", place, must)
		}
	}
}

func holds(planted map[string]string, secret string) bool {
	for _, s := range planted {
		if s == secret {
			return true
		}
	}
	return false
}

func found(places map[string]string, prefix, text string) bool {
	for place, content := range places {
		if strings.HasPrefix(place, prefix) && strings.Contains(content, text) {
			return true
		}
	}
	return false
}
