package picture

import (
	"fmt"
	"image"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// longest is how many letters of a text are looked at; no line holds as many.
const longest = 160

const ellipsis = "…"

// fonts are parsed once. A parsed font may be used by everybody at once; a face
// of it may not, so each text makes its own.
type fonts struct {
	bold, medium *sfnt.Font
}

func parseFonts() (fonts, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return fonts{}, fmt.Errorf("bold font: %w", err)
	}
	medium, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		return fonts{}, fmt.Errorf("medium font: %w", err)
	}
	return fonts{bold, medium}, nil
}

// has reports whether the fonts can show a letter.
func (f fonts) has(r rune) bool {
	index, err := f.bold.GlyphIndex(nil, r)
	return err == nil && index != 0
}

// readable turns a text into one that the fonts can show: one line, no
// invisible marks, no emoji, foreign digits as ours, accents that they lack
// left out. A text with a letter that has no likeness becomes the other text.
func (f fonts) readable(text, other string) string {
	var b strings.Builder
	letters := 0
	for _, r := range norm.NFC.String(text) {
		if letters++; letters > longest {
			break
		}
		shown, ok := f.likeness(r)
		if !ok {
			return other
		}
		if shown != 0 {
			b.WriteRune(shown)
		}
	}
	if line := strings.Join(strings.Fields(b.String()), " "); line != "" {
		return line
	}
	return other
}

// likeness is what to show for a letter; 0 is nothing. It is not ok when
// leaving it out would change what the text says.
func (f fonts) likeness(r rune) (shown rune, ok bool) {
	switch {
	case unicode.IsSpace(r):
		return ' ', true
	case r == unicode.ReplacementChar, unicode.Is(unicode.C, r):
		return 0, true
	case f.has(r):
		return r, true
	case r >= '٠' && r <= '٩':
		return '0' + r - '٠', true
	case r >= '۰' && r <= '۹':
		return '0' + r - '۰', true
	case r == '٫':
		return '.', true
	case r == '٬':
		return ',', true
	case r == '₮': // USD₮ is how Tether writes itself
		return 'T', true
	}
	if plain, _ := utf8.DecodeRuneInString(norm.NFKD.String(string(r))); plain != r && f.has(plain) {
		return plain, true
	}
	return 0, !unicode.In(r, unicode.L, unicode.N, unicode.Sc)
}

// style is how a line is set: sizes in pixels.
type style struct {
	font           *sfnt.Font
	size, smallest float64
	tone           int
}

// line is a text that was fitted into a width.
type line struct {
	text  string
	font  *sfnt.Font
	face  font.Face
	width int
	size  float64
	tone  int
}

// drop is how far below a middle line the baseline lies when the capitals are
// centred on it.
func (l line) drop() int { return int(l.size * 0.36) }

// fit sets a text within a width: as it is, smaller, or cut with an ellipsis.
func (s style) fit(text string, room int) (line, error) {
	l, err := s.set(text, s.size)
	if err != nil || l.width <= room {
		return l, err
	}
	if l, err = s.set(text, max(s.smallest, s.size*float64(room)/float64(l.width+1))); err != nil {
		return l, err
	}
	letters := []rune(text)
	for l.width > room && len(letters) > 0 {
		letters = letters[:len(letters)-1]
		l.text = strings.TrimRight(string(letters), " ") + ellipsis
		l.width = measure(l.face, l.text)
	}
	return l, nil
}

// set measures a text at a size.
func (s style) set(text string, size float64) (line, error) {
	face, err := opentype.NewFace(s.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return line{}, fmt.Errorf("font at %v pixels: %w", size, err)
	}
	return line{text, s.font, face, measure(face, text), size, s.tone}, nil
}

func measure(face font.Face, text string) int { return font.MeasureString(face, text).Ceil() }

// write draws a line whose baseline starts at (x, y).
func (c *canvas) write(l line, x, y int) {
	dot := fixed.P(x, y)
	before := rune(-1)
	for _, r := range l.text {
		if before >= 0 {
			dot.X += l.face.Kern(before, r)
		}
		dot.X += c.letter(l, dot, r)
		before = r
	}
}

// letter draws one letter and returns how far the next one is.
func (c *canvas) letter(l line, dot fixed.Point26_6, r rune) fixed.Int26_6 {
	if rise := int(l.size); r == '0' {
		shift := float32(dot.X&63) / 64
		if mask := zeroMask(l.font, float32(l.size), shift, rise); mask != nil {
			advance, _ := l.face.GlyphAdvance(r)
			c.stamp(mask, dot.X.Floor(), dot.Y.Floor()-rise, l.tone, 255)
			return advance
		}
	}
	area, mask, from, advance, ok := l.face.Glyph(dot, r)
	if glyph, drawn := mask.(*image.Alpha); ok && drawn && !area.Empty() {
		part := image.Rectangle{Min: from, Max: from.Add(area.Size())}
		if cut, same := glyph.SubImage(part).(*image.Alpha); same {
			c.stamp(cut, area.Min.X, area.Min.Y, l.tone, 255)
		}
	}
	return advance
}
