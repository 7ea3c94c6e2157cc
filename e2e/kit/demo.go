package kit

import (
	"net/http"
	"testing"
)

// Demo is a running `bot demo`.
type Demo struct {
	*Process
	*Control
}

// StartDemo starts the demo on a free port with nothing in its environment,
// and waits until it answers and sells everything. More arguments follow
// --listen.
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
		status, err := d.Call(http.MethodGet, "/control/telegram", nil, &state)
		return err == nil && status == http.StatusOK && state.Webhook.URL != "" &&
			Status(t, http.MethodGet, base+"/readyz", nil, nil) == http.StatusOK
	})
	d.stocked()
	return d
}

// friend is one of the people in every demo.
const friend = 1002

// stocked waits until the bot has read what every supplier sells: in its first
// seconds it sells what it knows so far. A friend asks, in a chat of his own.
func (d *Demo) stocked() {
	d.t.Helper()
	p := &Person{ID: friend, c: d.Control, t: d.t}
	for command, label := range map[string]string{"/shop": "Free Fire", "/topup": "Wallets", "/giftcard": "Base"} {
		Eventually(d.t, "stock of "+label, func() bool {
			before := p.Last().ID
			p.Say(command)
			p.eventually("answer to "+command, func() bool { return p.Last().ID > before })
			_, there := buttonOf(p.Last(), label)
			return there
		})
	}
}

// AuditChat fails the test on calls that the Bot API does not know as such,
// and on presses that nobody answered.
func (d *Demo) AuditChat() {
	d.t.Helper()
	auditCalls(d.t, d.Control)
}
