package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"giftbot/e2e/kit"
)

// TestKeyboard tops up without a mouse, from the first key to the receipt.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	p := launch(t, screen{name: "keyboard", width: 1280, height: 860})
	p.do("open", chromedp.Navigate(demo.Base+"/#1001"), chromedp.WaitVisible(chromedp.CSS(".start")))
	p.tabTo(forth, "at.matches('.start')")
	p.hit(kb.Enter)
	p.do("home", chromedp.WaitVisible(key("⚡ Top up")))
	p.send("/topup")
	p.do("top-ups", chromedp.WaitVisible(key("Wallets")))
	p.tabTo(back, label("Wallets"))
	p.shoot("focus")
	p.hit(kb.Enter)
	p.do("amounts", chromedp.WaitVisible(key("10 USD")))
	p.inTheKeys()
	p.tabTo(forth, label("10 USD"))
	p.hit(kb.Enter)
	p.said("Steam login")
	p.send("ada_lovelace")
	p.said("E-mail")
	p.send("ada@example.com")
	p.do("check", chromedp.WaitVisible(key("🪙 Crypto")))
	p.tabTo(back, label("🪙 Crypto"))
	p.hit(kb.Enter)
	p.do("link", chromedp.WaitVisible(payKey("inventpay")))
	p.tabTo(forth, `at.matches('a.key[href*="/pay/"]')`)
	p.shoot("link")
	p.hit(kb.Enter)
	p.payByKeys()
	p.said("10 USD credited")
	p.do("ping", chromedp.WaitVisible(key("Open the order"))) // a message of its own, after the receipt
	p.tabTo(forth, label("Open the order"))
	p.hit(kb.Enter)
	p.do("order", chromedp.WaitVisible(key("🧾")))
	p.shoot("done")
	if made := demo.PlexyBooks().TopUps; len(made) != 1 || made[0].Account["steam_login"] != "ada_lovelace" {
		t.Errorf("topped up was %+v", made)
	}
	demo.AuditChat()
}

// payByKeys picks a coin and pays, in the tab that was opened.
func (p *page) payByKeys() {
	p.t.Helper()
	checkout := p.tab("/pay/inventpay/")
	coin := chromedp.CSS("#coin-USDC_SOL")
	checkout.do("coins", chromedp.WaitVisible(coin), chromedp.WaitEnabled(coin))
	checkout.tabTo(forth, "at.id === 'coin-USDC_SOL'")
	checkout.shoot("coin")
	checkout.hit(kb.Enter)
	exact := chromedp.CSS("#pay-exact")
	checkout.do("transfer", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact))
	checkout.tabTo(forth, "at.id === 'pay-exact'")
	checkout.hit(kb.Enter)
	checkout.do("paid", chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)), chromedp.WaitVisible(chromedp.CSS("#back")))
	checkout.tabTo(forth, "at.id === 'back'")
	if err := chromedp.Cancel(checkout.ctx); err != nil { // closes the tab
		p.t.Errorf("close the checkout: %v", err)
	}
}

// direction is where the Tab key leads.
type direction bool

const (
	forth direction = false
	back  direction = true // with Shift
)

// fewTabs is how many keystrokes somebody has the patience for.
const fewTabs = 20

// label is true of the key whose label begins with the text.
func label(text string) string {
	return fmt.Sprintf(`at.matches(".key") && at.textContent.trim().startsWith(%q)`, text)
}

// tabTo presses Tab until the focus (at) is what the condition says, and looks
// whether that can be seen.
func (p *page) tabTo(way direction, condition string) {
	p.t.Helper()
	var held []chromedp.KeyOption
	if way == back {
		held = append(held, chromedp.KeyModifiers(chromedp.ModifierShift))
	}
	for range fewTabs {
		p.do("tab", chromedp.KeyEvent(kb.Tab, held...))
		if eval[bool](p, `(at => Boolean(`+condition+`))(document.activeElement)`) {
			if seen := eval[bool](p, `(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`); !seen {
				p.t.Errorf("nothing shows that the focus is where %s", condition)
			}
			return
		}
	}
	p.shoot("failed")
	p.t.Fatalf("after %d tabs the focus is not where %s", fewTabs, condition)
}

// send types a text into the line and sends it.
func (p *page) send(text string) {
	p.t.Helper()
	if !eval[bool](p, "document.activeElement.id === 'text'") { // it keeps the focus after a text
		p.tabTo(forth, "at.id === 'text'")
	}
	p.hit(text)
	p.tabTo(forth, "at.id === 'send'")
	p.hit(kb.Enter)
}

// hit presses keys.
func (p *page) hit(keys string) {
	p.t.Helper()
	p.do("keys", chromedp.KeyEvent(keys))
}

// inTheKeys fails when a screen that replaced another took the focus away.
func (p *page) inTheKeys() {
	p.t.Helper()
	if !eval[bool](p, `document.activeElement.matches(".key")`) {
		p.t.Error("the focus was lost with the screen before")
	}
}
