package picture

import (
	"image"
	"math"
	"strings"
	"testing"
)

// plain is a canvas of ink: what is painted on it is easily found.
func plain() *canvas { return newCanvas(width, height) }

func TestChipStandsInTheCorner(t *testing.T) {
	p := painter(t)
	for _, name := range []string{"Base", "BNB Chain", "Arbitrum One", strings.Repeat("Very long network ", 9)} {
		paper := plain()
		left, err := p.chip(paper, with(func(c *Card) { c.Network = name }), themeOf(1))
		if err != nil {
			t.Fatal(err)
		}
		area := paper.painted()
		if area.Min.X != left || area.Max.X != width-margin || area.Min.Y+area.Max.Y != 2*headMiddle {
			t.Errorf("%.20q: painted %v, left end %d", name, area, left)
		}
		if left < width/2 {
			t.Errorf("%.20q leaves the title %d pixels", name, left-margin)
		}
	}
}

func TestNoChipWithoutAName(t *testing.T) {
	p := painter(t)
	for _, name := range []string{"", "🎁", "以太坊"} {
		paper := plain()
		left, err := p.chip(paper, with(func(c *Card) { c.Network = name }), themeOf(1))
		if err != nil || left != width-margin || !paper.painted().Empty() {
			t.Errorf("%q: left end %d, painted %v, %v", name, left, paper.painted(), err)
		}
	}
}

func TestAmountKeepsItsRoom(t *testing.T) {
	p := painter(t)
	room := image.Rect(margin-4, headMiddle+40, width-margin+4, panelTop)
	for _, test := range []struct {
		amount, token string
		tall          int // at least
	}{
		{"5", "USDC", 100}, {"25", "USDC", 100}, {"1,250.50", "USDT", 100}, {"1 000 000,00", "USDC", 70},
		{"0.000123456789012345678", "USDC", 30}, {"0.000123456789012345678", "WRAPPEDTOKENOFALL", 20},
		{strings.Repeat("9", 150), strings.Repeat("W", 150), 12}, {"25", "", 100}, {"25", "代币", 100},
	} {
		paper := plain()
		if err := p.amount(paper, with(func(c *Card) { c.Amount, c.Token = test.amount, test.token })); err != nil {
			t.Fatal(err)
		}
		area := paper.painted()
		if !area.In(room) || area.Dy() < test.tall {
			t.Errorf("%.12s %.12s: painted %v, want at least %d high in %v", test.amount, test.token, area, test.tall, room)
		}
	}
}

func TestNumberLeavesTheEmblemAlone(t *testing.T) {
	p := painter(t)
	room := image.Rect(margin-4, panelBottom, width-margin-2*sealRadius, height-40)
	for _, id := range []string{"1", "1026123", "102123456", "107999999999", "107999999999999", strings.Repeat("8", 100), strings.Repeat("card ", 30)} {
		paper := plain()
		if err := p.number(paper, with(func(c *Card) { c.CardID = id })); err != nil {
			t.Fatal(err)
		}
		if area := paper.painted(); area.Empty() || !area.In(room) {
			t.Errorf("%.20s: painted %v, want it in %v", id, area, room)
		}
	}
}

func TestCaptionStaysBelowTheCode(t *testing.T) {
	p := painter(t)
	for _, text := range []string{"Scan to redeem", "Отсканируйте, чтобы получить", "ÁÉÍ ÑÃÕ Ёй", strings.Repeat("Escanea el código ", 20)} {
		paper := newCanvas(width, height)
		paper.fill(image.Rect(0, 0, width, height), white)
		c := with(func(c *Card) { c.Caption, c.Redeem = text, "https://univoucher.com/"+strings.Repeat("path/", 12) })
		if err := p.caption(paper, c); err != nil {
			t.Fatal(err)
		}
		for i, tone := range paper.pix { // dark on white: turned around to be found
			paper.pix[i] = white - tone
		}
		area := paper.painted()
		room := image.Rect(panelLeft+20, codeTop+codeSide-8, panelRight-20, panelBottom-16)
		if !area.In(room) {
			t.Errorf("%.20q: painted %v, want it in %v", text, area, room)
		}
		if left, right := area.Min.X-panelLeft, panelRight-area.Max.X; left-right > 6 || right-left > 6 {
			t.Errorf("%.20q: %d pixels to the left, %d to the right", text, left, right)
		}
	}
}

func TestPanelStandsInTheMiddle(t *testing.T) {
	if panelLeft+panelRight != width {
		t.Errorf("%d pixels to the left, %d to the right", panelLeft, width-panelRight)
	}
	area := codeArea()
	if !area.In(image.Rect(panelLeft, panelTop, panelRight, panelBottom)) {
		t.Errorf("the QR code's place %v is not on the panel", area)
	}
}

func TestFallbackWords(t *testing.T) {
	p := painter(t)
	english := drawn(t, p, with(func(c *Card) { c.Title, c.Caption, c.IDLabel = plainTitle, plainCaption, plainLabel }))
	for name, c := range map[string]Card{
		"nothing": with(func(c *Card) { c.Title, c.Caption, c.IDLabel = "", "", "" }),
		"Arabic": with(func(c *Card) {
			c.Title, c.Caption, c.IDLabel = "متجر الهدايا", "امسح الرمز", "رقم البطاقة"
		}),
		"Chinese": with(func(c *Card) { c.Title, c.Caption, c.IDLabel = "礼品店", "扫码兑换", "卡号" }),
	} {
		if area := changed(english, drawn(t, p, c)); !area.Empty() {
			t.Errorf("%s differs from English in %v", name, area)
		}
	}
}

func TestBell(t *testing.T) {
	b := bell(101, 50, 20)
	if b[50] != 65536 || b[30] != b[70] || math.Abs(float64(b[70])/65536-math.Exp(-1)) > 0.001 || b[0] > 200 {
		t.Errorf("bell: %d in the middle, %d and %d beside, %d far off", b[50], b[30], b[70], b[0])
	}
}

func TestEdge(t *testing.T) {
	e := edge(200, 60, 140, 10)
	if e[100] < 65500 || e[60] < 32000 || e[60] > 33500 || e[0] != 0 || e[199] != 0 {
		t.Errorf("edge: %d inside, %d at the border, %d and %d outside", e[100], e[60], e[0], e[199])
	}
}

func TestDash(t *testing.T) {
	for _, test := range []struct {
		y          float64
		row        int
		here, next uint8
	}{
		{3, 3, 100, 0}, {3.5, 3, 50, 50}, {3.25, 3, 75, 25}, {-0.5, -1, 0, 50}, {9.5, 9, 50, 0}, {-20, 0, 0, 0}, {50, 0, 0, 0},
	} {
		c := newCanvas(1, 10)
		c.dash(0, test.y, 100)
		for row, tone := range c.pix {
			want := uint8(0)
			switch row {
			case test.row:
				want = test.here
			case test.row + 1:
				want = test.next
			}
			if tone != want {
				t.Errorf("at %v: row %d is %d, want %d", test.y, row, tone, want)
			}
		}
	}
}
