package picture

import (
	"math"
	"slices"
)

// The size of a picture in pixels, and the panel on which the QR code stands.
const (
	width, height = 1024, 1280
	margin        = 72

	panelLeft, panelTop     = 152, 350
	panelRight, panelBottom = 872, 1110
	panelRadius             = 48
)

// one is a tone step in the backdrop's fixed point.
const one = 1 << 8

// glow is a soft light: strength in tones, at its middle.
type glow struct {
	x, y, reach float64
	strength    float64
}

// ribbon is a fold of cloth: bright at its ridge, fading downwards.
type ribbon struct {
	base, slope float64 // the ridge's height at the left, and how much lower it is at the right
	wave, swing float64 // length and height of its waves
	phase       float64
	depth       int     // how far down it fades
	strength    float64 // tones at the ridge
}

func glows() []glow {
	return []glow{{900, 60, 460, 64}, {80, 1240, 430, 46}, {1010, 1010, 330, 34}, {40, 340, 300, 10}}
}

func ribbons() []ribbon {
	return []ribbon{
		{-60, 330, 900, 70, 0.4, 300, 17},
		{210, -190, 1100, 95, 2.1, 360, 16},
		{420, 130, 1000, 60, 4.0, 300, 12},
		{1010, -120, 1150, 85, 1.2, 330, 16},
		{1130, 90, 820, 50, 3.3, 260, 18},
	}
}

// falling are the tones of one ribbon by column and by depth.
type falling struct {
	ridge    []int // fixed point
	fade     []int // fixed point, by pixels below the ridge
	from, to int   // the rows it touches
}

func (r ribbon) fall() falling {
	f := falling{ridge: make([]int, width), fade: make([]int, r.depth)}
	for x := range f.ridge {
		at := float64(x)
		f.ridge[x] = int((r.base + r.slope*at/width + r.swing*math.Sin(2*math.Pi*at/r.wave+r.phase)) * one)
	}
	for d := range f.fade {
		left := 1 - float64(d)/float64(r.depth)
		f.fade[d] = int(r.strength * left * left * left * one)
	}
	f.from, f.to = slices.Min(f.ridge)/one-1, slices.Max(f.ridge)/one+r.depth
	return f
}

// at is the light at a pixel; the ridge itself is drawn smoothly.
func (f falling) at(x, y int) int {
	below := y*one - f.ridge[x]
	if below <= -one || below >= len(f.fade)*one-one {
		return 0
	}
	if below < 0 {
		return f.fade[0] * (one + below) / one
	}
	return f.fade[below/one]
}

// bell is a glow along one axis, in 1/65536.
func bell(length int, middle, reach float64) []int {
	out := make([]int, length)
	for i := range out {
		d := (float64(i) - middle) / reach
		out[i] = int(math.Exp(-d*d) * 65536)
	}
	return out
}

// edge is a blurred interval along one axis, in 1/65536: two of them multiplied
// are the shadow of a rectangle.
func edge(length, from, to int, blur float64) []int {
	out := make([]int, length)
	for i := range out {
		at := float64(i)
		out[i] = int((math.Erf((at-float64(from))/blur) - math.Erf((at-float64(to))/blur)) / 2 * 65536)
	}
	return out
}

// newBackdrop draws what all cards share.
func newBackdrop() *canvas {
	c := newCanvas(width, height)
	c.cloth()
	c.lines()
	c.shadow()
	panel := newShape(panelRight-panelLeft, panelBottom-panelTop)
	panel.rounded(0, 0, panelRight-panelLeft, panelBottom-panelTop, panelRadius)
	c.stamp(panel.mask(), panelLeft, panelTop, white, 255)
	return c
}

// beam is a glow by column and by row: one times the other, shifted down by
// beamShift, is its tones in fixed point.
type beam struct{ across, down []int }

const beamShift = 16

