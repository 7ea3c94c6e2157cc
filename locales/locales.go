package locales

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Default is the language people get whose own is not offered.
const Default = "en"

// offered lists the language files, the default first, in the order shown.
func offered() []string { return []string{Default, "ru"} }

// Language is one offered language.
type Language struct {
	Code string // "en", "ru": the file's name
	Name string // its own name: "Русский"
}

// Catalogue is all texts in memory, safe for concurrent use.
type Catalogue struct {
	languages []Language
	books     map[string]*book
	missing   atomic.Int64
}

// book is one language, ready to be read.
type book struct {
	tag    language.Tag
	texts  map[string]text
	format format
}

// text is what a file says under one key. A text without forms is all "other".
type text struct {
	other string
	forms map[string]string // by the CLDR's name: "one", "few"; nil when the count does not matter
}

// New reads the embedded files. It fails on a file that cannot be read or
// lacks a format.
func New() (*Catalogue, error) {
	c := &Catalogue{books: map[string]*book{}}
	for _, code := range offered() {
		raw, err := files.ReadFile(code + ".json")
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", code, err)
		}
		b, err := read(code, raw)
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", code, err)
		}
		c.books[code] = b
		c.languages = append(c.languages, Language{Code: code, Name: b.name()})
	}
	return c, nil
}

func read(code string, raw []byte) (*book, error) {
	tag, err := language.Parse(code)
	if err != nil {
		return nil, err
	}
	b := &book{tag: tag, texts: map[string]text{}}
	if err = json.Unmarshal(raw, &b.texts); err != nil {
		return nil, err
	}
	b.format, err = newFormat(b.texts)
	return b, err
}

// UnmarshalJSON reads "text", or {"one": "text", "other": "texts"}.
func (t *text) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] != '{' {
		return json.Unmarshal(raw, &t.other)
	}
	if err := json.Unmarshal(raw, &t.forms); err != nil {
		return err
	}
	t.other = t.forms["other"]
	return nil
}

func (b *book) name() string { return b.texts["format.language"].other }

// of is the text that the language uses with a count, and whether its file has
// that form.
func (t text) of(tag language.Tag, count int) (string, bool) {
	if t.forms == nil {
		return t.other, true
	}
	whole := max(count, -count) % 10_000_000 // all that the rules look at
	if form, ok := t.forms[formName(plural.Cardinal.MatchPlural(tag, whole, 0, 0, 0, 0))]; ok {
		return form, true
	}
	return t.other, false
}

// formName is the CLDR's name of a plural form.
func formName(f plural.Form) string {
	switch f {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	default:
		return "other"
	}
}

// Languages lists what is offered, the default first.
func (c *Catalogue) Languages() []Language { return append([]Language(nil), c.languages...) }

// Name returns the language's own name, the code itself when it is not offered.
func (c *Catalogue) Name(code string) string {
	if b, ok := c.books[code]; ok {
		return b.name()
	}
	return code
}

// Match returns the offered language for a client's language code: "ru-RU" is
// "ru", anything unknown is Default.
func (c *Catalogue) Match(code string) string { return Match(code, offered()) }

// Codes lists the offered language codes, the default first.
func Codes() []string { return offered() }

// Match returns the language out of a list that a client's code asks for: the
// code itself, else the first with the same base language, else the first of
// the list ("" if the list is empty).
func Match(code string, offered []string) string {
	base := baseOf(code)
	best := ""
	for _, o := range offered {
		if strings.EqualFold(o, code) {
			return o
		}
		if best == "" && base != "" && baseOf(o) == base {
			best = o
		}
	}
	if best == "" && len(offered) > 0 {
		return offered[0]
	}
	return best
}

func baseOf(code string) string {
	if at := strings.IndexAny(code, "-_"); at >= 0 {
		code = code[:at]
	}
	return strings.ToLower(code)
}

// Text returns a text with its placeholders filled. Arguments are strings or
// integers and are not escaped here. A missing key is answered by the key, a
// missing argument by the placeholder; both are counted by Missing.
func (c *Catalogue) Text(lang, key string, args map[string]any) string {
	t, ok := c.book(lang).texts[key]
	if !ok {
		c.missing.Add(1)
		return key
	}
	return c.fill(t.other, args)
}

// Plural returns the form of a text that the language uses with count, which
// {count} shows. Otherwise it is as Text.
func (c *Catalogue) Plural(lang, key string, count int, args map[string]any) string {
	b := c.book(lang)
	t, ok := b.texts[key]
	if !ok {
		c.missing.Add(1)
		return key
	}
	form, ok := t.of(b.tag, count)
	if !ok {
		c.missing.Add(1)
	}
	return c.fill(form, withCount(args, count))
}

// Missing counts texts and arguments that were asked for and not there.
func (c *Catalogue) Missing() int64 { return c.missing.Load() }

func (c *Catalogue) book(lang string) *book {
	if b, ok := c.books[lang]; ok {
		return b
	}
	return c.books[Default]
}

func (c *Catalogue) fill(text string, args map[string]any) string {
	filled, err := fill(text, args)
	if err != nil {
		c.missing.Add(1)
	}
	return filled
}

func withCount(args map[string]any, count int) map[string]any {
	if _, set := args["count"]; set {
		return args
	}
	all := map[string]any{"count": count}
	for k, v := range args {
		all[k] = v
	}
	return all
}

// errArgument is returned when a placeholder has no argument.
var errArgument = errors.New("placeholder without an argument")
