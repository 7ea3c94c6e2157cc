package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"giftbot/order"
	"giftbot/providers/infini"
	chat "giftbot/sandbox/telegram"
)

// buyer is a person who taps through the shop, sees what the bot shows and
// nothing else.
type buyer struct {
	w        *world
	id       int64
	left     int // orders still wanted
	tries    int
	placing  bool
	wants    goal
	asides   map[order.Number]goal // what was wanted of orders that show up when something else is wanted
	visits   []*visit
	intended int
	credit   order.Money // the last they heard of it
}

// visit is one order as its buyer sees it.
type visit struct {
	number  order.Number
	message int64
	links   []link // from the chat, oldest first
	plan    string
	want    string
	account []order.Part
	looks   int
	started bool
}

// call uses the sandbox's controls as a test would.
func (w *world) call(method, route string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, "http://127.0.0.1/control"+route, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := w.control.RoundTrip(r)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", route, res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (w *world) say(id int64, text string) {
	w.deed()
	if err := w.call(http.MethodPost, fmt.Sprintf("/chats/%d/messages", id), map[string]any{"text": text}, nil); err == nil {
		w.tell("%d says %s", id, text)
	}
}

func (w *world) messages(id int64) []chat.MessageView {
	var list []chat.MessageView
	if err := w.call(http.MethodGet, fmt.Sprintf("/chats/%d/messages", id), nil, &list); err != nil {
		w.tell("%d cannot read: %v", id, err)
	}
	return list
}

// press presses a button that is there at this moment, sometimes twice.
func (w *world) press(id, message int64, b chat.ButtonView) {
	w.deed()
	taps := 1
	if w.rng.IntN(12) == 0 {
		taps = 2 + w.rng.IntN(2)
		w.tally.kind("people: double tap")
	}
	for range taps {
		in := map[string]any{"message_id": message, "data": b.Data, "wait": 0}
		if err := w.call(http.MethodPost, fmt.Sprintf("/chats/%d/press", id), in, nil); err == nil {
			w.tell("%d taps [%s] on #%d", id, b.Text, message)
		}
	}
}

func (w *world) putPerson(fields map[string]any) {
	if err := w.call(http.MethodPost, "/people", fields, nil); err != nil {
		w.tell("person: %v", err)
	}
}

// find returns the newest message with a button whose label begins with text.
func find(list []chat.MessageView, text string) (int64, chat.ButtonView, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		for _, row := range list[i].Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.Text, text) {
					return list[i].ID, b, true
				}
			}
		}
	}
	return 0, chat.ButtonView{}, false
}

// shop takes one tap towards what the buyer wants.
func (b *buyer) shop() {
	w := b.w
	list := w.messages(b.id)
	if b.arrived(list) || b.wants.sent {
		b.left--
		b.placing, b.tries = false, 0
		if b.left > 0 {
			b.choose()
			w.after(w.span(time.Second, 40*time.Minute), b.shop)
		}
		return
	}
	if b.tries++; b.tries > 60 {
		w.tally.kind("people: gave up shopping")
		b.left = 0
		return
	}
	b.tap(list)
	w.after(w.span(300*time.Millisecond, 5*time.Second), b.shop)
}

// tap does the first thing on the way that the chat offers.
func (b *buyer) tap(list []chat.MessageView) {
	w := b.w
	if b.tries%15 == 1 {
		b.wants.said, b.placing = false, false
		w.say(b.id, []string{"/start", "/shop"}[w.rng.IntN(2)])
		if b.tries > 15 && b.wants.number == "" {
			b.choose()
		}
		return
	}
	if b.wants.item != "" {
		b.direct()
		return
	}
	if id, key, ok := b.payKey(list); ok {
		if !b.placing {
			b.intended++
		}
		b.placing = true
		w.press(b.id, id, key)
		return
	}
	if b.placing {
		return // the answer is on its way
	}
	if id, key, ok := find(list, "Buy now"); ok {
		if b.wants.quantity > 1 && !b.wants.said {
			b.wants.said = true
			w.say(b.id, fmt.Sprint(b.wants.quantity))
			return
		}
		w.press(b.id, id, key)
		return
	}
	for _, label := range []string{b.wants.name + " · $", b.wants.category + " (", "Next ›", "🛍 Shop"} {
		if id, key, ok := find(list, label); ok {
			w.press(b.id, id, key)
			return
		}
	}
}

// payKey is the button of the wanted gateway at the checkout, else of any.
func (b *buyer) payKey(list []chat.MessageView) (int64, chat.ButtonView, bool) {
	labels := []string{"💳", "🪙", "₿", "gateway."}
	if b.wants.gateway != infini.Vendor {
		slices.Reverse(labels)
		labels = append([]string{"💳 Pay online"}, labels...)
	}
	for _, label := range labels {
		if id, key, ok := find(list, label); ok {
			return id, key, ok
		}
	}
	return 0, chat.ButtonView{}, false
}

// arrived looks for an order the buyer has not seen before.
func (b *buyer) arrived(list []chat.MessageView) bool {
	fresh := false
	for _, m := range list {
		found := titleOf.FindStringSubmatch(text(m))
		if m.From != "bot" || found == nil {
			continue
		}
		n, err := order.ParseNumber(found[1])
		if err != nil || b.visit(n) != nil {
			continue
		}
		b.see(n, m.ID)
		fresh = true
	}
	return fresh
}

// text is what a message says, beside a picture or not.
func text(m chat.MessageView) string { return m.Text + m.Caption }

func (b *buyer) visit(n order.Number) *visit {
	for _, v := range b.visits {
		if v.number == n {
			return v
		}
	}
	return nil
}

// pressOn presses the first of these buttons on the order's own message.
func (b *buyer) pressOn(v *visit, labels ...string) bool {
	for _, m := range b.w.messages(b.id) {
		if m.ID != v.message {
			continue
		}
		for _, label := range labels {
			if id, key, ok := find([]chat.MessageView{m}, label); ok {
				b.w.press(b.id, id, key)
				return true
			}
		}
	}
	return false
}

func (w *world) span(from, to time.Duration) time.Duration {
	return from + time.Duration(w.rng.Int64N(int64(to-from)))
}
