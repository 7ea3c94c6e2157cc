package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func (w *world) say(id int, text string) {
	w.t.Helper()
	if code := w.control("POST", fmt.Sprintf("/chats/%d/messages", id), `{"text":`+jsonText(text)+`}`, nil); code != 200 {
		w.t.Fatalf("say: %d", code)
	}
}

func TestWebhookCarriesTheSecret(t *testing.T) {
	w, h := newWorld(t), &hook{}
	w.listen(h)
	w.say(1001, "/start")
	if n := w.s.Tick(t.Context()); n != 1 || h.secrets[0] != "s3cret" {
		t.Errorf("%d deliveries, secrets %q", n, h.secrets)
	}
	if n := w.s.Tick(t.Context()); n != 0 {
		t.Errorf("delivered again: %d", n)
	}
}

// TestRetrySchedule: at once, then 2, 4, 8 … 60 s, with the clock alone.
func TestRetrySchedule(t *testing.T) {
	w, h := newWorld(t), &hook{script: []int{500, 500, 500, 500, 500, 500, 500, 500, 500}}
	w.listen(h)
	w.say(1001, "hi")
	if n := w.s.Tick(t.Context()); n != 2 {
		t.Errorf("%d tries at once, want 2", n)
	}
	for _, seconds := range []int{2, 4, 8, 16, 32, 60, 60} {
		want := time.Duration(seconds) * time.Second
		due, ok := w.s.NextDue()
		if got := due.Sub(w.clock.Now()); !ok || got != want {
			t.Fatalf("next retry in %v, want %v", got, want)
		}
		w.clock.add(want - time.Millisecond)
		if n := w.s.Tick(t.Context()); n != 0 {
			t.Fatal("too early")
		}
		w.clock.add(time.Millisecond)
		if n := w.s.Tick(t.Context()); n != 1 {
			t.Fatalf("%d tries when due", n)
		}
	}
	var info struct {
		Pending int    `json:"pending_update_count"`
		Error   string `json:"last_error_message"`
		At      int64  `json:"last_error_date"`
	}
	_ = json.Unmarshal(w.call("getWebhookInfo", nil).Result, &info)
	if info.Pending != 1 || info.Error != "Wrong response from the webhook: 500 Internal Server Error" || info.At != w.clock.Now().Unix() {
		t.Errorf("%+v", info)
	}
	w.clock.add(time.Minute)
	if w.s.Tick(t.Context()); len(w.s.pending) != 0 {
		t.Error("a success ends the retries")
	}
}

// TestQueues: a failing update holds back its own chat only, and a person's
// presses are another queue than their messages.
func TestQueues(t *testing.T) {
	w, h := newWorld(t), &hook{}
	w.listen(h)
	w.start(1001, 1002)
	id := w.send(1001, "x", args{"reply_markup": keys([]args{button("b", "buy")})})
	w.s.Tick(t.Context())
	h.take()
	h.script = []int{503, 200, 200, 503}
	w.say(1001, "a1")
	w.say(1001, "a2")
	w.say(1002, "b1")
	w.control("POST", "/chats/1001/press", fmt.Sprintf(`{"message_id":%d,"data":"buy","wait":0}`, id), nil)
	w.clock.add(0)
	w.s.Tick(t.Context())
	// a1 fails, its retry is due at once and oldest; then a2, then b1 fails once and is retried.
	if diff := cmp.Diff([]string{"a1", "a1", "a2", "b1", "b1", "press buy"}, h.take()); diff != "" {
		t.Error(diff)
	}
	h.script = []int{503, 503}
	w.say(1001, "a3")
	w.say(1001, "a4")
	w.s.Tick(t.Context())
	w.say(1002, "b2")
	w.s.Tick(t.Context())
	if diff := cmp.Diff([]string{"a3", "a3", "b2"}, h.take()); diff != "" {
		t.Errorf("a4 must wait for a3: %s", diff)
	}
	w.clock.add(2 * time.Second)
	w.s.Tick(t.Context())
	if diff := cmp.Diff([]string{"a3", "a4"}, h.take()); diff != "" {
		t.Error(diff)
	}
}

