package locales

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/nicksnyder/go-i18n/v2/i18n"
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
	plain   map[string]string // every text; of plurals the form "other"
	plurals map[string]bool
	speaker *i18n.Localizer
	format  format
}

// New reads the embedded files. It fails on a file that cannot be read or
// lacks a format.
func New() (*Catalogue, error) {
	c := &Catalogue{books: map[string]*book{}}
	bundle := i18n.NewBundle(language.MustParse(Default))
	for _, code := range offered() {
		raw, err := files.ReadFile(code + ".json")
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", code, err)
		}
		b, err := read(bundle, code, raw)
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", code, err)
		}
		c.books[code] = b
		c.languages = append(c.languages, Language{Code: code, Name: b.plain["format.language"]})
	}
	return c, nil
}

func read(bundle *i18n.Bundle, code string, raw []byte) (*book, error) {
	file, err := i18n.ParseMessageFileBytes(raw, code+".json", map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return nil, err
	}
	if err = bundle.AddMessages(file.Tag, file.Messages...); err != nil {
		return nil, err
	}
	b := &book{plain: map[string]string{}, plurals: map[string]bool{}, speaker: i18n.NewLocalizer(bundle, code)}
	for _, m := range file.Messages {
		b.plurals[m.ID] = isCounted(m)
		b.plain[m.ID] = m.Other
	}
	b.format, err = newFormat(b.plain)
	return b, err
}

// isCounted tells plural forms from a text. A language with one form only
// (zh) is recognised by the count itself.
func isCounted(m *i18n.Message) bool {
	return m.One+m.Few+m.Many+m.Two+m.Zero != "" || strings.Contains(m.Other, "{count}")
}

// Languages lists what is offered, the default first.
func (c *Catalogue) Languages() []Language { return append([]Language(nil), c.languages...) }

// Name returns the language's own name, the code itself when it is not offered.
func (c *Catalogue) Name(code string) string {
	if b, ok := c.books[code]; ok {
		return b.plain["format.language"]
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
	text, ok := c.book(lang).plain[key]
	if !ok {
		c.missing.Add(1)
		return key
	}
	return c.fill(text, args)
}

// Plural returns the form of a text that the language uses with count, which
// {count} shows. Otherwise it is as Text.
func (c *Catalogue) Plural(lang, key string, count int, args map[string]any) string {
	b := c.book(lang)
	if !b.plurals[key] {
		return c.Text(lang, key, args)
	}
	form, err := b.speaker.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: count, TemplateParser: asIs{}})
	if err != nil {
		c.missing.Add(1)
		if form == "" {
			return key
		}
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
