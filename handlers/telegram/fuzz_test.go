package telegram

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"giftbot/catalog"
	"giftbot/flows"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/sandbox/kit"
	sandbox "giftbot/sandbox/telegram"
)

// hasty is a clock on which a minute goes by between two looks: nobody is ever
// too quick for Telegram.
type hasty struct{ minutes atomic.Int64 }

// Now implements Clock.
func (h *hasty) Now() time.Time {
	return time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC).Add(time.Duration(h.minutes.Add(1)) * time.Minute)
}

// strict is the sandbox's Telegram without a network. It is made anew before it
// has kept too much of what it was told.
type strict struct {
	mu     sync.Mutex // a screen and the answer to its press arrive side by side
	server *sandbox.Server
	used   int
}

func (s *strict) telegram() *sandbox.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used++; s.server == nil || s.used%5000 == 0 {
		s.server = sandbox.New(sandbox.Config{Token: token, Now: (&hasty{}).Now, People: []sandbox.Person{{ID: ada, FirstName: "Ada", Started: true}}})
	}
	return s.server
}

// ServeHTTP passes on to the Bot API.
func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.telegram().BotAPI().ServeHTTP(w, r)
}

// read sends HTML and returns what a person reads; ok is false when it is refused.
func (s *strict) read(t *testing.T, html string) (text, why string, ok bool) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"chat_id": ada, "text": html, "parse_mode": "HTML"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/telegram/bot"+token+"/sendMessage", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Result      struct {
			Text string `json:"text"`
		} `json:"result"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result.Text, answer.Description, answer.OK
}

// ink is what of a text can be seen.
func ink(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return r
		}
		return -1
	}, text)
}

// shows wants HTML of ours to be taken by Telegram, within its limit, and
// returns what a person reads.
func (s *strict) shows(t *testing.T, html string, limit int) string {
	t.Helper()
	text, why, ok := s.read(t, html)
	if !ok && ink(stripTags(html)) != "" {
		t.Fatalf("Telegram refuses %q: %s", html, why)
	}
	if n := length(text); n > limit {
		t.Fatalf("%d units, at most %d: %q", n, limit, html)
	}
	return text
}

// FuzzMarkup: whatever people and suppliers wrote, Telegram takes our message,
// a person reads what was written and no markup of theirs, and codes are whole.
func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{
		"Ada", "<b>x</b>", "</b>", "a & b &amp; &lt;", `" onclick="`, "\u202eevil", "\x00\x07", "\xff\xfe", "😀😀", "&#60;script&#62;", "<tg-spoiler>", "a\nb\r\n", "  ", "",
		strings.Repeat("<", 5000), strings.Repeat("&", 4096), strings.Repeat("я😀", 2000), "&lt", "\u2028\u200f\u200b",
	} {
		f.Add(seed, seed, "AAAA-BBBB", uint8(2), 40)
		f.Add(seed, "wish", seed, uint8(1), 3)
	}
	f.Add("n", "w", strings.Repeat("C", 256), uint8(200), 1024)
	api, r := &strict{}, NewRenderer(echo{}, testCodec(f), newTally(), slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, name, wish, code string, codes uint8, limit int) {
		if !utf8.ValidString(code) || len(name)+len(wish) > 20_000 || len(code) > 400 {
			return // what a supplier answers was JSON
		}
		view := flows.View{Blocks: []flows.Text{say(name), say(wish)}}
		for range codes {
			view.Codes = append(view.Codes, code)
		}
		m := r.Message("en", ada, view)
		text := api.shows(t, m.HTML, textLimit)
		if whole := fits(view.Codes, r.marks("en", view)); strings.Count(ink(text), ink(code)) < whole && ink(code) != "" {
			t.Fatalf("%d codes %q are not all whole in %q", whole, code, text)
		}
		if words := clean(name) + clean(wish); len(view.Codes) == 0 && length(words) < textLimit-2 && ink(text) != ink(words) {
			t.Fatalf("%q and %q are read as %q", name, wish, text)
		}
		if len(m.Keyboard) > buttonLimit {
			t.Fatalf("%d rows of buttons", len(m.Keyboard))
		}
		api.shows(t, clip(m.HTML, limit), max(limit, 0))
		m.Photo = &Photo{}
		if caption, ok := m.caption(); ok {
			api.shows(t, caption, captionLimit)
		}
		if bare := plain(m.HTML); length(bare) > textLimit {
			t.Fatalf("%d units without markup", length(bare))
		}
	})
}

// fuzzEdge is an intake with everything behind it, and Telegram in memory.
type fuzzEdge struct {
	intake   *Intake
	meter    *tally
	sessions *memSessions
	log      *bytes.Buffer
	api      *strict
}

func newFuzzEdge(f *testing.F) *fuzzEdge {
	f.Helper()
	e := &fuzzEdge{meter: newTally(), sessions: newMemSessions(), log: &bytes.Buffer{}, api: &strict{}}
	log := slog.New(slog.DiscardHandler)
	texts, err := locales.New()
	if err != nil {
		f.Fatal(err)
	}
	clock := &hasty{}
	sender, err := NewSender(SenderConfig{
		Token: token, Server: "http://127.0.0.1/telegram", HTTP: &http.Client{Transport: kit.HandlerTransport(e.api)},
		Limits: DefaultLimits(), Clock: clock, Meter: e.meter, Log: log,
	})
	if err != nil {
		f.Fatal(err)
	}
	codec, orders, desk := testCodec(f), newMemOrders(clock), &memDesk{}
	shop := flows.Shop{Name: "Shop & Co", Languages: []string{"en", "ru"}, MinOrder: order.Cent, Gateways: []flows.Gateway{{Name: "infini", Label: flows.GatewayLabel("infini")}}}
	dispatcher, err := NewDispatcher(Parts{
		Sessions: e.sessions, Orders: orders, Actions: orders, Credit: desk, Payouts: desk, Deferred: newMemDeferred(), People: &memPeople{},
		Flow: flows.Conversation{}, Texts: texts, Renderer: NewRenderer(texts, codec, e.meter, log), Codec: codec, Sender: sender,
		Env: func() flows.Env {
			return flows.Env{Now: order.At(clock.Now()), Catalogue: shelf{[]catalog.Product{sixtyUC()}}, Shop: shop}
		},
		Clock: clock, Meter: e.meter, Log: log,
	})
	if err != nil {
		f.Fatal(err)
	}
	dispatcher.SetUsername("our_bot")
	e.intake, err = NewIntake(dispatcher, []string{secret}, 8, e.meter, slog.New(slog.NewTextHandler(e.log, nil)))
	if err != nil {
		f.Fatal(err)
	}
	return e
}

func (e *fuzzEdge) panics() int {
	e.meter.mu.Lock()
	defer e.meter.mu.Unlock()
	n := 0
	for what, times := range e.meter.n {
		if strings.HasPrefix(what, "telegram_panics") {
			n += times
		}
	}
	return n
}

// updates are seeds: one of every shape the intake knows, and odd ones.
func updates(codec *Codec) []string {
	from := `"from":{"id":1001,"is_bot":false,"first_name":"Ada <b>","language_code":"en"}`
	private := `"message":{"message_id":1,"date":1,` + from + `,"chat":{"id":1001,"type":"private"}`
	press, _ := codec.Encode(ada, flows.Action{Verb: flows.VerbProduct, ID: sixtyUC().ID, N: 1})
	place, _ := codec.Encode(ada, flows.Action{Verb: flows.VerbPlace, ID: "3F7KQW2M9X", Arg: "infini"})
	list := []string{"", "null", "[]", "{", `{"update_id":1}`, `{"update_id":-1,"message":null}`, `{"update_id":1,"message":{}}`, `{"update_id":1,"callback_query":{}}`}
	for _, text := range []string{"/start", "/start o_3F7KQW2M9X", "/shop@our_bot", "hello", "/", "3F7KQ-W2M9X", `\u0000\ud800`} {
		list = append(list, `{"update_id":2,`+private+`,"text":"`+text+`"}}`)
	}
	for _, data := range []string{press, place, "1AAAA", "x", ""} {
		list = append(list,
			`{"update_id":3,"callback_query":{"id":"q",`+from+`,"data":"`+data+`","message":{"message_id":1,"date":1,"chat":{"id":1001,"type":"private"}}}}`,
			`{"update_id":4,"callback_query":{"id":"q",`+from+`,"data":"`+data+`","message":{"message_id":1,"date":0,"chat":{"id":1001,"type":"private"}}}}`)
	}
	return append(list,
		`{"update_id":5,`+private+`,"sticker":{"file_id":"x"},"forward_origin":{"type":"user","date":1,"sender_user":{"id":2}}}}`,
		`{"update_id":6,`+private+`,"forward_origin":{"type":"alien"}}}`, `{"update_id":6,`+private+`,"pinned_message":{"date":0}}}`,
		`{"update_id":7,"message":{"message_id":1,"date":1,`+from+`,"chat":{"id":-1009,"type":"supergroup"},"text":"/shop@our_bot"}}`,
		`{"update_id":8,"my_chat_member":{`+from+`,"chat":{"id":1001,"type":"private"},"new_chat_member":{"status":"kicked","user":{"id":1}}}}`,
		`{"update_id":9,"my_chat_member":{`+from+`,"chat":{"id":1001,"type":"private"},"new_chat_member":{"status":"member"}}}`,
		`{"update_id":9,"my_chat_member":{"new_chat_member":[]}}`, `{"update_id":10,"message_reaction":{"old_reaction":[{"type":"emoji"}],"new_reaction":[{}]}}`,
		`{"update_id":11,"message":{"paid_media":{"paid_media":[{"type":"video"}]},"chat_background_set":{"type":{"type":"fill","fill":{"type":"solid"}}}}}`)
}

// FuzzUpdate: whatever comes in under Telegram's own secret, nothing panics,
// and it is answered with 200 or a refusal: an update that never succeeds would
// come again for a day and hold up all others. Without the secret nothing is
// kept at all.
func FuzzUpdate(f *testing.F) {
	for _, update := range updates(testCodec(f)) {
		f.Add([]byte(update), "application/json", secret, http.MethodPost)
	}
	f.Add([]byte(`{"update_id":1}`), "text/plain; charset=;", secret, http.MethodPost)
	f.Add([]byte(`{"update_id":1}`), "application/json", secret+" ", "GET")
	e := newFuzzEdge(f)
	f.Fuzz(func(t *testing.T, update []byte, kind, key, method string) {
		before, panics := e.sessions.trips(), e.panics()
		r := httptest.NewRequest(http.MethodPost, address, bytes.NewReader(update))
		r.Method = method
		r.Header = http.Header{"Content-Type": {kind}, secretHeader: {key}}
		w := httptest.NewRecorder()
		e.intake.ServeHTTP(w, r)
		if w.Code != http.StatusOK && (w.Code < 400 || w.Code >= 500) || w.Body.Len() != 0 {
			t.Fatalf("status %d %q", w.Code, w.Body)
		}
		if n := e.panics(); n != panics {
			t.Fatalf("%d panics: %s", n-panics, e.log)
		}
		if key != secret && (w.Code == http.StatusOK || e.sessions.trips() != before) {
			t.Fatalf("status %d and %d looks at Redis under the secret %q", w.Code, e.sessions.trips()-before, key)
		}
		for _, line := range []string{string(update), key} {
			if len(line) > 12 && strings.Contains(e.log.String(), strconv.Quote(line)) {
				t.Fatalf("logged: %s", e.log)
			}
		}
		e.log.Reset()
	})
}
