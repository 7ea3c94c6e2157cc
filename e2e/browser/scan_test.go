package browser

import (
	"bytes"
	"image"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// readQR reads the code in a part of a picture; its edges (left, top, right,
// bottom) are shares of the picture's width. Like a phone, which has many looks
// at what is before its lens, it tries in more than one way.
func readQR(raw []byte, edges []float64) (string, error) {
	shot, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	px := make([]int, len(edges))
	for i, at := range edges {
		px[i] = int(at * float64(shot.Bounds().Dx()))
	}
	part := image.Rect(px[0], px[1], px[2], px[3]).Intersect(shot.Bounds())
	for _, scale := range []int{100, 75, 150, 60} { // percent
		size := image.Pt(part.Dx()*scale/100, part.Dy()*scale/100)
		look := image.NewRGBA(image.Rectangle{Max: size})
		draw.CatmullRom.Scale(look, look.Bounds(), shot, part, draw.Src, nil)
		text, missed := lookAt(look)
		if missed == nil {
			return text, nil
		}
		err = missed
	}
	return "", err
}

func lookAt(picture image.Image) (string, error) {
	source := gozxing.NewLuminanceSourceFromImage(picture)
	var failed error
	for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
		bitmap, err := gozxing.NewBinaryBitmap(binarizer)
		if err != nil {
			return "", err
		}
		hard := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
		found, err := qrcode.NewQRCodeReader().Decode(bitmap, hard)
		if err == nil {
			return found.GetText(), nil
		}
		failed = err
	}
	return "", failed
}
