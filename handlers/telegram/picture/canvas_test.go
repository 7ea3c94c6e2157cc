package picture

import (
	"image"
	"testing"
)

// painted is the smallest rectangle around what is not ink.
func (c *canvas) painted() image.Rectangle {
	found := image.Rectangle{}
	for i, tone := range c.pix {
		if x, y := i%c.width, i/c.width; tone != ink {
			found = found.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return found
}

func TestBlend(t *testing.T) {
	for _, test := range []struct{ from, tone, alpha, want int }{
		{0, 255, 255, 255}, {255, 0, 255, 0}, {100, 255, 0, 100}, {0, 255, 128, 128}, {255, 0, 128, 127},
		{255, 255, 77, 255}, {0, 0, 77, 0}, {10, 20, 128, 15}, {200, 100, 51, 180},
	} {
		c := newCanvas(1, 1)
		c.pix[0] = uint8(test.from)
		c.blend(0, test.tone, test.alpha)
		if int(c.pix[0]) != test.want {
			t.Errorf("%d towards %d by %d is %d, want %d", test.from, test.tone, test.alpha, c.pix[0], test.want)
		}
	}
}

func TestBlendStaysBetween(t *testing.T) {
	c := newCanvas(1, 1)
	for from := 0; from <= 255; from += 5 {
		for tone := 0; tone <= 255; tone += 5 {
			for alpha := 0; alpha <= 255; alpha += 15 {
				c.pix[0] = uint8(from)
				c.blend(0, tone, alpha)
				if got := int(c.pix[0]); got < min(from, tone) || got > max(from, tone) {
					t.Fatalf("%d towards %d by %d is %d", from, tone, alpha, got)
				}
			}
		}
	}
}

func TestStampIsCutAtTheEdges(t *testing.T) {
	mask := image.NewAlpha(image.Rect(0, 0, 4, 4))
	for i := range mask.Pix {
		mask.Pix[i] = 255
	}
	for _, test := range []struct {
		x, y int
		want image.Rectangle
	}{
		{3, 3, image.Rect(3, 3, 7, 7)},
		{-2, -2, image.Rect(0, 0, 2, 2)},
		{8, 8, image.Rect(8, 8, 10, 10)},
		{-2, 8, image.Rect(0, 8, 2, 10)},
		{10, 0, image.Rectangle{}},
		{0, -4, image.Rectangle{}},
		{-500, 500, image.Rectangle{}},
	} {
		c := newCanvas(10, 10)
		c.stamp(mask, test.x, test.y, white, 255)
		if got := c.painted(); got != test.want {
			t.Errorf("at (%d, %d) it paints %v, want %v", test.x, test.y, got, test.want)
		}
	}
}

func TestStampOfAPart(t *testing.T) {
	mask := image.NewAlpha(image.Rect(0, 0, 4, 4))
	mask.SetAlpha(2, 1, opaque())
	part := mask.SubImage(image.Rect(2, 1, 4, 3)).(*image.Alpha)
	c := newCanvas(10, 10)
	c.stamp(part, 5, 6, white, 128)
	if got := c.painted(); got != image.Rect(5, 6, 6, 7) || c.pix[65] != 128 {
		t.Errorf("painted %v with %d", got, c.pix[65])
	}
}

func TestFill(t *testing.T) {
	c := newCanvas(10, 10)
	c.fill(image.Rect(2, 3, 5, 7), 9)
	if got := c.painted(); got != image.Rect(2, 3, 5, 7) {
		t.Errorf("filled %v", got)
	}
}

func TestCloneIsApart(t *testing.T) {
	c := newCanvas(2, 2)
	other := c.clone()
	other.fill(image.Rect(0, 0, 2, 2), white)
	if !c.painted().Empty() {
		t.Error("the first canvas changed too")
	}
}

func TestShapes(t *testing.T) {
	s := newShape(20, 20)
	s.rounded(2, 2, 18, 18, 6)
	mask := s.mask()
	for _, test := range []struct {
		x, y int
		want uint8
	}{{10, 10, 255}, {2, 10, 255}, {10, 17, 255}, {2, 2, 0}, {17, 17, 0}, {0, 10, 0}, {19, 10, 0}} {
		if got := mask.AlphaAt(test.x, test.y).A; got != test.want {
			t.Errorf("rounded: %d at (%d, %d), want %d", got, test.x, test.y, test.want)
		}
	}
	s = newShape(20, 20)
	s.polygon(point{0, 0}, point{20, 0}, point{0, 20})
	mask = s.mask()
	if in, edge, out := mask.AlphaAt(3, 3).A, mask.AlphaAt(10, 9).A, mask.AlphaAt(15, 15).A; in != 255 || edge < 100 || edge > 155 || out != 0 {
		t.Errorf("polygon: inside %d, edge %d, outside %d", in, edge, out)
	}
}

func TestBackdrop(t *testing.T) {
	c := newBackdrop()
	if len(c.pix) != width*height {
		t.Fatalf("%d pixels", len(c.pix))
	}
	for y := panelTop + 1; y < panelBottom; y++ {
		for _, x := range []int{panelLeft + panelRadius + 2, width / 2, panelRight - panelRadius - 2} {
			if c.pix[y*width+x] != white {
				t.Fatalf("the panel has a spot at (%d, %d)", x, y)
			}
		}
	}
	for _, part := range []image.Rectangle{image.Rect(0, 0, width, panelTop), image.Rect(0, panelBottom, width, height), image.Rect(0, 0, panelLeft, height), image.Rect(panelRight, 0, width, height)} {
		c.smooth(t, part)
	}
}

// smooth checks that tones neither wrap around nor come near to white.
func (c *canvas) smooth(t *testing.T, part image.Rectangle) {
	t.Helper()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X + 1; x < part.Max.X; x++ {
			here, before := int(c.pix[y*width+x]), int(c.pix[y*width+x-1])
			if here > 200 || here-before > 60 || before-here > 60 {
				t.Fatalf("tone %d after %d at (%d, %d)", here, before, x, y)
			}
		}
	}
}

func TestRibbonFadesDownwards(t *testing.T) {
	f := ribbon{base: 100, wave: 500, depth: 50, strength: 20}.fall()
	if f.from > 99 || f.to < 149 {
		t.Errorf("touches rows %d to %d", f.from, f.to)
	}
	last := f.at(10, 100)
	if last != 20*one || f.at(10, 98) != 0 || f.at(10, 200) != 0 {
		t.Errorf("ridge %d, above %d, far below %d", last, f.at(10, 98), f.at(10, 200))
	}
	for y := 101; y < 150; y++ {
		if now := f.at(10, y); now > last {
			t.Errorf("brighter at row %d", y)
		} else {
			last = now
		}
	}
}

func TestOpenParts(t *testing.T) {
	covered := 0
	for y := range height {
		seen := 0
		for _, part := range open(y) {
			seen += part.to - part.from
		}
		covered += width - seen
	}
	if want := (panelRight - panelLeft) * (panelBottom - panelTop - 2*panelRadius); covered != want {
		t.Errorf("%d pixels left out, want %d", covered, want)
	}
}
