package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"giftbot/catalog"
	"giftbot/config"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/rest"
)

// vendors are the gateways and suppliers whose credentials are set.
type vendors struct {
	order     []string // names of the gateways, as they are offered
	gateways  map[string]order.Gateway
	suppliers map[string]order.Supplier
	sources   []catalog.Source
	verifiers map[string]webhook.Verifier
	hints     []webhook.Supplier
	spent     *spending

	infini  *infini.Client
	voucher *infinivoucher.Client
}

func (a *App) buildVendors(context.Context) error {
	a.vendors = vendors{
		gateways: map[string]order.Gateway{}, suppliers: map[string]order.Supplier{},
		verifiers: map[string]webhook.Verifier{}, spent: newSpending(a.outside.Clock),
	}
	chain := rest.Chain{
		Transport: a.outside.Transport, Observer: meter{a.metrics}, Log: a.log, Now: a.outside.Clock.Now,
	}
	if a.cfg.Infini.On() {
		if err := a.vendors.addInfini(a.cfg.Infini, chain); err != nil {
			return err
		}
	}
	if a.cfg.InfiniVoucher.On() {
		if err := a.vendors.addInfiniVoucher(a.cfg.InfiniVoucher, chain, a.outside.Clock.Now); err != nil {
			return err
		}
	}
	if len(a.vendors.gateways) == 0 || len(a.vendors.suppliers) == 0 {
		return errors.New("at least one gateway and one supplier must be configured")
	}
	return nil
}

func (v *vendors) addInfini(cfg config.Infini, chain rest.Chain) error {
	tolerance, err := order.MoneyFromDecimal(cfg.Tolerance)
	if err != nil {
		return fmt.Errorf("INFINI_TOLERANCE: %w", err)
	}
	client, err := infini.New(infini.Options{
		BaseURL: cfg.BaseURL, KeyID: cfg.KeyID, SecretKey: cfg.SecretKey.Reveal(), MaxSkew: infini.MaxSkew, Chain: chain,
	})
	if err != nil {
		return fmt.Errorf("infini: %w", err)
	}
	v.infini = client
	v.order = append(v.order, infini.Vendor)
	v.gateways[infini.Vendor] = infini.NewAdapter(client, infini.AdapterTerms{PayMethods: cfg.PayMethods, Tolerance: tolerance})
	secrets := []string{cfg.WebhookSecret.Reveal(), cfg.WebhookSecretPrevious.Reveal()}
	v.verifiers[infini.Vendor] = verifyInfini(secrets)
	return nil
}

func verifyInfini(secrets []string) webhook.Verifier {
	return func(header http.Header, body []byte, now time.Time) (webhook.Notice, error) {
		event, err := infini.Verify(secrets, header, body, now)
		switch {
		case errors.Is(err, infini.ErrBody):
			return webhook.Notice{}, webhook.ErrMalformed
		case err != nil:
			return webhook.Notice{}, err
		}
		number, hint, ok := event.Hint()
		if !ok {
			return webhook.Notice{}, nil
		}
		return webhook.Notice{Number: number, Hint: hint}, nil
	}
}

func (v *vendors) addInfiniVoucher(cfg config.InfiniVoucher, chain rest.Chain, now func() time.Time) error {
	client, err := infinivoucher.New(infinivoucher.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Reveal(), Chain: chain})
	if err != nil {
		return fmt.Errorf("infinivoucher: %w", err)
	}
	adapter := infinivoucher.NewAdapter(client, now)
	v.voucher = client
	v.suppliers[infinivoucher.Vendor] = v.spent.watch(adapter)
	v.sources = append(v.sources, voucherSource{adapter})
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

// voucherSource hands the supplier's list to the catalogue.
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
