package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
)

// scripted is a Handler that does what it is told.
type scripted struct {
	do    func(ctx context.Context, u *models.Update) error
	mu    sync.Mutex
	sorry []flows.Person
	seen  []int64
}

func (s *scripted) Handle(ctx context.Context, u *models.Update) error {
	s.mu.Lock()
	s.seen = append(s.seen, u.ID)
	s.mu.Unlock()
	if s.do == nil {
		return nil
	}
	return s.do(ctx, u)
}

func (s *scripted) Sorry(_ context.Context, p flows.Person) { s.sorry = append(s.sorry, p) }

func newIntake(t *testing.T, h Handler, parallel int) (*Intake, *tally, *syncBuffer) {
	t.Helper()
	meter, log := newTally(), &syncBuffer{}
	in, err := NewIntake(h, []string{secret, "the-previous-one"}, parallel, meter, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return in, meter, log
}

func body(id int64) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"from":{"id":1001,"first_name":"Ada"},"chat":{"id":1001,"type":"private"},"text":"hi"}}`, id)
}

func TestIntakeRefusals(t *testing.T) {
	for _, tc := range []struct {
		name, method, secret, kind, body string
		want                             int
	}{
		{"good", "POST", secret, "application/json", body(1), 200},
		{"previous secret", "POST", "the-previous-one", "application/json; charset=utf-8", body(1), 200},
		{"GET", "GET", secret, "application/json", "", 405},
		{"PUT", "PUT", secret, "application/json", body(1), 405},
		{"no secret", "POST", "", "application/json", body(1), 401},
		{"wrong secret", "POST", secret + "x", "application/json", body(1), 401},
		{"form", "POST", secret, "application/x-www-form-urlencoded", body(1), 415},
		{"no type", "POST", secret, "", body(1), 415},
		{"too large", "POST", secret, "application/json", `{"update_id":1,"x":"` + strings.Repeat("x", 1<<20) + `"}`, 413},
		{"no JSON", "POST", secret, "application/json", `{"update_id":`, 200},
		{"empty", "POST", secret, "application/json", "", 200},
		{"unknown union", "POST", secret, "application/json", `{"update_id":4,"my_chat_member":{"new_chat_member":{"status":"alien","user":{"id":1}}}}`, 200},
	} {
		h := &scripted{}
		in, meter, log := newIntake(t, h, 4)
		r := httptest.NewRequest(tc.method, address, strings.NewReader(tc.body))
		r.Header.Set(secretHeader, tc.secret)
		r.Header.Set("Content-Type", tc.kind)
		rec := httptest.NewRecorder()
		in.ServeHTTP(rec, r)
		if rec.Code != tc.want || rec.Body.Len() != 0 {
			t.Errorf("%s: %d %q, want %d and nothing", tc.name, rec.Code, rec.Body, tc.want)
		}
		if handled := len(h.seen) == 1; handled != (tc.want == 200 && strings.Contains(tc.body, `"text"`)) {
			t.Errorf("%s: handled %v", tc.name, h.seen)
		}
		if tc.want == 405 && rec.Header().Get("Allow") != "POST" {
			t.Errorf("%s: no Allow", tc.name)
		}
		if unreadable := tc.name == "no JSON" || tc.name == "empty" || tc.name == "unknown union"; unreadable {
			if meter.of("telegram_bad_update unreadable") != 1 || strings.Contains(log.String(), "alien") {
				t.Errorf("%s: counted %v, logged %q", tc.name, meter.n, log)
			}
		}
	}
}

func TestIntakeNeedsASecret(t *testing.T) {
	if _, err := NewIntake(&scripted{}, []string{"", ""}, 1, newTally(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an intake that trusts everybody")
	}
}

func TestTroubleHasTheUpdateComeAgain(t *testing.T) {
	h := &scripted{do: func(context.Context, *models.Update) error { return errRedis }}
	in, _, _ := newIntake(t, h, 4)
	if rec := post(in, secret, body(1)); rec.Code != http.StatusServiceUnavailable || rec.Body.Len() != 0 {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
}

func TestAPanicIsAnsweredAndDoesNotBlockTheQueue(t *testing.T) {
	h := &scripted{do: func(context.Context, *models.Update) error { panic("secret CODE-1") }}
	in, meter, log := newIntake(t, h, 4)
	if rec := post(in, secret, body(1)); rec.Code != http.StatusOK {
		t.Errorf("%d", rec.Code)
	}
	if len(h.sorry) != 1 || h.sorry[0].ID != ada || meter.of("telegram_panics update") != 1 {
		t.Errorf("apologised to %v", h.sorry)
	}
	if strings.Contains(log.String(), "CODE-1") || !strings.Contains(log.String(), "kind=string") {
		t.Errorf("logged %s", log)
	}
}

func TestAPanicInTheDispatcherApologises(t *testing.T) {
	w := newWorld(t, 1)
	w.replicas[0].dispatcher.Env = func() flows.Env { panic("catalogue") }
	w.say(ada, "/start")
	if m := w.last(ada); !strings.Contains(m.Text, "Nothing is lost") {
		t.Errorf("got %q", m.Text)
	}
	w.replicas[0].dispatcher.Env = w.env
	w.say(ada, "/start") // the person is not locked out
	if m := w.last(ada); !strings.Contains(m.Text, "Shop & Co") {
		t.Errorf("got %q", m.Text)
	}
}

func TestTheHandlersTimeIsItsOwn(t *testing.T) {
	h := &scripted{do: func(ctx context.Context, _ *models.Update) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > handleTimeout {
			return errors.New("no deadline")
		}
		return ctx.Err()
	}}
	in, _, _ := newIntake(t, h, 4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the client is gone, the server stops
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body(1)))
	r.Header.Set(secretHeader, secret)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	in.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		t.Errorf("%d: the update was cut short", rec.Code)
	}
}

func TestDrainWaitsAndRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := &scripted{do: func(context.Context, *models.Update) error { <-release; return nil }}
		in, _, _ := newIntake(t, h, 4)
		codes := make(chan int, 1)
		go func() { codes <- post(in, secret, body(1)).Code }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := in.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("drained while an update was under way: %v", err)
		}
		if rec := post(in, secret, body(2)); rec.Code != http.StatusServiceUnavailable {
			t.Errorf("a new update got %d", rec.Code)
		}
		close(release)
		if err := in.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if code := <-codes; code != http.StatusOK {
			t.Errorf("the update under way got %d", code)
		}
	})
}

func TestTooManyAtOnceComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := &scripted{do: func(context.Context, *models.Update) error { <-release; return nil }}
		in, meter, _ := newIntake(t, h, 2)
		for id := range int64(2) {
			go post(in, secret, body(id))
		}
		synctest.Wait()
		if rec := post(in, secret, body(3)); rec.Code != http.StatusServiceUnavailable || meter.of("telegram_webhook full") != 1 {
			t.Errorf("%d, %v", rec.Code, meter.n)
		}
		close(release)
		synctest.Wait()
	})
}

func TestTurnstile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := newTurnstile(2)
		leave, err := gates.enter(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		inside := 0
		for range 2 {
			go func() {
				out, err := gates.enter(t.Context(), ada)
				if err != nil {
					t.Error(err)
					return
				}
				inside++
				if inside != 1 {
					t.Error("two at once")
				}
				time.Sleep(time.Second)
				inside--
				out()
			}()
		}
		synctest.Wait()
		if _, err := gates.enter(t.Context(), ada); !errors.Is(err, errBusy) {
			t.Errorf("beyond the bound: %v", err)
		}
		if out, err := gates.enter(t.Context(), boris); err != nil {
			t.Errorf("another person: %v", err)
		} else {
			out()
		}
		leave()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(gates.gates) != 0 {
			t.Errorf("%d gates are left", len(gates.gates))
		}
		hold, _ := gates.enter(t.Context(), ada)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := gates.enter(ctx, ada); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait without end: %v", err)
		}
		hold()
		if len(gates.gates) != 0 {
			t.Error("a gate is left behind by who gave up")
		}
	})
}
