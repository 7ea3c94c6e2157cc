package browser

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
)

// words are the labels a person clicks, in a language the bot speaks.
type words struct{ shop, buy, pay, copied, delivered string }

func english() words {
	return words{"🛍 Shop", "Buy now", "💳 Crypto or card", "Copied", "Your 2 codes for order"}
}

func russian() words {
	return words{"🛍 Магазин", "Купить", "💳", "Скопировано", "пришли 2 кода"}
}

// TestPurchase buys two codes by clicking, the way make demo is meant.
func TestPurchase(t *testing.T) {
	t.Parallel()
	arabic := english()
	arabic.copied = "تم النسخ"
	for _, c := range []struct {
		screen   screen
		person   string
		language string
		words    words
		suffix   string
	}{
		{desktop(), "Ada", "en", english(), ""},
		{phone(), "Ada", "en", english(), ""},
		{desktop(), "ليلى", "ar", arabic, "-rtl"},
		{phone(), "ליאור", "he", english(), "-rtl"},
		{screen{name: "desktop", width: 1280, height: 860, dark: true}, "Вера", "ru", russian(), "-dark"},
		{screen{name: "phone", width: 390, height: 844, phone: true, dark: true}, "Вера", "ru", russian(), "-dark"},
	} {
		t.Run(c.screen.name+c.suffix, func(t *testing.T) {
			t.Parallel()
			demo := kit.StartDemo(t)
			demo.Post("/control/people", map[string]any{"id": 1001, "first_name": c.person, "language_code": c.language}, nil)
			c.screen.name += c.suffix
			p := launch(t, c.screen)
			buy(p, demo, c.words)
			demo.AuditChat()
		})
	}
}

// buy clicks through a purchase of two and looks at the codes.
func buy(p *page, demo *kit.Demo, w words) {
	p.t.Helper()
	p.do("open", chromedp.Navigate(demo.Base+"/#1001"), chromedp.WaitVisible(chromedp.CSS(".start")))
	p.shoot("1-welcome")
	p.do("start", chromedp.Click(chromedp.CSS(".start")))
	p.press(w.shop)
	p.press("Free Fire")
	p.do("category", chromedp.WaitVisible(key("100 Diamonds")))
	p.shoot("2-category")
	p.press("100 Diamonds")
	p.press("+")
	p.do("two", chromedp.WaitVisible(key("2 ")))
	p.shoot("3-product")
	p.press(w.buy)
	p.press(w.pay)
	p.do("link", chromedp.WaitVisible(payKey("infini")))
	p.shoot("4-waiting")
	checkOut(p, w)
	p.do("codes", chromedp.WaitVisible(chromedp.CSS(".spoiler.shut")))
	p.see(w.delivered)
	p.shoot("6-delivered")
	p.reveal(demo, w)
}

// checkOut pays exactly on the checkout page, in the tab that the button opens.
func checkOut(p *page, w words) {
	p.t.Helper()
	p.do("pay", chromedp.Click(payKey("infini")))
	checkout := p.tab("/pay/infini/")
	checkout.do("checkout", chromedp.WaitVisible(chromedp.CSS("#pay-exact")), chromedp.WaitEnabled(chromedp.CSS("#pay-exact")))
	checkout.shoot("5-checkout")
	checkout.inside()
	checkout.do("pay", chromedp.Click(chromedp.CSS("#pay-exact")),
		chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)), chromedp.WaitVisible(chromedp.CSS("#back")))
	checkout.shoot("5-paid")
	if err := chromedp.Cancel(checkout.ctx); err != nil { // closes the tab
		p.t.Errorf("close the checkout: %v", err)
	}
}

// reveal opens the spoilers and copies a code; both are what the supplier sold.
func (p *page) reveal(demo *kit.Demo, w words) {
	p.t.Helper()
	sold := demo.SupplierBooks().Orders
	if len(sold) != 1 || len(sold[0].Codes) != 2 {
		p.t.Fatalf("the supplier sold %+v", sold)
	}
	hidden := eval[bool](p, `[...document.querySelectorAll(".spoiler.shut")].every(e => getComputedStyle(e).color === "rgba(0, 0, 0, 0)")`)
	if !hidden {
		p.t.Error("a code can be read before it is tapped")
	}
	p.do("tap", chromedp.Click(chromedp.CSS(".spoiler.shut")), chromedp.WaitNotPresent(chromedp.CSS(".spoiler.shut")))
	codes := eval[[]string](p, `[...document.querySelectorAll(".spoiler")].map(e => e.textContent)`)
	if !slices.Equal(codes, sold[0].Codes) {
		p.t.Errorf("the page shows %q, sold were %q", codes, sold[0].Codes)
	}
	// What reaches the clipboard, without asking the browser for leave to read it.
	eval[bool](p, `window.copied = []; navigator.clipboard.writeText = async (t) => { window.copied.push(t) }; true`)
	p.press("📋")
	p.do("toast", chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//*[contains(@class, "toast")][contains(., %q)]`, w.copied))))
	p.shoot("7-copied")
	if got := eval[[]string](p, "window.copied"); len(got) != 1 || got[0] != sold[0].Codes[1] {
		p.t.Errorf("copied %q, want the second of %q", got, sold[0].Codes)
	}
	p.inside()
}

// inside fails when something on the page sticks out sideways or its text is
// cut off.
func (p *page) inside() {
	p.t.Helper()
	wide := eval[string](p, `(() => {
		const width = document.documentElement.clientWidth, bad = [];
		if (document.documentElement.scrollWidth > width) bad.push("page scrolls sideways");
		for (const e of document.querySelectorAll(".msg, .key, .bubble, .card, .button, .bar > *, #composer > *")) {
			const r = e.getBoundingClientRect();
			if (r.width && (r.left < -1 || r.right > width + 1)) bad.push(e.className + " sticks out: " + r.left + "–" + r.right);
			if (e.matches(".key, .button") && e.scrollWidth > e.clientWidth + 1) bad.push(e.textContent + " is cut off");
		}
		return bad.join("; ");
	})()`)
	if wide != "" {
		p.t.Error(wide)
	}
}
