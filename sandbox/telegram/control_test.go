package telegram

import (
	"bufio"
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

func TestControlRefusals(t *testing.T) {
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/people", `{`, 400},
		{"POST", "/people", `{"id":0,"first_name":"X"}`, 400},
		{"POST", "/people", `{"id":5}`, 400},
		{"POST", "/people", `{"id":1001,"language_code":"!!"}`, 400},
		{"POST", "/people", `{"id":1001,"colour":"red"}`, 400},
		{"POST", "/chats/9/messages", `{"text":"x"}`, 404},
		{"POST", "/chats/x/messages", `{"text":"x"}`, 400},
		{"POST", "/chats/1001/messages", `{"text":"  "}`, 400},
		{"POST", "/chats/1001/press", `{"message_id":1,"data":"x"}`, 404},
		{"POST", "/chats/1001/press", `{"message_id":1}`, 400},
		{"POST", "/chats/1001/press", `{"message_id":1,"data":"x","wait":99}`, 400},
		{"POST", "/telegram", `{"fail_next":{"code":200}}`, 400},
		{"POST", "/telegram", `{"rate_limit":{"chat_burst":-1}}`, 400},
		{"GET", "/telegram/calls?after=x", "", 400},
		{"GET", "/chats/1001/files/none", "", 404},
	} {
		var out struct{ Error string }
		if code := newWorld(t).control(tt.method, tt.path, tt.body, &out); code != tt.want || out.Error == "" {
			t.Errorf("%s %s %s: %d %q, want %d and a reason", tt.method, tt.path, tt.body, code, out.Error, tt.want)
		}
	}
}

func TestOnlyLoopbackAndSameOrigin(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		host, origin string
		want         int
	}{
		{"127.0.0.1:8088", "", 200}, {"localhost:8088", "http://localhost:8088", 200}, {"[::1]:8088", "", 200},
		{"evil.example", "", 403}, {"127.0.0.1:8088", "http://evil.example", 403}, {"127.0.0.1:8088", "null", 403},
	} {
		for _, path := range []string{"/", "/control/people"} {
			r := httptest.NewRequest("GET", "http://"+tt.host+path, nil)
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			rec := httptest.NewRecorder()
			w.s.Chat().ServeHTTP(rec, r)
			if rec.Code != tt.want {
				t.Errorf("%s from %q %s: %d, want %d", tt.host, tt.origin, path, rec.Code, tt.want)
			}
		}
	}
}

func TestThePageIsServed(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{"/": "<!doctype html>", "/assets/app.js": "EventSource", "/assets/app.css": "--accent", "/assets/icon.svg": "<svg"} {
		rec := httptest.NewRecorder()
		w.s.Chat().ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost"+path, nil))
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: %d", path, rec.Code)
		}
		if path == "/" && !strings.Contains(rec.Header().Get("Content-Security-Policy"), "script-src 'self'") {
			t.Error("the page needs its policy")
		}
	}
}

func TestForgedPressAndStaleButton(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "x", nil)
	if code := w.control("POST", "/chats/1001/press", `{"message_id":`+jsonText(id)+`,"data":"x"}`, nil); code != 409 {
		t.Errorf("a button that is not there: %d", code)
	}
	if code := w.control("POST", "/chats/1001/press", `{"message_id":99,"data":"x","forge":true}`, nil); code != 200 {
		t.Errorf("forged: %d", code)
	}
	if out := string(w.call("getUpdates", nil).Result); !strings.Contains(out, `"date":0`) {
		t.Errorf("a lost message is inaccessible: %s", out)
	}
}

