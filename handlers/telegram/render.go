package telegram

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
	"giftbot/order"
)

// Limits of a message (TELEGRAM.md §2.2).
const (
	textLimit    = 4096 // UTF-16 units after parsing
	captionLimit = 1024 // the same, of what stands under a picture
	labelLimit   = 64   // UTF-16 units of a button, beyond that clients cut it anyway
	copyLimit    = 256  // UTF-16 units of a copy button
	buttonLimit  = 100  // buttons of a keyboard
	copyPerRow   = 3
	blockRoom    = 400 // units that stay for the words around codes
)

// Renderer turns views into messages. It is safe for concurrent use.
type Renderer struct {
	texts Texts
	codec *Codec
	meter Meter
	log   *slog.Logger
}

// NewRenderer makes a renderer.
func NewRenderer(texts Texts, codec *Codec, meter Meter, log *slog.Logger) *Renderer {
	return &Renderer{texts: texts, codec: codec, meter: meter, log: log}
}

// Message renders a view for a chat in a language. Everything that came from
// people or suppliers is escaped; codes are never cut.
func (r *Renderer) Message(lang string, chat int64, v flows.View) Message {
	m := Message{Chat: chat, words: r.blocks(lang, v.Blocks), codes: r.codes(lang, v), Keyboard: r.keyboard(lang, chat, v)}
	m.HTML, _ = together(m.words, m.codes, textLimit)
	if len(v.Blocks) > 0 {
		m.Template = v.Blocks[0].Key
	}
	return m
}

// together puts codes below words. The words give way when both do not fit; ok
// is false when the codes alone do not.
func together(words, codes string, limit int) (html string, ok bool) {
	if codes == "" {
		return clip(words, limit), true
	}
	room := limit - visible(codes)
	if room < 0 {
		return "", false
	}
	if words = clip(words, room-2); words == "" {
		return codes, true
	}
	return words + "\n\n" + codes, true
}

// caption is what stands under the message's own picture. It is not ok without
// one, or when the codes do not fit.
func (m Message) caption() (html string, ok bool) {
	if m.Photo == nil {
		return "", false
	}
	return together(m.words, m.codes, captionLimit)
}

// borrowed is what stands under a picture that an earlier state of the message
// brought along: all of it or nothing, and never codes, which somebody would
// take for what the picture shows.
func (m Message) borrowed() (html string, ok bool) {
	return m.HTML, m.codes == "" && visible(m.HTML) <= captionLimit
}

// plain is our HTML without markup.
func plain(html string) string { return cutPlain(stripTags(html), textLimit) }

// Plain renders a text for a place without markup: a toast, a label.
func (r *Renderer) Plain(lang string, t flows.Text) string {
	if t.Key == "" {
		return ""
	}
	return r.expand(lang, t, clean)
}

func (r *Renderer) blocks(lang string, blocks []flows.Text) string {
	if len(blocks) == 1 {
		return r.expand(lang, blocks[0], escape)
	}
	var b strings.Builder
	for _, t := range blocks {
		text := r.expand(lang, t, escape)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(text)
	}
	return b.String()
}

// expand fills a text. safe is applied to every argument that people or
// suppliers may have written; amounts, moments and numbers are ours.
func (r *Renderer) expand(lang string, t flows.Text, safe func(string) string) string {
	var args map[string]any
	if len(t.Args) > 0 {
		args = make(map[string]any, len(t.Args))
		for name, value := range t.Args {
			args[name] = r.argument(lang, value, safe)
		}
	}
	if t.Plural {
		return r.texts.Plural(lang, t.Key, t.Count, args)
	}
	return r.texts.Text(lang, t.Key, args)
}

func (r *Renderer) argument(lang string, value any, safe func(string) string) any {
	switch v := value.(type) {
	case string:
		return safe(v)
	case int:
		return v
	case order.Money:
		return r.texts.Money(lang, v.String())
	case order.Stamp:
		return r.texts.Time(lang, v.Time())
	case order.Number:
		return v.Pretty()
	case flows.Text:
		return r.expand(lang, v, safe)
	default:
		r.meter.Count("telegram_render", "argument")
		return ""
	}
}

