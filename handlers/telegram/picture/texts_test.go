package picture

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"unicode/utf8"
)

func opaque() color.Alpha { return color.Alpha{255} }

func parsed(t *testing.T) fonts {
	t.Helper()
	f, err := parseFonts()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadable(t *testing.T) {
	f := parsed(t)
	for text, want := range map[string]string{
		"Gift shop":               "Gift shop",
		"Магазин подарков №1":     "Магазин подарков №1",
		"Ação, promoção, é já":    "Ação, promoção, é já",
		"¡Ñandú! ¿Qué?":           "¡Ñandú! ¿Qué?",
		"Ελλάδα":                  "Ελλάδα",
		"  two \n\t words  ":      "two words",
		"1\u00a0250,50":           "1 250,50",
		"1\u202f250,50":           "1 250,50",
		"Магазин 🎁":               "Магазин",
		"🎁 Shop 👩‍👧":              "Shop",
		"и\u0306":                 "й",
		"Tiếng Việt":              "Tieng Viet",
		"١٬٢٥٠٫٥٠":                "1,250.50",
		"۲۵":                      "25",
		"２５ＵＳＤ":                   "25USD",
		"USD₮":                    "USDT",
		"\u202eevil\u202c":        "evil",
		"a\x00b\x7fc":             "abc",
		"\xffbroken":              "broken",
		"zero\u200bwidth\u200d":   "zerowidth",
		"متجر":                    "other",
		"礼品店":                     "other",
		"Shop 礼":                  "other",
		"חנות":                    "other",
		"₿ 5":                     "other",
		"🎁🎀":                      "other",
		"":                        "other",
		" \n ":                    "other",
		"\u200f\u202b":            "other",
		"a" + nul(300) + "beyond": "a",
	} {
		if got := f.readable(text, "other"); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func nul(n int) string { return strings.Repeat("\x00", n) }

func TestReadableTextsHaveLetters(t *testing.T) {
	f := parsed(t)
	for _, text := range hostile() {
		shown := f.readable(text, "other")
		if !utf8.ValidString(shown) || shown == "" || strings.ContainsAny(shown, "\n\r\t") {
			t.Errorf("%.20q is shown as %q", text, shown)
		}
		for _, r := range shown {
			if !f.has(r) {
				t.Errorf("%.20q: no picture of %q", text, r)
			}
		}
	}
}

func TestOwnWordsHaveLetters(t *testing.T) {
	f := parsed(t)
	for _, text := range []string{plainTitle, plainCaption, plainLabel, ellipsis} {
		if f.readable(text, "other") != text {
			t.Errorf("the fonts cannot show %q", text)
		}
	}
}

func TestFit(t *testing.T) {
	f := parsed(t)
	s := style{f.bold, 60, 30, toneText}
	for _, test := range []struct {
		text string
		room int
		size float64
		cut  bool
	}{
		{"short", 500, 60, false},
		{"a title of some length", 500, 0, false},
		{strings.Repeat("far too long ", 10), 500, 30, true},
		{"narrow", 40, 30, true},
	} {
		l, err := s.fit(test.text, test.room)
		if err != nil {
			t.Fatal(err)
		}
		if l.width > test.room || l.size < 30 || l.size > 60 || test.size != 0 && l.size != test.size {
			t.Errorf("%.20q: %d pixels of %d at size %v", test.text, l.width, test.room, l.size)
		}
		if cut := strings.HasSuffix(l.text, ellipsis); cut != test.cut || !cut && l.text != test.text {
			t.Errorf("%.20q became %q", test.text, l.text)
		}
	}
}

func TestFitNeverExceedsItsRoom(t *testing.T) {
	f := parsed(t)
	for _, text := range hostile() {
		shown := f.readable(text, "other")
		for _, room := range []int{60, 137, 300, 880} {
			l, err := style{f.medium, 44, 20, toneText}.fit(shown, room)
			if err != nil || l.width > room {
				t.Errorf("%.20q: %d of %d pixels, %v", text, l.width, room, err)
			}
		}
	}
}

func TestEllipsisFollowsALetter(t *testing.T) {
	f := parsed(t)
	for room := 100; room < 400; room += 7 {
		l, err := style{f.bold, 30, 30, toneText}.fit("one two three four five six seven", room)
		if err != nil || strings.Contains(l.text, " "+ellipsis) {
			t.Errorf("%d pixels: %q, %v", room, l.text, err)
		}
	}
}

func TestWritingStaysInItsLine(t *testing.T) {
	f := parsed(t)
	for _, text := range []string{"Hxg|,", "100.50", "Щё№", "Ñç…"} {
		l, err := style{f.bold, 80, 80, white}.fit(text, 600)
		if err != nil {
			t.Fatal(err)
		}
		c := newCanvas(700, 200)
		c.write(l, 50, 120)
		area := c.painted()
		if area.Empty() || !area.In(image.Rect(46, 30, 54+l.width, 150)) || area.Dx() < l.width*3/4 {
			t.Errorf("%q of %d pixels paints %v", text, l.width, area)
		}
	}
}

func TestZeroIsPlain(t *testing.T) {
	f := parsed(t)
	for name, font := range map[string]style{"bold": {f.bold, 100, 100, white}, "medium": {f.medium, 100, 100, white}} {
		mask := zeroMask(font.font, 100, 0, 100)
		if mask == nil {
			t.Fatalf("%s: the zero is built in another way", name)
		}
		l, err := font.set("0", 100)
		if err != nil {
			t.Fatal(err)
		}
		filled := func(x, y int) bool { return mask.AlphaAt(x, y).A > 200 }
		middle := l.width / 2
		for y := 60; y < 75; y++ {
			if mask.AlphaAt(middle, y).A != 0 {
				t.Errorf("%s: something at (%d, %d) in the hole", name, middle, y)
			}
		}
		sides := 0
		for x := range l.width {
			if filled(x, 64) && !filled(x-1, 64) {
				sides++
			}
		}
		if sides != 2 || !filled(middle, 30) || !filled(middle, 98) {
			t.Errorf("%s: %d sides, top %v, bottom %v", name, sides, filled(middle, 30), filled(middle, 98))
		}
	}
}

func TestZeroStandsWhereTheFontsZeroStood(t *testing.T) {
	f := parsed(t)
	s := style{f.bold, 100, 100, white}
	measured := func(text string) image.Rectangle {
		l, err := s.set(text, 100)
		if err != nil {
			t.Fatal(err)
		}
		c := newCanvas(500, 200)
		c.write(l, 20, 150)
		return c.painted()
	}
	one, many := measured("8"), measured("808")
	zero := measured("0")
	if zero.Min.Y < one.Min.Y-4 || zero.Max.Y > one.Max.Y+4 || zero.Dx() < one.Dx()-12 || zero.Dx() > one.Dx()+12 {
		t.Errorf("a zero covers %v, an eight %v", zero, one)
	}
	if many.Dx() < 3*one.Dx() {
		t.Errorf("808 covers %v", many)
	}
}
