package sim

import (
	"context"

	"giftbot/catalog"
	"giftbot/order"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/plexy"
	"giftbot/providers/univoucher"
)

// The sources hand what the suppliers sell to the catalogue, as package
// cmd/bot/app does.

type voucherSource struct{ *infinivoucher.Adapter }

func (s voucherSource) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	out := make([]catalog.Listing, len(list))
	for i, l := range list {
		out[i] = catalog.Listing{
			Item: l.Item, Name: l.Name, CategoryID: l.CategoryID, CategoryName: l.CategoryName,
			Price: l.Price, Currency: l.Currency, Stock: l.Stock, Counted: true,
		}
	}
	return out, err
}

func (s voucherSource) Balances(ctx context.Context) (map[string]order.Money, error) {
	balance, err := s.Balance(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]order.Money{infinivoucher.Vendor: balance}, nil
}

type plexySource struct{ *plexy.Adapter }

func (s plexySource) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	if err != nil {
		return nil, err
	}
	var out []catalog.Listing
	for _, l := range list {
		if l.Hidden != "" {
			continue
		}
		one := catalog.Listing{
			Item: l.Item, Kind: l.Kind, Name: l.Name, About: l.Description, Region: l.Region,
			CategoryID: l.CategoryID, CategoryName: l.CategoryName, Currency: l.Currency, Stock: l.Stock,
			Price: l.Price, Rate: l.Rate, Face: catalog.Face{Min: l.Min, Max: l.Max, Step: l.Step}, Purse: l.Purse,
		}
		for _, f := range l.Fields {
			one.Fields = append(one.Fields, catalog.FieldRule(f))
		}
		out = append(out, one)
	}
	return out, nil
}

type cardSource struct{ *univoucher.Adapter }

func (s cardSource) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Listing, len(list))
	for i, l := range list {
		out[i] = catalog.Listing{
			Item: l.Item, Kind: order.KindCard, Name: l.Name, CategoryID: l.ChainName, CategoryName: l.ChainName,
			Currency: order.Currency, Stock: l.Stock, Rate: l.Rate, Extra: l.Extra, Purse: l.Purse, Usual: l.Usual, Fee: l.FeeLevel,
			Face: catalog.Face{Min: l.Min, Max: l.Max, Step: l.Step, Presets: l.Presets},
		}
	}
	return out, nil
}