func TestLifetimes(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "x", args{"reply_markup": keys([]args{button("b", "buy")})})
	w.control("POST", "/chats/1001/press", fmt.Sprintf(`{"message_id":%d,"data":"buy","wait":0}`, id), nil)
	count := func() int {
		var out []json.RawMessage
		_ = json.Unmarshal(w.call("getUpdates", nil).Result, &out)
		return len(out)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{149 * time.Second, 2}, {time.Second, 1}, {24*time.Hour - 151*time.Second, 1}, {time.Second, 0}} {
		w.clock.add(step.after)
		if got := count(); got != step.want {
			t.Errorf("after %v: %d updates, want %d", step.after, got, step.want)
		}
	}
}

func TestGetUpdates(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.say(1002, "hi")
	type update struct {
		ID int64 `json:"update_id"`
	}
	get := func(a args) (out []update) {
		if err := json.Unmarshal(w.call("getUpdates", a).Result, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	all := get(nil)
	if len(all) != 2 || all[1].ID != all[0].ID+1 {
		t.Fatalf("%+v", all)
	}
	if again := get(args{"limit": 1}); len(again) != 1 || again[0] != all[0] {
		t.Errorf("unconfirmed updates come again: %+v", again)
	}
	if rest := get(args{"offset": all[1].ID}); len(rest) != 1 || rest[0] != all[1] {
		t.Errorf("the offset confirms what is below: %+v", rest)
	}
	w.listen(&hook{})
	if out := w.call("getUpdates", nil); out.Code != 409 {
		t.Errorf("with a webhook set: %+v", out)
	}
}

func TestLongPollWakes(t *testing.T) {
	w := newWorld(t)
	got := make(chan answerBody, 1)
	go func() {
		r := httptest.NewRequest("POST", "/telegram/bot"+testToken+"/getUpdates?timeout=20", nil)
		got <- w.do(r)
	}()
	for w.s.Calls() == nil || len(w.s.Calls()) == 0 {
		time.Sleep(time.Millisecond)
	}
	begin := time.Now()
	w.say(1001, "/start")
	if out := <-got; !strings.Contains(string(out.Result), "/start") || time.Since(begin) > time.Second {
		t.Errorf("%+v after %v", out, time.Since(begin))
	}
}

func TestAllowedUpdatesAndMembership(t *testing.T) {
	w, h := newWorld(t), &hook{}
	w.listen(h)
	w.start(1001)
	w.control("POST", "/people", `{"id":1001,"blocked":true}`, nil)
	w.control("POST", "/people", `{"id":1001,"blocked":true}`, nil)
	w.control("POST", "/people", `{"id":1002,"blocked":true}`, nil)
	w.s.Tick(t.Context())
	if diff := cmp.Diff([]string{"/start", "member"}, h.take()); diff != "" {
		t.Errorf("one change, one update, none for strangers: %s", diff)
	}
	w.clock.add(2 * time.Second)
	if out := w.call("setWebhook", args{"url": "https://bot.example/", "allowed_updates": []string{"callback_query"}}); !out.OK {
		t.Fatalf("%+v", out)
	}
	w.say(1003, "/start")
	if len(w.s.pending) != 0 {
		t.Error("a kind that is not asked for is not queued")
	}
}

func TestWebhookAnswersAreCalls(t *testing.T) {
	w, h := newWorld(t), &hook{reply: `{"method":"sendMessage","chat_id":1001,"text":"from the answer"}`}
	w.listen(h)
	w.say(1001, "/start")
	w.s.Tick(t.Context())
	var list []MessageView
	w.control("GET", "/chats/1001/messages", "", &list)
	if len(list) != 2 || list[1].Text != "from the answer" {
		t.Errorf("%+v", list)
	}
}

func TestDuplicateNext(t *testing.T) {
	w, h := newWorld(t), &hook{}
	w.listen(h)
	w.s.DuplicateNext(1)
	w.say(1001, "once")
	w.say(1001, "twice?")
	w.s.Tick(t.Context())
	if diff := cmp.Diff([]string{"once", "once", "twice?"}, h.take()); diff != "" {
		t.Error(diff)
	}
}

// TestRunIsPrompt: the demo's loop delivers at once and leaves nothing behind.
func TestRunIsPrompt(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := New(Config{Token: testToken})
	w := &world{t: t, s: s, clock: newClock()}
	h := &hook{}
	srv := httptest.NewServer(h)
	defer srv.Close()
	defer s.cfg.Client.CloseIdleConnections()
	w.call("setWebhook", args{"url": srv.URL})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	begin := time.Now()
	w.say(1001, "/start")
	for len(h.take()) == 0 {
		if time.Since(begin) > 2*time.Second {
			t.Fatal("not delivered")
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
}
