package telegram

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	tests := []struct {
		in, text string
		want     []Entity
	}{
		{"plain & simple", "plain & simple", nil},
		{"a &lt;b&gt; &amp;&quot;&#33;&#x21;&nope;", `a <b> &"!!&nope;`, nil},
		{"<b>a</b> <i>b</i> <u>c</u> <s>d</s>", "a b c d", []Entity{{Type: "bold", Length: 1}, {Type: "italic", Offset: 2, Length: 1}, {Type: "underline", Offset: 4, Length: 1}, {Type: "strikethrough", Offset: 6, Length: 1}}},
		{"😀<strong>x</strong>", "😀x", []Entity{{Type: "bold", Offset: 2, Length: 1}}},
		{"<B>x</>", "x", []Entity{{Type: "bold", Length: 1}}},
		{`<tg-spoiler>x</tg-spoiler><span class="tg-spoiler">y</span>`, "xy", []Entity{{Type: "spoiler", Length: 1}, {Type: "spoiler", Offset: 1, Length: 1}}},
		{`<a href="https://a.example/?x=1&amp;y=2">x</a>`, "x", []Entity{{Type: "text_link", Length: 1, URL: "https://a.example/?x=1&y=2"}}},
		{`<a href="javascript:alert(1)">x</a>`, "x", nil},
		{`<pre><code class="language-go">x</code></pre>`, "x", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		{"<blockquote expandable>x</blockquote>", "x", []Entity{{Type: "expandable_blockquote", Length: 1}}},
		{"<b>x <code>y</code></b>", "x y", []Entity{{Type: "bold", Length: 2}, {Type: "code", Offset: 2, Length: 1}}},
		{"<tg-spoiler><code>y</code></tg-spoiler>", "y", []Entity{{Type: "code", Length: 1}}},
		{"<blockquote>q <code>y</code></blockquote>", "q y", []Entity{{Type: "blockquote", Length: 3}, {Type: "code", Offset: 2, Length: 1}}},
		{"  <b> x </b> ", "x", []Entity{{Type: "bold", Length: 1}}},
		{"see https://a.example/x. Try /help", "see https://a.example/x. Try /help", []Entity{{Type: "url", Offset: 4, Length: 19}, {Type: "bot_command", Offset: 29, Length: 5}}},
		{"and/or 1/2", "and/or 1/2", nil},
	}
	for _, tt := range tests {
		text, got, err := formatted(tt.in, "HTML", "")
		if err != nil || text != tt.text {
			t.Errorf("%q: %q %v", tt.in, text, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: %s", tt.in, diff)
		}
	}
}

func TestHTMLRefused(t *testing.T) {
	for in, want := range map[string]string{
		"<b>x":                "Can't find end tag corresponding to start tag \"b\"",
		"x</b>":               "Unexpected end tag at byte offset 1",
		"<b>x</i>":            `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"<b><i>x</b></i>":     `expected "</i>", found "</b>"`,
		"1 < 2":               `Unsupported start tag "" at byte offset 2`,
		"1 < 2 >":             `Unsupported start tag "" at byte offset 2`,
		"<b":                  "Unclosed start tag at byte offset 0",
		"<script>x</script>":  `Unsupported start tag "script"`,
		"<span>x</span>":      `Tag "span" must have class "tg-spoiler"`,
		`<a href="x`:          "Unclosed start tag",
		"<a href=a/b>x</a>":   "Unexpected end of name token",
		`<b ="x">x</b>`:       `Empty attribute name in the tag "b"`,
		"<b>x</b":             "Unclosed end tag at byte offset 4",
		"<blockquote>x</bl >": "Unmatched end tag",
	} {
		if _, _, err := parseHTML(in); err == nil || !strings.Contains(err.text, want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

// FuzzHTML: whatever comes in, entities lie inside the text, on its
// boundaries, and code is never under another style.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{"<b>x</b>", "&#x1F600;<i>y</i>", "<pre><code class=\"language-go\">z</code></pre>", "<a href='https://a.b'>t</a>",
		"<tg-spoiler>s<code>c</code></tg-spoiler>", "<blockquote expandable>\n q </blockquote>", "a<b", "&lt", "<b><b>x</b></b>", "/a https://x.yz 😀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !utf8.ValidString(in) {
			return
		}
		text, entities, err := formatted(in, "HTML", "")
		if err != nil {
			return
		}
		if !utf8.ValidString(text) {
			t.Fatalf("%q: broken text", in)
		}
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > utf16Len(text) {
				t.Fatalf("%q: %+v outside of %q", in, e, text)
			}
			for _, c := range entities {
				if isCode(c) && isStyle(e) && overlaps(c, e) {
					t.Fatalf("%q: %+v over code", in, e)
				}
			}
		}
	})
}
