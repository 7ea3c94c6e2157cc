package telegram

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"giftbot/flows"
)

// instant answers every Bot API call at once, in memory.
type instant struct{}

func (instant) Do(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	result := `{"message_id":2,"date":1,"chat":{"id":1001,"type":"private"}}`
	if strings.HasSuffix(r.URL.Path, "answerCallbackQuery") {
		result = "true"
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"ok":true,"result":` + result + `}`))}, nil
}

// BenchmarkTap is our own share of a browse tap: everything but the network.
func BenchmarkTap(b *testing.B) {
	w := &world{clock: newClock(), meter: newTally(), log: &syncBuffer{}, shelf: &shelf{}, sessions: newMemSessions()}
	w.shelf.products = append(w.shelf.products, sixtyUC())
	w.orders = newMemOrders(w.clock)
	log := slog.New(slog.DiscardHandler)
	sender, err := NewSender(SenderConfig{Token: token, HTTP: instant{}, Limits: DefaultLimits(), Clock: w.clock, Meter: w.meter, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	codec := testCodec(b)
	renderer := NewRenderer(echo{}, codec, w.meter, log)
	d, err := NewDispatcher(Parts{
		Sessions: w.sessions, Orders: w.orders, Actions: w.orders, Flow: flows.Conversation{}, Texts: echo{}, Renderer: renderer,
		Codec: codec, Sender: sender, Env: w.env, Clock: w.clock, Meter: w.meter, Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	data, err := codec.Encode(ada, flows.Action{Verb: flows.VerbCategory, ID: "games"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	id := int64(0)
	for b.Loop() {
		id++
		if s := w.sessions.by[ada]; s != nil {
			s.seen = s.seen[:0]
		}
		if err := d.Handle(b.Context(), press(id, ada, ada, 2, data)); err != nil {
			b.Fatal(err)
		}
	}
}
