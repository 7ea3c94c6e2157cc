package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/flows"
	"giftbot/handlers/telegram/picture"
	"giftbot/order"
	sandbox "giftbot/sandbox/telegram"
)

const cardSecret = "ABCDE-FGHIJ-KLMNO-PQRST"

// fakePainter draws small pictures, no two of different cards alike.
type fakePainter struct {
	mu     sync.Mutex
	cards  []picture.Card
	err    error
	panics bool
}

func (f *fakePainter) Card(c picture.Card) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cards = append(f.cards, c)
	if f.panics {
		panic("out of ink at " + c.Secret)
	}
	if f.err != nil {
		return nil, f.err
	}
	var out bytes.Buffer
	err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 40, 50+len(f.cards))))
	return out.Bytes(), err
}

func (f *fakePainter) drawn() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cards)
}

// memPictures behaves as the store's sealed file ids.
type memPictures struct {
	mu   sync.Mutex
	by   map[string]string
	down error
}

func newMemPictures() *memPictures { return &memPictures{by: map[string]string{}} }

func (m *memPictures) Recall(_ context.Context, n order.Number, card string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[pictureOf(n, card)], m.down
}

func (m *memPictures) Keep(_ context.Context, n order.Number, card, fileID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down == nil {
		m.by[pictureOf(n, card)] = fileID
	}
	return m.down
}

func pictureOf(n order.Number, card string) string { return string(n) + " " + card }

const firstCard = "107123456"

// cardOf is the number of the card with a secret.
func cardOf(code string) string {
	if code == cardSecret {
		return firstCard
	}
	return "card of " + code
}

// cardViews shows the goods of every order as gift cards, one a page.
type cardViews struct {
	flows.Conversation
	page *int
}

func (c cardViews) Status(env flows.Env, o order.Order, goods []order.Good) flows.View {
	v := c.Conversation.Status(env, o, nil)
	if len(goods) == 0 {
		return v
	}
	at := *c.page
	v.Codes, v.Labels, v.First = []string{goods[at].Code}, []flows.Text{{Key: "b.home"}}, at+1
	v.Picture = &flows.Picture{
		Number: o.Number, Amount: "25", Token: "USDC", Network: "Base", Chain: "8453", Card: cardOf(goods[at].Code), Secret: goods[at].Code,
	}
	return v
}

// cardRig is an announceRig whose goods are gift cards.
type cardRig struct {
	*announceRig
	painter  *fakePainter
	pictures *memPictures
	page     int
}

func newCardRig(t *testing.T) *cardRig {
	t.Helper()
	r := &cardRig{announceRig: newAnnounceRig(t), painter: &fakePainter{}, pictures: newMemPictures()}
	w := r.world
	w.painter, w.pictures, w.views = r.painter, r.pictures, cardViews{page: &r.page}
	r.restart()
	return r
}

func (r *cardRig) restart() { r.replicas[0] = r.newReplica() }

// deliver pays the order and shows its first card.
func (r *cardRig) deliver() sandbox.MessageView {
	r.t.Helper()
	r.moveTo(order.Paid)
	r.drainAll()
	r.moveTo(order.Ready, cardSecret, "SECOND-CARD")
	r.drainAll()
	return r.statusMessage()
}

