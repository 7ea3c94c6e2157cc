package telegram

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseHTML turns Telegram's HTML into the text that people see and its
// entities. It accepts and refuses what the official server does, in its words.
func parseHTML(source string) (string, []Entity, *apiError) {
	p := &htmlParser{src: source}
	for p.pos < len(p.src) {
		var err *apiError
		switch c := p.src[p.pos]; {
		case c == '&':
			p.reference()
		case c != '<':
			p.char()
		case p.peek(1) == '/':
			err = p.closeTag()
		default:
			err = p.openTag()
		}
		if err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, bad("can't parse entities: Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	return p.out.String(), p.entities, nil
}

type htmlTag struct {
	name, arg  string
	start      int // UTF-16 offset
	startBytes int
}

type htmlParser struct {
	src      string
	pos      int
	out      strings.Builder
	units    int // UTF-16 units written
	open     []htmlTag
	entities []Entity
}

func (p *htmlParser) peek(ahead int) byte {
	if p.pos+ahead < len(p.src) {
		return p.src[p.pos+ahead]
	}
	return 0
}

func (p *htmlParser) write(r rune) {
	p.out.WriteRune(r)
	p.units += unitsOf(r)
}

func (p *htmlParser) char() {
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += size
	p.write(r)
}

func (p *htmlParser) reference() {
	if r, size := decodeReference(p.src[p.pos:]); size > 0 {
		p.pos += size
		p.write(r)
		return
	}
	p.char()
}

// decodeReference reads &lt; &gt; &amp; &quot; and numeric references; the
// semicolon may be missing. Others are plain text (size 0).
func decodeReference(s string) (rune, int) {
	end := 1
	if strings.HasPrefix(s, "&#") {
		return decodeNumber(s)
	}
	for end < len(s) && isAlpha(s[end]) {
		end++
	}
	var r rune
	switch s[1:end] {
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "amp":
		r = '&'
	case "quot":
		r = '"'
	default:
		return 0, 0
	}
	return r, skipSemicolon(s, end)
}

func decodeNumber(s string) (rune, int) {
	start, base := 2, 10
	if len(s) > 2 && s[2] == 'x' {
		start, base = 3, 16
	}
	end := start
	for end < len(s) && isDigit(s[end], base) {
		end++
	}
	n, err := strconv.ParseUint(s[start:end], base, 32)
	if err != nil || n == 0 || n >= 0x10ffff || end >= 10 || !utf8.ValidRune(rune(n)) {
		return 0, 0
	}
	return rune(n), skipSemicolon(s, end)
}

func skipSemicolon(s string, end int) int {
	if end < len(s) && s[end] == ';' {
		return end + 1
	}
	return end
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte, base int) bool {
	return '0' <= c && c <= '9' || base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\r\n\v\x00", c) >= 0 }

// until moves to the first byte that stop accepts, or to the end.
func (p *htmlParser) until(stop func(byte) bool) string {
	start := p.pos
	for p.pos < len(p.src) && !stop(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func (p *htmlParser) skipSpace() { p.until(func(c byte) bool { return !isSpace(c) }) }

func tagEnd(c byte) bool { return isSpace(c) || c == '>' }

func (p *htmlParser) openTag() *apiError {
	begin := p.pos
	p.pos++
	tag := htmlTag{name: strings.ToLower(p.until(tagEnd)), start: p.units, startBytes: p.out.Len()}
	if p.pos == len(p.src) {
		return bad("can't parse entities: Unclosed start tag at byte offset %d", begin)
	}
	if entityType(tag.name) == "" {
		return bad("can't parse entities: Unsupported start tag %q at byte offset %d", tag.name, begin)
	}
	for p.peek(0) != '>' {
		if err := p.attribute(&tag, begin); err != nil {
			return err
		}
	}
	p.pos++
	if tag.name == "span" && tag.arg != "spoiler" {
		return bad(`can't parse entities: Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	p.open = append(p.open, tag)
	return nil
}

func (p *htmlParser) attribute(tag *htmlTag, begin int) *apiError {
	p.skipSpace()
	if p.peek(0) == '>' {
		return nil
	}
	unclosed := bad("can't parse entities: Unclosed start tag at byte offset %d", begin)
	name := p.until(func(c byte) bool { return isSpace(c) || strings.IndexByte(`=>/"'`, c) >= 0 })
	if p.pos == len(p.src) {
		return unclosed
	}
	if name == "" {
		return bad("can't parse entities: Empty attribute name in the tag %q at byte offset %d", tag.name, begin)
	}
	p.skipSpace()
	value := ""
	if p.peek(0) == '=' {
		p.pos++
		p.skipSpace()
		var err *apiError
		if value, err = p.attributeValue(); err != nil {
			return err
		}
	}
	if p.pos == len(p.src) {
		return unclosed
	}
	tag.take(name, value)
	return nil
}

func (p *htmlParser) attributeValue() (string, *apiError) {
	quote := p.peek(0)
	if quote != '"' && quote != '\'' {
		start := p.pos
		token := p.until(func(c byte) bool { return !isAlpha(c) && !isDigit(c, 10) && c != '.' && c != '-' })
		if c := p.peek(0); p.pos < len(p.src) && !tagEnd(c) {
			return "", bad("can't parse entities: Unexpected end of name token at byte offset %d", start)
		}
		return strings.ToLower(token), nil
	}
	p.pos++
	var value strings.Builder
	for p.pos < len(p.src) && p.src[p.pos] != quote {
		if r, size := decodeReference(p.src[p.pos:]); p.src[p.pos] == '&' && size > 0 {
			value.WriteRune(r)
			p.pos += size
			continue
		}
		value.WriteByte(p.src[p.pos])
		p.pos++
	}
	if p.pos < len(p.src) {
		p.pos++
	}
	return value.String(), nil
}

func (t *htmlTag) take(name, value string) {
	switch {
	case t.name == "a" && name == "href":
		t.arg = value
	case t.name == "code" && name == "class" && strings.HasPrefix(value, "language-"):
		t.arg = strings.TrimPrefix(value, "language-")
	case t.name == "span" && name == "class" && strings.HasPrefix(value, "tg-"):
		t.arg = strings.TrimPrefix(value, "tg-")
	case t.name == "blockquote" && name == "expandable":
		t.arg = "1"
	}
}

func (p *htmlParser) closeTag() *apiError {
	begin := p.pos
	if len(p.open) == 0 {
		return bad("can't parse entities: Unexpected end tag at byte offset %d", begin)
	}
	p.pos += 2
	name := strings.ToLower(p.until(tagEnd))
	p.skipSpace()
	if p.peek(0) != '>' {
		return bad("can't parse entities: Unclosed end tag at byte offset %d", begin)
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return bad(`can't parse entities: Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units > tag.start {
		p.emit(tag)
	}
	return nil
}

// emit adds the entity of a closed tag; <pre> around <code class=language-…>
// becomes one entity.
func (p *htmlParser) emit(tag htmlTag) {
	e := Entity{Type: entityType(tag.name), Offset: tag.start, Length: p.units - tag.start}
	switch {
	case e.Type == "text_link":
		e.URL = tag.arg
		if e.URL == "" {
			e.URL = p.out.String()[tag.startBytes:]
		}
		if e.URL = checkedLink(e.URL); e.URL == "" {
			return
		}
	case e.Type == "blockquote" && tag.arg != "":
		e.Type = "expandable_blockquote"
	case e.Type == "code":
		e.Language = tag.arg
	case e.Type == "pre" && len(p.entities) > 0:
		last := &p.entities[len(p.entities)-1]
		if last.Type == "code" && last.Offset == e.Offset && last.Length == e.Length && last.Language != "" {
			last.Type = "pre"
			return
		}
	}
	p.entities = append(p.entities, e)
}

func entityType(tag string) string {
	switch tag {
	case "b", "strong":
		return "bold"
	case "i", "em":
		return "italic"
	case "u", "ins":
		return "underline"
	case "s", "strike", "del":
		return "strikethrough"
	case "tg-spoiler", "span":
		return "spoiler"
	case "a":
		return "text_link"
	case "code", "pre", "blockquote":
		return tag
	}
	return ""
}

func knownEntity(kind string) bool {
	return slices.Contains([]string{"bold", "italic", "underline", "strikethrough", "spoiler", "text_link",
		"code", "pre", "blockquote", "expandable_blockquote", "url", "bot_command"}, kind)
}
