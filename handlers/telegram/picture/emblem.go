package picture

import (
	"image"
	"math"
)

// facet is one flat part of an emblem. Emblems are signs of plain shapes, by
// which people tell the networks apart; nobody's artwork is copied.
type facet struct {
	strength int // of 255
	corners  []point
	circles  []ring // with corners empty
}

// ring is a disc with a hole; the hole may be 0.
type ring struct {
	middle      point
	radius, off float32
}

// emblemOf returns the sign of a chain, within a circle of radius 1.
func emblemOf(chain int64) []facet {
	switch chain {
	case 1:
		return crystal()
	case 8453:
		return []facet{{255, nil, []ring{{point{}, 0.56, 0}}}, {140, nil, []ring{{point{}, 0.92, 0.72}}}}
	case 56:
		return tiles()
	case 137:
		return []facet{{255, regular(6, point{-0.42, -0.25}, 0.5), nil}, {150, regular(6, point{0.42, 0.25}, 0.5), nil}}
	case 42161:
		return []facet{{120, regular(6, point{}, 0.95), nil}, {255, slash(-0.3), nil}, {255, slash(0.3), nil}}
	case 10:
		return []facet{{255, nil, []ring{{point{-0.38, 0}, 0.52, 0.27}}}, {165, nil, []ring{{point{0.42, 0}, 0.5, 0}}}}
	case 43114:
		return []facet{{255, []point{{-0.12, -0.8}, {0.5, 0.65}, {-0.86, 0.65}}, nil}, {150, []point{{0.5, -0.18}, {0.96, 0.65}, {0.62, 0.65}, {0.32, -0.06}}, nil}}
	default:
		return []facet{{255, nil, []ring{{point{}, 0.92, 0.76}}}, {150, regular(4, point{}, 0.5), nil}}
	}
}

// crystal is an octahedron, lit from the left.
func crystal() []facet {
	return []facet{
		{190, []point{{0, -1}, {0, 0.28}, {-0.62, 0.02}}, nil},
		{255, []point{{0, -1}, {0.62, 0.02}, {0, 0.28}}, nil},
		{120, []point{{-0.62, 0.16}, {0, 0.42}, {0, 1}}, nil},
		{175, []point{{0.62, 0.16}, {0, 1}, {0, 0.42}}, nil},
	}
}

// tiles are five squares on their corners.
func tiles() []facet {
	facets := []facet{{255, regular(4, point{}, 0.36), nil}}
	for _, at := range []point{{0, -0.64}, {0.64, 0}, {0, 0.64}, {-0.64, 0}} {
		facets = append(facets, facet{180, regular(4, at, 0.27), nil})
	}
	return facets
}

// slash is a bar that leans to the right.
func slash(x float32) []point {
	return []point{{x + 0.12, -0.55}, {x + 0.36, -0.55}, {x - 0.12, 0.55}, {x - 0.36, 0.55}}
}

// regular is a polygon with a corner at the top.
func regular(corners int, middle point, radius float32) []point {
	out := make([]point, corners)
	for i := range out {
		angle := 2 * math.Pi * float64(i) / float64(corners)
		out[i] = point{middle.x + radius*float32(math.Sin(angle)), middle.y - radius*float32(math.Cos(angle))}
	}
	return out
}

// emblem draws a sign around a place. strength of 255 paints it in white.
func (c *canvas) emblem(facets []facet, middle image.Point, radius, strength int) {
	for _, f := range facets {
		s := newShape(2*radius, 2*radius)
		scale := float32(radius)
		at := func(p point) point { return point{scale + p.x*scale, scale + p.y*scale} }
		if len(f.corners) > 0 {
			corners := make([]point, len(f.corners))
			for i, p := range f.corners {
				corners[i] = at(p)
			}
			s.polygon(corners...)
		}
		for _, r := range f.circles {
			s.circle(at(r.middle), r.radius*scale, false)
			if r.off > 0 {
				s.circle(at(r.middle), r.off*scale, true)
			}
		}
		c.stamp(s.mask(), middle.X-radius, middle.Y-radius, white, f.strength*strength/255)
	}
}
