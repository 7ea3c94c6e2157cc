package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// button is one inline button as the Bot API writes it.
type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// screen is a message with its keyboard.
type screen struct {
	HTML     string
	Keyboard [][]button
}

// fakeTelegram is a Bot API that does nothing but answer at once, and tells
// when calls of a person arrive. Both sides of R1 talk to the same one.
type fakeTelegram struct {
	base  string
	stop  func()
	pause atomic.Int64 // how long an answer takes, in nanoseconds

	mu      sync.Mutex
	goods   map[int64]chan time.Time // arrivals of codes
	people  map[int64]chan time.Time // arrivals of calls
	watch   bool                     // keep the screens: only while a benchmark is prepared
	screens map[int64]screen
	bodies  sync.Pool
}

func startFake(ctx context.Context) (*fakeTelegram, error) {
	f := &fakeTelegram{people: map[int64]chan time.Time{}, goods: map[int64]chan time.Time{}, screens: map[int64]screen{}}
	f.bodies.New = func() any { return new(bytes.Buffer) }
	var err error
	f.base, f.stop, err = serveAs(ctx, "fake", f)
	return f, err
}

// person has the arrivals of one person's calls told in a channel.
func (f *fakeTelegram) person(id int64) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[id] = make(chan time.Time, 8)
	return f.people[id]
}

// awaits has the first message that shows a person their code told in a channel.
func (f *fakeTelegram) awaits(id int64) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.goods[id] = make(chan time.Time, 1)
	return f.goods[id]
}

// keep says whether screens are kept, which costs time.
func (f *fakeTelegram) keep(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = on
}

// shown is what a person sees.
func (f *fakeTelegram) shown(id int64) screen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.screens[id]
}

// ServeHTTP implements http.Handler.
func (f *fakeTelegram) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buf, _ := f.bodies.Get().(*bytes.Buffer)
	buf.Reset()
	_, err := buf.ReadFrom(r.Body)
	arrived := time.Now()
	method := path.Base(r.URL.Path)
	if err == nil {
		f.arrival(method, buf.Bytes(), arrived)
	}
	f.bodies.Put(buf)
	time.Sleep(time.Duration(f.pause.Load()))
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answerTo(method))
}

// arrival tells who waits for a call that it is there.
func (f *fakeTelegram) arrival(method string, body []byte, at time.Time) {
	var who string
	switch method {
	case "answerCallbackQuery": // queries are named "<person>-<number>"
		who, _, _ = strings.Cut(string(formValue(body, "callback_query_id")), "-")
	case "editMessageText", "sendMessage":
		who = string(formValue(body, "chat_id"))
	default:
		return
	}
	id, err := strconv.ParseInt(who, 10, 64)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watch && method != "answerCallbackQuery" {
		f.screens[id] = readScreen(body)
	}
	if to := f.people[id]; to != nil {
		to <- at
	}
	if to := f.goods[id]; to != nil && bytes.Contains(body, []byte(codeMark)) {
		to <- at
		delete(f.goods, id)
	}
}

func readScreen(body []byte) screen {
	s := screen{HTML: string(formValue(body, "text"))}
	var markup struct {
		Keyboard [][]button `json:"inline_keyboard"`
	}
	if json.Unmarshal(formValue(body, "reply_markup"), &markup) == nil {
		s.Keyboard = markup.Keyboard
	}
	return s
}

// formValue finds a field of a multipart form without parsing the rest.
func formValue(body []byte, name string) []byte {
	_, rest, ok := bytes.Cut(body, []byte(`name="`+name+"\"\r\n\r\n"))
	if !ok {
		return nil
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n--"))
	return value
}

// answerTo is a good answer to any method the bot calls.
func answerTo(method string) string {
	switch method {
	case "getMe":
		return `{"ok":true,"result":{"id":700000001,"is_bot":true,"first_name":"bench","username":"bench_bot"}}`
	case "getWebhookInfo", "getMyDescription", "getMyShortDescription":
		return `{"ok":true,"result":{}}`
	case "getMyCommands":
		return `{"ok":true,"result":[]}`
	case "sendMessage", "editMessageText":
		return `{"ok":true,"result":{"message_id":` + strconv.Itoa(screenMessage) + `,"date":1700000000,"chat":{"id":1,"type":"private"},"text":"…"}}`
	default:
		return `{"ok":true,"result":true}`
	}
}

// screenMessage is the id of the one message every person of R1 has.
const screenMessage = 7

// pressUpdate is a press as Telegram sends it: the message comes along.
func pressUpdate(update, person int64, s screen, data string) ([]byte, error) {
	from := fmt.Sprintf(`{"id":%d,"is_bot":false,"first_name":"Ada","username":"ada","language_code":"en"}`, person)
	text, err := json.Marshal(s.HTML)
	if err != nil {
		return nil, fmt.Errorf("text of a press: %w", err)
	}
	keyboard, err := json.Marshal(map[string]any{"inline_keyboard": s.Keyboard})
	if err != nil {
		return nil, fmt.Errorf("keyboard of a press: %w", err)
	}
	return fmt.Appendf(nil, `{"update_id":%[1]d,"callback_query":{"id":"%[2]d-%[1]d","from":%[3]s,"message":{"message_id":%[4]d,`+
		`"from":{"id":700000001,"is_bot":true,"first_name":"bench","username":"bench_bot"},`+
		`"chat":{"id":%[2]d,"first_name":"Ada","username":"ada","type":"private"},"date":1700000000,"text":%[5]s,"reply_markup":%[6]s},`+
		`"chat_instance":"-123456789","data":%[7]q}}`, update, person, from, screenMessage, text, keyboard, data), nil
}

// textUpdate is somebody writing.
func textUpdate(update, person int64, text string) []byte {
	return fmt.Appendf(nil, `{"update_id":%[1]d,"message":{"message_id":%[1]d,"from":{"id":%[2]d,"is_bot":false,"first_name":"Ada","language_code":"en"},`+
		`"chat":{"id":%[2]d,"first_name":"Ada","type":"private"},"date":1700000000,"text":%[3]q}}`, update, person, text)
}

// startUpdate is somebody's /start.
func startUpdate(update, person int64) []byte {
	return fmt.Appendf(nil, `{"update_id":%[1]d,"message":{"message_id":1,"from":{"id":%[2]d,"is_bot":false,"first_name":"Ada","language_code":"en"},`+
		`"chat":{"id":%[2]d,"first_name":"Ada","type":"private"},"date":1700000000,"text":"/start",`+
		`"entities":[{"offset":0,"length":6,"type":"bot_command"}]}}`, update, person)
}
