package telegram

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
	"giftbot/order"
)

// attempts are what people try that is not theirs, and how it is called.
func attempts(t *testing.T) map[string]struct {
	update *models.Update
	what   string // "" for what is not refused at all
} {
	t.Helper()
	codec := (&world{t: t}).codec()
	admins, err := codec.Encode(boris, flows.Action{Verb: "0", ID: "q"})
	if err != nil {
		t.Fatal(err)
	}
	adas, err := codec.Encode(ada, flows.Action{Verb: "h"})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := order.NewNumber(strings.NewReader("eight of them"), 3)
	if err != nil {
		t.Fatal(err)
	}
	group := privateMessage(7, olga, "/refund@giftbot_demo_bot 3F7KQW2M9X")
	group.Message.Chat = models.Chat{ID: -100, Type: models.ChatTypeSupergroup}
	passed := privateMessage(8, olga, "/balances")
	passed.Message.ForwardOrigin = &models.MessageOrigin{Type: models.MessageOriginTypeHiddenUser}
	return map[string]struct {
		update *models.Update
		what   string
	}{
		"a made-up button":             {press(1, boris, boris, 5, "1AAAAAAAAAAAAAAAA"), refusedButton},
		"somebody else's button":       {press(2, boris, boris, 5, adas), refusedButton},
		"a button in a group":          {press(3, ada, -100, 5, adas), refusedElsewhere},
		"a button of an older version": {press(4, ada, ada, 5, "0"+adas[1:]), ""},
		"a button of one's own":        {press(5, ada, ada, 5, adas), ""},
		"an admin's button once":       {press(6, boris, boris, 5, admins), refusedAdmin},
		"an admin's command":           {privateMessage(9, boris, "/SALES off"), refusedAdmin},
		"one in a group":               {group, refusedGroup},
		"one that was passed on":       {passed, refusedRelayed},
		"one by an admin":              {privateMessage(10, olga, "/sales"), ""},
		"an unknown command":           {privateMessage(11, boris, "/nonsense"), ""},
		"somebody else's order":        {privateMessage(12, boris, "/start "+flows.OrderLink(foreign)), refusedOrder},
	}
}

func TestWhatIsNotTheirsIsRefusedAndLogged(t *testing.T) {
	for name, a := range attempts(t) {
		m := &memDesk{}
		w := newWorld(t, 1)
		d := newDesk(w, m)
		for i := range 3 {
			u := *a.update
			u.ID += int64(100 * i)
			if err := d.replicas[0].dispatcher.Handle(t.Context(), &u); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		lines := strings.Count(d.log.String(), "msg=refused")
		if want := b2i(a.what != ""); lines != want || want == 1 && d.meter.of("telegram_refused "+a.what) != 3 {
			t.Errorf("%s: %d lines, counted %v", name, lines, d.meter.n)
		}
		if a.what != "" && !strings.Contains(d.log.String(), "what="+a.what) {
			t.Errorf("%s: %s", name, d.log)
		}
		if a.what != "" && len(m.calls) != 0 {
			t.Errorf("%s: the desk heard %v", name, m.calls)
		}
		if u := a.update; u.CallbackQuery != nil && len(u.CallbackQuery.Data) > 3 && strings.Contains(d.log.String(), u.CallbackQuery.Data) {
			t.Errorf("%s: the log tells what was on the button", name)
		}
	}
}

func TestTheIntakeLogsWhoIsNotTelegram(t *testing.T) {
	in, _, log := newIntake(t, &scripted{}, 4)
	for range 3 {
		for _, key := range []string{"", "a-guessed-secret"} {
			post(in, key, body(1))
		}
	}
	get := httptest.NewRequest(http.MethodGet, address, nil)
	in.ServeHTTP(httptest.NewRecorder(), get)
	post(in, secret, strings.Repeat(" ", bodyLimit+1))
	for _, status := range []int{401, 405, 413} {
		if n := strings.Count(log.String(), fmt.Sprintf("status=%d", status)); n != 1 {
			t.Errorf("status %d is logged %d times: %s", status, n, log)
		}
	}
	if strings.Contains(log.String(), "guessed") || strings.Contains(log.String(), secret) {
		t.Errorf("a secret is logged: %s", log)
	}
}

// Two secrets are none, whichever of them is right: something between Telegram
// and us has added one.
func TestTheIntakeTakesOneSecret(t *testing.T) {
	h := &scripted{}
	in, _, _ := newIntake(t, h, 4)
	for _, given := range [][]string{{secret, secret}, {secret, "x"}, {"x", secret}, {}, {""}} {
		r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(body(1)))
		r.Header = http.Header{"Content-Type": {"application/json"}, secretHeader: given}
		rec := httptest.NewRecorder()
		if in.ServeHTTP(rec, r); rec.Code != http.StatusUnauthorized || len(h.seen) != 0 {
			t.Errorf("%d secrets: status %d, handled %v", len(given), rec.Code, h.seen)
		}
	}
}

func TestRarely(t *testing.T) {
	r, now := newRarely[string](2), time.Unix(1000, 0)
	for _, c := range []struct {
		key   string
		after time.Duration
		want  bool
	}{
		{"a", 0, true}, {"a", 0, false}, {"b", 0, true}, {"a", quietFor - 1, false}, {"a", quietFor, true}, {"b", quietFor + 1, true},
		{"b", quietFor + 2, false}, {"c", quietFor + 2, true}, // no room: all are forgotten, and none is kept quiet for long
		{"b", quietFor + 2, true},
	} {
		if got := r.allow(c.key, now.Add(c.after)); got != c.want {
			t.Errorf("%q after %v: %v", c.key, c.after, got)
		}
		if len(r.last) > 2 {
			t.Errorf("%d remembered", len(r.last))
		}
	}
}
