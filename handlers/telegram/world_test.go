package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"giftbot/catalog"
	"giftbot/flows"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/sandbox/kit"
	sandbox "giftbot/sandbox/telegram"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ada     int64 = 1001
	boris   int64 = 1002
	olga    int64 = 1003 // the admin
	secret        = "s3cret-of-the-webhook"
	token         = "7000000001:token-that-must-not-leak"
	address       = "http://127.0.0.1/webhooks/telegram"
)

// handClock only moves when told to.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *handClock { return &handClock{now: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)} }

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// tally is a Meter that remembers.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func newTally() *tally { return &tally{n: map[string]int{}} }

func (t *tally) Count(name, label string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n[name+" "+label]++
}

func (t *tally) Took(string, string, time.Duration) {}

func (t *tally) of(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n[what]
}

// shelf is a catalogue of one category.
type shelf struct{ products []catalog.Product }

func (s shelf) Categories(order.Kind) []catalog.Category {
	c, _ := s.Category("games")
	return []catalog.Category{c}
}

func (s shelf) Category(id string) (catalog.Category, bool) {
	c := catalog.Category{ID: "games", Name: "Games <b>&</b>"}
	for _, p := range s.products {
		c.Products = append(c.Products, p.ID)
	}
	return c, id == "games"
}

func (s shelf) Product(id string) (catalog.Product, bool) {
	for _, p := range s.products {
		if p.ID == id {
			return p, true
		}
	}
	return catalog.Product{}, false
}

func (s shelf) ReadAt() order.Stamp { return 1 }

func sixtyUC() catalog.Product {
	return catalog.Product{
		ID: "infinivoucher:clxyz0123456789abcdefghij", Supplier: "infinivoucher", Item: "clxyz0123456789abcdefghij",
		Category: "games", Name: `60 <i>UC</i> & "more"`, Title: `60 <i>UC</i> & "more"`, Cost: 85 * order.Cent, Price: 110 * order.Cent, Stock: 50,
	}
}

// world is a bot of one or more replicas in front of the sandbox's Telegram.
type world struct {
	t        *testing.T
	clock    *handClock
	meter    *tally
	log      *syncBuffer
	telegram *sandbox.Server
	api      *httptest.Server
	shelf    *shelf
	sessions *memSessions
	orders   *memOrders
	outbox   *memOutbox
	deferred *memDeferred
	people   *memPeople
	painter  Painter   // nil for none
	pictures Pictures  // likewise
	views    Announcer // nil for those of the conversation
	replicas []*replica
	turn     int // replica that gets the next update
}

type replica struct {
	dispatcher *Dispatcher
	intake     *Intake
	sender     *Sender
	drain      *Drain
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newWorld(t *testing.T, replicas int) *world {
	t.Helper()
	w := &world{
		t: t, clock: newClock(), meter: newTally(), log: &syncBuffer{}, shelf: &shelf{[]catalog.Product{sixtyUC()}},
		sessions: newMemSessions(), outbox: newMemOutbox(), deferred: newMemDeferred(), people: &memPeople{},
	}
	w.orders = newMemOrders(w.clock)
	w.telegram = sandbox.New(sandbox.Config{
		Token: token, Now: w.clock.Now,
		Client: &http.Client{Transport: kit.HandlerTransport(http.HandlerFunc(w.webhook))},
		People: []sandbox.Person{
			{ID: ada, FirstName: "Ada <b>", LanguageCode: "en"}, {ID: boris, FirstName: "Boris", LanguageCode: "ru"},
			{ID: olga, FirstName: "Olga", LanguageCode: "en"},
		},
	})
	w.api = httptest.NewServer(w.telegram.BotAPI())
	t.Cleanup(w.api.Close)
	for range replicas {
		w.replicas = append(w.replicas, w.newReplica())
	}
	setup := NewSetup(w.replicas[0].sender, w.renderer(), Profile{WebhookURL: address, Secret: secret, Languages: []string{"en"}}, w.meter, w.logger())
	if err := setup.Once(t.Context(), w.replicas[0].dispatcher.SetUsername); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.log, nil)) }

func (w *world) codec() *Codec {
	c, err := NewCodec([]byte("0123456789abcdef-button-key"))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) texts() *locales.Catalogue {
	texts, err := locales.New()
	if err != nil {
		w.t.Fatal(err)
	}
	return texts
}

func (w *world) renderer() *Renderer {
	return NewRenderer(w.texts(), w.codec(), w.meter, w.logger())
}

func (w *world) env() flows.Env {
	return flows.Env{
		Now: order.At(w.clock.Now()), Catalogue: *w.shelf,
		Shop: flows.Shop{
			Name: "Shop & Co", Languages: []string{"en", "ru"}, MinOrder: order.Cent,
			Gateways: []flows.Gateway{{Name: "infini", Label: flows.GatewayLabel("infini")}},
		},
	}
}

