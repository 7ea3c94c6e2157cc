package telegram

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/catalog"
	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
)

func TestStartIsAnsweredInThePersonsLanguage(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start@giftbot_demo_bot p_gone")
	w.tap(ada, "Home")
	w.say(boris, "/start")
	w.tap(ada, "Language")
	if m := w.last(boris); !strings.Contains(m.Text, "Shop & Co") || !strings.Contains(m.Buttons[0][0].Text, "Магазин") {
		t.Errorf("Boris got %q %v", m.Text, m.Buttons)
	}
	if v := w.telegram.Violations(); len(v) != 0 {
		t.Errorf("violations: %v", v)
	}
}

func TestATapCostsOneRoundTripOneAnswerAndOneEdit(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	trips, sent, edits, answers := w.sessions.trips(), w.calls("sendMessage"), w.calls("editMessageText"), w.calls("answerCallbackQuery")
	w.tap(ada, "Shop")
	if got := w.sessions.trips() - trips; got != 1 {
		t.Errorf("round trips: %d, want 1", got)
	}
	if w.calls("sendMessage") != sent || w.calls("editMessageText") != edits+1 || w.calls("answerCallbackQuery") != answers+1 {
		t.Errorf("want one edit and one answer, got %d sends", w.calls("sendMessage")-sent)
	}
}

func TestNamesAreShownNotInterpreted(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/shop")
	if m := w.last(ada); !strings.Contains(m.Buttons[0][0].Text, "Games <b>&</b>") {
		t.Errorf("category button %q", m.Buttons[0][0].Text)
	}
	w.tap(ada, "Games")
	w.tap(ada, "UC")
	m := w.last(ada)
	if !strings.Contains(m.Text, `60 <i>UC</i> & "more"`) {
		t.Errorf("the product's name came out as %q", m.Text)
	}
	for _, e := range m.Entities {
		if e.Type == "italic" {
			t.Error("markup of a product's name was interpreted")
		}
	}
	if w.meter.of("telegram_markup_refused ") != 0 {
		t.Error("fell back to plain text")
	}
}

func (w *world) checkout(person int64) {
	w.t.Helper()
	w.say(person, "/shop")
	w.tap(person, "Games")
	w.tap(person, "UC")
	w.tap(person, "Buy now")
}

func TestPlacingTwiceIsOneOrder(t *testing.T) {
	w := newWorld(t, 1)
	w.checkout(ada)
	id, data := w.find(ada, "rypto")
	w.press(ada, id, data)
	w.press(ada, id, data) // double tap
	w.telegram.DuplicateNext(1)
	w.telegram.Tick(t.Context())
	if w.orders.placed != 1 {
		t.Errorf("%d orders", w.orders.placed)
	}
	for _, o := range w.orders.by {
		if o.Buyer != ada || o.Total != sixtyUC().Price || o.Lines[0].UnitCost != sixtyUC().Cost || o.Language != "en" {
			t.Errorf("placed %+v", o)
		}
	}
}

func TestACrashBetweenPlacingAndSavingIsOneOrder(t *testing.T) {
	w := newWorld(t, 1)
	w.checkout(ada)
	id, data := w.find(ada, "rypto")
	w.sessions.fail(errRedis)
	w.press(ada, id, data)
	w.telegram.Tick(t.Context())
	if w.orders.placed != 1 {
		t.Fatalf("%d orders while Redis was down", w.orders.placed)
	}
	// The catalogue moves on before Telegram sends the press again.
	w.shelf.products = []catalog.Product{}
	w.sessions.fail(nil)
	w.replicas[0] = w.newReplica()
	w.clock.advance(5 * time.Second)
	w.telegram.Tick(t.Context())
	if w.orders.placed != 1 {
		t.Errorf("%d orders", w.orders.placed)
	}
	w.telegram.Tick(t.Context())
}

func TestChangedPriceIsRefused(t *testing.T) {
	w := newWorld(t, 1)
	w.checkout(ada)
	p := sixtyUC()
	p.Price += order.Cent
	w.shelf.products = []catalog.Product{p}
	w.tap(ada, "rypto")
	if w.orders.placed != 0 || w.orders.asked != 0 {
		t.Error("placed at a price that was not shown")
	}
}

