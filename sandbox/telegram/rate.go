package telegram

import "time"

// Rate bounds what the bot sends. A period of zero means no limit.
type Rate struct {
	// ChatEvery is the sustained pause between messages to one chat.
	ChatEvery time.Duration
	// ChatBurst is how many messages may come at once to one chat.
	ChatBurst int
	// OverallEvery is the sustained pause between any two messages.
	OverallEvery time.Duration
	// OverallBurst is how many messages may come at once in all.
	OverallBurst int
}

// DefaultRate is generous: one message a second per chat and 30 a second in
// all, sustained, with bursts of 60 and 300.
func DefaultRate() Rate {
	return Rate{ChatEvery: time.Second, ChatBurst: 60, OverallEvery: time.Second / 30, OverallBurst: 300}
}

// spend counts a message to a chat, or refuses it with 429. The lock is held.
func (s *Server) spend(chat int64) *apiError {
	now := s.cfg.Now()
	overall, wait := take(s.overall, now, s.rate.OverallEvery, s.rate.OverallBurst)
	inChat, waitChat := take(s.buckets[chat], now, s.rate.ChatEvery, s.rate.ChatBurst)
	if wait = max(wait, waitChat); wait > 0 {
		return tooMany(int((wait + time.Second - 1) / time.Second))
	}
	s.overall, s.buckets[chat] = overall, inChat
	return nil
}

// take is the generic cell rate algorithm: until is when the bucket is empty.
func take(until, now time.Time, every time.Duration, burst int) (time.Time, time.Duration) {
	if every <= 0 {
		return until, 0
	}
	if until.Before(now) {
		until = now
	}
	allowed := every * time.Duration(max(burst, 1)-1)
	if wait := until.Sub(now) - allowed; wait > 0 {
		return until, wait
	}
	return until.Add(every), 0
}

// Failure makes the next calls of a method fail.
type Failure struct {
	// Method is the method's name; "" means any.
	Method string `json:"method"`
	// Code is the HTTP status to answer with; 0 cuts the connection.
	Code int `json:"code"`
	// Description replaces the standard text.
	Description string `json:"description"`
	// RetryAfter is in seconds, for 429.
	RetryAfter int `json:"retry_after"`
	// Times is how many calls fail; 0 means one.
	Times int `json:"times"`
	// After performs the call first: the answer is lost, the effect is not.
	After bool `json:"after"`
}

// FailNext adds a failure; failures are used up in the order they were added.
func (s *Server) FailNext(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.failures = append(s.failures, f)
}

// DuplicateNext makes the next n updates arrive twice by webhook.
func (s *Server) DuplicateNext(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.duplicate += n
}

func (s *Server) takeFailure(method string) *Failure {
	for i := range s.failures {
		f := s.failures[i]
		if f.Method != "" && f.Method != method {
			continue
		}
		if s.failures[i].Times--; s.failures[i].Times == 0 {
			s.failures = append(s.failures[:i:i], s.failures[i+1:]...)
		}
		return &f
	}
	return nil
}

func (f *Failure) error() *apiError {
	if f.Code == 0 {
		return &apiError{code: 502, text: "Bad Gateway", hangUp: true}
	}
	out := &apiError{code: f.Code, text: f.Description, retryAfter: f.RetryAfter}
	if f.Code == 429 {
		out = tooMany(max(f.RetryAfter, 1))
	}
	if f.Description != "" {
		out.text = f.Description
	}
	if out.text == "" {
		out.text = "Internal Server Error"
	}
	return out
}
