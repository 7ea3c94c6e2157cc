package browser

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
)

// labels are what the bot calls things in a language, as far as they are
// clicked or looked for here. Names of products are the same in all.
type labels struct {
	buy, gateway, coins, otherWay, next string
	here, topped, message               string
	secret, copied                      string
}

func inEnglish() labels {
	return labels{
		buy: "Buy now", gateway: "💳 Crypto or card", coins: "🪙 Crypto", otherWay: "Another way to pay", next: "Continue",
		here: "Here it is", topped: "Done: 12 USD credited", message: "Message, public", secret: "📋 Copy the secret", copied: "Copied",
	}
}

func inRussian() labels {
	return labels{
		buy: "Купить", gateway: "💳 Криптовалюта или карта", coins: "🪙 Криптовалюта", otherWay: "Оплатить иначе", next: "Дальше",
		here: "🎉", topped: "зачислено 12 USD", message: "Сообщение, видно всем", secret: "📋 Секрет", copied: "Скопировано",
	}
}

// buyer is somebody who buys in the page.
type buyer struct {
	*page
	demo *kit.Demo
	labels
}

// TestGoods buys everything that is not bought by TestPurchase, by clicking and
// typing, one after the other in the same chat.
func TestGoods(t *testing.T) {
	t.Parallel()
	arabic := inEnglish() // the page speaks Arabic, the bot not yet
	arabic.copied = "تم النسخ"
	for _, c := range []struct {
		screen   screen
		person   string
		language string
		labels   labels
		journeys []func(*buyer)
	}{
		{phone(), "Ada", "en", inEnglish(), []func(*buyer){(*buyer).voucher, (*buyer).topUp, (*buyer).card, (*buyer).changesTheWay}},
		{desktop(), "Ada", "en", inEnglish(), []func(*buyer){(*buyer).voucher, (*buyer).card, (*buyer).changesTheWay}},
		{named(phone(), "-rtl"), "ليلى", "ar", arabic, []func(*buyer){(*buyer).topUp, (*buyer).card}},
		{inTheDark(named(desktop(), "-dark")), "Вера", "ru", inRussian(), []func(*buyer){(*buyer).topUp, (*buyer).card}},
	} {
		t.Run(c.screen.name, func(t *testing.T) {
			t.Parallel()
			demo := kit.StartDemo(t)
			demo.Post("/control/people", map[string]any{"id": 1001, "first_name": c.person, "language_code": c.language}, nil)
			b := &buyer{launch(t, c.screen), demo, c.labels}
			b.do("open", chromedp.Navigate(demo.Base+"/#1001"), chromedp.WaitVisible(chromedp.CSS(".start")), chromedp.Click(chromedp.CSS(".start")))
			for _, journey := range c.journeys {
				journey(b)
			}
			demo.AuditChat()
		})
	}
}

func named(s screen, suffix string) screen { s.name += suffix; return s }
func inTheDark(s screen) screen            { s.dark = true; return s }

// voucher buys a code of Plexy's and pays it in coins at InventPay.
func (b *buyer) voucher() {
	b.write("/shop")
	b.press("Game cards")
	b.press("Razer Gold PIN $20")
	b.press(b.buy)
	b.press(b.coins)
	b.waitPay("inventpay")
	b.payInCoins("voucher", "USDT_BEP20")
	b.do("code", chromedp.WaitVisible(chromedp.CSS(".spoiler.shut")))
	b.said(b.here)
	b.keep("voucher-delivered")
	sold := b.demo.PlexyBooks().Orders
	if len(sold) != 1 {
		b.t.Fatalf("Plexy sold %+v", sold)
	}
	b.do("tap", chromedp.Click(chromedp.CSS(".spoiler.shut")), chromedp.WaitNotPresent(chromedp.CSS(".spoiler.shut")))
	shown := eval[[]string](b.page, `[...document.querySelectorAll(".spoiler")].map(e => e.textContent)`)
	for _, text := range sold[0].Content {
		if !slices.Contains(shown, text) {
			b.t.Errorf("the page shows %q, sold was %q", shown, sold[0].Content)
		}
	}
	b.keep("voucher-shown")
}

