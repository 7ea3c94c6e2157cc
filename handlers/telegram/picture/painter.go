package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"sync"

	"github.com/skip2/go-qrcode"
)

// Painter draws gift cards. It may be used by everybody at once.
type Painter struct {
	fonts    fonts
	buffers  buffers
	once     sync.Once
	backdrop *canvas
}

// New parses the fonts. The backdrop is drawn with the first card, or by
// Prepare.
func New() (*Painter, error) {
	parsed, err := parseFonts()
	if err != nil {
		return nil, err
	}
	return &Painter{fonts: parsed}, nil
}

// Prepare draws the backdrop, which takes as long as two cards, unless that was
// done before. A bot that calls it when it is idle spares its first buyer.
func (p *Painter) Prepare() { p.once.Do(func() { p.backdrop = newBackdrop() }) }

// Card draws a card as a PNG of 1024 × 1280 pixels, some 200 KB. The same card
// gives the same bytes. Errors: ErrIncomplete, ErrTooMuch; none holds the
// secret.
func (p *Painter) Card(c Card) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p.Prepare()
	paper, look := p.backdrop.clone(), themeOf(c.Chain)
	paper.emblem(look.emblem, image.Pt(width-margin-sealRadius, sealMiddle), sealRadius, sealStrength)
	if err := paper.code(Payload(c)); err != nil {
		return nil, err
	}
	if err := p.words(paper, c, look); err != nil {
		return nil, err
	}
	return p.encode(paper, look)
}

// The QR code has this many pixels with its margin, each module at least the
// smallest size: half of that is left when the picture is 512 pixels wide.
const (
	codeSide, smallestModule = 640, 8
	codeTop                  = panelTop + 14
)

// code draws the QR code in whole pixels on the panel. The library's error is
// not wrapped: it has seen the secret.
func (c *canvas) code(payload string) error {
	code, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return ErrTooMuch
	}
	modules := code.Bitmap() // with the margin of four modules
	size := codeSide / len(modules)
	if size < smallestModule {
		return ErrTooMuch
	}
	left := (width - size*len(modules)) / 2
	top := codeTop + (codeSide-size*len(modules))/2
	for y, row := range modules {
		for x, dark := range row {
			if dark {
				c.fill(image.Rect(left+x*size, top+y*size, left+(x+1)*size, top+(y+1)*size), ink)
			}
		}
	}
	return nil
}

// encode makes the PNG.
func (p *Painter) encode(paper *canvas, look theme) ([]byte, error) {
	picture := &image.Paletted{Pix: paper.pix, Stride: width, Rect: image.Rect(0, 0, width, height), Palette: look.palette}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &p.buffers}
	out := bytes.NewBuffer(make([]byte, 0, 256<<10))
	if err := encoder.Encode(out, picture); err != nil {
		return nil, fmt.Errorf("gift card picture: %w", err)
	}
	return out.Bytes(), nil
}

// buffers keeps the encoder's memory between pictures.
type buffers struct{ pool sync.Pool }

// Get implements png.EncoderBufferPool.
func (b *buffers) Get() *png.EncoderBuffer {
	buffer, _ := b.pool.Get().(*png.EncoderBuffer)
	return buffer // nil: the encoder makes one
}

// Put implements png.EncoderBufferPool.
func (b *buffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }
