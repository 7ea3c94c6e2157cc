package locales

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// entry is a text as its file has it: one form under "other", or several.
type entry map[string]string

func load(t *testing.T, code string) map[string]entry {
	t.Helper()
	raw, err := files.ReadFile(code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var loose map[string]any
	if err := json.Unmarshal(raw, &loose); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	all := map[string]entry{}
	for key, value := range loose {
		switch value := value.(type) {
		case string:
			all[key] = entry{"other": value}
		case map[string]any:
			forms := entry{"": ""}
			for form, text := range value {
				forms[form], _ = text.(string)
			}
			delete(forms, "")
			all[key] = forms
		}
	}
	return all
}

// forms are the CLDR plural forms a whole number can take in a language.
func forms(code string) []string {
	switch code {
	case "en", "es", "pt-BR":
		return []string{"one", "other"}
	case "ru":
		return []string{"few", "many", "one", "other"}
	case "ar":
		return []string{"few", "many", "one", "other", "two", "zero"}
	default:
		return []string{"other"}
	}
}

func catalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func placeholders(text string) []string {
	found := regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	base := load(t, Default)
	for _, code := range offered() {
		other := load(t, code)
		for key := range base {
			if _, ok := other[key]; !ok {
				t.Errorf("%s lacks %s", code, key)
			}
		}
		for key, forms := range other {
			if _, ok := base[key]; !ok {
				t.Errorf("%s has %s, which %s does not", code, key, Default)
			}
			for form, text := range forms {
				if key != "format.group" && strings.TrimSpace(text) == "" {
					t.Errorf("%s %s %s is empty", code, key, form)
				}
			}
		}
	}
}

func TestPlaceholdersAgree(t *testing.T) {
	base := load(t, Default)
	for _, code := range offered() {
		for key, texts := range load(t, code) {
			want := placeholders(base[key]["other"])
			for form, text := range texts {
				// A form for exactly one piece may say it in a word.
				got := placeholders(text)
				if form == "one" || form == "zero" || form == "two" {
					got = withoutCount(got)
					if slices.Equal(got, withoutCount(want)) {
						continue
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %s %s: placeholders %v, want %v", code, key, form, got, want)
				}
			}
		}
	}
}

func withoutCount(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "{count}" })
}

// In Russian "one" is also 21, 31, 101: it cannot leave the number out.
func TestRussianOneShowsTheNumber(t *testing.T) {
	for key, texts := range load(t, "ru") {
		if one, ok := texts["one"]; ok && !strings.Contains(one, "{count}") {
			t.Errorf("%s one has no {count}: %q", key, one)
		}
	}
}

func TestPluralForms(t *testing.T) {
	base := load(t, Default)
	for _, code := range offered() {
		for key, texts := range load(t, code) {
			if len(base[key]) == 1 {
				if len(texts) != 1 {
					t.Errorf("%s %s has plural forms, %s has none", code, key, Default)
				}
				continue
			}
			var got []string
			for form := range texts {
				got = append(got, form)
			}
			slices.Sort(got)
			if !slices.Equal(got, forms(code)) {
				t.Errorf("%s %s: forms %v, want %v", code, key, got, forms(code))
			}
		}
	}
}

func TestHTMLIsBalancedAndTelegramKnowsIt(t *testing.T) {
	tag := regexp.MustCompile(`<(/?)([a-z-]+)([^>]*)>`)
	for _, code := range offered() {
		for key, texts := range load(t, code) {
			for form, text := range texts {
				var open []string
				for _, m := range tag.FindAllStringSubmatch(text, -1) {
					if !slices.Contains([]string{"b", "i", "code", "a"}, m[2]) {
						t.Errorf("%s %s %s: tag <%s>", code, key, form, m[2])
					}
					if m[1] == "" {
						open = append(open, m[2])
						continue
					}
					if len(open) == 0 || open[len(open)-1] != m[2] {
						t.Errorf("%s %s %s: </%s> closes nothing", code, key, form, m[2])
						continue
					}
					open = open[:len(open)-1]
				}
				rest := tag.ReplaceAllString(text, "")
				if len(open) > 0 || strings.ContainsAny(rest, "<>&") {
					t.Errorf("%s %s %s: unbalanced or unescaped: %q", code, key, form, text)
				}
			}
		}
	}
}

func TestLengthsAndPlainPlaces(t *testing.T) {
	for _, code := range offered() {
		for key, texts := range load(t, code) {
			for form, text := range texts {
				limit := 700
				switch {
				case strings.HasPrefix(key, "b."):
					limit = 32
				case strings.HasPrefix(key, "toast."):
					limit = 120
				case strings.HasPrefix(key, "command."):
					limit = 60
				}
				if n := len([]rune(text)); n > limit {
					t.Errorf("%s %s %s: %d characters, limit %d", code, key, form, n, limit)
				}
				if limit < 700 && strings.Contains(text, "<") {
					t.Errorf("%s %s %s: markup where none is shown", code, key, form)
				}
			}
		}
	}
}

