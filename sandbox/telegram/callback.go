package telegram

import (
	"fmt"
	"time"
)

const (
	queryLifetime  = 15 * time.Second
	maxAnswerUnits = 200
)

// query is a button press that waits for the bot's answer.
type query struct {
	id       string
	chat     int64
	message  int64
	data     string
	at       time.Time
	answered bool
	text     string
	alert    bool
}

// newQuery makes a press known to the server and to the bot. The lock is held.
func (s *Server) newQuery(it *person, messageID int64, data string) *query {
	s.querySeq++
	q := &query{id: fmt.Sprintf("%d%09d", it.ID, s.querySeq), chat: it.ID, message: messageID, data: data, at: s.cfg.Now()}
	s.queries[q.id] = q
	var carrier any
	if m := it.messages[messageID]; m != nil {
		carrier = s.object(it, m)
	} else {
		carrier = map[string]any{"chat": it.chat(), "message_id": messageID, "date": 0}
	}
	s.push("callback_query", fmt.Sprintf("callback:%d", it.ID), map[string]any{
		"id": q.id, "from": it.user(), "message": carrier, "data": data,
		"chat_instance": fmt.Sprintf("-%d77", it.ID),
	})
	return q
}

func answerCallbackQuery(s *Server, p params) (any, *apiError) {
	q := s.queries[p.str("callback_query_id")]
	switch {
	case q == nil, q.answered, s.cfg.Now().Sub(q.at) > queryLifetime:
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	case utf16Len(p.str("text")) > maxAnswerUnits:
		return nil, bad("MESSAGE_TOO_LONG")
	case p.has("url"):
		return nil, bad("URL_INVALID")
	}
	q.answered, q.text, q.alert = true, p.str("text"), p.bool("show_alert")
	s.ring()
	s.emit("answer", map[string]any{"chat_id": q.chat, "message_id": q.message, "data": q.data,
		"callback_query_id": q.id, "text": q.text, "show_alert": q.alert})
	return true, nil
}
