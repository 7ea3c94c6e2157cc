package telegram

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
)

//go:embed static
var static embed.FS

const (
	maxControlBody = 64 << 10
	pagePolicy     = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// problem is a refused control request.
type problem struct {
	code int
	text string
}

func refuse(code int, format string, args ...any) *problem {
	return &problem{code: code, text: fmt.Sprintf(format, args...)}
}

// Chat serves the chat page at /, its parts under /assets/, and the controls:
// /control/people, /control/chats/…, /control/events and /control/telegram….
// Only loopback hosts and pages of the same origin are answered.
func (s *Server) Chat() http.Handler {
	mux := http.NewServeMux()
	assets, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	mux.Handle("GET /assets/", noCache(http.StripPrefix("/assets/", http.FileServerFS(assets))))
	mux.HandleFunc("GET /{$}", servePage)
	mux.HandleFunc("GET /control/events", s.serveEvents)
	mux.HandleFunc("GET /control/people", answer(s.listPeople))
	mux.HandleFunc("POST /control/people", answer(s.putPerson))
	mux.HandleFunc("GET /control/chats/{id}", answer(s.getChatView))
	mux.HandleFunc("GET /control/chats/{id}/messages", answer(s.listMessages))
	mux.HandleFunc("POST /control/chats/{id}/messages", answer(s.say))
	mux.HandleFunc("POST /control/chats/{id}/press", answer(s.press))
	mux.HandleFunc("GET /control/chats/{id}/files/{file}", s.serveFile)
	mux.HandleFunc("GET /control/telegram", answer(s.getState))
	mux.HandleFunc("POST /control/telegram", answer(s.setState))
	mux.HandleFunc("GET /control/telegram/calls", answer(s.listCalls))
	mux.HandleFunc("GET /control/telegram/violations", answer(s.listViolations))
	return guard(mux)
}

func servePage(w http.ResponseWriter, _ *http.Request) {
	page, err := static.ReadFile("static/index.html")
	if err != nil {
		http.Error(w, "page missing", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(page) // the reader left: nothing to do
}

func noCache(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// guard lets in loopback hosts and same-origin pages only, so that no web
// site can drive the sandbox through a visitor's browser.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(hostOf(r.Host)) {
			writeProblem(w, refuse(http.StatusForbidden, "the sandbox answers loopback hosts only"))
			return
		}
		if !sameOrigin(r) {
			writeProblem(w, refuse(http.StatusForbidden, "cross-origin requests are refused"))
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

func sameOrigin(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// answer turns a function of a request into a JSON handler.
func answer(run func(*http.Request) (any, *problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := run(r)
		if err != nil {
			writeProblem(w, err)
			return
		}
		writeJSON(w, http.StatusOK, out)
	}
}

func writeProblem(w http.ResponseWriter, p *problem) {
	writeJSON(w, p.code, map[string]string{"error": p.text})
}

func writeJSON(w http.ResponseWriter, code int, out any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(out) // the reader left: nothing to do
}

// readBody decodes a small JSON object and refuses unknown fields.
func readBody(r *http.Request, into any) *problem {
	d := json.NewDecoder(io.LimitReader(r.Body, maxControlBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "bad JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "bad JSON: one object expected")
	}
	return nil
}
