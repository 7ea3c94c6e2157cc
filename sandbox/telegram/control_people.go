package telegram

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	maxName   = 64
	pressWait = 3 * time.Second
	maxWait   = 30
)

func (s *Server) listPeople(*http.Request) (any, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Person{}
	for _, id := range s.order {
		out = append(out, s.people[id].Person)
	}
	return out, nil
}

// personChange creates or changes a person; absent fields stay.
type personChange struct {
	ID           int64   `json:"id"`
	FirstName    *string `json:"first_name"`
	LastName     *string `json:"last_name"`
	Username     *string `json:"username"`
	LanguageCode *string `json:"language_code"`
	Note         *string `json:"note"`
	Blocked      *bool   `json:"blocked"`
	Deactivated  *bool   `json:"deactivated"`
}

func (c personChange) check(known bool) *problem {
	switch {
	case c.ID <= 0:
		return refuse(http.StatusBadRequest, "id must be a positive number")
	case !known && (c.FirstName == nil || strings.TrimSpace(*c.FirstName) == ""):
		return refuse(http.StatusBadRequest, "first_name is required for a new person")
	case c.FirstName != nil && (*c.FirstName == "" || utf16Len(*c.FirstName) > maxName):
		return refuse(http.StatusBadRequest, "first_name must have 1 to %d characters", maxName)
	case c.LanguageCode != nil && !regexp.MustCompile(`^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$`).MatchString(*c.LanguageCode):
		return refuse(http.StatusBadRequest, "language_code must be a language tag such as en or pt-br")
	}
	return nil
}

func (s *Server) putPerson(r *http.Request) (any, *problem) {
	var c personChange
	if err := readBody(r, &c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it := s.people[c.ID]
	if err := c.check(it != nil); err != nil {
		return nil, err
	}
	if it == nil {
		it = s.addPerson(Person{ID: c.ID})
	}
	s.change(it, c)
	s.emit("person", it.Person)
	return it.Person, nil
}

func (s *Server) change(it *person, c personChange) {
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&it.FirstName, c.FirstName)
	set(&it.LastName, c.LastName)
	set(&it.Username, c.Username)
	set(&it.LanguageCode, c.LanguageCode)
	set(&it.Note, c.Note)
	if c.Deactivated != nil {
		it.Deactivated = *c.Deactivated
	}
	if c.Blocked != nil && *c.Blocked != it.Blocked {
		it.Blocked = *c.Blocked
		if it.Started {
			s.pushMembership(it)
		}
	}
}

// pushMembership tells the bot that a person blocked or unblocked it.
func (s *Server) pushMembership(it *person) {
	member := map[string]any{"user": s.bot, "status": "member"}
	kicked := map[string]any{"user": s.bot, "status": "kicked", "until_date": 0}
	before, after := kicked, member
	if it.Blocked {
		before, after = member, kicked
	}
	s.push("my_chat_member", fmt.Sprintf("chat:%d", it.ID), map[string]any{"chat": it.chat(), "from": it.user(),
		"date": s.cfg.Now().Unix(), "old_chat_member": before, "new_chat_member": after})
}

// find returns the person that the path names. The lock is held.
func (s *Server) find(r *http.Request) (*person, *problem) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the chat id must be a number")
	}
	if it := s.people[id]; it != nil {
		return it, nil
	}
	return nil, refuse(http.StatusNotFound, "nobody has the id %d", id)
}

func (s *Server) getChatView(r *http.Request) (any, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return s.viewChat(it), nil
}

func (s *Server) listMessages(r *http.Request) (any, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, err := s.find(r)
	if err != nil {
		return nil, err
	}
	out := []MessageView{}
	for _, id := range it.shown {
		out = append(out, viewMessage(it.ID, it.messages[id]))
	}
	return out, nil
}

