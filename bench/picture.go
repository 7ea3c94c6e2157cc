package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"giftbot/handlers/telegram/picture"
)

const (
	pictureLimit = 25 // ms
	pictureAim   = 12
	pictures     = 100 // a round
)

// giftPicture is R12. Every picture is of another card, on the networks by
// turns, as no card is drawn twice.
func giftPicture(ctx context.Context, s settings) ([]result, error) {
	painter, err := picture.New()
	if err != nil {
		return nil, fmt.Errorf("painter: %w", err)
	}
	first, size, err := drawOne(painter, 0)
	if err != nil {
		return nil, err
	}
	var rounds []float64
	var all []time.Duration
	for range s.rounds {
		var took []time.Duration
		for range s.count(pictures) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			one, _, err := drawOne(painter, len(all)+1)
			if err != nil {
				return nil, err
			}
			took, all = append(took, one), append(all, one)
		}
		rounds = append(rounds, median(took)/float64(time.Millisecond))
	}
	return []result{{
		name: "R12, gift picture",
		ours: "A gift card as a PNG of 1024 × 1280 pixels with its QR code, another card each time, one at a time. Once per card; then it is sent by its file id.",
		unit: "ms", values: rounds, limit: pictureLimit, aim: pictureAim,
		detail: fmt.Sprintf("the first one of a process, which draws the backdrop, %s; 99 of 100 within %s; %d KB", milliseconds(first), milliseconds(quantile(all, 0.99)), size>>10),
	}}, nil
}

// drawOne times one card of many.
func drawOne(painter *picture.Painter, number int) (took time.Duration, size int, err error) {
	networks := []struct {
		name  string
		chain int64
	}{{"Ethereum", 1}, {"Base", 8453}, {"BNB Chain", 56}, {"Polygon", 137}, {"Arbitrum", 42161}, {"Optimism", 10}, {"Avalanche", 43114}}
	network := networks[number%len(networks)]
	card := picture.Card{
		Amount: strconv.Itoa(5 + number), Token: "USDC", Network: network.name, Chain: network.chain,
		CardID: strconv.Itoa(102_000_000 + number*7919), Title: "Giftbot", Caption: "Отсканируйте, чтобы получить", IDLabel: "Номер карты",
		Secret: fmt.Sprintf("BENCH-%05d-KLMNO-PQRST", number), Redeem: "https://univoucher.com",
	}
	began := time.Now()
	png, err := painter.Card(card)
	if err != nil {
		return 0, 0, fmt.Errorf("picture %d: %w", number, err)
	}
	return time.Since(began), len(png), nil
}
