package telegram

import (
	"html"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"giftbot/flows"
	"giftbot/order"
)

// echo is a Texts that shows its arguments between markup of ours.
type echo struct{}

func (echo) Text(_, key string, args map[string]any) string {
	if key == "list" {
		return args["first"].(string) + "\n" + args["rest"].(string)
	}
	if v, ok := args["x"]; ok {
		return "<b>" + v.(string) + "</b>"
	}
	return key
}

func (echo) Plural(_, key string, _ int, args map[string]any) string {
	return echo{}.Text("", key, args)
}
func (echo) Money(_, amount string) string     { return "$" + amount }
func (echo) Time(_ string, t time.Time) string { return t.Format(time.RFC3339) }
func (echo) Match(string) string               { return "en" }

func testRenderer(t testing.TB) (*Renderer, *tally) {
	meter := newTally()
	return NewRenderer(echo{}, testCodec(t), meter, slog.New(slog.DiscardHandler)), meter
}

func say(x any) flows.Text { return flows.Text{Key: "k", Args: map[string]any{"x": x}} }

func TestArgumentsAreEscapedOrFormatted(t *testing.T) {
	r, _ := testRenderer(t)
	for _, tc := range []struct {
		arg  any
		want string
	}{
		{`<a href="tg://user?id=1">x</a> & Co`, `<b>&lt;a href=&quot;tg://user?id=1&quot;&gt;x&lt;/a&gt; &amp; Co</b>`},
		{"plain", "<b>plain</b>"},
		{"a\u202eb\u2066c\x00d\x7fe", "<b>abcde</b>"},
		{"multi\nline", "<b>multi\nline</b>"},
		{"\xff\xfebroken", "<b>broken</b>"},
		{1250 * order.Cent, "<b>$12.50</b>"},
		{order.Number("3F7KQW2M9X"), "<b>3F7KQ-W2M9X</b>"},
		{order.Stamp(0), "<b>1970-01-01T00:00:00Z</b>"},
		{say("<i>"), "<b><b>&lt;i&gt;</b></b>"},
		{struct{}{}, "<b></b>"},
	} {
		if got := r.Message("en", ada, flows.View{Blocks: []flows.Text{say(tc.arg)}}).HTML; got != tc.want {
			t.Errorf("%v: %q, want %q", tc.arg, got, tc.want)
		}
	}
	if got := r.Plain("en", flows.Text{Key: "k", Args: map[string]any{"x": "a<b\u202e"}}); got != "<b>a<b</b>" {
		t.Errorf("a label is not escaped, got %q", got)
	}
}

func TestCodesStandUnderSpoilersWithCopyButtons(t *testing.T) {
	r, _ := testRenderer(t)
	m := r.Message("en", ada, flows.View{Blocks: []flows.Text{{Key: "title"}}, Codes: []string{"AB&<1>", "CD-2"}})
	want := "title\n\n1. <tg-spoiler>AB&amp;&lt;1&gt;</tg-spoiler>\n2. <tg-spoiler>CD-2</tg-spoiler>"
	if m.HTML != want {
		t.Errorf("got %q", m.HTML)
	}
	if len(m.Keyboard) != 1 || m.Keyboard[0][0].CopyText.Text != "AB&<1>" || strings.Contains(m.Keyboard[0][0].Text, "AB") {
		t.Errorf("copy buttons %+v", m.Keyboard)
	}
	if one := r.Message("en", ada, flows.View{Codes: []string{"X"}}).HTML; one != "<tg-spoiler>X</tg-spoiler>" {
		t.Errorf("a single code: %q", one)
	}
	if got := plain(m.HTML); got != "title\n\n1. AB&<1>\n2. CD-2" {
		t.Errorf("plain: %q", got)
	}
}

func TestALaterPageOfCodesGoesOnCounting(t *testing.T) {
	r, _ := testRenderer(t)
	copyOf := func(n int, code string) flows.Button {
		return flows.Button{Label: flows.Text{Key: "copy", Args: map[string]any{"number": n}}, Copy: code}
	}
	m := r.Message("en", ada, flows.View{
		Codes:    []string{strings.Repeat("L", 300), "B"},
		First:    11,
		Keyboard: [][]flows.Button{{copyOf(12, "B")}},
	})
	if !strings.HasPrefix(m.HTML, "11. <tg-spoiler>") || !strings.Contains(m.HTML, "\n12. ") {
		t.Errorf("got %q", m.HTML)
	}
	if len(m.Keyboard) != 1 {
		t.Errorf("copy buttons were added to the view's own: %d rows", len(m.Keyboard))
	}
}

