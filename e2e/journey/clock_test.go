package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// minute is a step of the clock. After a jump it has to go on: a look at the
// gateway that was under way meanwhile puts off the next by minutes.
const minute = time.Minute

// TestTooLittle: the rest may still come until the link ends and twelve hours
// longer; then the part is credit, and nothing was bought. The demo's clock makes
// the hours short.
func TestTooLittle(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	ada, boris := demo.Person(1001, "en"), demo.Person(1002, "en")

	late := ada.Order(kit.Cheap())
	demo.Pay(late.ID, map[string]any{"amount": "1.00"})
	ada.WaitFor(late.Number, "$1.00 of $1.88", "$0.88 is still missing")

	whole := boris.Order(kit.Want{Category: "Free Fire", Product: "100 Diamonds", Quantity: 2})
	demo.Pay(whole.ID, map[string]any{"amount": "1.00"})
	boris.WaitFor(whole.Number, "$1.00 of")
	demo.Pay(whole.ID, nil)
	codes := boris.AwaitCodes(whole, 2)
	boughtOnce(t, demo.Control, codes)

	demo.Advance(13 * time.Hour)
	ada.WaitForAdvancing(minute, late.Number, "The time to pay has run out", "$1.00 is on your credit with us")
	boughtOnce(t, demo.Control, codes)
	demo.AuditChat()
}

// TestTooLate: money after the end buys all the same, once.
func TestTooLate(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	ada := demo.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	demo.Advance(90 * time.Minute)
	ada.WaitForAdvancing(minute, order.Number, "The time to pay has run out")
	demo.Pay(order.ID, nil)
	ada.WaitForAdvancing(minute, order.Number, "Here they are: your 2 codes.")
	boughtOnce(t, demo.Control, ada.AwaitCodes(order, 2))
	demo.AuditChat()
}

// TestPriceUp: what would be sold at a loss waits for a person.
func TestPriceUp(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	olga := demo.Person(kit.Admin, "en")
	olga.Say("/start")
	ada := demo.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	prices := map[string]string{}
	for _, p := range demo.SupplierBooks().Products {
		prices[p.ID] = p.Price.Add(p.Price).String()
	}
	demo.Voucher(map[string]any{"prices": prices})
	demo.Advance(2 * time.Minute)
	demo.Pay(order.ID, nil)
	ada.WaitForAdvancing(minute, order.Number, "price went up", "We have your payment of $1.88")
	olga.WaitForAdvancing(minute, "needs a person", order.Number, "cost is above what was paid")
	if n := len(demo.SupplierBooks().Orders); n != 0 {
		t.Errorf("%d purchases", n)
	}
	demo.AuditChat()
}
