package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"giftbot/config"
	"giftbot/sandbox"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/telegram"
)

const pollingToken = "700000001:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// polled is a world whose bot fetches its updates: it has no public address.
type polled struct {
	t    *testing.T
	chat *telegram.Server
	url  string
	cfg  config.Config
}

func newPolled(t *testing.T, more ...string) *polled {
	t.Helper()
	redis := miniredis.RunT(t)
	p := &polled{t: t, chat: telegram.New(telegram.Config{Token: pollingToken})}
	world, err := sandbox.New(sandbox.Config{
		InfiniKeyID: "key-1", InfiniSecretKey: "sk_test_0123456789abcdef", InfiniWebhookSecret: "whsec_test_0123456789",
		InfiniVoucherKey: "infi_sk_0123456789abcdef", Telegram: p.chat.BotAPI(), Chat: p.chat.Chat(),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(world.Handler())
	t.Cleanup(srv.Close)
	p.url = srv.URL
	p.cfg, err = config.Load(append([]string{
		"TELEGRAM_MODE=polling", "TELEGRAM_BOT_TOKEN=" + pollingToken, "TELEGRAM_API_URL=" + srv.URL + "/telegram",
		"REDIS_URL=redis://" + redis.Addr(), "REDIS_DURABILITY=unsafe", "SPOOL_DIR=" + t.TempDir(), "ADMIN_IDS=1003",
		"ENCRYPTION_KEYS=k1:" + base64.StdEncoding.EncodeToString([]byte("0f1e2d3c4b5a69788796a5b4c3d2e1f0")),
		"INFINI_BASE_URL=" + srv.URL + "/infini", "INFINI_KEY_ID=key-1", "INFINI_SECRET_KEY=sk_test_0123456789abcdef",
		"INFINI_WEBHOOK_SECRET=whsec_test_0123456789", "INFINIVOUCHER_BASE_URL=" + srv.URL + "/infinivoucher/api/v1",
		"INFINIVOUCHER_API_KEY=infi_sk_0123456789abcdef",
	}, more...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs a replica; stop ends it as the command does.
func (p *polled) start(logs *bytes.Buffer) (a *App, stop func()) {
	p.t.Helper()
	a, err := New(p.t.Context(), p.cfg, Outside{Log: slog.New(slog.NewTextHandler(logs, nil)), Clock: kit.NewClock(nil)})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	return a, func() {
		if err := a.Drain(p.t.Context()); err != nil {
			p.t.Error(err)
		}
		cancel()
		<-ended
		if err := a.Close(); err != nil {
			p.t.Error(err)
		}
	}
}

func (p *polled) call(h http.Handler, method, path, body string, out any) {
	p.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code >= 300 || out != nil && json.Unmarshal(rec.Body.Bytes(), out) != nil {
		p.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
}

// answers waits until the bot has sent so many messages to Ada.
func (p *polled) answers(want int) {
	p.t.Helper()
	for range 1000 {
		var list []telegram.MessageView
		p.call(p.chat.Chat(), "GET", "/control/chats/1001/messages", "", &list)
		got := 0
		for _, m := range list {
			if m.From == "bot" {
				got++
			}
		}
		if got == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Fatalf("the bot never sent %d messages", want)
}

// webhook is what Telegram knows about where updates go.
func (p *polled) webhook() (info struct {
	URL     string `json:"url"`
	Pending int    `json:"pending_update_count"`
}) {
	p.t.Helper()
	var out struct{ Result json.RawMessage }
	p.call(p.chat.BotAPI(), "GET", "/telegram/bot"+pollingToken+"/getWebhookInfo", "", &out)
	if err := json.Unmarshal(out.Result, &info); err != nil {
		p.t.Fatal(err)
	}
	return info
}

func TestAShopWithoutAPublicAddress(t *testing.T) {
	p := newPolled(t)
	hook := `{"url":"https://elsewhere.example.org/webhooks/telegram"}`
	p.call(p.chat.BotAPI(), "POST", "/telegram/bot"+pollingToken+"/setWebhook", hook, nil)
	say := func() {
		p.call(p.chat.Chat(), "POST", "/control/chats/1001/messages", `{"text":"/start"}`, nil)
	}
	say() // before the bot runs: it is not dropped
	var logs bytes.Buffer
	a, stop := p.start(&logs)
	p.answers(1)
	say()
	p.answers(2)
	rec := httptest.NewRecorder()
	a.Handler().ServeHTTP(rec, httptest.NewRequest("POST", "/webhooks/telegram", strings.NewReader("{}")))
	if rec.Code != http.StatusNotFound {
		t.Errorf("the webhook route answers %d", rec.Code)
	}
	stop()
	if info := p.webhook(); info.URL != "" || info.Pending != 0 {
		t.Errorf("afterwards: webhook %q, %d wait", info.URL, info.Pending)
	}
	_, stop = p.start(&logs)
	say()
	p.answers(3)
	stop()
	if strings.Contains(logs.String(), "aaaaaaaa") {
		t.Error("the token is in the log")
	}
	if v := p.chat.Violations(); len(v) != 0 {
		t.Errorf("violations: %v", v)
	}
}

func TestTheDoctorKnowsPolling(t *testing.T) {
	find := func(p *polled, name string) Finding {
		t.Helper()
		for _, f := range Examine(t.Context(), p.cfg, kit.NewClock(nil)) {
			if f.Name == name {
				return f
			}
		}
		t.Fatalf("nothing about %s", name)
		return Finding{}
	}
	p := newPolled(t)
	if f := find(p, "Telegram"); !f.OK || !strings.HasSuffix(f.Says, "answers; updates are fetched, 0 wait") {
		t.Errorf("%+v", f)
	}
	if f := find(p, "Public address"); !f.OK || !strings.Contains(f.Says, "noticed later") {
		t.Errorf("%+v", f)
	}
	p.call(p.chat.BotAPI(), "POST", "/telegram/bot"+pollingToken+"/setWebhook", `{"url":"https://elsewhere.example.org/x"}`, nil)
	if f := find(p, "Telegram"); !f.OK || !strings.Contains(f.Says, "webhook is removed when the bot starts") {
		t.Errorf("%+v", f)
	}
	for _, c := range p.chat.Calls() {
		if c.Method == "getUpdates" {
			t.Error("the doctor cuts a running bot's poll short")
		}
	}
	reachable := newPolled(t, "PUBLIC_URL=http://127.0.0.1:1")
	if f := find(reachable, "Public address"); f.OK || !strings.Contains(f.Says, "does not answer") {
		t.Errorf("%+v", f)
	}
}
