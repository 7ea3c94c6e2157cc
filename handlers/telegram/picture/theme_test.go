package picture

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chains are the networks of the univoucher sheet §1.
func chains() []int64 { return []int64{1, 8453, 56, 137, 42161, 10, 43114} }

// luminance is how bright a colour looks, 0 to 1.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestPalettes(t *testing.T) {
	for _, chain := range append(chains(), 0) {
		colours := themeOf(chain).palette
		if len(colours) != 256 {
			t.Fatalf("chain %d: %d colours", chain, len(colours))
		}
		if diff := cmp.Diff(color.Color(color.RGBA{255, 255, 255, 255}), colours[white]); diff != "" {
			t.Errorf("chain %d, white: %s", chain, diff)
		}
		for tone := 1; tone < len(colours); tone++ {
			before, after := luminance(colours[tone-1]), luminance(colours[tone])
			if after < before {
				t.Errorf("chain %d: tone %d is darker than the one before", chain, tone)
			}
			if step(colours[tone-1], colours[tone]) > 6 {
				t.Errorf("chain %d: a gradient would show a step at tone %d", chain, tone)
			}
		}
	}
}

// step is the largest difference of two colours in one channel, of 255.
func step(a, b color.Color) int {
	p, q := a.(color.RGBA), b.(color.RGBA)
	apart := func(x, y uint8) int { return max(int(x), int(y)) - min(int(x), int(y)) }
	return max(apart(p.R, q.R), apart(p.G, q.G), apart(p.B, q.B))
}

func TestNetworksDiffer(t *testing.T) {
	seen := map[color.Color]int64{}
	for _, chain := range append(chains(), 0) {
		accent := themeOf(chain).palette[120]
		for other, before := range seen {
			if step(accent, other) < 24 {
				t.Errorf("chains %d and %d look alike: %v, %v", chain, before, accent, other)
			}
		}
		seen[accent] = chain
	}
	if diff := cmp.Diff(themeOf(0).palette, themeOf(99).palette); diff != "" {
		t.Error("an unknown network is not neutral")
	}
}

func TestEmblemsFitTheirCircle(t *testing.T) {
	for _, chain := range append(chains(), 0) {
		emblem := emblemOf(chain)
		if len(emblem) == 0 {
			t.Errorf("chain %d has no emblem", chain)
		}
		for _, f := range emblem {
			if f.strength <= 0 || f.strength > 255 || len(f.corners) == 0 && len(f.circles) == 0 {
				t.Errorf("chain %d: a facet that nobody sees: %+v", chain, f)
			}
			for _, p := range f.corners {
				if reach := math.Hypot(float64(p.x), float64(p.y)); reach > 1.2 || max(p.x, p.y) > 1 || min(p.x, p.y) < -1 {
					t.Errorf("chain %d: a corner at %v", chain, p)
				}
			}
			for _, r := range f.circles {
				if reach := math.Hypot(float64(r.middle.x), float64(r.middle.y)) + float64(r.radius); reach > 1 || r.off >= r.radius {
					t.Errorf("chain %d: a circle %+v", chain, r)
				}
			}
		}
	}
}

func TestEmblemIsDrawnAroundItsPlace(t *testing.T) {
	for _, chain := range append(chains(), 0) {
		c := newCanvas(100, 100)
		c.emblem(emblemOf(chain), image.Pt(50, 50), 30, 255)
		area := c.painted()
		if area.Empty() || !area.In(image.Rect(20, 20, 80, 80)) || area.Dx() < 34 && area.Dy() < 34 {
			t.Errorf("chain %d: painted %v", chain, area)
		}
	}
}

func TestRingHasAHole(t *testing.T) {
	c := newCanvas(100, 100)
	c.emblem([]facet{{255, nil, []ring{{point{}, 0.9, 0.5}}}}, image.Pt(50, 50), 40, 255)
	if c.pix[50*100+50] != 0 || c.pix[50*100+50+28] != white {
		t.Errorf("middle %d, rim %d", c.pix[50*100+50], c.pix[50*100+78])
	}
}

func TestRegular(t *testing.T) {
	got := regular(4, point{1, 2}, 1)
	want := []point{{1, 1}, {2, 2}, {1, 3}, {0, 2}}
	for i := range want {
		if math.Abs(float64(got[i].x-want[i].x)) > 1e-6 || math.Abs(float64(got[i].y-want[i].y)) > 1e-6 {
			t.Errorf("corner %d at %v, want %v", i, got[i], want[i])
		}
	}
}