func TestACardComesIntoTheOrdersMessage(t *testing.T) {
	r := newCardRig(t)
	m := r.deliver()
	if r.protected() != 1 || m.PhotoURL == "" || m.Text != "" || !strings.Contains(m.Caption, "Home: "+cardSecret) || m.EditedAt == nil {
		t.Errorf("%d messages, %+v", r.protected(), m)
	}
	if len(m.Entities) == 0 || m.Entities[len(m.Entities)-1].Type != "spoiler" || !hasCopyOf(m, cardSecret) {
		t.Errorf("entities %+v, buttons %+v", m.Entities, m.Buttons)
	}
	if r.orders.by[r.order.Number].Status != order.Delivered {
		t.Error("not delivered")
	}
	want := picture.Card{
		Amount: "25", Token: "USDC", Network: "Base", Chain: 8453, CardID: firstCard, Title: "Shop & Co",
		Secret: cardSecret, Redeem: "https://univoucher.com",
	}
	got := r.painter.cards[0]
	got.Caption, got.IDLabel = "", "" // the locales may have words for them
	if got != want {
		t.Error("another card was drawn than the one delivered")
	}
	for _, hidden := range []string{cardSecret, r.pictures.by[pictureOf(r.order.Number, firstCard)]} {
		if hidden == "" || strings.Contains(r.log.String(), hidden) {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

func hasCopyOf(m sandbox.MessageView, text string) bool {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.CopyText == text {
				return true
			}
		}
	}
	return false
}

// A card that was bought again comes before one that is there already: each shows
// its own picture.
func TestALateCardIsNotShownAsAnotherOne(t *testing.T) {
	r := newCardRig(t)
	first := r.deliver()
	r.moveTo(order.Ready, "LATE-CARD", cardSecret)
	r.drainAll()
	if m := r.statusMessage(); r.painter.drawn() != 2 || r.painter.cards[1].Secret != "LATE-CARD" || m.PhotoURL == first.PhotoURL || !strings.Contains(m.Caption, "LATE-CARD") {
		t.Errorf("%d drawn, %+v", r.painter.drawn(), m)
	}
	r.page = 1
	r.announce(order.AnnounceStatus, ada)
	r.drainAll()
	if m := r.statusMessage(); r.painter.drawn() != 2 || m.PhotoURL != first.PhotoURL || !strings.Contains(m.Caption, cardSecret) {
		t.Errorf("%d drawn, %+v", r.painter.drawn(), m)
	}
}

// TestAPictureIsUploadedOnce: by its id it is shown again, by any process.
func TestAPictureIsUploadedOnce(t *testing.T) {
	r := newCardRig(t)
	first := r.deliver()
	for range 2 {
		r.restart()
		r.announce(order.AnnounceStatus, ada)
		r.drainAll()
	}
	if r.painter.drawn() != 1 || r.statusMessage().PhotoURL != first.PhotoURL || len(r.outbox.waiting()) != 0 {
		t.Errorf("%d drawn, waiting %v", r.painter.drawn(), r.outbox.waiting())
	}
	r.page = 1
	r.announce(order.AnnounceStatus, ada)
	r.drainAll()
	second := r.statusMessage()
	if r.painter.drawn() != 2 || second.ID != first.ID || second.PhotoURL == first.PhotoURL || !strings.Contains(second.Caption, "SECOND-CARD") {
		t.Errorf("page 2 is %+v after %d drawn", second, r.painter.drawn())
	}
	r.page = 0
	r.announce(order.AnnounceStatus, ada)
	r.drainAll()
	if back := r.statusMessage(); back.PhotoURL != first.PhotoURL || r.painter.drawn() != 2 {
		t.Errorf("page 1 again is %+v after %d drawn", back, r.painter.drawn())
	}
}

// TestALostUploadIsRepeatedWhole: the answer to the upload was lost, and the
// process died before it knew.
func TestALostUploadIsRepeatedWhole(t *testing.T) {
	r := newCardRig(t)
	r.moveTo(order.Paid)
	r.drainAll()
	r.telegram.FailNext(sandbox.Failure{Method: "editMessageMedia", Code: 500, After: true, Times: 2})
	r.moveTo(order.Ready, cardSecret)
	r.drainAll()
	r.outbox.crash()
	r.restart()
	r.clock.advance(unsureMax)
	r.drainAll()
	m := r.statusMessage()
	if r.protected() != 1 || m.PhotoURL == "" || r.orders.by[r.order.Number].Status != order.Delivered {
		t.Errorf("%d messages, %+v", r.protected(), m)
	}
}

// TestAfterACardOtherWordsStandInItsCaption, also in a process that does not
// know what the message holds.
func TestAfterACardOtherWordsStandInItsCaption(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		r := newCardRig(t)
		before := r.deliver()
		if restarted {
			r.restart()
		}
		refused := r.meter.of("telegram_fault " + string(FaultNoText))
		r.moveTo(order.Refunding)
		r.drainAll()
		m := r.statusMessage()
		if m.ID != before.ID || m.PhotoURL != before.PhotoURL || m.Caption == "" || strings.Contains(m.Caption, cardSecret) || r.protected() != 1 {
			t.Errorf("restarted %v: %+v", restarted, m)
		}
		if now := r.meter.of("telegram_fault " + string(FaultNoText)); (now > refused) != restarted {
			t.Errorf("restarted %v: refused %d times", restarted, now-refused)
		}
	}
}