func TestNoJargonBeforeABuyer(t *testing.T) {
	for _, code := range offered() {
		for key, texts := range load(t, code) {
			for _, text := range texts {
				for _, word := range []string{"gateway", "webhook", "idempot", "redis", "invoice", "шлюз", "вебхук", "инвойс"} {
					if strings.Contains(strings.ToLower(text), word) {
						t.Errorf("%s %s says %q", code, key, word)
					}
				}
			}
		}
	}
}

// Every text is used by somebody and every used text exists. Keys are looked
// for as literals in the packages that show texts.
func TestKeysUsedAndKeysThere(t *testing.T) {
	used := map[string]string{}
	for _, folder := range []string{"../flows", "../handlers/telegram"} {
		for key, file := range literals(t, folder) {
			used[key] = file
		}
	}
	base := load(t, Default)
	for key, file := range used {
		if _, ok := base[key]; !ok && strings.Contains(file, "flows") {
			t.Errorf("%s uses %q, which no language has", file, key)
		}
	}
	for key := range base {
		if _, ok := used[key]; !ok && !strings.HasPrefix(key, "format.") {
			t.Errorf("nobody uses %q", key)
		}
	}
	if len(used) < 100 {
		t.Errorf("only %d keys found: is the search broken?", len(used))
	}
}

func literals(t *testing.T, folder string) map[string]string {
	t.Helper()
	key := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && key.MatchString(text) {
					found[text] = name
				}
			}
			return true
		})
	}
	return found
}

func TestMatch(t *testing.T) {
	c := catalogue(t)
	for code, want := range map[string]string{
		"en": "en", "ru": "ru", "ru-RU": "ru", "RU": "ru", "ru_RU": "ru", "en-GB": "en",
		"de": "en", "uk": "en", "": "en", "-": "en", "russian": "en", strings.Repeat("x", 5000): "en",
	} {
		if got := c.Match(code); got != want {
			t.Errorf("%.20q: %q, want %q", code, got, want)
		}
	}
	six := []string{"en", "ru", "es", "pt-BR", "ar", "zh-Hans"}
	for code, want := range map[string]string{"pt": "pt-BR", "pt-br": "pt-BR", "pt-PT": "pt-BR", "es-419": "es", "zh-CN": "zh-Hans", "zh-hans": "zh-Hans", "ar-EG": "ar"} {
		if got := Match(code, six); got != want {
			t.Errorf("of six, %q: %q, want %q", code, got, want)
		}
	}
	if got := Match("de", []string{"ru", "en"}); got != "ru" {
		t.Errorf("the first is the default, got %q", got)
	}
	if got := Match("de", nil); got != "" {
		t.Errorf("nothing offered: %q", got)
	}
}

