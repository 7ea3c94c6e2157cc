package telegram

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // photo formats that Telegram takes
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	maxText     = 4096
	maxCaption  = 1024
	maxPhoto    = 10 << 20
	maxPhotoSum = 10_000 // width + height, pixels
	maxRatio    = 20
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

// inputFile resolves attach://name or a file_id.
func (s *Server) inputFile(p params, ref string, photo bool) (*file, *apiError) {
	name, attached := strings.CutPrefix(ref, "attach://")
	if attached {
		up, ok := p.files[name]
		if !ok {
			return nil, bad("invalid file HTTP URL specified: attached file not found")
		}
		return s.store(up, photo)
	}
	f := s.files[ref]
	switch {
	case f == nil && strings.Contains(ref, "://"):
		return nil, bad("failed to get HTTP URL content")
	case f == nil:
		return nil, bad("wrong remote file identifier specified: Wrong string length")
	case f.photo != photo:
		return nil, bad("can't use file of type %s as %s", fileKind(f.photo), fileKind(photo))
	}
	return f, nil
}

func fileKind(photo bool) string {
	if photo {
		return "Photo"
	}
	return "Document"
}

// store keeps an upload; photos must be pictures of sane size and shape.
func (s *Server) store(up upload, photo bool) (*file, *apiError) {
	if len(up.data) == 0 {
		return nil, bad("file must be non-empty")
	}
	sum := sha256.Sum256(up.data)
	s.fileSeq++
	f := &file{unique: "AQAD" + hex.EncodeToString(sum[:6]), name: filepath.Base(up.name), photo: photo,
		mime: http.DetectContentType(up.data), data: up.data}
	f.id = fmt.Sprintf("AgACAgIAAxk%s%05d", hex.EncodeToString(sum[:12]), s.fileSeq)
	if photo {
		if err := f.measure(); err != nil {
			return nil, err
		}
	}
	s.files[f.id] = f
	return f, nil
}

func (f *file) measure() *apiError {
	if len(f.data) > maxPhoto {
		return bad("file is too big")
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(f.data))
	if err != nil {
		return bad("IMAGE_PROCESS_FAILED")
	}
	f.width, f.height = cfg.Width, cfg.Height
	long, short := max(f.width, f.height), min(f.width, f.height)
	if short == 0 || f.width+f.height > maxPhotoSum || long > maxRatio*short {
		return bad("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
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
