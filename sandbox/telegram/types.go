package telegram

import (
	"encoding/json"
	"time"
)

// Person is somebody who may talk to the bot. ID is also the id of their
// private chat.
type Person struct {
	ID           int64  `json:"id"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
	// Note is shown under the name on the page ("buyer"); the bot never sees it.
	Note string `json:"note,omitempty"`
	// Blocked means that this person blocked the bot.
	Blocked bool `json:"blocked"`
	// Deactivated means that the account was deleted.
	Deactivated bool `json:"deactivated"`
	// Started is set by the first message to the bot; before it the bot may not write.
	Started bool `json:"started"`
}

type person struct {
	Person
	messages map[int64]*message
	shown    []int64 // message ids, oldest first
	lastID   int64
	keyboard [][]string // reply keyboard now shown
}

// User is the Bot API's User.
type User struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

func (p *person) user() User {
	return User{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName,
		Username: p.Username, LanguageCode: p.LanguageCode}
}

type chatObject struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

func (p *person) chat() chatObject {
	return chatObject{ID: p.ID, Type: "private", FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
}

// Entity is the Bot API's MessageEntity. Offset and Length are UTF-16 units.
type Entity struct {
	Type     string `json:"type"`
	Offset   int    `json:"offset"`
	Length   int    `json:"length"`
	URL      string `json:"url,omitempty"`
	Language string `json:"language,omitempty"`
	User     *User  `json:"user,omitempty"`
}

type copyText struct {
	Text string `json:"text"`
}

type inlineButton struct {
	Text         string    `json:"text"`
	Style        string    `json:"style,omitempty"`
	URL          string    `json:"url,omitempty"`
	CallbackData string    `json:"callback_data,omitempty"`
	CopyText     *copyText `json:"copy_text,omitempty"`
}

type inlineMarkup struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type photoSize struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	FileSize     int    `json:"file_size"`
}

type documentObject struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileName     string `json:"file_name,omitempty"`
	MimeType     string `json:"mime_type,omitempty"`
	FileSize     int    `json:"file_size"`
}

type file struct {
	id, unique, name, mime string
	photo                  bool
	width, height          int
	data                   []byte
}

// message is one message of a private chat; body is its text or its caption.
type message struct {
	id          int64
	fromBot     bool
	date        time.Time
	edited      time.Time
	body        string
	entities    []Entity
	media       *file
	spoiler     bool // the photo is hidden until tapped
	markup      *inlineMarkup
	protected   bool
	linkPreview json.RawMessage
}

// messageObject is the Bot API's Message as far as the sandbox fills it.
type messageObject struct {
	MessageID       int64           `json:"message_id"`
	From            *User           `json:"from,omitempty"`
	Date            int64           `json:"date"`
	Chat            chatObject      `json:"chat"`
	EditDate        int64           `json:"edit_date,omitempty"`
	Protected       bool            `json:"has_protected_content,omitempty"`
	Text            string          `json:"text,omitempty"`
	Entities        []Entity        `json:"entities,omitempty"`
	LinkPreview     json.RawMessage `json:"link_preview_options,omitempty"`
	Photo           []photoSize     `json:"photo,omitempty"`
	Document        *documentObject `json:"document,omitempty"`
	Caption         string          `json:"caption,omitempty"`
	CaptionEntities []Entity        `json:"caption_entities,omitempty"`
	Spoiler         bool            `json:"has_media_spoiler,omitempty"`
	Markup          *inlineMarkup   `json:"reply_markup,omitempty"`
}

func (s *Server) object(p *person, m *message) messageObject {
	out := messageObject{MessageID: m.id, Date: m.date.Unix(), Chat: p.chat(),
		Protected: m.protected, LinkPreview: m.linkPreview, Markup: m.markup}
	from := p.user()
	if m.fromBot {
		from = s.bot
	}
	out.From = &from
	if !m.edited.IsZero() {
		out.EditDate = m.edited.Unix()
	}
	if m.media == nil {
		out.Text, out.Entities = m.body, m.entities
		return out
	}
	out.Caption, out.CaptionEntities, out.Spoiler = m.body, m.entities, m.spoiler
	if f := m.media; f.photo {
		out.Photo = f.sizes()
	} else {
		out.Document = &documentObject{f.id, f.unique, f.name, f.mime, len(f.data)}
	}
	return out
}

func (p *person) add(m *message) {
	p.lastID++
	m.id = p.lastID
	p.messages[m.id] = m
	p.shown = append(p.shown, m.id)
}

func (p *person) remove(id int64) {
	delete(p.messages, id)
	for i, x := range p.shown {
		if x == id {
			p.shown = append(p.shown[:i:i], p.shown[i+1:]...)
			return
		}
	}
}
