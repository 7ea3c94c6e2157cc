package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

func painter(t testing.TB) *Painter {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drawn is a card's picture, decoded.
func drawn(t testing.TB, p *Painter, c Card) *image.Paletted {
	t.Helper()
	raw, err := p.Card(c)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(*image.Paletted)
}

// scanned is what a reader finds in a picture.
func scanned(t testing.TB, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return result.GetText()
}

// recompressed is what a messenger makes of a picture.
func recompressed(t testing.TB, picture image.Image, quality int) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	decoded, err := jpeg.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func scaled(picture image.Image, wide int, by draw.Interpolator) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, wide, wide*picture.Bounds().Dy()/picture.Bounds().Dx()))
	by.Scale(out, out.Rect, picture, picture.Bounds(), draw.Src, nil)
	return out
}

// densest is the card with the longest address that is still drawn.
func densest(t *testing.T, p *Painter) Card {
	t.Helper()
	c := with(func(c *Card) { c.CardID, c.Redeem = "107999999999", "https://univoucher.com/redeem?" })
	for {
		longer := c
		longer.Redeem += "Aa1=z"
		if _, err := p.Card(longer); err != nil {
			return c
		}
		c = longer
	}
}

func TestReadBack(t *testing.T) {
	p := painter(t)
	cards := map[string]Card{
		"short": with(func(c *Card) { c.CardID, c.Secret, c.Redeem = "1", "A", "u.co" }),
		"usual": sample(),
		"long": with(func(c *Card) {
			c.CardID, c.Redeem = "107999999999", "https://www.univoucher.com/redeem/card?id=107999999999&network=43114&lang=pt-BR"
		}),
		"most":   densest(t, p),
		"accent": with(func(c *Card) { c.Redeem = "https://пример.example/обмен" }),
	}
	if length := len(cards["most"].Redeem); length < 250 {
		t.Errorf("only %d letters of an address fit", length)
	}
	for name, c := range cards {
		if raced && name != "usual" {
			continue
		}
		full := drawn(t, p, c)
		for way, picture := range map[string]image.Image{
			"PNG":                full,
			"JPEG 60":            recompressed(t, full, 60),
			"JPEG 60 twice":      recompressed(t, recompressed(t, full, 60), 60),
			"512 px":             recompressed(t, scaled(full, 512, draw.CatmullRom), 60),
			"512 px, bilinear":   recompressed(t, scaled(full, 512, draw.ApproxBiLinear), 60),
			"800 px, JPEG 60":    recompressed(t, scaled(full, 800, draw.BiLinear), 60),
			"640 px of a JPEG":   recompressed(t, scaled(recompressed(t, full, 87), 640, draw.BiLinear), 60),
			"1440 px, scaled up": recompressed(t, scaled(full, 1440, draw.BiLinear), 60),
		} {
			if got := scanned(t, picture); got != Payload(c) {
				t.Errorf("%s, %s: read %q", name, way, got)
			}
		}
	}
}

func TestReadBackOnEveryNetwork(t *testing.T) {
	p := painter(t)
	for _, chain := range append(chains(), 0, -1, 31337) {
		c := with(func(c *Card) { c.Chain = chain })
		small := recompressed(t, scaled(drawn(t, p, c), 512, draw.CatmullRom), 60)
		if got := scanned(t, small); got != Payload(c) {
			t.Errorf("chain %d: read %q", chain, got)
		}
	}
}

