package telegram

import (
	"encoding/json"
	"slices"
	"strconv"
)

const (
	maxText    = 4096
	maxCaption = 1024
)

// recipient finds the private chat a call is for, and whether the bot may write there.
func (s *Server) recipient(p params) (*person, *apiError) {
	id, err := strconv.ParseInt(p.str("chat_id"), 10, 64)
	it := s.people[id]
	switch {
	case p.str("chat_id") == "":
		return nil, bad("chat_id is empty")
	case err != nil || it == nil:
		return nil, bad("chat not found")
	case it.Deactivated:
		return nil, forbidden("user is deactivated")
	case it.Blocked:
		return nil, forbidden("bot was blocked by the user")
	case !it.Started:
		return nil, forbidden("bot can't initiate conversation with a user")
	}
	return it, nil
}

func readText(p params) (string, []Entity, *apiError) {
	text, entities, err := formatted(p.str("text"), p.str("parse_mode"), p.str("entities"))
	switch {
	case err != nil:
		return "", nil, err
	case text == "":
		return "", nil, bad("message text is empty")
	case utf16Len(text) > maxText:
		return "", nil, bad("message is too long")
	}
	return text, entities, nil
}

func readCaption(caption, mode, explicit string) (string, []Entity, *apiError) {
	text, entities, err := formatted(caption, mode, explicit)
	if err == nil && utf16Len(text) > maxCaption {
		err = bad("message caption is too long")
	}
	return text, entities, err
}

func sendMessage(s *Server, p params) (any, *apiError) {
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	m := &message{}
	if m.body, m.entities, err = readText(p); err != nil {
		return nil, err
	}
	if p.has("link_preview_options") {
		m.linkPreview = json.RawMessage(p.str("link_preview_options"))
	}
	return s.post(it, m, p)
}

func sendPhoto(s *Server, p params) (any, *apiError) {
	return s.sendMedia(p, "photo")
}

func sendDocument(s *Server, p params) (any, *apiError) {
	return s.sendMedia(p, "document")
}

func (s *Server) sendMedia(p params, kind string) (any, *apiError) {
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	m := &message{spoiler: p.bool("has_spoiler")}
	if m.body, m.entities, err = readCaption(p.str("caption"), p.str("parse_mode"), p.str("caption_entities")); err != nil {
		return nil, err
	}
	ref := p.str(kind)
	if _, ok := p.files[kind]; ok {
		ref = "attach://" + kind
	}
	if m.media, err = s.inputFile(p, ref, kind == "photo"); err != nil {
		return nil, err
	}
	return s.post(it, m, p)
}

// post finishes a message of the bot and puts it into the chat.
func (s *Server) post(it *person, m *message, p params) (any, *apiError) {
	mk, err := readMarkup(p.str("reply_markup"), false)
	if err != nil {
		return nil, err
	}
	m.fromBot, m.date, m.markup, m.protected = true, s.cfg.Now(), mk.inline, p.bool("protect_content")
	if mk.change {
		it.keyboard = mk.reply
		s.emit("chat", map[string]any{"chat_id": it.ID})
	}
	it.add(m)
	s.emitMessage(it, m)
	return s.object(it, m), nil
}

func sendChatAction(s *Server, p params) (any, *apiError) {
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	actions := []string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}
	if !slices.Contains(actions, p.str("action")) {
		return nil, bad("wrong parameter action in request")
	}
	s.emit("typing", map[string]any{"chat_id": it.ID, "action": p.str("action")})
	return true, nil
}
