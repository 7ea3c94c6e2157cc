package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
)

// TestPaysMore: a surplus is credit, which pays for orders, in whole or in part.
func TestPaysMore(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada := shop.Person(1001, "en")
	first := overpaid(shop, ada, "5.00", "$3.12")
	if statement := creditOf(ada, "$3.12"); !contains(statement.Text, "+$3.12 · back from order "+first.Number) {
		t.Errorf("the statement reads %s", statement.Text)
	}

	ada.Choose(kit.Cheap())
	ada.Tap("💰 Use my credit ($3.12)", "From your credit: $1.88. Nothing else to pay; $1.24 stays on your credit.")
	whole := ada.Place("💰 Pay with credit · $1.88")
	ada.AwaitCodes(whole, 2)
	creditOf(ada, "$1.24")

	// What a link has to ask for at least leaves a part of the credit unused.
	ada.Choose(kit.Cheap())
	ada.Tap("💰 Use my credit ($1.24)", "The smallest payment is $1.00, so a part of your credit stays with you.")
	partly := ada.AwaitLink(ada.Place("💳 Crypto or card · Infini · $1.00"))
	ada.AwaitStatus(partly, "From your credit: $0.88.", "Waiting for your payment of $1.00.")
	creditOf(ada, "$0.36")
	shop.PayAt(partly, nil)
	ada.AwaitCodes(partly, 2)
	tied(t, shop)
}

// TestCreditComesBack: credit in an order that nobody pays is the buyer's again,
// and late money takes it once more.
func TestCreditComesBack(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada, boris := shop.Person(1001, "en"), shop.Person(1002, "en")
	var orders []kit.Checkout
	for _, p := range []*kit.Person{ada, boris} {
		overpaid(shop, p, "2.38", "$0.50")
		p.Choose(kit.Cheap())
		p.Tap("💰 Use my credit ($0.50)", "From your credit: $0.50. Still to pay: $1.38.")
		orders = append(orders, p.AwaitLink(p.Place("💳 Crypto or card · Infini · $1.38")))
		creditOf(p, "$0.00")
	}
	ada.Press("Cancel")
	ada.WaitFor("$0.50 goes back to your credit.")
	ada.Press("Yes, cancel the order")
	ada.AwaitStatus(orders[0], "$0.50 is on your credit again.")
	creditOf(ada, "$0.50")

	shop.Advance(61 * time.Minute)
	boris.AwaitStatusAdvancing(orders[1], minute, "The time to pay has run out", "$0.50 is on your credit again.")
	creditOf(boris, "$0.50")
	shop.PayAt(orders[1], nil)
	boris.AwaitCodes(orders[1], 2)
	creditOf(boris, "$0.00")
	tied(t, shop)
}

// TestCreditSpentTwice: two checkouts and a short order want the same credit at
// the same moment: it is spent once at most, and what is not spent is there.
func TestCreditSpentTwice(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, map[string]string{"OPEN_ORDERS_MAX": "9"})
	ada := shop.Person(1001, "en")
	overpaid(shop, ada, "3.76", "$1.88")
	paidShort(shop, ada, "0.80", "1.08")
	ada.Tap("Another way to pay", "$1.08 is still missing")
	pay := []kit.Found{ada.WaitButton("💰 From my credit")}
	for range 2 {
		ada.Choose(kit.Cheap())
		ada.Tap("💰 Use my credit ($1.88)", "Nothing else to pay; $0.00 stays on your credit.")
		pay = append(pay, ada.WaitButton("💰 Pay with credit · $1.88"))
	}
	var presses []func()
	for _, b := range append(pay, pay...) {
		presses = append(presses, func() { ada.PressData(b.Message.ID, b.Button.Data, true) })
	}
	kit.AtOnce(presses...)
	// Whatever came of it: who asks again now has what is left.
	ada.Choose(kit.Cheap())
	if spent := spentBy(shop, ada); spent == 0 {
		ada.Tap("💰 Use my credit ($1.88)", "Nothing else to pay")
		ada.AwaitCodes(ada.Place("💰 Pay with credit · $1.88"), 2)
	}
	balance := shop.Trial().Accounts[order.CreditAccount(ada.ID)]
	if spent := spentBy(shop, ada); spent < 1_080_000 || spent+balance != 1_880_000 || balance < 0 {
		t.Errorf("of $1.88 credit %s was spent and %s is left", spent, balance)
	}
	kit.Eventually(t, "purchases that end", func() bool {
		for _, o := range shop.OrdersOf(ada) {
			if o.Status == order.Paid || o.Status == order.Fulfilling || o.Status == order.Ready {
				return false
			}
		}
		return true
	})
	tied(t, shop)
}

// spentBy is how much credit somebody's orders took.
func spentBy(shop *kit.Shop, p *kit.Person) (spent order.Money) {
	for _, o := range shop.OrdersOf(p) {
		spent += o.CreditUsed()
	}
	return spent
}
