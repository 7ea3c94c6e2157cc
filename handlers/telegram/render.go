package telegram

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
	"giftbot/order"
)

// Limits of a message (TELEGRAM.md §2.2).
const (
	textLimit   = 4096 // UTF-16 units after parsing
	labelLimit  = 64   // UTF-16 units of a button, beyond that clients cut it anyway
	copyLimit   = 256  // UTF-16 units of a copy button
	buttonLimit = 100  // buttons of a keyboard
	copyPerRow  = 3
	blockRoom   = 400 // units that stay for the words around codes
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
	codes := codesHTML(v.Codes, firstNumber(v))
	room := textLimit
	if codes != "" {
		room -= visible(codes) + 2
	}
	body := clip(r.blocks(lang, v.Blocks), room)
	if codes != "" {
		body = strings.TrimPrefix(body+"\n\n"+codes, "\n\n")
	}
	m := Message{Chat: chat, HTML: body, Keyboard: r.keyboard(lang, chat, v)}
	if len(v.Blocks) > 0 {
		m.Template = v.Blocks[0].Key
	}
	return m
}

// plain is the message without markup.
func (m Message) plain() string {
	return cutPlain(stripTags(m.HTML), textLimit)
}

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

// codesHTML shows codes, each under a spoiler, numbered when there are several.
// They are not monospace as well: a spoiler cannot contain code (Bot API,
// formatting options), Telegram would keep the code and drop the spoiler. The
// copy buttons do what tapping on code would.
func codesHTML(codes []string, first int) string {
	if len(codes) == 0 {
		return ""
	}
	var b strings.Builder
	shown := Fits(codes)
	for i, code := range codes[:shown] {
		if i > 0 {
			b.WriteByte('\n')
		}
		if len(codes) > 1 || first > 1 {
			b.WriteString(strconv.Itoa(first+i) + ". ")
		}
		b.WriteString("<tg-spoiler>" + escapeCode(code) + "</tg-spoiler>")
	}
	if left := len(codes) - shown; left > 0 {
		b.WriteString("\n… +" + strconv.Itoa(left))
	}
	return b.String()
}

// firstNumber is the number of the first code shown: on a later page of codes
// the view's copy buttons say so.
func firstNumber(v flows.View) int {
	for _, row := range v.Keyboard {
		for _, b := range row {
			if at := slices.Index(v.Codes, b.Copy); b.Copy != "" && at >= 0 {
				if n, ok := b.Label.Args["number"].(int); ok && n > at {
					return n - at
				}
			}
		}
	}
	return 1
}

// escapeCode escapes markup and nothing else: a code is shown exactly.
func escapeCode(code string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(code)
}

// Fits returns how many of the codes, from the first, one message can show
// whole next to its words. Callers with more make pages.
func Fits(codes []string) int {
	used := 0
	for i, code := range codes {
		used += length(code) + len(strconv.Itoa(i+1)) + len(". \n")
		if used > textLimit-blockRoom {
			return i
		}
	}
	return len(codes)
}

func (r *Renderer) keyboard(lang string, chat int64, v flows.View) [][]models.InlineKeyboardButton {
	rows := make([][]models.InlineKeyboardButton, 0, len(v.Keyboard)+1)
	if len(v.Codes) > 0 && !hasCopy(v.Keyboard) {
		rows = appendCopies(rows, v.Codes[:Fits(v.Codes)], buttonLimit-count(v.Keyboard))
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
