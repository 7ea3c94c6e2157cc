package telegram

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"giftbot/flows"
	"giftbot/handlers/telegram/picture"
)

// redeemAt is where a gift card is redeemed without this bot: the vendor's own
// page. It is part of the QR code, so cards that are out there keep it.
const redeemAt = "https://univoucher.com"

// Texts of the picture. Without them it has English ones.
const (
	pictureScan = "picture.scan" // below the QR code
	pictureCard = "picture.card" // above the card's number
)

var errPainter = errors.New("the painter panicked")

// gallery renders views with their pictures. Without a painter they are words
// and codes only.
type gallery struct {
	painter  Painter
	pictures Pictures // may be nil: every showing is an upload
	renderer *Renderer
	env      func() flows.Env
}

// message renders a view, with the way to its picture. It draws nothing yet.
func (g gallery) message(ctx context.Context, lang string, chat int64, v flows.View) Message {
	m := g.renderer.Message(lang, chat, v)
	if g.painter == nil || v.Picture == nil {
		return m
	}
	p := *v.Picture
	m.Photo = &Photo{
		FileID: g.recall(ctx, p),
		Draw:   func() ([]byte, error) { return g.draw(lang, p) },
		Keep:   func(ctx context.Context, fileID string) { g.keep(ctx, p, fileID) },
	}
	return m
}

// recall asks for the file at Telegram. One that cannot be read is drawn anew.
func (g gallery) recall(ctx context.Context, p flows.Picture) string {
	if g.pictures == nil {
		return ""
	}
	id, err := g.pictures.Recall(ctx, p.Number, p.Card)
	if err != nil {
		g.failed("recall", p, err)
		return ""
	}
	return id
}

func (g gallery) keep(ctx context.Context, p flows.Picture, fileID string) {
	if g.pictures == nil {
		return
	}
	if err := g.pictures.Keep(ctx, p.Number, p.Card, fileID); err != nil {
		g.failed("keep", p, err)
	}
}

func (g gallery) failed(what string, p flows.Picture, err error) {
	g.renderer.meter.Count("telegram_picture", what+" failed")
	g.renderer.log.Warn("the file id of a picture", "step", what, "order", string(p.Number), "err", err)
}

// draw draws the card. A panic is an error: the words are delivered without
// the picture.
func (g gallery) draw(lang string, p flows.Picture) (png []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			g.renderer.meter.Count("telegram_panics", "painter")
			err = fmt.Errorf("%w: %T", errPainter, r)
		}
	}()
	chain, err := strconv.ParseInt(p.Chain, 10, 64)
	if err != nil {
		chain = 0 // neutral colours
	}
	return g.painter.Card(picture.Card{
		Amount: p.Amount, Token: p.Token, Network: p.Network, Chain: chain, CardID: p.Card, Secret: p.Secret, Redeem: redeemAt,
		Title: g.env().Shop.Name, Caption: g.renderer.optional(lang, pictureScan), IDLabel: g.renderer.optional(lang, pictureCard),
	})
}

// optional is a text that need not be there, "" then.
func (r *Renderer) optional(lang, key string) string {
	if text := r.Plain(lang, flows.Text{Key: key}); text != key {
		return text
	}
	return ""
}

// confidential reports whether a view shows what must not be forwarded.
func confidential(v flows.View) bool { return len(v.Codes) > 0 || v.Picture != nil }
