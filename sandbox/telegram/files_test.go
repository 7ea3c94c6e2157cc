package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
)

// drawn is a PNG of a size; another shade is another picture.
func drawn(t *testing.T, width, height int, shade byte) []byte {
	t.Helper()
	paper := image.NewGray(image.Rect(0, 0, width, height))
	for i := range paper.Pix {
		paper.Pix[i] = shade
	}
	var out bytes.Buffer
	if err := png.Encode(&out, paper); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// upload calls a method with a file part of the given name.
func (w *world) upload(method string, fields map[string]string, part string, data []byte) answerBody {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			w.t.Fatal(err)
		}
	}
	if part != "" {
		file, err := form.CreateFormFile(part, "card.png")
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = file.Write(data)
	}
	if err := form.Close(); err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/telegram/bot"+testToken+"/"+method, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return w.do(r)
}

func (w *world) shown(out answerBody) messageObject {
	w.t.Helper()
	var m messageObject
	if err := json.Unmarshal(out.Result, &m); !out.OK || err != nil {
		w.t.Fatalf("%+v %v", out, err)
	}
	return m
}

func (w *world) editMedia(id int64, media string, data []byte) answerBody {
	fields := map[string]string{"chat_id": "1001", "message_id": fmt.Sprint(id), "media": media}
	if data == nil {
		return w.upload("editMessageMedia", fields, "", nil)
	}
	return w.upload("editMessageMedia", fields, "card.png", data)
}

func (w *world) messageAt(chat, id int64) MessageView {
	w.t.Helper()
	var list []MessageView
	w.control("GET", fmt.Sprintf("/chats/%d/messages", chat), "", &list)
	for _, m := range list {
		if m.ID == id {
			return m
		}
	}
	w.t.Fatalf("no message %d", id)
	return MessageView{}
}

const attached = `{"type":"photo","media":"attach://card.png","caption":"<b>25</b> <tg-spoiler>S3CRET</tg-spoiler>","parse_mode":"HTML"}`

func TestATextTakesAPictureAndKeepsIt(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "paid", args{"protect_content": true})
	picture := drawn(t, 1024, 1280, 7)
	m := w.shown(w.editMedia(id, attached, picture))
	if m.Text != "" || m.Caption != "25 S3CRET" || len(m.CaptionEntities) != 2 || !m.Protected {
		t.Errorf("%+v", m)
	}
	v := w.messageAt(1001, id)
	if v.Caption != "25 S3CRET" || v.Width != 1024 || v.Height != 1280 || v.PhotoURL == "" {
		t.Errorf("%+v", v)
	}
	rec := httptest.NewRecorder()
	w.s.Chat().ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1:8088"+v.PhotoURL, nil))
	if !bytes.Equal(rec.Body.Bytes(), picture) || rec.Header().Get("Content-Type") != "image/png" {
		t.Errorf("%d bytes of %s", rec.Body.Len(), rec.Header().Get("Content-Type"))
	}
	text := args{"chat_id": 1001, "message_id": id, "text": "x"}
	if out := w.call("editMessageText", text); out.Code != 400 || out.Description != "Bad Request: there is no text in the message to edit" {
		t.Errorf("%+v", out)
	}
	m = w.shown(w.call("editMessageCaption", args{"chat_id": 1001, "message_id": id, "caption": "held"}))
	if m.Caption != "held" || len(m.Photo) == 0 {
		t.Errorf("%+v", m)
	}
}

func TestAFileIDIsUsedAgain(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	a, b := w.send(1001, "a", nil), w.send(1001, "b", nil)
	sizes := w.shown(w.editMedia(a, attached, drawn(t, 1024, 1280, 1))).Photo
	if len(sizes) != 4 || sizes[0].Width != 72 || sizes[3].Height != 1280 {
		t.Fatalf("sizes %+v", sizes)
	}
	for _, size := range sizes[2:] {
		media := fmt.Sprintf(`{"type":"photo","media":%q,"caption":"25"}`, size.FileID)
		w.editMedia(b, media, nil)
		if v := w.messageAt(1001, b); v.Width != 1024 || v.PhotoURL != w.messageAt(1001, a).PhotoURL {
			t.Errorf("by the id of %d pixels: %+v", size.Width, v)
		}
		if out := w.editMedia(b, media, nil); !strings.Contains(out.Description, "message is not modified") {
			t.Errorf("the same again: %+v", out)
		}
	}
	if out := w.editMedia(a, attached, drawn(t, 1024, 1280, 1)); !out.OK {
		t.Errorf("an upload is another picture: %+v", out)
	}
	m := w.shown(w.call("sendPhoto", args{"chat_id": 1001, "photo": sizes[3].FileID, "protect_content": true}))
	if len(m.Photo) != 4 || !m.Protected {
		t.Errorf("%+v", m)
	}
}

