package picture

import (
	"fmt"
	"image"
)

// Tones of texts: on the cloth, and on the panel.
const (
	toneText  = 255
	toneLabel = 208
	toneDark  = 14
	toneMuted = 90
)

// Baselines, in pixels from the top.
const (
	headMiddle  = 98
	amountLine  = 290
	captionLine = panelBottom - 76
	siteLine    = panelBottom - 36
	labelLine   = 1166
	idLine      = 1222
)

// The emblem in the lower right corner.
const (
	sealMiddle   = 1186
	sealRadius   = 66
	sealStrength = 96
)

// English words for texts that the fonts cannot show.
const (
	plainTitle   = "Gift card"
	plainCaption = "Scan to redeem"
	plainLabel   = "Card ID"
)

// words writes everything that is text.
func (p *Painter) words(paper *canvas, c Card, look theme) error {
	chip, err := p.chip(paper, c, look)
	if err != nil {
		return err
	}
	title, err := style{p.fonts.bold, 44, 30, toneText}.fit(p.fonts.readable(c.Title, plainTitle), chip-margin-40)
	if err != nil {
		return err
	}
	paper.write(title, margin, headMiddle+title.drop())
	for _, draw := range []func(*canvas, Card) error{p.amount, p.caption, p.number} {
		if err := draw(paper, c); err != nil {
			return err
		}
	}
	return nil
}

// chip names the network in the upper right corner; it returns its left end.
func (p *Painter) chip(paper *canvas, c Card, look theme) (left int, err error) {
	const tall, sign, pad = 64, 20, 26
	right, top := width-margin, headMiddle-tall/2
	name := p.fonts.readable(c.Network, "")
	if name == "" {
		return right, nil
	}
	text, err := style{p.fonts.medium, 30, 22, toneText}.fit(name, 300)
	if err != nil {
		return 0, err
	}
	wide := pad + 2*sign + 14 + text.width + pad
	left = right - wide
	pill := newShape(wide, tall)
	pill.rounded(0, 0, float32(wide), tall, tall/2)
	paper.stamp(pill.mask(), left, top, white, 40)
	paper.emblem(look.emblem, image.Pt(left+pad+sign, headMiddle), sign, 255)
	paper.write(text, left+pad+2*sign+14, headMiddle+text.drop())
	return left, nil
}

// amount writes the sum and, smaller, its token. A long sum makes the token
// shrink too, so that the sum is not cut while it can still be read.
func (p *Painter) amount(paper *canvas, c Card) error {
	const room, gap = width - 2*margin, 24
	words, digits := p.fonts.readable(c.Token, ""), p.fonts.readable(c.Amount, "")
	if digits == "" {
		return fmt.Errorf("%w: amount in letters without a picture", ErrIncomplete)
	}
	token, err := style{p.fonts.medium, 64, 36, toneLabel}.fit(words, room/2)
	if err != nil {
		return err
	}
	sums := style{p.fonts.bold, 160, 24, toneText}
	sum, err := sums.fit(digits, room-gap-token.width)
	if err != nil {
		return err
	}
	if sum.size < token.size {
		if token, err = (style{p.fonts.medium, 32, 20, toneLabel}).fit(words, room/3); err != nil {
			return err
		}
		if sum, err = sums.fit(digits, room-gap-token.width); err != nil {
			return err
		}
	}
	paper.write(sum, margin, amountLine)
	paper.write(token, margin+sum.width+gap, amountLine)
	return nil
}

// caption writes below the QR code what to do with it.
func (p *Painter) caption(paper *canvas, c Card) error {
	const room = panelRight - panelLeft - 2*panelRadius
	for _, row := range []struct {
		style style
		text  string
		line  int
	}{
		{style{p.fonts.bold, 34, 24, toneDark}, p.fonts.readable(c.Caption, plainCaption), captionLine},
		{style{p.fonts.medium, 28, 20, toneMuted}, p.fonts.readable(c.site(), ""), siteLine},
	} {
		text, err := row.style.fit(row.text, room)
		if err != nil {
			return err
		}
		paper.write(text, (width-text.width)/2, row.line)
	}
	return nil
}

// number writes the card id in groups. The gaps are no letters.
func (p *Painter) number(paper *canvas, c Card) error {
	label, err := style{p.fonts.medium, 28, 20, toneLabel}.fit(p.fonts.readable(c.IDLabel, plainLabel), width-2*margin)
	if err != nil {
		return err
	}
	paper.write(label, margin, labelLine)
	id := p.fonts.readable(c.CardID, c.CardID)
	parts := groups(id)
	if len(parts) > mostGroups {
		parts = []string{id}
	}
	return p.digits(paper, parts)
}

// mostGroups is how many groups of digits stand beside the emblem.
const mostGroups = 5

func (p *Painter) digits(paper *canvas, parts []string) error {
	const gap, right = 20, width - margin - 2*sealRadius - 30
	left := margin
	for _, part := range parts {
		text, err := style{p.fonts.bold, 54, 28, toneText}.fit(part, right-left)
		if err != nil {
			return err
		}
		paper.write(text, left, idLine)
		left += text.width + gap
	}
	return nil
}
