package telegram

import (
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escape makes text safe inside Telegram's HTML, attributes included. Control
// characters go, and so do the marks that turn the reading direction around:
// a name must not be able to rewrite the line it stands in.
func escape(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case dropped(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == '&' || c == '<' || c == '>' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// dropped reports characters that no argument may bring along.
func dropped(r rune) bool {
	switch {
	case r == utf8.RuneError, r < ' ' && r != '\n', r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // direction overrides
		return true
	default:
		return false
	}
}

// clean is escape for places without markup: labels and short answers.
func clean(s string) string {
	if plainASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if dropped(r) {
			return -1
		}
		return r
	}, s)
}

// stripTags returns what a person would read of our own HTML.
func stripTags(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			break
		}
		b.WriteString(s[:open])
		s = s[open+end+1:]
	}
	b.WriteString(s)
	return html.UnescapeString(b.String())
}

func units(r rune) int {
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// length counts the UTF-16 units of plain text.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += units(r)
	}
	return n
}

// cutPlain shortens plain text to a number of UTF-16 units.
func cutPlain(s string, limit int) string {
	if len(s) <= limit || length(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n+units(r) > limit-1 {
			return s[:i] + "…"
		}
		n += units(r)
	}
	return s
}

// visible counts the UTF-16 units a person sees of our HTML: what Telegram
// counts after parsing.
func visible(s string) int {
	n := 0
	for len(s) > 0 {
		size, weight, _ := nextPiece(s)
		n += weight
		s = s[size:]
	}
	return n
}

// nextPiece returns the bytes of the tag, entity or character that s begins
// with, how many UTF-16 units it shows, and the tag.
func nextPiece(s string) (size, weight int, tag string) {
	switch s[0] {
	case '<':
		if end := strings.IndexByte(s, '>'); end > 0 {
			return end + 1, 0, s[1:end]
		}
	case '&':
		if end := strings.IndexByte(s, ';'); end > 0 && end < 10 {
			return end + 1, length(html.UnescapeString(s[:end+1])), ""
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	return size, units(r), ""
}

// clip shortens our HTML to a number of visible UTF-16 units, never inside a
// tag or entity, and closes what is open.
func clip(s string, limit int) string {
	if len(s) <= limit || visible(s) <= limit {
		return s
	}
	if limit < 1 {
		return ""
	}
	var open []string
	n, at := 0, 0
	for at < len(s) {
		size, weight, tag := nextPiece(s[at:])
		if n+weight > limit-1 {
			break
		}
		open = nest(open, tag)
		n += weight
		at += size
	}
	var b strings.Builder
	b.WriteString(s[:at])
	b.WriteString("…")
	for i := len(open) - 1; i >= 0; i-- {
		b.WriteString("</" + open[i] + ">")
	}
	return b.String()
}

// nest keeps the names of the tags that are open.
func nest(open []string, tag string) []string {
	switch {
	case tag == "":
		return open
	case tag[0] == '/':
		if len(open) > 0 {
			return open[:len(open)-1]
		}
		return open
	default:
		name, _, _ := strings.Cut(tag, " ")
		return append(open, name)
	}
}