func TestFilesAreDownloaded(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	picture := drawn(t, 30, 20, 9)
	sizes := w.shown(w.upload("sendPhoto", map[string]string{"chat_id": "1001"}, "photo", picture)).Photo
	if len(sizes) != 1 {
		t.Errorf("a small picture has one size: %+v", sizes)
	}
	var f fileObject
	out := w.call("getFile", args{"file_id": sizes[0].FileID})
	if err := json.Unmarshal(out.Result, &f); err != nil || !strings.HasPrefix(f.FilePath, "photos/") || f.FileSize != len(picture) {
		t.Fatalf("%+v %v", out, err)
	}
	get := func(method, token string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		w.s.BotAPI().ServeHTTP(rec, httptest.NewRequest(method, "/telegram/file/bot"+token+"/"+f.FilePath, nil))
		return rec
	}
	if rec := get("GET", testToken); rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), picture) {
		t.Errorf("%d, %d bytes", rec.Code, rec.Body.Len())
	}
	if get("GET", "1:other").Code != 404 || get("POST", testToken).Code != 404 {
		t.Error("a download needs the token, and is a GET")
	}
	f.FilePath = "photos/none.png"
	if get("GET", testToken).Code != 404 {
		t.Error("no such file")
	}
	doc := w.shown(w.upload("sendDocument", map[string]string{"chat_id": "1001"}, "document", []byte("codes"))).Document
	if out = w.call("getFile", args{"file_id": doc.FileID}); !strings.Contains(string(out.Result), `"file_path":"documents/`) {
		t.Errorf("%s", out.Result)
	}
}

func TestPicturesAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, media string
		data        []byte
		want        string
	}{
		{"no type", `{"media":"attach://card.png"}`, drawn(t, 9, 9, 0), `can't parse InputMedia: Can't find field "type"`},
		{"a sticker", `{"type":"sticker","media":"attach://card.png"}`, drawn(t, 9, 9, 0), "unsupported for the input media"},
		{"no media", `{"type":"photo"}`, nil, "media not found"},
		{"no such part", `{"type":"photo","media":"attach://other"}`, drawn(t, 9, 9, 0), "attached file not found"},
		{"broken JSON", `{"type":7}`, nil, "can't parse InputMedia"},
		{"an id of elsewhere", `{"type":"photo","media":"` + idPrefix + `0123"}`, nil, "Bad Request: wrong file identifier/HTTP URL specified"},
		{"not an id", `{"type":"photo","media":"nope"}`, nil, "wrong remote file identifier specified: Wrong string length"},
		{"an address", `{"type":"photo","media":"https://a.example/x.png"}`, nil, "failed to get HTTP URL content"},
		{"a long caption", `{"type":"photo","media":"attach://card.png","caption":"` + strings.Repeat("😀", 513) + `"}`, drawn(t, 9, 9, 0), "message caption is too long"},
		{"bad markup", `{"type":"photo","media":"attach://card.png","caption":"<b>","parse_mode":"HTML"}`, drawn(t, 9, 9, 0), "can't parse entities"},
		{"no bytes", attached, []byte{}, "file must be non-empty"},
		{"no picture", attached, []byte("text"), "IMAGE_PROCESS_FAILED"},
		{"too narrow", attached, drawn(t, 1, 21, 0), "PHOTO_INVALID_DIMENSIONS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.start(1001)
			id := w.send(1001, "text", nil)
			if out := w.editMedia(id, tt.media, tt.data); out.Code != 400 || !strings.Contains(out.Description, tt.want) {
				t.Errorf("%+v, want %q", out, tt.want)
			}
			if v := w.messageAt(1001, id); v.Text != "text" || v.EditedAt != nil {
				t.Errorf("a refused edit changed the message: %+v", v)
			}
		})
	}
}

func TestFilesThatAreNotThere(t *testing.T) {
	w := newWorld(t)
	if out := w.call("getFile", args{"file_id": "x"}); out.Code != 400 || !strings.Contains(out.Description, "invalid file_id") {
		t.Errorf("%+v", out)
	}
	if out := w.call("getFile", nil); out.Code != 400 || !strings.Contains(out.Description, "file_id not specified") {
		t.Errorf("%+v", out)
	}
}

// TestACaptionOfExactlyTheLimit: 1024 UTF-16 units after the markup is gone.
func TestACaptionOfExactlyTheLimit(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "text", nil)
	media := `{"type":"photo","media":"attach://card.png","parse_mode":"HTML","caption":"<b>` + strings.Repeat("😀", 512) + `</b>"}`
	if out := w.editMedia(id, media, drawn(t, 9, 9, 0)); !out.OK {
		t.Errorf("%+v", out)
	}
	over := args{"chat_id": 1001, "message_id": id, "caption": strings.Repeat("x", 1025)}
	if out := w.call("editMessageCaption", over); !strings.Contains(out.Description, "message caption is too long") {
		t.Errorf("%+v", out)
	}
}