func TestRedisDownKeepsTheUpdateAtTelegram(t *testing.T) {
	w := newWorld(t, 1)
	w.sessions.fail(errRedis)
	w.say(ada, "/start")
	if n := len(w.fromBot(ada)); n != 0 {
		t.Fatalf("%d answers without a saved session", n)
	}
	w.sessions.fail(nil)
	w.clock.advance(3 * time.Second)
	w.telegram.Tick(t.Context())
	if n := len(w.fromBot(ada)); n != 1 {
		t.Errorf("%d answers after Redis came back", n)
	}
}

func TestADuplicateRedrawsAndChangesNothing(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		w := newWorld(t, 1)
		w.say(ada, "/start")
		w.tap(ada, "Shop")
		version := w.sessions.by[ada].version
		// The answer is lost: the session is saved, the edit is not made.
		w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 401, Times: 1})
		id, data := w.find(ada, "Games")
		w.press(ada, id, data)
		w.telegram.Tick(t.Context())
		if restarted {
			w.replicas[0] = w.newReplica()
		}
		w.clock.advance(3 * time.Second)
		w.telegram.Tick(t.Context())
		if got := w.sessions.by[ada].version; got != version+1 {
			t.Errorf("restarted=%v: version %d, want %d", restarted, got, version+1)
		}
		if m := w.last(ada); m.ID != int64(id) || !strings.Contains(m.Buttons[0][0].Text, "UC") {
			t.Errorf("restarted=%v: the saved screen was not drawn: %+v", restarted, m)
		}
		if w.meter.of("telegram_updates duplicate") != 1 {
			t.Errorf("restarted=%v: not seen as a duplicate", restarted)
		}
	}
}

func TestTwoReplicasShareOneSession(t *testing.T) {
	w := newWorld(t, 2)
	w.say(ada, "/start") // replica 0
	w.turn = 1
	w.tap(ada, "Shop") // replica 1 loads
	w.turn = 0
	w.tap(ada, "Games") // replica 0 has an old version: STALE, steps again
	w.turn = 1
	w.tap(ada, "UC")
	if w.meter.of("telegram_session stale") != 2 {
		t.Errorf("stale %d times, want 2", w.meter.of("telegram_session stale"))
	}
	if m := w.last(ada); !strings.Contains(m.Text, "UC") || len(w.fromBot(ada)) != 1 {
		t.Errorf("got %+v", w.fromBot(ada))
	}
}

func TestForgedAndForeignButtonsAreRefusedKindly(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	w.say(boris, "/start")
	id, data := w.find(ada, "Shop")
	borisID, _ := w.find(boris, "Магазин")
	saves := w.sessions.saves
	other := byte('A')
	if data[len(data)-3] == other {
		other = 'B'
	}
	d := w.replicas[0].dispatcher
	swapped := data[:len(data)-3] + string(other) + data[len(data)-2:]
	for i, u := range []*models.Update{
		press(1, ada, ada, id, swapped), press(2, boris, boris, borisID, data), press(3, ada, ada, id, "0old-version"),
		press(4, ada, -100500, id, data), press(5, ada, ada, id, ""),
	} {
		if err := d.Handle(t.Context(), u); err != nil {
			t.Errorf("press %d: %v", i+1, err)
		}
	}
	if w.sessions.saves != saves {
		t.Error("a forged button reached the conversation")
	}
	if w.meter.of("telegram_bad_button forged") != 3 || w.meter.of("telegram_bad_button old") != 1 || w.meter.of("telegram_bad_button elsewhere") != 1 {
		t.Errorf("counted %v", w.meter.n)
	}
	answered := 0
	for _, c := range w.telegram.Calls() {
		if strings.EqualFold(c.Method, "answerCallbackQuery") && c.Params["text"] != "" {
			answered++
		}
	}
	if answered != 5 {
		t.Errorf("%d answered, want 5", answered)
	}
}

func TestBlockedAndBack(t *testing.T) {
	w := newWorld(t, 1)
	woken := int64(0)
	w.replicas[0].dispatcher.Woken = func(user int64) { woken = user }
	w.say(ada, "/start")
	w.control("POST", "/control/people", map[string]any{"id": ada, "blocked": true}, nil)
	w.telegram.Tick(t.Context())
	w.control("POST", "/control/people", map[string]any{"id": ada, "blocked": false}, nil)
	w.telegram.Tick(t.Context())
	if len(w.people.blocked) != 1 || len(w.people.back) != 1 || woken != ada {
		t.Errorf("blocked %v back %v woken %d", w.people.blocked, w.people.back, woken)
	}
}

