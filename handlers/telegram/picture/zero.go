package picture

import (
	"image"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The fonts' zero has a slash, which makes a price look like code. Its outline
// is followed by the two halves of its hole; plainZero keeps the outline and
// cuts one oval where the halves were.

// zeroMask draws a plain zero of a size in pixels, its left end and baseline
// at (shift, rise). Nil when the font's zero is built in another way.
func zeroMask(font *sfnt.Font, size, shift float32, rise int) *image.Alpha {
	outline, hole, ok := plainZero(font, size)
	if !ok {
		return nil
	}
	s := newShape(int(size)+1, rise+int(size)/4)
	at := func(p fixed.Point26_6) point {
		return point{float32(p.X)/64 + shift, float32(p.Y)/64 + float32(rise)}
	}
	for _, step := range outline {
		switch a, b := at(step.Args[0]), at(step.Args[1]); step.Op {
		case sfnt.SegmentOpMoveTo:
			s.raster.MoveTo(a.x, a.y)
		case sfnt.SegmentOpLineTo:
			s.raster.LineTo(a.x, a.y)
		default:
			s.raster.QuadTo(a.x, a.y, b.x, b.y)
		}
	}
	s.raster.ClosePath()
	low, high := at(hole.Min), at(hole.Max)
	s.oval(low.x, low.y, high.x, high.y)
	return s.mask()
}

// plainZero takes the zero of a font apart.
func plainZero(font *sfnt.Font, size float32) (outline sfnt.Segments, hole fixed.Rectangle26_6, ok bool) {
	var buffer sfnt.Buffer
	index, err := font.GlyphIndex(&buffer, '0')
	if err != nil {
		return nil, hole, false
	}
	all, err := font.LoadGlyph(&buffer, index, fixed.Int26_6(size*64), nil)
	if err != nil {
		return nil, hole, false
	}
	var starts []int
	for i, step := range all {
		if step.Op == sfnt.SegmentOpMoveTo {
			starts = append(starts, i)
		}
	}
	if len(starts) != 3 {
		return nil, hole, false
	}
	return all[:starts[1]], all[starts[1]:].Bounds(), true
}

// oval adds a hole in the way in which the fonts draw theirs.
func (s shape) oval(left, top, right, bottom float32) {
	r, x, y := s.raster, (left+right)/2, (top+bottom)/2
	r.MoveTo(x, bottom)
	r.QuadTo(right, bottom, right, y)
	r.QuadTo(right, top, x, top)
	r.QuadTo(left, top, left, y)
	r.QuadTo(left, bottom, x, bottom)
	r.ClosePath()
}
