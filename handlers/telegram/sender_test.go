package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
)

// fakeAPI answers every call from a script, then with ok.
type fakeAPI struct {
	t      *testing.T
	mu     sync.Mutex
	script []func(w http.ResponseWriter)
	calls  []fakeCall
}

func (f *fakeAPI) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

type fakeCall struct {
	method string
	length int64
	form   map[string]string
	files  map[string]string // uploads by the name of their part
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := fakeCall{method: r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], length: r.ContentLength, form: map[string]string{}, files: map[string]string{}}
	if r.ContentLength > 0 {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			f.t.Errorf("%s: %v", call.method, err)
		}
		for name, values := range r.MultipartForm.Value {
			call.form[name] = values[0]
		}
		for name, parts := range r.MultipartForm.File {
			call.files[name] = f.content(parts[0])
		}
	}
	f.calls = append(f.calls, call)
	if len(f.script) > 0 {
		answer := f.script[0]
		f.script = f.script[1:]
		answer(w)
		return
	}
	result := `{"message_id":77,"date":1,"chat":{"id":1001,"type":"private"}}`
	switch call.method {
	case "answerCallbackQuery":
		result = "true"
	case "sendPhoto", "editMessageMedia":
		result = strings.TrimSuffix(result, "}") + `,"photo":[{"file_id":"small","width":72,"height":90},` +
			`{"file_id":"LARGE","width":1024,"height":1280},{"file_id":"middle","width":640,"height":800}]}`
	}
	_, _ = io.WriteString(w, `{"ok":true,"result":`+result+`}`)
}

func (f *fakeAPI) content(part *multipart.FileHeader) string {
	file, err := part.Open()
	if err != nil {
		f.t.Error(err)
		return ""
	}
	defer file.Close()
	all, err := io.ReadAll(file)
	if err != nil {
		f.t.Error(err)
	}
	return string(all)
}

