package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	messageLifetime  = 24 * time.Hour
	callbackLifetime = 150 * time.Second
	maxPollSeconds   = 50
	maxPollBatch     = 100
)

// pending is an update that the bot has not confirmed. Updates of one queue
// (a chat's messages, a person's presses) are delivered one at a time.
type pending struct {
	id      int64
	queue   string
	kind    string
	body    json.RawMessage
	dies    time.Time
	due     time.Time
	tries   int
	flying  bool
	repeats int // times to deliver again after success
}

// push queues an update for the bot unless it did not ask for its kind. The
// lock is held.
func (s *Server) push(kind, queue string, payload any) {
	if len(s.hook.allowed) > 0 && !slices.Contains(s.hook.allowed, kind) {
		return
	}
	s.updateID++
	raw, err := json.Marshal(map[string]any{"update_id": s.updateID, kind: payload})
	if err != nil {
		panic(fmt.Sprintf("sandbox: update cannot be encoded: %v", err))
	}
	now := s.cfg.Now()
	life := messageLifetime
	if kind == "callback_query" {
		life = callbackLifetime
	}
	u := &pending{id: s.updateID, queue: queue, kind: kind, body: raw, dies: now.Add(life), due: now}
	if s.duplicate > 0 {
		s.duplicate--
		u.repeats = 1
	}
	s.pending = append(s.pending, u)
	s.ring()
}

// expire forgets what Telegram would have forgotten by now.
func (s *Server) expire() {
	now := s.cfg.Now()
	s.pending = slices.DeleteFunc(s.pending, func(u *pending) bool { return !u.flying && !now.Before(u.dies) })
}

func (s *Server) forget(u *pending) {
	s.pending = slices.DeleteFunc(s.pending, func(x *pending) bool { return x == u })
}

// getUpdates is the long poll. It waits in real time, so a simulation asks
// with timeout 0.
func (s *Server) getUpdates(ctx context.Context, m method, p params) apiReply {
	s.mu.Lock()
	mine, err := s.startPoll(m, p)
	s.record(m, p, err)
	s.mu.Unlock()
	if err != nil {
		return reply(nil, err)
	}
	limit := time.NewTimer(time.Duration(min(p.int("timeout"), maxPollSeconds)) * time.Second)
	defer limit.Stop()
	for {
		s.mu.Lock()
		batch, bell := s.batch(p), s.bell
		hooked := s.hook.url != ""
		s.mu.Unlock()
		if hooked {
			return reply(nil, conflictWebhook())
		}
		if len(batch) > 0 {
			return reply(batch, nil)
		}
		select {
		case <-bell:
		case <-mine:
			return reply(nil, &apiError{code: 409, text: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
		case <-limit.C:
			return reply([]json.RawMessage{}, nil)
		case <-ctx.Done():
			return reply([]json.RawMessage{}, nil)
		}
	}
}

func conflictWebhook() *apiError {
	return &apiError{code: 409, text: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
}

// startPoll checks a poll, ends the one before it and drops what the offset confirms.
func (s *Server) startPoll(m method, p params) (chan struct{}, *apiError) {
	unknown, err := m.check(p)
	for _, name := range unknown {
		s.violate(m.name, "unknown parameter "+name)
	}
	if err != nil {
		return nil, err
	}
	if fail := s.takeFailure(m.name); fail != nil {
		return nil, fail.error()
	}
	if s.hook.url != "" {
		return nil, conflictWebhook()
	}
	if s.poll != nil {
		close(s.poll)
	}
	s.poll = make(chan struct{})
	if p.has("allowed_updates") {
		s.hook.allowed = p.list("allowed_updates")
	}
	if offset := p.int("offset"); offset != 0 {
		s.confirm(offset)
	}
	return s.poll, nil
}

func (s *Server) confirm(offset int64) {
	if offset < 0 {
		s.pending = s.pending[max(0, int64(len(s.pending))+offset):]
		return
	}
	s.pending = slices.DeleteFunc(s.pending, func(u *pending) bool { return u.id < offset })
}

func (s *Server) batch(p params) []json.RawMessage {
	s.expire()
	limit := int(p.int("limit"))
	if limit <= 0 || limit > maxPollBatch {
		limit = maxPollBatch
	}
	out := []json.RawMessage{}
	for _, u := range s.pending[:min(limit, len(s.pending))] {
		out = append(out, u.body)
	}
	return out
}
