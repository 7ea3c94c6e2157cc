package telegram

import (
	"bytes"
	"encoding/json"
	"net"
	"net/url"
	"strings"
)

const (
	maxButtonsPerRow = 8
	maxButtons       = 100
	maxCallbackData  = 64 // bytes
	maxCopyText      = 256
)

// markup is a parsed reply_markup: an inline keyboard, or what it does to the
// reply keyboard of the chat.
type markup struct {
	inline *inlineMarkup
	reply  [][]string
	change bool // the reply keyboard is replaced by reply (nil: removed)
}

// readMarkup checks a reply_markup; edits take inline keyboards only.
func readMarkup(raw string, inlineOnly bool) (markup, *apiError) {
	if raw == "" {
		return markup{}, nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &fields) != nil || fields == nil {
		return markup{}, bad("object expected as reply markup")
	}
	if rows, ok := fields["inline_keyboard"]; ok {
		inline, err := readInline(rows)
		return markup{inline: inline}, err
	}
	if inlineOnly && len(fields) > 0 {
		return markup{}, bad("inline keyboard expected")
	}
	switch {
	case fields["keyboard"] != nil:
		rows, err := readReplyKeyboard(fields["keyboard"])
		return markup{reply: rows, change: true}, err
	case string(fields["remove_keyboard"]) == "true":
		return markup{change: true}, nil
	case len(fields) == 0, string(fields["force_reply"]) == "true":
		return markup{}, nil
	}
	return markup{}, bad("can't parse reply keyboard markup JSON object")
}

func readInline(raw json.RawMessage) (*inlineMarkup, *apiError) {
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil || rows == nil {
		return nil, bad(`can't parse inline keyboard: field "inline_keyboard" must be of type Array`)
	}
	out := &inlineMarkup{Rows: [][]inlineButton{}}
	total := 0
	for _, rawRow := range rows {
		var row []json.RawMessage
		if json.Unmarshal(rawRow, &row) != nil || row == nil {
			return nil, bad("can't parse inline keyboard: keyboard row must be of type Array")
		}
		total += len(row)
		if len(row) > maxButtonsPerRow || total > maxButtons {
			return nil, bad("REPLY_MARKUP_TOO_LONG")
		}
		buttons, err := readRow(row)
		if err != nil {
			return nil, err
		}
		if len(buttons) > 0 {
			out.Rows = append(out.Rows, buttons)
		}
	}
	if len(out.Rows) == 0 {
		return nil, nil
	}
	return out, nil
}

func readRow(row []json.RawMessage) ([]inlineButton, *apiError) {
	var out []inlineButton
	for _, raw := range row {
		b, err := readButton(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func readButton(raw json.RawMessage) (inlineButton, *apiError) {
	var b inlineButton
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return b, bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
	}
	if fields["text"] == nil {
		return b, bad(`can't parse inline keyboard button: Can't find field "text"`)
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, bad("can't parse inline keyboard button: a field has a wrong type")
	}
	for name := range fields {
		switch name {
		case "text", "style", "url", "callback_data", "copy_text":
		default:
			return b, bad("can't parse inline keyboard button: the sandbox knows no button with %q", name)
		}
	}
	return b, checkButton(b, fields)
}

func checkButton(b inlineButton, fields map[string]json.RawMessage) *apiError {
	actions := 0
	for _, name := range []string{"url", "callback_data", "copy_text"} {
		if fields[name] != nil {
			actions++
		}
	}
	switch {
	case strings.TrimSpace(b.Text) == "":
		return bad("can't parse inline keyboard button: button text must be non-empty")
	case actions == 0:
		return bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case actions > 1:
		return bad("can't parse inline keyboard button: exactly one of the optional fields must be used")
	case fields["callback_data"] != nil && (b.CallbackData == "" || len(b.CallbackData) > maxCallbackData):
		return bad("BUTTON_DATA_INVALID")
	case fields["copy_text"] != nil && (b.CopyText == nil || b.CopyText.Text == "" || utf16Len(b.CopyText.Text) > maxCopyText):
		return bad("BUTTON_COPY_TEXT_INVALID")
	case fields["url"] != nil:
		return checkButtonURL(b.URL)
	case b.Style != "" && b.Style != "danger" && b.Style != "success" && b.Style != "primary":
		return bad("can't parse inline keyboard button: unsupported style specified")
	}
	return nil
}

// checkButtonURL takes https and tg links, and plain http only on loopback,
// where the sandbox lives.
func checkButtonURL(raw string) *apiError {
	u, err := url.Parse(raw)
	if err == nil {
		switch u.Scheme {
		case "https":
			if strings.Contains(u.Hostname(), ".") || isLoopback(u.Hostname()) {
				return nil
			}
		case "http":
			if isLoopback(u.Hostname()) {
				return nil
			}
		case "tg":
			return nil
		}
	}
	return bad("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", raw)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func readReplyKeyboard(raw json.RawMessage) ([][]string, *apiError) {
	var rows [][]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil || rows == nil {
		return nil, bad(`can't parse keyboard: field "keyboard" must be an Array of Arrays`)
	}
	var out [][]string
	for _, row := range rows {
		var texts []string
		for _, cell := range row {
			button := struct{ Text string }{}
			if json.Unmarshal(cell, &button.Text) != nil && json.Unmarshal(cell, &button) != nil || button.Text == "" {
				return nil, bad("can't parse keyboard button: text must be a non-empty String")
			}
			texts = append(texts, button.Text)
		}
		out = append(out, texts)
	}
	return out, nil
}

func sameMarkup(a, b *inlineMarkup) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