func refuses(code int, text string, parameters string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q,"parameters":{%s}}`, code, text, parameters)
	}
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func htmlError(w http.ResponseWriter) {
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, "<html>CODE-IN-A-BODY</html>")
}

type senderRig struct {
	*Sender
	api   *fakeAPI
	clock *handClock
	meter *tally
	log   *syncBuffer
	slept []time.Duration
}

func newSenderRig(t *testing.T, script ...func(http.ResponseWriter)) *senderRig {
	t.Helper()
	rig := &senderRig{api: &fakeAPI{t: t, script: script}, clock: newClock(), meter: newTally(), log: &syncBuffer{}}
	server := httptest.NewServer(rig.api)
	t.Cleanup(server.Close)
	client := NewClient()
	t.Cleanup(client.Close)
	s, err := NewSender(SenderConfig{
		Token: token, Server: server.URL, HTTP: client, Limits: DefaultLimits(), Clock: rig.clock, Meter: rig.meter,
		Log: slog.New(slog.NewTextHandler(rig.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.sleep = func(ctx context.Context, d time.Duration) error {
		rig.slept = append(rig.slept, d)
		rig.clock.advance(d)
		return ctx.Err()
	}
	rig.Sender = s
	return rig
}

func hello() Message {
	return Message{Chat: ada, HTML: "<b>CODE-1</b> &amp; more", Template: "hello", Keyboard: [][]models.InlineKeyboardButton{{{Text: "x", CallbackData: "y"}}}}
}

// TestFaults is the table of what Telegram can answer and what becomes of it.
func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(http.ResponseWriter)
		send   Fault // after every call was answered so
		edit   Fault
		sends  int // attempts
		edits  int
	}{
		{"blocked", refuses(403, "Forbidden: bot was blocked by the user", ""), FaultUnreachable, FaultUnreachable, 1, 1},
		{"deactivated", refuses(403, "Forbidden: user is deactivated", ""), FaultUnreachable, FaultUnreachable, 1, 1},
		{"never started", refuses(403, "Forbidden: bot can't initiate conversation with a user", ""), FaultUnreachable, FaultUnreachable, 1, 1},
		{"chat not found", refuses(400, "Bad Request: chat not found", ""), FaultUnreachable, FaultUnreachable, 1, 1},
		{"not modified", refuses(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same", ""), FaultSame, FaultNone, 1, 1},
		{"edit not found", refuses(400, "Bad Request: message to edit not found", ""), FaultGone, FaultGone, 1, 1},
		{"can't be edited", refuses(400, "Bad Request: message can't be edited", ""), FaultGone, FaultGone, 1, 1},
		{"a photo", refuses(400, "Bad Request: there is no text in the message to edit", ""), FaultNoText, FaultGone, 1, 2},
		{"entities", refuses(400, `Bad Request: can't parse entities: Unsupported start tag "CODE-1"`, ""), FaultEntities, FaultEntities, 2, 2},
		{"too long", refuses(400, "Bad Request: message is too long", ""), FaultRefused, FaultRefused, 1, 1},
		{"migrated", refuses(400, "Bad Request: group chat was upgraded", `"migrate_to_chat_id":-100`), FaultMigrated, FaultMigrated, 1, 1},
		{"revoked", refuses(401, "Unauthorized", ""), FaultUnauthorized, FaultUnauthorized, 1, 1},
		{"no method", refuses(404, "Not Found", ""), FaultRefused, FaultRefused, 1, 1},
		{"conflict", refuses(409, "Conflict", ""), FaultRefused, FaultRefused, 1, 1},
		{"slow down, long", refuses(429, "Too Many Requests: retry after 30", `"retry_after":30`), FaultLimited, FaultLimited, 1, 1},
		{"slow down, short", refuses(429, "Too Many Requests: retry after 2", `"retry_after":2`), FaultLimited, FaultLimited, 2, 2},
		{"500", refuses(500, "Internal Server Error", ""), FaultUnclear, FaultUnclear, 1, 2},
		{"502 in HTML", htmlError, FaultUnclear, FaultUnclear, 1, 2},
		{"cut", hangUp, FaultUnclear, FaultUnclear, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			always := []func(http.ResponseWriter){tc.answer, tc.answer, tc.answer, tc.answer, tc.answer, tc.answer}
			sending, editing := newSenderRig(t, always...), newSenderRig(t, always...)
			_, err := sending.Send(t.Context(), LaneReply, hello())
			if FaultOf(err) != tc.send || sending.api.count() != tc.sends {
				t.Errorf("send: %v in %d attempts, want %q in %d", err, sending.api.count(), tc.send, tc.sends)
			}
			err = editing.Edit(t.Context(), LaneReply, 5, hello())
			if FaultOf(err) != tc.edit || tc.edits > 0 && editing.api.count() != tc.edits {
				t.Errorf("edit: %v in %d attempts, want %q in %d", err, editing.api.count(), tc.edit, tc.edits)
			}
			for _, secret := range []string{token, "CODE", "token-that"} {
				if strings.Contains(sending.log.String()+editing.log.String()+fmt.Sprint(err), secret) {
					t.Errorf("%q leaked", secret)
				}
			}
		})
	}
}

