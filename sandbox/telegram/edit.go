package telegram

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

const (
	deleteWindow = 48 * time.Hour
	maxDelete    = 100
)

// edit finds the message that a call edits and lets change build the new
// version; what is equal to the old one is refused.
func (s *Server) edit(p params, change func(m *message) *apiError) (any, *apiError) {
	if p.has("inline_message_id") {
		return nil, bad("MESSAGE_ID_INVALID")
	}
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	if p.int("message_id") == 0 {
		return nil, bad("message identifier is not specified")
	}
	old := it.messages[p.int("message_id")]
	switch {
	case old == nil:
		return nil, bad("message to edit not found")
	case !old.fromBot:
		return nil, bad("message can't be edited")
	}
	mk, err := readMarkup(p.str("reply_markup"), true)
	if err != nil {
		return nil, err
	}
	next := *old
	next.markup = mk.inline
	if err := change(&next); err != nil {
		return nil, err
	}
	if sameContent(old, &next) {
		return nil, bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	next.edited = s.cfg.Now()
	*old = next
	s.emitMessage(it, old)
	return s.object(it, old), nil
}

func sameContent(a, b *message) bool {
	return a.body == b.body && sameEntities(a.entities, b.entities) && a.media == b.media &&
		a.spoiler == b.spoiler && sameMarkup(a.markup, b.markup)
}

func sameEntities(a, b []Entity) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return len(a) == 0 && len(b) == 0 || bytes.Equal(x, y)
}

func editMessageText(s *Server, p params) (any, *apiError) {
	return s.edit(p, func(m *message) (err *apiError) {
		if m.media != nil {
			return bad("there is no text in the message to edit")
		}
		m.body, m.entities, err = readText(p)
		m.linkPreview = nil
		if p.has("link_preview_options") {
			m.linkPreview = json.RawMessage(p.str("link_preview_options"))
		}
		return err
	})
}

func editMessageCaption(s *Server, p params) (any, *apiError) {
	return s.edit(p, func(m *message) (err *apiError) {
		if m.media == nil {
			return bad("there is no caption in the message to edit")
		}
		m.body, m.entities, err = readCaption(p.str("caption"), p.str("parse_mode"), p.str("caption_entities"))
		return err
	})
}

func editMessageReplyMarkup(s *Server, p params) (any, *apiError) {
	return s.edit(p, func(*message) *apiError { return nil })
}

// inputMedia is InputMediaPhoto or InputMediaDocument.
type inputMedia struct {
	Type            string          `json:"type"`
	Media           string          `json:"media"`
	Caption         string          `json:"caption"`
	ParseMode       string          `json:"parse_mode"`
	CaptionEntities json.RawMessage `json:"caption_entities"`
	HasSpoiler      bool            `json:"has_spoiler"`
}

func (in inputMedia) check() *apiError {
	switch {
	case in.Type == "":
		return bad(`can't parse InputMedia: Can't find field "type"`)
	case in.Type != "photo" && in.Type != "document":
		return bad("can't parse InputMedia: type %q is unsupported for the input media", in.Type)
	case in.Media == "":
		return bad(`can't parse InputMedia: media not found`)
	}
	return nil
}

func editMessageMedia(s *Server, p params) (any, *apiError) {
	return s.edit(p, func(m *message) (err *apiError) {
		var in inputMedia
		if json.Unmarshal([]byte(p.str("media")), &in) != nil {
			return bad("can't parse InputMedia: a field has a wrong type")
		}
		if err = in.check(); err != nil {
			return err
		}
		explicit := string(in.CaptionEntities)
		if explicit == "null" {
			explicit = ""
		}
		if m.body, m.entities, err = readCaption(in.Caption, in.ParseMode, explicit); err != nil {
			return err
		}
		m.spoiler, m.linkPreview = in.HasSpoiler, nil
		m.media, err = s.inputFile(p, in.Media, in.Type == "photo")
		return err
	})
}

func deleteMessage(s *Server, p params) (any, *apiError) {
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	m := it.messages[p.int("message_id")]
	switch {
	case m == nil:
		return nil, bad("message to delete not found")
	case s.cfg.Now().Sub(m.date) >= deleteWindow:
		return nil, bad("message can't be deleted for everyone")
	}
	s.drop(it, m.id)
	return true, nil
}

func deleteMessages(s *Server, p params) (any, *apiError) {
	it, err := s.recipient(p)
	if err != nil {
		return nil, err
	}
	var raw []json.Number
	if json.Unmarshal([]byte(p.str("message_ids")), &raw) != nil {
		return nil, bad("message_ids must be an Array of Integer")
	}
	if len(raw) == 0 || len(raw) > maxDelete {
		return nil, bad("there must be from 1 to %d message identifiers", maxDelete)
	}
	for _, n := range raw {
		id, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil {
			return nil, bad("message_ids must be an Array of Integer")
		}
		if m := it.messages[id]; m != nil && s.cfg.Now().Sub(m.date) < deleteWindow {
			s.drop(it, id)
		}
	}
	return true, nil
}

func (s *Server) drop(it *person, id int64) {
	it.remove(id)
	s.emit("deleted", map[string]any{"chat_id": it.ID, "id": id})
}
