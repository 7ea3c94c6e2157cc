package telegram

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// pressBody is an update as Telegram would send it.
func pressBody(t *testing.T, id, person int64, message int, data string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"update_id": id, "callback_query": map[string]any{
		"id": "q", "data": data, "chat_instance": "1", "from": map[string]any{"id": person, "first_name": "Ada", "language_code": "en"},
		"message": map[string]any{"message_id": message, "date": 1, "chat": map[string]any{"id": person, "type": "private"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A tap that only leafs through the shop is shown while it is saved. What the
// save says afterwards still decides.
func TestATapIsShownWhileItIsSaved(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	id, data := w.find(ada, "Shop")

	w.sessions.fail(errors.New("redis is away"))
	rec := post(w.replicas[0].intake, secret, pressBody(t, 900, ada, id, data))
	if rec.Code != http.StatusServiceUnavailable {
		t.Fatalf("status %d: Telegram must send the tap again", rec.Code)
	}
	w.sessions.fail(nil)
	rec = post(w.replicas[0].intake, secret, pressBody(t, 900, ada, id, data))
	if rec.Code != http.StatusOK || !strings.Contains(w.last(ada).Text, "What are you looking for") {
		t.Errorf("status %d, Ada reads %q", rec.Code, w.last(ada).Text)
	}
}

func TestWhatAnotherReplicaSavedHasTheLastWord(t *testing.T) {
	w := newWorld(t, 2)
	w.say(ada, "/start")
	id, data := w.find(ada, "Shop")
	for i, replica := range []int{0, 1, 0} { // both have Ada's session in memory, one of them an old one
		if rec := post(w.replicas[replica].intake, secret, pressBody(t, int64(910+i), ada, id, data)); rec.Code != http.StatusOK {
			t.Fatalf("status %d", rec.Code)
		}
	}
	shop := w.last(ada).Text
	// The same update at the other replica, which does not know that it was handled.
	if rec := post(w.replicas[1].intake, secret, pressBody(t, 912, ada, id, data)); rec.Code != http.StatusOK {
		t.Fatalf("status %d", rec.Code)
	}
	if got := w.last(ada).Text; got != shop {
		t.Errorf("Ada reads %q after a repeated tap, and %q before", got, shop)
	}
}
