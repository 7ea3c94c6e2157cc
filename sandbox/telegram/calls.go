package telegram

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const maxCalls = 20_000

// Call is one recorded Bot API call. Params holds the values as sent, texts
// included; /control/telegram/calls masks the texts.
type Call struct {
	Seq    int64
	Method string
	At     time.Time
	Code   int // 200, or the error code answered
	Error  string
	Params map[string]string
	Files  map[string]int // sizes in bytes by parameter
}

// Violation is something that Telegram would let pass but should not happen.
type Violation struct {
	Method string    `json:"method"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

func (s *Server) record(m method, p params, err *apiError) {
	s.callSeq++
	c := Call{Seq: s.callSeq, Method: m.name, At: s.cfg.Now().UTC(), Code: 200, Params: p.values, Files: map[string]int{}}
	if err != nil {
		c.Code, c.Error = err.code, err.text
	}
	for name, f := range p.files {
		c.Files[name] = len(f.data)
	}
	if len(s.calls) >= maxCalls {
		s.calls = slices.Delete(s.calls, 0, maxCalls/10)
	}
	s.calls = append(s.calls, c)
}

func (s *Server) violate(method, reason string) {
	s.violations = append(s.violations, Violation{Method: method, Reason: reason, At: s.cfg.Now().UTC()})
}

// Calls returns the recorded calls, oldest first, texts included.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Violations returns what was noted: unknown methods and parameters, and
// button presses that were never answered.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.violations)
	now := s.cfg.Now()
	for _, q := range s.queries {
		if !q.answered && now.Sub(q.at) > queryLifetime {
			out = append(out, Violation{Method: "answerCallbackQuery", Reason: "a button press was never answered", At: q.at.UTC()})
		}
	}
	slices.SortStableFunc(out, func(a, b Violation) int { return a.At.Compare(b.At) })
	return out
}

// callView is a call as /control shows it: text values are replaced by x's of
// the same length in UTF-16 units, so that shapes and limits can be checked.
type callView struct {
	Seq    int64          `json:"seq"`
	Method string         `json:"method"`
	At     time.Time      `json:"at"`
	Code   int            `json:"code"`
	Error  string         `json:"error,omitempty"`
	Params map[string]any `json:"params"`
	Files  map[string]int `json:"files,omitempty"`
}

func (c Call) view(m method) callView {
	out := callView{Seq: c.Seq, Method: c.Method, At: c.At, Code: c.Code, Error: c.Error, Files: c.Files, Params: map[string]any{}}
	if strings.Contains(c.Error, "URL '") {
		out.Error = "Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL"
	}
	for name, value := range c.Params {
		out.Params[name] = maskParam(m.params[name].kind, name, value)
	}
	return out
}

func maskParam(kind, name, value string) any {
	var parsed any
	switch kind {
	case "int", "bool", "chat", "object", "array":
		decoder := json.NewDecoder(strings.NewReader(value))
		decoder.UseNumber()
		if decoder.Decode(&parsed) == nil {
			return maskValue(name, parsed)
		}
	}
	return maskValue(name, value)
}

func maskValue(name string, value any) any {
	switch v := value.(type) {
	case string:
		if plainText(name) {
			return v
		}
		return strings.Repeat("x", utf16Len(v))
	case map[string]any:
		for k := range v {
			v[k] = maskValue(k, v[k])
		}
	case []any:
		for i := range v {
			v[i] = maskValue(name, v[i])
		}
	}
	return value
}

// plainText names the string parameters that carry no content of anybody.
func plainText(name string) bool {
	return slices.Contains([]string{"parse_mode", "type", "style", "action", "language_code", "allowed_updates",
		"command", "chat_id", "language"}, name)
}
