package kit

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/telegram"
)

// Message is a message as a person sees it, spoilers included.
type Message = telegram.MessageView

// Person is somebody who chats with the bot.
type Person struct {
	ID int64
	c  *Control
	t  testing.TB
}

// Person returns somebody new who speaks the language.
func (c *Control) Person(id int64, language string) *Person {
	c.t.Helper()
	c.Post("/control/people", map[string]any{"id": id, "first_name": "P" + strconv.FormatInt(id, 10), "language_code": language}, nil)
	return &Person{ID: id, c: c, t: c.t}
}

func (p *Person) path(rest string) string { return fmt.Sprintf("/control/chats/%d/%s", p.ID, rest) }

// Say sends a text.
func (p *Person) Say(text string) {
	p.t.Helper()
	p.c.Post(p.path("messages"), map[string]any{"text": text}, nil)
}

// Type answers the newest screen.
func (p *Person) Type(text string) {
	p.t.Helper()
	p.c.quiet()
	p.Say(text)
}

// quiet waits until the bot has taken every update. People are not faster: a
// screen is shown before its update is answered, and another replica may still
// know the screen before.
func (c *Control) quiet() {
	c.t.Helper()
	Eventually(c.t, "bot that has taken every update", func() bool {
		var state struct {
			Webhook struct {
				Pending int `json:"pending_update_count"`
			} `json:"webhook"`
		}
		c.Get("/control/telegram", &state)
		return state.Webhook.Pending == 0
	})
}

// Messages is the chat, oldest first.
func (p *Person) Messages() []Message {
	p.t.Helper()
	var list []Message
	p.c.Get(p.path("messages"), &list)
	return list
}

// Last is the newest message of the bot; the zero Message when there is none.
func (p *Person) Last() Message {
	p.t.Helper()
	list := p.Messages()
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].From == "bot" {
			return list[i]
		}
	}
	return Message{}
}

// WaitFor waits for a message of the bot that holds every text, and returns
// the newest.
func (p *Person) WaitFor(texts ...string) Message {
	p.t.Helper()
	var found Message
	deadline := fmt.Sprintf("message with %q for %d", texts, p.ID)
	p.eventually(deadline, func() bool {
		list := p.Messages()
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].From == "bot" && holdsAll(Body(list[i]), texts) {
				found = list[i]
				return true
			}
		}
		return false
	})
	return found
}

// Sees reports whether a message of the bot holds every text now.
func (p *Person) Sees(texts ...string) bool {
	p.t.Helper()
	for _, m := range p.Messages() {
		if m.From == "bot" && holdsAll(Body(m), texts) {
			return true
		}
	}
	return false
}

// eventually is Eventually that shows the chat when it fails.
func (p *Person) eventually(what string, done func() bool) {
	p.t.Helper()
	Eventually(p.failing(), what, done)
}

// failing shows the chat, once, before the test fails.
func (p *Person) failing() testing.TB {
	shown := false
	return failing{p.t, func() {
		if !shown {
			shown = true
			p.t.Log(p.Transcript())
		}
	}}
}

// failing does something before it fails.
type failing struct {
	testing.TB
	before func()
}

// Fatalf implements testing.TB.
func (f failing) Fatalf(format string, args ...any) {
	f.Helper()
	f.before()
	f.TB.Fatalf(format, args...)
}

// Body is what is written in a message, below its picture if it has one.
func Body(m Message) string { return m.Text + m.Caption }

func holdsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Found is a button and the message it is on.
type Found struct {
	Message Message
	Button  telegram.ButtonView
}

// WaitButton waits for a button with the label, or one that begins with it, or
// one that holds it, on the newest message that has one.
func (p *Person) WaitButton(label string) Found {
	p.t.Helper()
	var found Found
	p.eventually(fmt.Sprintf("button %q for %d", label, p.ID), func() bool {
		list := p.Messages()
		for i := len(list) - 1; i >= 0; i-- {
			if b, ok := buttonOf(list[i], label); ok {
				found = Found{Message: list[i], Button: b}
				return true
			}
		}
		return false
	})
	return found
}

func buttonOf(m Message, label string) (telegram.ButtonView, bool) {
	fits := []func(text string) bool{
		func(text string) bool { return text == label },
		func(text string) bool { return strings.HasPrefix(text, label) },
		func(text string) bool { return strings.Contains(text, label) },
	}
	for _, fit := range fits {
		for _, row := range m.Buttons {
			for _, b := range row {
				if fit(b.Text) {
					return b, true
				}
			}
		}
	}
	return telegram.ButtonView{}, false
}

// Toast is the bot's answer to a press.
type Toast struct {
	Answered bool   `json:"answered"`
	Text     string `json:"text"`
}

// Press presses the button that WaitButton finds and returns the answer. Like
// a person it looks twice, and a screen that changes under the finger is looked
// at again.
func (p *Person) Press(label string) Toast {
	p.t.Helper()
	var toast Toast
	p.eventually("press on "+label, func() bool {
		at := p.WaitButton(label)
		p.c.quiet()
		time.Sleep(lookEvery)
		if again := p.WaitButton(label); again.Message.ID != at.Message.ID || again.Button != at.Button {
			return false
		}
		var status int
		toast, status = p.PressData(at.Message.ID, at.Button.Data, false)
		return status < 300
	})
	return toast
}

// PressData presses a button by its data. Forge allows data that no visible
// button carries. It returns the answer and the sandbox's status.
func (p *Person) PressData(message int64, data string, forge bool) (Toast, int) {
	p.t.Helper()
	var toast Toast
	body := map[string]any{"message_id": message, "data": data, "wait": 20, "forge": forge}
	status, err := p.c.Call("POST", p.path("press"), body, &toast)
	if err != nil {
		p.t.Fatalf("press: %v", err)
	}
	return toast, status
}

// Transcript is the chat in lines, for a failed test's log.
func (p *Person) Transcript() string {
	var b strings.Builder
	for _, m := range p.Messages() {
		fmt.Fprintf(&b, "#%d %s: %s%s\n", m.ID, m.From, m.PhotoURL, Body(m))
		for _, row := range m.Buttons {
			for _, button := range row {
				fmt.Fprintf(&b, " [%s]", button.Text)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