func (w *world) newSender(server string) *Sender {
	client := NewClient()
	w.t.Cleanup(client.Close)
	s, err := NewSender(SenderConfig{
		Token: token, Server: server, HTTP: client, Limits: DefaultLimits(), Clock: w.clock, Meter: w.meter, Log: w.logger(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.sleep = func(_ context.Context, d time.Duration) error { w.clock.advance(d); return nil }
	return s
}

func (w *world) newReplica() *replica {
	w.t.Helper()
	r := &replica{sender: w.newSender(w.api.URL + "/telegram")}
	views := w.views
	if views == nil {
		views = flows.Conversation{}
	}
	var err error
	r.dispatcher, err = NewDispatcher(Parts{
		Painter: w.painter, Pictures: w.pictures,
		Sessions: w.sessions, Orders: w.orders, Actions: w.orders, Deferred: w.deferred, People: w.people,
		Flow: flows.Conversation{}, Texts: w.texts(), Renderer: w.renderer(), Codec: w.codec(), Sender: r.sender,
		Env: w.env, Clock: w.clock, Meter: w.meter, Log: w.logger(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if r.intake, err = NewIntake(r.dispatcher, []string{secret, ""}, 8, w.meter, w.logger()); err != nil {
		w.t.Fatal(err)
	}
	r.drain, err = NewDrain(DrainParts{
		Outbox: w.outbox, Engine: w.orders, People: w.people, Renderer: w.renderer(), Sender: r.sender,
		Painter: w.painter, Pictures: w.pictures, Views: views, Env: w.env, Enter: r.dispatcher.Enter, Clock: w.clock, Meter: w.meter, Log: w.logger(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.orders.outbox, w.orders.tell = w.outbox, r.drain.Tell
	return r
}

func (w *world) webhook(rw http.ResponseWriter, r *http.Request) {
	w.replicas[w.turn%len(w.replicas)].intake.ServeHTTP(rw, r)
}

// control calls the sandbox's people side.
func (w *world) control(method, path string, body any, out any) int {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.telegram.Chat().ServeHTTP(rec, r)
	if out != nil && rec.Code < 300 {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
		}
	}
	return rec.Code
}

// say has a person write, and delivers it.
func (w *world) say(person int64, text string) {
	w.t.Helper()
	w.push(person, text)
	w.telegram.Tick(w.t.Context())
}

func (w *world) push(person int64, text string) {
	w.t.Helper()
	if code := w.control("POST", fmt.Sprintf("/control/chats/%d/messages", person), map[string]string{"text": text}, nil); code >= 300 {
		w.t.Fatalf("say %q: %d", text, code)
	}
}

// tap presses the first button whose label contains the text, on the newest
// message that has one.
func (w *world) tap(person int64, label string) {
	w.t.Helper()
	id, data := w.find(person, label)
	w.press(person, id, data)
	w.telegram.Tick(w.t.Context())
}

func (w *world) press(person int64, id int, data string) {
	w.t.Helper()
	body := map[string]any{"message_id": id, "data": data, "wait": 0}
	if code := w.control("POST", fmt.Sprintf("/control/chats/%d/press", person), body, nil); code >= 300 {
		w.t.Fatalf("press: %d", code)
	}
}

func (w *world) find(person int64, label string) (int, string) {
	w.t.Helper()
	all := w.messages(person)
	for i := len(all) - 1; i >= 0; i-- {
		for _, row := range all[i].Buttons {
			for _, b := range row {
				if strings.Contains(b.Text, label) {
					return int(all[i].ID), b.Data
				}
			}
		}
	}
	w.t.Fatalf("no button %q in %+v", label, all)
	return 0, ""
}

func (w *world) messages(person int64) []sandbox.MessageView {
	w.t.Helper()
	var list []sandbox.MessageView
	w.control("GET", fmt.Sprintf("/control/chats/%d/messages", person), nil, &list)
	return list
}

func (w *world) fromBot(person int64) []sandbox.MessageView {
	var list []sandbox.MessageView
	for _, m := range w.messages(person) {
		if m.From == "bot" {
			list = append(list, m)
		}
	}
	return list
}

func (w *world) last(person int64) sandbox.MessageView {
	w.t.Helper()
	list := w.fromBot(person)
	if len(list) == 0 {
		w.t.Fatal("the bot said nothing")
	}
	return list[len(list)-1]
}

// calls counts the Bot API calls of a method that succeeded.
func (w *world) calls(method string) int {
	n := 0
	for _, c := range w.telegram.Calls() {
		if strings.EqualFold(c.Method, method) && c.Code == 200 {
			n++
		}
	}
	return n
}

func (w *world) drainAll() {
	w.t.Helper()
	for _, r := range w.replicas {
		r.drain.Wake()
		for range 50 {
			worked, err := r.drain.Step(w.t.Context())
			if err != nil {
				w.t.Log("drain:", err)
			}
			if !worked {
				break
			}
		}
	}
}

// post sends a raw request to an intake.
func post(h http.Handler, secret, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, address, io.NopCloser(strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(secretHeader, secret)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}
