package kit

import "testing"

// Demo is a running `bot demo`.
type Demo struct {
	*Process
	*Control
}

// StartDemo starts the demo on a free port with nothing in its environment,
// and waits until it answers. More arguments follow --listen.
func StartDemo(t testing.TB, args ...string) *Demo {
	t.Helper()
	p := run(t, nil, append([]string{"demo", "--listen", "127.0.0.1:0", "--verbose"}, args...)...)
	base := "http://" + p.await(t, "Open  http://", "/")
	d := &Demo{Process: p, Control: NewControl(t, base)}
	Eventually(t, "ready demo", func() bool {
		var state struct {
			Webhook struct {
				URL string `json:"url"`
			} `json:"webhook"`
		}
		status, err := d.Call("GET", "/control/telegram", nil, &state)
		return err == nil && status == 200 && state.Webhook.URL != "" && Status(t, "GET", base+"/readyz", nil, nil) == 200
	})
	return d
}

// AuditChat fails the test on calls that the Bot API does not know as such,
// and on presses that nobody answered.
func (d *Demo) AuditChat() {
	d.t.Helper()
	auditCalls(d.t, d.Control)
}
