package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	sandbox "giftbot/sandbox/kit"
)

// Control speaks to /control of a sandbox.
type Control struct {
	Base  string // http://host:port
	t     testing.TB
	typed *witness // what people typed that is nobody else's business
}

// NewControl returns a client of the sandbox at base. Every refusal fails the
// test.
func NewControl(t testing.TB, base string) *Control {
	return &Control{Base: base, t: t, typed: &witness{}}
}

// note remembers what somebody typed that is nobody else's business.
func (c *Control) note(texts ...string) {
	for _, text := range texts {
		c.typed.note(text)
	}
}

const callLimit = 40 * time.Second

// Call sends one request; body and answer may be nil. It returns the status,
// and decodes the answer when that is below 300.
func (c *Control) Call(method, path string, body, answer any) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, sent)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 || answer == nil {
		return res.StatusCode, err
	}
	return res.StatusCode, json.Unmarshal(raw, answer)
}

// Get reads a control.
func (c *Control) Get(path string, answer any) {
	c.t.Helper()
	c.must(http.MethodGet, path, nil, answer)
}

// Post sends body to a control; answer may be nil.
func (c *Control) Post(path string, body, answer any) {
	c.t.Helper()
	c.must(http.MethodPost, path, body, answer)
}

// Delete deletes at a control.
func (c *Control) Delete(path string) {
	c.t.Helper()
	c.must(http.MethodDelete, path, nil, nil)
}

func (c *Control) must(method, path string, body, answer any) {
	c.t.Helper()
	status, err := c.Call(method, path, body, answer)
	if err == nil && status >= 300 {
		err = fmt.Errorf("status %d", status)
	}
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// Fault plans a misbehaviour and returns its id.
func (c *Control) Fault(f sandbox.Fault) int64 {
	c.t.Helper()
	var planned sandbox.Fault
	c.Post("/control/faults", f, &planned)
	return planned.ID
}

// Faults lists what was planned, with hits and held requests.
func (c *Control) Faults() []sandbox.Fault {
	c.t.Helper()
	var list []sandbox.Fault
	c.Get("/control/faults", &list)
	return list
}

// AwaitHeld waits until a fault of kind hold_before or hold_after holds a request.
func (c *Control) AwaitHeld(id int64) {
	c.t.Helper()
	Eventually(c.t, fmt.Sprintf("request held by fault %d", id), func() bool { return c.held(id) > 0 })
}

// AwaitLeft waits until a fault holds no request any more, because their senders
// hung up: a request that is let go before that is still served.
func (c *Control) AwaitLeft(id int64) {
	c.t.Helper()
	Eventually(c.t, fmt.Sprintf("end of what fault %d held", id), func() bool { return c.held(id) == 0 })
}

// held is how many requests a fault holds.
func (c *Control) held(id int64) int {
	c.t.Helper()
	n := 0
	for _, f := range c.Faults() {
		if f.ID == id {
			n += f.Held
		}
	}
	return n
}

// Release lets the requests held by a fault go on.
func (c *Control) Release(id int64) {
	c.t.Helper()
	c.Post("/control/faults/release", map[string]any{"id": id}, nil)
}
