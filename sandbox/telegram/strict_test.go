package telegram

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type args = map[string]any

func keys(rows ...[]args) args {
	return args{"inline_keyboard": rows}
}

func button(text, data string) args { return args{"text": text, "callback_data": data} }

func many(n int) []args {
	var out []args
	for range n {
		out = append(out, button("b", "d"))
	}
	return out
}

// TestStrictness lists what must be refused and in which words. Ada (1001)
// has started, Boris (1002) has not; message 2 is Ada's text from the bot.
func TestStrictness(t *testing.T) {
	msg := func(extra args) args {
		out := args{"chat_id": 1001, "text": "hello"}
		for k, v := range extra {
			out[k] = v
		}
		return out
	}
	edit := func(id int, text string) args { return args{"chat_id": 1001, "message_id": id, "text": text} }
	tests := []struct {
		name, method string
		args         args
		code         int
		want         string
	}{
		{"unknown method", "sendTelepathy", args{}, 404, "Not Found"},
		{"no chat", "sendMessage", args{"text": "x"}, 400, "chat_id is empty"},
		{"unknown chat", "sendMessage", args{"chat_id": 9, "text": "x"}, 400, "Bad Request: chat not found"},
		{"never started", "sendMessage", args{"chat_id": 1002, "text": "x"}, 403, "Forbidden: bot can't initiate conversation with a user"},
		{"no text", "sendMessage", args{"chat_id": 1001}, 400, "message text is empty"},
		{"only spaces", "sendMessage", msg(args{"text": " \n "}), 400, "message text is empty"},
		{"only tags", "sendMessage", msg(args{"text": "<b></b>", "parse_mode": "HTML"}), 400, "message text is empty"},
		{"too long", "sendMessage", msg(args{"text": strings.Repeat("x", 4097)}), 400, "message is too long"},
		{"too long in UTF-16", "sendMessage", msg(args{"text": strings.Repeat("😀", 2049)}), 400, "message is too long"},
		{"bad tag", "sendMessage", msg(args{"text": "<h1>x</h1>", "parse_mode": "HTML"}), 400, `can't parse entities: Unsupported start tag "h1" at byte offset 0`},
		{"bad mode", "sendMessage", msg(args{"parse_mode": "Marksdown"}), 400, "unsupported parse_mode"},
		{"mistyped bool", "sendMessage", msg(args{"protect_content": "maybe"}), 400, `"protect_content" must be of type Boolean`},
		{"mistyped int", "editMessageText", args{"chat_id": 1001, "message_id": "two", "text": "x"}, 400, `"message_id" must be of type Integer`},
		{"markup not object", "sendMessage", msg(args{"reply_markup": []int{1}}), 400, "object expected as reply markup"},
		{"null keyboard", "sendMessage", msg(args{"reply_markup": args{"inline_keyboard": nil}}), 400, "must be of type Array"},
		{"data of 65 bytes", "sendMessage", msg(args{"reply_markup": keys([]args{button("b", strings.Repeat("d", 65))})}), 400, "BUTTON_DATA_INVALID"},
		{"data of 33 two-byte letters", "sendMessage", msg(args{"reply_markup": keys([]args{button("b", strings.Repeat("я", 33))})}), 400, "BUTTON_DATA_INVALID"},
		{"empty data", "sendMessage", msg(args{"reply_markup": keys([]args{button("b", "")})}), 400, "BUTTON_DATA_INVALID"},
		{"button without action", "sendMessage", msg(args{"reply_markup": keys([]args{{"text": "b"}})}), 400, "Text buttons are unallowed"},
		{"button without text", "sendMessage", msg(args{"reply_markup": keys([]args{{"callback_data": "b"}})}), 400, `Can't find field "text"`},
		{"two actions", "sendMessage", msg(args{"reply_markup": keys([]args{{"text": "b", "callback_data": "b", "url": "https://a.example/"}})}), 400, "exactly one"},
		{"copy text too long", "sendMessage", msg(args{"reply_markup": keys([]args{{"text": "b", "copy_text": args{"text": strings.Repeat("c", 257)}}})}), 400, "BUTTON_COPY_TEXT_INVALID"},
		{"plain http", "sendMessage", msg(args{"reply_markup": keys([]args{{"text": "b", "url": "http://a.example/"}})}), 400, "Wrong HTTP URL"},
		{"script url", "sendMessage", msg(args{"reply_markup": keys([]args{{"text": "b", "url": "javascript:alert(1)"}})}), 400, "Wrong HTTP URL"},
		{"nine in a row", "sendMessage", msg(args{"reply_markup": keys(many(9))}), 400, "REPLY_MARKUP_TOO_LONG"},
		{"101 buttons", "sendMessage", msg(args{"reply_markup": keys(many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(8), many(5))}), 400, "REPLY_MARKUP_TOO_LONG"},
		{"same text", "editMessageText", edit(2, "hi"), 400, "message is not modified"},
		{"no such message", "editMessageText", edit(77, "x"), 400, "message to edit not found"},
		{"no message id", "editMessageText", args{"chat_id": 1001, "text": "x"}, 400, "message identifier is not specified"},
		{"a person's message", "editMessageText", edit(1, "x"), 400, "message can't be edited"},
		{"caption of a text", "editMessageCaption", args{"chat_id": 1001, "message_id": 2, "caption": "x"}, 400, "there is no caption in the message to edit"},
		{"same markup", "editMessageReplyMarkup", args{"chat_id": 1001, "message_id": 2}, 400, "message is not modified"},
		{"reply keyboard in an edit", "editMessageReplyMarkup", args{"chat_id": 1001, "message_id": 2, "reply_markup": args{"keyboard": [][]string{{"a"}}}}, 400, "inline keyboard expected"},
		{"delete nothing", "deleteMessage", args{"chat_id": 1001, "message_id": 77}, 400, "message to delete not found"},
		{"delete too many", "deleteMessages", args{"chat_id": 1001, "message_ids": make([]int, 101)}, 400, "from 1 to 100"},
		{"unknown query", "answerCallbackQuery", args{"callback_query_id": "1"}, 400, "query is too old and response timeout expired or query ID is invalid"},
		{"unknown action", "sendChatAction", args{"chat_id": 1001, "action": "dancing"}, 400, "wrong parameter action"},
		{"photo by unknown id", "sendPhoto", args{"chat_id": 1001, "photo": "nope"}, 400, "wrong remote file identifier"},
		{"no photo", "sendPhoto", args{"chat_id": 1001}, 400, "there is no photo in the request"},
		{"command name", "setMyCommands", args{"commands": []args{{"command": "Start", "description": "x"}}}, 400, "BOT_COMMAND_INVALID"},
		{"command text", "setMyCommands", args{"commands": []args{{"command": "start", "description": ""}}}, 400, "BOT_COMMAND_DESCRIPTION_INVALID"},
		{"language tag", "setMyCommands", args{"commands": []args{}, "language_code": "pt-br"}, 400, "invalid language code"},
		{"scope of a stranger", "setMyCommands", args{"commands": []args{}, "scope": args{"type": "chat", "chat_id": 1002}}, 400, "chat not found"},
		{"long description", "setMyDescription", args{"description": strings.Repeat("d", 513)}, 400, "too long"},
		{"webhook without TLS", "setWebhook", args{"url": "http://bot.example/"}, 400, "An HTTPS URL must be provided"},
		{"webhook port", "setWebhook", args{"url": "https://bot.example:9000/"}, 400, "only on ports 80, 88, 443 or 8443"},
		{"secret alphabet", "setWebhook", args{"url": "https://bot.example/", "secret_token": "a b"}, 400, "unallowed characters"},
		{"secret length", "setWebhook", args{"url": "https://bot.example/", "secret_token": strings.Repeat("a", 257)}, 400, "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.start(1001)
			w.send(1001, "hi", nil)
			out := w.call(tt.method, tt.args)
			if out.OK || out.Code != tt.code || !strings.Contains(out.Description, tt.want) {
				t.Errorf("got %d %q, want %d %q", out.Code, out.Description, tt.code, tt.want)
			}
		})
	}
}

