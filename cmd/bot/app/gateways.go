package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"giftbot/config"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	"giftbot/providers/rest"
)

// leastLink is the smallest link we ask a gateway for. Infini's own minimum is
// told two ways and InventPay names none (infini sheet §8, inventpay sheet §9).
const leastLink order.Money = 1_000_000

// gateway is a vendor's gateway with what the shop settled about it.
type gateway struct {
	order.Gateway
	keeps bool
}

// Terms implements order.Gateway.
func (g gateway) Terms() order.GatewayTerms {
	t := g.Gateway.Terms()
	t.Keeps, t.Least = g.keeps, max(t.Least, leastLink)
	return t
}

// pay puts a gateway under its name.
func (v *vendors) pay(name string, g gateway) {
	v.order = append(v.order, name)
	v.gateways[name] = g
	if holder, ok := g.Gateway.(order.Holder); ok {
		v.holders[name] = holder
	}
}

// pays puts a gateway that pays out under its name.
func (v *vendors) pays(name string, p order.Payer) { v.payers[name] = payer{p} }

func (v *vendors) addInfini(out outlet) error {
	cfg := out.a.cfg.Infini
	tolerance, err := order.MoneyFromDecimal(cfg.Tolerance)
	if err != nil {
		return fmt.Errorf("INFINI_TOLERANCE: %w", err)
	}
	client, err := infini.New(infini.Options{
		BaseURL: cfg.BaseURL, KeyID: cfg.KeyID, SecretKey: cfg.SecretKey.Reveal(), MaxSkew: infini.MaxSkew, Chain: out.chain,
	})
	if err != nil {
		return fmt.Errorf("infini: %w", err)
	}
	v.infini = client
	adapter := infini.NewAdapter(client, infini.AdapterTerms{PayMethods: cfg.PayMethods, Tolerance: tolerance})
	v.pay(infini.Vendor, gateway{adapter, cfg.Surplus == config.SurplusHold})
	v.lists[infini.Vendor] = paidOrders{client}
	v.pays(infini.Vendor, infini.NewPayer(client, infini.PayerTerms{Test: cfg.BaseURL == infiniTest}))
	v.verifiers[infini.Vendor] = verifyInfini([]string{cfg.WebhookSecret.Reveal(), cfg.WebhookSecretPrevious.Reveal()})
	v.probes = append(v.probes, probe{infini.Vendor, func(ctx context.Context) error { return askInfini(ctx, client) }})
	return nil
}

// infiniTest is the vendor's sandbox (infini sheet §1): it pays out on a test
// chain only.
const infiniTest = "https://openapi-sandbox.infini.money"

// askInfini makes a signed call. Any answer but a refused key or signature
// proves that the vendor is there.
func askInfini(ctx context.Context, c *infini.Client) error {
	_, err := c.Currencies(ctx)
	if e := rest.As(err); e != nil && e.Kind == rest.KindRefused && e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return nil
	}
	return err
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
		hint.Gateway = infini.Vendor
		return webhook.Notice{Number: number, Hint: hint}, nil
	}
}

func (v *vendors) addInventPay(out outlet) error {
	cfg := out.a.cfg.InventPay
	tolerance, err := order.MoneyFromDecimal(cfg.Tolerance)
	if err != nil {
		return fmt.Errorf("INVENTPAY_TOLERANCE: %w", err)
	}
	client, err := inventpay.New(inventpay.Options{
		BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Reveal(), WithdrawalKey: cfg.WithdrawalKey.Reveal(), Chain: out.chain,
	})
	if err != nil {
		return fmt.Errorf("inventpay: %w", err)
	}
	adapter, err := inventpay.NewAdapter(client, inventpay.Settings{Tolerance: tolerance, CallbackURL: out.a.inventPayHook(), Test: cfg.Test})
	if err != nil {
		return fmt.Errorf("inventpay: %w", err)
	}
	v.inventpay = adapter
	v.pay(inventpay.Vendor, gateway{Gateway: adapter})
	if payer, ok := inventpay.NewPayer(client); ok {
		v.pays(inventpay.Vendor, payer)
	}
	v.verifiers[inventpay.Vendor] = verifyInventPay(adapter, []string{cfg.WebhookSecret.Reveal(), cfg.WebhookSecretPrevious.Reveal()})
	v.probes = append(v.probes, probe{inventpay.Vendor, adapter.Health})
	return nil
}

// inventPayHook is where InventPay's webhooks come in, "" without a public address.
func (a *App) inventPayHook() string {
	if a.cfg.Server.PublicURL == "" {
		return ""
	}
	return a.cfg.Server.PublicURL + "/webhooks/" + inventpay.Vendor
}

func verifyInventPay(adapter *inventpay.Adapter, secrets []string) webhook.Verifier {
	return func(header http.Header, body []byte, now time.Time) (webhook.Notice, error) {
		event, err := inventpay.Verify(secrets, header, body, now)
		switch {
		case errors.Is(err, inventpay.ErrBody):
			return webhook.Notice{}, webhook.ErrMalformed
		case err != nil:
			return webhook.Notice{}, err
		}
		number, hint, ok := adapter.Hint(event)
		if !ok {
			return webhook.Notice{}, nil
		}
		hint.Gateway = inventpay.Vendor
		return webhook.Notice{Number: number, Hint: hint}, nil
	}
}

// register has InventPay send its webhooks here, until it says that it does.
func (a *App) register(ctx context.Context) {
	if a.vendors.inventpay == nil || a.inventPayHook() == "" {
		return
	}
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Hour) {
		err := a.vendors.inventpay.EnsureWebhook(ctx, a.inventPayHook())
		if err == nil {
			return
		}
		// Only a shortcut is missing: every invoice names the address itself,
		// and open payments are polled.
		a.log.Warn("inventpay: webhook address not registered", "err", err)
		if !sleep(ctx, wait) {
			return
		}
	}
}

// sleep reports whether the wait was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
