package resttest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// fakeTB collects what a script complains about.
type fakeTB struct {
	errors   []string
	cleanups []func()
}

func (f *fakeTB) Helper() {}
func (f *fakeTB) Errorf(form string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(form, args...))
}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fakeTB) finish() []string {
	for _, c := range f.cleanups {
		c()
	}
	return f.errors
}

func send(t *testing.T, s *Script, method, target, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://vendor"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
}

func TestScriptComplains(t *testing.T) {
	first := Call{Method: "GET", Target: "/a"}
	second := Call{Method: "POST", Target: "/b?x=1", Body: `{}`, Header: map[string]string{"X-Not": ""}}
	tests := map[string]struct {
		play func(*testing.T, *Script)
		want string // "" for none
	}{
		"as written": {func(t *testing.T, s *Script) { send(t, s, "GET", "/a", ""); send(t, s, "POST", "/b?x=1", `{}`) }, ""},
		"missing":    {func(t *testing.T, s *Script) { send(t, s, "GET", "/a", "") }, "call never came: POST /b?x=1"},
		"extra": {func(t *testing.T, s *Script) {
			send(t, s, "GET", "/a", "")
			send(t, s, "POST", "/b?x=1", `{}`)
			send(t, s, "GET", "/c", "")
		}, "extra call: GET /c"},
		"reordered":       {func(t *testing.T, s *Script) { send(t, s, "POST", "/b?x=1", `{}`); send(t, s, "GET", "/a", "") }, "want method GET"},
		"other body":      {func(t *testing.T, s *Script) { send(t, s, "GET", "/a", ""); send(t, s, "POST", "/b?x=1", `{ }`) }, "want \"{}\""},
		"other query":     {func(t *testing.T, s *Script) { send(t, s, "GET", "/a", ""); send(t, s, "POST", "/b?x=2", `{}`) }, "want target /b?x=1"},
		"body where none": {func(t *testing.T, s *Script) { send(t, s, "GET", "/a", "x"); send(t, s, "POST", "/b?x=1", `{}`) }, "want \"\""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tb := &fakeTB{}
			tt.play(t, New(tb, first, second))
			got := strings.Join(tb.finish(), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("complaints %q, want %q", got, tt.want)
			}
		})
	}
}
