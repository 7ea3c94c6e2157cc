package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/sandbox/kit"
)

// pollAPI is a Bot API that does getUpdates and, first, what a script says.
type pollAPI struct {
	mu      sync.Mutex
	queue   []queued
	script  []string // raw answers, one per call; "" does what the call asks for
	calls   []apiCall
	bell    chan struct{}
	instant bool // a long poll without news does not wait
	big     int  // an answer with more updates is longer than is read
}

type queued struct {
	id  int64
	raw string
}

type apiCall struct {
	method, form          string
	offset, limit, window int64 // window is the timeout, in seconds
	at                    time.Time
}

func newPollAPI(updates ...queued) *pollAPI {
	return &pollAPI{queue: updates, bell: make(chan struct{}, 1)}
}

func (api *pollAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	number := func(name string) int64 { n, _ := strconv.ParseInt(r.Form.Get(name), 10, 64); return n }
	c := apiCall{
		method: path.Base(r.URL.Path), form: r.Form.Encode(), at: time.Now(),
		offset: number("offset"), limit: number("limit"), window: number("timeout"),
	}
	api.mu.Lock()
	api.calls = append(api.calls, c)
	scripted := ""
	if len(api.script) > 0 {
		scripted, api.script = api.script[0], api.script[1:]
	}
	api.mu.Unlock()
	switch {
	case scripted != "":
		fmt.Fprint(w, scripted)
	case c.method == "getUpdates":
		fmt.Fprint(w, api.updates(r.Context(), c))
	default:
		fmt.Fprint(w, `{"ok":true,"result":true}`)
	}
}

func (api *pollAPI) updates(ctx context.Context, c apiCall) string {
	limit := time.NewTimer(time.Duration(c.window) * time.Second)
	defer limit.Stop()
	for {
		api.mu.Lock()
		api.queue = slices.DeleteFunc(api.queue, func(q queued) bool { return q.id < c.offset })
		list := api.queue[:min(len(api.queue), int(c.limit))]
		var all []string
		for _, q := range list {
			all = append(all, q.raw)
		}
		stop := len(all) > 0 || api.instant
		api.mu.Unlock()
		out := `{"ok":true,"result":[` + strings.Join(all, ",") + `]}`
		switch {
		case api.big > 0 && len(all) > api.big:
			return out + strings.Repeat(" ", answerLimit)
		case stop:
			return out
		}
		select {
		case <-api.bell:
		case <-limit.C:
			return out
		case <-ctx.Done():
			return out
		}
	}
}

func (api *pollAPI) push(updates ...queued) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.queue = append(api.queue, updates...)
	select {
	case api.bell <- struct{}{}:
	default:
	}
}

func (api *pollAPI) say(script ...string) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.script = append(api.script, script...)
}

// left are the ids that nobody confirmed.
func (api *pollAPI) left() []int64 {
	api.mu.Lock()
	defer api.mu.Unlock()
	var ids []int64
	for _, q := range api.queue {
		ids = append(ids, q.id)
	}
	return ids
}

func (api *pollAPI) polls() []apiCall {
	api.mu.Lock()
	defer api.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(api.calls), func(c apiCall) bool { return c.method != "getUpdates" })
}

func from(person, id int64) queued {
	return queued{id, fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"from":{"id":%d,"first_name":"A"},"chat":{"id":%d,"type":"private"},"text":"hi"}}`, id, person, person)}
}

// polling is a poller at work in front of a pollAPI.
type polling struct {
	*Poller
	t     *testing.T
	api   *pollAPI
	meter *tally
	log   *syncBuffer
	stop  context.CancelFunc
}

func poll(t *testing.T, api *pollAPI, h Handler, parallel int) *polling {
	t.Helper()
	p := &polling{t: t, api: api, meter: newTally(), log: &syncBuffer{}}
	client := NewPollClient()
	client.http.Transport = kit.HandlerTransport(api)
	var err error
	p.Poller, err = NewPoller(PollerConfig{
		Token: token, Server: "http://127.0.0.1/telegram", HTTP: client, Handler: h, Parallel: parallel,
		Meter: p.meter, Log: slog.New(slog.NewTextHandler(p.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	p.stop = stop
	go p.Run(ctx)
	return p
}

func (p *polling) end() {
	p.t.Helper()
	p.stop()
	if err := p.Drain(context.Background()); err != nil {
		p.t.Error(err)
	}
	if strings.Contains(p.log.String(), "must-not-leak") {
		p.t.Errorf("the token is in the log: %s", p.log)
	}
}

// diary is a Handler that writes down who was handled and does what it is told.
type diary struct {
	scripted
	mu   sync.Mutex
	done []int64
}

func newDiary(do func(u *models.Update) error) *diary {
	d := &diary{}
	d.do = func(ctx context.Context, u *models.Update) error {
		if err := errors.Join(do(u), ctx.Err()); err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.done = append(d.done, u.ID)
		return nil
	}
	return d
}

func (d *diary) handled() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.done)
}

func fine(*models.Update) error { return nil }
