package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
)

// TestMoney is every way in which a payment is not what was asked, and every way
// back of money, by clicking and typing: buyer and admin in two tabs.
func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		screen   screen
		language string
		journeys []func(*buyer)
	}{
		{phone(), "en", []func(*buyer){(*buyer).paysTheRest, (*buyer).takesCredit, (*buyer).paysTooMuch}},
		{named(phone(), "-late"), "en", []func(*buyer){(*buyer).paysLate, (*buyer).paysTwice}},
		{named(phone(), "-back"), "en", []func(*buyer){(*buyer).refunded, (*buyer).paidOut}},
		{desktop(), "en", []func(*buyer){(*buyer).paidOut}},
		{inTheDark(named(phone(), "-rtl")), "ar", []func(*buyer){(*buyer).paysTheRest, (*buyer).refunded}},
	} {
		c.screen.name += "-money"
		t.Run(c.screen.name, func(t *testing.T) {
			t.Parallel()
			demo := kit.StartDemo(t)
			demo.Post("/control/people", map[string]any{"id": 1001, "first_name": "Ada", "language_code": c.language}, nil)
			b := &buyer{launch(t, c.screen), demo, inEnglish()} // the bot does not speak Arabic yet
			b.do("open", chromedp.Navigate(demo.Base+"/#1001"), chromedp.WaitVisible(chromedp.CSS(".start")), chromedp.Click(chromedp.CSS(".start")))
			for _, journey := range c.journeys {
				journey(b)
			}
			demo.AuditChat()
		})
	}
}

// admin opens the admin's chat in a tab beside the buyer's.
func (b *buyer) admin() *page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &page{t: b.t, ctx: ctx, screen: b.screen}
	p.attach()
	p.do("open as admin", chromedp.Navigate(fmt.Sprintf("%s/#%d", b.demo.Base, kit.Admin)), chromedp.WaitVisible(chromedp.CSS(".start, article")))
	if eval[bool](p, `document.querySelector(".start") !== null`) {
		p.do("start", chromedp.Click(chromedp.CSS(".start")), chromedp.WaitVisible(key("🛍 Shop")))
	}
	return p
}

// close closes a tab that was opened.
func (p *page) close() {
	p.t.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.t.Errorf("close the tab: %v", err)
	}
}

// order walks to the payment of one code.
func (b *buyer) order(category, product, gateway string) {
	b.t.Helper()
	b.write("/shop")
	b.press(category)
	b.press(product)
	b.press(b.buy)
	b.press(gateway)
}

// pays opens the checkout, plays the difficult customer with one of its keys and
// goes back to the chat.
func (b *buyer) pays(what, trick string) {
	b.t.Helper()
	checkout := b.open("infini")
	checkout.trick(trick)
	checkout.keep(what + "-checkout")
	checkout.close()
}

// trick opens what is folded away on the checkout and clicks a key of it.
func (p *page) trick(id string) {
	p.t.Helper()
	p.do("checkout", chromedp.WaitVisible(chromedp.CSS("#more summary")), chromedp.Click(chromedp.CSS("#more summary")),
		chromedp.WaitVisible(chromedp.CSS(id)), chromedp.WaitEnabled(chromedp.CSS(id)), chromedp.Click(chromedp.CSS(id)))
	p.do("what was paid", chromedp.WaitNotPresent(chromedp.CSS(`#status[data-state="pending"]`)))
}

// number is the number of the order the chat speaks of last.
func (b *buyer) number() string {
	b.t.Helper()
	return eval[string](b.page, `document.querySelector("#log").innerText.match(/[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}/g).at(-1)`)
}

// paysTheRest pays less than asked, and the rest on the same link.
func (b *buyer) paysTheRest() {
	b.order("PUBG Mobile", "325 UC", b.gateway)
	b.waitPay("infini")
	b.pays("less", "#pay-less")
	b.said("You choose what happens next.")
	b.keep("less-choice")
	checkout := b.open("infini")
	exact := chromedp.CSS("#pay-exact")
	checkout.do("pay the rest", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact), chromedp.Click(exact),
		chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)))
	checkout.keep("less-rest")
	checkout.close()
	b.do("code", chromedp.WaitVisible(chromedp.CSS(".spoiler.shut")))
	b.said("is here.")
	b.keep("less-delivered")
}

// takesCredit pays less than asked, and takes it as credit.
func (b *buyer) takesCredit() {
	b.order("PUBG Mobile", "660 UC", b.gateway)
	b.waitPay("infini")
	b.pays("credit", "#pay-less")
	b.said("You choose what happens next.")
	b.press("Take $")
	b.do("question", chromedp.WaitVisible(key("Yes, take it as credit")))
	b.keep("credit-ask")
	b.press("Yes, take it as credit")
	b.said("is on your credit with us.")
	b.keep("credit-taken")
	b.write("/credit")
	b.said("back from order")
	b.keep("credit-statement")
}

// paysTooMuch pays more than asked, and buys with what was too much.
func (b *buyer) paysTooMuch() {
	b.order("Free Fire", "310 Diamonds", b.gateway)
	b.waitPay("infini")
	checkout := b.open("infini")
	checkout.do("another amount", chromedp.WaitVisible(chromedp.CSS("#more summary")), chromedp.Click(chromedp.CSS("#more summary")),
		chromedp.WaitVisible(chromedp.CSS("#other-amount")), chromedp.SendKeys(chromedp.CSS("#other-amount"), "20"),
		chromedp.Click(chromedp.CSS(`#other button`)), chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)))
	checkout.keep("more-checkout")
	checkout.close()
	b.said("is on your credit with us.")
	b.keep("more-credit")
	b.write("/shop")
	b.press("Free Fire")
	b.press("310 Diamonds")
	b.press(b.buy)
	b.press("💰 Use my credit")
	b.do("way", chromedp.WaitVisible(key("💰 Pay with credit")))
	b.keep("more-use")
	b.press("💰 Pay with credit")
	kit.Eventually(b.t, "two purchases", func() bool { return len(b.demo.SupplierBooks().Orders) >= 2 })
	b.said("is here.")
	b.keep("more-bought")
}

