package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"giftbot/e2e/kit"
	"giftbot/sandbox/telegram"
)

const (
	glance  = 120 * time.Millisecond // between two looks at the chat
	repeats = 5 * time.Second        // before somebody does the same once more
	tries   = 3                      // of the same, before somebody begins anew
	bored   = 8 * time.Second        // with nothing to do, before somebody begins anew
)

// client is somebody at a phone. They see their chat and nothing else, wait for
// answers, and press again when none comes.
type client struct {
	*kit.Person
	w     *world
	rng   *rand.Rand
	since int64     // messages up to this one belong to what was before
	until time.Time // their patience ends then
}

func (w *world) client(id int64, rng *rand.Rand) *client {
	return &client{Person: w.Person(id, "en"), w: w, rng: rng}
}

// patient reports whether they still wait. When the killing is over, people in
// the shop have a little time left.
func (c *client) patient() bool {
	return time.Now().Before(c.until) && !c.w.closed()
}

func (c *client) path(rest string) string { return fmt.Sprintf("/control/chats/%d/%s", c.ID, rest) }

// chat is what the bot has written since, newest first.
func (c *client) chat() []kit.Message {
	var all []kit.Message
	if _, err := c.w.Call(http.MethodGet, c.path("messages"), nil, &all); err != nil {
		c.w.tell("%d cannot read: %v", c.ID, err)
	}
	all = slices.DeleteFunc(all, func(m kit.Message) bool { return m.ID <= c.since || m.From != "bot" })
	slices.Reverse(all)
	return all
}

// anew leaves behind what is in the chat now.
func (c *client) anew() {
	if all := c.chat(); len(all) > 0 {
		c.since = all[0].ID
	}
}

func (c *client) says(text string) {
	if status, err := c.w.Call(http.MethodPost, c.path("messages"), map[string]any{"text": text}, nil); err != nil || status >= 300 {
		c.w.tell("%d cannot write: %d %v", c.ID, status, err)
	}
}

// taps presses a button, one time in twelve twice.
func (c *client) taps(m kit.Message, b telegram.ButtonView) {
	for range 1 + c.rng.IntN(12)/11 {
		// A button that is gone meanwhile is refused: they look again.
		_, _ = c.w.Call(http.MethodPost, c.path("press"), map[string]any{"message_id": m.ID, "data": b.Data, "wait": 0}, nil)
	}
}

// step is one thing to do on the way: to press a button, or to answer a message.
type step struct {
	button string // its label begins with this
	ask    string // the message holds this, and say is the answer
	say    string
}

func press(label string) step     { return step{button: label} }
func answer(ask, say string) step { return step{ask: ask, say: say} }
func (s step) String() string     { return s.button + s.ask }

// on finds what the step needs on a message.
func (s step) on(m kit.Message) (telegram.ButtonView, bool) {
	if s.ask != "" {
		return telegram.ButtonView{}, strings.Contains(kit.Body(m), s.ask)
	}
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.HasPrefix(b.Text, s.button) && b.Data != "" {
				return b, true
			}
		}
	}
	return telegram.ButtonView{}, false
}

// walk does what the newest message offers of these steps, the last of them
// first, until done finds what is waited for. It begins with a text, and begins
// again when it gets nowhere. False when their patience ends.
func (c *client) walk(begin string, done func([]kit.Message) bool, steps ...step) bool {
	c.says(begin)
	last, moved, times := "", time.Now(), 0
	for c.patient() {
		time.Sleep(glance)
		list := c.chat()
		if done(list) {
			return true
		}
		m, b, s, found := c.next(list, steps)
		state := fmt.Sprint(m.ID, kit.Body(m), s)
		waited := time.Since(moved)
		switch {
		case !found && waited < bored, found && state == last && waited < repeats:
			continue
		case !found, state == last && times >= tries:
			c.says(begin)
			state, times = "", 0
		case s.ask != "":
			c.says(s.say)
			times++
		default:
			c.taps(m, b)
			times++
		}
		if state != last {
			times = 1
		}
		last, moved = state, time.Now()
	}
	return false
}

// next is the step that the newest message with one asks for.
func (c *client) next(list []kit.Message, steps []step) (kit.Message, telegram.ButtonView, step, bool) {
	for _, m := range list {
		for i := len(steps) - 1; i >= 0; i-- {
			if b, ok := steps[i].on(m); ok {
				return m, b, steps[i], true
			}
		}
	}
	return kit.Message{}, telegram.ButtonView{}, step{}, false
}

// sees waits until some message of theirs holds every text.
func (c *client) sees(texts ...string) bool {
	for c.patient() {
		for _, m := range c.chat() {
			if holds(m, texts...) {
				return true
			}
		}
		time.Sleep(glance)
	}
	return false
}

func holds(m kit.Message, texts ...string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(kit.Body(m), text) })
}

// said finds a message that holds every text.
func said(texts ...string) func([]kit.Message) bool {
	return func(list []kit.Message) bool {
		return slices.ContainsFunc(list, func(m kit.Message) bool { return holds(m, texts...) })
	}
}

// pays pays a checkout at its gateway.
func (c *client) pays(o kit.Checkout, how map[string]any) {
	if how == nil {
		how = map[string]any{}
	}
	status, err := c.w.Call(http.MethodPost, "/control/payments/"+o.Gateway+"/"+o.ID, how, nil)
	if err != nil || status >= 300 {
		c.w.tell("%d cannot pay %s: %d %v", c.ID, o.Number, status, err)
		c.w.deal("a payment the gateway refused")
	}
}
