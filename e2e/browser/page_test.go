package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
)

// screen is what a person looks at.
type screen struct {
	name          string
	width, height int64
	phone, dark   bool
}

func desktop() screen { return screen{name: "desktop", width: 1280, height: 860} }
func phone() screen   { return screen{name: "phone", width: 390, height: 844, phone: true} }

// page is one tab of a browser.
type page struct {
	t      *testing.T
	ctx    context.Context
	screen screen
}

// chromium is the path of the browser. Without one this test cannot say yes.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("chromium is needed for this test (apt-get install chromium)")
	return ""
}

// lifetime ends a browser that a test forgot; the waits of a test have limits of
// their own.
const lifetime = 10 * time.Minute

// launch starts a browser of its own for the test.
func launch(t *testing.T, s screen) *page {
	t.Helper()
	scheme := "1" // light
	if s.dark {
		scheme = "0"
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("blink-settings", "preferredColorScheme="+scheme),
		chromedp.WSURLReadTimeout(kit.Patience), chromedp.WindowSize(int(s.width), int(s.height)),
	}
	alive, cancelAll := context.WithTimeout(context.Background(), lifetime)
	browser, cancelBrowser := chromedp.NewExecAllocator(alive, options...)
	tab, cancelTab := chromedp.NewContext(browser)
	t.Cleanup(func() {
		_ = chromedp.Cancel(tab) // a browser that is gone already is fine
		cancelTab()
		cancelBrowser()
		cancelAll()
	})
	p := &page{t: t, ctx: tab, screen: s}
	p.attach()
	return p
}

// attach makes the first call on a tab and gives it the size of the screen. The tab lives as long as the context of
// that call, so it has no limit of its own.
func (p *page) attach() {
	p.t.Helper()
	if err := chromedp.Do(p.ctx); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
	var view []chromedp.EmulateViewportOption
	if p.screen.phone {
		view = append(view, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	}
	p.do("screen", chromedp.EmulateViewport(p.screen.width, p.screen.height, view...))
}

// do runs browser actions and fails the test, with a picture, when they do not
// come to their end.
func (p *page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, kit.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.shoot("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

// artifacts is where pictures are kept.
func artifacts(t *testing.T) string {
	t.Helper()
	root, err := kit.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "e2e", "artifacts")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shoot keeps a picture of what is on the screen.
func (p *page) shoot(what string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, kit.Patience)
	defer cancel()
	// What moves for ever (a spinner) is not waited for; that the wait fails
	// is seen in the picture.
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[bool](`Promise.all(document.getAnimations()
		.filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finished)).then(() => true, () => true)`, chromedp.EvalAwaitPromise))
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Errorf("picture %s: %v", what, err)
		return
	}
	name := filepath.Join(artifacts(p.t), p.screen.name+"-"+what+".png")
	if err := os.WriteFile(name, picture, 0o644); err != nil {
		p.t.Error(err)
	}
}

// key is the newest key of a keyboard whose label begins with the text.
func key(label string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`(//*[contains(concat(" ", @class, " "), " key ")][span[starts-with(normalize-space(.), %q)]])[last()]`, label))
}

// payKey is the newest key that leads to a gateway's checkout page. Its label
// will not do: in Russian "Another way to pay" begins with the same word.
func payKey(gateway string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`(//a[contains(@href, "/pay/%s/")][contains(concat(" ", @class, " "), " key ")])[last()]`, gateway))
}

// press clicks the newest key with the label, once it is there and the bot is
// not busy with it.
func (p *page) press(label string) {
	p.t.Helper()
	p.do("press "+label, chromedp.WaitVisible(key(label)), chromedp.Click(key(label)))
}

// see waits for a text in the conversation.
func (p *page) see(text string) {
	p.t.Helper()
	p.do("see "+text, chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//*[@id="log"]//*[contains(text(), %q)]`, text))))
}

// eval runs JavaScript and returns its value.
func eval[T any](p *page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, kit.Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("evaluate: %v", err)
	}
	return value
}

// tab waits for another tab whose address holds the text.
func (p *page) tab(address string) *page {
	p.t.Helper()
	var found chromedp.ContextOption
	kit.Eventually(p.t, "tab "+address, func() bool {
		list, err := chromedp.Targets(p.ctx)
		if err != nil {
			return false
		}
		for i := range list {
			if strings.Contains(list[i].URL, address) {
				found = chromedp.WithTargetID(list[i].TargetID)
			}
		}
		return found != nil
	})
	ctx, cancel := chromedp.NewContext(p.ctx, found)
	p.t.Cleanup(cancel)
	other := &page{t: p.t, ctx: ctx, screen: p.screen}
	other.attach()
	return other
}
