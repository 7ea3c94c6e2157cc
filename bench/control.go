package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// visitor is a person of the sandbox, driven through /control as a test or a
// newcomer would.
type visitor struct {
	base   string
	id     int64
	client *http.Client
}

// message is what the chat page knows of a message, as far as it matters here.
type message struct {
	ID      int               `json:"id"`
	From    string            `json:"from"`
	Text    string            `json:"text"`
	Buttons [][]controlButton `json:"buttons"`
}

type controlButton struct {
	Text string `json:"text"`
	Data string `json:"data"`
	URL  string `json:"url"`
}

// link is the first button that leads out of the chat, "" if there is none.
func (m message) link() string {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.URL != "" {
				return b.URL
			}
		}
	}
	return ""
}

// call posts in as JSON, or gets when in is nil, and decodes the answer.
func call(ctx context.Context, client *http.Client, url string, in, out any) error {
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("control: %w", err)
		}
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("control: %s: status %d", req.URL.Path, res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("control: %s: %w", req.URL.Path, err)
	}
	return nil
}

// arrive brings a new person into the sandbox.
func arrive(ctx context.Context, base string, id int64) (visitor, error) {
	v := visitor{base: base, id: id, client: newClient()}
	var out struct{}
	return v, call(ctx, v.client, base+"/control/people", map[string]any{"id": id, "first_name": "Ada", "language_code": "en"}, &out)
}

func (v visitor) chat() string { return v.base + "/control/chats/" + strconv.FormatInt(v.id, 10) }

// last is the newest message of the bot; the zero message if there is none.
func (v visitor) last(ctx context.Context) (message, error) {
	var list []message
	if err := call(ctx, v.client, v.chat()+"/messages", nil, &list); err != nil {
		return message{}, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].From == "bot" {
			return list[i], nil
		}
	}
	return message{}, nil
}

// say sends a text and waits for the bot's next message.
func (v visitor) say(ctx context.Context, text string) (message, error) {
	before, err := v.last(ctx)
	if err != nil {
		return before, err
	}
	var out struct{}
	if err := call(ctx, v.client, v.chat()+"/messages", map[string]string{"text": text}, &out); err != nil {
		return message{}, err
	}
	return v.await(ctx, func(m message) bool { return m.ID > before.ID })
}

// press presses a button and waits until it was answered and the message
// changed; took is the time of that, as a person sees it.
func (v visitor) press(ctx context.Context, m message, data string) (after message, took time.Duration, err error) {
	began := time.Now()
	var out struct {
		Answered bool `json:"answered"`
	}
	if err = call(ctx, v.client, v.chat()+"/press", map[string]any{"message_id": m.ID, "data": data}, &out); err != nil {
		return m, 0, err
	}
	if !out.Answered {
		return m, 0, errors.New("control: a press was not answered")
	}
	after, err = v.await(ctx, func(now message) bool { return now.ID != m.ID || now.Text != m.Text })
	return after, time.Since(began), err
}

// await looks until the bot's newest message is as wanted.
func (v visitor) await(ctx context.Context, wanted func(message) bool) (message, error) {
	var m message
	err := until(ctx, func() (bool, error) {
		var err error
		m, err = v.last(ctx)
		return wanted(m), err
	})
	if err != nil {
		return m, fmt.Errorf("the bot's message after %q: %w", m.Text, err)
	}
	return m, nil
}

// walk goes from /start to the card of the first product and returns it with
// the data of the buttons that lead from one to the next: shop, category,
// product.
func (v visitor) walk(ctx context.Context) (m message, route []string, err error) {
	if m, err = v.say(ctx, "/start"); err != nil {
		return m, nil, err
	}
	for range 3 {
		if len(m.Buttons) == 0 {
			return m, nil, errors.New("control: a screen without buttons")
		}
		data := m.Buttons[0][0].Data
		if m, _, err = v.press(ctx, m, data); err != nil {
			return m, nil, err
		}
		route = append(route, data)
	}
	return m, route, nil
}

// back is the button of a product card that leads to its category, and from
// there on every press of `route` is a button that is shown.
func (m message) back() (string, error) {
	if len(m.Buttons) == 0 || len(m.Buttons[len(m.Buttons)-1]) == 0 {
		return "", errors.New("control: a card without a way back")
	}
	return m.Buttons[len(m.Buttons)-1][0].Data, nil
}
