package telegram

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// BotAPI serves /telegram/bot<token>/<method>: 401 for another token, 404 for
// an unknown method, and the Bot API's JSON for all else; and uploaded files
// under /telegram/file/bot<token>/<file_path>.
func (s *Server) BotAPI() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, filePrefix) {
			s.download(w, r)
			return
		}
		token, name, ok := splitPath(r.URL.Path)
		switch {
		case !ok:
			writeReply(w, reply(nil, &apiError{code: 404, text: "Not Found"}))
		case subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) != 1:
			writeReply(w, reply(nil, &apiError{code: 401, text: "Unauthorized"}))
		case r.Method != http.MethodPost && r.Method != http.MethodGet:
			writeReply(w, reply(nil, &apiError{code: 405, text: "Method Not Allowed"}))
		default:
			s.serveCall(w, r, name)
		}
	})
}

func splitPath(path string) (token, name string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/telegram/bot")
	if !ok {
		return "", "", false
	}
	token, name, ok = strings.Cut(rest, "/")
	return token, name, ok && name != "" && !strings.Contains(name, "/")
}

func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, name string) {
	m, known := s.methods[strings.ToLower(name)]
	if !known {
		s.mu.Lock()
		s.violate(name, "unknown method")
		s.mu.Unlock()
		writeReply(w, reply(nil, &apiError{code: 404, text: "Not Found: method not found"}))
		return
	}
	p, err := readParams(r)
	if err != nil {
		writeReply(w, reply(nil, err))
		return
	}
	var out apiReply
	if m.run == nil {
		out = s.getUpdates(r.Context(), m, p)
	} else {
		result, err := s.call(m, p)
		if err != nil && err.hangUp {
			panic(http.ErrAbortHandler)
		}
		out = reply(result, err)
	}
	writeReply(w, out)
}

// call checks, performs and records one call.
func (s *Server) call(m method, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	result, err := s.perform(m, p)
	s.record(m, p, err)
	return result, err
}

func (s *Server) perform(m method, p params) (any, *apiError) {
	unknown, err := m.check(p)
	for _, name := range unknown {
		s.violate(m.name, "unknown parameter "+strconv.Quote(name))
	}
	if err != nil {
		return nil, err
	}
	fail := s.takeFailure(m.name)
	if fail != nil && !fail.After {
		return nil, fail.error()
	}
	if m.sends {
		if err = s.spend(p.int("chat_id")); err != nil {
			return nil, err
		}
	}
	result, err := m.run(s, p)
	if fail != nil && err == nil {
		return nil, fail.error()
	}
	return result, err
}

func writeReply(w http.ResponseWriter, out apiReply) {
	w.Header().Set("Content-Type", "application/json")
	if !out.OK {
		w.WriteHeader(out.ErrorCode)
	}
	_ = json.NewEncoder(w).Encode(out) // the caller hung up: nothing to tell it
}