func (s *Server) say(r *http.Request) (any, *problem) {
	var in struct {
		Text string `json:"text"`
	}
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	text, entities := fixEntities(in.Text, nil)
	if n := utf16Len(text); n < 1 || n > maxText {
		return nil, refuse(http.StatusBadRequest, "text must have 1 to %d characters", maxText)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it, err := s.find(r)
	if err != nil {
		return nil, err
	}
	if it.Blocked || it.Deactivated {
		return nil, refuse(http.StatusConflict, "%s has blocked the bot or left", it.FirstName)
	}
	m := &message{date: s.cfg.Now(), body: text, entities: entities}
	it.add(m)
	if !it.Started {
		it.Started = true
		s.emit("person", it.Person)
	}
	s.emitMessage(it, m)
	s.push("message", fmt.Sprintf("chat:%d", it.ID), s.object(it, m))
	return viewMessage(it.ID, m), nil
}

// pressRequest presses a button. Wait is how long to wait for the bot's
// answer, in whole seconds; absent, 3 s while updates flow by themselves and
// no wait otherwise. Forge allows data that no visible button carries.
type pressRequest struct {
	MessageID int64  `json:"message_id"`
	Data      string `json:"data"`
	Wait      *int   `json:"wait"`
	Forge     bool   `json:"forge"`
}

type pressAnswer struct {
	ID       string `json:"callback_query_id"`
	Answered bool   `json:"answered"`
	Text     string `json:"text"`
	Alert    bool   `json:"show_alert"`
}

func (s *Server) press(r *http.Request) (any, *problem) {
	var in pressRequest
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	if in.Data == "" || len(in.Data) > maxCallbackData {
		return nil, refuse(http.StatusBadRequest, "data must have 1 to %d bytes", maxCallbackData)
	}
	if in.Wait != nil && (*in.Wait < 0 || *in.Wait > maxWait) {
		return nil, refuse(http.StatusBadRequest, "wait must be 0 to %d seconds", maxWait)
	}
	q, wait, err := s.startPress(r, in)
	if err != nil {
		return nil, err
	}
	return s.awaitAnswer(r.Context(), q, wait), nil
}

func (s *Server) startPress(r *http.Request, in pressRequest) (*query, time.Duration, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, err := s.find(r)
	if err != nil {
		return nil, 0, err
	}
	if it.Blocked || it.Deactivated {
		return nil, 0, refuse(http.StatusConflict, "%s has blocked the bot or left", it.FirstName)
	}
	m := it.messages[in.MessageID]
	if m == nil && !in.Forge {
		return nil, 0, refuse(http.StatusNotFound, "no message %d in this chat", in.MessageID)
	}
	if !in.Forge && !m.hasButton(in.Data) {
		return nil, 0, refuse(http.StatusConflict, "message %d has no such button now", in.MessageID)
	}
	wait := time.Duration(0)
	if s.running && s.hook.url != "" || s.poll != nil && s.hook.url == "" {
		wait = pressWait
	}
	if in.Wait != nil {
		wait = time.Duration(*in.Wait) * time.Second
	}
	return s.newQuery(it, in.MessageID, in.Data), wait, nil
}

func (m *message) hasButton(data string) bool {
	if m.markup == nil {
		return false
	}
	for _, row := range m.markup.Rows {
		for _, b := range row {
			if b.CallbackData == data {
				return true
			}
		}
	}
	return false
}

func (s *Server) awaitAnswer(ctx context.Context, q *query, wait time.Duration) pressAnswer {
	limit := time.NewTimer(wait)
	defer limit.Stop()
	for {
		s.mu.Lock()
		out := pressAnswer{ID: q.id, Answered: q.answered, Text: q.text, Alert: q.alert}
		bell := s.bell
		s.mu.Unlock()
		if out.Answered || wait == 0 {
			return out
		}
		select {
		case <-bell:
		case <-limit.C:
			return out
		case <-ctx.Done():
			return out
		}
	}
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[r.PathValue("file")]
	s.mu.Unlock()
	if f == nil {
		writeProblem(w, refuse(http.StatusNotFound, "no such file"))
		return
	}
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable") // another upload has another id
	if !f.photo {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(f.name))
	}
	_, _ = w.Write(f.data) // the reader left: nothing to do
}