func TestRequestsAreSizedAndComplete(t *testing.T) {
	s := newSenderRig(t)
	m := hello()
	m.Protect = true
	id, err := s.Send(t.Context(), LaneReply, m)
	if err != nil || id != 77 {
		t.Fatalf("%d, %v", id, err)
	}
	if err := s.Edit(t.Context(), LaneReply, 5, hello()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.bot.GetMe(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, c := range s.api.calls {
		if c.length < 0 || c.method == "getMe" && c.length != 0 {
			t.Errorf("call %d (%s) has length %d", i, c.method, c.length)
		}
	}
	sent, edited := s.api.calls[0].form, s.api.calls[1].form
	if sent["protect_content"] != "true" || sent["parse_mode"] != "HTML" || edited["message_id"] != "5" {
		t.Errorf("sent %v", sent)
	}
	for _, form := range []map[string]string{sent, edited} {
		var preview models.LinkPreviewOptions
		if err := json.Unmarshal([]byte(form["link_preview_options"]), &preview); err != nil || !*preview.IsDisabled {
			t.Errorf("link preview: %q", form["link_preview_options"])
		}
		if !strings.Contains(form["reply_markup"], `"callback_data":"y"`) {
			t.Errorf("keyboard: %q", form["reply_markup"])
		}
	}
}

func TestRefusedMarkupIsSentPlain(t *testing.T) {
	s := newSenderRig(t, refuses(400, "Bad Request: can't parse entities: CODE-1", ""))
	if _, err := s.Send(t.Context(), LaneReply, hello()); err != nil {
		t.Fatal(err)
	}
	second := s.api.calls[1].form
	if second["text"] != "CODE-1 & more" || second["parse_mode"] != "" {
		t.Errorf("sent again as %v", second)
	}
	if log := s.log.String(); !strings.Contains(log, "template=hello") || strings.Contains(log, "CODE") {
		t.Errorf("logged %q", log)
	}
}

func TestAParkedChatWaitsAndOthersDoNot(t *testing.T) {
	s := newSenderRig(t, refuses(429, "Too Many Requests", `"retry_after":20`))
	if _, err := s.Send(t.Context(), LaneReply, hello()); retryAfter(err) != 20*time.Second {
		t.Fatalf("%v after %v", err, retryAfter(err))
	}
	_, err := s.Send(t.Context(), LaneReply, hello())
	if FaultOf(err) != FaultLimited || s.api.count() != 1 {
		t.Errorf("a parked chat was written to: %v", err)
	}
	other := hello()
	other.Chat = boris
	if _, err := s.Send(t.Context(), LaneReply, other); err != nil {
		t.Errorf("another chat: %v", err)
	}
	s.clock.advance(20 * time.Second)
	if _, err := s.Send(t.Context(), LaneReply, hello()); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestAShort429IsWaitedForAndBuiltAnew(t *testing.T) {
	s := newSenderRig(t, refuses(429, "Too Many Requests", `"retry_after":2`))
	id, err := s.Send(t.Context(), LaneReply, hello())
	if err != nil || id != 77 || len(s.slept) != 1 || s.slept[0] != 2*time.Second {
		t.Fatalf("%d, %v, slept %v", id, err, s.slept)
	}
	if a, b := s.api.calls[0].form["text"], s.api.calls[1].form["text"]; a != b || a == "" {
		t.Errorf("the second request carried %q, the first %q", b, a)
	}
}

func TestDeliveriesGoBackInsteadOfWaiting(t *testing.T) {
	s := newSenderRig(t, refuses(429, "Too Many Requests", `"retry_after":3`))
	_, err := s.Send(t.Context(), LaneDelivery, hello())
	if FaultOf(err) != FaultLimited || len(s.slept) != 0 {
		t.Errorf("%v, slept %v", err, s.slept)
	}
}

func TestAnAnswerThatComesTooLateIsDone(t *testing.T) {
	s := newSenderRig(t, refuses(400, "Bad Request: query is too old and response timeout expired or query ID is invalid", ""))
	if err := s.Answer(t.Context(), "q1", strings.Repeat("я", 300)); err != nil {
		t.Error(err)
	}
	if text := s.api.calls[0].form["text"]; length(text) != 200 {
		t.Errorf("toast of %d units", length(text))
	}
}

func TestRefusedConnectionsAreTriedAgain(t *testing.T) {
	s := newSenderRig(t)
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	client := NewClient()
	defer client.Close()
	off, err := NewSender(SenderConfig{Token: token, Server: dead.URL, HTTP: client, Clock: s.clock, Meter: s.meter, Log: s.Sender.log})
	if err != nil {
		t.Fatal(err)
	}
	off.sleep = s.sleep
	if _, err := off.Send(t.Context(), LaneReply, hello()); FaultOf(err) != FaultNotSent || len(s.slept) != 1 {
		t.Errorf("%v, slept %v", err, s.slept)
	}
}

// TestConnectionsClosedByTheServerAreNotNoticed has the server close every
// connection after it answered: an edit is repeated by itself.
func TestConnectionsClosedByTheServerAreNotNoticed(t *testing.T) {
	api := &fakeAPI{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { api.ServeHTTP(w, r) }))
	defer server.Close()
	client := NewClient()
	defer client.Close()
	s, err := NewSender(SenderConfig{Token: token, Server: server.URL, HTTP: client, Clock: newClock(), Meter: newTally(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.sleep = func(context.Context, time.Duration) error { t.Error("our own second try was needed"); return nil }
	for i := range 20 {
		if err := s.Edit(t.Context(), LaneReply, 5, Message{Chat: int64(i + 1), HTML: "x"}); err != nil {
			t.Errorf("edit %d: %v", i, err)
		}
		server.CloseClientConnections()
	}
	if api.count() != 20 {
		t.Errorf("%d calls arrived, want 20", api.count())
	}
}

func TestLargeBodiesAreStreamed(t *testing.T) {
	s := newSenderRig(t)
	m := hello()
	m.HTML = strings.Repeat("x", smallBody+10)
	if _, err := s.Send(t.Context(), LaneReply, m); err != nil {
		t.Fatal(err)
	}
	if c := s.api.calls[0]; c.length != -1 {
		t.Errorf("length %d, want it unknown", c.length)
	}
}
