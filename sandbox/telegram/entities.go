package telegram

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf16"
)

func unitsOf(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// utf16Len is a text's length as Telegram counts it.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += unitsOf(r)
	}
	return n
}

// formatted reads a text or caption with its parse mode or explicit entities,
// trims it as Telegram does and finds links in it.
func formatted(source, mode, explicit string) (string, []Entity, *apiError) {
	text := source
	var entities []Entity
	switch strings.ToLower(mode) {
	case "html":
		var err *apiError
		if text, entities, err = parseHTML(source); err != nil {
			return "", nil, err
		}
	case "":
		var err *apiError
		if entities, err = explicitEntities(explicit, utf16Len(text)); err != nil {
			return "", nil, err
		}
	default:
		return "", nil, bad("unsupported parse_mode")
	}
	text, entities = fixEntities(text, entities)
	return text, entities, nil
}

func explicitEntities(raw string, length int) ([]Entity, *apiError) {
	var out []Entity
	if raw == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		return nil, bad("can't parse entities: expected an Array of MessageEntity")
	}
	for _, e := range out {
		if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > length {
			return nil, bad("entity begins or ends outside of the text")
		}
		if !knownEntity(e.Type) {
			return nil, bad("can't parse entities: unsupported type %q specified", e.Type)
		}
	}
	return out, nil
}

// fixEntities applies the rules that Telegram applies silently: the text is
// trimmed, code holds nothing and is part of nothing but a quote (a spoiler or
// bold around it is cut), quotes and links do not nest.
func fixEntities(text string, entities []Entity) (string, []Entity) {
	text, entities = trim(text, entities)
	sortEntities(entities)
	entities = cutAroundCode(entities)
	entities = dropNested(entities)
	entities = append(entities, findLinks(text, entities)...)
	sortEntities(entities)
	return text, entities
}

func sortEntities(es []Entity) {
	sort.SliceStable(es, func(i, j int) bool {
		if es[i].Offset != es[j].Offset {
			return es[i].Offset < es[j].Offset
		}
		return es[i].Length > es[j].Length
	})
}

func trim(text string, entities []Entity) (string, []Entity) {
	const space = " \t\r\n\v\u00a0"
	right := strings.TrimRight(text, space)
	left := strings.TrimLeft(right, space)
	cut := utf16Len(right) - utf16Len(left)
	length := utf16Len(left)
	out := entities[:0]
	for _, e := range entities {
		end := min(e.Offset+e.Length-cut, length)
		e.Offset = max(e.Offset-cut, 0)
		if e.Length = end - e.Offset; e.Length > 0 {
			out = append(out, e)
		}
	}
	return left, out
}

func isCode(e Entity) bool { return e.Type == "code" || e.Type == "pre" }

func isQuote(e Entity) bool { return e.Type == "blockquote" || e.Type == "expandable_blockquote" }

// isStyle tells the entities that Telegram splits where they meet code.
func isStyle(e Entity) bool {
	return slices.Contains([]string{"bold", "italic", "underline", "strikethrough", "spoiler"}, e.Type)
}

func overlaps(a, b Entity) bool { return a.Offset < b.Offset+b.Length && b.Offset < a.Offset+a.Length }

func cutAroundCode(entities []Entity) []Entity {
	var code, out []Entity
	for _, e := range entities {
		if isCode(e) && !slices.ContainsFunc(code, func(c Entity) bool { return overlaps(c, e) }) {
			code = append(code, e)
		}
	}
	for _, e := range entities {
		switch {
		case isCode(e) && !slices.Contains(code, e), !isCode(e) && !isQuote(e) && !isStyle(e) && slices.ContainsFunc(code, func(c Entity) bool { return overlaps(c, e) }):
		case isStyle(e):
			out = append(out, subtract(e, code)...)
		default:
			out = append(out, e)
		}
	}
	return out
}

// subtract returns the parts of e outside holes, which are sorted.
func subtract(e Entity, holes []Entity) []Entity {
	var out []Entity
	end := e.Offset + e.Length
	for _, h := range holes {
		if !overlaps(e, h) {
			continue
		}
		if h.Offset > e.Offset {
			part := e
			part.Length = h.Offset - e.Offset
			out = append(out, part)
		}
		e.Offset = min(h.Offset+h.Length, end)
		e.Length = end - e.Offset
	}
	if e.Length > 0 {
		out = append(out, e)
	}
	return out
}

// dropNested removes an entity that starts inside another of its own kind.
func dropNested(entities []Entity) []Entity {
	ends := map[string]int{}
	var out []Entity
	for _, e := range entities {
		kind := e.Type
		if isQuote(e) {
			kind = "blockquote"
		}
		if e.Offset < ends[kind] {
			continue
		}
		ends[kind] = e.Offset + e.Length
		out = append(out, e)
	}
	return out
}

// linkPattern finds web links and commands.
var linkPattern = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,!?;:)]|/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]+)?`)

// findLinks adds what Telegram recognises by itself: web links and commands.
func findLinks(text string, taken []Entity) []Entity {
	var out []Entity
	for _, at := range linkPattern.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		e := Entity{Type: "url", Offset: utf16Len(text[:at[0]]), Length: utf16Len(found)}
		if strings.HasPrefix(found, "/") {
			e.Type = "bot_command"
			if !standsAlone(text, at[0], at[1]) {
				continue
			}
		}
		free := func(t Entity) bool { return (isCode(t) || t.Type == "text_link") && overlaps(t, e) }
		if !slices.ContainsFunc(taken, free) {
			out = append(out, e)
		}
	}
	return out
}

func standsAlone(text string, start, end int) bool {
	before := start == 0 || strings.ContainsRune(" \n\t([{,.;:—·", lastRune(text[:start]))
	after := end == len(text) || text[end] != '/' && text[end] != '_' && !isAlpha(text[end])
	return before && after
}

func lastRune(s string) rune {
	var last rune
	for _, r := range s[max(0, len(s)-4):] {
		last = r
	}
	return last
}

// checkedLink is the link as Telegram keeps it, or "" when it is none.
func checkedLink(raw string) string {
	raw = strings.TrimSpace(raw)
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "tg", "mailto", "tel":
	case "":
		if !strings.Contains(raw, ".") || strings.ContainsAny(raw, " \n") {
			return ""
		}
		return checkedLink("http://" + raw)
	default:
		return ""
	}
	if u.Path == "" && strings.HasPrefix(u.Scheme, "http") {
		u.Path = "/"
	}
	return u.String()
}

// cutUTF16 returns a piece of a text by UTF-16 offsets.
func cutUTF16(s string, offset, length int) string {
	units := utf16.Encode([]rune(s))
	if offset < 0 || length < 0 || offset+length > len(units) {
		return ""
	}
	return string(utf16.Decode(units[offset : offset+length]))
}
