package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/flows"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/plexy"
	"giftbot/providers/rest"
	"giftbot/providers/univoucher"
	"giftbot/sandbox/kit"
	"giftbot/store"
)

// hurried builds an engine on a shop's own Redis and sandbox whose
// calls do not wait for the limiters: those go by the real clock, and two
// thousand purchases would take an hour of it. Everything stored is the same.
func (s *shop) hurried(ctx context.Context, redis string) (*order.Engine, *store.Store, func(), error) {
	vault, err := openVault()
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := openDisk("", s.world.Clock.Now)
	if err != nil {
		return nil, nil, nil, err
	}
	// A store of its own, as another replica has: the shop's knows what the
	// shop's own engine has seen, which does not run.
	own, err := store.New(store.Options{URL: redis, Vault: vault, Offset: s.world.Clock.Offset, Clock: s.world.Clock.Now, Tide: d.tide})
	if err != nil {
		d.close()
		return nil, nil, nil, fmt.Errorf("store: %w", err)
	}
	stop := func() { _ = own.Close(); d.close() }
	engine, err := s.assembleHurried(ctx, vault, d, own)
	if err != nil {
		stop()
		return nil, nil, nil, err
	}
	return engine, own, stop, nil
}

func (s *shop) assembleHurried(ctx context.Context, vault *store.Vault, d disk, own *store.Store) (*order.Engine, error) {
	parts := order.Parts{
		Store: own, Index: own, Outbox: own, Permits: own, Memory: d.journal, Tide: d.tide, Freezer: own, Journal: d.journal,
		Vault: vault, Funds: plenty{}, Clock: s.world.Clock, Meter: unmeasured{}, Log: slog.New(slog.DiscardHandler),
	}
	if err := s.unlimited(&parts, vault); err != nil {
		return nil, fmt.Errorf("vendors: %w", err)
	}
	engine, err := order.NewEngine(parts, order.Policy{
		Shop: "700000001", Admins: []int64{1003}, TTL: time.Hour, MinOrder: order.Cent, MaxOpen: 3,
		Shard:  func(buyer int64) int { return store.Shard(buyer, own.Shards()) },
		Return: func(n order.Number) string { return "https://t.me/sandbox_shop_bot?start=" + flows.OrderLink(n) },
		Rules:  order.DefaultRules(),
	})
	if err == nil {
		err = own.Prepare(ctx)
	}
	if err == nil {
		_, err = engine.Replay(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return engine, nil
}

// unmeasured implements order.Meter.
type unmeasured struct{}

// Count implements order.Meter.
func (unmeasured) Count(string, string) {}

// plenty implements order.Funds: nothing of it is stored.
type plenty struct{}

// Balance implements order.Funds.
func (plenty) Balance(string) (order.Money, bool) { return order.MaxMoney, true }

func openVault() (*store.Vault, error) {
	key, err := base64.StdEncoding.DecodeString(encryptionKey)
	if err != nil {
		return nil, fmt.Errorf("encryption key: %w", err)
	}
	return store.NewVault([]store.Key{{ID: encryptionID, Secret: key}}, rand.Reader)
}

// unlimited adds the vendors.
func (s *shop) unlimited(p *order.Parts, vault *store.Vault) error {
	now := s.world.Clock.Now
	chain := rest.Chain{Transport: kit.HandlerTransport(s.world.Handler()), Now: now, Bare: true}
	pay, err := infini.New(infini.Options{
		BaseURL: s.base + "/infini", KeyID: infiniKey, SecretKey: infiniSecret, MaxSkew: infini.MaxSkew, Chain: chain,
	})
	if err != nil {
		return err
	}
	codes, err := infinivoucher.New(infinivoucher.Options{BaseURL: s.base + "/infinivoucher/api/v1", APIKey: voucherKey, Chain: chain})
	if err != nil {
		return err
	}
	agent, err := plexy.New(plexy.Options{BaseURL: s.base + "/plexy", APIKey: plexyKey, AgentID: plexyAgent, Chain: chain})
	if err != nil {
		return err
	}
	topUps, err := plexy.NewAdapter(agent, plexy.Settings{
		AccountFields: map[string][]plexy.Field{"456": {{Key: "steam_login", Label: "Steam login"}, {Key: "email", Label: "E-mail"}}},
		CostPercent:   decimal.NewFromInt(125), MaxChargePercent: decimal.NewFromInt(150),
	}, s.app.Store().VendorNotes(plexy.Vendor), now)
	if err != nil {
		return err
	}
	cards, err := s.cards(chain, vault)
	if err != nil {
		return err
	}
	p.Gateways = map[string]order.Gateway{infini.Vendor: infini.NewAdapter(pay, infini.AdapterTerms{PayMethods: []int{1}})}
	p.Suppliers = map[string]order.Supplier{
		infinivoucher.Vendor: infinivoucher.NewAdapter(codes, now), plexy.Vendor: topUps, univoucher.Vendor: cards,
	}
	p.Receivers = map[string]order.Receiver{univoucher.Vendor: cards}
	p.Recallers = map[string]order.Recaller{univoucher.Vendor: cards}
	return nil
}

// cards is the gift cards' supplier, on every chain.
func (s *shop) cards(chain rest.Chain, vault *store.Vault) (*univoucher.Adapter, error) {
	key, err := univoucher.ParsePrivateKey(walletKey)
	if err != nil {
		return nil, err
	}
	settings := univoucher.Settings{
		Keys: map[int64]univoucher.PrivateKey{}, Tokens: univoucher.DefaultTokens(), CallbackBase: s.base + "/webhooks/" + univoucher.Vendor + "/",
	}
	nodes := map[int64]string{}
	for _, t := range settings.Tokens {
		settings.Keys[t.Chain], nodes[t.Chain] = key, fmt.Sprintf("%s/univoucher/rpc/%d", s.base, t.Chain)
	}
	client, err := univoucher.New(univoucher.Options{BaseURL: s.base + "/univoucher/v1", Keys: []univoucher.PrivateKey{key}, Chain: chain})
	if err != nil {
		return nil, err
	}
	chains, err := univoucher.NewNodes(nodes, chain)
	if err != nil {
		return nil, err
	}
	return univoucher.NewAdapter(client, chains, univoucher.NewTokens(vault), settings, s.world.Clock.Now)
}
