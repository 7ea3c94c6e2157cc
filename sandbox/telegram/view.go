package telegram

import (
	"strconv"
	"time"
)

// MessageView is a message as a person sees it: spoilers are part of the text.
type MessageView struct {
	ID       int64          `json:"id"`
	From     string         `json:"from"` // "bot" or "person"
	Date     time.Time      `json:"date"`
	EditedAt *time.Time     `json:"edited_at"`
	Text     string         `json:"text"`
	Caption  string         `json:"caption"`
	PhotoURL string         `json:"photo_url"`
	FileURL  string         `json:"file_url"`
	FileName string         `json:"file_name"`
	FileSize int            `json:"file_size"` // bytes
	Width    int            `json:"width"`     // of the photo, pixels
	Height   int            `json:"height"`
	Entities []Entity       `json:"entities"`
	Buttons  [][]ButtonView `json:"buttons"`
	// Protected: cannot be forwarded or saved.
	Protected bool `json:"protected"`
	// Spoiler: the photo is hidden until it is tapped.
	Spoiler bool `json:"spoiler"`
}

// ButtonView is one inline button; exactly one of Data, URL, CopyText is set.
type ButtonView struct {
	Text     string `json:"text"`
	Data     string `json:"data"`
	URL      string `json:"url"`
	CopyText string `json:"copy_text"`
	Style    string `json:"style"`
}

func viewMessage(chat int64, m *message) MessageView {
	out := MessageView{ID: m.id, From: "person", Date: m.date.UTC(), Text: m.body, Entities: m.entities,
		Buttons: viewButtons(m.markup), Protected: m.protected, Spoiler: m.spoiler}
	if m.fromBot {
		out.From = "bot"
	}
	if !m.edited.IsZero() {
		at := m.edited.UTC()
		out.EditedAt = &at
	}
	if out.Entities == nil {
		out.Entities = []Entity{}
	}
	if f := m.media; f != nil {
		out.Text, out.Caption = "", m.body
		link := "/control/chats/" + strconv.FormatInt(chat, 10) + "/files/" + f.id
		if f.photo {
			out.PhotoURL, out.Width, out.Height = link, f.width, f.height
		} else {
			out.FileURL, out.FileName, out.FileSize = link, f.name, len(f.data)
		}
	}
	return out
}

func viewButtons(m *inlineMarkup) [][]ButtonView {
	out := [][]ButtonView{}
	if m == nil {
		return out
	}
	for _, row := range m.Rows {
		var line []ButtonView
		for _, b := range row {
			v := ButtonView{Text: b.Text, Data: b.CallbackData, URL: b.URL, Style: b.Style}
			if b.CopyText != nil {
				v.CopyText = b.CopyText.Text
			}
			line = append(line, v)
		}
		out = append(out, line)
	}
	return out
}

// chatView is what the page needs besides the messages.
type chatView struct {
	Person      Person     `json:"person"`
	BotName     string     `json:"bot_name"`
	Username    string     `json:"bot_username"`
	Description string     `json:"description"`
	Commands    []command  `json:"commands"`
	Keyboard    [][]string `json:"reply_keyboard"`
}

func (s *Server) viewChat(it *person) chatView {
	return chatView{Person: it.Person, BotName: s.textFor("name", it), Username: s.bot.Username,
		Description: s.textFor("description", it), Commands: s.commandsFor(it), Keyboard: it.keyboard}
}
