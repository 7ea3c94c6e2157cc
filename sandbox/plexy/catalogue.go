package plexy

import (
	"strings"

	"github.com/shopspring/decimal"
)

// DefaultCatalogue is the shelf of a plausible agent: vouchers (one with a PIN
// and a serial number, one in EUR, one in USDT, one no longer active), a
// transfer that cannot be ordered, and top-ups of games, wallets and phones.
func DefaultCatalogue() []Product {
	out := append(vouchers(), topUps()...)
	for i := range out {
		p := &out[i]
		p.Slug = strings.NewReplacer(" ", "-", "&", "and", "$", "usd-", "€", "eur-").Replace(strings.ToLower(p.Name))
		if p.Currency == "" {
			p.Currency = "USD"
		}
		if p.Region == "" {
			p.Region = "GLOBAL"
		}
	}
	return out
}

func vouchers() []Product {
	games, stores := Category{11, "Game cards"}, Category{12, "Shopping and media"}
	return []Product{
		{
			ID: 101, Name: "PlayStation Store $10", Category: games, Type: RedeemCard, Region: "US",
			Price: amount("10"), Margin: percent("2"), Description: "Adds 10 USD to a PSN wallet.",
		},
		{
			ID: 102, Name: "Xbox Gift Card $25", Category: games, Type: RedeemCard, Region: "US",
			Price: amount("25"), Margin: percent("2"), Description: "Adds 25 USD to a Microsoft account.",
		},
		{
			ID: 103, Name: "Razer Gold PIN $20", Category: games, Type: RedeemCard, Price: amount("20"), Margin: percent("3.5"),
			Content: []string{"voucher_code", "pin", "serial"}, Description: "Code, PIN and serial number.",
		},
		{
			ID: 104, Name: "Netflix €25", Category: stores, Type: RedeemCard, Region: "EU", Currency: "EUR",
			Price: amount("25"), Margin: percent("4"), Description: "Adds 25 EUR to a Netflix account.",
		},
		{
			ID: 105, Name: "Crypto Voucher 25", Category: stores, Type: RedeemCard, Currency: "USDT",
			Price: amount("25"), Margin: percent("1"), Description: "Redeemed in USDT.",
		},
		{
			ID: 106, Name: "Spotify Premium 3 months", Category: stores, Type: RedeemCard, Region: "US",
			Price: amount("29.99"), Margin: percent("5"), Inactive: true, Description: "No longer sold.",
		},
		{
			ID: 201, Name: "Bank Card Transfer", Category: Category{13, "Transfers"}, Type: DirectTransfer,
			Min: amount("10"), Max: amount("500"), Step: amount("1"), Margin: percent("3"), Description: "Sends money to a card.",
		},
	}
}

func topUps() []Product {
	mobile := Category{14, "Mobile games"}
	return []Product{
		{
			ID: 301, Name: "PUBG Mobile UC", Category: mobile, Type: DirectTopUp, Fields: []string{"player_id"},
			Min: amount("1"), Max: amount("200"), Step: amount("0.5"), Margin: percent("5"), Description: "UC for the amount, to a player id.",
		},
		{
			ID: 302, Name: "Free Fire 100 Diamonds", Category: mobile, Type: DirectTopUp, Fields: []string{"player_id"},
			Price: amount("0.99"), Margin: percent("5"), Description: "One size, to a player id.",
		},
		{
			ID: 303, Name: "Mobile Phone Top Up", Category: Category{15, "Phone"}, Type: DirectTopUp, Fields: []string{"phone"},
			Min: amount("2"), Max: amount("50"), Margin: percent("8"), Description: "Prepaid credit.",
		},
		{
			ID: 456, Name: "Steam Wallet Top Up", Category: Category{10, "Wallets"}, Type: DirectTopUp, Fields: []string{"steam_login", "email"},
			Price: amount("10"), Min: amount("5"), Max: amount("100"), Step: amount("1"), Margin: percent("25"),
			Description: "Adds money to a Steam wallet.",
		},
	}
}

func amount(text string) decimal.NullDecimal {
	return decimal.NewNullDecimal(decimal.RequireFromString(text))
}

func percent(text string) decimal.Decimal { return decimal.RequireFromString(text) }
