package sim

import (
	"mime"
	"net/http"
	"path"
	"strings"

	"giftbot/sandbox/kit"
)

// talkPort carries a replica's calls to Telegram.
type talkPort struct {
	inc   *incarnation
	world http.RoundTripper
}

func newTalkPort(inc *incarnation, h http.Handler) *talkPort {
	return &talkPort{inc: inc, world: kit.HandlerTransport(h)}
}

// Do implements bot.HttpClient.
func (p *talkPort) Do(r *http.Request) (*http.Response, error) {
	body, err := drained(r)
	if err != nil {
		return nil, err
	}
	method := path.Base(r.URL.Path)
	send := func() (*http.Response, error) {
		p.inc.w.copied(method, body)
		return p.world.RoundTrip(again(r, body))
	}
	if method == "answerCallbackQuery" {
		// The bot answers a press beside everything else it does, from a
		// goroutine that may hold a lock: it does not stop here, and its
		// effect depends on nothing and changes nothing else.
		if p.inc.dead.Load() { // an error would be tried again after a while
			return answer(http.StatusBadRequest, `{"ok":false,"error_code":400,"description":"Bad Request: query is too old"}`, ""), nil
		}
		return send()
	}
	v := p.inc.pass("telegram "+method, neutral(r, body), talkMenu(method))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return talk(r, v, send)
}

// talk is carry in the shape of the Bot API.
func talk(r *http.Request, v verdict, send func() (*http.Response, error)) (*http.Response, error) {
	failed := func(status int, text, more string) (*http.Response, error) {
		return answer(status, `{"ok":false,"error_code":`+text+`,"description":"simulated"`+more+`}`, ""), nil
	}
	switch {
	case v.fate == fateLimited:
		return failed(http.StatusTooManyRequests, "429", `,"parameters":{"retry_after":9}`)
	case v.fate == fateBefore && v.variant == 2:
		return failed(http.StatusInternalServerError, "500", "")
	case v.fate == fateAfter && v.variant > 0:
		if _, err := send(); err != nil {
			return nil, err
		}
		return failed(http.StatusBadGateway, "502", "")
	default:
		return carry(r.Context(), v, send)
	}
}

// talkMenu leaves out that a new message arrives twice: no transport repeats
// it, and the bot could not tell.
func talkMenu(method string) []fate {
	menu := []fate{fateBefore, fateAfter, fateLate, fateSlow, fateLimited, fateCrashBefore, fateCrashAfter}
	if method != "sendMessage" {
		menu = append(menu, fateTwice)
	}
	return menu
}

// neutral is a body without the boundary that is drawn anew for every call.
func neutral(r *http.Request, body []byte) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return string(body)
	}
	return strings.ReplaceAll(string(body), params["boundary"], "")
}