func TestAReplyThatMustWaitIsDrawnLater(t *testing.T) {
	w := newWorld(t, 1)
	w.deferred.now = func() order.Stamp { return order.At(w.clock.Now()) }
	w.say(ada, "/start")
	w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 429, RetryAfter: 40, Times: 1})
	w.tap(ada, "Shop")
	if w.deferred.waiting() != 1 {
		t.Fatal("not deferred")
	}
	d := w.replicas[0].dispatcher
	if worked, _, err := d.StepDeferred(t.Context()); worked || err != nil {
		t.Fatalf("drawn too early: %v %v", worked, err)
	}
	w.clock.advance(41 * time.Second)
	if worked, _, err := d.StepDeferred(t.Context()); !worked || err != nil {
		t.Fatalf("worked %v, %v", worked, err)
	}
	if m := w.last(ada); !strings.Contains(m.Buttons[0][0].Text, "Games") || w.deferred.waiting() != 0 || len(w.fromBot(ada)) != 1 {
		t.Errorf("got %+v", w.fromBot(ada))
	}
}

func TestWithoutAPlaceToDeferTheUpdateComesAgain(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	w.deferred.down = errRedis
	w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 429, RetryAfter: 20, Times: 1})
	w.tap(ada, "Shop")
	w.deferred.down = nil
	w.clock.advance(30 * time.Second)
	w.telegram.Tick(t.Context())
	if m := w.last(ada); !strings.Contains(m.Buttons[0][0].Text, "Games") {
		t.Errorf("got %+v", m)
	}
}

func TestAnEditTargetThatIsGoneBecomesANewMessage(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Code: 400, Description: "Bad Request: message to edit not found"})
	w.tap(ada, "Shop")
	if n := len(w.fromBot(ada)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestUpdatesOfOnePersonStayInOrderAcrossConcurrency(t *testing.T) {
	w := newWorld(t, 1)
	d := w.replicas[0].dispatcher
	leave, err := d.Enter(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for id := range 5 {
		all.Go(func() {
			if err := d.Handle(t.Context(), privateMessage(int64(900+id), ada, "/help")); err != nil {
				t.Error(err)
			}
		})
	}
	// Somebody else is not held up by Ada.
	w.control("POST", "/control/chats/1002/messages", map[string]string{"text": "/start"}, nil)
	w.telegram.Tick(t.Context())
	if len(w.fromBot(boris)) != 1 {
		t.Error("Boris waits for Ada")
	}
	if len(w.fromBot(ada)) != 0 {
		t.Error("Ada's updates did not wait")
	}
	leave()
	all.Wait()
	if w.meter.of("telegram_session stale") != 0 {
		t.Error("updates of one person ran side by side")
	}
}

func TestSecretsOfTheEdgeStayOutOfTheLog(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	w.telegram.FailNext(sandbox.Failure{Method: "editMessageText", Times: 3})
	w.tap(ada, "Shop")
	w.telegram.FailNext(sandbox.Failure{Method: "sendMessage", Code: 502, Description: "<html>" + token})
	w.say(ada, "/help")
	w.telegram.Tick(t.Context())
	for _, planted := range []string{token, strings.Split(token, ":")[1], secret} {
		if strings.Contains(w.log.String(), planted) {
			t.Errorf("%q is in the log", planted)
		}
	}
}

func privateMessage(id, person int64, text string) *models.Update {
	return &models.Update{ID: id, Message: &models.Message{
		ID: int(id), From: &models.User{ID: person, FirstName: "Ada", LanguageCode: "en"},
		Chat: models.Chat{ID: person, Type: models.ChatTypePrivate}, Text: text,
	}}
}

func press(id, person, chat int64, message int, data string) *models.Update {
	return &models.Update{ID: id, CallbackQuery: &models.CallbackQuery{
		ID: "q" + data, From: models.User{ID: person, LanguageCode: "en"}, Data: data,
		Message: models.MaybeInaccessibleMessage{Message: &models.Message{ID: message, Date: 1, Chat: models.Chat{ID: chat}}},
	}}
}