// topUp pays into an account: an amount of one's own and two fields.
func (b *buyer) topUp() {
	b.write("/topup")
	b.press("Wallets")
	b.do("amounts", chromedp.WaitVisible(key("10 USD")))
	b.keep("topup-amount")
	b.write("12")
	b.said("gabe_1996") // the example
	b.keep("topup-field")
	b.write("ada_lovelace")
	b.said("you@example.com")
	b.write("ada@example.com")
	b.do("check", chromedp.WaitVisible(key(b.gateway)))
	b.said("ada_lovelace")
	b.said("ada@example.com")
	b.keep("topup-check")
	b.press(b.gateway)
	b.waitPay("infini")
	b.payExactly("topup", "infini")
	b.advanceUntilSaid(b.topped, 5*time.Second) // the supplier takes its time
	b.keep("topup-done")
	made := b.demo.PlexyBooks().TopUps
	if len(made) != 1 || made[0].Account["steam_login"] != "ada_lovelace" || made[0].Account["email"] != "ada@example.com" || made[0].Amount.String() != "12" {
		b.t.Errorf("topped up was %+v", made)
	}
}

// card buys a gift card on Base with a message on it.
func (b *buyer) card() {
	b.demo.Cards(map[string]any{"mint_delay": "5m"}) // long enough to be looked at, however slow the screen is
	b.write("/giftcard")
	b.do("networks", chromedp.WaitVisible(key("Base")))
	b.keep("card-network")
	b.press("Base")
	b.press("USDC")
	b.do("amounts", chromedp.WaitVisible(key("25 USDC")))
	b.keep("card-amount")
	b.press("25 USDC")
	b.press(b.next)
	b.said("👀")
	b.keep("card-message")
	b.write("Happy birthday! 🎂")
	b.said(b.message)
	b.keep("card-check")
	b.press(b.gateway)
	b.waitPay("infini")
	b.payExactly("card", "infini")
	b.said("15")
	b.keep("card-making")
	b.demo.AdvanceUntil("gift card", 30*time.Second, func() bool {
		minted := b.demo.CardBooks().Requests
		return len(minted) == 1 && minted[0].State == "minted" && eval[bool](b.page, `document.querySelector(".msg .photo img") !== null`)
	})
	b.do("picture", chromedp.WaitVisible(chromedp.CSS(".msg .photo img")))
	b.isTheCard()
}

// changesTheWay starts at one gateway and pays at the other.
func (b *buyer) changesTheWay() {
	b.write("/shop")
	b.press("Free Fire")
	b.press("100 Diamonds")
	b.press("+")
	b.do("two", chromedp.WaitVisible(key("2 ")))
	b.press(b.buy)
	b.press(b.gateway)
	b.waitPay("infini")
	b.press(b.otherWay)
	b.do("ways", chromedp.WaitVisible(key(b.coins)))
	b.keep("ways")
	b.press(b.coins)
	b.waitPay("inventpay")
	b.keep("ways-second")
	b.payInCoins("ways", "BTC")
	b.do("codes", chromedp.WaitVisible(chromedp.CSS(".spoiler.shut")))
	b.keep("ways-delivered")
	if sold := b.demo.SupplierBooks().Orders; len(sold) != 1 || len(sold[0].Codes) != 2 {
		b.t.Errorf("the supplier sold %+v", sold)
	}
	left, taken := b.demo.GatewayBooks().Orders, b.demo.InventBooks().Payments
	if last := left[len(left)-1]; len(last.Payments) != 0 || len(taken) == 0 {
		b.t.Errorf("the first gateway holds %+v, the second %+v", last, taken)
	}
}
