package telegram

import (
	"errors"
	"testing"
)

func TestInspect(t *testing.T) {
	w := newWorld(t, 1)
	s := w.replicas[0].sender
	found, err := s.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found.Username == "" || found.Webhook != address || found.LastError != "" || !found.LastFail.IsZero() {
		t.Errorf("got %+v", found)
	}
	// An update that cannot be delivered shows in the next inspection.
	w.sessions.fail(errors.New("redis is away"))
	w.push(ada, "/start")
	w.telegram.Tick(t.Context())
	if found, err = s.Inspect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found.Pending != 1 || found.LastError == "" || found.LastFail.IsZero() {
		t.Errorf("after a failed delivery: %+v", found)
	}
}

func TestInspectAtAServerThatIsNotThere(t *testing.T) {
	w := newWorld(t, 1)
	w.api.Close()
	if _, err := w.newSender(w.api.URL + "/telegram").Inspect(t.Context()); FaultOf(err) != FaultNotSent && FaultOf(err) != FaultUnclear {
		t.Errorf("got %v", err)
	}
}

func TestAddressesAreComparedWithoutTheirQuery(t *testing.T) {
	if got := withoutQuery(WebhookAddress(address, secret)); got != address {
		t.Errorf("address %q", got)
	}
}
