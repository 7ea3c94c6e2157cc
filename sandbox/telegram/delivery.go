package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	maxRetryDelay  = 60 * time.Second
	maxRetryAfter  = time.Hour
	maxAnswerBody  = 1 << 20
	clockLookAgain = time.Second
)

// target is where one delivery goes, copied while the lock was held.
type target struct{ url, secret string }

// Step delivers the oldest update that is due, if any, waits for the bot's
// answer, and tells whether there was one. It starts no goroutine.
func (s *Server) Step(ctx context.Context) bool {
	u, to := s.claim()
	if u == nil {
		return false
	}
	s.deliver(ctx, u, to)
	return true
}

// Tick delivers everything that is due now, oldest first, retries included,
// and returns how many deliveries were tried.
func (s *Server) Tick(ctx context.Context) int {
	n := 0
	for ctx.Err() == nil && s.Step(ctx) {
		n++
	}
	return n
}

// NextDue is when the next delivery or retry is due, by the injected clock;
// false when nothing waits or no webhook is set.
func (s *Server) NextDue() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Time
	s.eachHead(func(u *pending) bool {
		if !u.flying && (next.IsZero() || u.due.Before(next)) {
			next = u.due
		}
		return true
	})
	return next, !next.IsZero()
}

// Run delivers updates as they come until ctx ends, queues side by side and
// each in order. It returns after the last delivery has ended.
func (s *Server) Run(ctx context.Context) {
	s.setRunning(true)
	defer s.setRunning(false)
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		for u, to := s.claim(); u != nil; u, to = s.claim() {
			wg.Go(func() { s.deliver(ctx, u, to) })
		}
		timer := time.NewTimer(s.nap())
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (s *Server) setRunning(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = on
}

func (s *Server) nap() time.Duration {
	next, ok := s.NextDue()
	if !ok {
		return clockLookAgain
	}
	return min(max(next.Sub(s.cfg.Now()), time.Millisecond), clockLookAgain)
}

// eachHead visits the first update of every queue, oldest first. The lock is held.
func (s *Server) eachHead(visit func(*pending) bool) {
	if s.hook.url == "" {
		return
	}
	seen := map[string]bool{}
	for _, u := range s.pending {
		if seen[u.queue] {
			continue
		}
		seen[u.queue] = true
		if !visit(u) {
			return
		}
	}
}

// claim takes the oldest due update whose queue is free.
func (s *Server) claim() (*pending, target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	now, flying := s.cfg.Now(), 0
	var found *pending
	s.eachHead(func(u *pending) bool {
		if u.flying {
			flying++
		} else if found == nil && !u.due.After(now) {
			found = u
		}
		return true
	})
	if found == nil || flying >= s.hook.maxConnections {
		return nil, target{}
	}
	found.flying = true
	return found, target{s.hook.url, s.hook.secret}
}

func (s *Server) deliver(ctx context.Context, u *pending, to target) {
	wait, problem := s.send(ctx, u.body, to)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.ring()
	u.flying = false
	now := s.cfg.Now()
	switch {
	case problem == "" && u.repeats > 0:
		u.repeats--
		u.due = now
	case problem == "":
		s.forget(u)
	case ctx.Err() != nil:
		u.due = now // we stopped, the bot did not fail
	default:
		u.due = now.Add(max(wait, backoff(u.tries)))
		u.tries++
		s.hook.lastError, s.hook.lastErrorAt = problem, now
	}
}

// backoff is the pause before a retry: at once, then 2, 4, 8 … 60 s.
func backoff(failed int) time.Duration {
	if failed == 0 {
		return 0
	}
	return min(time.Second<<min(failed, 10), maxRetryDelay)
}

// send posts one update; problem is "" when the bot took it.
func (s *Server) send(ctx context.Context, body []byte, to target) (wait time.Duration, problem string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		return 0, "Invalid webhook URL"
	}
	req.Header.Set("Content-Type", "application/json")
	if to.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", to.secret)
	}
	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		return 0, connectionProblem(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBody))
	if err != nil {
		return 0, "Connection closed by the webhook"
	}
	if resp.StatusCode/100 == 2 {
		s.performAnswer(answer)
		return 0, ""
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		wait = min(time.Duration(n)*time.Second, maxRetryAfter)
	}
	return wait, "Wrong response from the webhook: " + resp.Status
}

func connectionProblem(err error) string {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return "Read timeout expired"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return "Connection refused"
	}
	return "Connection closed by the webhook"
}

// performAnswer runs the method that a webhook's answer names, as Telegram does.
func (s *Server) performAnswer(answer []byte) {
	p := newParams()
	if !json.Valid(answer) || p.json(answer) != nil || !p.has("method") {
		return
	}
	name := p.str("method")
	delete(p.values, "method")
	for _, m := range s.methods {
		if m.name == name && m.run != nil {
			_, _ = s.call(m, p) // Telegram never tells the outcome either
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violate(name, fmt.Sprintf("unknown method %q in a webhook's answer", name))
}
