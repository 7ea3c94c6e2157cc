package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// bigPicture is larger than what a connection's first packets take.
func bigPicture() []byte { return []byte(strings.Repeat("PNG!", 50_000)) }

// pictured is a message with a picture that was never uploaded; kept gets the
// ids of uploads.
func pictured(kept *[]string) Message {
	return Message{
		Chat: ada, HTML: "<b>Your card</b>\n\n<tg-spoiler>S3CRET</tg-spoiler>", words: "<b>Your card</b>", codes: "<tg-spoiler>S3CRET</tg-spoiler>",
		Template: "card", Protect: true, Keyboard: [][]models.InlineKeyboardButton{{{Text: "x", CallbackData: "y"}}},
		Photo: &Photo{
			Draw: func() ([]byte, error) { return bigPicture(), nil },
			Keep: func(_ context.Context, id string) { *kept = append(*kept, id) },
		},
	}
}

func (r *senderRig) methods() []string {
	r.api.mu.Lock()
	defer r.api.mu.Unlock()
	var list []string
	for _, c := range r.api.calls {
		list = append(list, c.method)
	}
	return list
}

// media is what an editMessageMedia call said.
func media(t *testing.T, c fakeCall) (m struct{ Type, Media, Caption string }) {
	t.Helper()
	if err := json.Unmarshal([]byte(c.form["media"]), &m); err != nil {
		t.Fatalf("%s: %v in %q", c.method, err, c.form["media"])
	}
	return m
}

func TestANewMessageWithAPicture(t *testing.T) {
	var kept []string
	s := newSenderRig(t)
	id, err := s.Send(t.Context(), LaneReply, pictured(&kept))
	if err != nil || id != 77 {
		t.Fatalf("%d, %v", id, err)
	}
	c := s.api.calls[0]
	want := map[string]string{
		"chat_id": "1001", "caption": "<b>Your card</b>\n\n<tg-spoiler>S3CRET</tg-spoiler>", "parse_mode": "HTML", "protect_content": "true",
		"reply_markup": `{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}`,
	}
	if diff := cmp.Diff(want, c.form); diff != "" || c.method != "sendPhoto" {
		t.Errorf("%s: %s", c.method, diff)
	}
	if c.files["photo"] != string(bigPicture()) || c.length <= 0 {
		t.Errorf("uploaded %d bytes in a body of %d", len(c.files["photo"]), c.length)
	}
	if diff := cmp.Diff([]string{"LARGE"}, kept); diff != "" {
		t.Error(diff)
	}
}

// TestEachAttemptUploadsTheWholePicture: a reader that was sent once is empty.
func TestEachAttemptUploadsTheWholePicture(t *testing.T) {
	for name, first := range map[string]func(http.ResponseWriter){
		"an error of theirs": refuses(500, "Internal Server Error", ""),
		"slow down":          refuses(429, "Too Many Requests", `"retry_after":1`),
		"markup":             refuses(400, "Bad Request: can't parse entities", ""),
		"cut":                hangUp,
	} {
		t.Run(name, func(t *testing.T) {
			var kept []string
			s := newSenderRig(t, first)
			if err := s.Edit(t.Context(), LaneReply, 5, pictured(&kept)); err != nil {
				t.Fatal(err)
			}
			for i, c := range s.api.calls {
				if c.method != "editMessageMedia" || c.files[photoName] != string(bigPicture()) {
					t.Errorf("call %d: %s with %d bytes", i, c.method, len(c.files[photoName]))
				}
				if m := media(t, c); m.Media != "attach://"+photoName || m.Type != "photo" {
					t.Errorf("call %d: %+v", i, m)
				}
			}
			if len(s.api.calls) != 2 || len(kept) != 1 {
				t.Errorf("%d calls, kept %v", len(s.api.calls), kept)
			}
		})
	}
}

