package picture

import (
	"image"
	"image/draw"
	"slices"

	"golang.org/x/image/vector"
)

// Tones: a canvas has no colours, only places on its theme's scale.
const (
	ink   = 0
	white = 255
)

// canvas is a picture in tones.
type canvas struct {
	pix           []uint8
	width, height int
}

func newCanvas(width, height int) *canvas {
	return &canvas{make([]uint8, width*height), width, height}
}

// clone returns a canvas of its own with the same picture.
func (c *canvas) clone() *canvas {
	return &canvas{slices.Clone(c.pix), c.width, c.height}
}

// blend moves one pixel towards a tone; 255 of alpha is all the way.
func (c *canvas) blend(at int, tone, alpha int) {
	v := int(c.pix[at])
	c.pix[at] = uint8(v + ((tone-v)*alpha*257+1<<15)>>16)
}

// stamp blends a tone through a mask whose upper left corner lies at (x, y).
// strength weakens the mask: 255 takes it as it is.
func (c *canvas) stamp(mask *image.Alpha, x, y, tone, strength int) {
	area := mask.Rect.Sub(mask.Rect.Min).Add(image.Pt(x, y)).Intersect(image.Rect(0, 0, c.width, c.height))
	for row := area.Min.Y; row < area.Max.Y; row++ {
		start := (row-y)*mask.Stride + area.Min.X - x
		for i, alpha := range mask.Pix[start : start+area.Dx()] {
			if alpha != 0 {
				c.blend(row*c.width+area.Min.X+i, tone, int(alpha)*strength/255)
			}
		}
	}
}

// fill sets a rectangle inside the canvas to a tone.
func (c *canvas) fill(area image.Rectangle, tone uint8) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := c.pix[y*c.width+area.Min.X : y*c.width+area.Max.X]
		for x := range row {
			row[x] = tone
		}
	}
}

// point is a place in pixels or, in emblems, in units of their radius.
type point struct{ x, y float32 }

// kappa is how far the handles of a Bézier curve stand out to draw a quarter
// of a circle.
const kappa = 0.5522848

// shape collects outlines and turns them into a mask.
type shape struct {
	raster *vector.Rasterizer
}

func newShape(width, height int) shape { return shape{vector.NewRasterizer(width, height)} }

// polygon adds a closed outline.
func (s shape) polygon(corners ...point) {
	s.raster.MoveTo(corners[0].x, corners[0].y)
	for _, p := range corners[1:] {
		s.raster.LineTo(p.x, p.y)
	}
	s.raster.ClosePath()
}

// rounded adds a rectangle with round corners.
func (s shape) rounded(left, top, right, bottom, radius float32) {
	r, k := s.raster, radius*(1-kappa)
	r.MoveTo(left+radius, top)
	r.LineTo(right-radius, top)
	r.CubeTo(right-k, top, right, top+k, right, top+radius)
	r.LineTo(right, bottom-radius)
	r.CubeTo(right, bottom-k, right-k, bottom, right-radius, bottom)
	r.LineTo(left+radius, bottom)
	r.CubeTo(left+k, bottom, left, bottom-k, left, bottom-radius)
	r.LineTo(left, top+radius)
	r.CubeTo(left, top+k, left+k, top, left+radius, top)
	r.ClosePath()
}

// circle adds a disc, or with hole set the outline that cuts one out.
func (s shape) circle(middle point, radius float32, hole bool) {
	if !hole {
		s.rounded(middle.x-radius, middle.y-radius, middle.x+radius, middle.y+radius, radius)
		return
	}
	r, k := s.raster, radius*kappa
	x, y := middle.x, middle.y
	r.MoveTo(x, y-radius)
	r.CubeTo(x-k, y-radius, x-radius, y-k, x-radius, y)
	r.CubeTo(x-radius, y+k, x-k, y+radius, x, y+radius)
	r.CubeTo(x+k, y+radius, x+radius, y+k, x+radius, y)
	r.CubeTo(x+radius, y-k, x+k, y-radius, x, y-radius)
	r.ClosePath()
}

// mask rasterises what was added.
func (s shape) mask() *image.Alpha {
	mask := image.NewAlpha(s.raster.Bounds())
	s.raster.DrawOp = draw.Src
	s.raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	return mask
}