func (g glow) beam(wide, tall int) beam {
	b := beam{bell(wide, g.x, g.reach), bell(tall, g.y, g.reach)}
	for y := range b.down {
		b.down[y] = int(float64(b.down[y]) * g.strength * one / (1 << beamShift))
	}
	return b
}

// cloth fills the canvas with gradient, glows and ribbons.
func (c *canvas) cloth() {
	var beams []beam
	for _, g := range glows() {
		beams = append(beams, g.beam(c.width, c.height))
	}
	var folds []falling
	for _, r := range ribbons() {
		folds = append(folds, r.fall())
	}
	tones := make([]int, c.width)
	for y := range c.height {
		for _, part := range open(y) {
			c.light(y, part, tones, beams)
			c.fold(y, part, folds)
		}
	}
}

// light sets a part of a row to the gradient and the glows; tones is a row to
// work in.
func (c *canvas) light(y int, part span, tones []int, beams []beam) {
	start := (34 + 22*y/c.height) * one
	for x := part.from; x < part.to; x++ {
		tones[x] = start + 14*one*x/c.width
	}
	for _, b := range beams {
		strength := b.down[y]
		if strength < one/8 {
			continue // nobody sees an eighth of a tone
		}
		across := b.across[:len(tones)]
		for x := part.from; x < part.to; x++ {
			tones[x] += across[x] * strength >> beamShift
		}
	}
	row := c.pix[y*c.width : (y+1)*c.width]
	for x := part.from; x < part.to; x++ {
		row[x] = uint8(tones[x] / one)
	}
}

// fold adds the ribbons that touch a part of a row.
func (c *canvas) fold(y int, part span, folds []falling) {
	row := c.pix[y*c.width : (y+1)*c.width]
	for _, f := range folds {
		if y < f.from || y > f.to {
			continue
		}
		for x := part.from; x < part.to; x++ {
			row[x] += uint8(f.at(x, y) / one)
		}
	}
}

// span is a part of a row.
type span struct{ from, to int }

// open are the parts of a row that the panel leaves to be seen.
func open(y int) []span {
	if y < panelTop+panelRadius || y >= panelBottom-panelRadius {
		return []span{{0, width}}
	}
	return []span{{0, panelLeft}, {panelRight, width}}
}

// lines draws two fans of fine lines, as on a banknote. Each line is a little
// ahead of the one before, so that they meet in folds and never in one point.
func (c *canvas) lines() {
	const count = 24
	for i := range count {
		n := float64(i)
		for x := range c.width {
			at := 2 * math.Pi * float64(x) / float64(c.width)
			c.dash(x, 150+105*math.Sin(0.8*at+0.3+0.11*n)+34*math.Sin(1.7*at+2.4-0.07*n)+5*n, 30)
			c.dash(x, 1150+62*math.Sin(0.7*at+3.3+0.08*n)+20*math.Sin(1.9*at+0.4-0.06*n)+6*n, 26)
		}
	}
}

// dash lightens one column where a fine line crosses it.
func (c *canvas) dash(x int, y float64, strength int) {
	top := int(math.Floor(y))
	part := int((y - float64(top)) * float64(strength))
	for row, alpha := range [...]int{strength - part, part} {
		if row += top; row >= 0 && row < c.height {
			c.blend(row*c.width+x, white, alpha)
		}
	}
}

// shadow darkens the cloth around the panel.
func (c *canvas) shadow() {
	const drop, blur = 22, 44
	across := edge(c.width, panelLeft, panelRight, blur)
	down := edge(c.height, panelTop+drop, panelBottom+drop, blur)
	for y := panelTop - 2*blur; y < min(panelBottom+2*blur+drop, c.height); y++ {
		for _, part := range open(y) {
			for x := max(part.from, panelLeft-2*blur); x < min(part.to, panelRight+2*blur); x++ {
				c.blend(y*c.width+x, ink, (across[x]*down[y]>>16)*150>>16)
			}
		}
	}
}
