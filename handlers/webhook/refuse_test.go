package webhook

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRefusalsAreLogged: once a minute for each sender and kind, without what
// was sent, and counted each time.
func TestRefusalsAreLogged(t *testing.T) {
	for name, c := range map[string]struct{ method, path, body, sig, why string }{
		"a bad signature": {http.MethodPost, "/webhooks/infini", "planted-body", "planted-signature", "from=infini why=bad_signature"},
		"too large":       {http.MethodPost, "/webhooks/infini", strings.Repeat("planted", paymentBodyMax), "good", "from=infini why=too_large"},
		"unreadable":      {http.MethodPost, "/webhooks/infini", "garbage", "good", "from=infini why=malformed"},
		"not posted":      {http.MethodGet, "/webhooks/infini", "", "planted-signature", "from=infini why=not_posted"},
		"a guessed path":  {http.MethodPost, "/webhooks/infinivoucher/planted-path", "planted-body", "", "from=infinivoucher why=bad_path"},
	} {
		e := newEdge()
		for range 3 {
			e.send(c.method, c.path, c.body, c.sig)
		}
		e.now = e.now.Add(time.Minute)
		e.send(c.method, c.path, c.body, c.sig)
		if n := strings.Count(e.log.String(), `msg="webhook refused" `+c.why); n != 2 {
			t.Errorf("%s: %d lines in two minutes: %s", name, n, e.log)
		}
		if strings.Contains(e.log.String(), "planted") {
			t.Errorf("%s: %s", name, e.log)
		}
		from, why, _ := strings.Cut(strings.TrimPrefix(c.why, "from="), " why=")
		if n := e.meter.get("webhooks/" + from + ":" + why); n != 4 {
			t.Errorf("%s: counted %d times", name, n)
		}
	}
	e := newEdge()
	if e.send(http.MethodPost, "/webhooks/infini", "evt-1", "good"); e.log.Len() != 0 {
		t.Errorf("what is taken is logged: %s", e.log)
	}
}
