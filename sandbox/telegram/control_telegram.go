package telegram

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// rateRequest changes the limits; periods are in milliseconds, absent fields stay.
type rateRequest struct {
	ChatEveryMS    *int `json:"chat_every_ms"`
	ChatBurst      *int `json:"chat_burst"`
	OverallEveryMS *int `json:"overall_every_ms"`
	OverallBurst   *int `json:"overall_burst"`
}

// stateRequest is the body of POST /control/telegram.
type stateRequest struct {
	RateLimit     *rateRequest `json:"rate_limit"`
	FailNext      *Failure     `json:"fail_next"`
	DuplicateNext int          `json:"duplicate_next"`
	ClearFailures bool         `json:"clear_failures"`
}

func (s *Server) getState(*http.Request) (any, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, _ := getWebhookInfo(s, params{})
	return map[string]any{
		"now": s.cfg.Now().UTC(), "bot": s.bot, "webhook": info, "delivering": s.running,
		"failures": append([]Failure{}, s.failures...), "duplicate_next": s.duplicate,
		"rate_limit": map[string]any{
			"chat_every_ms": s.rate.ChatEvery.Milliseconds(), "chat_burst": s.rate.ChatBurst,
			"overall_every_ms": s.rate.OverallEvery.Milliseconds(), "overall_burst": s.rate.OverallBurst},
	}, nil
}

func (s *Server) setState(r *http.Request) (any, *problem) {
	var in stateRequest
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.ClearFailures {
		s.clearFailures()
	}
	if in.RateLimit != nil {
		s.setRate(*in.RateLimit)
	}
	if in.FailNext != nil {
		s.FailNext(*in.FailNext)
	}
	s.DuplicateNext(in.DuplicateNext)
	return s.getState(r)
}

func (in stateRequest) check() *problem {
	if in.DuplicateNext < 0 || in.DuplicateNext > 1000 {
		return refuse(http.StatusBadRequest, "duplicate_next must be 0 to 1000")
	}
	if f := in.FailNext; f != nil && (f.Code != 0 && (f.Code < 400 || f.Code > 599) || f.Times < 0 || f.RetryAfter < 0) {
		return refuse(http.StatusBadRequest, "fail_next needs a code of 400 to 599 (or 0 to hang up) and no negative numbers")
	}
	if in.RateLimit == nil {
		return nil
	}
	for _, n := range []*int{in.RateLimit.ChatEveryMS, in.RateLimit.ChatBurst, in.RateLimit.OverallEveryMS, in.RateLimit.OverallBurst} {
		if n != nil && *n < 0 {
			return refuse(http.StatusBadRequest, "rate_limit takes no negative numbers")
		}
	}
	return nil
}

func (s *Server) clearFailures() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures, s.duplicate = nil, 0
}

func (s *Server) setRate(in rateRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	every := func(to *time.Duration, ms *int) {
		if ms != nil {
			*to = time.Duration(*ms) * time.Millisecond
		}
	}
	count := func(to *int, n *int) {
		if n != nil {
			*to = *n
		}
	}
	every(&s.rate.ChatEvery, in.ChatEveryMS)
	every(&s.rate.OverallEvery, in.OverallEveryMS)
	count(&s.rate.ChatBurst, in.ChatBurst)
	count(&s.rate.OverallBurst, in.OverallBurst)
	s.buckets, s.overall = map[int64]time.Time{}, time.Time{}
}

// listCalls answers the recorded calls, texts masked; ?after=<seq> skips.
func (s *Server) listCalls(r *http.Request) (any, *problem) {
	after := int64(0)
	if raw := r.URL.Query().Get("after"); raw != "" {
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "after must be a number")
		}
		after = n
	}
	out := []callView{}
	for _, c := range s.Calls() {
		if c.Seq > after {
			out = append(out, c.view(s.methods[strings.ToLower(c.Method)]))
		}
	}
	return out, nil
}

func (s *Server) listViolations(*http.Request) (any, *problem) {
	out := s.Violations()
	if out == nil {
		out = []Violation{}
	}
	return out, nil
}
