package telegram

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

func TestThePollerHandlesAndConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(fine)
		p := poll(t, newPollAPI(from(ada, 10), from(ada, 11), from(boris, 12)), d, 4)
		time.Sleep(time.Second)
		p.api.push(from(ada, 13))
		time.Sleep(time.Minute)
		p.end()
		if got := d.handled(); len(got) != 4 || got[3] != 13 || len(p.api.left()) != 0 {
			t.Errorf("handled %v, left %v", got, p.api.left())
		}
		first, polls := p.api.calls[0], p.api.polls()
		if first.method != "deleteWebhook" || strings.Contains(first.form, "drop") {
			t.Errorf("began with %s %q", first.method, first.form)
		}
		if polls[0].window != 50 || polls[0].limit != 100 || polls[0].offset != 0 ||
			!strings.Contains(polls[0].form, "allowed_updates=%5B%22message%22%2C%22callback_query%22%2C%22my_chat_member%22%5D") {
			t.Errorf("first poll %+v", polls[0])
		}
		if len(polls) > 8 {
			t.Errorf("%d polls in a quiet minute", len(polls))
		}
	})
}

// After an idle week ids restart anywhere (TELEGRAM.md §1): an offset that
// goes on being named would pass the new ones by.
func TestAnOffsetIsNamedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(fine)
		p := poll(t, newPollAPI(from(ada, 900)), d, 4)
		time.Sleep(2 * time.Minute)
		p.api.push(from(ada, 7))
		time.Sleep(time.Minute)
		p.end()
		if diff := cmp.Diff([]int64{900, 7}, d.handled()); diff != "" || len(p.api.left()) != 0 {
			t.Errorf("%s, left %v", diff, p.api.left())
		}
	})
}

func TestNothingAfterAFailureIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down sync.Map
		down.Store(ada, true)
		d := newDiary(func(u *models.Update) error {
			if _, ok := down.Load(u.Message.From.ID); ok {
				return errRedis
			}
			return nil
		})
		p := poll(t, newPollAPI(from(boris, 1), from(ada, 2), from(ada, 3), from(boris, 4)), d, 4)
		time.Sleep(3 * time.Second)
		began := time.Now()
		p.api.push(from(boris, 5))
		for len(d.handled()) < 3 && time.Since(began) < time.Minute {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(began); took > glanceLast+time.Second {
			t.Errorf("others wait %v for one who fails", took)
		}
		time.Sleep(3 * time.Minute)
		if diff := cmp.Diff([]int64{1, 4, 5}, d.handled()); diff != "" {
			t.Errorf("handled while Ada fails: %s", diff)
		}
		if diff := cmp.Diff([]int64{2, 3, 4, 5}, p.api.left()); diff != "" {
			t.Errorf("not confirmed: %s", diff)
		}
		if tries := p.meter.of("telegram_poll retry"); tries < 8 || tries > 30 {
			t.Errorf("tried %d times in three minutes", tries)
		}
		for _, c := range p.api.polls()[1:] {
			if c.window != 0 {
				t.Errorf("a long poll while updates are open: %+v", c)
			}
		}
		down.Delete(ada)
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]int64{1, 4, 5, 2, 3}, d.handled()); diff != "" {
			t.Errorf("in the end: %s", diff)
		}
		if len(p.api.left()) != 0 {
			t.Errorf("left %v", p.api.left())
		}
		p.end()
	})
}

func TestOnePersonsUpdatesStayInOrderOthersRunBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var mu sync.Mutex
		inside, most, adas := 0, 0, 0
		d := newDiary(func(u *models.Update) error {
			mu.Lock()
			inside++
			most = max(most, inside)
			if u.Message.From.ID == ada {
				if adas++; adas > 1 {
					t.Error("two of Ada's at once")
				}
			}
			mu.Unlock()
			if u.Message.From.ID == ada {
				<-release
			} else {
				time.Sleep(time.Second)
			}
			mu.Lock()
			defer mu.Unlock()
			inside--
			if u.Message.From.ID == ada {
				adas--
			}
			return nil
		})
		updates := []queued{from(ada, 1), from(ada, 2), from(boris, 3), from(boris, 4)}
		for id := range int64(10) {
			updates = append(updates, from(2000+id, 5+id))
		}
		p := poll(t, newPollAPI(updates...), d, 3)
		time.Sleep(time.Minute)
		if got := d.handled(); len(got) != 12 || slices.Contains(got, 1) || slices.Index(got, 3) > slices.Index(got, 4) {
			t.Errorf("handled %v while Ada is slow", got)
		}
		close(release)
		time.Sleep(time.Minute)
		p.end()
		if got := d.handled(); len(got) != 14 || got[12] != 1 || got[13] != 2 {
			t.Errorf("handled %v", got)
		}
		if most != 3 {
			t.Errorf("%d at once, want 3", most)
		}
		if polls := len(p.api.polls()); polls > 120 {
			t.Errorf("%d polls in two minutes", polls)
		}
	})
}

func TestWhatWasNotHandledComesAgainAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPollAPI(from(boris, 1), from(ada, 2), from(boris, 3))
		d := newDiary(func(u *models.Update) error {
			if u.Message.From.ID == ada {
				return errRedis
			}
			return nil
		})
		p := poll(t, api, d, 4)
		time.Sleep(10 * time.Second)
		p.end()
		if diff := cmp.Diff([]int64{2, 3}, api.left()); diff != "" {
			t.Errorf("kept by Telegram: %s", diff)
		}
		second := newDiary(fine)
		p = poll(t, api, second, 4)
		time.Sleep(time.Second)
		p.end()
		got := second.handled()
		slices.Sort(got)
		if diff := cmp.Diff([]int64{2, 3}, got); diff != "" || len(api.left()) != 0 {
			t.Errorf("after the restart: %s, left %v", diff, api.left())
		}
	})
}

func TestUnreadableUpdatesAreSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(fine)
		p := poll(t, newPollAPI(
			queued{1, `{"update_id":1,"my_chat_member":{"new_chat_member":{"status":"alien","user":{"id":1}}}}`},
			queued{2, `{"no":"id"}`}, queued{3, `"text"`}, from(ada, 4), queued{5, `{"update_id":5,"poll":{"id":"x"}}`},
		), d, 4)
		time.Sleep(time.Minute)
		p.end()
		got := d.handled()
		slices.Sort(got)
		if diff := cmp.Diff([]int64{4, 5}, got); diff != "" || len(p.api.left()) != 0 {
			t.Errorf("handled: %s, left %v", diff, p.api.left())
		}
		if n := p.meter.of("telegram_bad_update unreadable"); n != 3 || strings.Contains(p.log.String(), "alien") {
			t.Errorf("counted %d, logged %s", n, p.log)
		}
	})
}

func TestAPanicDoesNotStopThePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary(func(u *models.Update) error {
			if u.ID == 1 {
				panic("secret CODE-1")
			}
			return nil
		})
		p := poll(t, newPollAPI(from(ada, 1), from(ada, 2)), d, 4)
		time.Sleep(time.Second)
		p.end()
		if len(d.sorry) != 1 || d.sorry[0].ID != ada || p.meter.of("telegram_panics update") != 1 {
			t.Errorf("apologised to %v", d.sorry)
		}
		if diff := cmp.Diff([]int64{2}, d.handled()); diff != "" || len(p.api.left()) != 0 || strings.Contains(p.log.String(), "CODE-1") {
			t.Errorf("%s, left %v, logged %s", diff, p.api.left(), p.log)
		}
	})
}

func TestRefusedPollsWait(t *testing.T) {
	for _, tc := range []struct {
		name, answer, fault, hint string
		least, most               time.Duration
	}{
		{"webhook set", `{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}`, "webhook_set", "restart this process", 500 * time.Millisecond, time.Second},
		{"second poller", `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}`, "second_poller", "one process only", 500 * time.Millisecond, time.Second},
		{"slow down", `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":17}}`, "limited", "", 17 * time.Second, 17 * time.Second},
		{"slow down, no time named", `{"ok":false,"error_code":429}`, "limited", "", time.Second, time.Second},
		{"revoked", `{"ok":false,"error_code":401,"description":"Unauthorized"}`, "unauthorized", "revoked", 500 * time.Millisecond, time.Second},
		{"refused", `{"ok":false,"error_code":400,"description":"Bad Request: quoted-text"}`, "refused", "", 500 * time.Millisecond, time.Second},
		{"their trouble", `{"ok":false,"error_code":500,"description":"Internal"}`, "unclear", "", 500 * time.Millisecond, time.Second},
		{"not JSON", `<html>quoted-text</html>`, "unclear", "", 500 * time.Millisecond, time.Second},
		{"not a list", `{"ok":true,"result":{"quoted-text":1}}`, "unclear", "", 500 * time.Millisecond, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newPollAPI(from(ada, 1))
				api.say("", tc.answer)
				d := newDiary(fine)
				p := poll(t, api, d, 4)
				time.Sleep(time.Minute)
				p.end()
				polls := api.polls()
				if waited := polls[1].at.Sub(polls[0].at); waited < tc.least || waited > tc.most {
					t.Errorf("waited %v", waited)
				}
				if p.meter.of("telegram_poll "+tc.fault) != 1 || !strings.Contains(p.log.String(), tc.hint) || strings.Contains(p.log.String(), "quoted-text") {
					t.Errorf("counted %v, logged %s", p.meter.n, p.log)
				}
				if len(d.handled()) != 1 || len(api.left()) != 0 {
					t.Errorf("afterwards handled %v", d.handled())
				}
			})
		})
	}
}

func TestAWebhookIsRemovedAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPollAPI(from(ada, 1))
		api.say(`{"ok":false,"error_code":502}`, `<html>`)
		d := newDiary(fine)
		p := poll(t, api, d, 4)
		time.Sleep(time.Minute)
		p.end()
		var methods []string
		for _, c := range api.calls[:4] {
			methods = append(methods, c.method)
		}
		if diff := cmp.Diff([]string{"deleteWebhook", "deleteWebhook", "deleteWebhook", "getUpdates"}, methods); diff != "" || len(d.handled()) != 1 {
			t.Error(diff)
		}
	})
}

func TestALongOutageIsAskedAboutRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPollAPI()
		api.say("")
		api.say(slices.Repeat([]string{"<html>502"}, 1000)...)
		p := poll(t, api, newDiary(fine), 4)
		time.Sleep(time.Hour)
		p.end()
		polls := api.polls()
		if len(polls) < 120 || len(polls) > 250 { // every 15 to 30 seconds
			t.Errorf("%d polls in an hour", len(polls))
		}
		for i := 1; i < len(polls); i++ {
			if gap := polls[i].at.Sub(polls[i-1].at); gap < pollFirstRetry/2 || gap > pollLastRetry {
				t.Errorf("a pause of %v", gap)
			}
		}
	})
}

func TestAServerThatDoesNotWaitIsNotAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPollAPI(queued{0, `{"no":"id"}`})
		api.instant = true
		p := poll(t, api, newDiary(fine), 4)
		time.Sleep(time.Minute)
		api.push(from(ada, 1)) // its confirmation clears the one before it
		time.Sleep(time.Minute)
		p.end()
		if n := len(api.polls()); n > 200 {
			t.Errorf("%d polls in two minutes", n)
		}
	})
}

func TestAnAnswerThatIsTooLongIsAskedForInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPollAPI()
		for id := range int64(60) {
			api.queue = append(api.queue, from(ada, id+1))
		}
		api.big = 20
		d := newDiary(fine)
		p := poll(t, api, d, 4)
		time.Sleep(time.Minute)
		p.end()
		if got := d.handled(); len(got) != 60 || !slices.IsSorted(got) || len(api.left()) != 0 {
			t.Errorf("handled %v, left %v", got, api.left())
		}
	})
}

func TestShutdownFinishesAndConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		d := newDiary(func(u *models.Update) error {
			if u.ID == 2 {
				<-release
			}
			return nil
		})
		api := newPollAPI(from(boris, 1), from(ada, 2), from(ada, 3), from(boris, 4))
		p := poll(t, api, d, 4)
		time.Sleep(time.Second)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Drain(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended while an update was under way: %v", err)
		}
		before := len(api.polls())
		api.push(from(boris, 5))
		time.Sleep(handleTimeout / 2)
		if len(api.polls()) != before {
			t.Error("fetches although it is to end")
		}
		close(release)
		p.end()
		last := api.polls()[before:]
		if len(last) != 1 || last[0].offset != 3 || last[0].limit != 1 || last[0].window != 0 {
			t.Errorf("confirmed with %+v", last)
		}
		// 4 was handled, but 3 before it was not begun: both come again.
		if diff := cmp.Diff([]int64{3, 4, 5}, api.left()); diff != "" {
			t.Errorf("left: %s", diff)
		}
	})
}

func TestAFailedConfirmationIsTriedAgainAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		d := newDiary(func(*models.Update) error { <-release; return nil })
		api := newPollAPI(from(ada, 1))
		p := poll(t, api, d, 4)
		time.Sleep(time.Second)
		p.stop()
		synctest.Wait()
		api.say("<html>", `{"ok":false,"error_code":500}`)
		close(release)
		p.end()
		if p.meter.of("telegram_poll unconfirmed") != 1 || len(api.left()) != 1 {
			t.Errorf("%v, left %v", p.meter.n, api.left())
		}
	})
}