func TestAtTheLimits(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.send(1001, strings.Repeat("😀", 2048), nil)
	w.send(1001, "<b>"+strings.Repeat("x", 4096)+"</b>", args{"parse_mode": "HTML"})
	w.send(1001, "x", args{"reply_markup": keys(many(8), []args{button("b", strings.Repeat("d", 64)),
		{"text": "c", "copy_text": args{"text": strings.Repeat("c", 256)}}, {"text": "u", "url": "http://127.0.0.1:8088/pay/infini/1"}})})
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	if out := w.do(httptest.NewRequest("GET", "/telegram/bot1:wrong/getMe", nil)); out.Code != 401 {
		t.Errorf("wrong token: %+v", out)
	}
	if out := w.do(httptest.NewRequest("GET", "/telegram/elsewhere", nil)); out.Code != 404 {
		t.Errorf("wrong path: %+v", out)
	}
	if out := w.do(httptest.NewRequest("GET", "/telegram/bot"+testToken+"/getme", nil)); !out.OK {
		t.Errorf("method names know no case: %+v", out)
	}
}

func TestBlockedAndDeactivated(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	for field, want := range map[string]string{"blocked": "Forbidden: bot was blocked by the user", "deactivated": "Forbidden: user is deactivated"} {
		w.control("POST", "/people", `{"id":1001,"`+field+`":true}`, nil)
		if out := w.call("sendMessage", args{"chat_id": 1001, "text": "x"}); out.Code != 403 || out.Description != want {
			t.Errorf("%s: %+v", field, out)
		}
		w.control("POST", "/people", `{"id":1001,"`+field+`":false}`, nil)
	}
	w.send(1001, "back", nil)
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "one", args{"reply_markup": keys([]args{button("b", "d")}), "protect_content": true})
	w.clock.add(time.Minute)
	out := w.call("editMessageText", args{"chat_id": 1001, "message_id": id, "text": "two"})
	var m messageObject
	if err := json.Unmarshal(out.Result, &m); err != nil || m.Text != "two" || m.EditDate != m.Date+60 || !m.Protected || m.Markup != nil {
		t.Errorf("edit without reply_markup must remove the keyboard and keep protection: %+v %v", m, err)
	}
	if out := w.call("editMessageText", args{"chat_id": 1001, "message_id": id, "text": "<b>two</b>", "parse_mode": "HTML"}); !out.OK {
		t.Errorf("new entities are a change: %+v", out)
	}
	if out := w.call("editMessageText", args{"chat_id": 1001, "message_id": id, "text": " <b>two</b>", "parse_mode": "HTML"}); out.OK {
		t.Error("what is the same after trimming is not a change")
	}
}