// TestWithoutAPictureACardIsStillDelivered is the table of what can go wrong
// with a picture. The card is delivered in words each time.
func TestWithoutAPictureACardIsStillDelivered(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(r *cardRig)
		drawn  bool // there is a picture all the same
	}{
		{"no painter", func(r *cardRig) { r.world.painter = nil }, false},
		{"incomplete", func(r *cardRig) { r.painter.err = picture.ErrIncomplete }, false},
		{"too much", func(r *cardRig) { r.painter.err = fmt.Errorf("card: %w", picture.ErrTooMuch) }, false},
		{"panic", func(r *cardRig) { r.painter.panics = true }, false},
		{"refused", func(r *cardRig) {
			r.telegram.FailNext(sandbox.Failure{Method: "editMessageMedia", Code: 400, Description: "Bad Request: PHOTO_SAVE_FILE_INVALID"})
		}, false},
		{"no place for file ids", func(r *cardRig) { r.world.pictures = nil }, true},
		{"file ids cannot be read", func(r *cardRig) { r.pictures.down = errors.New("redis is away") }, true},
		{"file id of another bot", func(r *cardRig) { r.pictures.by[pictureOf(r.order.Number, firstCard)] = "AgACAgIAAxk-elsewhere" }, true},
		{"no file id at all", func(r *cardRig) { r.pictures.by[pictureOf(r.order.Number, firstCard)] = "?" }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newCardRig(t)
			tc.change(r)
			r.restart()
			m := r.deliver()
			if !strings.Contains(m.Text+m.Caption, cardSecret) || (m.PhotoURL != "") != tc.drawn || !m.Protected {
				t.Errorf("%+v", m)
			}
			if r.orders.by[r.order.Number].Status != order.Delivered || r.protected() != 1 {
				t.Errorf("%s in %d messages", r.orders.by[r.order.Number].Status, r.protected())
			}
			if log := r.log.String(); strings.Contains(log, cardSecret) || strings.Contains(log, "AgACAg") {
				t.Errorf("logged: %s", log)
			}
			if id := r.pictures.by[pictureOf(r.order.Number, firstCard)]; tc.drawn && r.world.pictures != nil && r.pictures.down == nil && strings.ContainsAny(id, "?-") {
				t.Errorf("the lost id %q is still kept", id)
			}
		})
	}
}

// TestTheRealPainterRefusesACardWithoutANumber, and its words are delivered.
func TestTheRealPainterRefusesACardWithoutANumber(t *testing.T) {
	painter, err := picture.New()
	if err != nil {
		t.Fatal(err)
	}
	r, meter := testRenderer(t)
	g := gallery{painter, nil, r, func() flows.Env { return flows.Env{Shop: flows.Shop{Name: "Shop"}} }}
	p := flows.Picture{Amount: "25", Token: "USDC", Network: "Base", Chain: "8453", Card: "7", Secret: cardSecret}
	whole := g.message(t.Context(), "en", ada, flows.View{Codes: []string{"x"}, Picture: &p})
	if data, err := whole.Photo.Draw(); err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	p.Card, p.Chain = "", "not a number"
	broken := g.message(t.Context(), "en", ada, flows.View{Codes: []string{"x"}, Picture: &p})
	if _, err := broken.Photo.Draw(); !errors.Is(err, picture.ErrIncomplete) || strings.Contains(err.Error(), cardSecret) {
		t.Errorf("%v", err)
	}
	if meter.of("telegram_picture keep failed") != 0 {
		t.Error("there is nowhere to keep an id")
	}
	broken.Photo.Keep(t.Context(), "AgAC")
}

// words is a Texts in which only some keys have a text.
type words struct {
	echo
	known map[string]string
}

