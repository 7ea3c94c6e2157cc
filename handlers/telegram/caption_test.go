package telegram

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"giftbot/flows"
)

func TestLabelsStandBeforeCodes(t *testing.T) {
	r, _ := testRenderer(t)
	for _, tc := range []struct {
		name string
		view flows.View
		want string
	}{
		{"one", flows.View{Codes: []string{"X"}, Labels: []flows.Text{{Key: "Secret"}}}, "Secret: <tg-spoiler>X</tg-spoiler>"},
		{"several", flows.View{Codes: []string{"1<2", "P"}, Labels: []flows.Text{{Key: "Code"}, say("PIN & <co>")}},
			"Code: <tg-spoiler>1&lt;2</tg-spoiler>\n<b>PIN &amp; &lt;co&gt;</b>: <tg-spoiler>P</tg-spoiler>"},
		{"some", flows.View{Codes: []string{"A", "B"}, Labels: []flows.Text{{}, {Key: "PIN"}}, First: 3}, "3. <tg-spoiler>A</tg-spoiler>\nPIN: <tg-spoiler>B</tg-spoiler>"},
		{"fewer than codes", flows.View{Codes: []string{"A", "B"}, Labels: []flows.Text{{Key: "PIN"}}}, "PIN: <tg-spoiler>A</tg-spoiler>\n2. <tg-spoiler>B</tg-spoiler>"},
		{"none", flows.View{Codes: []string{"A"}, First: 2}, "2. <tg-spoiler>A</tg-spoiler>"},
	} {
		if got := r.Message("en", ada, tc.view).HTML; got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestWordsGiveWayToCodesInACaption(t *testing.T) {
	for _, tc := range []struct {
		name         string
		words, codes string
		want         string
		ok           bool
	}{
		{"both fit", "words", "CODE", "words\n\nCODE", true},
		{"no codes", strings.Repeat("w", 1025), "", strings.Repeat("w", 1023) + "…", true},
		{"words are cut", strings.Repeat("w", 1030), "CODE", strings.Repeat("w", 1017) + "…\n\nCODE", true},
		{"exactly", strings.Repeat("w", 1018), "CODE", strings.Repeat("w", 1018) + "\n\nCODE", true},
		{"no room for words", "words", strings.Repeat("C", 1022), strings.Repeat("C", 1022), true},
		{"only codes", "", "CODE", "CODE", true},
		{"codes fill it", "words", strings.Repeat("C", 1024), strings.Repeat("C", 1024), true},
		{"too many codes", "words", strings.Repeat("C", 1025), "", false},
		{"markup does not count", "w", "<tg-spoiler>" + strings.Repeat("&amp;", 1024) + "</tg-spoiler>", "<tg-spoiler>" + strings.Repeat("&amp;", 1024) + "</tg-spoiler>", true},
	} {
		got, ok := Message{words: tc.words, codes: tc.codes, Photo: &Photo{}}.caption()
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: %d units and %v, want %d and %v", tc.name, visible(got), ok, visible(tc.want), tc.ok)
		}
	}
	if _, ok := (Message{words: "words"}).caption(); ok {
		t.Error("a message without a picture has a caption")
	}
}

func TestBorrowedCaptions(t *testing.T) {
	r, _ := testRenderer(t)
	for name, tc := range map[string]struct {
		view flows.View
		ok   bool
	}{
		"words":     {flows.View{Blocks: []flows.Text{say("held")}}, true},
		"the limit": {flows.View{Blocks: []flows.Text{say(strings.Repeat("😀", 512))}}, true},
		"too long":  {flows.View{Blocks: []flows.Text{say(strings.Repeat("😀", 512) + "x")}}, false},
		"codes":     {flows.View{Blocks: []flows.Text{say("here")}, Codes: []string{"C"}}, false},
	} {
		m := r.Message("en", ada, tc.view)
		if got, ok := m.borrowed(); ok != tc.ok || ok && got != m.HTML {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// TestACaptionHoldsEveryCodeOrIsNone, whatever people and suppliers wrote.
func TestACaptionHoldsEveryCodeOrIsNone(t *testing.T) {
	r, _ := testRenderer(t)
	rapid.Check(t, func(t *rapid.T) {
		v := flows.View{
			Codes:  rapid.SliceOfN(rapid.StringN(1, 400, -1), 0, 5).Draw(t, "codes"),
			Blocks: []flows.Text{say(rapid.StringN(0, 1500, -1).Draw(t, "words")), {Key: "more"}},
		}
		for range rapid.IntRange(0, len(v.Codes)).Draw(t, "labels") {
			v.Labels = append(v.Labels, say(rapid.StringN(0, 20, -1).Draw(t, "label")))
		}
		m := r.Message("en", ada, v)
		m.Photo = &Photo{}
		caption, ok := m.caption()
		if n := visible(caption); n > captionLimit {
			t.Fatalf("%d units", n)
		}
		if whole := visible(m.codes) <= captionLimit; ok != whole {
			t.Fatalf("ok is %v with codes of %d units", ok, visible(m.codes))
		}
		for _, code := range v.Codes {
			if ok && !strings.Contains(caption, "<tg-spoiler>"+escapeCode(code)+"</tg-spoiler>") {
				t.Fatalf("%q is cut in %q", code, caption)
			}
		}
		if strings.Count(caption, "<b>") != strings.Count(caption, "</b>") {
			t.Fatalf("markup is cut in %q", caption)
		}
	})
}
