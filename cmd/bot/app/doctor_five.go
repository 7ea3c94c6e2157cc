package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"giftbot/providers/inventpay"
	"giftbot/providers/plexy"
	"giftbot/providers/rest"
	"giftbot/providers/univoucher"
	"giftbot/store"
)

// moreVendors are the checks of InventPay, Plexy and UniVoucher.
func (d *doctor) moreVendors() []check {
	var all []check
	if d.cfg.InventPay.On() {
		all = append(all, check{"InventPay", d.inventPay, "check INVENTPAY_API_KEY and INVENTPAY_BASE_URL in the InventPay console"})
	}
	if d.cfg.Plexy.On() {
		all = append(all, check{"Plexy", d.plexy, "check PLEXY_BASE_URL, PLEXY_API_KEY and PLEXY_AGENT_ID with Plexy"})
	}
	if d.cfg.UniVoucher.On() {
		all = append(all, check{"UniVoucher", d.uniVoucher, "check UNIVOUCHER_BASE_URL, and UNIVOUCHER_RPC for every chain"})
	}
	return all
}

func (d *doctor) chain() rest.Chain { return rest.Chain{Now: d.clock.Now} }

// inventPay reads the balance, which proves the key, and where webhooks go.
func (d *doctor) inventPay(ctx context.Context) (string, error) {
	client, err := inventpay.New(inventpay.Options{
		BaseURL: d.cfg.InventPay.BaseURL, APIKey: d.cfg.InventPay.APIKey.Reveal(), Chain: d.chain(),
	})
	if err != nil {
		return "", err
	}
	if _, err = client.Balances(ctx); err != nil {
		return "", err
	}
	hook, err := client.Webhook(ctx)
	wanted := d.cfg.Server.PublicURL + "/webhooks/" + inventpay.Vendor
	switch {
	case err != nil:
		return "", err
	case d.cfg.Server.PublicURL == "":
		return "key accepted; without PUBLIC_URL open payments are only polled", nil
	case hook.URL != wanted:
		return "key accepted; webhooks go to another address: the bot registers its own when it starts", nil
	}
	return "key accepted, webhooks come here", nil
}

// forgetful stands for the notes about products: the doctor changes nothing.
type forgetful struct{}

// Notes implements plexy.Memory.
func (forgetful) Notes(context.Context) (map[string]string, error) { return map[string]string{}, nil }

// Note implements plexy.Memory.
func (forgetful) Note(context.Context, string, string) error { return nil }

// plexy reads health, balances and products, and says what is not sold.
func (d *doctor) plexy(ctx context.Context) (string, error) {
	cfg := d.cfg.Plexy
	client, err := plexy.New(plexy.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Reveal(), AgentID: cfg.AgentID, Chain: d.chain()})
	if err != nil {
		return "", err
	}
	adapter, err := plexy.NewAdapter(client, plexy.Settings{
		Test: cfg.Test, AccountFields: plexyFields(cfg.AccountFields), CostPercent: cfg.CostPercent, MaxChargePercent: cfg.MaxChargePercent,
	}, forgetful{}, d.clock.Now)
	if err != nil {
		return "", &advice{err.Error(), "correct PLEXY_ACCOUNT_FIELDS"}
	}
	if err = adapter.Health(ctx); err != nil {
		return "", err
	}
	balances, err := adapter.Balances(ctx)
	if err != nil {
		return "", err
	}
	list, err := adapter.Listings(ctx)
	if err != nil {
		return "", err
	}
	sold, hidden := 0, make(map[string]int)
	for _, l := range list {
		if l.Hidden == "" {
			sold++
			continue
		}
		hidden[l.Hidden]++
	}
	says := []string{fmt.Sprintf("key accepted, %d products sold", sold)}
	for _, reason := range slices.Sorted(maps.Keys(hidden)) {
		says = append(says, fmt.Sprintf("%d not (%s)", hidden[reason], reason))
	}
	for _, purse := range slices.Sorted(maps.Keys(balances)) {
		says = append(says, purse+" "+balances[purse].String())
	}
	if cfg.Test {
		says = append(says, "PLEXY_TEST is on: nothing real is delivered")
	}
	return strings.Join(says, ", "), nil
}

// uniVoucher asks the vendor and reads every wallet from its own chain.
func (d *doctor) uniVoucher(ctx context.Context) (string, error) {
	settings, nodes, err := cardSettings(d.cfg)
	if err != nil {
		return "", err
	}
	client, err := univoucher.New(univoucher.Options{BaseURL: d.cfg.UniVoucher.BaseURL, Chain: d.chain()})
	if err != nil {
		return "", err
	}
	chains, err := univoucher.NewNodes(nodes, d.chain())
	if err != nil {
		return "", err
	}
	vault, err := d.vault()
	if err != nil {
		return "", err
	}
	adapter, err := univoucher.NewAdapter(client, chains, univoucher.NewTokens(vault), settings, d.clock.Now)
	if err != nil {
		return "", &advice{err.Error(), "correct UNIVOUCHER_TOKENS or PUBLIC_URL"}
	}
	if err = adapter.Health(ctx); err != nil {
		return "", err
	}
	wallets, err := adapter.Wallets(ctx)
	if err != nil {
		return "", err
	}
	if len(wallets) == 0 {
		return "", errors.New("no chain has a wallet, a node and a token to sell")
	}
	says := []string{"answers"}
	for _, w := range wallets {
		text := fmt.Sprintf("%s %s: %s %s", w.ChainName, w.Address, w.Native, w.Coin)
		for _, t := range w.Tokens {
			text += fmt.Sprintf(", %s %s", t.Balance, t.Symbol)
		}
		says = append(says, text)
	}
	return strings.Join(says, "; "), nil
}

// vault is made of the settings' keys; it seals nothing here.
func (d *doctor) vault() (*store.Vault, error) {
	var keys []store.Key
	for _, k := range d.cfg.Storage.EncryptionKeys {
		keys = append(keys, store.Key{ID: k.ID, Secret: k.Bytes()})
	}
	return store.NewVault(keys, rand.Reader)
}