func (w words) Text(_, key string, _ map[string]any) string {
	if text, ok := w.known[key]; ok {
		return text
	}
	return key
}

func TestTheWordsOfAPictureAreOptional(t *testing.T) {
	for _, tc := range []struct {
		known       map[string]string
		scan, label string
	}{
		{nil, "", ""},
		{map[string]string{pictureScan: "Отсканируйте", pictureCard: "Номер карты"}, "Отсканируйте", "Номер карты"},
	} {
		f := &fakePainter{}
		r := NewRenderer(words{known: tc.known}, testCodec(t), newTally(), slog.New(slog.DiscardHandler))
		g := gallery{f, nil, r, func() flows.Env { return flows.Env{} }}
		if _, err := g.message(t.Context(), "ru", ada, flows.View{Picture: &flows.Picture{Chain: "x"}}).Photo.Draw(); err != nil {
			t.Fatal(err)
		}
		if c := f.cards[0]; c.Caption != tc.scan || c.IDLabel != tc.label || c.Chain != 0 {
			t.Errorf("%+v", []string{c.Caption, c.IDLabel})
		}
	}
}

// TestPicturesInTheConversation: a reply with a picture is a new protected
// message, its next page an edit, and a repeated update changes nothing.
func TestPicturesInTheConversation(t *testing.T) {
	w := newWorld(t, 1)
	painter := &fakePainter{}
	w.painter, w.pictures = painter, newMemPictures()
	r := w.newReplica()
	w.say(ada, "/start")
	d := r.dispatcher
	e := event{person: flows.Person{ID: ada, Language: "en"}}
	show := func(place flows.Place, index int) {
		t.Helper()
		v := flows.View{
			Codes: []string{fmt.Sprint("SECRET-", index)}, Blocks: []flows.Text{{Key: "codes.safe"}},
			Picture: &flows.Picture{Number: "3F7KQW2M9X", Card: fmt.Sprint(index)},
		}
		out := flows.Outcome{Replies: []flows.Reply{{View: v, Place: place}}}
		if d.ahead(t.Context(), event{query: "q", pressed: 1}, "en", out, nil, &turn{}) != nil {
			t.Error("a secret was shown before it was saved")
		}
		if err := d.respond(t.Context(), e, held{}, out, d.newAnswer(t.Context(), ""), nil); err != nil {
			t.Fatal(err)
		}
		e.pressed = int(w.last(ada).ID)
	}
	show(flows.PlaceSend, 0)
	first := w.last(ada)
	show(flows.PlaceEdit, 1)
	second := w.last(ada)
	show(flows.PlaceEdit, 1)
	if !first.Protected || first.PhotoURL == "" || second.ID != first.ID || second.PhotoURL == first.PhotoURL {
		t.Errorf("%+v then %+v", first, second)
	}
	if diff := cmp.Diff(second, w.last(ada)); diff != "" || painter.drawn() != 2 {
		t.Errorf("%d drawn, shown again: %s", painter.drawn(), diff)
	}
}

// TestAPressTellsWhatItsMessageHolds: the first edit after a restart needs no
// refusal to know.
func TestAPressTellsWhatItsMessageHolds(t *testing.T) {
	w := newWorld(t, 1)
	w.say(ada, "/start")
	w.painter = &fakePainter{}
	id := w.last(ada).ID
	m := gallery{w.painter, nil, w.renderer(), w.env}.message(t.Context(), "en", ada, flows.View{
		Keyboard: [][]flows.Button{{{Label: flows.Text{Key: "b.help"}, Do: &flows.Action{Verb: flows.VerbHelp}}}}, Picture: &flows.Picture{Number: "3F7KQW2M9X"},
	})
	if err := w.newSender(w.api.URL+"/telegram").Edit(t.Context(), LaneReply, int(id), m); err != nil {
		t.Fatal(err)
	}
	w.tap(ada, "Help")
	if n := w.meter.of("telegram_fault " + string(FaultNoText)); n != 0 {
		t.Errorf("%d refusals", n)
	}
	if !w.replicas[0].sender.photos.has(ada, int(id)) {
		t.Error("not noticed")
	}
}