func TestRates(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.control("POST", "/telegram", `{"rate_limit":{"chat_every_ms":1000,"chat_burst":2}}`, nil)
	w.send(1001, "1", nil)
	w.send(1001, "2", nil)
	out := w.call("sendMessage", args{"chat_id": 1001, "text": "3"})
	if out.Code != 429 || out.Parameters.RetryAfter != 1 || !strings.Contains(out.Description, "retry after 1") {
		t.Errorf("%+v", out)
	}
	w.clock.add(time.Second)
	w.send(1001, "3", nil)
}

func TestFailNext(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	w.control("POST", "/telegram", `{"fail_next":{"method":"sendMessage","code":429,"retry_after":3,"times":2}}`, nil)
	for range 2 {
		if out := w.call("sendMessage", args{"chat_id": 1001, "text": "x"}); out.Parameters.RetryAfter != 3 {
			t.Errorf("%+v", out)
		}
	}
	id := w.send(1001, "x", nil)
	w.control("POST", "/telegram", `{"fail_next":{"method":"sendMessage","code":502,"after":true}}`, nil)
	if out := w.call("sendMessage", args{"chat_id": 1001, "text": "lost answer"}); out.Code != 502 {
		t.Errorf("%+v", out)
	}
	var list []MessageView
	w.control("GET", "/chats/1001/messages", "", &list)
	if last := list[len(list)-1]; last.ID != id+1 || last.Text != "lost answer" {
		t.Errorf("an answer lost after the effect must leave the effect: %+v", last)
	}
}

func TestCallbackAnswers(t *testing.T) {
	w := newWorld(t)
	w.start(1001)
	id := w.send(1001, "x", args{"reply_markup": keys([]args{button("b", "buy")})})
	press := func() string {
		var out pressAnswer
		if code := w.control("POST", "/chats/1001/press", `{"message_id":`+jsonText(id)+`,"data":"buy","wait":0}`, &out); code != 200 {
			t.Fatalf("press: %d", code)
		}
		return out.ID
	}
	q := press()
	if out := w.call("answerCallbackQuery", args{"callback_query_id": q, "text": strings.Repeat("x", 201)}); out.OK {
		t.Error("201 characters are too many")
	}
	if out := w.call("answerCallbackQuery", args{"callback_query_id": q, "text": "ok"}); !out.OK {
		t.Errorf("%+v", out)
	}
	if out := w.call("answerCallbackQuery", args{"callback_query_id": q}); out.OK {
		t.Error("answered twice")
	}
	late := press()
	w.clock.add(16 * time.Second)
	if out := w.call("answerCallbackQuery", args{"callback_query_id": late}); out.OK || !strings.Contains(out.Description, "too old") {
		t.Errorf("%+v", out)
	}
	if v := w.s.Violations(); len(v) != 1 || v[0].Method != "answerCallbackQuery" {
		t.Errorf("an unanswered press is noted: %+v", v)
	}
}

func jsonText(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}