func TestTelegramTakesThePicture(t *testing.T) {
	raw, err := painter(t).Card(sample())
	if err != nil {
		t.Fatal(err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 400<<10 || config.Width+config.Height > 10_000 || max(config.Width, config.Height) > 1280 || config.Height > 20*config.Width {
		t.Errorf("%d bytes, %d × %d", len(raw), config.Width, config.Height)
	}
}

func TestModulesAreWholePixels(t *testing.T) {
	full := drawn(t, painter(t), sample())
	dark := dots(full, codeArea())
	const modules = 41 // version 6
	if dark.Dx() != dark.Dy() || dark.Dx()%modules != 0 {
		t.Fatalf("the QR code is %v", dark)
	}
	size := dark.Dx() / modules
	for y := dark.Min.Y; y < dark.Max.Y; y++ {
		for x := dark.Min.X; x < dark.Max.X; x++ {
			tone := full.ColorIndexAt(x, y)
			corner := full.ColorIndexAt(x-(x-dark.Min.X)%size, y-(y-dark.Min.Y)%size)
			if tone != corner || tone != ink && tone != white {
				t.Fatalf("tone %d at (%d, %d) in a module of %d", tone, x, y, corner)
			}
		}
	}
	if margin := dark.Min.X - panelLeft; margin < 4*size {
		t.Errorf("%d pixels beside modules of %d: no quiet zone", margin, size)
	}
}

// codeArea is where the QR code may be.
func codeArea() image.Rectangle {
	return image.Rect((width-codeSide)/2, codeTop, (width+codeSide)/2, codeTop+codeSide)
}

// dots is the smallest rectangle around what is dark in an area.
func dots(picture *image.Paletted, area image.Rectangle) image.Rectangle {
	found := image.Rectangle{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if picture.ColorIndexAt(x, y) == ink {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return found
}

// changed is the smallest rectangle around what differs.
func changed(a, b *image.Paletted) image.Rectangle {
	found := image.Rectangle{}
	for i := range a.Pix {
		if x, y := i%a.Stride, i/a.Stride; a.Pix[i] != b.Pix[i] {
			found = found.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return found
}

func TestSecretIsInTheCodeAlone(t *testing.T) {
	p := painter(t)
	usual := drawn(t, p, sample())
	other := drawn(t, p, with(func(c *Card) { c.Secret = "QQQQQ-WWWWW-EEEEE-RRRRR" }))
	area := changed(usual, other)
	if area.Empty() || !area.In(codeArea()) {
		t.Errorf("another secret changes %v", area)
	}
}

func TestEachFieldIsSeen(t *testing.T) {
	p := painter(t)
	usual := drawn(t, p, sample())
	head, foot := image.Rect(0, 0, width, panelTop), image.Rect(0, panelBottom, width, height)
	label := image.Rect(panelLeft, codeTop+codeSide, panelRight, panelBottom)
	for name, test := range map[string]struct {
		change func(*Card)
		where  image.Rectangle
	}{
		"amount":  {func(c *Card) { c.Amount = "26" }, head},
		"token":   {func(c *Card) { c.Token = "USDT" }, head},
		"network": {func(c *Card) { c.Network = "BASE" }, head},
		"title":   {func(c *Card) { c.Title = "Gifts" }, head},
		"caption": {func(c *Card) { c.Caption = "Scan me" }, label},
		"label":   {func(c *Card) { c.IDLabel = "Number" }, foot},
	} {
		if area := changed(usual, drawn(t, p, with(test.change))); area.Empty() || !area.In(test.where) {
			t.Errorf("another %s changes %v, want something in %v", name, area, test.where)
		}
	}
}

func TestSameCardSameBytes(t *testing.T) {
	p := painter(t)
	first, err := p.Card(sample())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Card(with(func(c *Card) { c.Chain, c.Amount, c.Title = 56, "100.00", "Other" })); err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string]*Painter{"the same painter": p, "another painter": painter(t)} {
		got, err := again.Card(sample())
		if err != nil || !bytes.Equal(got, first) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
	}
}

func TestPrepareChangesNoPicture(t *testing.T) {
	ready, lazy := painter(t), painter(t)
	ready.Prepare()
	before := ready.backdrop
	ready.Prepare()
	if area := changed(drawn(t, ready, sample()), drawn(t, lazy, sample())); !area.Empty() || ready.backdrop != before {
		t.Errorf("prepared, it differs in %v", area)
	}
}

func TestCardsLeaveTheBackdropClean(t *testing.T) {
	p := painter(t)
	drawn(t, p, sample())
	clean := newBackdrop()
	if !bytes.Equal(p.backdrop.pix, clean.pix) {
		t.Error("a card painted on the backdrop of all")
	}
}

func TestManyAtOnce(t *testing.T) {
	p := painter(t)
	var all sync.WaitGroup
	pictures, errs := make([][]byte, 8), make([]error, 8)
	for i := range pictures {
		all.Go(func() { pictures[i], errs[i] = p.Card(with(func(c *Card) { c.Chain = chains()[i%4] })) })
	}
	all.Wait()
	for i := range pictures {
		if errs[i] != nil || !bytes.Equal(pictures[i], pictures[i%4]) {
			t.Errorf("picture %d differs from its twin: %v", i, errs[i])
		}
	}
}

// hostile are texts that people could name a shop or a token.
func hostile() []string {
	return []string{
		"", " ", "\n\n\t", "\x00\x01\x7f", "\xff\xfe", "\u202eevil\u2066", "\u200b\u200d\ufeff", "<b>&amp;</b>", "%s%d%!v(MISSING)",
		"🎁🎀🎉", "👩‍👩‍👧‍👦 family", "متجر الهدايا", "礼品店", "חנות", "ไทย", "हिन्दी", "Zalgo ẑ̷̛͍̓a̶̡̛l̶͔͝g̷̰̈́o̴̙̎", "𝕱𝖆𝖓𝖈𝖞", "ﬁne ½ №5 ™",
		strings.Repeat("W", 10_000), strings.Repeat("длинно ", 500), strings.Repeat("i", 300), strings.Repeat("é", 300), "a" + strings.Repeat("\u0301", 5_000),
		"one\nline\r\nonly", "Tiếng Việt", "Ελλάδα", "Ünïcödé Ñandú Çà Ação", "\U0010ffff\ue000",
	}
}

func TestHostileTexts(t *testing.T) {
	p := painter(t)
	usual := drawn(t, p, sample())
	for _, text := range hostile() {
		c := with(func(c *Card) { c.Title, c.Token, c.Network, c.Caption, c.IDLabel = text, text, text, text, text })
		full := drawn(t, p, c)
		if got := scanned(t, full); got != Payload(c) {
			t.Errorf("%.20q: read %q", text, got)
		}
		if area := changed(full, usual); !area.In(image.Rect(margin-8, 0, width-margin+8, height)) {
			t.Errorf("%.20q: paints as far as %v", text, area)
		}
	}
}

func TestHostileValuesInTheCode(t *testing.T) {
	p := painter(t)
	usual := drawn(t, p, sample())
	for _, id := range []string{"礼品", "🎁", "<script>", strings.Repeat("9", 60), "-1"} {
		c := with(func(c *Card) { c.CardID = id })
		full := drawn(t, p, c)
		if got := scanned(t, full); got != Payload(c) {
			t.Errorf("%q: read %q", id, got)
		}
		if area := changed(full, usual); !area.In(image.Rect(margin-8, 0, width-margin+8, height)) {
			t.Errorf("%q: paints as far as %v", id, area)
		}
	}
}

// TestTextsStandOut measures contrast as WCAG does: 3 for large texts, 4.5 for
// small ones, and far more for what a camera reads.
func TestTextsStandOut(t *testing.T) {
	back := newBackdrop()
	brightest := func(area image.Rectangle) (tone uint8) {
		for y := area.Min.Y; y < area.Max.Y; y++ {
			for x := area.Min.X; x < area.Max.X; x++ {
				tone = max(tone, back.pix[y*width+x])
			}
		}
		return tone
	}
	for _, chain := range append(chains(), 0) {
		colours := themeOf(chain).palette
		for _, test := range []struct {
			what    string
			text    int
			ground  uint8
			atLeast float64
		}{
			{"amount", toneText, brightest(image.Rect(margin, 160, 700, 300)), 3},
			{"title", toneText, brightest(image.Rect(margin, 70, 600, 120)), 3},
			{"card id", toneText, brightest(image.Rect(margin, idLine-50, 600, idLine+6)), 3},
			{"caption", toneDark, white, 12},
			{"site", toneMuted, white, 4.5},
			{"code", ink, white, 15},
		} {
			if got := contrast(colours[test.text], colours[test.ground]); got < test.atLeast {
				t.Errorf("chain %d, %s: contrast %.1f, want %.1f", chain, test.what, got, test.atLeast)
			}
		}
	}
}

func contrast(a, b color.Color) float64 {
	bright, dark := luminance(a), luminance(b)
	return (max(bright, dark) + 0.05) / (min(bright, dark) + 0.05)
}

func BenchmarkCard(b *testing.B) {
	p, c := painter(b), sample()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Card(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBackdrop(b *testing.B) {
	for b.Loop() {
		newBackdrop()
	}
}
