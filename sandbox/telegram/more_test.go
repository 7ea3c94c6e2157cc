package telegram

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (w *world) raw(contentType, body string, method string) answerBody {
	w.t.Helper()
	r := httptest.NewRequest("POST", "/telegram/bot"+testToken+"/"+method, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return w.do(r)
}

func TestBodyCodings(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	form := url.Values{"chat_id": {"1001"}, "text": {"a b"}}.Encode()
	multi := "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n1001\r\n--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n--x--\r\n"
	for _, tt := range []struct {
		kind, body, method string
		ok                 bool
	}{
		{"application/x-www-form-urlencoded", form, "sendMessage", true},
		{"multipart/form-data; boundary=x", multi, "sendMessage", true},
		{"multipart/form-data; boundary=x", "", "getMe", true},
		{"multipart/form-data; boundary=x", "broken", "sendMessage", false},
		{"application/json", `{"chat_id":1001,"text":"x","parse_mode":null}`, "sendMessage", true},
		{"application/json", `[1]`, "sendMessage", false},
		{"text/plain", "x", "sendMessage", false},
		{"application/x-www-form-urlencoded", "chat_id=1001&text=%ff", "sendMessage", false},
	} {
		if out := w.raw(tt.kind, tt.body, tt.method); out.OK != tt.ok {
			t.Errorf("%s %q: %+v", tt.kind, tt.body, out)
		}
	}
}

func TestDeleting(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	a, b := w.send(1001, "a", nil), w.send(1001, "b", nil)
	if out := w.call("deleteMessage", args{"chat_id": 1001, "message_id": a}); !out.OK {
		t.Errorf("%+v", out)
	}
	if out := w.call("deleteMessages", args{"chat_id": 1001, "message_ids": []int64{a, 1, 99}}); !out.OK {
		t.Errorf("what is gone is skipped: %+v", out)
	}
	var list []MessageView
	w.control("GET", "/chats/1001/messages", "", &list)
	if len(list) != 1 || list[0].ID != b {
		t.Errorf("%+v", list)
	}
	w.clock.add(48 * time.Hour)
	if out := w.call("deleteMessage", args{"chat_id": 1001, "message_id": b}); out.OK || !strings.Contains(out.Description, "can't be deleted") {
		t.Errorf("%+v", out)
	}
}

func TestProfilePerLanguage(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.call("setMyDescription", args{"description": "A shop"})
	w.call("setMyDescription", args{"description": "Магазин", "language_code": "ru"})
	w.call("setMyName", args{"name": "Лавка", "language_code": "ru"})
	w.call("setMyCommands", args{"commands": []args{{"command": "a", "description": "all"}}})
	w.call("setMyCommands", args{"commands": []args{{"command": "b", "description": "private"}}, "scope": args{"type": "all_private_chats"}})
	w.call("setMyCommands", args{"commands": []args{{"command": "c", "description": "Ada's"}}, "scope": args{"type": "chat", "chat_id": 1001}})
	see := func(id string) string {
		var v chatView
		w.control("GET", "/chats/"+id, "", &v)
		return v.BotName + "|" + v.Description + "|" + v.Commands[0].Command
	}
	if diff := cmp.Diff([]string{"giftbot demo|A shop|c", "Лавка|Магазин|b"}, []string{see("1001"), see("1002")}); diff != "" {
		t.Error(diff)
	}
	w.call("deleteMyCommands", args{"scope": args{"type": "chat", "chat_id": 1001}})
	if got := see("1001"); !strings.HasSuffix(got, "|b") {
		t.Errorf("after deletion: %s", got)
	}
	if out := w.call("getMyDescription", args{"language_code": "es"}); !strings.Contains(string(out.Result), "A shop") {
		t.Errorf("%s", out.Result)
	}
}

func TestSetWebhookAgain(t *testing.T) {
	w := newWorld(t)
	hook := args{"url": "https://bot.example/", "secret_token": "a"}
	if out := w.call("setWebhook", hook); out.Description != "Webhook was set" {
		t.Errorf("%+v", out)
	}
	if out := w.call("setWebhook", hook); out.Description != "Webhook is already set" {
		t.Errorf("%+v", out)
	}
	hook["secret_token"] = "b"
	if out := w.call("setWebhook", hook); out.Code != 429 {
		t.Errorf("changed twice within a second: %+v", out)
	}
	w.say(1001, "/start")
	if out := w.call("deleteWebhook", args{"drop_pending_updates": true}); !out.OK || len(w.s.pending) != 0 {
		t.Errorf("%+v", out)
	}
}

func TestRetryAfterAndHangUps(t *testing.T) {
	w := newWorld(t)
	var calls atomic.Int32 // a connection that is cut orders nothing between two calls
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		rw.Header().Set("Retry-After", "30")
		rw.WriteHeader(503)
	}))
	defer srv.Close()
	w.call("setWebhook", args{"url": srv.URL})
	w.say(1001, "hi")
	w.s.Step(t.Context())
	if w.s.hook.lastError != "Connection closed by the webhook" {
		t.Errorf("%q", w.s.hook.lastError)
	}
	w.s.Step(t.Context())
	if due, _ := w.s.NextDue(); due.Sub(w.clock.Now()) != 30*time.Second {
		t.Errorf("Retry-After is honoured: %v", due.Sub(w.clock.Now()))
	}
}

func TestFailureThatHangsUp(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.s.BotAPI())
	defer srv.Close()
	w.s.FailNext(Failure{Method: "getMe"})
	resp, err := http.Post(srv.URL+"/telegram/bot"+testToken+"/getMe", "", nil)
	if err == nil {
		resp.Body.Close()
		t.Errorf("the connection must be cut, got %d", resp.StatusCode)
	}
	if out := w.call("getMe", nil); !out.OK {
		t.Errorf("only once: %+v", out)
	}
}

func TestReplyKeyboard(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	keyboard := func() [][]string {
		var v chatView
		w.control("GET", "/chats/1001", "", &v)
		return v.Keyboard
	}
	w.send(1001, "pick", args{"reply_markup": args{"keyboard": [][]any{{"a", args{"text": "b"}}}}})
	if diff := cmp.Diff([][]string{{"a", "b"}}, keyboard()); diff != "" {
		t.Error(diff)
	}
	w.send(1001, "done", args{"reply_markup": args{"remove_keyboard": true}})
	if keyboard() != nil {
		t.Error("removed")
	}
}

func TestExplicitEntities(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	bold := func(offset, length int, kind string) answerBody {
		return w.call("sendMessage", args{"chat_id": 1001, "text": "héllo", "entities": []args{{"type": kind, "offset": offset, "length": length}}})
	}
	var m messageObject
	if err := json.Unmarshal(bold(1, 2, "bold").Result, &m); err != nil || len(m.Entities) != 1 || cutUTF16(m.Text, m.Entities[0].Offset, m.Entities[0].Length) != "él" {
		t.Errorf("%+v %v", m, err)
	}
	if bold(4, 2, "bold").OK || bold(-1, 2, "bold").OK || bold(0, 1, "sparkle").OK {
		t.Error("entities outside of the text or of unknown kind must be refused")
	}
}
