package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const testToken = "42:test-token"

// clock is a hand-moved clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a server under test, with its doors.
type world struct {
	t     *testing.T
	s     *Server
	clock *clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := newClock()
	return &world{t: t, clock: c, s: New(Config{Token: testToken, Now: c.Now})}
}

type answerBody struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// call calls a method with JSON parameters.
func (w *world) call(method string, fields args) answerBody {
	w.t.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/telegram/bot"+testToken+"/"+method, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json")
	return w.do(r)
}

func (w *world) do(r *http.Request) answerBody {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.s.BotAPI().ServeHTTP(rec, r)
	var out answerBody
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		w.t.Fatalf("not JSON: %s", rec.Body)
	}
	if !out.OK && out.Code != rec.Code {
		w.t.Errorf("status %d but error_code %d", rec.Code, out.Code)
	}
	return out
}

// send sends a message and returns its id.
func (w *world) send(chat int64, text string, extra map[string]any) int64 {
	w.t.Helper()
	fields := args{"chat_id": chat, "text": text}
	maps.Copy(fields, extra)
	out := w.call("sendMessage", fields)
	var m struct {
		ID int64 `json:"message_id"`
	}
	if err := json.Unmarshal(out.Result, &m); !out.OK || err != nil {
		w.t.Fatalf("sendMessage: %+v %v", out, err)
	}
	return m.ID
}

// control calls /control and decodes the answer into out, if given.
func (w *world) control(method, path, body string, out any) int {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8088/control"+path, strings.NewReader(body))
	rec := httptest.NewRecorder()
	w.s.Chat().ServeHTTP(rec, r)
	if out != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			w.t.Fatalf("%s %s: not JSON: %s", method, path, rec.Body)
		}
	}
	return rec.Code
}

// start makes the people start the bot.
func (w *world) start(ids ...int) {
	w.t.Helper()
	for _, id := range ids {
		if code := w.control("POST", fmt.Sprintf("/chats/%d/messages", id), `{"text":"/start"}`, nil); code != 200 {
			w.t.Fatalf("start %d: %d", id, code)
		}
	}
}

// hook is a webhook that answers from a script and keeps what it got.
type hook struct {
	mu      sync.Mutex
	got     []string
	secrets []string
	script  []int // statuses; afterwards 200
	reply   string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var u struct {
		Message  *struct{ Text string } `json:"message"`
		Callback *struct{ Data string } `json:"callback_query"`
		Member   *struct{}              `json:"my_chat_member"`
	}
	_ = json.Unmarshal(body, &u)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case u.Message != nil:
		h.got = append(h.got, u.Message.Text)
	case u.Callback != nil:
		h.got = append(h.got, "press "+u.Callback.Data)
	case u.Member != nil:
		h.got = append(h.got, "member")
	}
	h.secrets = append(h.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
	if len(h.script) > 0 {
		code := h.script[0]
		h.script = h.script[1:]
		w.WriteHeader(code)
		return
	}
	if h.reply != "" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, h.reply)
	}
}

func (h *hook) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.got
	h.got = nil
	return out
}

func (w *world) listen(h *hook) {
	w.t.Helper()
	srv := httptest.NewServer(h)
	w.t.Cleanup(srv.Close)
	if out := w.call("setWebhook", map[string]any{"url": srv.URL, "secret_token": "s3cret"}); !out.OK {
		w.t.Fatalf("setWebhook: %+v", out)
	}
}
