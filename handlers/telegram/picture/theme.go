package picture

import "image/color"

// theme is the look of a network.
type theme struct {
	palette color.Palette // one colour for each tone
	emblem  []facet
}

// stop is a colour at a tone.
type stop struct {
	tone int
	rgb  uint32
}

// The scales: ink and night carry the QR code and the shadows, the stretch to
// the accent is the gradient, the pale end is for text. The white end is the
// same in all.
func scaleOf(chain int64) []stop {
	colours := func(ink, night, deep, accent, pale uint32) []stop {
		return []stop{{0, ink}, {28, night}, {84, deep}, {156, accent}, {214, pale}, {255, 0xffffff}}
	}
	switch chain {
	case 1: // Ethereum: indigo to periwinkle
		return colours(0x080a18, 0x10132f, 0x2a2f74, 0x7687f5, 0xcfd8ff)
	case 8453: // Base: cobalt
		return colours(0x030822, 0x05124a, 0x0a34c4, 0x3f86ff, 0xc4ddff)
	case 56: // BNB Chain: espresso to gold
		return colours(0x120b02, 0x241704, 0x6b4a0a, 0xf0b72a, 0xffecb3)
	case 137: // Polygon: violet to orchid
		return colours(0x0d0420, 0x1e0a47, 0x5420b0, 0xa562ff, 0xe6d2ff)
	case 42161: // Arbitrum: slate to ice
		return colours(0x050d18, 0x0b1d33, 0x17527f, 0x35b3f3, 0xc6ebff)
	case 10: // Optimism: crimson to rose
		return colours(0x19020a, 0x3a0414, 0xa80a30, 0xff4a63, 0xffd0d5)
	case 43114: // Avalanche: ember
		return colours(0x150606, 0x2b0d0b, 0x8a2417, 0xf8703f, 0xffdcc4)
	default:
		return colours(0x070b10, 0x111a24, 0x2f4459, 0x7fa3c0, 0xd9e6f0)
	}
}

// themeOf makes the look of a chain.
func themeOf(chain int64) theme {
	stops := scaleOf(chain)
	palette := make(color.Palette, 0, 256)
	for i, from := range stops[:len(stops)-1] {
		to := stops[i+1]
		for tone := from.tone; tone < to.tone; tone++ {
			palette = append(palette, between(from, to, tone))
		}
	}
	return theme{append(palette, color.RGBA{0xff, 0xff, 0xff, 0xff}), emblemOf(chain)}
}

// between mixes two stops.
func between(from, to stop, tone int) color.RGBA {
	mix := func(shift uint) uint8 {
		a, b := int(from.rgb>>shift&0xff), int(to.rgb>>shift&0xff)
		return uint8(a + (b-a)*(tone-from.tone)/(to.tone-from.tone))
	}
	return color.RGBA{mix(16), mix(8), mix(0), 0xff}
}
