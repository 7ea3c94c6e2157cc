package telegram

import (
	"strings"
	"testing"
	"time"

	"giftbot/flows"
	sandbox "giftbot/sandbox/telegram"
)

func (w *world) setup(secret string, languages ...string) *Setup {
	return NewSetup(w.replicas[0].sender, w.renderer(), Profile{
		WebhookURL: address, Secret: secret, Connections: 40, Languages: languages, Commands: flows.Commands(),
		About: flows.Text{Key: "home.line"}, Short: flows.Text{Key: "home.line"},
	}, w.meter, w.logger())
}

// sets counts calls that changed something.
func (w *world) sets() int {
	n := 0
	for _, c := range w.telegram.Calls() {
		if strings.HasPrefix(strings.ToLower(c.Method), "set") {
			n++
		}
	}
	return n
}

func TestSetupChangesOnlyWhatDiffers(t *testing.T) {
	w := newWorld(t, 1)
	w.clock.advance(time.Minute)
	name := ""
	if err := w.setup(secret, "en", "ru").Once(t.Context(), func(n string) { name = n }); err != nil {
		t.Fatal(err)
	}
	if name != "giftbot_demo_bot" {
		t.Errorf("name %q", name)
	}
	before := w.sets()
	if err := w.setup(secret, "en", "ru").Once(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if w.sets() != before {
		t.Errorf("%d calls although nothing differed", w.sets()-before)
	}
	w.clock.advance(time.Minute)
	if err := w.setup("another-secret", "en", "ru").Once(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if w.sets() != before+1 {
		t.Errorf("%d calls after the secret changed, want 1", w.sets()-before)
	}
	for _, c := range w.telegram.Calls() {
		if strings.EqualFold(c.Method, "setWebhook") {
			if c.Params["drop_pending_updates"] != "" || c.Params["allowed_updates"] != `["message","callback_query","my_chat_member"]` {
				t.Errorf("setWebhook with %v", c.Params)
			}
			if strings.Contains(c.Params["url"], secret) {
				t.Error("the secret is in the address")
			}
		}
	}
	if v := w.telegram.Violations(); len(v) != 0 {
		t.Errorf("violations: %v", v)
	}
}

func TestSetupSpeaksEveryLanguage(t *testing.T) {
	w := newWorld(t, 1)
	if err := w.setup(secret, "en", "ru").Once(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var view struct {
		Description string                                  `json:"description"`
		Commands    []struct{ Command, Description string } `json:"commands"`
	}
	w.control("GET", "/control/chats/1002", nil, &view)
	if len(view.Commands) != len(flows.Commands()) || !strings.ContainsAny(view.Commands[0].Description+view.Description, "абвгдежзиклмн") {
		t.Errorf("Boris sees %+v", view)
	}
}

func TestSetupTriesAgain(t *testing.T) {
	w := newWorld(t, 1)
	w.clock.advance(time.Minute)
	w.telegram.FailNext(sandbox.Failure{Method: "getMe", Code: 502, Times: 2})
	w.telegram.FailNext(sandbox.Failure{Method: "getWebhookInfo", Code: 429, RetryAfter: 3})
	if err := w.setup(secret, "en").Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if w.meter.of("telegram_setup ok") != 1 {
		t.Errorf("%v", w.meter.n)
	}
}

func TestAddressTellsSecretsApart(t *testing.T) {
	a, b := WebhookAddress(address, "one"), WebhookAddress(address, "two")
	if a == b || a != WebhookAddress(address, "one") || !strings.HasPrefix(a, address+"?") {
		t.Errorf("%q %q", a, b)
	}
}