func TestCodesAreNeverCut(t *testing.T) {
	r, _ := testRenderer(t)
	codes := make([]string, 300)
	for i := range codes {
		codes[i] = strings.Repeat("C", 40)
	}
	v := flows.View{Blocks: []flows.Text{say(strings.Repeat("w", 9000))}, Codes: codes}
	m := r.Message("en", ada, v)
	if n := visible(m.HTML); n > 4096 {
		t.Errorf("%d units", n)
	}
	whole := fits(codes, r.marks("en", v))
	if got := strings.Count(m.HTML, ">"+codes[0]+"<"); got != whole || whole < 50 {
		t.Errorf("%d whole codes, %d fit", got, whole)
	}
	if !strings.Contains(m.HTML, "… +") || len(m.Keyboard) > 100 {
		t.Error("what is left out is not said")
	}
	if !strings.Contains(m.HTML, "w…</b>") {
		t.Errorf("the words were not cut first: %q", m.HTML[:80])
	}
}

func TestKeyboard(t *testing.T) {
	r, meter := testRenderer(t)
	label := flows.Text{Key: strings.Repeat("ы", 80)}
	m := r.Message("en", ada, flows.View{Keyboard: [][]flows.Button{
		{{Label: label, Do: &flows.Action{Verb: "h"}}, {Label: flows.Text{Key: "pay"}, URL: "https://pay.example/x"}},
		{{Label: flows.Text{Key: "long"}, Do: &flows.Action{Verb: "p", ID: strings.Repeat("x", 60)}}},
		{{Label: flows.Text{Key: "copy"}, Copy: strings.Repeat("c", 257)}},
		{},
	}})
	if len(m.Keyboard) != 1 || len(m.Keyboard[0]) != 2 || m.Keyboard[0][1].URL == "" || utf8.RuneCountInString(m.Keyboard[0][0].Text) != 64 {
		t.Errorf("got %+v", m.Keyboard)
	}
	if meter.of("telegram_render button_long") != 1 {
		t.Error("the button that does not fit was not counted")
	}
}

func TestClipKeepsMarkupWhole(t *testing.T) {
	for _, tc := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 10, "short"},
		{"<b>bold</b>", 4, "<b>bold</b>"},
		{"<b>bolder</b>", 4, "<b>bol…</b>"},
		{"<b>a<i>bcd</i></b>", 3, "<b>a<i>b…</i></b>"},
		{"a&amp;b&amp;c", 4, "a&amp;b…"},
		{"x😀😀", 4, "x😀…"},
		{"x😀😀", 3, "x…"},
		{`<a href="u">abcdef</a>`, 3, `<a href="u">ab…</a>`},
		{"abc", 0, ""},
	} {
		if got := clip(tc.in, tc.limit); got != tc.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tc.in, tc.limit, got, tc.want)
		}
	}
}

func TestAnyTextIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, limit := rapid.String().Draw(t, "text"), rapid.IntRange(1, 40).Draw(t, "limit")
		safe := escape(text)
		if strings.ContainsAny(strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "", "&quot;", "").Replace(safe), `<>&"`) {
			t.Fatalf("%q became %q", text, safe)
		}
		if got := stripTags(safe); got != clean(text) {
			t.Fatalf("%q reads %q, want %q", text, got, clean(text))
		}
		short := clip("<b>"+safe+"</b>", limit)
		if visible(short) > limit || strings.Count(short, "<b>") != 1 || !strings.HasSuffix(short, "</b>") {
			t.Fatalf("clipped to %q (%d units of %d)", short, visible(short), limit)
		}
		if n := length(cutPlain(text, limit)); n > limit {
			t.Fatalf("cut to %d units of %d", n, limit)
		}
		if !utf8.ValidString(html.UnescapeString(short)) {
			t.Fatalf("%q is no text", short)
		}
	})
}

func TestPlainNeverLeaksTags(t *testing.T) {
	got := plain(`<b>Hi</b> &lt;b&gt; <a href="x">y</a> 1 < 2`)
	if diff := cmp.Diff("Hi <b> y 1 < 2", got); diff != "" {
		t.Error(diff)
	}
}
