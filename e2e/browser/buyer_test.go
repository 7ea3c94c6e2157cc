package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
)

// write sends a text the way a person does, and waits for the bot's answer.
func (p *page) write(text string) {
	p.t.Helper()
	line := chromedp.CSS("#text")
	p.do("write "+text, chromedp.Click(line), chromedp.SendKeys(line, text), chromedp.Click(chromedp.CSS("#send")))
	p.do("answer to "+text, chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(
		`//article[contains(@class, "mine")][contains(., %q)][last()]/following-sibling::article[not(contains(@class, "mine"))]`, text))))
}

// said waits until one of the bot's two newest messages holds the text.
func (p *page) said(text string) {
	p.t.Helper()
	p.do("read "+text, chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(
		`(//article[not(contains(@class, "mine"))])[position() > last() - 2]//div[@class="body"][contains(., %q)]`, text))))
}

// advanceUntilSaid moves the clock on until the bot has written the text.
func (b *buyer) advanceUntilSaid(text string, step time.Duration) {
	b.t.Helper()
	b.demo.AdvanceUntil("message with "+text, step, func() bool {
		var list []kit.Message
		b.demo.Get("/control/chats/1001/messages", &list)
		return slices.ContainsFunc(list, func(m kit.Message) bool { return strings.Contains(kit.Body(m), text) })
	})
	b.said(text)
}

// keep takes a picture of what is on the screen and looks for what sticks out.
func (p *page) keep(what string) {
	p.t.Helper()
	p.shoot(what)
	p.inside()
}

// waitPay waits for the key that leads to the gateway.
func (b *buyer) waitPay(gateway string) {
	b.t.Helper()
	b.do("link to "+gateway, chromedp.WaitVisible(payKey(gateway)))
}

// open follows the payment key into the tab that it opens.
func (b *buyer) open(gateway string) *page {
	b.t.Helper()
	address := eval[string](b.page, fmt.Sprintf(`[...document.querySelectorAll('a.key[href*="/pay/%s/"]')].at(-1).href`, gateway))
	b.do("pay", chromedp.Click(payKey(gateway)))
	return b.tab(address)
}

// settle clicks what pays, waits for the thanks and closes the tab.
func (b *buyer) settle(checkout *page, what string) {
	b.t.Helper()
	exact := chromedp.CSS("#pay-exact")
	checkout.do("checkout", chromedp.WaitVisible(exact), chromedp.WaitEnabled(exact))
	checkout.keep(what + "-checkout")
	checkout.do("pay", chromedp.Click(exact), chromedp.WaitVisible(chromedp.CSS(`#status[data-state="paid"]`)), chromedp.WaitVisible(chromedp.CSS("#back")))
	checkout.keep(what + "-paid")
	if err := chromedp.Cancel(checkout.ctx); err != nil { // closes the tab
		b.t.Errorf("close the checkout: %v", err)
	}
}

// payExactly pays what is asked at a gateway where no coin is picked.
func (b *buyer) payExactly(what, gateway string) {
	b.t.Helper()
	b.settle(b.open(gateway), what)
}

// payInCoins picks a coin at InventPay first.
func (b *buyer) payInCoins(what, coin string) {
	b.t.Helper()
	checkout := b.open("inventpay")
	pick := chromedp.CSS("#coin-" + coin)
	checkout.do("coins", chromedp.WaitVisible(pick), chromedp.WaitEnabled(pick))
	checkout.keep(what + "-coins")
	checkout.do("coin", chromedp.Click(pick), chromedp.WaitVisible(chromedp.CSS("#coin-address")))
	b.settle(checkout, what)
}

// isTheCard compares the delivered card with the one that was minted.
func (b *buyer) isTheCard() {
	b.t.Helper()
	minted := b.demo.CardBooks().Requests
	if len(minted) != 1 || len(minted[0].Cards) != 1 || minted[0].Message != "Happy birthday! 🎂" || minted[0].Chain != 8453 {
		b.t.Fatalf("minted was %+v", minted)
	}
	card := minted[0].Cards[0]
	b.do("picture loaded", chromedp.WaitVisible(chromedp.CSS(".photo img")))
	kit.Eventually(b.t, "whole picture", func() bool {
		return eval[bool](b.page, `[...document.querySelectorAll(".photo img")].every(i => i.complete && i.naturalWidth === 1024)`)
	})
	if read := b.scan(); !strings.Contains(read, card.ID) || !strings.Contains(read, card.Secret) {
		b.t.Errorf("a phone reads %q from the screen, minted was card %s", read, card.ID)
	}
	b.keep("card-delivered")
	b.hides(card.Secret)
	eval[bool](b.page, `window.copied = []; navigator.clipboard.writeText = async (t) => { window.copied.push(t) }; true`)
	b.press(b.secret)
	b.do("toast", chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//*[contains(@class, "toast")][contains(., %q)]`, b.copied))))
	b.keep("card-copied")
	if got := eval[[]string](b.page, "window.copied"); len(got) != 1 || got[0] != card.Secret {
		b.t.Errorf("copied %q", got)
	}
	b.enlarge()
}

// hides fails when the secret can be read before it is tapped, or not after.
func (b *buyer) hides(secret string) {
	b.t.Helper()
	look := fmt.Sprintf(`[...document.querySelectorAll(".msg.pic .spoiler")].map(e => e.textContent === %q && getComputedStyle(e).color !== "rgba(0, 0, 0, 0)").join()`, secret)
	if seen := eval[string](b.page, look); seen != "false" {
		b.t.Errorf("before the tap the secret can be seen: %q", seen)
	}
	b.do("tap", chromedp.Click(chromedp.CSS(".msg.pic .spoiler")), chromedp.WaitNotPresent(chromedp.CSS(".msg.pic .spoiler.shut")))
	if seen := eval[string](b.page, look); seen != "true" {
		b.t.Errorf("after the tap the secret can be seen: %q", seen)
	}
}

// scan reads the QR code off the screen, as somebody's phone would.
func (b *buyer) scan() string {
	b.t.Helper()
	eval[bool](b.page, `(document.querySelector(".photo").scrollIntoView({ block: "end" }), true)`)
	b.keep("card-picture")
	ctx, cancel := context.WithTimeout(b.ctx, kit.Patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatalf("picture of the card: %v", err)
	}
	text, err := readQR(raw, eval[[]float64](b.page, `(() => {
		const r = document.querySelector(".photo img").getBoundingClientRect();
		return [r.left, r.top, r.right, r.bottom].map(v => v / innerWidth);
	})()`))
	if err != nil {
		b.t.Fatalf("no phone reads this QR code: %v", err)
	}
	eval[bool](b.page, `(document.querySelector("#scroll").scrollTo(0, 1e6), true)`)
	return text
}

// enlarge looks at the picture alone, and goes back.
func (b *buyer) enlarge() {
	b.t.Helper()
	b.do("enlarge", chromedp.Click(chromedp.CSS(".photo")), chromedp.WaitVisible(chromedp.CSS("dialog.viewer img")))
	b.keep("card-enlarged")
	b.do("back", chromedp.Click(chromedp.CSS("dialog.viewer button")), chromedp.WaitNotPresent(chromedp.CSS("dialog.viewer")))
}
