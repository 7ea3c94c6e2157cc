package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"giftbot/e2e/kit"
	sandbox "giftbot/sandbox/kit"
)

// slowLists makes the page get its answers late, as they were when they left.
const slowLists = `(() => {
	const real = window.fetch;
	window.late = 0;
	window.fetch = async (...call) => {
		const reply = await real(...call), text = await reply.text();
		await new Promise((done) => setTimeout(done, 1000));
		if (String(call[0]).endsWith("/messages") && !call[1]?.method) setTimeout(() => window.late++, 0);
		return new Response(text, { status: reply.status });
	};
	return true;
})()`

// TestLateList: the list of messages that Start asks for may be older than the
// bot's answer; the answer stays.
func TestLateList(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	p := launch(t, screen{name: "late", width: 1280, height: 860})
	p.do("open", chromedp.Navigate(demo.Base+"/#1001"), chromedp.WaitVisible(chromedp.CSS(".start")))
	eval[bool](p, slowLists)
	demo.Fault(sandbox.Fault{Target: "telegram", Path: "/sendMessage", Kind: sandbox.Delay, DelayMS: 500})
	p.do("start", chromedp.Click(chromedp.CSS(".start")), chromedp.WaitVisible(key("🛍 Shop")))
	kit.Eventually(t, "late list", func() bool { return eval[int](p, "window.late") > 0 })
	if left := eval[int](p, `document.querySelectorAll("[data-press]").length`); left == 0 {
		t.Error("the bot's answer is gone from the page")
	}
}
