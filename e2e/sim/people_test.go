package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/sandbox/infini"
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
	visits   []*visit
	intended int
}

type goal struct {
	category, product string
	quantity          int
	said              bool
}

// visit is one order as its buyer sees it.
type visit struct {
	number   order.Number
	message  int64
	external string // from the link in the chat
	plan     string
	looks    int
	started  bool
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
	if b.arrived(list) {
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
		if b.tries > 15 {
			b.choose()
		}
		return
	}
	if id, key, ok := find(list, "💳"); ok {
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
	for _, label := range []string{b.wants.product + " · $", b.wants.category + " (", "🛍 Shop"} {
		if id, key, ok := find(list, label); ok {
			w.press(b.id, id, key)
			return
		}
	}
}

// arrived looks for an order the buyer has not seen before.
func (b *buyer) arrived(list []chat.MessageView) bool {
	title := regexp.MustCompile(`^Order ([0-9A-Z]{5}-[0-9A-Z]{5})`)
	fresh := false
	for _, m := range list {
		found := title.FindStringSubmatch(m.Text)
		if m.From != "bot" || found == nil {
			continue
		}
		n, err := order.ParseNumber(found[1])
		if err != nil || b.visit(n) != nil {
			continue
		}
		v := &visit{number: n, message: m.ID, plan: b.w.drawPlan()}
		b.visits = append(b.visits, v)
		b.w.tell("%d sees order %s, will: %s", b.id, n, v.plan)
		b.w.tally.kind("people: " + v.plan)
		b.w.after(b.w.span(time.Second, time.Minute), func() { b.look(v) })
		fresh = true
	}
	return fresh
}

func (b *buyer) visit(n order.Number) *visit {
	for _, v := range b.visits {
		if v.number == n {
			return v
		}
	}
	return nil
}

func (b *buyer) choose() {
	w := b.w
	p := w.goods[w.rng.IntN(len(w.goods))]
	b.wants = goal{category: p.Category, product: p.Name, quantity: 1}
	if w.rng.IntN(3) == 0 {
		b.wants.quantity = 2 + w.rng.IntN(3)
	}
}

// look waits for the link to pay and then begins with the plan.
func (b *buyer) look(v *visit) {
	w := b.w
	for _, m := range w.messages(b.id) {
		if !strings.Contains(m.Text, v.number.Pretty()) {
			continue
		}
		for _, row := range m.Buttons {
			for _, key := range row {
				if strings.HasPrefix(key.Text, "Pay $") && key.URL != "" {
					v.external, v.message = path.Base(key.URL), m.ID
				}
			}
		}
	}
	if v.external == "" {
		if v.looks++; v.looks < 40 {
			w.after(w.span(10*time.Second, 2*time.Minute), func() { b.look(v) })
		}
		return
	}
	if !v.started {
		v.started = true
		w.after(w.span(time.Second, 20*time.Minute), func() { b.act(v) })
	}
}

func (w *world) drawPlan() string {
	plans := []struct {
		name   string
		weight int
	}{
		{"pay", 46}, {"pay, seen first", 10}, {"pay in parts", 5}, {"pay short", 5}, {"pay over", 4}, {"pay late", 5},
		{"pay twice", 4}, {"pay in a wrong coin", 2}, {"not pay", 6}, {"cancel", 4}, {"cancel and pay", 3}, {"pay and cancel", 3}, {"pay and ask", 5},
	}
	total := 0
	for _, p := range plans {
		total += p.weight
	}
	n := w.rng.IntN(total)
	for _, p := range plans {
		if n -= p.weight; n < 0 {
			return p.name
		}
	}
	return "pay"
}

// act carries out what a buyer has in mind with an order.
func (b *buyer) act(v *visit) {
	w := b.w
	pay := func(o infini.PayOptions) {
		if err := w.payFor(v.external, o); err != nil {
			w.tell("%d cannot pay %s: %v", b.id, v.number, err)
		}
	}
	switch v.plan {
	case "pay":
		pay(infini.PayOptions{})
	case "pay, seen first":
		pay(infini.PayOptions{ConfirmAfter: w.span(5*time.Second, time.Hour)})
	case "pay in parts":
		pay(infini.PayOptions{Amount: w.share(v, "0.5")})
		w.after(w.span(time.Second, 10*time.Minute), func() { pay(infini.PayOptions{}) })
	case "pay short":
		pay(infini.PayOptions{Amount: w.share(v, "0.6")})
	case "pay over":
		pay(infini.PayOptions{Amount: w.share(v, "1.3")})
	case "pay late":
		w.after(orderTTL+w.span(time.Second, 20*time.Hour), func() { pay(infini.PayOptions{}) })
	case "pay twice":
		pay(infini.PayOptions{})
		w.after(w.span(time.Second, 2*time.Hour), func() { pay(infini.PayOptions{}) })
	case "pay in a wrong coin":
		pay(infini.PayOptions{Currency: "BTC"})
	default:
		b.actOtherwise(v, pay)
	}
}

func (b *buyer) actOtherwise(v *visit, pay func(infini.PayOptions)) {
	w := b.w
	switch v.plan {
	case "cancel":
		b.cancel(v, 0)
	case "cancel and pay":
		b.cancel(v, 0)
		w.after(w.span(time.Second, time.Minute), func() { pay(infini.PayOptions{}) })
	case "pay and cancel":
		pay(infini.PayOptions{})
		b.cancel(v, 0)
	case "pay and ask":
		pay(infini.PayOptions{})
		for range 8 {
			w.after(w.span(time.Millisecond, 40*time.Second), func() { b.pressOn(v, "I have paid", "Check again") })
		}
	}
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

func (b *buyer) cancel(v *visit, tries int) {
	w := b.w
	if id, key, ok := find(w.messages(b.id), "Yes, cancel"); ok {
		w.press(b.id, id, key)
		return
	}
	if tries > 5 {
		return
	}
	b.pressOn(v, "Cancel")
	w.after(w.span(300*time.Millisecond, 4*time.Second), func() { b.cancel(v, tries+1) })
}

// share is a part of what an order's link asks for.
func (w *world) share(v *visit, part string) string {
	o, ok := w.box.Infini.Order(v.external)
	if !ok {
		return ""
	}
	return o.Amount.Mul(decimal.RequireFromString(part)).RoundUp(2).String()
}

func (w *world) span(from, to time.Duration) time.Duration {
	return from + time.Duration(w.rng.Int64N(int64(to-from)))
}
