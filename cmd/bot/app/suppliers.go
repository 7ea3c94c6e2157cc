package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/config"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/plexy"
	"giftbot/providers/rest"
	"giftbot/providers/univoucher"
)

func (v *vendors) addInfiniVoucher(out outlet) error {
	cfg := out.a.cfg.InfiniVoucher
	client, err := infinivoucher.New(infinivoucher.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Reveal(), Chain: out.chain})
	if err != nil {
		return fmt.Errorf("infinivoucher: %w", err)
	}
	adapter := infinivoucher.NewAdapter(client, out.a.outside.Clock.Now)
	v.voucher = client
	v.supply(infinivoucher.Vendor, adapter, voucherSource{adapter})
	v.probes = append(v.probes, probe{infinivoucher.Vendor, func(ctx context.Context) error {
		_, err := client.Health(ctx)
		return err
	}})
	if cfg.WebhookPath.IsSet() {
		v.hints = append(v.hints, webhook.Supplier{
			Name: infinivoucher.Vendor, External: voucherOrder,
			Secrets: []string{cfg.WebhookPath.Reveal(), cfg.WebhookPathPrevious.Reveal()},
		})
	}
	return nil
}

func voucherOrder(body []byte) (string, error) {
	hint, err := infinivoucher.ParseHint(body)
	if err != nil {
		return "", err
	}
	return hint.OrderID, nil
}

// VoucherSource hands what InfiniVoucher sells, priced by the piece and counted,
// to the catalogue.
func VoucherSource(a *infinivoucher.Adapter) catalog.Source { return voucherSource{a} }

type voucherSource struct{ *infinivoucher.Adapter }

// Read implements catalog.Source.
func (s voucherSource) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Listing, len(list))
	for i, l := range list {
		out[i] = catalog.Listing{
			Item: l.Item, Name: l.Name, CategoryID: l.CategoryID, CategoryName: l.CategoryName,
			Price: l.Price, Currency: l.Currency, Stock: l.Stock, Counted: true,
		}
	}
	return out, nil
}

// Balances implements catalog.Source: there is one wallet.
func (s voucherSource) Balances(ctx context.Context) (map[string]order.Money, error) {
	balance, err := s.Balance(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]order.Money{infinivoucher.Vendor: balance}, nil
}

func (v *vendors) addPlexy(out outlet) error {
	cfg := out.a.cfg.Plexy
	client, err := plexy.New(plexy.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Reveal(), AgentID: cfg.AgentID, Chain: out.chain})
	if err != nil {
		return fmt.Errorf("plexy: %w", err)
	}
	adapter, err := plexy.NewAdapter(client, plexy.Settings{
		Test: cfg.Test, AccountFields: plexyFields(cfg.AccountFields), CostPercent: cfg.CostPercent, MaxChargePercent: cfg.MaxChargePercent,
	}, out.a.store.VendorNotes(plexy.Vendor), out.a.outside.Clock.Now)
	if err != nil {
		return fmt.Errorf("plexy: %w", err)
	}
	v.plexy = adapter
	v.supply(plexy.Vendor, adapter, plexySource{adapter})
	v.probes = append(v.probes, probe{plexy.Vendor, adapter.Health})
	return nil
}

func plexyFields(settings config.AccountFields) map[string][]plexy.Field {
	out := make(map[string][]plexy.Field, len(settings))
	for product, fields := range settings {
		for _, f := range fields {
			out[product] = append(out[product], plexy.Field(f))
		}
	}
	return out
}

// PlexySource hands Plexy's codes and top-ups to the catalogue, without what the
// adapter hides.
func PlexySource(a *plexy.Adapter) catalog.Source { return plexySource{a} }

type plexySource struct{ *plexy.Adapter }

// Read implements catalog.Source.
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
			Item: l.Item, Kind: l.Kind, Name: l.Name, Whole: true, About: l.Description, Region: l.Region,
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

