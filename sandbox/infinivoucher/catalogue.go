package infinivoucher

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/shopspring/decimal"
)

// DefaultCatalogue is the shelf of a plausible marketplace: ten categories, 47
// products in USDT, one of them out of stock. Ids depend on the names alone.
func DefaultCatalogue() []Product {
	type item struct {
		name, price string
		stock       int
	}
	shelf := []struct {
		category string
		items    []item
	}{
		{"PUBG Mobile", []item{
			{"60 UC", "0.85", 142}, {"325 UC", "4.25", 96}, {"660 UC", "8.45", 73},
			{"1800 UC", "21.10", 40}, {"3850 UC", "42.20", 18}, {"8100 UC", "84.00", 7},
		}},
		{"Free Fire", []item{
			{"100 Diamonds", "0.88", 210}, {"310 Diamonds", "2.62", 120}, {"520 Diamonds", "4.35", 88},
			{"1060 Diamonds", "8.70", 35}, {"2180 Diamonds", "17.30", 12},
		}},
		{"Mobile Legends", []item{
			{"86 Diamonds", "1.28", 160}, {"172 Diamonds", "2.55", 94}, {"257 Diamonds", "3.80", 61},
			{"706 Diamonds", "10.20", 24}, {"Weekly Diamond Pass", "1.62", 45},
		}},
		{"Roblox", []item{
			{"400 Robux", "4.55", 80}, {"800 Robux", "9.05", 66}, {"1700 Robux", "18.10", 29}, {"4500 Robux", "45.30", 8},
		}},
		{"Steam Wallet", []item{
			{"$5 (US)", "4.90", 57}, {"$10 (US)", "9.75", 83}, {"$20 (US)", "19.40", 44},
			{"$50 (US)", "48.20", 15}, {"$100 (US)", "96.10", 0},
		}},
		{"PlayStation Store", []item{
			{"$10 (US)", "9.60", 52}, {"$25 (US)", "23.90", 31}, {"$50 (US)", "47.60", 20},
			{"PS Plus Essential, 1 month (US)", "9.20", 14},
		}},
		{"Xbox", []item{
			{"$10 (US)", "9.50", 38}, {"$25 (US)", "23.70", 22}, {"$50 (US)", "47.30", 9},
			{"Game Pass Core, 3 months", "18.40", 16}, {"Game Pass Ultimate, 1 month", "12.90", 27},
		}},
		{"Apple & iTunes", []item{
			{"$5 (US)", "4.80", 70}, {"$10 (US)", "9.55", 64}, {"$25 (US)", "23.80", 33}, {"$50 (US)", "47.50", 19}, {"$100 (US)", "94.90", 6},
		}},
		{"Google Play", []item{
			{"$5 (US)", "4.85", 48}, {"$10 (US)", "9.65", 58}, {"$25 (US)", "24.00", 26}, {"$50 (US)", "47.90", 11},
		}},
		{"Netflix", []item{
			{"$15 (US)", "14.55", 30}, {"$30 (US)", "28.90", 21}, {"$60 (US)", "57.60", 5}, {"€25 (EU)", "26.80", 13},
		}},
	}
	var out []Product
	for _, s := range shelf {
		for _, it := range s.items {
			out = append(out, Product{
				ID: cuid(s.category + "/" + it.name), Name: it.name, Category: s.category,
				Price: decimal.RequireFromString(it.price), Stock: it.stock,
			})
		}
	}
	return out
}

// cuid makes an id in the look of the sheet's "clxyz…" from any text.
func cuid(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "cl" + hex.EncodeToString(sum[:])[:23]
}
