package journey

import (
	"testing"

	"giftbot/e2e/kit"
)

type recorded struct {
	Method string `json:"method"`
	Code   int    `json:"code"`
	Error  string `json:"error"`
}

func calls(shop *kit.Shop) []recorded {
	var list []recorded
	shop.Get("/control/telegram/calls", &list)
	return list
}

// TestTelegramFails: whatever Telegram answers, the codes arrive, once.
func TestTelegramFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fail map[string]any
		code int
	}{
		{"429 on the delivery", map[string]any{"method": "editMessageText", "code": 429, "retry_after": 2}, 429},
		{"500 on the delivery", map[string]any{"method": "editMessageText", "code": 500, "times": 2}, 500},
		{"502 after the edit was made", map[string]any{"method": "editMessageText", "code": 502, "after": true}, 502},
		{"hung up after the edit was made", map[string]any{"method": "editMessageText", "after": true}, 0},
		{"429 on the ping", map[string]any{"method": "sendMessage", "code": 429, "retry_after": 1}, 429},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := kit.Open(t, kit.Options{})
			ada := shop.Person(1001, "en")
			order := ada.Order(kit.Cheap())
			shop.Post("/control/telegram", map[string]any{"fail_next": c.fail}, nil)
			shop.Pay(order.ID, nil)
			codes := ada.AwaitCodes(order, 2)
			ada.WaitFor("Your 2 codes for order", order.Number)
			settled(t, shop)
			boughtOnce(t, shop.Control, codes)
			ready := 0
			for _, m := range ada.Messages() {
				ready += count(contains(m.Text, "Your 2 codes for order"))
			}
			if ready != 1 {
				t.Errorf("%d pings", ready)
			}
		})
	}
}

// TestReplyLimited: a 429 on an ordinary reply delays it, and nothing is lost.
func TestReplyLimited(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	shop.Post("/control/telegram", map[string]any{"fail_next": map[string]any{"method": "sendMessage", "code": 429, "retry_after": 1}}, nil)
	ada.Say("/start")
	ada.WaitFor("Aurora Gifts")
	shop.Post("/control/telegram", map[string]any{"fail_next": map[string]any{"method": "sendMessage", "code": 429, "retry_after": 7}}, nil)
	ada.Say("/help")
	ada.WaitFor("How it works")
}

// TestNotModified: pressing what changes nothing is no trouble.
func TestNotModified(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	shop.Post("/control/telegram", map[string]any{"duplicate_next": 2}, nil)
	for range 3 {
		if toast := ada.Press("I have paid"); !toast.Answered || toast.Text == "" {
			t.Errorf("answer %+v", toast)
		}
	}
	if ada.Sees("Something did not work") {
		t.Error("no change is told as trouble")
	}
	same := 0
	for _, call := range calls(shop) {
		same += count(call.Code == 400 && contains(call.Error, "not modified"))
		// A press that arrives twice is answered twice; the second is late.
		if call.Code == 400 && !contains(call.Error, "not modified") && !contains(call.Error, "query is too old") {
			t.Errorf("%s: %s", call.Method, call.Error)
		}
	}
	if same == 0 {
		t.Error("Telegram never said that nothing changed: this tests nothing")
	}
	shop.Pay(order.ID, nil)
	boughtOnce(t, shop.Control, ada.AwaitCodes(order, 2))
}

// TestBlocked: who blocks the bot while paying finds the codes on coming back.
func TestBlocked(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	shop.Post("/control/people", map[string]any{"id": 1001, "blocked": true}, nil)
	shop.Pay(order.ID, nil)
	// With the codes at hand: the page of an order does not turn by itself.
	kit.Eventually(t, "codes in our books", func() bool { return shop.OrderOf(order.Number).Lines[0].Got == 2 })
	kit.Eventually(t, "403", func() bool {
		for _, call := range calls(shop) {
			if call.Code == 403 {
				return true
			}
		}
		return false
	})
	shop.Post("/control/people", map[string]any{"id": 1001, "blocked": false}, nil)
	ada.Say("/orders")
	ada.Press(order.Number)
	ada.Press("Show codes")
	kit.Eventually(t, "codes", func() bool { return len(kit.Codes(ada.Last())) == 2 })
	boughtOnce(t, shop.Control, kit.Codes(ada.Last()))
}
