package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// front is the load balancer before the replicas: it asks them in turn, skips
// the dead, and answers 502 when none is there.
type front struct {
	mu   sync.Mutex
	bots []*Bot
	next int
}

func (f *front) add(b *Bot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bots = append(f.bots, b)
}

func (f *front) pick() (*Bot, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.bots {
		f.next = (f.next + 1) % len(f.bots)
		if b := f.bots[f.next]; b.Running() {
			return b, true
		}
	}
	return nil, false
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, ok := f.pick()
	if !ok {
		http.Error(w, "no replica", http.StatusBadGateway)
		return
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: b.Addr}) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	proxy.ServeHTTP(w, r)
}

// witness remembers every credential and signature that crossed the wire, so
// that they can be looked for where they must not be.
type witness struct {
	mu      sync.Mutex
	seen    map[string]bool
	letters []Letter
}

// Letter is a callback about gift cards as it came in.
type Letter struct {
	Path string // /webhooks/univoucher/{token}
	Body []byte
}

// Letters are the callbacks that came to a shop's public address, oldest first.
func (s *Shop) Letters() []Letter {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	return append([]Letter(nil), s.seen.letters...)
}

func (v *witness) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.note(r.Header.Get("X-Webhook-Signature"))
		for _, part := range strings.Split(r.Header.Get("Authorization"), `"`) {
			if len(part) >= 32 { // a signature in base64, not the names around it
				v.note(part)
			}
		}
		if token, found := strings.CutPrefix(r.URL.Path, cardRoute); found {
			v.note(token)
			v.letter(r)
		}
		next.ServeHTTP(w, r)
	})
}

const cardRoute = "/webhooks/univoucher/"

// letter keeps a callback, and notes what it proves itself with.
func (v *witness) letter(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the sender left
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	v.mu.Lock()
	v.letters = append(v.letters, Letter{Path: r.URL.Path, Body: body})
	v.mu.Unlock()
	var sent struct {
		AuthToken string `json:"authToken"`
	}
	if json.Unmarshal(body, &sent) == nil {
		v.note(sent.AuthToken)
	}
}

func (v *witness) note(secret string) {
	if secret == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = make(map[string]bool)
	}
	v.seen[secret] = true
}

func (v *witness) list() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]string, 0, len(v.seen))
	for s := range v.seen {
		out = append(out, s)
	}
	return out
}

// Request sends raw bytes with headers and returns status and body.
func Request(t testing.TB, method, address string, header http.Header, body []byte) (int, string) {
	t.Helper()
	status, answer, err := request(method, address, header, body)
	if err != nil {
		return 0, err.Error()
	}
	return status, answer
}

func get(address string) (int, string, error) { return request(http.MethodGet, address, nil, nil) }

func request(method, address string, header http.Header, body []byte) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, string(raw), err
}

// Status is Request without the body; 0 when there was no answer.
func Status(t testing.TB, method, address string, header http.Header, body []byte) int {
	t.Helper()
	status, _ := Request(t, method, address, header, body)
	return status
}