func TestAKnownPictureIsNotUploaded(t *testing.T) {
	var kept []string
	s := newSenderRig(t, func(w http.ResponseWriter) { refuses(400, "Bad Request: message is not modified: specified", "")(w) })
	m := pictured(&kept)
	m.Photo.FileID = "AgAC-known"
	m.Photo.Draw = func() ([]byte, error) { t.Error("drawn"); return nil, nil }
	for range 2 { // not modified, then shown
		if err := s.Edit(t.Context(), LaneReply, 5, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Send(t.Context(), LaneReply, m); err != nil {
		t.Fatal(err)
	}
	edited, sent := media(t, s.api.calls[1]), s.api.calls[2]
	if edited.Media != "AgAC-known" || sent.form["photo"] != "AgAC-known" || len(sent.files)+len(s.api.calls[1].files) != 0 {
		t.Errorf("edited %+v, sent %v", edited, sent.form)
	}
	if len(kept) != 0 {
		t.Errorf("kept %v", kept)
	}
}

// TestALostFileIsDrawnAnew is the table of what Telegram says to an id that it
// does not take any more.
func TestALostFileIsDrawnAnew(t *testing.T) {
	for _, text := range []string{
		"wrong file identifier/HTTP URL specified", "wrong remote file identifier specified: Wrong string length",
		"wrong remote file identifier specified: can't unserialize it", "FILE_REFERENCE_EXPIRED", "can't use file of type Document as Photo",
	} {
		t.Run(text, func(t *testing.T) {
			gone := refuses(400, "Bad Request: "+text, "")
			for name, do := range map[string]func(*senderRig, Message) error{
				"edit": func(s *senderRig, m Message) error { return s.Edit(t.Context(), LaneReply, 5, m) },
				"send": func(s *senderRig, m Message) error { _, err := s.Send(t.Context(), LaneReply, m); return err },
			} {
				var kept []string
				s := newSenderRig(t, gone)
				m := pictured(&kept)
				m.Photo.FileID = "AgAC-lost"
				if err := do(s, m); err != nil || len(s.api.calls) != 2 || len(s.api.calls[1].files) != 1 {
					t.Errorf("%s: %v in %d calls", name, err, len(s.api.calls))
				}
				if diff := cmp.Diff([]string{"LARGE"}, kept); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				if strings.Contains(s.log.String(), "AgAC") {
					t.Error("a file id is in the log")
				}
			}
		})
	}
}

// TestWithoutAPictureTheWordsAreShown: nothing about a picture may cost the
// buyer the codes.
func TestWithoutAPictureTheWordsAreShown(t *testing.T) {
	refused := refuses(400, "Bad Request: IMAGE_PROCESS_FAILED", "")
	for _, tc := range []struct {
		name   string
		change func(m *Message)
		script []func(http.ResponseWriter)
		want   []string // methods, after "edit" and "send" are filled in
	}{
		{"not drawn", func(m *Message) { m.Photo.Draw = func() ([]byte, error) { return nil, errors.New("no ink") } }, nil, []string{"words"}},
		{"refused", func(*Message) {}, []func(http.ResponseWriter){refused}, []string{"picture", "words"}},
		{"id and upload refused", func(m *Message) { m.Photo.FileID = "AgAC" }, []func(http.ResponseWriter){refused, refused}, []string{"picture", "picture", "words"}},
		{"codes too long for a caption", func(m *Message) { m.codes = strings.Repeat("C", captionLimit+1) }, nil, []string{"words"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var kept []string
			sending, editing := newSenderRig(t, tc.script...), newSenderRig(t, tc.script...)
			m := pictured(&kept)
			tc.change(&m)
			if id, err := sending.Send(t.Context(), LaneReply, m); err != nil || id != 77 {
				t.Errorf("send: %d, %v", id, err)
			}
			if err := editing.Edit(t.Context(), LaneReply, 5, m); err != nil {
				t.Errorf("edit: %v", err)
			}
			names := strings.NewReplacer("picture", "sendPhoto", "words", "sendMessage")
			if got, want := strings.Join(sending.methods(), " "), names.Replace(strings.Join(tc.want, " ")); got != want {
				t.Errorf("sent by %s, want %s", got, want)
			}
			names = strings.NewReplacer("picture", "editMessageMedia", "words", "editMessageText")
			if got, want := strings.Join(editing.methods(), " "), names.Replace(strings.Join(tc.want, " ")); got != want {
				t.Errorf("edited by %s, want %s", got, want)
			}
			if last := sending.api.calls[len(sending.api.calls)-1].form; !strings.Contains(last["text"], "S3CRET") || last["protect_content"] != "true" {
				t.Errorf("sent %v", last)
			}
			if len(kept) != 0 || strings.Contains(sending.log.String()+editing.log.String(), "S3CRET") {
				t.Errorf("kept %v, logged %s", kept, sending.log)
			}
		})
	}
}

// TestFaultsOfPictures: pictures are sent as carefully as words.
func TestFaultsOfPictures(t *testing.T) {
	for _, tc := range []struct {
		name         string
		answer       func(http.ResponseWriter)
		fault        Fault
		sends, edits int
	}{
		{"blocked", refuses(403, "Forbidden: bot was blocked by the user", ""), FaultUnreachable, 1, 1},
		{"slow down, long", refuses(429, "Too Many Requests", `"retry_after":30`), FaultLimited, 1, 1},
		{"500", refuses(500, "Internal Server Error", ""), FaultUnclear, 1, 2},
		{"revoked", refuses(401, "Unauthorized", ""), FaultUnauthorized, 1, 1},
		{"edit not found", refuses(400, "Bad Request: message to edit not found", ""), FaultGone, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var kept []string
			always := []func(http.ResponseWriter){tc.answer, tc.answer, tc.answer, tc.answer}
			sending, editing := newSenderRig(t, always...), newSenderRig(t, always...)
			if _, err := sending.Send(t.Context(), LaneReply, pictured(&kept)); FaultOf(err) != tc.fault || sending.api.count() != tc.sends {
				t.Errorf("send: %v in %d attempts", err, sending.api.count())
			}
			if err := editing.Edit(t.Context(), LaneReply, 5, pictured(&kept)); FaultOf(err) != tc.fault || editing.api.count() != tc.edits {
				t.Errorf("edit: %v in %d attempts", err, editing.api.count())
			}
		})
	}
}

func TestPicturesCountInTheirLane(t *testing.T) {
	var kept []string
	s := newSenderRig(t)
	s.sleep = func(context.Context, time.Duration) error { return errors.New("waits") }
	sent := 0
	for ; sent < 20; sent++ {
		if _, err := s.Send(t.Context(), LaneDelivery, pictured(&kept)); err != nil {
			break
		}
	}
	if want := DefaultLimits().PerChat; sent != want {
		t.Errorf("%d pictures at once into one chat, want %d", sent, want)
	}
}

const (
	noText    = "Bad Request: there is no text in the message to edit"
	noCaption = "Bad Request: there is no caption in the message to edit"
)

// TestWhatAMessageHoldsIsFoundOut: after a restart nothing is known, and
// Telegram's refusal says which method it is.
func TestWhatAMessageHoldsIsFoundOut(t *testing.T) {
	for _, tc := range []struct {
		name   string
		holds  bool // we believe that it holds a picture
		script []func(http.ResponseWriter)
		want   string
		fault  Fault
	}{
		{"a text", false, nil, "editMessageText", FaultNone},
		{"a picture", true, nil, "editMessageCaption", FaultNone},
		{"a picture, not known", false, []func(http.ResponseWriter){refuses(400, noText, "")}, "editMessageText editMessageCaption", FaultNone},
		{"a text, not known", true, []func(http.ResponseWriter){refuses(400, noCaption, "")}, "editMessageCaption editMessageText", FaultNone},
		{"neither", false, []func(http.ResponseWriter){refuses(400, noText, ""), refuses(400, noCaption, "")}, "editMessageText editMessageCaption", FaultGone},
		{"the same caption", true, []func(http.ResponseWriter){refuses(400, "Bad Request: message is not modified: x", "")}, "editMessageCaption", FaultNone},
		{"gone", true, []func(http.ResponseWriter){refuses(400, "Bad Request: message to edit not found", "")}, "editMessageCaption", FaultGone},
		{"markup", true, []func(http.ResponseWriter){refuses(400, "Bad Request: can't parse entities", "")}, "editMessageCaption editMessageCaption", FaultNone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSenderRig(t, tc.script...)
			if tc.holds {
				s.HoldsPhoto(ada, 5)
			}
			err := s.Edit(t.Context(), LaneReply, 5, hello())
			if got := strings.Join(s.methods(), " "); FaultOf(err) != tc.fault || got != tc.want {
				t.Fatalf("%s: %v, want %s and %q", got, err, tc.want, tc.fault)
			}
			if tc.fault != FaultNone {
				return
			}
			before := s.api.count()
			if err := s.Edit(t.Context(), LaneReply, 5, hello()); err != nil || s.api.count() != before+1 {
				t.Errorf("what was found out is forgotten: %v", s.methods())
			}
			if last := s.api.calls[before]; last.form["text"]+last.form["caption"] != hello().HTML || !strings.Contains(last.form["reply_markup"], "callback_data") {
				t.Errorf("shows %v", last.form)
			}
		})
	}
}