func (v *vendors) addUniVoucher(out outlet) error {
	settings, nodes, err := cardSettings(out.a.cfg)
	if err != nil {
		return err
	}
	keys := make([]univoucher.PrivateKey, 0, len(settings.Keys))
	for _, k := range settings.Keys {
		keys = append(keys, k)
	}
	client, err := univoucher.New(univoucher.Options{BaseURL: out.a.cfg.UniVoucher.BaseURL, Keys: keys, Chain: out.chain})
	if err != nil {
		return fmt.Errorf("univoucher: %w", err)
	}
	chains, err := univoucher.NewNodes(nodes, rest.Chain{Transport: out.chain.Transport, Observer: out.chain.Observer, Log: out.chain.Log, Now: out.chain.Now})
	if err != nil {
		return fmt.Errorf("UNIVOUCHER_RPC: %w", err)
	}
	v.letters = univoucher.NewTokens(out.a.vault)
	adapter, err := univoucher.NewAdapter(client, chains, v.letters, settings, out.a.outside.Clock.Now)
	if err != nil {
		return fmt.Errorf("univoucher: %w", err)
	}
	v.cards = adapter
	v.supply(univoucher.Vendor, adapter, cardSource{adapter})
	v.receivers[univoucher.Vendor], v.recallers[univoucher.Vendor] = adapter, adapter
	v.probes = append(v.probes, probe{univoucher.Vendor, adapter.Health})
	return nil
}

// cardSettings turns the settings into the adapter's. Without UNIVOUCHER_TOKENS
// the stablecoins of the chains that have a wallet are sold.
func cardSettings(cfg config.Config) (univoucher.Settings, map[int64]string, error) {
	s := univoucher.Settings{
		Keys: make(map[int64]univoucher.PrivateKey), Cancel: cfg.UniVoucher.Cancel,
		CallbackBase: cfg.Server.PublicURL + "/webhooks/" + univoucher.Vendor + "/",
	}
	for chain, key := range cfg.UniVoucher.PrivateKeys {
		parsed, err := univoucher.ParsePrivateKey(key.Reveal())
		if err != nil {
			return s, nil, errors.New("UNIVOUCHER_PRIVATE_KEYS: a key cannot be used")
		}
		s.Keys[chain] = parsed
	}
	for _, t := range cfg.UniVoucher.Tokens {
		token, err := cardToken(t)
		if err != nil {
			return s, nil, fmt.Errorf("UNIVOUCHER_TOKENS: %w", err)
		}
		s.Tokens = append(s.Tokens, token)
	}
	for _, t := range univoucher.DefaultTokens() {
		if _, ours := s.Keys[t.Chain]; ours && len(cfg.UniVoucher.Tokens) == 0 {
			s.Tokens = append(s.Tokens, t)
		}
	}
	nodes := make(map[int64]string)
	for chain, address := range cfg.UniVoucher.RPC {
		nodes[chain] = address.Reveal()
	}
	return s, nodes, nil
}

func cardToken(t config.CardToken) (univoucher.Token, error) {
	out := univoucher.Token{Chain: t.Chain, Symbol: t.Symbol, Address: t.Address, Decimals: t.Decimals, Presets: make([]order.Money, len(t.Presets))}
	var errs []error
	read := func(into *order.Money, d decimal.Decimal) {
		var err error
		*into, err = order.MoneyFromDecimal(d)
		errs = append(errs, err)
	}
	read(&out.Min, t.Min)
	read(&out.Max, t.Max)
	read(&out.GasUSD, t.GasUSD)
	for i, preset := range t.Presets {
		read(&out.Presets[i], preset)
	}
	return out, errors.Join(errs...)
}

// CardSource hands UniVoucher's gift cards to the catalogue: a network is a
// category, a token a product.
func CardSource(a *univoucher.Adapter) catalog.Source { return cardSource{a} }

type cardSource struct{ *univoucher.Adapter }

// Read implements catalog.Source.
func (s cardSource) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Listing, len(list))
	for i, l := range list {
		out[i] = catalog.Listing{
			Item: l.Item, Kind: order.KindCard, Name: l.Name, CategoryID: l.ChainName, CategoryName: l.ChainName,
			Currency: l.Currency, Stock: l.Stock, Rate: l.Rate, Extra: l.Extra, Purse: l.Purse, Usual: l.Usual, Fee: l.FeeLevel,
			Face: catalog.Face{Min: l.Min, Max: l.Max, Step: l.Step, Presets: l.Presets},
		}
	}
	return out, nil
}

func (v vendors) openLetter(token string, body []byte) (webhook.Parcel, error) {
	return OpenLetter(v.letters, token, body)
}

// OpenLetter checks a callback of UniVoucher by the token of its path, and says
// which purchase it is about. webhook.ErrMalformed: it is ours, and cannot be read.
func OpenLetter(letters *univoucher.Tokens, token string, body []byte) (webhook.Parcel, error) {
	letter, err := letters.Open(token, body)
	switch {
	case errors.Is(err, univoucher.ErrMalformed):
		return webhook.Parcel{}, webhook.ErrMalformed
	case err != nil:
		return webhook.Parcel{}, err
	}
	return webhook.Parcel{Number: letter.Number, Line: letter.Line, Attempt: letter.Attempt, Empty: letter.Wake}, nil
}