// codes shows codes, each under a spoiler, after its label or, when there are
// several, its number. They are not monospace as well: a spoiler cannot contain
// code (Bot API, formatting options), Telegram would keep the code and drop the
// spoiler. The copy buttons do what tapping on code would.
func (r *Renderer) codes(lang string, v flows.View) string {
	if len(v.Codes) == 0 {
		return ""
	}
	var b strings.Builder
	marks := r.marks(lang, v)
	shown := fits(v.Codes, marks)
	for i, code := range v.Codes[:shown] {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(marks[i] + "<tg-spoiler>" + escapeCode(code) + "</tg-spoiler>")
	}
	if left := len(v.Codes) - shown; left > 0 {
		b.WriteString("\n… +" + strconv.Itoa(left))
	}
	return b.String()
}

// marks are the HTML before each code.
func (r *Renderer) marks(lang string, v flows.View) []string {
	marks, first := make([]string, len(v.Codes)), max(v.First, 1)
	for i := range marks {
		switch {
		case i < len(v.Labels) && v.Labels[i].Key != "":
			marks[i] = r.expand(lang, v.Labels[i], escape) + ": "
		case len(v.Codes) > 1 || first > 1:
			marks[i] = strconv.Itoa(first+i) + ". "
		}
	}
	return marks
}

// escapeCode escapes markup and nothing else: a code is shown exactly.
func escapeCode(code string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(code)
}

// fits returns how many of the codes, from the first, one message can show
// whole next to its words, with what stands before each.
func fits(codes, marks []string) int {
	used := 0
	for i, code := range codes {
		used += length(code) + visible(marks[i]) + len("\n")
		if used > textLimit-blockRoom {
			return i
		}
	}
	return len(codes)
}

func (r *Renderer) keyboard(lang string, chat int64, v flows.View) [][]models.InlineKeyboardButton {
	rows := make([][]models.InlineKeyboardButton, 0, len(v.Keyboard)+1)
	if len(v.Codes) > 0 && !hasCopy(v.Keyboard) {
		rows = appendCopies(rows, v.Codes[:fits(v.Codes, r.marks(lang, v))], buttonLimit-count(v.Keyboard))
	}
	for _, row := range v.Keyboard {
		keys := make([]models.InlineKeyboardButton, 0, len(row))
		for _, button := range row {
			if key, ok := r.button(lang, chat, button); ok {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 {
			rows = append(rows, keys)
		}
	}
	return rows
}

func (r *Renderer) button(lang string, chat int64, b flows.Button) (models.InlineKeyboardButton, bool) {
	key := models.InlineKeyboardButton{Text: cutPlain(r.Plain(lang, b.Label), labelLimit)}
	switch {
	case b.Do != nil:
		data, err := r.codec.Encode(chat, *b.Do)
		if err != nil {
			r.meter.Count("telegram_render", "button_long")
			r.log.Error("a button does not fit", "label", b.Label.Key, "verb", string(b.Do.Verb))
			return key, false
		}
		key.CallbackData = data
	case b.URL != "":
		key.URL = b.URL
	case b.Copy != "" && length(b.Copy) <= copyLimit:
		key.CopyText = &models.CopyTextButton{Text: b.Copy}
	default:
		return key, false
	}
	return key, key.Text != ""
}

// appendCopies adds a copy button per code, as far as the keyboard has room. A
// code that is too long to be copied by a button is still there to be read.
func appendCopies(rows [][]models.InlineKeyboardButton, codes []string, room int) [][]models.InlineKeyboardButton {
	var row []models.InlineKeyboardButton
	for i, code := range codes {
		if code == "" || length(code) > copyLimit || room == 0 {
			continue
		}
		label := "📋"
		if len(codes) > 1 {
			label += " " + strconv.Itoa(i+1)
		}
		row = append(row, models.InlineKeyboardButton{Text: label, CopyText: &models.CopyTextButton{Text: code}})
		room--
		if len(row) == copyPerRow {
			rows, row = append(rows, row), nil
		}
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows
}

func hasCopy(keyboard [][]flows.Button) bool {
	for _, row := range keyboard {
		for _, b := range row {
			if b.Copy != "" {
				return true
			}
		}
	}
	return false
}

func count(keyboard [][]flows.Button) int {
	n := 0
	for _, row := range keyboard {
		n += len(row)
	}
	return n
}