func TestLanguages(t *testing.T) {
	c := catalogue(t)
	want := []Language{{"en", "English"}, {"ru", "Русский"}}
	if got := c.Languages(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if c.Name("ru") != "Русский" || c.Name("xx") != "xx" {
		t.Error("names")
	}
	if !slices.Equal(Codes(), []string{"en", "ru"}) {
		t.Error("codes")
	}
}

func TestPluralsInRussian(t *testing.T) {
	c := catalogue(t)
	for count, want := range map[int]string{
		0: "пришло 0 кодов", 1: "пришёл 1 код", 2: "пришло 2 кода", 5: "пришло 5 кодов", 11: "пришло 11 кодов",
		12: "пришло 12 кодов", 21: "пришёл 21 код", 22: "пришло 22 кода", 25: "пришло 25 кодов", 100: "пришло 100 кодов", 111: "пришло 111 кодов",
	} {
		if got := c.Plural("ru", "timeline.bought", count, nil); got != want {
			t.Errorf("%d: %q, want %q", count, got, want)
		}
	}
	if got := c.Plural("en", "timeline.bought", 1, nil); got != "1 code arrived" {
		t.Errorf("%q", got)
	}
	if got := c.Plural("de", "timeline.bought", 3, nil); got != "3 codes arrived" {
		t.Errorf("an unknown language: %q", got)
	}
	if c.Missing() != 0 {
		t.Errorf("%d missing", c.Missing())
	}
}

func TestWhatIsMissingIsCountedAndNeverPanics(t *testing.T) {
	c := catalogue(t)
	if got := c.Text("en", "no.such", nil); got != "no.such" || c.Missing() != 1 {
		t.Errorf("%q, %d", got, c.Missing())
	}
	if got := c.Plural("ru", "no.such", 2, nil); got != "no.such" || c.Missing() != 2 {
		t.Errorf("%q, %d", got, c.Missing())
	}
	if got := c.Text("en", "b.pay", nil); got != "Pay {amount}" || c.Missing() != 3 {
		t.Errorf("%q, %d", got, c.Missing())
	}
	if got := c.Plural("en", "b.home", 2, nil); got != "🏠 Home" || c.Missing() != 3 {
		t.Errorf("a text without forms: %q, %d", got, c.Missing())
	}
}

func TestArgumentsAreNotReadAgain(t *testing.T) {
	c := catalogue(t)
	got := c.Text("en", "checkout.line", map[string]any{"name": "{quantity}<b>", "quantity": 2})
	if got != "{quantity}<b> × 2" {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{"{": "{", "a{b": "a{b", "}{x}": "}1", "{x}{x}": "11", "": ""} {
		if got, _ := fill(text, map[string]any{"x": int64(1)}); got != want {
			t.Errorf("fill(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMoney(t *testing.T) {
	c := catalogue(t)
	for _, m := range []struct{ amount, en, ru string }{
		{"12.50", "$12.50", "12,50\u00a0$"},
		{"12.5", "$12.50", "12,50\u00a0$"},
		{"3", "$3.00", "3,00\u00a0$"},
		{"0.000001", "$0.000001", "0,000001\u00a0$"},
		{"1234567.89", "$1,234,567.89", "1\u00a0234\u00a0567,89\u00a0$"},
		{"123456.00", "$123,456.00", "123\u00a0456,00\u00a0$"},
		{"-1.20", "−$1.20", "−1,20\u00a0$"},
	} {
		if en, ru := c.Money("en", m.amount), c.Money("ru", m.amount); en != m.en || ru != m.ru {
			t.Errorf("%s: %q, %q; want %q, %q", m.amount, en, ru, m.en, m.ru)
		}
	}
	for i, bad := range []string{"", "x", "1.2.3", "1e5", "1,5"} {
		if got := c.Money("en", bad); got != bad || c.Missing() != int64(i+1) {
			t.Errorf("%q: %q, %d counted", bad, got, c.Missing())
		}
	}
}

func TestTimeShowsItsZone(t *testing.T) {
	c := catalogue(t)
	at := time.Date(2026, 5, 1, 23, 5, 59, 0, time.FixedZone("", -2*3600))
	if got := c.Time("en", at); got != "2 May 2026, 01:05 UTC" {
		t.Errorf("%q", got)
	}
	if got := c.Time("ru", at); got != "2 мая 2026, 01:05 UTC" {
		t.Errorf("%q", got)
	}
	if got := c.Date("ru", at); got != "2 мая 2026" {
		t.Errorf("%q", got)
	}
}

// A form that a file lacks is written as "other", and counted.
func TestAMissingFormIsCounted(t *testing.T) {
	c := catalogue(t)
	c.books["ru"].texts["pieces"] = text{other: "{count} штуки", forms: map[string]string{"one": "{count} штука", "other": "{count} штуки"}}
	for count, want := range map[int]string{1: "1 штука", 21: "21 штука", 5: "5 штуки", -5: "-5 штуки", 10_000_005: "10000005 штуки"} {
		before := c.Missing()
		if got := c.Plural("ru", "pieces", count, nil); got != want || (c.Missing() != before) != (count%10 != 1) {
			t.Errorf("%d: %q, %d counted", count, got, c.Missing()-before)
		}
	}
}

func TestAFileThatCannotBeReadIsRefused(t *testing.T) {
	for _, raw := range []string{``, `[]`, `{"a": 1}`, `{"a": {"one": 1}}`, `{"a": ["b"]}`, `{"a": "b"`} {
		if _, err := read("en", []byte(raw)); err == nil {
			t.Errorf("%s is accepted", raw)
		}
	}
	if _, err := read("not a language", []byte(`{}`)); err == nil {
		t.Error("a file of no language is accepted")
	}
}

func TestAFileWithoutFormatsIsRefused(t *testing.T) {
	if _, err := newFormat(map[string]text{"format.money": {other: "{amount}"}}); err == nil {
		t.Error("accepted")
	}
}

func BenchmarkText(b *testing.B) {
	c, err := New()
	if err != nil {
		b.Fatal(err)
	}
	args := map[string]any{"name": "60 UC", "price": "$0.94"}
	for b.Loop() {
		_ = c.Text("ru", "category.product", args)
	}
}

func BenchmarkPlural(b *testing.B) {
	c, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = c.Plural("ru", "product.stock", 22, nil)
	}
}