func TestCallsAreMaskedAndUnknownParametersNoted(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.send(1001, "SECRET-CODE", args{"parse_mode": "HTML", "colour": "red", "reply_markup": keys([]args{button("Key", "token")})})
	var calls []callView
	w.control("GET", "/telegram/calls", "", &calls)
	got := jsonText(calls[0].Params)
	want := `{"chat_id":1001,"colour":"xxx","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"callback_data":"xxxxx","text":"xxx"}]]},"text":"xxxxxxxxxxx"}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if w.s.Calls()[0].Params["text"] != "SECRET-CODE" {
		t.Error("the text itself is kept in memory")
	}
	if v := w.s.Violations(); len(v) != 1 || !strings.Contains(v[0].Reason, `"colour"`) {
		t.Errorf("%+v", v)
	}
}

func TestEventsStream(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.s.Chat())
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/control/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func(prefix string) string {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), prefix) {
				return lines.Text()
			}
		}
		t.Fatalf("stream ended before %q", prefix)
		return ""
	}
	next("event: hello")
	w.start(1001)
	next("event: person")
	next("event: message")
	if data := next("data: "); !strings.Contains(data, `"chat_id":1001`) || !strings.Contains(data, "/start") {
		t.Error(data)
	}
}

// TestRealClient drives the server with the library that the bot uses.
func TestRealClient(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.s.BotAPI())
	defer srv.Close()
	b, err := bot.New(testToken, bot.WithServerURL(srv.URL+"/telegram"))
	if err != nil {
		t.Fatal(err)
	}
	w.start(1001)
	ctx := t.Context()
	var buf bytes.Buffer
	if err = png.Encode(&buf, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	photo, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: 1001, Photo: &models.InputFileUpload{Filename: "qr.png", Data: bytes.NewReader(buf.Bytes())}, Caption: "<b>QR</b>", ParseMode: "HTML", ProtectContent: true})
	if err != nil || photo.Photo[0].Width != 30 || photo.CaptionEntities[0].Type != "bold" {
		t.Fatalf("%+v %v", photo, err)
	}
	if _, err := b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: 1001, MessageID: photo.ID, Text: "x"}); err == nil || !strings.Contains(err.Error(), "there is no text in the message to edit") {
		t.Errorf("text of a photo: %v", err)
	}
	if _, err := b.EditMessageMedia(ctx, &bot.EditMessageMediaParams{ChatID: 1001, MessageID: photo.ID, Media: &models.InputMediaPhoto{Media: "attach://new.png", Caption: "new", MediaAttachment: bytes.NewReader(buf.Bytes())}}); err != nil {
		t.Errorf("edit media: %v", err)
	}
	if _, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: 1001, Document: &models.InputFileString{Data: photo.Photo[0].FileID}}); err == nil {
		t.Error("a photo's id is no document")
	}
	if _, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: 1001, Photo: &models.InputFileUpload{Filename: "x.png", Data: strings.NewReader("no picture")}}); err == nil || !strings.Contains(err.Error(), "IMAGE_PROCESS_FAILED") {
		t.Errorf("not a picture: %v", err)
	}
	if _, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: []models.BotCommand{{Command: "shop", Description: "Магазин"}}, LanguageCode: "ru", Scope: &models.BotCommandScopeAllPrivateChats{}}); err != nil {
		t.Error(err)
	}
	checkClientViews(t, w, b)
}

func checkClientViews(t *testing.T, w *world, b *bot.Bot) {
	t.Helper()
	var view chatView
	w.control("GET", "/chats/1002", "", &view)
	if len(view.Commands) != 1 || view.Commands[0].Description != "Магазин" {
		t.Errorf("Boris sees the Russian menu: %+v", view)
	}
	var list []MessageView
	w.control("GET", "/chats/1001/messages", "", &list)
	if last := list[len(list)-1]; last.Caption != "new" || last.EditedAt == nil || !last.Protected || last.PhotoURL == "" {
		t.Errorf("%+v", last)
	}
	if info, err := b.GetWebhookInfo(t.Context()); err != nil || info.PendingUpdateCount != 1 {
		t.Errorf("%+v %v", info, err)
	}
	chat, err := b.GetChat(t.Context(), &bot.GetChatParams{ChatID: 1001})
	if err != nil || chat.FirstName != "Ada" {
		t.Errorf("%+v %v", chat, err)
	}
	if v := w.s.Violations(); len(v) != 0 {
		t.Errorf("%+v", v)
	}
}

func TestPressWaitsForTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "x", args{"reply_markup": keys([]args{button("b", "buy")})})
	go func() {
		for {
			w.s.mu.Lock()
			for q := range w.s.queries {
				w.s.mu.Unlock()
				w.call("answerCallbackQuery", args{"callback_query_id": q, "text": "Added", "show_alert": true})
				return
			}
			w.s.mu.Unlock()
			time.Sleep(time.Millisecond)
		}
	}()
	var out pressAnswer
	w.control("POST", "/chats/1001/press", `{"message_id":`+jsonText(id)+`,"data":"buy","wait":5}`, &out)
	if !out.Answered || out.Text != "Added" || !out.Alert {
		t.Errorf("%+v", out)
	}
}