// TestAPictureIsNotBorrowedForMuchOrForCodes: what does not fit below the old
// picture, or would be taken for what it shows, goes into a new message.
func TestAPictureIsNotBorrowedForMuchOrForCodes(t *testing.T) {
	for name, m := range map[string]Message{
		"long words": {Chat: ada, HTML: strings.Repeat("w", captionLimit+1)},
		"codes":      {Chat: ada, HTML: "w\n\nCODE", words: "w", codes: "CODE"},
	} {
		s := newSenderRig(t)
		s.HoldsPhoto(ada, 5)
		if err := s.Edit(t.Context(), LaneReply, 5, m); FaultOf(err) != FaultGone || s.api.count() != 0 {
			t.Errorf("%s: %v after %v", name, err, s.methods())
		}
	}
}

// TestAMessageWithAPictureIsKnown: its next words go to the caption at once,
// whether it was sent with the picture or got it later.
func TestAMessageWithAPictureIsKnown(t *testing.T) {
	var kept []string
	s := newSenderRig(t)
	sent, err := s.Send(t.Context(), LaneReply, pictured(&kept))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Edit(t.Context(), LaneReply, 5, pictured(&kept)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int{sent, 5, 6} {
		if err := s.Edit(t.Context(), LaneReply, id, hello()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"sendPhoto", "editMessageMedia", "editMessageCaption", "editMessageCaption", "editMessageText"}
	if diff := cmp.Diff(want, s.methods()); diff != "" {
		t.Error(diff)
	}
}

func TestThePhotoSetIsBounded(t *testing.T) {
	var p photoSet
	for id := range 3 * photosKept {
		p.put(ada, id, true)
		if !p.has(ada, id) || len(p.held) > photosKept {
			t.Fatalf("%d held after %d", len(p.held), id)
		}
	}
	if p.put(ada, 3*photosKept-1, false); p.has(ada, 3*photosKept-1) || p.has(boris, 3*photosKept-2) {
		t.Error("holds what was taken out, or another chat's")
	}
}

func TestAnUploadWithoutAnswerKeepsNothing(t *testing.T) {
	photo := &Photo{Keep: func(context.Context, string) { t.Error("kept") }}
	for _, shown := range []*models.Message{nil, {}, {Photo: []models.PhotoSize{{}}}} {
		photo.keep(t.Context(), shown)
	}
	(&Photo{}).keep(t.Context(), &models.Message{Photo: []models.PhotoSize{{FileID: "x"}}})
	if got := fmt.Sprint(&Error{Fault: FaultPicture}); strings.Contains(got, "S3CRET") {
		t.Error(got)
	}
}
