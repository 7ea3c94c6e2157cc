package kit

import (
	"bytes"
	"image"
	_ "image/jpeg" // what a messenger may make of a picture
	_ "image/png"
	"net/http"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// Scanned is what the QR code of a gift card says.
type Scanned struct {
	Card   string
	Secret string
	Redeem string
}

// AwaitPicture waits until a message shows a picture and every text.
func (p *Person) AwaitPicture(message int64, texts ...string) Message {
	p.t.Helper()
	var found Message
	p.eventually("picture", func() bool {
		found = p.At(message)
		return found.PhotoURL != "" && holdsAll(found.Caption, texts)
	})
	return found
}

// Picture downloads the picture of a message.
func (p *Person) Picture(m Message) image.Image {
	p.t.Helper()
	status, raw := Request(p.t, http.MethodGet, p.c.Base+m.PhotoURL, nil, nil)
	if status != http.StatusOK {
		p.t.Fatalf("the picture is answered with %d", status)
	}
	picture, _, err := image.Decode(bytes.NewReader([]byte(raw)))
	if err != nil {
		p.t.Fatalf("the picture is none: %v", err)
	}
	return picture
}

// Scan reads the QR code of a message's picture, as a phone would: a phone has
// the picture in many sizes before it gives up, and this reader cannot read
// every code in every size.
func (p *Person) Scan(m Message) Scanned {
	p.t.Helper()
	whole := p.Picture(m)
	for _, tenths := range []int{10, 9, 5, 7, 3, 15} {
		if text, err := readQR(scaled(whole, tenths)); err == nil {
			return scanned(text)
		}
	}
	p.t.Fatalf("no phone reads the QR code of %v in message %d", whole.Bounds(), m.ID)
	return Scanned{}
}

func scaled(whole image.Image, tenths int) image.Image {
	b := whole.Bounds()
	small := image.NewGray(image.Rect(0, 0, b.Dx()*tenths/10, b.Dy()*tenths/10))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, b, draw.Src, nil)
	return small
}

func readQR(picture image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

func scanned(text string) Scanned {
	var s Scanned
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "Card ID":
			s.Card = value
		case "Secret":
			s.Secret = value
		case "Redeem":
			s.Redeem = value
		}
	}
	return s
}
