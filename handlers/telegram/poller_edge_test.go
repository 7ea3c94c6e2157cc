package telegram

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"
)

// jam is a window that Telegram does not see beyond: one person's update
// fails, all others of the window are handled.
func jam(t *testing.T, broken *atomic.Bool) (*polling, *diary) {
	t.Helper()
	api := newPollAPI(from(ada, 1))
	for id := range int64(pollAtOnce + 20) {
		api.queue = append(api.queue, from(boris, id+2))
	}
	d := newDiary(func(u *models.Update) error {
		if broken.Load() || u.ID == 1 {
			return errRedis
		}
		return nil
	})
	return poll(t, api, d, 8), d
}

func TestOnePoisonedUpdateDoesNotSilenceTheBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := jam(t, new(atomic.Bool))
		time.Sleep(givenUpAfter - time.Second)
		if n := len(d.handled()); n != pollAtOnce-1 || p.meter.of("telegram_bad_update given up") != 0 {
			t.Errorf("handled %d before its time", n)
		}
		time.Sleep(2 * time.Minute)
		p.end()
		if n := len(d.handled()); n != pollAtOnce+20 || len(p.api.left()) != 0 || p.meter.of("telegram_bad_update given up") != 1 {
			t.Errorf("handled %d, left %v", n, p.api.left())
		}
	})
}

func TestAnOutageGivesNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		p, d := jam(t, &down)
		time.Sleep(30 * time.Minute)
		if n := len(p.api.left()); n != pollAtOnce+21 || len(d.handled()) != 0 {
			t.Errorf("left %d", n)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		p.end()
		if n := len(d.handled()); n != pollAtOnce-1 || p.meter.of("telegram_bad_update given up") != 0 {
			t.Errorf("handled %d, gave up %d", n, p.meter.of("telegram_bad_update given up"))
		}
	})
}

func TestThePollerNeedsItsParts(t *testing.T) {
	whole := PollerConfig{Token: token, HTTP: NewPollClient(), Handler: &scripted{}, Meter: newTally(), Log: slog.New(slog.DiscardHandler)}
	for name, without := range map[string]func(*PollerConfig){
		"token": func(c *PollerConfig) { c.Token = "" }, "client": func(c *PollerConfig) { c.HTTP = nil },
		"handler": func(c *PollerConfig) { c.Handler = nil }, "meter": func(c *PollerConfig) { c.Meter = nil },
		"log": func(c *PollerConfig) { c.Log = nil },
	} {
		part := whole
		without(&part)
		if _, err := NewPoller(part); err == nil {
			t.Errorf("no %s, no error", name)
		}
	}
	p, err := NewPoller(whole)
	if err != nil || p.base != "https://api.telegram.org/bot"+token+"/" {
		t.Errorf("calls %s, %v", p.base, err)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Errorf("a poller that never ran: %v", err)
	}
	p.Run(t.Context()) // and does not run any more
}

// The token is in every address, and errors of net/http quote addresses.
func TestThePollersErrorsHideTheToken(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	client := NewPollClient()
	defer client.Close()
	for _, tc := range []struct {
		name, server string
		answer       http.HandlerFunc
		want         Fault
	}{
		{"nobody there", closed.URL, http.NotFound, FaultNotSent},
		{"no address", "http://127.0.0.1:port", http.NotFound, FaultNotSent},
		{"cut", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, FaultUnclear},
		{"cut in the middle", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(token))
		}, FaultUnclear},
		{"quoted", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(token)) }, FaultUnclear},
		{"redirect", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, closed.URL+r.URL.Path, http.StatusFound)
		}, FaultUnclear},
	} {
		server := httptest.NewServer(tc.answer)
		t.Cleanup(server.Close)
		p, err := NewPoller(PollerConfig{Token: token, Server: cmp.Or(tc.server, server.URL), HTTP: client, Handler: &scripted{}, Meter: newTally(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.fetch(t.Context(), 0, 1, 0)
		if FaultOf(err) != tc.want || strings.Contains(err.Error(), "must-not-leak") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// A long poll is held back for longer than any other call may take.
func TestThePollClientIsPatient(t *testing.T) {
	c := NewPollClient()
	transport, ok := c.http.Transport.(*http.Transport)
	if !ok || c.http.Timeout <= pollWait || transport.ResponseHeaderTimeout <= pollWait || NewClient().http.Timeout != callTimeout {
		t.Errorf("gives up after %v", c.http.Timeout)
	}
}

// pollWorld is the real dispatcher behind a poller, in front of the sandbox.
func pollWorld(t *testing.T, w *world, h Handler) *Poller {
	t.Helper()
	client := NewPollClient()
	t.Cleanup(client.Close)
	p, err := NewPoller(PollerConfig{Token: token, Server: w.api.URL + "/telegram", HTTP: client, Handler: h, Parallel: 8, Meter: w.meter, Log: w.logger()})
	if err != nil {
		t.Fatal(err)
	}
	go p.Run(context.WithoutCancel(t.Context()))
	t.Cleanup(func() { _ = p.Drain(context.WithoutCancel(t.Context())) })
	return p
}

// until waits for what the poller does in its own time.
func until(t *testing.T, what string, good func() bool) {
	t.Helper()
	for range 1000 {
		if good() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

func TestAConversationByPolling(t *testing.T) {
	w := newWorld(t, 1) // with a webhook set, which the poller removes
	p := pollWorld(t, w, w.replicas[0].dispatcher)
	w.push(ada, "/start")
	until(t, "greeted", func() bool { return len(w.fromBot(ada)) == 1 })
	id, data := w.find(ada, "Shop")
	w.press(ada, id, data)
	until(t, "the shop", func() bool { return w.calls("editMessageText") == 1 && w.calls("answerCallbackQuery") == 1 })

	w.sessions.fail(errRedis)
	w.push(ada, "/start")
	until(t, "a failure", func() bool { return w.meter.of("telegram_poll retry") > 0 })
	if n := len(w.fromBot(ada)); n != 1 {
		t.Errorf("%d messages although Redis is down", n)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sessions.fail(nil)
	second := pollWorld(t, w, w.newReplica().dispatcher)
	until(t, "greeted after the restart", func() bool { return len(w.fromBot(ada)) == 2 })
	if err := second.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}

	third := &scripted{}
	idle := pollWorld(t, w, third)
	until(t, "polled a third time", func() bool { return w.meter.of("telegram_poll ok") > 0 })
	w.push(boris, "hi")
	until(t, "news", func() bool { third.mu.Lock(); defer third.mu.Unlock(); return len(third.seen) > 0 })
	if err := idle.Drain(t.Context()); err != nil || len(third.seen) != 1 {
		t.Errorf("handled updates came again: %v, %v", third.seen, err)
	}
	if v := w.telegram.Violations(); len(v) != 0 || strings.Contains(w.log.String(), "must-not-leak") {
		t.Errorf("violations %v, log %s", v, w.log)
	}
}

// Two pollers with one token get in each other's way. Neither loses anything.
func TestTwoPollersOneToken(t *testing.T) {
	w := newWorld(t, 1)
	d := newDiary(fine)
	first, second := pollWorld(t, w, d), pollWorld(t, w, d)
	until(t, "a conflict", func() bool { return w.meter.of("telegram_poll second_poller") > 0 })
	for range 5 {
		w.push(ada, "hello")
	}
	until(t, "all handled", func() bool { return len(slices.Compact(slices.Sorted(slices.Values(d.handled())))) == 5 })
	if err := errors.Join(first.Drain(t.Context()), second.Drain(t.Context())); err != nil {
		t.Error(err)
	}
}