// paysLate lets the time run out, and pays then.
func (b *buyer) paysLate() {
	b.order("Free Fire", "310 Diamonds", b.gateway)
	b.waitPay("infini")
	checkout := b.open("infini")
	checkout.trick("#expire")
	b.advanceUntilSaid("The time to pay has run out", time.Minute)
	b.keep("expired")
	exact := chromedp.CSS("#pay-exact")
	checkout.do("pay late", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact))
	checkout.keep("expired-checkout")
	checkout.do("pay late", chromedp.Click(exact), chromedp.WaitVisible(chromedp.Search(`//*[@id="status-title"][starts-with(., "Paid late")]`)))
	checkout.keep("paid-late")
	checkout.close()
	b.advanceUntilSaid("is here.", time.Minute)
	b.keep("late-delivered")
}

// paysTwice pays the same link once more.
func (b *buyer) paysTwice() {
	b.order("PUBG Mobile", "325 UC", b.gateway)
	b.waitPay("infini")
	checkout := b.open("infini")
	exact, again := chromedp.CSS("#pay-exact"), chromedp.CSS("#pay-again")
	checkout.do("pay", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact), chromedp.Click(exact), chromedp.WaitVisible(again), chromedp.WaitEnabled(again))
	checkout.keep("once")
	checkout.do("pay again", chromedp.Click(again))
	b.said("is on your credit with us.")
	checkout.keep("twice-checkout")
	checkout.close()
	b.keep("twice")
}

// cannotDeliver has the supplier run out of stock after the payment.
func (b *buyer) cannotDeliver(product string) string {
	b.t.Helper()
	b.order("PUBG Mobile", product, b.gateway)
	b.waitPay("infini")
	stock := map[string]int{}
	for _, p := range b.demo.SupplierBooks().Products {
		stock[p.ID] = p.Stock
	}
	empty := map[string]int{}
	for id := range stock {
		empty[id] = 0
	}
	b.demo.Voucher(map[string]any{"stock": empty})
	checkout := b.open("infini")
	exact := chromedp.CSS("#pay-exact")
	checkout.do("pay", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact), chromedp.Click(exact), chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)))
	checkout.close()
	b.said("There is news about order")
	b.demo.Voucher(map[string]any{"stock": stock})
	return b.number()
}

// decides gives the reason an admin is asked for, and says yes.
func (p *page) decides(what, why string) {
	p.t.Helper()
	p.write(why)
	p.do("question", chromedp.WaitVisible(key("Yes, do it")))
	p.keep(what)
	p.press("Yes, do it")
}

// refunded is an order that cannot be delivered, from the queue to the buyer's
// credit.
func (b *buyer) refunded() {
	olga := b.admin() // who never started the bot is not alerted
	number := b.cannotDeliver("660 UC")
	b.keep("undelivered")
	olga.said("needs a person")
	olga.keep("alert")
	olga.write("/queue")
	olga.do("queue", chromedp.WaitVisible(key(number)))
	olga.keep("queue")
	olga.press(number)
	olga.do("order", chromedp.WaitVisible(key("↩️ Refund…")))
	olga.keep("order")
	olga.press("↩️ Refund…")
	olga.do("refund", chromedp.WaitVisible(key("To credit")))
	olga.keep("refund")
	olga.press("To credit")
	olga.said("Why?")
	olga.decides("refund-sure", "the supplier is out of stock")
	olga.said("on the buyer's credit.")
	olga.keep("refund-done")
	olga.close()
	b.said("is on your credit with us.")
	b.keep("refunded")
}

// paidOut is an order that cannot be delivered, back to the buyer's wallet.
func (b *buyer) paidOut() {
	const wallet = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	b.demo.Infini(map[string]any{"deposit": "100"})
	number := b.cannotDeliver("1800 UC")
	olga := b.admin()
	olga.write("/refund " + number)
	olga.press("To wallet")
	olga.said("Why?")
	olga.decides("payout-sure", "the buyer asked for it")
	olga.said("is set aside")
	b.do("network", chromedp.WaitVisible(key("Choose network and address")))
	b.keep("payout-wanted")
	b.press("Choose network and address")
	b.do("networks", chromedp.WaitVisible(key("USDT · BNB Smart Chain")))
	b.keep("payout-networks")
	b.press("USDT · BNB Smart Chain")
	b.said("Please send the address of your wallet")
	b.write(wallet)
	b.do("check", chromedp.WaitVisible(key("Yes, send it there")))
	b.keep("payout-check")
	b.press("Yes, send it there")
	b.said("We have your address")
	olga.write("/order " + number)
	olga.do("payout", chromedp.WaitVisible(key("✅ Approve payout")))
	olga.keep("payout-order")
	olga.press("✅ Approve payout")
	olga.said("type the order number")
	olga.keep("payout-approve")
	olga.write(number)
	olga.said("Approved: the payout leaves now.")
	olga.keep("payout-approved")
	b.advanceUntilSaid("was sent to your wallet.", 10*time.Second)
	b.keep("payout-sent")
	olga.close()
	if out := b.demo.GatewayBooks().Withdrawals; len(out) != 1 || out[0].WalletAddress != wallet || out[0].Status != "completed" {
		b.t.Errorf("paid out was %+v", out)
	}
}
